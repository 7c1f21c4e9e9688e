"""The server's view: sockets, clocks, receipts, who noticed first."""

from __future__ import annotations

import pytest

from logdiag.analyzers.connections.server_side import estimate_clocks, first_to_notice, read_server_view
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Event, EventKind
from logdiag.results.connections import Clock
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import (
    SERVER,
    at,
    event,
    far_session,
    nothing_far,
    server_view,
    session,
    timeline,
)

RECEIVER = "master/data-sync-receiver.log"


def _server(second: float, kind: EventKind, **fields: str) -> Event:
    return event(second, kind, SERVER, **fields)


def test_a_socket_is_followed_from_accept_to_close() -> None:
    """Connect, join and disconnect of one id make one socket, with the line of its disconnect."""
    frame = timeline(
        _server(0, EventKind.SERVER_CONNECTED, socket_id="a-_"),
        _server(0.2, EventKind.SERVER_JOINED, socket_id="a-_", worker_id="worker1"),
        _server(30, EventKind.SERVER_DISCONNECTED, socket_id="a-_", reason="transport error"),
        _server(60, EventKind.SERVER_STARTED),
    )
    server = read_server_view(frame, [])
    socket = server.sockets["a-_"]
    assert (socket.opened, socket.joined, socket.closed) == (at(0), at(0.2), at(30))
    assert (socket.reason, socket.worker_id, socket.evidence) == ("transport error", "worker1", Evidence(SERVER, 3))
    assert server.starts == (at(60),)
    assert server.present


def test_the_first_line_of_a_servers_log_shows_no_restart() -> None:
    """Each server's own: the second one's start comes after lines of the first, but opens its log."""
    other = "master2/master.log"
    frame = timeline(
        _server(0, EventKind.SERVER_STARTED),
        _server(5, EventKind.SERVER_CONNECTED, socket_id="a"),
        event(20, EventKind.SERVER_STARTED, other),
        event(40, EventKind.SERVER_STARTED, other),
    )
    assert read_server_view(frame, []).starts == (at(40),)


def test_lines_of_one_start_are_one_start() -> None:
    """`server initialized`, `listening` and the supervisor's line before them; a repeated wording is of the next."""
    ready, listening = "WebSocket server initialized on /ws", "Server listening on port 3000"
    starts = [
        _server(second + delay, EventKind.SERVER_STARTED, message=message)
        for second in (1, 60, 64)
        for delay, message in ((0, ready), (0.05, listening))
    ]
    frame = timeline(_server(0, EventKind.PROCESS_STARTED, message="App [hub:0] starting"), *starts)
    assert read_server_view(frame, []).starts == (at(60), at(64))


def test_a_disconnect_told_twice_keeps_its_reason_and_its_first_moment() -> None:
    """A second line without a reason changes nothing; one that adds the reason adds it."""
    told = [
        _server(30, EventKind.SERVER_DISCONNECTED, socket_id="a", reason="transport error"),
        _server(30.1, EventKind.SERVER_DISCONNECTED, socket_id="a"),
        _server(40, EventKind.SERVER_DISCONNECTED, socket_id="b"),
        _server(40.1, EventKind.SERVER_DISCONNECTED, socket_id="b", reason="ping timeout"),
    ]
    sockets = read_server_view(timeline(*told), []).sockets
    assert (sockets["a"].closed, sockets["a"].reason, sockets["a"].evidence) == (
        at(30),
        "transport error",
        Evidence(SERVER, 1),
    )
    assert (sockets["b"].closed, sockets["b"].reason, sockets["b"].evidence) == (
        at(40),
        "ping timeout",
        Evidence(SERVER, 4),
    )


def test_a_stamp_cut_to_its_second_gives_way_to_the_finer_one_of_the_same_moment() -> None:
    """An access log says 2, the application 2.49, and a code: it ended then. A second later is another."""
    kind = EventKind.SERVER_DISCONNECTED
    access = [event(1, EventKind.SERVER_CONNECTED, "master/access.log", socket_id="s1")]
    access.append(event(2, kind, "master/access.log", socket_id="s1"))
    told = [_server(second, kind, socket_id="s1", code="4001") for second in (2.49, 3.2)]
    fine, late = (read_server_view(timeline(*access, one), ()).sockets["s1"] for one in told)
    assert (fine.closed, fine.code) == (at(2.49), "4001")
    assert late.closed == at(2)


