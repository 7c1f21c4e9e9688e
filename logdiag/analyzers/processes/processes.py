"""Which process wrote each file: one file a process in a folder, or one file a service of one process.

A folder is a process, as winston writes it: a file for each of its services. Where a folder holds the files of several
programs (saved from pods, from containers, from a machine that runs client and server), its files tell: each mixes
services of its own, or each speaks of connections that no other file speaks of.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import OPENINGS, Event, EventKind, Side

SAME_RETURN: Final = timedelta(seconds=5)  # a choice: two clients that one cut threw out are back within so much
LEAST_RETURNS: Final = 5  # connects near each other: of fewer, chance keeps the order once in eight times
ECHO: Final = timedelta(milliseconds=200)  # two services of one process tell of one moment within 50 to 100 ms
SHARED: Final = 0.2  # of the moments or sockets of the smaller file: less is coincidence, or a line on both sides
NUMBERED: Final = compile_later(r"(?<!\d)\d{1,3}$")  # `kiosk-1`, `pos02`; a process's id or a date has more digits
LEAST_SERVICES: Final = 2  # a folder of one service has nothing to part
SIDE_OF: Final[Mapping[EventKind, Side]] = {
    EventKind.CONNECTED: Side.CLIENT,
    EventKind.DISCONNECTED: Side.CLIENT,
    EventKind.CONNECT_ERROR: Side.CLIENT,
    EventKind.SERVER_CONNECTED: Side.SERVER,
    EventKind.SERVER_DISCONNECTED: Side.SERVER,
}
TURNS: Final = frozenset({EventKind.CONNECTED, EventKind.DISCONNECTED})


@dataclass(slots=True)
class _Stream:
    """What the files of one name in one folder hold: rotated parts are one."""

    source: str
    service: str
    files: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    moments: dict[Side, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    sockets: set[str] = field(default_factory=set)
    turns: list[tuple[datetime, bool]] = field(default_factory=list)

    @property
    def connects(self) -> list[datetime]:
        """When a client's lines tell of a connect, in order."""
        return sorted(moment for moment, is_open in self.turns if is_open)

    @property
    def holds_one_socket(self) -> bool:
        """Whether a client tells of a whole life of its socket, again and again: open and shut by turns."""
        order = [is_open for _, is_open in sorted(self.turns)]
        broken_count = sum(one is other for one, other in pairwise(order))
        return len(order) >= 2 * LEAST_RETURNS and broken_count <= SHARED * len(order)

    @property
    def is_a_client(self) -> bool:
        """Whether it tells of several sockets of its own, or of one at a time."""
        return len(self.sockets) >= LEAST_SERVICES or self.holds_one_socket

    @property
    def is_of_service(self) -> bool:
        """Whether it is named after the one service that writes it."""
        return self.services == {self.service}

    @property
    def is_mixed(self) -> bool:
        """Whether several services write it, as they do where a process has one file."""
        return len(self.services) >= LEAST_SERVICES

    @property
    def side(self) -> Side | None:
        """The side that most of its connects and disconnects are told from."""
        return max(self.moments, key=lambda side: len(self.moments[side]), default=None)


def find_processes(
    events: Iterable[Event], services: Mapping[str, str], is_copy: Callable[[str], bool]
) -> dict[str, str]:
    """Name the process of each file that is a process of its own in a folder of several; `services` are those of files.

    Files that are absent belong to the process that their folder is. `is_copy` tells a by-product (`X-error.log`) by
    its name: it goes with the file whose name it begins with.
    """
    folders: dict[str, dict[str, _Stream]] = defaultdict(dict)
    for event in events:
        service = services[event.file]
        streams = folders[event.source]
        stream = streams.get(service)
        if stream is None:
            stream = streams[service] = _Stream(event.source, service)
        _note(stream, event)
    names: dict[str, str] = {}
    for source, streams in sorted(folders.items()):
        numbered = _list_numbered(streams)
        whole = [
            one
            for one in streams.values()
            if not is_copy(one.service)
            and (not one.is_of_service or (one.service in numbered and _is_own(one, numbered, streams)))
        ]
        own = _list_own(whole)
        for stream in streams.values():
            leader = _find_leader(stream, own)
            if leader is not None:
                name = leader.service if len(folders) == 1 else f"{source}/{leader.service}"
                names.update(dict.fromkeys(stream.files, name))
    return names


