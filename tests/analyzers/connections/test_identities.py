"""By which word a connection is known as one client, and which processes tell of it."""

from __future__ import annotations

from logdiag.analyzers.connections.identities import identify_connections
from logdiag.analyzers.connections.naming import name_connections
from logdiag.analyzers.connections.server_sessions import find_server_sessions
from logdiag.analyzers.connections.server_side import read_server_view
from logdiag.analyzers.connections.sessions import find_sessions
from logdiag.analyzers.connections.summaries import summarize_connections
from logdiag.events import Event, EventKind, Identity
from logdiag.ordering import build_timeline
from logdiag.results.connections import ClientIdentity, Connection
from tests.analyzers.cases import CLIENT, SERVER, at, connected, event


def identify(*events: Event) -> dict[str, Connection]:
    frame = build_timeline(events, name_connections).rows
    sessions = find_sessions(frame)
    server = read_server_view(frame, sessions)
    sessions += find_server_sessions(server, frame)
    found = identify_connections(summarize_connections(sessions, at(100)), events, frame, sessions, server)
    return {one.id: one for one in found}


def opened(second: float, socket: str, client: Identity | None = None) -> Event:
    return event(second, EventKind.SERVER_CONNECTED, SERVER, socket_id=socket, client=client)


def test_a_server_knows_clients_by_their_key() -> None:
    """Where the server alone tells, a client is the user that its lines name; who has no name has no identity."""
    found = identify(opened(0, "a", Identity("userId", "u1")), opened(1, "b", Identity("userId", "u2")), opened(2, "c"))
    assert {name: one.identity for name, one in found.items()} == {
        "u1": ClientIdentity("userId", "u1"),
        "u2": ClientIdentity("userId", "u2"),
        "c": None,
    }
    assert {one.processes for one in found.values()} == {("master",)}


def test_both_ends_tell_of_one_connection() -> None:
    """The server is a process of each connection whose sockets it names; a client's lines may name their writer."""
    written = Identity("workerId", "w7")
    events = [connected(0, "a", identity=written), opened(0, "a"), connected(9, "x", "other/socket-client.log")]
    found = identify(*events)
    assert found["worker1"].processes == ("master", "worker1")
    assert found["worker1"].identity == ClientIdentity("workerId", "w7")
    assert (found["other"].processes, found["other"].identity) == (("other",), None)


def test_writers_that_do_not_agree_name_nobody() -> None:
    """A container gets another host name when it starts again: the connection is still the process's."""
    names = (Identity("hostname", "a"), Identity("hostname", "b"))
    found = identify(*(connected(n, f"s{n}", CLIENT, identity=name) for n, name in enumerate(names)))
    assert found["worker1"].identity is None


def test_clients_that_share_a_process_keep_their_names() -> None:
    """A folder that is split by what its lines say has a connection for each name."""
    names = [Identity("workerId", value) for value in ("w1", "w2")]
    found = identify(*(connected(n, f"s{n}", CLIENT, identity=name) for n, name in enumerate(names)))
    assert {name: one.identity and one.identity.value for name, one in found.items()} == {
        "worker1/w1": "w1",
        "worker1/w2": "w2",
    }
