"""What forbids to call a system healthy: each doubt alone, and logs that leave none."""

from __future__ import annotations

import pytest

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.health import find_doubts, find_refusals, find_refused_handshakes, outnumber_connects
from logdiag.events import Event, EventKind, Side
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import (
    SERVER,
    at,
    connected,
    disconnected,
    event,
    far_session,
    nothing_far,
    server_view,
    session,
    timeline,
)

ENDED = session(30.0)
UNKNOWN_SESSION = "Session ID unknown"


def _list_doubts(
    *sessions: SessionRecord, events: tuple[Event, ...] = (connected(0.0), disconnected(30.0))
) -> set[str]:
    return {doubt.id for doubt in find_doubts(timeline(*events), sessions, nothing_far())}


def _endless(count: int, side: Side) -> list[SessionRecord]:
    return [
        session(None, opened=60.0 * number, side=side, open_evidence=Evidence(SERVER, number))
        for number in range(count)
    ]


def test_a_connection_with_a_connect_and_an_end_leaves_no_doubt() -> None:
    """One session, whole."""
    assert _list_doubts(ENDED) == set()


@pytest.mark.parametrize(
    ("count", "side", "is_doubtful"),
    [(1, Side.CLIENT, False), (2, Side.CLIENT, True), (19, Side.SERVER, False), (20, Side.SERVER, True)],
)
def test_logs_that_tell_of_no_end_where_there_must_be_some_are_no_sign_of_health(
    count: int, side: Side, *, is_doubtful: bool
) -> None:
    """A client that connects twice lost its connection; nineteen sockets of a server may all live on."""
    sessions = _endless(count, side)
    assert _list_doubts(*sessions) == ({"no-ends"} if is_doubtful else set())
    assert _list_doubts(*sessions, ENDED) == set()


def test_connects_whose_socket_no_line_names_are_counted() -> None:
    """The report does not say that there is no connect beside the lines that tell of some."""
    told = timeline(event(0, EventKind.SERVER_CONNECTED), event(9, EventKind.SERVER_CONNECTED))
    (found,) = find_doubts(told, [], nothing_far())
    assert (found.id, found.numbers["told_count"]) == ("no-known-life", 2)


def test_without_one_connect_no_life_is_known() -> None:
    """Neither a client nor a server tells when a session began; a socket that the server opened is a life."""
    unknown = session(30.0, opened=None)
    assert _list_doubts(unknown) == {"no-known-life"}
    server = server_view(far_session("a", 0.0))
    assert find_doubts(timeline(disconnected(30.0)), [unknown], server) == ()


def test_a_crash_may_have_ended_what_no_line_tells() -> None:
    """The doubt shows the line."""
    frame = timeline(connected(0.0), event(10.0, EventKind.PROCESS_CRASHED, SERVER))
    (doubt,) = find_doubts(frame, [ENDED], nothing_far())
    assert (doubt.id, doubt.numbers, doubt.evidence) == ("crash-lines", {"count": 1}, (Evidence(SERVER, 1),))


@pytest.mark.parametrize(("moment", "doubts"), [(20.05, set()), (20.2, {"unowned-closes"})])
def test_a_close_that_is_no_known_sessions_may_have_been_anything(moment: float, doubts: set[str]) -> None:
    """A second service tells of a close without its id within a tenth of a second; later it is another one."""
    owned = session(20.0, socket_id="a")
    frame = timeline(connected(0.0), event(moment, EventKind.SERVER_DISCONNECTED, SERVER))
    found = find_doubts(frame, [owned], server_view(far_session("a", 0.0, 20.0)))
    assert {doubt.id for doubt in found} == doubts


@pytest.mark.parametrize(("started", "doubts"), [(59.0, set()), (61.0, {"new-starts"})])
def test_a_server_that_starts_anew_before_the_first_session_had_others_before(started: float, doubts: set[str]) -> None:
    """A start within a minute of the first line is the boot that the log begins with."""
    frame = timeline(
        event(0.0, EventKind.RECEIPT, SERVER), event(started, EventKind.SERVER_STARTED, SERVER), connected(100.0)
    )
    assert {doubt.id for doubt in find_doubts(frame, [session(130.0, opened=100.0)], nothing_far())} == doubts


