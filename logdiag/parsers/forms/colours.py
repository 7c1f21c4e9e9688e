"""What a terminal shows around a text: colours, and the frame of a window."""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later

ANSI: Final = compile_later(r"\x1b\[[0-9;?]*[A-Za-z]")
FRAME: Final = ("\u2502", "\u2503", "\u2551")  # the sides of a box: on both sides of a line it is none of its text


def strip_colours(text: str) -> str:
    """The text without what colours it in a terminal, and without the frame of a window there, as k9s draws it."""
    text = ANSI.sub("", text) if "\x1b" in text else text
    return text[1:-1].strip() if text[:1] in FRAME and text[-1] in FRAME and len(text) > 1 else text
