"""What the sessions of each connection come to: counts, times, availability."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from itertools import groupby
from statistics import median
from types import MappingProxyType
from typing import Final

from logdiag.analyzers.connections.fleet import TOGETHER_S
from logdiag.analyzers.connections.sessions import LONGEST_RETURN, SessionRecord
from logdiag.events import Side
from logdiag.results.connections import Connection, Session

LONGEST_OUTAGE_S: Final = 3600.0  # a choice: a server that is down for longer is missed by people, not by its log

NO_SPANS: Final[Mapping[str, tuple[datetime, datetime]]] = MappingProxyType({})
MOST_LEFT: Final = 0.5  # more than half
LONGEST_RETRY_S: Final = 10.0  # Socket.IO's clients wait 7.5 s for the next try at the most


def summarize_connections(
    sessions: Sequence[SessionRecord], end: datetime, spans: Mapping[str, tuple[datetime, datetime]] = NO_SPANS
) -> tuple[Connection, ...]:
    """Counts, times and availability of each connection; what is open counts up to the end of its own logs.

    `spans` are from when to when those run; `end` is that of all logs, for connections that are not among them. Where
    the logs lack a connect, neither the outage before it nor the session after it has a length to count. Where no line
    tells of an end, the time from the last trace until it had come is neither up nor down, but unknown.
    """
    grouped = groupby(sorted(sessions, key=_connection_of), key=_connection_of)
    alone, visitors = _find_alone(sessions), _find_visitors(sessions)
    return tuple(
        _summarize(name, list(mine), spans.get(name, (None, end)), alone, is_visitor=name in visitors)
        for name, mine in grouped
    )


def _find_visitors(sessions: Sequence[SessionRecord]) -> set[str]:
    """The connections of those who come and go, by a server's log: who has ever left, or all if most of them have.

    Between two visits nobody is without connection.
    """
    ended = {one.connection for one in sessions if one.side is Side.SERVER and one.closed is not None}
    left = {one.connection for one in sessions if one.departed}
    return ended if len(left) > MOST_LEFT * len(ended) else left


def _find_alone(sessions: Sequence[SessionRecord]) -> set[int]:
    """The identities of the sessions whose end a server logged while no other connection's ended within a second."""
    told = [session for session in sessions if session.side is Side.SERVER]
    ended = sorted((one.closed.timestamp(), one.connection, id(one)) for one in told if one.closed is not None)
    logged = {id(one) for one in told if one.server_has_end}
    crowded = _find_beside(ended) | _find_beside(ended[::-1])
    return {name for _, _, name in ended if name in logged and name not in crowded}


def _find_beside(ended: Sequence[tuple[float, str, int]]) -> set[int]:
    """The identities of those that follow the end of another connection within a second, in the order given."""
    found: set[int] = set()
    last, other_s = None, None
    for closed_s, connection, name in ended:
        if last is not None and last[1] != connection:
            other_s = last[0]
        if other_s is not None and abs(closed_s - other_s) <= TOGETHER_S:
            found.add(name)
        last = (closed_s, connection)
    return found


def _connection_of(session: SessionRecord) -> str:
    return session.connection


def _summarize(
    name: str,
    sessions: Sequence[SessionRecord],
    span: tuple[datetime | None, datetime],
    alone: Set[int],
    *,
    is_visitor: bool = False,
) -> Connection:
    start, end = span
    ended = [session for session in sessions if session.closed is not None]
    minded = [session for session in ended if not session.departed]
    connected = sum(
        _length(session.opened, session.closed or end)
        for session in sessions
        if session.closed or session is sessions[-1]
    )
    away = {id(session) for session in (_list_visits(minded) if is_visitor else _list_absences(minded, alone))}
    outage = sum(
        _length(session.ended_by or session.closed, session.reopened or _open_until(session, sessions, end))
        for session in minded
        if id(session) not in away
    )
    is_known = any(session.opened is not None for session in sessions) and all(
        session.closed for session in sessions[:-1]
    )
    if is_visitor or away or (sessions[0].side is Side.SERVER and not any(session.reopened for session in ended)):
        is_known = False  # a server does not know whether who never came back was down, or somewhere else
    unknown = sum(session.unknown_s for session in ended if session.unknown_s is not None)
    lengths_s = [session.session_s for session in sessions if session.session_s is not None]
    outages = [session.outage_s for session in minded if session.outage_s is not None and id(session) not in away]
    return Connection(
        id=name,
        connects_count=sum(session.opened is not None for session in sessions),
        disconnects_count=sum(session.has_end_line for session in ended),
        unlogged_disconnects_count=sum(not session.has_end_line for session in ended),
        connected_s=connected,
        outage_s=outage,
        availability_ratio=_find_availability(connected, outage, unknown) if is_known else None,
        median_session_s=median(lengths_s) if lengths_s else None,
        median_outage_s=median(outages) if outages else None,
        reasons=dict(sorted(Counter(session.reason or "unknown" for session in ended if session.has_end_line).items())),
        side=sessions[0].side.value,
        unknown_s=unknown,
        logs_start=start,
        logs_end=end,
    )


def _find_availability(connected_s: float, outage_s: float, unknown_s: float) -> float | None:
    """The time up as a share of the time of which it is known; None if more is unknown, or all that was down may be."""
    known_s = connected_s + outage_s
    is_blind = unknown_s > 0 and (outage_s == 0 or unknown_s > known_s)
    return connected_s / known_s if known_s > 0 and not is_blind else None


def _list_visits(sessions: Sequence[SessionRecord]) -> list[SessionRecord]:
    """The ends after which somebody who comes and goes stayed away for longer than a client needs to be back."""
    return [one for one in sessions if one.outage_s is not None and one.outage_s > LONGEST_RETURN.total_seconds()]


def _list_absences(sessions: Sequence[SessionRecord], alone: Set[int]) -> list[SessionRecord]:
    """The ends after which a client, of which the server alone tells and without a reason, stayed away of itself.

    Who wants to be connected retries at once: of an absence of an hour nobody knows that it was an outage, nor of one
    of a minute if most are as long; nor, where a client went while all others stayed, of one that is longer than any
    wait between two tries.
    """
    if any(session.side is not Side.SERVER or session.reason is not None for session in sessions):
        return []
    back = [(session.outage_s, session) for session in sessions if session.outage_s is not None]
    long = [session for outage_s, session in back if outage_s > LONGEST_RETURN.total_seconds()]
    if 2 * len(long) > len(back):
        return long
    longest_s = {True: LONGEST_RETRY_S, False: LONGEST_OUTAGE_S}
    return [one for outage_s, one in back if outage_s > longest_s[id(one) in alone]]


def _open_until(session: SessionRecord, sessions: Sequence[SessionRecord], end: datetime) -> datetime | None:
    """Where an outage ends that no connect ends: at the end of a client's own logs; a server knows of none."""
    return end if session is sessions[-1] and session.side is Side.CLIENT else session.closed


def _length(start: datetime | None, end: datetime | None) -> float:
    return 0.0 if start is None or end is None else max((end - start).total_seconds(), 0.0)


def list_sessions(sessions: Sequence[SessionRecord]) -> tuple[Session, ...]:
    """The sessions as the report shows them."""
    return tuple(
        Session(
            session.connection,
            session.opened,
            session.closed,
            session.socket_id,
            session.session_s,
            session.outage_s,
            session.side.value,
            session.unknown_s,
        )
        for session in sessions
    )
