"""Lines that count who is connected, and lines that tell of one."""

from __future__ import annotations

from logdiag.analyzers.sides.counting_lines import counts_connections
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
