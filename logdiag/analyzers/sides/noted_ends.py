"""Ends and connects that another line of the same moment has told: notes about a person, or the same by another name.

`Marked player Mira as disconnected` changes a table, a moment after the socket's own line; and a library's decorator
names the session by an id of its own, in whose address the device stands that the application names.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, CLOSINGS, OPENINGS, Event

MOMENT: Final = timedelta(seconds=2)  # a choice: a program that notes what happened asks its database first
SECOND: Final = timedelta(seconds=1)  # stamps in seconds of one moment
# What is done to an entry, not what a connection does.
_NOTED: Final = compile_later(
    r"(?i)\b(?:mark(?:ed|ing)?|flag(?:ged|ging)?|set(?:ting)?|record(?:ed|ing)?|updat(?:ed|ing)|chang(?:ed|ing))\b"
    r"[^\n]{1,80}?\b(?:as|to)\b[\s'\":]{1,4}(?:dis|re)?(?:connected|offline|online)\b"
)
_NAME: Final = compile_later(r"[A-Za-z][\w.-]{0,60}\d[\w.-]{0,60}")  # of a device: a word alone may be any word's part


def drop_noted_ends(events: Sequence[Event]) -> list[Event]:
    """The events without those that only note what another line of the same process and moment tells."""
    rows: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        if event.kind in BOUNDS:
            rows[event.source, event.kind in CLOSINGS].append(place)
    noted = {place for places in rows.values() for place in _find_noted(events, places)}
    opened = {(event.source, event.socket_id) for event in events if event.kind in OPENINGS and event.socket_id}
    joined: dict[int, Event] = {}
    for left, kept in [pair for places in rows.values() for pair in _join_renamed(events, places)]:
        noted.add(left)
        has_opened = (events[left].source, events[left].socket_id) in opened
        joined[kept] = _join_client(events[kept], events[left], has_opened=has_opened)
    return [joined.get(place, event) for place, event in enumerate(events) if place not in noted]


def _find_noted(events: Sequence[Event], places: Sequence[int]) -> Iterator[int]:
    noted = {place for place in places if _NOTED.search(events[place].message)}
    told = sorted(events[place].time for place in places if place not in noted)
    for place in noted if told else ():
        if _is_near(told, events[place].time):
            yield place


def _is_near(moments: Sequence[datetime], moment: datetime) -> bool:
    first = bisect_left(moments, moment - MOMENT)
    return first < len(moments) and moments[first] <= moment + MOMENT


def _join_renamed(events: Sequence[Event], places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each line with an id of its own that holds the name of a client of which a line without one tells that moment.

    Such a line, and the one that names the client; both have the same code, and each stands for one.
    """
    named = sorted((events[place].time, place) for place in places if _is_named(events[place]))
    times = [moment for moment, _ in named]
    taken: set[int] = set()
    for place in places if named else ():
        event = events[place]
        if event.socket_id is None:
            continue
        first, last = bisect_left(times, event.time - SECOND), bisect_left(times, event.time + SECOND)
        for _, other in named[first : last + 1]:
            if other not in taken and _is_one(event, events[other]):
                taken.add(other)
                yield place, other
                break


def _is_named(event: Event) -> bool:
    return event.socket_id is None and _NAME.fullmatch(event.client_name or "") is not None


def _is_one(event: Event, other: Event) -> bool:
    if event.code != other.code or abs(event.time - other.time) > SECOND or event.service == other.service:
        return False
    return re.search(rf"(?<![\w-]){re.escape(other.client_name or '')}(?![\w-])", event.message) is not None


def _join_client(named: Event, other: Event, *, has_opened: bool) -> Event:
    """The line that names the client, with the other one's side where it is sure, and its id where that opens, too."""
    anew = replace(named, reason=named.reason or other.reason)
    anew = replace(anew, socket_id=other.socket_id) if has_opened else anew
    return replace(anew, kind=other.kind, is_side_sure=True) if other.is_side_sure else anew
