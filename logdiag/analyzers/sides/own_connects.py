"""What a server connects to itself as it starts: its database, a queue. Until it listens nobody connects to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import Event, EventKind

BARE: Final = compile_later(r"(?i)^\W*connected(?: successfully)?\W*$")  # it names nobody, and not to what
LONGEST_BOOT: Final = timedelta(seconds=60)  # a choice: what starts says that it listens within a minute


def drop_own_connects(events: Sequence[Event]) -> list[Event]:
    """The events without the bare connects of a server that are followed by its word that it listens, each time.

    Where one such line stands elsewhere, those lines may tell of clients.
    """
    bare = {place for place, event in enumerate(events) if _is_bare(event)}
    if not bare:
        return list(events)
    rows: dict[str, list[int]] = defaultdict(list)
    sources = {events[place].source for place in bare}
    for place, event in enumerate(events):
        if event.source in sources:
            rows[event.source].append(place)
    own: set[int] = set()
    for places in rows.values():
        places.sort(key=lambda place: (events[place].time, events[place].file, events[place].turn))
        found = {one for one, after in pairwise(places) if one in bare and _is_start_soon(events[one], events[after])}
        if len(found) == sum(place in bare for place in places):
            own |= found
    return [event for place, event in enumerate(events) if place not in own]


def _is_bare(event: Event) -> bool:
    is_nameless = event.socket_id is None and event.client_name is None
    return event.kind is EventKind.SERVER_CONNECTED and is_nameless and BARE.match(event.message) is not None


def _is_start_soon(event: Event, after: Event) -> bool:
    return after.kind is EventKind.SERVER_STARTED and after.time - event.time <= LONGEST_BOOT
