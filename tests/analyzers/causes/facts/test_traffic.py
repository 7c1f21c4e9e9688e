"""What went over a connection before it ended."""

from __future__ import annotations

from logdiag.analyzers.causes.facts.traffic import find_heard_s, find_sent_bytes
from tests.analyzers.cases import (
    at,
)


def test_the_largest_message_within_reach_counts() -> None:
    """Not the one after the drop, nor the one before the reach."""
    sizes = [(at(29.0), 9e6), (at(29.8), 2e6), (at(29.9), 1e3), (at(30.1), 8e6)]
    assert find_sent_bytes(sizes, at(30), 300.0) == 2e6
    assert find_sent_bytes(sizes[:1], at(30), 300.0) is None


def test_the_server_was_last_heard_before_the_drop() -> None:
    """Messages after it do not count."""
    assert find_heard_s([at(10.0), at(26.0), at(31.0)], at(30)) == 4.0
    assert find_heard_s([at(31.0)], at(30)) is None
