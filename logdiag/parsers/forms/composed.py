"""Lines of text among the JSON lines of several containers, each behind the name of its own: `web-1  | text`."""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later
from logdiag.parsers.forms.layouts import Layout

COMPOSED: Final = compile_later(rb"[\w.-]{1,80} +\| +(?=\S)")


def is_composed(raw: bytes, layout: Layout) -> bool:
    """Whether a line is of a container that writes text, among others that write JSON."""
    return layout.is_json and not layout.has_braces and COMPOSED.match(raw) is not None
