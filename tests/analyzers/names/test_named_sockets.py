"""Where sockets have no ids, the names of their clients stand for them, as long as each has one at a time."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.names.named_sockets import name_sockets_by_client
from logdiag.events import Event, EventKind, Identity
from tests.winston import at

OPEN, CLOSE = EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED


def event(second: float, kind: EventKind, name: str | None = None, socket: str | None = None) -> Event:
    return Event(at(second), kind, "hub", "app", "info", "m", "hub/app.log", 1, socket_id=socket, worker_id=name)


def told(second: float, kind: EventKind, message: str) -> Event:
    return replace(event(second, kind), message=message, line=round(second))


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


def test_one_name_alone_of_which_the_words_speak_is_the_client_s() -> None:
    """An excerpt of one device's log: connect and end both say whose, one after the other."""
    kinds = (OPEN, CLOSE, OPEN, CLOSE)
    lines = [event(n, kind, "5") for n, kind in enumerate(kinds)]
    assert list_ids([replace(one, message="client came or went id=5") for one in lines]) == ["5"] * 4
    for message in ("5: client came or went", "[hub 5] client came or went"):
        assert list_ids([replace(one, message=message) for one in lines]) == [None] * 4


def test_one_name_that_opens_twice_names_none() -> None:
    """One user with two tabs."""
    lines = [event(n, kind, "alice1") for n, kind in enumerate((OPEN, CLOSE, OPEN, OPEN, CLOSE, CLOSE))]
    assert list_ids([replace(one, message="user gone or here: alice1") for one in lines]) == [None] * 6


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


def _come_and_go(address: str, start: int, *, count: int = 3) -> list[Event]:
    """Connections of one address after the other, each 5 s long, 60 s apart."""
    return [
        told(start + 60 * number + age, kind, f"Client {verb} ::ffff:{address}")
        for number in range(count)
        for age, kind, verb in ((0, OPEN, "connected from"), (5, CLOSE, "at rest, closing"))
    ]


def _in_order(*lines: Event) -> list[Event]:
    return sorted(lines, key=lambda one: one.time)


def test_an_address_with_one_connection_at_a_time_stands_for_it() -> None:
    """The server's name goes before it: at another server the address has another connection."""
    named = name_sockets_by_client(_in_order(*_come_and_go("10.0.0.7", 0), *_come_and_go("10.0.0.8", 3)))
    assert {(one.socket_id, one.worker_id, one.client) for one in named} == {
        (f"hub/{address}", address, Identity("address", address)) for address in ("10.0.0.7", "10.0.0.8")
    }


def test_an_address_of_many_clients_names_none() -> None:
    """Behind one router, or on one host, several have the same."""
    lines = _in_order(
        *(line for start in (0, 2, 4) for line in _come_and_go("10.0.0.7", start)), *_come_and_go("10.0.0.8", 3)
    )
    assert set(list_ids(lines)) == {None}


def test_where_an_address_had_two_connections_nobody_knows_which_one_closed() -> None:
    """Two opens in a row of one that mostly alternates name none, nor does what follows until both have closed.

    Whose they were is known all the same.
    """
    lines = [*_come_and_go("10.0.0.7", 0, count=15), *_come_and_go("10.0.0.8", 3), told(361, OPEN, "from 10.0.0.7")]
    lines = _in_order(*lines, told(367, CLOSE, "from 10.0.0.7"))
    unnamed = [(one.time, one.kind) for one in name_sockets_by_client(lines) if one.socket_id is None]
    assert unnamed == [(at(360), OPEN), (at(361), OPEN), (at(365), CLOSE), (at(367), CLOSE)]
    ends = [one for one in name_sockets_by_client(lines) if one.socket_id is None and one.kind is CLOSE]
    assert {(one.worker_id, one.client) for one in ends} == {("10.0.0.7", Identity("address", "10.0.0.7"))}


def test_clients_behind_one_address_that_return_at_once_name_none() -> None:
    """Ends and connects come by turns while two are open: the first ends are of what opened before the logs."""
    pools = [
        told(start + 60 * number + 2 * (kind is OPEN), kind, f"peer from {address}")
        for address, start in (("10.0.0.7", 0), ("10.0.0.8", 7))
        for number in range(9)
        for kind in (CLOSE, OPEN)
    ]
    assert set(list_ids(_in_order(*pools))) == {None}


def test_a_start_of_the_server_leaves_no_connection_open() -> None:
    """Without it the second open would be of a second connection."""
    start = told(200, EventKind.SERVER_STARTED, "Server listening")
    lines = _in_order(*_come_and_go("10.0.0.7", 0), *_come_and_go("10.0.0.8", 3))
    lost = [told(180, OPEN, "from 10.0.0.7"), start, told(210, OPEN, "from 10.0.0.7"), told(220, CLOSE, "10.0.0.7")]
    socket = "hub/10.0.0.7"
    assert list_ids([*lines, *lost])[-4:] == [socket, None, socket, socket]


def test_one_address_alone_needs_many_turns() -> None:
    """It may be a router's, with clients from before the logs."""
    assert set(list_ids(_come_and_go("10.0.0.7", 0, count=11))) == {None}
    assert set(list_ids(_come_and_go("10.0.0.7", 0, count=12))) == {"hub/10.0.0.7"}


def test_a_client_s_own_log_names_servers_not_connections() -> None:
    """`Connected to 10.0.0.7`: it is the address of the other end."""
    lines = [
        replace(one, kind=EventKind.CONNECTED if one.kind is OPEN else EventKind.DISCONNECTED)
        for one in _in_order(*_come_and_go("10.0.0.7", 0), *_come_and_go("10.0.0.8", 3))
    ]
    assert set(list_ids(lines)) == {None}


def test_bare_addresses_are_clients_of_who_listens() -> None:
    """`connected 10.0.0.7` may be who dials several servers, too: only a process that listens has clients."""
    lines = [
        replace(told(second + age, kind, f"{verb} {address}"), is_side_sure=False)
        for second in range(0, 300, 60)
        for address, shift in (("10.0.0.7", 0), ("10.0.0.8", 20))
        for age, kind, verb in ((shift, OPEN, "connected"), (shift + 30, CLOSE, "disconnected"))
    ]
    start = told(0, EventKind.SERVER_STARTED, "listening on 8081")
    assert list_ids(lines) == [None] * len(lines)
    assert set(list_ids([start, *lines])) == {None, "hub/10.0.0.7", "hub/10.0.0.8"}


def test_who_returns_at_each_start_of_a_server_without_ends_is_named() -> None:
    """Its restarts are what ended those connections; a server that starts once says nothing of ends."""
    lines = [
        one
        for start in (0, 600, 1200)
        for one in (event(start, EventKind.SERVER_STARTED), event(start + 1, OPEN, "a"), event(start + 2, OPEN, "b"))
    ]
    assert list_ids(lines) == [None, "a", "b"] * 3
    assert list_ids(lines[:3]) == [None] * 3
