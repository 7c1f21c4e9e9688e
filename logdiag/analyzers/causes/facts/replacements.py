"""Who comes in the place of those whose server stopped, where no name tells a return.

A server that numbers its sockets, or names its guests anew at each connect, never shows a client's return. But after a
stop that it announced, as many new ones come as it had sent away, within the minute of a deploy: each connect under a
name that was never seen before takes the place of the end that has waited longest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime

from logdiag.analyzers.causes.disconnect_facts import LONGEST_DEPLOY_S
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side


def find_replacements(stopped: Sequence[Ending], sessions: Sequence[SessionRecord]) -> Mapping[int, float]:
    """How long after each end a new client came in its place, in seconds, by the index of the disconnect.

    `stopped` are the ends by a server that had said that it stops, or says so by their code; of those whose client is
    known again under its name, and of those that nobody replaced, there is none.
    """
    ends = sorted(
        (end.drop.time, end.drop.index)
        for end in stopped
        if end.session.side is Side.SERVER and end.drop.outage_s is None
    )
    waiting, found, place = deque[tuple[datetime, int]](), dict[int, float](), 0
    for moment in _list_first_connects(sessions) if ends else ():
        while place < len(ends) and ends[place][0] < moment:
            waiting.append(ends[place])
            place += 1
        while waiting and (moment - waiting[0][0]).total_seconds() > LONGEST_DEPLOY_S:
            waiting.popleft()
        if waiting:
            closed, index = waiting.popleft()
            found[index] = (moment - closed).total_seconds()
    return found


def _list_first_connects(sessions: Sequence[SessionRecord]) -> list[datetime]:
    """When a server let in those who had never been there under that name, in the order of time."""
    firsts: dict[str, datetime] = {}
    for session in sessions:
        if session.side is Side.SERVER and session.opened is not None:
            firsts[session.connection] = min(session.opened, firsts.get(session.connection, session.opened))
    return sorted(firsts.values())