@pytest.mark.parametrize(
    ("kinds", "doubts"),
    [
        ((EventKind.RECEIVED,), {"earlier-connections"}),
        ((EventKind.EMIT,), set()),
        ((EventKind.RECEIVED, EventKind.PROCESS_STOPPING), set()),
    ],
)
def test_who_got_messages_before_its_first_connect_had_a_connection_before(
    kinds: tuple[EventKind, ...], doubts: set[str]
) -> None:
    """Its log lost the end; what a client sends may have reached nobody, and who stops in order ends in order."""
    before = tuple(event(float(number), kind) for number, kind in enumerate(kinds))
    assert _list_doubts(session(None, opened=60.0), events=(*before, connected(60.0))) == doubts


@pytest.mark.parametrize(("last", "doubts"), [(21.5, set()), (23.5, {"over-unlogged"})])
def test_a_client_that_writes_on_as_if_its_closed_session_were_open_did_not_see_the_end(
    last: float, doubts: set[str]
) -> None:
    """What a process still writes in the two seconds after the end, and one for clocks that may differ, is no sign."""
    open_still = session(None, socket_id="a")
    frame = timeline(connected(0.0, "a"), event(last, EventKind.EMIT))
    far = server_view(far_session("a", 0.0, 20.0))
    assert {doubt.id for doubt in find_doubts(frame, [open_still], far)} == doubts


@pytest.mark.parametrize(("count", "found"), [(2, []), (3, ["refused-sessions"])])
def test_three_refused_handshakes_are_told(count: int, found: list[str]) -> None:
    """Two are a scanner's, or a tab's that was left open."""
    errors = [event(float(second), EventKind.SERVER_ERROR, SERVER, message=UNKNOWN_SESSION) for second in range(count)]
    refusals = find_refusals(timeline(*errors))
    assert [one.id for one in refusals] == found
    assert all(one.numbers["first_time"] == at(0.0).isoformat() for one in refusals)


@pytest.mark.parametrize(("connects", "is_kept"), [(2, True), (3, False)])
def test_where_more_are_refused_than_let_in_there_is_no_health(connects: int, *, is_kept: bool) -> None:
    """Three refusals outnumber two connects, not three."""
    errors = [event(float(second), EventKind.SERVER_ERROR, SERVER, message=UNKNOWN_SESSION) for second in range(3)]
    frame = timeline(*errors, *(connected(10.0 + second) for second in range(connects)))
    assert bool(outnumber_connects(find_refusals(frame), frame)) is is_kept


@pytest.mark.parametrize(("opener", "found"), [("web-0", "sessions-elsewhere"), ("web-1", "refused-sessions")])
def test_sessions_that_another_server_opened_prove_that_none_are_sticky(opener: str, found: str) -> None:
    """However many are let in; a session that the refusing server itself opened has merely ended."""
    opens = [
        event(second, EventKind.SERVER_CONNECTED, f"{opener}/a.log", socket_id=f"s{second}") for second in range(9)
    ]
    refused = [
        event(second + 0.06, EventKind.SERVER_ERROR, "web-1/a.log", message="Invalid session", socket_id=f"s{second}")
        for second in range(3)
    ]
    frame = timeline(*opens, *refused)
    assert [one.id for one in find_refusals(frame)] == [found]
    assert bool(outnumber_connects(find_refusals(frame), frame)) is (found == "sessions-elsewhere")


@pytest.mark.parametrize(
    ("end", "found"), [(35.0, "sessions-elsewhere"), (1.5, "refused-sessions"), (None, "refused-sessions")]
)
def test_sessions_refused_as_unknown_while_their_log_tells_them_open_are_another_process_s(
    end: float | None, found: str
) -> None:
    """A server knows its own until they end; what it refuses as it ends, or without a known end, may be over."""
    rows = [
        row
        for number in range(4)
        for row in (
            event(60.0 * number, EventKind.SERVER_CONNECTED, SERVER, socket_id=f"s{number}"),
            event(
                60.0 * number + 0.1,
                EventKind.SERVER_ERROR,
                SERVER,
                message="Session ID unknown",
                socket_id=f"s{number}",
            ),
            *(
                (event(60.0 * number + end, EventKind.SERVER_DISCONNECTED, SERVER, socket_id=f"s{number}"),)
                if end is not None
                else ()
            ),
        )
    ]
    (refusal,) = find_refusals(timeline(*rows))
    assert (refusal.id, refusal.numbers.get("ended_count")) == (found, 4 if found == "sessions-elsewhere" else None)