def _list_numbered(services: Iterable[str]) -> set[str]:
    """The names that a number alone tells apart, `kiosk-1` and `kiosk-2`: programs of one kind, no parts of one."""
    alike: dict[str, list[str]] = defaultdict(list)
    for service in services:
        if (stem := NUMBERED.sub("", service)) != service:
            alike[stem].append(service)
    return {service for names in alike.values() if len(names) > 1 for service in names}


def _is_own(stream: _Stream, numbered: Iterable[str], streams: Mapping[str, _Stream]) -> bool:
    """Whether a numbered log is a program's: it tells of whole lives, or connects when none of the others does."""
    if stream.is_a_client:
        return True
    others = sorted(moment for name in numbered if name != stream.service for moment in streams[name].connects)
    return bool(stream.connects) and _count_echoes(stream.connects, others) <= SHARED * len(stream.connects)


def _find_leader(stream: _Stream, own: Sequence[_Stream]) -> _Stream | None:
    """The process that a stream belongs to: itself, or the one whose name its own begins with."""
    heads = [one for one in own if one is stream or re.match(rf"{re.escape(one.service)}[-_.]", stream.service)]
    return max(heads, key=lambda one: (one is stream, len(one.service)), default=None)


def _note(stream: _Stream, event: Event) -> None:
    stream.files.add(event.file)
    if event.is_service_stated:
        stream.services.add(event.service)
    side = SIDE_OF.get(event.kind)
    if side is not None:
        stream.moments[side].append(event.time)
        if event.kind in TURNS:
            stream.turns.append((event.time, event.kind is EventKind.CONNECTED))
        if event.socket_id is not None and event.kind in OPENINGS:
            stream.sockets.add(event.socket_id)


def _list_own(streams: Sequence[_Stream]) -> list[_Stream]:
    """Those streams of a folder that are processes of their own; none if the folder is one process."""
    parted = [one for one in streams if one.is_mixed or one.moments]
    if len(parted) < LEAST_SERVICES or not any(_are_apart(*pair) for pair in combinations(parted, 2)):
        return []
    return parted


def _are_apart(one: _Stream, other: _Stream) -> bool:
    """Whether two streams tell of connections of their own, or of the two ends of the same ones."""
    if not one.moments or not other.moments:
        return one.is_mixed and other.is_mixed
    if one.side is not other.side:
        return True
    if one.sockets and other.sockets:
        return len(one.sockets & other.sockets) <= SHARED * min(len(one.sockets), len(other.sockets))
    first, second = sorted((_list_moments(one), _list_moments(other)), key=len)
    if _count_echoes(first, second) <= SHARED * len(first):
        return True
    return one.holds_one_socket and other.holds_one_socket and _come_by_chance(one.connects, other.connects)


def _come_by_chance(connects: Sequence[datetime], others: Sequence[datetime]) -> bool:
    """Whether now one, now the other is connected first: two voices of one process always speak in the same order.

    One cut ends the sessions of many clients in one moment, but each comes back in its own time.
    """
    first, second = sorted((connects, others), key=len)
    nearest = (min(second, key=lambda other: abs(other - moment)) - moment for moment in first)
    lags = [lag for lag in nearest if lag and abs(lag) <= SAME_RETURN]
    ahead_count = sum(lag > timedelta() for lag in lags)
    return len(lags) >= LEAST_RETURNS and min(ahead_count, len(lags) - ahead_count) > SHARED * len(lags)


def _list_moments(stream: _Stream) -> list[datetime]:
    return sorted(moment for moments in stream.moments.values() for moment in moments)


def _count_echoes(moments: Sequence[datetime], others: Sequence[datetime]) -> int:
    """How many moments, in order, have one of the others within `ECHO`."""
    count = place = 0
    for moment in moments:
        while place < len(others) and others[place] < moment - ECHO:
            place += 1
        count += place < len(others) and others[place] <= moment + ECHO
    return count
