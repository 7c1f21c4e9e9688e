"""One client in two logs, of which the server's reaches further: its own was rotated, or began later.

What the server alone tells of such a client is of the same connection, by the client's clock: else the ends of that
time were those of a second client without any lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from logdiag.analyzers.connections.server_side import ServerSocket, ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.rows import Rows


class JoinedRecords(NamedTuple):
    """The sockets under the names of their clients' own logs, and the timeline likewise."""

    sockets: dict[str, ServerSocket]
    timeline: Rows


def join_records(
    sessions: Sequence[SessionRecord], sockets: Mapping[str, ServerSocket], timeline: Rows
) -> JoinedRecords:
    """Give each client that has a log of its own, and one name of the server's to itself, one name in all."""
    names = _tie_names(sessions, sockets)
    if not names:
        return JoinedRecords(dict(sockets), timeline)
    renamed = {
        key: replace(socket, connection=names.get(socket.connection or "", socket.connection))
        for key, socket in sockets.items()
    }
    return JoinedRecords(renamed, timeline.rename("connection", names))


def _tie_names(sessions: Sequence[SessionRecord], sockets: Mapping[str, ServerSocket]) -> dict[str, str]:
    """The client's own name of each name of the server's, where each has but the other."""
    clients: dict[str, set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for session in sessions:
        socket = sockets.get(session.socket_id or "")
        if socket is not None and socket.connection is not None:
            clients[socket.connection].add(session.connection)
            names[session.connection].add(socket.connection)
    return {
        name: owner
        for name, owners in clients.items()
        if len(owners) == 1 and len(names[owner := next(iter(owners))]) == 1 and owner != name
    }


def set_own_clock(
    told_by_server: Sequence[SessionRecord], own: Sequence[SessionRecord], server: ServerView
) -> tuple[SessionRecord, ...]:
    """What the server alone tells of clients that have a log here, in stamps of theirs, and only beside their record.

    A session that overlaps one of the client's own log is no other: the client knows its connections.
    """
    moments: dict[str, list[datetime]] = defaultdict(list)
    for session in own:
        moments[session.connection] += [one for one in (session.opened, session.closed) if one is not None]
    spans = {name: (min(mine), max(mine)) if mine else None for name, mine in moments.items()}
    shifted = (
        _shift(one, server.offset_s(one.connection)[0]) if one.connection in spans else one for one in told_by_server
    )
    return tuple(one for one in shifted if one.connection not in spans or _is_beside(one, spans[one.connection]))


def merge_records(
    own: Sequence[SessionRecord], told_by_server: Sequence[SessionRecord], server: ServerView
) -> tuple[SessionRecord, ...]:
    """All sessions by connection and time; what the client's log begins in the middle of, the server saw begin."""
    longer = {one.connection for one in told_by_server}
    own = [_open(one, server) if one.opened is None and one.connection in longer else one for one in own]
    begins = {one.connection: one.opened for one in reversed(own)}
    merged = sorted(
        (*own, *(_reopen(one, begins.get(one.connection)) for one in told_by_server)),
        key=lambda one: (one.connection, (one.opened or one.closed or datetime.max.replace(tzinfo=UTC))),
    )
    return tuple(merged)


def _open(session: SessionRecord, server: ServerView) -> SessionRecord:
    socket = server.sockets.get(session.socket_id or "")
    if socket is None or socket.opened is None:
        return session
    return replace(session, opened=socket.opened + timedelta(seconds=server.offset_s(session.connection)[0]))


def _reopen(session: SessionRecord, begin: datetime | None) -> SessionRecord:
    if begin is None or session.closed is None or session.reopened is not None or begin < session.closed:
        return session
    return replace(session, reopened=begin)


def _shift(session: SessionRecord, offset_s: float) -> SessionRecord:
    by = timedelta(seconds=offset_s)
    moments = (session.opened, session.closed, session.reopened)
    opened, closed, reopened = (None if moment is None else moment + by for moment in moments)
    return replace(session, opened=opened, closed=closed, reopened=reopened)


def _is_beside(session: SessionRecord, span: tuple[datetime, datetime] | None) -> bool:
    """Whether it was over before the client's own record begins, or began after it ends; None: that has no times."""
    begin, last = session.opened or session.closed, session.closed
    if span is None or begin is None:
        return False
    return (last is not None and last <= span[0]) or begin >= span[1]
