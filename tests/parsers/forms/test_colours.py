"""What a terminal shows around a text."""

from __future__ import annotations

from logdiag.parsers.forms.colours import strip_colours
from tests.folding import each


@each(
    ("text", "bare"),
    [
        ("\x1b[1;31mgone\x1b[0m away", "gone away"),
        ("\x1b[2Kgone", "gone"),
        ("│ gone │", "gone"),
        ("║ gone ┃", "gone"),
        ("│ gone", "│ gone"),
        ("gone │", "gone │"),
        ("│", "│"),
        ("││", ""),
        ("", ""),
        ("[31m", "[31m"),
    ],
)
def test_colours_and_a_frame_on_both_sides_are_no_text(text: str, bare: str) -> None:
    """A bar on one side alone belongs to the message."""
    assert strip_colours(text) == bare
