"""What may hide a text of a message in its raw line."""

from __future__ import annotations

from logdiag.parsers.hiding import may_hide
from tests.folding import each


@each(
    ("raw", "is_hidden"),
    [
        (b'{"msg":"client disconnected"}', False),
        (b'{"msg":"client \\u0064isconnected"}', True),
        (b'{"MESSAGE":[99,108]}', True),
        (b'{"MESSAGE": [99,108]}', True),
        (b'{"MESSAGE":"[99"}', False),
        (b"client \x1b[31mdisconnected", True),
        (b"client, \x1b[31m disconnected", True),
        (b"\x1b[31mINFO\x1b[0m client disconnected", False),
        (b"\x1b[1m\x1b[31mclient disconnected", False),
        (b"CLIENT \x1b[31mDISCONNECTED", False),
        (b"client [31mdisconnected", False),
    ],
)
def test_a_line_is_decoded_where_a_phrase_may_be_hidden(raw: bytes, is_hidden: bool) -> None:
    """By its numbers, as a list of bytes, or by a colour amid it; colours around a stamp, a level or all hide none."""
    assert may_hide(raw) is is_hidden
