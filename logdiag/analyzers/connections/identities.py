"""By which word of the logs each connection is known as one client, and which processes tell of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Event, Identity
from logdiag.results.connections import ClientIdentity, Connection
from logdiag.rows import CLIENT_KINDS, Rows

WORKER_KEY: Final = "worker_id"  # what rules extract under that name, whatever the line calls it


def identify_connections(
    connections: Sequence[Connection],
    events: Iterable[Event],
    timeline: Rows,
    sessions: Sequence[SessionRecord],
    server: ServerView,
) -> tuple[Connection, ...]:
    """The connections with their identities and processes; `events` are those that `timeline` was built from."""
    identities = _Identities(events)
    processes = _find_processes(timeline, sessions, server)
    return tuple(
        replace(one, processes=tuple(sorted(mine)), identity=identities.find(one.id, mine))
        for one in connections
        for mine in (processes[one.id],)
    )


class _Identities:
    """What lines say of clients: of those that they speak of, and of the one that wrote them."""

    def __init__(self, events: Iterable[Event]) -> None:
        by_client: dict[str, Identity] = {}
        by_writer: dict[str, Identity] = {}
        by_worker: dict[str, Identity] = {}
        self._writers: dict[str, set[Identity | None]] = defaultdict(set)
        for event in events:
            if event.client is not None:
                by_client.setdefault(event.client.value, event.client)
            if event.identity is not None:
                by_writer.setdefault(event.identity.value, event.identity)
            if event.worker_id is not None:
                by_worker.setdefault(event.worker_id, Identity(WORKER_KEY, event.worker_id))
            if event.kind in CLIENT_KINDS:
                self._writers[event.source].add(event.identity)
        self._by_value: Mapping[str, Identity] = {**by_worker, **by_writer, **by_client}

    def find(self, connection: str, processes: Iterable[str]) -> ClientIdentity | None:
        """What a connection is named after; or what all of its process's lines say of themselves; None for neither."""
        names = (connection, *(connection.removeprefix(f"{source}/") for source in sorted(processes)))
        found = next((self._by_value[name] for name in names if name in self._by_value), None)
        if found is None:
            writers = self._writers.get(connection, set())
            found = next(iter(writers)) if len(writers) == 1 else None
        return None if found is None else ClientIdentity(found.key, found.value)


def _find_processes(
    timeline: Rows, sessions: Sequence[SessionRecord], server: ServerView
) -> defaultdict[str, set[str]]:
    """The processes whose lines stand under each connection, and the servers that tell of the same sockets."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for connection, source in timeline.distinct("connection", "source"):
        found[connection].add(source)
    for session in sessions:
        socket = server.sockets.get(session.socket_id or "")
        if socket is not None:
            found[session.connection].add(socket.source)
    return found
