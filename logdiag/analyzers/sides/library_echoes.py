"""What a library's own logger tells of a socket without its name, beside the application's line that names it.

`websockets.server: connection closed` and `peer 41c0 left` are one end. The line with the name is the better one, be it
the socket's or the client's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from logdiag.analyzers.sides.retold_ends import are_no_luck
from logdiag.events import CLOSINGS, OPENINGS, Event

ECHO: Final = timedelta(milliseconds=200)  # two loggers of one process tell of one moment within 50 to 100 ms
MOSTLY: Final = 0.9  # of the nameless lines: else the library serves sockets too of which the application says nothing


def drop_library_echoes(events: Sequence[Event], is_library: Callable[[str], bool]) -> list[Event]:
    """The events without those of libraries that name nobody where another line of the process names who it is.

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
    sockets: dict[str, list[datetime]] = defaultdict(list)
    clients: dict[str, list[datetime]] = defaultdict(list)
    nameless: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.time):
        if event.socket_id is not None:
            sockets[event.source].append(event.time)
        elif event.service in libraries and event.client_name is None:
            nameless[event.source, event.service].append(event)
        elif event.client_name is not None:
            clients[event.source].append(event.time)
    found: set[int] = set()
    for (source, _), lines in nameless.items():
        echoes = _pair_up(lines, sockets[source])
        if len(echoes) < MOSTLY * len(lines):
            echoes = _pair_with_clients(lines, clients[source])
        found |= echoes if len(echoes) >= MOSTLY * len(lines) else set()
    return found


def _pair_with_clients(lines: Sequence[Event], times: Sequence[datetime]) -> set[int]:
    """Those of `lines` that tell of what the application tells of a client at `times`.

    A client is no socket, and may have several: each line has one of its own, or chance would not put so many there.
    """
    echoes = _pair_up(lines, times)
    is_each = len(echoes) == len(lines) == len(times)
    told = (line.time for line in lines if id(line) in echoes)
    return echoes if is_each or are_no_luck(told, times, ECHO.total_seconds()) else set()


def _pair_up(lines: Sequence[Event], times: Sequence[datetime]) -> set[int]:
    """Those of `lines` that have a time of their own among `times`, both in order."""
    found, place = set[int](), 0
    for line in lines:
        place = bisect_left(times, line.time - ECHO, place)
        if place < len(times) and times[place] <= line.time + ECHO:
            found.add(id(line))
            place += 1
    return found
