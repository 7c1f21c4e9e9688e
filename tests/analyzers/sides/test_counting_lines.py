"""Lines that count who is connected, and lines that tell of one."""

from __future__ import annotations

from logdiag.analyzers.sides.counting_lines import counts_connections, sums_up
from logdiag.parsers.templates import mask_message
from tests.folding import each


@each(
    ("message", "counts"),
    [
        (" 3 sockets connected", True),
        ("12 clients are now connected", True),
        ("Number of connected clients: 12", True),
        ("Connected users: 7", True),
        ("total connections open: 3", True),
        ("client 7 connected", False),
        ("3 clients connected to room 7", False),
        ("5 orders open", False),
        ("socket connected", False),
    ],
)
def test_a_line_that_says_how_many_there_are_counts(message: str, *, counts: bool) -> None:
    """It is written as one comes or goes: no trigger of an end, and no connect of anybody known."""
    assert counts_connections(mask_message(message)) is counts


@each(
    ("message", "is_one"),
    [
        ("WebSocketSession[12 current WS(30)-HttpPoll(0), 612 total, 0 closed abnormally (0 connect failure)]", True),
        ("stats: 12 connected, 40 total, 3 closed, 0 failed", True),
        ("client 7 closed after 12 s, 3 open, 9 total in room 4, session 8f3a9c21d07b", False),
        ("closed 3 of 12", False),
    ],
)
def test_a_summary_of_many_counts_tells_of_nobody(message: str, *, is_one: bool) -> None:
    """Spring writes how many sessions there are and were each half an hour: no end of one of them."""
    assert sums_up(mask_message(message)) is is_one
