"""What is laid before the checks: only what these logs allow to say of a disconnect."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.facts import gathering
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.gathering import build_case
from logdiag.analyzers.causes.facts.known import FactInput, PushLedger, SocketViews, Tracks
from logdiag.analyzers.causes.facts.proxy_words import list_common_moments
from logdiag.analyzers.causes.facts.pushes import LastPush, find_deliveries
from logdiag.analyzers.causes.facts.standstills import find_standstills
from logdiag.analyzers.pushes.ledger import keep_ledger
from logdiag.analyzers.silences.process_silences import ProcessLine, group_lines
from logdiag.events import EventKind
from logdiag.request import StatedSettings
from logdiag.results.connections import Clock
from tests.analyzers.cases import (
    CLIENT,
    SERVER,
    START,
    at,
    attempt,
    connected,
    disconnected,
    drop_of,
    event,
    far_session,
    push,
    report,
    server_view,
    session,
    timeline,
)
from tests.folding import each


def _fact(
    *,
    reason: str | None = "transport close",
    starts: tuple[float, ...] = (),
    clocks: tuple[Clock, ...] = (),
    reopened: float | None = 31.2,
    let_in: tuple[float, ...] = (),
) -> DisconnectFacts:
    """A session of 30 s that the server closed 8 s before the client noticed; the client wrote nothing meanwhile."""
    one = session(30.0, reason=reason, socket_id="a", reopened=reopened)
    server = server_view(far_session("a", 0.0, 22.0), clocks=clocks, starts=starts)
    drops = (drop_of(one, server_evidence=None),)
    others = [event(second, EventKind.SERVER_CONNECTED, SERVER, socket_id=f"far-{second}") for second in let_in]
    frame = timeline(connected(0.0, "a"), disconnected(30.0, reason), connected(200, "b"), *others)
    counts, _ = keep_ledger((), drops, {})
    start = START.timestamp()
    lines = [ProcessLine(start + s, "worker1", "socket-client", "line", (CLIENT, n)) for n, s in enumerate((20, 30), 1)]
    case = build_case(
        frame,
        SocketViews((one,), server, drops, (one,), {}),
        Tracks(report(), {}, (), {}, (), {}, drops),
        PushLedger((), (), counts, frozenset(), 300.0, drops),
        (),
        group_lines(lines, [(start, start + 900)], {}),
        StatedSettings(),
    )
    return case.facts[0]


KNOWN = (Clock("worker1", 0.0, 2.0, 3),)


@pytest.mark.parametrize(("clocks", "start"), [(KNOWN, at(30.5)), ((), None)])
def test_a_server_start_counts_where_the_clocks_are_known(clocks: tuple[Clock, ...], start: object) -> None:
    """Without the offset of the hosts nobody knows into which outage it falls."""
    assert _fact(starts=(30.5,), clocks=clocks).server_start == start


@pytest.mark.parametrize(("reason", "is_late"), [("transport close", True), ("ping timeout", False), (None, False)])
def test_a_client_that_notices_late_was_frozen_only_if_its_reason_says_so(reason: str | None, is_late: bool) -> None:
    """A lost packet keeps an end back as well: then the client says `ping timeout`, which an unknown reason may be."""
    assert (_fact(reason=reason, clocks=KNOWN).silence is not None) is is_late


@pytest.mark.parametrize(("let_in", "start"), [((), at(60)), ((31.0, 57.0), at(60)), ((40.0,), None)])
def test_a_server_that_let_somebody_in_meanwhile_did_not_start_for_this_end(
    let_in: tuple[float, ...], start: object
) -> None:
    """It dies for a moment after the end, and may let clients in right before it says that it started."""
    assert _fact(starts=(60.0,), clocks=KNOWN, reopened=70.0, let_in=let_in).server_start == start


def test_starts_that_are_as_frequent_as_chance_has_it_stand_behind_no_end() -> None:
    """Where nobody knows when the client was back, one of many starts follows any end within a minute."""
    assert _fact(starts=(55.0,), clocks=KNOWN, reopened=None).server_start is None
    assert _fact(starts=(55.0,), clocks=KNOWN, reopened=56.0).server_start == at(55)


def _deliver(*fates: bool | None, apart_ms: float = 0.4) -> LastPush:
    """Pushes 20 ms and more before disconnect 1, the later the earlier named, under stamps of milliseconds."""
    one = session(30.0)
    drop = drop_of(one, 1)
    attempts = [attempt(29.9 - number, received=fate) for number, fate in enumerate(fates)]
    pushes = [push(20.0 + apart_ms * number, evidence=one.evidence) for number, one in enumerate(attempts)]
    counts, _ = keep_ledger((), (drop,), {})
    known = FactInput(
        timeline(connected(0.0)),
        SocketViews((one,), server_view(), (drop,), (one,), {}),
        Tracks(report(), {}, (), {}, (), {}, (drop,)),
        PushLedger(tuple(attempts), tuple(pushes), counts, frozenset(), 300.0, (drop,)),
        (),
        {},
        0.001,
        20.0,
    )
    (found,) = find_deliveries(known, [Ending(drop, one, None, 0.0, 0.0, None, None)])
    assert found.push is (pushes[0] if pushes else None)
    return found


@each(
    ("fates", "arrived"),
    [((True,), True), ((False,), False), ((None,), None), ((True, False), False), ((True, None), None), ((), None)],
)
def test_the_last_push_arrived_if_all_did_that_may_have_been_the_last(
    fates: tuple[bool | None, ...], arrived: bool | None
) -> None:
    """Of two that began within one step of the stamps nobody knows which was the last."""
    assert _deliver(*fates).arrived is arrived


def test_what_happened_to_an_earlier_push_says_nothing_of_the_last() -> None:
    """It began a step of the stamps before."""
    assert _deliver(True, False, apart_ms=1.0).arrived is True


def test_common_cuts_count_once_by_the_first_end_on_the_servers_clock() -> None:
    """Two connections cut together are one moment; what a client closed itself, or was cut alone, is none."""
    rows = [(30.0, "transport close", 1), (30.2, "transport close", 1), (50.0, "io client disconnect", 2)]
    sessions = [session(second, reason=reason) for second, reason, _ in [*rows, (70.0, "transport close", None)]]
    events = [*(event for *_, event in rows), None]
    endings = [
        Ending(drop_of(one, number, fleet_event=event), one, None, 0.5, 0.0, None, None)
        for number, (one, event) in enumerate(zip(sessions, events, strict=True), 1)
    ]
    assert list_common_moments(endings) == [at(29.5)]


@pytest.mark.parametrize(("reason", "stood_still"), [("transport close", 12), ("ping timeout", 0)])
def test_a_client_that_waited_for_an_answer_in_vain_did_not_stand_still(reason: str, stood_still: int) -> None:
    """It pauses longest, and notices the end after the server did, since it waits: that is its own timer at work."""
    sessions = [session(200.0 * n + 100, opened=200.0 * n, reason=reason, socket_id=f"s{n}") for n in range(12)]
    sockets = [far_session(f"s{n}", 200.0 * n, 200.0 * n + 92) for n in range(12)]
    drops = tuple(drop_of(one, number) for number, one in enumerate(sessions, 1))
    start = START.timestamp()
    written_s = [200.0 * n + second for n in range(12) for second in (0, 25, 50, 71, 100, 125, 150, 175)]
    lines = [ProcessLine(start + s, "worker1", "socket-client", None, (CLIENT, n)) for n, s in enumerate(written_s, 1)]
    (process,) = group_lines(lines, [(start - 1, start + 2_400)], {})
    known = FactInput(
        timeline(connected(0.0)),
        SocketViews(tuple(sessions), server_view(*sockets, clocks=KNOWN), drops, tuple(sessions), {}),
        Tracks(report(), {}, (), {}, (), {}, drops),
        PushLedger((), (), keep_ledger((), drops, {})[0], frozenset(), 300.0, drops),
        (),
        {"worker1": process},
        0.001,
        20.0,
    )
    endings = [
        Ending(drop, one, socket, 0.0, 0.0, 8.0, 0.01)
        for drop, one, socket in zip(drops, sessions, sockets, strict=True)
    ]
    assert sum(found.silence is not None for found in find_standstills(known, endings)) == stood_still


def test_a_log_is_a_brokers_where_all_connect_to_it() -> None:
    """Mosquitto writes version, session and keepalive of each client; a WebSocket server does not."""
    broker = "New client connected from 10.0.0.7:48278 as 1004 (p1, c0, k30, u'oreem')."
    told = [event(0.0, EventKind.SERVER_CONNECTED, SERVER, message=broker)]
    other = event(1.0, EventKind.SERVER_CONNECTED, SERVER, message="Client connected")
    assert gathering._is_broker(timeline(*told))
    assert not gathering._is_broker(timeline(*told, other))
    assert not gathering._is_broker(timeline(connected(0.0, "a")))


@each(
    ("messages", "is_another"),
    [
        (("HubConnection reconnected successfully.", "WebSocket connected to ws://a/host"), True),
        (("OPTIONS http://a/host/negotiate?id=1 net::ERR_CONNECTION_REFUSED",), True),
        (("Web Socket Opened... STOMP",), True),
        (("Socket connected", "WebSocket closed with status code: 1006"), False),
        (("SignalR proxy connected", "socket.io connected"), False),
    ],
)
def test_a_log_names_the_protocol_that_its_connections_speak(messages: tuple[str, ...], *, is_another: bool) -> None:
    """Who names SignalR and never Socket.IO speaks that; who names neither may speak either."""
    frame = timeline(*(event(n, EventKind.CONNECTED, message=text) for n, text in enumerate(messages)))
    assert gathering.is_another_protocol(frame) is is_another
