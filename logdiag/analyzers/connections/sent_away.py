"""Who is sent away: ends that come right after their server said that it stops are nobody's departure.

A server that lets its sockets go bit by bit leaves no crowd of ends at one moment; who comes back minutes later, once
it is there again, looks like somebody who left.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from logdiag.analyzers.connections.sessions import STOP_REACH, SessionRecord
from logdiag.results.connections import ServerTurn


def find_sent_away(ended: Sequence[SessionRecord], turns: Sequence[ServerTurn]) -> set[int]:
    """Which of these sessions, by identity, end right after a line by which their server, in the same file, stops.

    A file that tells of new connections before the next start is of a server that goes on: it stops parts of itself,
    or the file is that of several instances.
    """
    said: dict[str, list[ServerTurn]] = defaultdict(list)
    opened: dict[str, list[datetime]] = defaultdict(list)
    for turn in turns:
        said[turn.evidence.file].append(turn)
    for session in ended:
        if session.opened is not None and session.open_evidence is not None:
            opened[session.open_evidence.file].append(session.opened)
    for moments in opened.values():
        moments.sort()
    placed = [(one, one.evidence.file) for one in ended if one.evidence is not None]
    return {id(one) for one, file in placed if _is_sent_away(one, file, said, opened)}


def _is_sent_away(
    session: SessionRecord,
    file: str,
    said: dict[str, list[ServerTurn]],
    opened: dict[str, list[datetime]],
) -> bool:
    own = said.get(file, [])
    if session.closed is None:
        return False
    place = bisect_right(own, session.closed, key=attrgetter("time"))
    last = own[place - 1] if place else None
    if last is None or last.kind != "stop" or session.closed - last.time > STOP_REACH:
        return False
    start = next((turn.time for turn in own[place:] if turn.kind == "start"), None)
    moments = opened.get(file, [])
    end = len(moments) if start is None else bisect_right(moments, start)
    return bisect_right(moments, session.closed) >= end
