"""The worst incident and the lines around it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logdiag.analyzers.connections.disconnects import list_disconnects
from logdiag.analyzers.findings.worst_incident import MOST_LINES, collect_excerpts, find_worst, measure_open_outages_s
from logdiag.events import Event, EventKind
from logdiag.results.disconnects import Disconnect, Remark
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import (
    CLIENT,
    PUSHER,
    SERVER,
    at,
    connected,
    disconnected,
    drop_of,
    event,
    nothing_far,
    push,
    session,
    spans_every,
    timeline,
)


def _drops() -> tuple[Disconnect, ...]:
    sessions = spans_every(count=3)
    sessions[1] = replace(sessions[1], reopened=at(70))
    return list_disconnects(sessions, nothing_far())[0]


def test_nothing_has_no_worst() -> None:
    """Without a disconnect there is no incident."""
    assert find_worst((), (), at(90)) is None


def test_the_longest_outage_is_worst_and_of_equals_the_latest() -> None:
    """10 s down at the second drop; with equal outages the last drop."""
    drops = _drops()
    assert find_worst(drops, (), at(91.2)) == drops[1]
    assert find_worst((drops[0], drops[2]), (), at(91.2)) == drops[2]


def test_a_lost_push_outweighs_suspects_and_outages() -> None:
    """One failed push beats two suspect ones, and these beat a long outage."""
    drops = _drops()
    suspects = [push(disconnect_index=0), push(disconnect_index=0)]
    assert find_worst(drops, suspects, at(91.2)) == drops[0]
    assert find_worst(drops, [*suspects, push(outcome="failed", disconnect_index=2)], at(91.2)) == drops[2]
    assert find_worst(drops, [push(outcome="failed", disconnect_index=None)], at(91.2)) == drops[1]


def test_an_outage_without_an_end_lasts_to_the_end_of_the_logs() -> None:
    """The last drop of a connection that never reconnects is the worst, 20 s later; an orderly stop is no outage."""
    sessions = [*spans_every(count=2), replace(session(90, opened=61.2), reopened=None)]
    sessions[1] = replace(sessions[1], reopened=at(70))
    drops = list_disconnects(sessions, nothing_far())[0]
    assert measure_open_outages_s(drops, at(110)) == {2: 20.0}
    assert find_worst(drops, (), at(110)) == drops[2]
    assert find_worst(drops, (), at(92)) == drops[1]
    stopped = (*drops[:2], replace(drops[2], remarks=(Remark.ORDERLY,)))
    assert find_worst(stopped, (), at(110)) == drops[1]


def _excerpts(*events: Event, socket_id: str | None = "a") -> list[tuple[float, str]]:
    one = session(30, opened=1.0, reopened=31.2, socket_id=socket_id)
    rows = collect_excerpts(timeline(*events), drop_of(one), one)
    return [((row.time - at(0)).total_seconds(), row.kind) for row in rows]


def test_the_lines_run_from_3_s_before_to_1_s_after_the_reconnect() -> None:
    """With the connect that opened the session, however long ago; heartbeats and other workers are left out."""
    assert _excerpts(
        connected(1.0, "a"),
        event(26.99, EventKind.EMIT),
        event(27.0, EventKind.EMIT),
        event(29, EventKind.HEARTBEAT),
        event(29.9, EventKind.PUSH_STARTED, PUSHER),
        event(29.9, EventKind.EMIT, "worker2/socket-client.log"),
        event(30, EventKind.SERVER_DISCONNECTED, SERVER, socket_id="a"),
        event(30, EventKind.SERVER_DISCONNECTED, SERVER, socket_id="b"),
        disconnected(30),
        connected(31.2, "b"),
        event(32.2, EventKind.EMIT),
        event(32.201, EventKind.EMIT),
    ) == [
        (1.0, "connected"),
        (27.0, "emit"),
        (29.9, "push-started"),
        (30.0, "server-disconnected"),
        (30.0, "disconnected"),
        (31.2, "connected"),
        (32.2, "emit"),
    ]


def test_a_flood_before_the_drop_does_not_hide_it() -> None:
    """Of 203 lines the nearest stay, and the connects and the disconnect with them."""
    flood = [event(27.5 + number / 100, EventKind.EMIT) for number in range(200)]
    got = _excerpts(connected(1.0, "a"), *flood, disconnected(30), connected(31.2, "b"))
    assert len(got) == MOST_LINES
    assert [pair for pair in got if pair[1] != "emit"] == [
        (1.0, "connected"),
        (30.0, "disconnected"),
        (31.2, "connected"),
    ]
    assert got[1] == (29.13, "emit")


def test_an_excerpt_names_its_line_and_leaves_the_text_to_the_reader() -> None:
    """Its place, its message, and whether its order among equal stamps is known."""
    one = session(30, opened=1.0, socket_id="a")
    frame = timeline(
        connected(1.0, "a"), disconnected(30, message="Disconnected"), event(30, EventKind.EMIT_REFUSED, PUSHER)
    )
    rows = collect_excerpts(frame, drop_of(one), one)
    (told,) = [row for row in rows if row.kind == "disconnected"]
    assert (told.evidence, told.message, told.text) == (Evidence(CLIENT, 2), "Disconnected", "")
    assert [row.order_unknown for row in rows] == [False, True, True]


def test_the_stop_of_the_server_and_its_own_word_stand_with_the_drop() -> None:
    """Of the server that the connection was on, not of another; its word of the end also where it came 8 s before."""
    one = session(30, opened=1.0, reopened=31.2)
    frame = timeline(
        connected(1.0),
        event(22, EventKind.SERVER_DISCONNECTED, SERVER, socket_id="x"),
        event(29.9, EventKind.SERVER_STOPPING, SERVER),
        event(29.9, EventKind.SERVER_STOPPING, "other/server.log"),
        event(30.5, EventKind.SERVER_STARTED, SERVER),
        disconnected(30),
        connected(31.2),
    )
    drop = drop_of(one, server_evidence=Evidence(SERVER, 1))
    kinds = ["connected", "server-disconnected", "server-stopping", "disconnected", "server-started", "connected"]
    assert [row.kind for row in collect_excerpts(frame, drop, one)] == kinds
    unknown = [row.kind for row in collect_excerpts(frame, drop_of(one), one)]
    assert unknown.count("server-stopping") == 2


@pytest.mark.parametrize("name", ["vauvzhmasqxezy5exBrd", "10.1.4.22:52158", "hub/10.1.4.22:52158"])
def test_a_client_of_whom_only_the_socket_is_known_is_not_said_to_stay_away(name: str) -> None:
    """A socket's id, or an address with its port, never returns: the client may be back under another one."""
    sessions = [replace(session(90, opened=61.2, socket_id="vauvzhmasqxezy5exBrd"), reopened=None, connection=name)]
    drops = list_disconnects(sessions, nothing_far())[0]
    assert measure_open_outages_s(drops, at(110)) == {}
    assert measure_open_outages_s([replace(drops[0], connection="10.1.4.22")], at(110)) == {0: 20.0}


def test_without_a_joined_connect_nobody_is_said_to_stay_away() -> None:
    """Ends alone do not show who came back: the words for a connect may be unknown."""
    sessions = [replace(session(90), opened=None, reopened=None)]
    assert measure_open_outages_s(list_disconnects(sessions, nothing_far())[0], at(110)) == {}
