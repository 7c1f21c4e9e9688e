"""What a connection's sessions add up to: availability, reasons, outages."""

from __future__ import annotations

import pytest

from logdiag.analyzers.connections.sessions import find_sessions
from logdiag.analyzers.connections.summaries import summarize_connections
from logdiag.events import EventKind, Side
from tests.analyzers.cases import at, connected, disconnected, event, session, timeline

STARTED, CRASHED, STOPPING = EventKind.PROCESS_STARTED, EventKind.PROCESS_CRASHED, EventKind.PROCESS_STOPPING


def test_one_connect_is_one_open_session() -> None:
    """A session that the end of the logs cuts has no end, no length, and counts as connected up to it."""
    sessions = find_sessions(timeline(connected(2, "a")))
    assert [(one.opened, one.closed) for one in sessions] == [(at(2), None)]
    (summary,) = summarize_connections(sessions, at(12))
    assert (summary.connects_count, summary.disconnects_count, summary.connected_s) == (1, 0, 10.0)
    assert summary.availability_ratio == 1.0


def test_hidden_connects_make_no_endless_outages() -> None:
    """Where the logs lack the connects, outage and availability are unknown rather than the rest of the log."""
    sessions = find_sessions(timeline(disconnected(10), disconnected(40), disconnected(70)))
    (summary,) = summarize_connections(sessions, at(100))
    assert (summary.outage_s, summary.availability_ratio, summary.median_outage_s) == (30.0, None, None)


def test_availability_counts_sessions_against_outages_up_to_the_end() -> None:
    """100 s connected, 25 s not, the open outage included: 80 %."""
    sessions = find_sessions(
        timeline(connected(0, "a"), disconnected(60), connected(65, "b"), disconnected(105), event(125, STOPPING))
    )
    (summary,) = summarize_connections(sessions, at(125))
    assert (summary.connected_s, summary.outage_s, summary.availability_ratio) == (100.0, 25.0, 0.8)
    assert (summary.median_session_s, summary.median_outage_s) == (50.0, 5.0)
    assert (summary.connects_count, summary.disconnects_count, summary.unlogged_disconnects_count) == (2, 2, 0)


def test_reasons_are_counted_for_logged_ends_only() -> None:
    """An unlogged end has no reason; a logged one without is `unknown`."""
    sessions = [
        session(30),
        session(60, opened=32),
        session(90, opened=62, reason=None),
        session(120, opened=92, logged=False),
    ]
    (summary,) = summarize_connections(sessions, at(130))
    assert summary.reasons == {"transport close": 2, "unknown": 1}
    assert (summary.disconnects_count, summary.unlogged_disconnects_count) == (3, 1)


@pytest.mark.parametrize(("closed", "is_known"), [(30.0, True), (None, False)])
def test_availability_is_unknown_where_a_session_before_the_last_has_no_end(
    closed: float | None, *, is_known: bool
) -> None:
    """Nobody knows how long it was up; that the last one goes on is no such gap."""
    sessions = [session(closed), session(None, opened=31.2)]
    (summary,) = summarize_connections(sessions, at(100))
    assert (summary.availability_ratio is not None) is is_known


def test_between_two_visits_nobody_is_down() -> None:
    """Of who comes and goes, by a server's log, no availability is told, and no outage longer than a way back takes."""
    left = session(30, opened=0.0, side=Side.SERVER, server_has_end=True, departed=True, reopened=4_000.0)
    cut = session(4_100, opened=4_000.0, side=Side.SERVER, server_has_end=True, reopened=4_103.0)
    gone = session(4_200, opened=4_103.0, side=Side.SERVER, server_has_end=True, reopened=9_000.0)
    (summary,) = summarize_connections([left, cut, gone], at(10_000))
    assert (summary.availability_ratio, summary.outage_s) == (None, 3.0)
