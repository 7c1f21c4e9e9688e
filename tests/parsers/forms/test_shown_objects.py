"""Objects that Node.js shows between JSON lines belong to no record, and none was cut there."""

from __future__ import annotations

from logdiag.parsers.forms.records import CUT_OFF, NOT_JSON, find_shape_fault
from logdiag.parsers.forms.shown_objects import is_piece_of_shown
from tests.folding import each

SHOWN = (
    "{",
    "}",
    "},",
    "]",
    "code: 'ECONNRESET',",
    "errno: -54,",
    "list: [ 1, 2 ],",
    "inner: {",
    "'a-b': true",
    "x: null,",
)
NOT_SHOWN = ('{"a": 1', "Error: read ECONNRESET", "at Socket.read (net.js:1:2)", '"key": 1,', "ready: yes, all is well")


@each(("text", "is_piece"), [*((text, True) for text in SHOWN), *((text, False) for text in NOT_SHOWN)])
def test_pieces_are_told_by_their_form(text: str, is_piece: bool) -> None:
    """A bare key and a value as util.inspect writes it, or brackets alone; no JSON, no sentence, no stack."""
    assert is_piece_of_shown(text.encode()) is is_piece
    fault = CUT_OFF if text[0] == "{" else NOT_JSON
    assert find_shape_fault(text.encode()) == (None if is_piece else fault)
