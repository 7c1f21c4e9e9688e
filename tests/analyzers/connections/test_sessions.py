"""Sessions, outages and their ends, told or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logdiag.analyzers.connections.sessions import SessionRecord, find_sessions
from logdiag.analyzers.connections.summaries import list_sessions, summarize_connections
from logdiag.events import Event, EventKind, Side
from logdiag.results.evidence import Evidence
from logdiag.tables import list_timeline
from tests.analyzers.cases import CLIENT, PUSHER, SERVER, at, connected, disconnected, event, timeline

WORKER = "worker1/worker.log"
STARTED, CRASHED, STOPPING = EventKind.PROCESS_STARTED, EventKind.PROCESS_CRASHED, EventKind.PROCESS_STOPPING


def test_a_session_runs_from_connect_to_disconnect_and_its_outage_to_the_next_connect() -> None:
    """Lengths in seconds, the reason, the socket and the line of the disconnect."""
    frame = timeline(connected(0, "socket-one"), disconnected(30.5, "ping timeout"), connected(31.75, "socket-two"))
    first, second = find_sessions(frame)
    assert (first.session_s, first.outage_s) == (30.5, 1.25)
    assert (first.socket_id, first.reason, first.logged) == ("socket-one", "ping timeout", True)
    assert (first.evidence, first.open_evidence) == (Evidence(CLIENT, 2), Evidence(CLIENT, 1))
    assert (second.opened, second.closed, second.session_s, second.outage_s) == (at(31.75), None, None, None)


def test_one_end_may_be_told_twice_with_the_same_reason() -> None:
    """Other words of the same service within 50 ms, with the same reason, on the one connection that opened."""
    first = event(30, EventKind.DISCONNECTED, CLIENT, message="WebSocket closed", reason="message too big", code="1009")
    again = replace(first, time=at(30.016), message="Connection closed (attempt 1)", line=3)
    (told,) = find_sessions(timeline(connected(0), first, again))
    assert (told.closed, told.code, told.evidence) == (at(30), "1009", Evidence(CLIENT, 2))


def test_a_socket_that_ends_without_a_close_frame_tells_the_end_once_more() -> None:
    """The library gives a silent server up, and 4 ms later its WebSocket closes with 1006: one end, by the first."""
    first = event(30, EventKind.DISCONNECTED, CLIENT, message="no server activity for 20673ms", reason="ping timeout")
    again = event(30.004, EventKind.DISCONNECTED, CLIENT, message="ws close", reason="abnormal closure", code="1006")
    (told,) = find_sessions(timeline(connected(0), first, replace(again, line=3)))
    assert (told.reason, told.evidence) == ("ping timeout", Evidence(CLIENT, 2))


def test_a_lost_pong_is_told_until_the_client_gives_the_socket_up() -> None:
    """Of a connection that opened once, each further line of a ping timeout tells of the same end."""
    lost = [disconnected(30 + second, "ping timeout") for second in range(5)]
    given_up = event(35, EventKind.DISCONNECTED, CLIENT, message="socket disconnected")
    ends = [one for one in find_sessions(timeline(connected(0), *lost, given_up, connected(38))) if one.closed]
    assert [(one.closed, one.reason) for one in ends] == [(at(30), "ping timeout")]


def test_no_events_are_no_sessions() -> None:
    """An empty timeline has neither sessions nor connections."""
    assert find_sessions(timeline()) == ()
    assert summarize_connections((), at(10)) == ()


def test_the_frame_is_unchanged_afterwards() -> None:
    """Reading sessions off the timeline does not touch it."""
    frame = timeline(connected(0, "one"), disconnected(3))
    before = list_timeline(frame)
    find_sessions(frame)
    assert list_timeline(frame) == before


def test_server_logs_alone_hold_no_session() -> None:
    """What the server says of its sockets is no session of a client."""
    frame = timeline(
        event(0, EventKind.SERVER_CONNECTED, SERVER, socket_id="a"),
        event(9, EventKind.SERVER_DISCONNECTED, SERVER, socket_id="a", reason="transport close"),
    )
    assert find_sessions(frame) == ()


def test_a_disconnect_without_connect_has_no_beginning() -> None:
    """The log starts late: the first session has an end but no length."""
    (one,) = find_sessions(timeline(disconnected(5)))
    assert (one.opened, one.closed, one.logged, one.session_s) == (None, at(5), True, None)
    (summary,) = summarize_connections((one,), at(60))
    assert (summary.connects_count, summary.disconnects_count) == (0, 1)
    assert summary.availability_ratio is None


def test_lines_before_the_first_connect_are_no_session() -> None:
    """Life of the process before its first connect is no unlogged end."""
    frame = timeline(event(0, EventKind.EMIT_REFUSED), event(1, STARTED, WORKER), connected(2, "a"))
    assert [one.opened for one in find_sessions(frame)] == [at(2)]


def test_a_connect_line_told_twice_is_one_connect() -> None:
    """Another line of the same socket, or one at the same moment that names no socket, opens nothing."""
    frame = timeline(
        connected(0, None, WORKER), connected(0.003, "a"), connected(0.1, "a"), connected(7, "a"), disconnected(9)
    )
    (one,) = find_sessions(frame)
    assert (one.opened, one.closed, one.socket_id) == (at(0), at(9), "a")


@pytest.mark.parametrize(("gap_s", "sessions"), [(0.05, 1), (0.051, 2)])
def test_a_connect_without_socket_counts_as_told_twice_within_50_ms(gap_s: float, sessions: int) -> None:
    """Exactly 50 ms later it is the same connect, later it is another one and the first ended without a word."""
    assert len(find_sessions(timeline(connected(0), connected(gap_s)))) == sessions


def test_another_socket_ends_the_session_before_it_without_a_word() -> None:
    """A connect of a second socket, even 1 ms later, ends the first session at its last sign of life, unlogged."""
    frame = timeline(connected(0, "a"), event(20, EventKind.EMIT), connected(31, "b"), connected(31.001, "c"))
    first, second, third = find_sessions(frame)
    assert (first.closed, first.logged, first.reason, first.reopened) == (at(20), False, None, at(31))
    assert first.evidence == Evidence(CLIENT, 2)
    assert (second.closed, second.logged) == (at(31), False)
    assert third.closed is None


def test_one_service_tells_one_end_in_two_sentences() -> None:
    """What is told as "no PONG" and as "dropped" is one lost connection; the same words twice are two."""
    aborted = replace(disconnected(9, None), message="no PONG, aborting")
    dropped = replace(disconnected(9.01, None), message="connection dropped")
    assert [one.session_s for one in find_sessions(timeline(connected(0, "socket-one"), aborted, dropped))] == [9.0]
    again = replace(dropped, message=aborted.message)
    assert len(find_sessions(timeline(connected(0, "socket-one"), aborted, again))) == 2


def test_trying_to_connect_is_no_sign_of_life() -> None:
    """The line "connecting" of the next process does not prolong the session that died before it."""
    frame = timeline(
        connected(0, "a"), event(20, EventKind.RECEIVED), event(40, EventKind.CONNECTING), connected(40.1, "b")
    )
    assert find_sessions(frame)[0].closed == at(20)


def test_a_crash_line_ends_the_session() -> None:
    """An unlogged end with a crash line is dated and shown by that line."""
    frame = timeline(connected(0, "a"), event(20, CRASHED, WORKER), event(21.5, STARTED, WORKER), connected(22, "b"))
    first, _ = find_sessions(frame)
    assert (first.closed, first.logged, first.crashed, first.restarted) == (at(20), False, True, True)
    assert first.evidence == Evidence(WORKER, 1)


def test_a_process_that_survives_its_exception_has_not_crashed() -> None:
    """Lines more than 2 s after the crash line say that the process lived on; the last of them dates the end."""
    frame = timeline(
        connected(0, "a"),
        event(20, CRASHED, WORKER),
        event(300, EventKind.EMIT),
        event(400, STARTED, WORKER),
        connected(401, "b"),
    )
    first, _ = find_sessions(frame)
    assert (first.closed, first.crashed, first.evidence) == (at(300), False, Evidence(CLIENT, 2))


def test_an_unlogged_end_without_crash_line_is_dated_by_the_last_sign_of_life() -> None:
    """The process was killed somewhere between its last line and its start."""
    frame = timeline(connected(0, "a"), event(20, EventKind.EMIT), event(40, STARTED, WORKER), connected(41, "b"))
    first, _ = find_sessions(frame)
    assert (first.closed, first.logged, first.crashed, first.restarted) == (at(20), False, False, True)


@pytest.mark.parametrize(
    "kind", [EventKind.PLATFORM_EXIT, EventKind.PROXY_TIMEOUT, EventKind.PROXY_RELOAD, EventKind.PROXY_REFUSAL]
)
def test_what_others_write_into_the_same_journal_is_no_sign_of_life(kind: EventKind) -> None:
    """That a unit is started again five seconds after a crash does not show that the process survived it."""
    begin = (connected(0, "socket-one"), event(19.8, CRASHED, file=CLIENT))
    for later, crashed in ((kind, True), (EventKind.HEARTBEAT, False)):
        first, _ = find_sessions(timeline(*begin, event(25, later, file=CLIENT), connected(26, "socket-two")))
        assert (first.closed, first.crashed) == (at(19.8) if crashed else at(25), crashed)


@pytest.mark.parametrize(("lag_s", "crashed"), [(2.0, True), (2.001, False)])
def test_a_logged_disconnect_within_2_s_of_a_crash_belongs_to_it(lag_s: float, crashed: bool) -> None:
    """A dying process may still log the disconnect."""
    (one,) = find_sessions(timeline(connected(0, "a"), event(20, CRASHED, WORKER), disconnected(20 + lag_s)))
    assert (one.logged, one.crashed) == (True, crashed)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_start_in_the_millisecond_of_the_connect_came_first(order: tuple[int, int]) -> None:
    """Whichever file is read first, the new session is not ended by the start of its own process."""
    both = [event(40, STARTED, WORKER), connected(40, "b")]
    frame = timeline(connected(0, "a"), event(20, EventKind.EMIT), *(both[place] for place in order))
    first, second = find_sessions(frame)
    assert (first.closed, first.restarted) == (at(20), True)
    assert (second.opened, second.closed) == (at(40), None)


def test_a_restart_between_disconnect_and_connect_is_noted() -> None:
    """A logged disconnect stays logged; the restart belongs to its outage and to no other."""
    frame = timeline(
        connected(0, "a"),
        disconnected(10),
        connected(11, "b"),
        disconnected(20),
        event(21, STARTED, WORKER),
        connected(22, "c"),
        disconnected(30),
        connected(31, "d"),
    )
    sessions = find_sessions(frame)
    assert [one.restarted for one in sessions] == [False, True, False, False]
    assert all(one.logged for one in sessions[:3])


def test_a_restart_is_not_blamed_on_earlier_disconnects_whose_connects_are_hidden() -> None:
    """At level warn the log holds no connects: a start belongs to the disconnect right before it."""
    frame = timeline(
        disconnected(10), disconnected(40), event(45, STARTED, WORKER, level="warn"), disconnected(70), disconnected(99)
    )
    sessions = find_sessions(frame)
    assert [one.restarted for one in sessions] == [False, True, False, False]
    assert [one.next_closed for one in sessions] == [at(40), at(70), at(99), None]


def test_two_services_that_tell_the_same_disconnect_count_once() -> None:
    """The echo adds the reason that the first line lacks, and becomes the evidence for it."""
    frame = timeline(
        connected(0, "a"), disconnected(30, None, PUSHER), disconnected(30.002, "ping timeout"), connected(31, "b")
    )
    first, second = find_sessions(frame)
    assert (first.closed, first.reason, first.evidence) == (at(30), "ping timeout", Evidence(CLIENT, 2))
    assert (first.outage_s, second.closed) == (1.0, None)


def test_an_echo_does_not_overrule_a_stated_reason() -> None:
    """The first line that states a reason keeps it; the echo only adds the close code."""
    frame = timeline(connected(0, "a"), disconnected(30), disconnected(30.002, "transport error", PUSHER, code="1009"))
    (one,) = find_sessions(frame)
    assert (one.reason, one.code) == ("transport close", "1009")


@pytest.mark.parametrize(("gap_s", "count"), [(0.05, 1), (0.051, 2)])
def test_an_echo_comes_within_50_ms(gap_s: float, count: int) -> None:
    """At exactly 50 ms it is the same disconnect, later it is one of its own."""
    frame = timeline(connected(0, "a"), disconnected(30), disconnected(30 + gap_s, file=PUSHER))
    assert len(find_sessions(frame)) == count


@pytest.mark.parametrize(("gap_s", "connects", "count"), [(1, True, 1), (1.001, True, 2), (1, False, 2)])
def test_other_words_without_a_reason_tell_of_the_same_end(gap_s: float, connects: bool, count: int) -> None:
    """Within a second, on a connection that had opened and cannot end twice; without its connect it may be another."""
    rows = [disconnected(30, "ping timeout"), event(30 + gap_s, EventKind.DISCONNECTED, CLIENT, message="dropped")]
    sessions = find_sessions(timeline(*([connected(0, "a")] if connects else []), *rows))
    assert len(sessions) == count
    assert sessions[0].reason == "ping timeout"


@pytest.mark.parametrize(("connects", "count"), [(True, 1), (False, 2)])
def test_the_end_with_which_a_log_begins_counts_once(connects: bool, count: int) -> None:
    """Two lines tell it with one reason; in logs without any connect they may be the ends of two clients."""
    rows = [disconnected(30, "ping timeout"), disconnected(30.005, "ping timeout", message="reconnect: ping timeout")]
    sessions = find_sessions(timeline(*rows, *([connected(40, "b")] if connects else [])))
    assert len([one for one in sessions if one.closed is not None]) == count


def test_one_service_tells_each_disconnect_itself() -> None:
    """Two lines of one service are two disconnects, the second of a session whose connect is missing."""
    first, second = find_sessions(timeline(connected(0, "a"), disconnected(30), disconnected(30.01)))
    assert (first.logged, second.logged, second.opened) == (True, True, None)


@pytest.mark.parametrize(("stop", "orderly"), [(20.0, True), (19.999, False), (32.0, True), (32.001, False)])
def test_a_stop_is_orderly_from_10_s_before_the_end_to_2_s_after(stop: float, orderly: bool) -> None:
    """The process says that it shuts down around the end of the session, not minutes before."""
    frame = timeline(connected(0, "a"), event(stop, STOPPING, WORKER), disconnected(30))
    assert find_sessions(frame)[0].orderly is orderly


@pytest.mark.parametrize(
    ("reason", "whose", "orderly"),
    [
        ("io client disconnect", "worker", True),
        ("transport close", "worker", False),
        ("io client disconnect", "worker/w2", False),
    ],
)
def test_a_stop_that_names_none_of_several_clients_may_be_of_one_that_closed(
    reason: str, whose: str, orderly: bool
) -> None:
    """Of one that shares its files and closed by itself; not of what was cut, nor where the line names another."""
    frame = timeline(
        connected(0, file="worker/socket.log"),
        event(29.9, STOPPING, "worker/worker.log"),
        disconnected(30, reason, "worker/socket.log"),
        connected(32, file="worker/socket.log"),
        connected(40, file="worker/socket.log"),
    )
    names = ["worker/w1", whose, "worker/w1", "worker/w1", "worker/w2"]
    frame = frame.replace("connection", dict(enumerate(names)))
    assert find_sessions(frame)[0].orderly is orderly


def test_what_a_server_says_of_a_client_that_shares_its_files_hides_no_stop() -> None:
    """A server that names the client writes lines of its connection, in another process than the stop."""
    frame = timeline(
        connected(0, file="worker/socket.log"),
        event(29.9, STOPPING, "worker/worker.log"),
        disconnected(30, "io client disconnect", "worker/socket.log"),
        connected(32, file="worker/socket.log"),
        event(40, EventKind.RECEIPT, SERVER),
    )
    names = ["worker/w1", "worker", "worker/w1", "worker/w1", "worker/w1"]
    frame = frame.replace("connection", dict(enumerate(names)))
    assert find_sessions(frame)[0].orderly


def test_a_crash_is_not_orderly() -> None:
    """A process that crashes while it shuts down has crashed."""
    frame = timeline(
        connected(0, "a"),
        event(19, STOPPING, WORKER),
        event(20, CRASHED, WORKER),
        event(25, STARTED, WORKER),
        connected(26, "b"),
    )
    first, _ = find_sessions(frame)
    assert (first.crashed, first.orderly) == (True, False)


def test_workers_are_kept_apart() -> None:
    """The lines of one folder neither open nor end sessions of another."""
    other = "worker2/socket-client.log"
    frame = timeline(
        connected(0, "a"), connected(1, "b", other), disconnected(10), disconnected(15, file=other), connected(16, "c")
    )
    sessions = find_sessions(frame)
    assert [(one.connection, one.opened, one.closed) for one in sessions] == [
        ("worker1", at(0), at(10)),
        ("worker1", at(16), None),
        ("worker2", at(1), at(15)),
    ]


@pytest.mark.parametrize("socket", ["4ROBwmYGS4-iTOMFAAA_", "43vrxawwGJ52m2v_AAB-", "-_--AAAAAAAAAAAAAAA-"])
def test_socket_ids_are_taken_whole(socket: str) -> None:
    """An id that ends in - or _ is the same socket on both lines."""
    frame = timeline(connected(0, socket), connected(9, socket), disconnected(30))
    (listed,) = list_sessions(find_sessions(frame))
    assert (listed.socket_id, listed.session_s) == (socket, 30.0)


def test_a_server_knows_no_outage_of_who_never_came_back() -> None:
    """People leave: after the last close of a client that the server alone tells of, nothing is down."""
    gone = SessionRecord("mira", at(0), at(60), side=Side.SERVER, evidence=None)
    (told,) = summarize_connections([gone], at(600))
    assert (told.outage_s, told.availability_ratio) == (0.0, None)
    (client,) = summarize_connections([replace(gone, side=Side.CLIENT)], at(600))
    assert (client.outage_s, client.availability_ratio) == (540.0, 0.1)
    back = [replace(gone, reopened=at(90)), SessionRecord("mira", at(90), at(120), side=Side.SERVER)]
    (returned,) = summarize_connections(back, at(600))
    assert (returned.outage_s, returned.availability_ratio) == (30.0, 0.75)


@pytest.mark.parametrize(
    ("pauses_s", "reason", "outage_s", "is_known"),
    [
        ((2.0, 2.0, 90_000.0), None, 4.0, False),
        ((2.0, 600.0, 700.0), None, 2.0, False),
        ((2.0, 2.0, 600.0), None, 604.0, True),
        ((2.0, 2.0, 90_000.0), "ping timeout", 90_004.0, True),
    ],
    ids=["a day away", "mostly away", "one long outage", "a reason is stated"],
)
def test_who_stays_away_without_a_word_is_not_down(
    pauses_s: tuple[float, ...], reason: str | None, outage_s: float, *, is_known: bool
) -> None:
    """By the server's log alone: who wants to be connected retries at once, so a day without a try is no downtime."""
    sessions, opened = [], 0.0
    for pause_s in (*pauses_s, None):
        closed, back = opened + 60, None if pause_s is None else at(opened + 60 + pause_s)
        sessions.append(SessionRecord("mira", at(opened), at(closed), back, reason=reason, side=Side.SERVER))
        opened = closed + (pause_s or 0.0)
    (told,) = summarize_connections(sessions, at(opened + 600))
    assert (told.outage_s, told.availability_ratio is not None) == (outage_s, is_known)


