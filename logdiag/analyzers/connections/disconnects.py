"""The ends of all sessions as one list of disconnects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.connections.server_side import ServerSocket, ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from logdiag.results.disconnects import Disconnect, Remark

LEFT: Final = (Remark.DEPARTURE,)  # of ends that nobody minds, what they are


def list_disconnects(
    sessions: Sequence[SessionRecord], server: ServerView
) -> tuple[tuple[Disconnect, ...], tuple[SessionRecord, ...]]:
    """Every end of a session, by time and connection, with its place among them; and the sessions in the same order."""
    ended = sorted((session for session in sessions if session.closed is not None), key=_order)
    before: dict[str, SessionRecord] = {}
    drops = []
    for index, session in enumerate(ended):
        drops.append(_describe_end(index, session, before.get(session.connection), server))
        before[session.connection] = session
    return tuple(drops), tuple(ended)


def _order(session: SessionRecord) -> tuple[float, str]:
    return (0.0 if session.closed is None else session.closed.timestamp(), session.connection)


def _describe_end(index: int, session: SessionRecord, before: SessionRecord | None, server: ServerView) -> Disconnect:
    if session.closed is None:
        raise ValueError(index)
    socket = server.sockets.get(session.socket_id or "")
    is_server_view = session.side is Side.SERVER and session.server_has_end
    interval = None
    if before is not None and before.closed is not None and before.has_moment and session.has_moment:
        interval = (session.closed - before.closed).total_seconds()
    return Disconnect(
        index=index,
        time=session.closed,
        connection=session.connection,
        socket_id=session.socket_id,
        reason=session.reason if session.side is Side.CLIENT else None,
        server_reason=session.reason if is_server_view else None if socket is None else socket.reason,
        logged=session.logged,
        interval_s=interval,
        session_s=session.session_s,
        outage_s=session.outage_s,
        pattern=None,
        residual_s=None,
        trigger=None,
        fleet_event=None,
        evidence=session.evidence,
        server_evidence=session.evidence if is_server_view else None if socket is None else socket.evidence,
        remarks=LEFT if session.departed else (),
        seen_by=_tell_witnesses(session, socket),
        unknown_s=session.unknown_s,
        reconnected_at=session.reopened,
    )


def _tell_witnesses(session: SessionRecord, socket: ServerSocket | None) -> str:
    """Whose log has a line of this end."""
    if session.server_has_end:
        return "server"
    if socket is None or socket.closed is None:
        return "client" if session.logged else "neither"
    return "both" if session.logged else "server"