def test_no_server_logs_are_not_present_and_no_clock_is_known() -> None:
    """Without the server's logs the offset is 0 with an error of a second."""
    server = nothing_far()
    assert (server.present, server.offset_s("worker1")) == (False, (0.0, 1.0))


def test_the_offset_is_bounded_by_accept_and_join() -> None:
    """A clock 5 s ahead: 4.98 (join after) to 5.01 (accept before) gives 4.995 s with an error of 15.5 ms."""
    sessions = [session(60, opened=5.01, socket_id="a"), session(90, opened=65.03, socket_id="b")]
    sockets = {
        "a": far_session("a", 0.0, joined=at(0.03)),
        "b": far_session("b", 60.0, joined=at(60.08)),
    }
    (clock,) = estimate_clocks(sessions, sockets)
    assert clock == Clock("worker1", 4995.0, 15.5, 2)


def test_without_joins_the_transit_is_taken_as_at_most_50_ms() -> None:
    """An accept alone bounds the offset from above only; the quickest of five handshakes took next to no time."""
    names = "abcde"
    sessions = [session(60 * n + 50, opened=60 * n + 2.003 + n / 10, socket_id=name) for n, name in enumerate(names)]
    (clock,) = estimate_clocks(sessions, {name: far_session(name, 60 * n + 0.003) for n, name in enumerate(names)})
    assert (clock.offset_ms, clock.error_ms, clock.differs) == (1975.0, 25.5, True)


def test_the_delay_of_one_handshake_is_no_clock_that_runs_ahead() -> None:
    """444 ms after the accept may be a slow handshake, 2 s after it is not, and before it never."""
    for opened, differs in ((0.444, False), (2.0, True), (-0.1, True)):
        (clock,) = estimate_clocks([session(60, opened=opened, socket_id="a")], {"a": far_session("a", 0.0)})
        assert clock.differs is differs, opened


def test_a_clock_that_was_set_on_the_way_has_no_single_offset() -> None:
    """The client's clock jumps from 0 to +10 s: the pairs contradict each other, and the error takes in both."""
    sessions = [session(60, opened=0.01, socket_id="a"), session(120, opened=70.01, socket_id="b")]
    sockets = {
        "a": far_session("a", 0.0, joined=at(0.03)),
        "b": far_session("b", 60.0, joined=at(60.03)),
    }
    (clock,) = estimate_clocks(sessions, sockets)
    assert clock.stepped
    assert clock.offset_ms - clock.error_ms < -20.0
    assert clock.offset_ms + clock.error_ms > 10_010.0
    assert not any(other.stepped for other in estimate_clocks(sessions[:1], sockets))


@pytest.mark.parametrize(("shift_s", "offset_ms", "error_ms"), [(0.0, 0.0, 1799.5), (0.125, 0.0, 799.5)])
def test_no_offset_is_known_better_than_the_stamps_are_cut(shift_s: float, offset_ms: float, error_ms: float) -> None:
    """A server that writes whole seconds may have let a client in up to a second later than its stamp says."""
    sessions = [session(60, opened=2.201, socket_id="a"), session(120, opened=70.9, socket_id="b")]
    sockets = {"a": far_session("a", 2.0), "b": far_session("b", 70.0 + shift_s)}
    (clock,) = estimate_clocks(sessions, sockets)
    assert (clock.offset_ms, clock.error_ms) == (offset_ms, error_ms)


def test_sockets_that_no_client_names_bound_no_clock() -> None:
    """A worker whose logs hold no socket id has no pair, so no clock."""
    assert estimate_clocks([session(60, socket_id=None)], {"a": far_session("a", 0.0)}) == ()


@pytest.mark.parametrize(("offset_ms", "lead"), [(0.0, 0.004), (10.0, -0.006)])
def test_who_noticed_first_is_told_on_one_clock(offset_ms: float, lead: float) -> None:
    """Client minus server, the offset of the clocks taken off."""
    one = session(30.004, socket_id="a")
    server = server_view(far_session("a", 0.0, 30.0), clocks=[Clock("worker1", offset_ms, 1.0, 3)])
    noticed = first_to_notice(one, server)
    assert noticed is not None
    assert noticed[0] == pytest.approx(lead)
    assert noticed[1] == 0.001


@pytest.mark.parametrize("one", [session(30, socket_id="z"), session(30, socket_id="a", logged=False), session(None)])
def test_nobody_noticed_first_unless_both_logged_it(one: SessionRecord) -> None:
    """An unknown socket, an unlogged end and an open session have no pair."""
    assert first_to_notice(one, server_view(far_session("a", 0.0, 30.0))) is None
