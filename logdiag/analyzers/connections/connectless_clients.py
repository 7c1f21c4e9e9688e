"""Clients whose own logs tell of ends alone, while the server tells the whole lives of their sockets.

Then the server's record is the connection's: it knows since when each socket was open, and when the client was back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from logdiag.analyzers.connections.server_side import ServerSocket
from logdiag.analyzers.connections.sessions import SessionRecord


def take_lives_of_server(
    sessions: Sequence[SessionRecord], sockets: Mapping[str, ServerSocket]
) -> tuple[tuple[SessionRecord, ...], dict[str, ServerSocket]]:
    """The sessions without those of such clients, and the sockets, which bear the names of these clients' connections.

    Each end of the client has its socket, and all of these are known by one name, which no other client has.
    """
    mine: dict[str, list[SessionRecord]] = defaultdict(list)
    for session in sessions:
        mine[session.connection].append(session)
    found: dict[str, list[str]] = defaultdict(list)
    for connection, own in mine.items():
        name = _find_name(own, sockets)
        if name is not None:
            found[name].append(connection)
    renamed = {name: connections[0] for name, connections in found.items() if len(connections) == 1}
    left = tuple(session for session in sessions if session.connection not in renamed.values())
    return left, {
        key: replace(socket, connection=renamed[name]) if (name := name_client(socket)) in renamed else socket
        for key, socket in sockets.items()
    }


def name_client(socket: ServerSocket) -> str | None:
    """What the server calls the client of a socket."""
    return socket.connection or socket.worker_id


def _find_name(own: Sequence[SessionRecord], sockets: Mapping[str, ServerSocket]) -> str | None:
    """The server's name of the client, where that client tells of ends alone and all of them are told by the server."""
    names: set[str | None] = set()
    for session in own:
        socket = sockets.get(session.socket_id or "")
        if session.opened is not None or not session.logged or socket is None or socket.opened is None:
            return None
        names.add(name_client(socket))
    return names.pop() if len(names) == 1 else None
