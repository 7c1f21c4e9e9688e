"""When a connection could carry a push, as far as its sessions tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.links import State, build_links

ZERO = datetime(2025, 11, 14, 16, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return ZERO + timedelta(seconds=seconds)


def test_a_connect_that_is_not_logged_leaves_the_state_open() -> None:
    """Between an end and the end of a session without a connect nobody knows when it was up."""
    sessions = [
        SessionRecord("w", at(0), at(100)),
        SessionRecord("w", None, at(200), at(201)),
        SessionRecord("w", at(201)),
    ]
    link = build_links(sessions, at(300), ZERO, {}, {})["w"]
    assert [link.at(moment).state for moment in (50, 150, 200.5, 250, 301)] == [
        State.UP, State.UNKNOWN, State.DOWN, State.UP, State.UP if link.stretches[-1].end_s > 301 else State.UNKNOWN,
    ]  # fmt: skip
