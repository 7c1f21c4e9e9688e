"""Ends that name the client alone, where connects name client and socket: `opened agent=7 conn=51`, `closed agent=7`.

The end is that of the one socket which the client has open. So it is where many are open at once, each under the name
of its client; a client's own log has its one name on all its lines, and an end without an id is no sign there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from logdiag.events import BOUNDS, CLOSINGS, OPENINGS, STARTS, Event

LEAST_NAMES: Final = 3  # open at once: a client that replaces its socket, or has two accounts, has fewer
NEARLY_ALL: Final = 0.9  # of the ends have the one socket that they are of: a few lines get lost


def name_half_named_ends(events: Sequence[Event]) -> list[Event]:
    """The events, where such ends have the ids of the sockets that they are of, process by process."""
    closings = {event.source for event in events if event.kind in CLOSINGS and event.client_name is not None}
    opening = {event.source for event in events if event.kind in OPENINGS and event.socket_id and event.client_name}
    named_ends = {event.source for event in events if event.kind in CLOSINGS and event.socket_id is not None}
    sources = (closings & opening) - named_ends
    if not sources:
        return list(events)
    places: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        if event.source in sources and event.kind in BOUNDS | STARTS:
            places[event.source].append(place)
    named = list(events)
    for own in places.values():
        for place, socket in _find_sockets(events, own).items():
            named[place] = replace(named[place], socket_id=socket)
    return named


def _find_sockets(events: Sequence[Event], places: Iterable[int]) -> dict[int, str]:
    """The ids of the sockets that the ends of one process are of, by their places; none where that is doubtful."""
    opened: dict[str, list[str]] = defaultdict(list)
    found: dict[int, str] = {}
    ends_count = most = 0
    for place in sorted(places, key=lambda place: (events[place].time, events[place].file, events[place].turn)):
        event = events[place]
        name = event.client_name
        if event.kind in STARTS:
            opened.clear()
        elif event.kind in CLOSINGS:
            ends_count += 1
            sockets = opened.pop(name, []) if name is not None else []
            if len(sockets) == 1:
                found[place] = sockets[0]
        elif name is not None and event.socket_id is not None:
            opened[name].append(event.socket_id)
            most = max(most, len(opened))
    return found if most >= LEAST_NAMES and len(found) >= NEARLY_ALL * ends_count else {}
