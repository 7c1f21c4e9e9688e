"""What a library's own logger tells of a socket without its name, beside the application's line that names it.

`websockets.server: connection closed` and `peer 41c0 left` are one end. The line with the id is the better one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from logdiag.events import CLOSINGS, OPENINGS, Event

ECHO: Final = timedelta(milliseconds=200)  # two loggers of one process tell of one moment within 50 to 100 ms
MOSTLY: Final = 0.9  # of the nameless lines: else the library serves sockets too of which the application says nothing


def drop_library_echoes(events: Sequence[Event], is_library: Callable[[str], bool]) -> list[Event]:
    """The events without those of libraries that name no socket where another line of the process names it.

    `is_library` tells by its name whether a service is a library's logger.
    """
    libraries = {service for service in {event.service for event in events} if is_library(service)}
    dropped: set[int] = set()
    if libraries:
        for kinds in (OPENINGS, CLOSINGS):
            dropped |= _find_echoes([event for event in events if event.kind in kinds], libraries)
    return [event for event in events if id(event) not in dropped]


def _find_echoes(events: Sequence[Event], libraries: set[str]) -> set[int]:
    """The identities of such events among those of one kind."""
    named: dict[str, list[datetime]] = defaultdict(list)
    nameless: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.time):
        if event.socket_id is None and event.service in libraries:
            nameless[event.source, event.service].append(event)
        elif event.socket_id is not None:
            named[event.source].append(event.time)
    found: set[int] = set()
    for (source, _), lines in nameless.items():
        echoes = _pair_up(lines, named[source])
        if len(echoes) >= MOSTLY * len(lines):
            found |= echoes
    return found


def _pair_up(lines: Sequence[Event], times: Sequence[datetime]) -> set[int]:
    """Those of `lines` that have a time of their own among `times`, both in order."""
    found, place = set[int](), 0
    for line in lines:
        place = bisect_left(times, line.time - ECHO, place)
        if place < len(times) and times[place] <= line.time + ECHO:
            found.add(id(line))
            place += 1
    return found