@pytest.mark.parametrize(("other_s", "outage_s"), [(None, 4.0), (184.5, 40.0)], ids=["alone", "with another"])
def test_who_goes_while_all_others_stay_is_away(other_s: float | None, outage_s: float) -> None:
    """Absences of 2, 2 and 36 s by a server alone, no reason: no wait between two tries is longer than 10 s."""
    bounds = ((0, 60, 62), (62, 122, 124), (124, 184, 220), (220, 280, None))
    sessions = [
        SessionRecord("mira", at(a), at(b), None if c is None else at(c), side=Side.SERVER, server_has_end=True)
        for a, b, c in bounds
    ]
    if other_s is not None:
        sessions.append(SessionRecord("theo", at(0), at(other_s), side=Side.SERVER, server_has_end=True))
    told = summarize_connections(sessions, at(600))[0]
    assert (told.outage_s, told.availability_ratio is not None) == (outage_s, other_s is not None)


@pytest.mark.parametrize(("gap_s", "count"), [(0.4, 1), (2.1, 2)])
def test_a_socket_gets_its_id_after_its_transport_is_up(gap_s: float, count: int) -> None:
    """Both lines are one connect, a round trip apart."""
    assert len(find_sessions(timeline(connected(0), connected(gap_s, "a")))) == count


@pytest.mark.parametrize(
    ("gap_s", "again", "between", "count"),
    [
        (0.7, "Connected to the exchange", (), 1),
        (2.1, "Connected to the exchange", (), 2),
        (0.7, "socket opened, try 2", (), 2),
        (0.7, "Connected to the exchange", (event(0.3, EventKind.CONNECTING),), 2),
    ],
    ids=["other words soon", "late", "the same words", "after an attempt"],
)
def test_a_connect_is_told_again_by_who_has_logged_in(
    gap_s: float, again: str, between: tuple[Event, ...], count: int
) -> None:
    """The transport is up, messages come, the application says so itself: one connect of one client."""
    opened = connected(0, message="socket opened, try 1")
    traffic = event(0.1, EventKind.HEARTBEAT, CLIENT)
    sessions = find_sessions(timeline(opened, traffic, *between, connected(gap_s, message=again), disconnected(48)))
    assert len(sessions) == count
