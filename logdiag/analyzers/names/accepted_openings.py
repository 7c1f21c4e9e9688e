"""Connects whose access line tells who came, `('10.0.0.5', 51234) - "WebSocket /ws/client-7" [accepted]`, as uvicorn's.

`connection open` behind it is the same connect, and `connection closed` says of none which it was. The client's name is
the last part of its path where each path is one client's; where several share one, its address is. An end is of the one
client that is open, or of who comes again: it had ended before, so of the ends without a name since then the first is
its.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, CLOSINGS, OPENINGS, STARTS, Event, Identity

ACCEPTED: Final = "uvicorn-accepted"  # the rule of such a line
SAID: Final = compile_later(
    r"""^\(?'?(?P<host>[^\s"']{3,50}?)'?(?:, |:)(?P<port>\d{1,5})\)? - "WebSocket (?P<path>[^"?\n]*)"""
)
AT_ONCE: Final = timedelta(seconds=1)  # both lines are of one handshake
OPENED: Final = "connection open"  # both are those of websockets (Python)
CLOSED: Final = "connection closed"
RETURN: Final = timedelta(seconds=60)  # as `sessions.LONGEST_RETURN`
NEARLY_ALL: Final = 0.9  # of the ends find their connect, of the connects are told twice: a few lines get lost
LEAST_PATHS: Final = 3  # a choice: one or two paths are rather two services than two clients


@dataclass(slots=True)
class Opening:
    """A connect at its place among the events: from where, by which path, and the place of its end once it is known."""

    place: int
    host: str
    port: str
    path: str
    name: str | None = None
    end: int | None = None


def name_accepted(events: Sequence[Event]) -> list[Event]:
    """The events, where such connects have names, and so have their ends; process by process.

    Where the application tells of its connects itself, or no line tells that they opened, the access lines say no more.
    """
    sources = {event.source for event in events if event.rule == ACCEPTED}
    if not sources:
        return list(events)
    places: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        if event.source in sources and event.kind in BOUNDS | STARTS:
            places[event.source].append(place)
    named: list[Event | None] = list(events)
    for own in places.values():
        _name_process(events, own, named)
    return [event for event in named if event is not None]


def _name_process(events: Sequence[Event], places: Sequence[int], named: list[Event | None]) -> None:
    rows = list(places)
    if len({events[place].file for place in rows}) > 1:
        rows.sort(key=lambda place: (events[place].time, events[place].file, events[place].turn))
    accepted = [place for place in rows if events[place].rule == ACCEPTED]
    echoes = _find_echoes(events, rows)
    others = [p for p in rows if events[p].kind in OPENINGS and events[p].rule != ACCEPTED and p not in echoes]
    openings = [one for place in accepted if (one := _read(events[place], place)) is not None]
    if len(echoes) < NEARLY_ALL * len(accepted) or len(others) > (1 - NEARLY_ALL) * len(accepted):
        for place in accepted:
            named[place] = None
        return
    for place in echoes:
        named[place] = None
    ends = [place for place in rows if events[place].kind in CLOSINGS and _says(events[place], CLOSED)]
    _name_clients(openings, rows, set(ends))
    is_joined = _join_ends(events, openings, rows, set(ends))
    for one in openings:
        socket, client = f"{one.host}:{one.port}", _tell_client(one)
        named[one.place] = replace(events[one.place], socket_id=socket, client=client)
        if is_joined and one.end is not None:
            named[one.end] = replace(events[one.end], socket_id=socket, client=client)


def _find_echoes(events: Sequence[Event], rows: Sequence[int]) -> set[int]:
    """The places of nameless connects, each right after an access line that has none yet."""
    echoes: set[int] = set()
    waiting: list[int] = []
    for place in rows:
        event = events[place]
        if event.rule == ACCEPTED:
            waiting.append(place)
        elif event.kind in OPENINGS and _says(event, OPENED):
            while waiting and event.time - events[waiting[0]].time > AT_ONCE:
                waiting.pop(0)
            if waiting:
                waiting.pop(0)
                echoes.add(place)
    return echoes


def _says(event: Event, words: str) -> bool:
    """Whether it says the library's words and nothing else."""
    return event.message.strip() == words


def _read(event: Event, place: int) -> Opening | None:
    match = SAID.match(event.message)
    return None if match is None else Opening(place, match["host"], match["port"], match["path"])


def _name_clients(openings: Sequence[Opening], rows: Sequence[int], ends: set[int]) -> None:
    """Give the connects their names: of their paths where each is one client's, else of their addresses, if several."""
    for find in (_name_by_path, _name_by_host):
        for one in openings:
            one.name = find(one)
        names = {one.name for one in openings}
        if len(names) >= LEAST_PATHS and _are_singles(openings, rows, ends):
            return
    for one in openings:
        one.name = None


def _name_by_path(one: Opening) -> str | None:
    return one.path.rstrip("/").rpartition("/")[2] or None


def _name_by_host(one: Opening) -> str | None:
    return one.host


def _are_singles(openings: Sequence[Opening], rows: Sequence[int], ends: set[int]) -> bool:
    """Whether under each name one at most is open at a time, for all that the order tells.

    Between two connects of one name something ended, and never are more open than names have been seen.
    """
    at = {one.place: one for one in openings}
    ends_since: dict[str | None, int] = {}
    open_count = ended_count = broken = 0
    for place in rows:
        if place in ends:
            open_count, ended_count = max(open_count - 1, 0), ended_count + 1
        elif (one := at.get(place)) is not None:
            open_count += 1
            broken += ends_since.get(one.name) == ended_count
            ends_since[one.name] = ended_count
            broken += open_count > len(ends_since)
    return broken <= (1 - NEARLY_ALL) * len(openings)


def _join_ends(events: Sequence[Event], openings: Sequence[Opening], rows: Sequence[int], ends: set[int]) -> bool:
    """Find each connect's end; whether nearly all ends are found so, of those after which anyone came again."""
    at = {one.place: one for one in openings}
    live: dict[str, Opening] = {}
    waiting: list[int] = []
    for place in rows:
        event = events[place]
        if event.kind in STARTS:
            live.clear()
            waiting.clear()
        elif place in ends:
            if len(live) == 1 and not waiting:
                live.popitem()[1].end = place
            elif live:
                waiting.append(place)
        elif (one := at.get(place)) is not None and one.name is not None:
            before = live.get(one.name)
            if before is not None:
                earliest = max(events[before.place].time, event.time - RETURN)
                first = bisect_left(waiting, earliest, key=lambda end: events[end].time)
                before.end = waiting.pop(first) if first < len(waiting) else None
            live[one.name] = one
    joined = sum(one.end is not None for one in openings)
    if len(waiting) == len(live) == 1:
        live.popitem()[1].end = waiting[0]
    return joined >= NEARLY_ALL * (len(ends) - len(live))


def _tell_client(one: Opening) -> Identity | None:
    if one.name is None:
        return None
    return Identity("address" if one.name == one.host else "client", one.name)
