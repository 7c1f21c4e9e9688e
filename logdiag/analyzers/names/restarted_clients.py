"""Connections of a server that logs no end, by the clients that come back whenever it starts anew.

Such a log says who came and nothing else. Where those of one life of the server are there again right after its next
start, each is one connection a life, and it was the restart that ended it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from logdiag.events import BOUNDS, CLOSINGS, OPENINGS, STARTS, Event, EventKind

RETURNING: Final = timedelta(seconds=60)  # a choice, as `server_sessions.LONGEST_DEATH`: with pauses that grow
NEARLY_ALL: Final = 0.8  # a choice, as `forgotten_sockets.MOST`: a person may be gone by then
LEAST_RESTARTS: Final = 2  # after one, chance might bring two or three back
LEAST_CLIENTS: Final = 2  # the only one may come whenever its user does


class _Life(NamedTuple):
    """What came in between two starts: of each client the first connect; `is_plain`: none came twice."""

    began: datetime
    first: dict[str, datetime]
    is_plain: bool


def find_restarted(events: Sequence[Event], places: Sequence[int]) -> list[int]:
    """The places of those connects of one process whose clients' names stand for their connections; or none.

    `places` are those of its connects, ends and starts, in several files.
    """
    if any(events[place].kind in CLOSINGS for place in places):
        return []
    opened = [place for place in places if events[place].kind in OPENINGS]
    if not all(events[place].kind is EventKind.SERVER_CONNECTED and events[place].client_name for place in opened):
        return []
    lives = _list_lives(sorted((events[place] for place in places), key=attrgetter("time")))
    pairs = [(before, after) for before, after in pairwise(lives) if len(before.first) >= LEAST_CLIENTS]
    if len(pairs) < LEAST_RESTARTS or not all(life.is_plain for life in lives):
        return []
    return opened if all(_are_back(before, after) for before, after in pairs) else []


def _list_lives(events: Sequence[Event]) -> list[_Life]:
    lives: list[_Life] = []
    is_empty = False  # several lines may tell of one start
    for event in events:
        if event.kind in STARTS:
            if is_empty:
                lives.pop()
            lives.append(_Life(event.time, {}, is_plain=True))
            is_empty = True
        elif lives and event.kind in BOUNDS:
            life, name = lives[-1], event.client_name or ""
            if name in life.first:
                lives[-1] = life._replace(is_plain=False)
            life.first.setdefault(name, event.time)
            is_empty = False
    return lives


def _are_back(before: _Life, after: _Life) -> bool:
    """Whether nearly all clients of a life come again right after the next one began."""
    back = sum(name in after.first and after.first[name] - after.began <= RETURNING for name in before.first)
    return back >= NEARLY_ALL * len(before.first)