def test_what_engine_io_s_debug_lists_of_unknown_sessions_counts() -> None:
    """`unknown sid "…"` is what it answers with `Session ID unknown`."""
    rows = [event(float(n), EventKind.SERVER_ERROR, SERVER, message=f'engine unknown sid "s{n}"') for n in range(3)]
    assert [one.id for one in find_refusals(timeline(*rows))] == ["refused-sessions"]


def test_handshakes_that_a_proxy_refused_are_told_by_status() -> None:
    """The commonest status first."""
    codes = ("502", "503", "502")
    rows = [event(float(second), EventKind.PROXY_REFUSAL, SERVER, code=code) for second, code in enumerate(codes)]
    (found,) = find_refused_handshakes(timeline(*rows))
    assert (found.numbers["count"], found.numbers["told"]) == (3, "502 2×, 503 1×")
    assert find_refused_handshakes(timeline(connected(0.0))) == ()


@pytest.mark.parametrize(("outage_s", "doubts"), [(60.0, set()), (61.0, {"long-stops"})])
def test_an_orderly_stop_that_lasts_leaves_doubt(outage_s: float, doubts: set[str]) -> None:
    """A minute is a deploy; what keeps the client away for longer, and below 99 %, may have been wanted or not."""
    stopped = session(30.0, reopened=30.0 + outage_s, orderly=True)
    after = session(None, opened=30.0 + outage_s)
    assert _list_doubts(stopped, after) == doubts


def test_a_long_stop_beside_days_of_connection_leaves_none() -> None:
    """Two minutes of three days are 99.95 %."""
    assert _list_doubts(session(259_200.0, reopened=259_320.0, orderly=True)) == set()


@pytest.mark.parametrize(("code", "doubts"), [("1000", set()), ("1006", {"cut-off"})])
def test_an_abnormal_close_code_is_no_goodbye(code: str, doubts: set[str]) -> None:
    """1006 as the process stops: it closed the socket, or the socket broke."""
    assert _list_doubts(session(30.0, orderly=True, code=code)) == doubts


@pytest.mark.parametrize(("cut_count", "doubts"), [(1, set()), (2, {"cut-off"})])
def test_where_most_who_left_were_cut_off_there_is_no_health(cut_count: int, doubts: set[str]) -> None:
    """One telephone of two that falls asleep is no more than half."""
    reasons = ["ping timeout"] * cut_count + ["client namespace disconnect"]
    left = [session(30.0, reason=reason, departed=True, connection=f"u{n}") for n, reason in enumerate(reasons)]
    assert _list_doubts(*left) == doubts


@pytest.mark.parametrize(("failed_count", "doubts"), [(3, set()), (4, {"failed-attempts"})])
def test_where_more_attempts_fail_than_come_in_there_is_no_health(failed_count: int, doubts: set[str]) -> None:
    """Three of each are a server that was late; one more, and something keeps the client out."""
    opened = [connected(100.0 * number, f"s{number}") for number in range(3)]
    failed = [event(400.0 + number, EventKind.CONNECT_ERROR) for number in range(failed_count)]
    frame = timeline(*opened, *failed)
    ended = [session(100.0 * number + 50, opened=100.0 * number, orderly=True) for number in range(3)]
    found = find_doubts(frame, ended, nothing_far())
    assert {finding.id for finding in found} & {"failed-attempts"} == doubts


@pytest.mark.parametrize(("presumed_count", "doubts"), [(1, set()), (2, {"presumed-departures"})])
def test_who_goes_as_the_logs_end_leaves_no_doubt_beside_many_who_left(presumed_count: int, doubts: set[str]) -> None:
    """Somebody always goes in the last minute: one beside twenty."""
    left = [session(30.0, departed=True, connection=f"u{n}", presumed=n >= 20) for n in range(20 + presumed_count)]
    assert _list_doubts(*left) == doubts
