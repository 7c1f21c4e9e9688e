"""Where sockets have no ids, the names of their clients stand for them, as long as each has one at a time."""

from __future__ import annotations

from logdiag.analyzers.connections.named_sockets import name_sockets_by_client
from logdiag.events import Event, EventKind
from tests.winston import at

OPEN, CLOSE = EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED


def event(second: float, kind: EventKind, name: str | None = None, socket: str | None = None) -> Event:
    return Event(at(second), kind, "hub", "app", "info", "m", "hub/app.log", 1, socket_id=socket, worker_id=name)


def list_ids(lines: list[Event]) -> list[str | None]:
    return [one.socket_id for one in name_sockets_by_client(lines)]


def test_a_name_stands_for_its_connection() -> None:
    """`Client 17 connected`, `Client 18 connected`, `Client 17 disconnected`: two connections, not one."""
    lines = [event(0, OPEN, "17"), event(1, OPEN, "18"), event(2, CLOSE, "17"), event(3, CLOSE, "18")]
    assert list_ids(lines) == ["17", "18", "17", "18"]


def test_a_name_with_two_connections_at_once_names_none() -> None:
    """Of a user with two tabs nobody knows which one closed."""
    lines = [event(n, kind, name) for name in ("mira", "tom") for n, kind in enumerate((OPEN, OPEN, CLOSE, CLOSE))]
    assert list_ids(lines) == [None] * 8


def test_one_name_alone_may_be_the_writer_s() -> None:
    """A client that logs its own name has one connection after the other, and names none of them."""
    assert list_ids([event(n, kind, "till-7") for n, kind in enumerate((OPEN, CLOSE, OPEN, CLOSE))]) == [None] * 4


def test_lines_with_ids_keep_them() -> None:
    """A name is no id where the server gives its sockets ids; a close that names the id in place of it takes it."""
    lines = [
        event(0, OPEN, "mira", "m-1"),
        event(1, OPEN, "tom", "m-2"),
        event(2, CLOSE, "m-1"),
        event(3, CLOSE, "tom"),
    ]
    assert list_ids(lines) == ["m-1", "m-2", "m-1", None]


def test_an_id_that_many_connections_have_at_once_is_none() -> None:
    """`[4242] Client connected`: the number is the pid of the server."""
    kinds = (OPEN, OPEN, OPEN, CLOSE, CLOSE, CLOSE)
    assert list_ids([event(n, kind, socket="4242") for n, kind in enumerate(kinds)]) == [None] * 6
    assert list_ids([event(n, kind, socket="17") for n, kind in enumerate((OPEN, CLOSE, OPEN, CLOSE))]) == ["17"] * 4
