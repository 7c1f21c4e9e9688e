"""Whose connection a line speaks of: its process, the client that it names, or the client whose socket it names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from logdiag.analyzers.connections.naming import name_connections, name_sockets
from logdiag.analyzers.connections.server_side import read_server_view
from logdiag.events import Event, EventKind, Identity
from logdiag.ordering import build_timeline
from logdiag.reading import find_log_files, read_lines
from logdiag.rows import find_client_connections
from logdiag.scanning.lines import scan_lines
from tests.winston import BUILT_IN, at, connect, drop, record, write


def event(seconds: float, kind: EventKind = EventKind.DISCONNECTED, file: str = "w/x.log", line: int = 1) -> Event:
    return Event(at(seconds), kind, "w", "x", "warn", "a message", file, line)


def written_by(one: Event, key: str, value: str) -> Event:
    return replace(one, identity=Identity(key, value))


def read(path: Path) -> list[Event]:
    files = find_log_files([str(path)]).files
    return [event for file in files for event in scan_lines(file, read_lines(file), BUILT_IN).events]


def on_server(second: float, kind: EventKind, socket: str, *, user: str | None = None) -> Event:
    one = replace(event(second, kind, file="w/server.log"), socket_id=socket)
    return one if user is None else replace(one, client=Identity("userId", user))


def test_folder_is_split_by_worker_id(tmp_path: Path) -> None:
    """Workers that share their files are told apart by what their lines say; other lines stay with the folder."""
    write(
        tmp_path / "logs" / "socket-client.log",
        [
            connect(0, workerId="w1"),
            connect(0, workerId="w2"),
            drop(1, workerId="w1"),
            record(at(2), "Push failed: x"),
            record(at(2), "Push failed: y", workerId="w2"),
        ],
    )
    frame = build_timeline(read(tmp_path), name_connections).rows
    assert find_client_connections(frame) == ("logs/w1", "logs/w2")
    assert frame["connection"].tolist() == ["logs/w1", "logs/w2", "logs/w1", "logs", "logs/w2"]


@pytest.mark.parametrize(
    "writers",
    [
        [("workerId", "1"), ("workerId", "1")],
        [("workerId", "1"), None, ("workerId", "2")],
        [("workerId", "1"), ("hostname", "a"), ("workerId", "2")],
        [("hostname", "a"), ("hostname", "a"), ("hostname", "b")],
    ],
    ids=["one", "not all say", "by different keys", "a host name that changed once"],
)
def test_folder_is_not_split_in_doubt(writers: list[tuple[str, str] | None]) -> None:
    """All connect and disconnect lines must name a client, by one key; a container gets a new name as it restarts."""
    events = [
        event(number, line=number + 1) if writer is None else written_by(event(number, line=number + 1), *writer)
        for number, writer in enumerate(writers)
    ]
    assert set(build_timeline(events, name_connections).rows["connection"]) == {"w"}


def test_hosts_that_alternate_are_several_clients() -> None:
    """Two machines that write into one folder."""
    events = [written_by(event(number, line=number + 1), "hostname", "ab"[number % 2]) for number in range(4)]
    assert set(build_timeline(events, name_connections).rows["connection"]) == {"w/a", "w/b"}


def test_sockets_of_one_user_are_one_client() -> None:
    """Where the server alone tells, each socket is of the user that a line of it names, else by itself."""
    events = [
        on_server(0, EventKind.SERVER_CONNECTED, "socket-a"),
        on_server(1, EventKind.SERVER_JOINED, "socket-a", user="u1"),
        on_server(2, EventKind.SERVER_DISCONNECTED, "socket-a"),
        on_server(3, EventKind.SERVER_CONNECTED, "socket-b", user="u1"),
        on_server(4, EventKind.SERVER_CONNECTED, "socket-c"),
    ]
    assert name_connections(events) == ["u1", "u1", "u1", "u1", "socket-c"]


def test_a_user_outlasts_an_address() -> None:
    """A household shares an address: the user is the better name, whichever line comes first."""
    first = replace(on_server(0, EventKind.SERVER_CONNECTED, "s"), client=Identity("ip", "10.0.0.1"))
    assert name_sockets([first, on_server(1, EventKind.SERVER_JOINED, "s", user="u1")]) == {"s": "u1"}


def test_the_servers_lines_stay_with_it_where_clients_have_logs() -> None:
    """A socket whose client has a log here is no connection of its own."""
    client = replace(event(0, EventKind.CONNECTED, file="c/x.log"), source="c", socket_id="socket-a")
    events = [client, on_server(0, EventKind.SERVER_CONNECTED, "socket-a", user="u1")]
    assert name_connections(events) == ["c", "w"]


def test_a_client_named_like_a_process_keeps_apart_from_it() -> None:
    """A user may be called as the server's folder is."""
    assert name_connections([on_server(0, EventKind.SERVER_CONNECTED, "s", user="w")]) == ["w/w"]


