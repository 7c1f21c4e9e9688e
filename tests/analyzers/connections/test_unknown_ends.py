"""Ends that no line of a client tells of, and what lies beyond a client's own logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from logdiag.analyzers.connections.disconnects import list_disconnects
from logdiag.analyzers.connections.server_side import ServerSocket, read_server_view
from logdiag.analyzers.connections.sessions import SessionRecord, find_sessions
from logdiag.analyzers.connections.summaries import summarize_connections
from logdiag.analyzers.connections.unknown_ends import bound_deaths, find_spans, place_by_server
from logdiag.events import Event, EventKind
from logdiag.results.connections import Connection
from tests.analyzers.cases import SERVER, at, connected, disconnected, event, session, timeline

STARTED = EventKind.PROCESS_STARTED


def _summarize(sessions: Sequence[SessionRecord], end: float) -> Connection:
    (summary,) = summarize_connections(sessions, at(end))
    return summary


def _lengths(one: SessionRecord) -> tuple[float | None, float | None, float | None]:
    return one.session_s, one.unknown_s, one.outage_s


def test_a_session_without_a_trace_after_its_connect_is_neither_up_nor_down() -> None:
    """Until the next connect nobody knows: no length, no outage, 300 s unknown; its end has no moment."""
    first, second = find_sessions(timeline(connected(0, "a"), connected(300, "b")))
    assert _lengths(first) == (None, 300.0, None)
    assert (first.has_moment, second.unknown_s) == (False, None)
    (drop,), _ = list_disconnects([first], read_server_view(timeline(), (), {}))
    assert (drop.outage_s, drop.unknown_s, drop.away_s, drop.reconnected_at) == (None, 300.0, 300.0, at(300))


def test_what_is_known_of_such_a_session_is_up_to_its_last_trace() -> None:
    """Up for 20 s at the least; from there to the next connect it may have been either."""
    first, _ = find_sessions(timeline(connected(0, "a"), event(20, EventKind.EMIT), connected(300, "b")))
    assert _lengths(first) == (20.0, 280.0, None)
    assert not first.has_moment


def test_connects_alone_have_no_availability() -> None:
    """However long the last session lasts: of all that may have been down nothing is known."""
    summary = _summarize(find_sessions(timeline(*(connected(300 * n, f"s{n}") for n in range(4)))), 3600)
    assert (summary.connected_s, summary.outage_s, summary.unknown_s) == (2700.0, 0.0, 900.0)
    assert (summary.availability_ratio, summary.median_outage_s) == (None, None)


def test_availability_is_a_share_of_the_time_that_is_known() -> None:
    """Where part of the disconnect lines is missing, what they would have told is left out."""
    sessions = find_sessions(timeline(connected(0, "a"), disconnected(990), connected(1000, "b"), connected(1200, "c")))
    summary = _summarize(sessions, 2200)
    assert (summary.connected_s, summary.outage_s, summary.unknown_s) == (1990.0, 10.0, 200.0)
    assert summary.availability_ratio == 1990 / 2000
    assert summary.median_outage_s == 10.0


def test_more_unknown_than_known_is_no_availability() -> None:
    """A share of the smaller part would pass for one of the whole."""
    lines = (connected(0, "a"), disconnected(90), connected(100, "b"), connected(400, "c"))
    assert _summarize(find_sessions(timeline(*lines)), 410).availability_ratio is None


def test_a_process_that_starts_anew_was_down_from_then_on() -> None:
    """It died between its last line and its start: unknown; from the start to the connect it had no connection."""
    lines = (connected(0, "a"), event(50, EventKind.EMIT), event(80, STARTED), connected(83, "b"))
    first, _ = find_sessions(timeline(*lines))
    assert _lengths(first) == (50.0, 30.0, 3.0)
    assert first.has_moment


def _beating(count: int) -> list[Event]:
    return [connected(0, "a"), *(event(10.0 * n, EventKind.EMIT) for n in range(1, count + 1))]


@pytest.mark.parametrize(("count", "unknown_s"), [(10, 20.0), (9, 810.0)])
def test_a_process_that_was_never_silent_for_as_long_was_dead(count: int, unknown_s: float) -> None:
    """After ten pauses of 10 s a silence of more than 20 s before its start is its death; nine are too few to tell."""
    last = 10.0 * count
    frame = timeline(*_beating(count), event(last + 810, STARTED), connected(last + 812, "b"))
    first, _ = bound_deaths(find_sessions(frame), frame)
    assert (first.unknown_s, first.outage_s) == (unknown_s, 812 - unknown_s)


def test_a_silence_before_a_mere_connect_is_no_death() -> None:
    """Without a start of the process a part of its log may be missing."""
    frame = timeline(*_beating(20), connected(1000, "b"))
    assert bound_deaths(find_sessions(frame), frame)[0].unknown_s == 800.0


def test_the_server_knows_the_moment() -> None:
    """Where the server logged the end of the socket, that is when it ended; one after the next connect is too late."""
    told = find_sessions(timeline(connected(0, "a"), connected(300, "b")))
    socket = ServerSocket("a", "master", at(0), None, at(290), "transport close", None, None)
    server = read_server_view(timeline(), told, {"a": socket})
    first, _ = place_by_server(told, server)
    assert first.unknown_s is None
    assert [first.session_s, first.outage_s] == pytest.approx([290, 10], abs=0.05)
    late = replace(server, sockets={"a": replace(socket, closed=at(310))})
    assert place_by_server(told, late) == told


def test_what_is_open_counts_to_the_end_of_its_own_logs() -> None:
    """Logs of other hours in the same folder tell neither that a connection was up nor that it was down."""
    down = [session(3600, opened=0.0, reopened=None)]
    up = [replace(session(None, opened=36000.0), connection="other")]
    spans = {"worker1": (at(0), at(3602)), "other": (at(36000), at(39600))}
    other, worker = summarize_connections([*down, *up], at(39600), spans)
    assert (worker.connected_s, worker.outage_s) == (3600.0, 2.0)
    assert (worker.logs_start, worker.logs_end) == (at(0), at(3602))
    assert (other.connected_s, other.outage_s, other.availability_ratio) == (3600.0, 0.0, 1.0)


def test_the_logs_of_a_connection_are_those_of_the_processes_that_wrote_of_it() -> None:
    """All files of a process are one source; the server's end is not that of a client with a log of its own."""
    frame = timeline(connected(0, "a"), event(5, EventKind.SERVER_CONNECTED, SERVER, socket_id="a"))
    processes = {"worker1": (at(0), at(60)), "master": (at(0), at(900))}
    assert find_spans(frame, processes)["worker1"] == (at(0), at(60))
