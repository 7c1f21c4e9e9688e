"""What the logs leave open: ends that no line of a client tells of, and what lies beyond its own logs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, TypeAlias

from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import NO_SIGN_OF_LIFE, SessionRecord
from logdiag.rows import Rows

Span: TypeAlias = tuple[datetime, datetime]
LEAST_PAUSES: Final = 10  # a choice: of n pauses alike, one more is the longest once in n + 1
TOO_LONG: Final = 2  # a choice: a pause may be longer than those before, not twice as long


def bound_deaths(sessions: Sequence[SessionRecord], timeline: Rows) -> tuple[SessionRecord, ...]:
    """The same sessions; one whose process started anew ended, at the latest, after a silence twice as long as any.

    What a connection is silent for is measured between two lines of a session of its own, of ten pauses at the least.
    """
    mine: dict[str, list[SessionRecord]] = defaultdict(list)
    for one in sessions:
        mine[one.connection].append(one)
    dead = {one.connection for one in sessions if one.ended_by is not None and one.restarted}
    if not dead:
        return tuple(sessions)
    rows = timeline[timeline["connection"].isin(dead) & ~timeline["kind"].isin(NO_SIGN_OF_LIFE)]
    signs = {name: some.moments() for name, some in rows.part("connection")}
    longest = {name: _find_longest_pause(mine[name], signs.get(name, ())) for name in dead}
    return tuple(_bound(one, longest.get(one.connection)) for one in sessions)


def _find_longest_pause(sessions: Sequence[SessionRecord], signs: Sequence[datetime]) -> timedelta | None:
    """The longest time between two lines within a session; None where there are too few to tell."""
    pauses: list[timedelta] = []
    for one in sessions:
        if one.opened is not None and one.closed is not None:
            within = signs[bisect_left(signs, one.opened) : bisect_right(signs, one.closed)]
            pauses += [later - former for former, later in pairwise(within)]
    return max(pauses) if len(pauses) >= LEAST_PAUSES else None


def _bound(session: SessionRecord, longest: timedelta | None) -> SessionRecord:
    if longest is None or session.ended_by is None or session.closed is None or not session.restarted:
        return session
    return replace(session, ended_by=min(session.ended_by, session.closed + TOO_LONG * longest))


def place_by_server(sessions: Sequence[SessionRecord], server: ServerView) -> tuple[SessionRecord, ...]:
    """The same sessions; where the server tells of an end that the client's log lacks, that is its moment."""
    return tuple(one if one.ended_by is None else _place(one, one.ended_by, server) for one in sessions)


def _place(session: SessionRecord, ended_by: datetime, server: ServerView) -> SessionRecord:
    socket = server.sockets.get(session.socket_id or "")
    if socket is None or socket.closed is None or session.closed is None:
        return session
    offset_s, _ = server.offset_s(session.connection)
    moment = socket.closed + timedelta(seconds=offset_s)
    if not session.closed <= moment <= ended_by:
        return session
    return replace(session, ended_by=moment) if session.has_moment else replace(session, closed=moment, ended_by=None)


def find_spans(timeline: Rows, processes: Mapping[str, Span]) -> dict[str, Span]:
    """From when to when the logs run that tell of each connection: those of the processes that wrote its lines."""
    told: dict[str, list[Span]] = defaultdict(list)
    for connection, source in timeline.distinct("connection", "source"):
        if source in processes:
            told[connection].append(processes[source])
    return {name: (min(one[0] for one in some), max(one[1] for one in some)) for name, some in told.items()}
