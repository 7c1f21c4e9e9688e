"""The ends of all sessions as one list of disconnects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from logdiag.analyzers.connections.server_side import FarSession, FarSide
from logdiag.analyzers.connections.sessions import Span
from logdiag.diagnosis import Disconnect
from logdiag.events import Side


def list_disconnects(spans: Sequence[Span], far: FarSide) -> tuple[tuple[Disconnect, ...], tuple[Span, ...]]:
    """Every end of a session, by time and connection, numbered from 1; and the sessions in the same order."""
    ended = sorted((span for span in spans if span.closed is not None), key=_order)
    before: dict[str, Span] = {}
    drops = []
    for index, span in enumerate(ended, 1):
        drops.append(_describe(index, span, before.get(span.connection), far))
        before[span.connection] = span
    return tuple(drops), tuple(ended)


def _order(span: Span) -> tuple[float, str]:
    return (0.0 if span.closed is None else span.closed.timestamp(), span.connection)


def _describe(index: int, span: Span, before: Span | None, far: FarSide) -> Disconnect:
    if span.closed is None:
        raise ValueError(index)
    session = far.sockets.get(span.socket_id or "")
    is_told_by_server = span.side is Side.SERVER and span.told
    interval = None
    if before is not None and before.closed is not None:
        interval = (span.closed - before.closed).total_seconds()
    return Disconnect(
        index=index,
        time=span.closed,
        connection=span.connection,
        socket_id=span.socket_id,
        reason=span.reason if span.side is Side.CLIENT else None,
        server_reason=span.reason if is_told_by_server else None if session is None else session.reason,
        logged=span.logged,
        interval_s=interval,
        session_s=span.session_s,
        outage_s=span.outage_s,
        pattern=None,
        residual_s=None,
        trigger=None,
        fleet_event=None,
        evidence=span.evidence,
        server_evidence=span.evidence if is_told_by_server else None if session is None else session.evidence,
        seen_by=_tell_witnesses(span, session),
    )


def _tell_witnesses(span: Span, session: FarSession | None) -> str:
    """Whose log has a line of this end."""
    if span.told:
        return "server"
    if session is None or session.closed is None:
        return "client" if span.logged else "neither"
    return "both" if span.logged else "server"


def number_within(drops: Sequence[Disconnect]) -> dict[tuple[str, int], int]:
    """(connection, how many-th of that connection from 0) -> position in `drops`."""
    seen: dict[str, int] = defaultdict(int)
    result = {}
    for position, drop in enumerate(drops):
        result[drop.connection, seen[drop.connection]] = position
        seen[drop.connection] += 1
    return result
