"""Which start of a server stands behind an end, by what the server did in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from logdiag.analyzers.causes.facts.server_starts import find_server_start, find_starts
from logdiag.analyzers.connections.server_side import ServerSocket
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import EventKind, Side
from logdiag.results.connections import Clock
from tests.analyzers.cases import (
    SERVER,
    at,
    connected,
    event,
    far_session,
    server_view,
    session,
    timeline,
)
from tests.analyzers.causes.facts.inputs import know
from tests.folding import each

START = 60.0
OTHER = "replica/socket-server.log"


@pytest.mark.parametrize(
    ("others", "starts"),
    [((), {}), ((OTHER,), {1: at(60)})],
)
def test_an_end_that_no_line_gives_to_a_server_is_that_of_the_only_one(
    others: tuple[str, ...], starts: dict[int, datetime]
) -> None:
    """It let somebody in at 40 s, so its start at 60 s ended nothing at 30 s; of two servers nobody knows which did."""
    doings = [event(40.0, EventKind.SERVER_CONNECTED, file) for file in (SERVER, *others)]
    server = server_view(starts=(60.0,), clocks=(Clock("worker1", 0.0, 2.0, 3),))
    frame = timeline(connected(0.0), *doings, connected(900.0))
    assert find_starts(*know(frame, [session(30.0, reopened=70.0)], server)) == starts


@pytest.mark.parametrize(
    ("second", "one", "is_behind"),
    [
        (29.5, session(30.0), True),
        (29.4, session(30.0), False),
        (31.2, session(30.0), True),
        (31.3, session(30.0), False),
        (90.0, session(30.0, reopened=None), True),
        (90.1, session(30.0, reopened=None), False),
        (40.0, session(30.0, reopened=None, next_closed=at(40.0)), True),
        (40.1, session(30.0, reopened=None, next_closed=at(40.0)), False),
    ],
)
def test_a_start_lies_between_the_end_and_the_return(second: float, one: SessionRecord, is_behind: bool) -> None:
    """At most half a second before the end; of a return that is not logged, within a minute and before the next end."""
    assert (find_server_start([at(second)], one, 0.0) is not None) is is_behind
    assert (find_server_start([at(second - 5)], one, 5.0) is not None) is is_behind


def alone(
    name: str, opened: float, closed: float, *, told: bool, reopened: float | None = None
) -> tuple[SessionRecord, ServerSocket]:
    """A session that the server alone tells of, and its socket."""
    one = session(
        closed,
        opened=opened,
        reopened=reopened,
        connection=name,
        logged=False,
        socket_id=name,
        side=Side.SERVER,
        server_has_end=told,
    )
    return one, far_session(name, opened, closed if told else None, connection=name)


def starts_behind(*pairs: tuple[SessionRecord, ServerSocket], let_in: Sequence[float] = ()) -> dict[int, datetime]:
    """The starts behind these ends of a server that started at 60 s and once more an hour later."""
    server = server_view(*(socket for _, socket in pairs), starts=(START, 3600.0))
    lines = [event(moment, EventKind.SERVER_CONNECTED, "master/socket-server.log") for moment in (*let_in, 7200.0)]
    return find_starts(*know(timeline(*lines), [one for one, _ in pairs], server))


def test_a_start_is_that_of_the_sockets_that_it_ends_and_not_of_those_that_the_server_let_go_before() -> None:
    """A log that tells of ends has none of two sockets: they died at the start. One that closed 11 s before did not."""
    lost = [alone(name, 0.0, START, told=False) for name in ("a", "b")]
    assert starts_behind(*lost, alone("c", 0.0, 49.0, told=True)) == {1: at(START), 2: at(START)}


def test_a_server_that_tells_of_all_its_ends_as_it_stops_has_started_behind_them() -> None:
    """Three ends right before a start, and none without a line: it stopped in order; they were back after it."""
    told = [alone(name, 0.0, 55.0, told=True, reopened=61.0) for name in ("a", "b", "c")]
    assert starts_behind(*told) == dict.fromkeys((1, 2, 3), at(START))


def test_who_lets_somebody_in_after_an_end_has_outlived_it() -> None:
    """A page that is loaded anew comes back within a second, long before the start."""
    assert starts_behind(alone("a", 0.0, 40.0, told=True, reopened=61.0), let_in=(40.3,)) == {}


@each(
    ("start", "one", "found"),
    [
        (30.5, session(30, reopened=31.2), True),
        (29.5, session(30, reopened=31.2), True),
        (29.4, session(30, reopened=31.2), False),
        (31.3, session(30, reopened=31.2), False),
        (90.0, session(30, reopened=None), True),
        (90.1, session(30, reopened=None), False),
        (60.1, session(30, reopened=None, next_closed=at(60)), False),
        (30.5, session(None), False),
    ],
)
def test_a_server_start_belongs_to_the_outage_it_falls_into(start: float, one: SessionRecord, found: bool) -> None:
    """Half a second before its start to the reconnect; without one a minute, or to the next disconnect."""
    assert (find_server_start([at(start)], one, 0.0) is not None) is found


def test_a_server_start_is_moved_to_the_clients_clock() -> None:
    """Client stamps 5 s ahead: a start at 25.5 s of the server is at 30.5 s of the client."""
    assert find_server_start([at(25.5)], session(30), 5.0) == at(25.5)
    assert find_server_start([at(25.5)], session(30), 0.0) is None
