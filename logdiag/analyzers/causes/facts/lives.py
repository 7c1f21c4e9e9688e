"""How long connections are known to have lasted, whoever ended them: what outlives a limit speaks against it."""

from __future__ import annotations

from datetime import datetime

from logdiag.analyzers.causes.case import Life
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.connections.sessions import SessionRecord


def list_lives(known: FactInput) -> tuple[Life, ...]:
    """The age of each connection whose begin is logged, at its logged end, else, if it is open, at that of its log.

    An end that no line tells of may have come at any time: it says nothing.
    """
    last_of = known.timeline.last_by("source")
    sockets = known.sockets.server.sockets
    lives = []
    for session in known.sockets.sessions:
        socket = sockets.get(session.socket_id or "")
        source = None if socket is None else socket.source
        end = _find_last_sign(session, last_of.get(session.connection) or last_of.get(source or ""))
        if session.opened is not None and end is not None:
            lives.append(Life(session.connection, source, (end - session.opened).total_seconds()))
    return tuple(lives)


def _find_last_sign(session: SessionRecord, last: datetime | None) -> datetime | None:
    """Until when a session is known to have lasted."""
    if session.closed is None:
        return last
    return session.closed if session.has_end_line else None
