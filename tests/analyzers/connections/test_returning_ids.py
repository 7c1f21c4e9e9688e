"""An id that returns after its connection has closed is a client's, not a socket's."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.connections.returning_ids import part_returning_ids
from logdiag.events import Event, EventKind
from tests.winston import at

OPEN, KICK, CLOSE = EventKind.SERVER_CONNECTED, EventKind.SERVER_KICK, EventKind.SERVER_DISCONNECTED


def event(second: float, kind: EventKind, socket: str) -> Event:
    return Event(at(second), kind, "hub", "app", "info", "m", "hub/app.log", 1, socket_id=socket)


def test_each_turn_of_an_id_is_a_connection_of_its_client() -> None:
    """M11 opens and closes twice: two connections of M11; what is told in between belongs to the open one."""
    lines = [event(n, kind, "M11") for n, kind in enumerate((OPEN, CLOSE, OPEN, KICK, CLOSE))]
    told = part_returning_ids(lines)
    assert [one.socket_id for one in told] == ["M11#1", "M11#1", "M11#2", "M11#2", "M11#2"]
    assert {one.worker_id for one in told} == {"M11"}


def test_an_id_that_opens_once_or_is_logged_twice_stays() -> None:
    """Two lines that tell one connect are one turn; an id of Engine.IO's that opens twice stays a socket's."""
    lines = [event(0, OPEN, "M11"), event(0.1, OPEN, "M11"), event(9, CLOSE, "M11")]
    lines += [event(n, kind, "q7Xb2LmNPzRk9TtVAA01") for n, kind in enumerate((OPEN, CLOSE, OPEN, CLOSE))]
    assert part_returning_ids(lines) == lines


def test_an_id_as_long_as_a_socket_s_that_opens_many_times_is_a_client_s() -> None:
    """An MQTT client's id of 32 hex digits, under which the broker opens three connections, is that client's name."""
    name = "6bbbb5c66c324172ac72abc21b00aba9"
    lines = [event(n, kind, name) for n, kind in enumerate((OPEN, CLOSE) * 3)]
    told = part_returning_ids(lines)
    assert [one.socket_id for one in told] == [f"{name}#{turn}" for turn in (1, 1, 2, 2, 3, 3)]
    assert {one.worker_id for one in told} == {name}


def test_a_start_of_the_server_ends_what_was_open() -> None:
    """M11 opens, the server starts anew, M11 opens again: the first connection has no end of its own."""
    start = replace(event(5, OPEN, "M11"), kind=EventKind.SERVER_STARTED, socket_id=None)
    lines = [event(0, OPEN, "M11"), start, event(6, OPEN, "M11"), event(9, CLOSE, "M11")]
    assert [one.socket_id for one in part_returning_ids(lines)] == ["M11#1", None, "M11#2", "M11#2"]