def test_a_sockets_most_lasting_name_wins_in_any_order() -> None:
    """A client's id before a worker's, that before an address, which any client behind the same proxy shares."""
    one = on_server(0, EventKind.SERVER_CONNECTED, "s1")
    by_address = replace(one, client=Identity("remoteAddress", "10.0.0.1"))
    by_worker, by_id = replace(one, worker_id="worker-7"), replace(one, client=Identity("userId", "mira"))
    for lines, name in (
        ((by_address, by_worker), "worker-7"),
        ((by_worker, by_id), "mira"),
        ((one, by_address), "10.0.0.1"),
    ):
        assert name_sockets(lines) == {"s1": name}
        assert name_sockets(lines[::-1]) == {"s1": name}


def _to(second: float, kind: EventKind, peer: str) -> Event:
    return replace(event(second, kind), worker_id=peer)


def test_connections_to_several_servers_at_once_are_several() -> None:
    """A flow with two brokers: each has its connects and ends."""
    up, down = EventKind.CONNECTED, EventKind.DISCONNECTED
    told = [
        _to(60 * round_ + at_s, kind, f"{name}:1883")
        for round_ in range(3)
        for at_s, kind, name in ((0, up, "a"), (5, up, "b"), (30, down, "a"), (40, down, "b"))
    ]
    assert name_connections(told)[:4] == ["w/a:1883", "w/b:1883", "w/a:1883", "w/b:1883"]


@pytest.mark.parametrize("names", ["ab", "aab", "abab"])
def test_who_changes_servers_has_one_connection(names: str) -> None:
    """One broker after the other, each left before the next, is one client that looks for one that answers."""
    kinds = (EventKind.CONNECTED, EventKind.DISCONNECTED)
    told = [
        _to(60 * place + 30 * at_s, kind, f"{name}:1883")
        for place, name in enumerate(names)
        for at_s, kind in enumerate(kinds)
    ]
    assert set(name_connections(told)) == {"w"}


def test_clients_without_a_log_are_told_by_the_name_that_the_server_has_for_them() -> None:
    """One of five users has a log here, which names its sockets: those of the others are theirs, not nobody's."""
    users = {"aa": "ann", "ab": "ann", "ba": "ben", "bb": "ben", "ca": "cat"}
    events = [
        on_server(n, EventKind.SERVER_CONNECTED, socket, user=user) for n, (socket, user) in enumerate(users.items())
    ]
    own = [replace(event(n, EventKind.CONNECTED), socket_id=socket) for n, socket in enumerate(("aa", "ab"))]
    assert name_connections([*events, *own]) == ["w", "w", "ben", "ben", "cat", "w", "w"]
    nameless = [*events, replace(own[0], socket_id=None), own[1]]
    assert "ben" not in name_connections(nameless)
    unnamed = [replace(one, client=None) if one.socket_id in {"aa", "ab"} else one for one in events]
    assert "ben" not in name_connections([*unnamed, *own])


def test_an_end_of_one_of_several_sockets_of_a_client_is_that_client_s() -> None:
    """It names no socket, but who it was: the same as those of its sockets; who is known by no socket stays nobody."""
    told = [on_server(0, EventKind.SERVER_CONNECTED, "s1", user="ann"), on_server(1, EventKind.SERVER_CONNECTED, "s2")]
    ends = [
        replace(on_server(2, EventKind.SERVER_DISCONNECTED, "", user=user), socket_id=None) for user in ("ann", "ben")
    ]
    assert name_connections([*told, *ends]) == ["ann", "s2", "ann", "w"]
    frame = build_timeline([*told, *ends], name_connections).rows
    assert [one.connection for one in read_server_view(frame, []).nameless] == ["ann", "w"]
