"""Ids under which one connection after the other opens: a device's, a login's, not a socket's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Final, TypeAlias

from logdiag.events import BOUNDS, OPENINGS, STARTS, Event

Key: TypeAlias = tuple[str, str]  # the process that tells of an id, and the id

OF_ONE_SOCKET: Final = frozenset({20, 32, 36})  # the lengths of Engine.IO's ids, Python's and uuids
TURN: Final = "#"  # between an id and the number of its turn
MANY_TURNS: Final = 3  # an id as long as a socket's that opens once more may be a line out of order; twice more is none


def part_returning_ids(events: Sequence[Event]) -> list[Event]:
    """The events, where each connection that opens under an id which has closed has an id of its own.

    The id itself says whose connection that is, where the line does not. An id of a length that sockets' ids have
    must open many times before it is taken for a client's.
    """
    turns_count: dict[Key, int] = defaultdict(int)
    starts_count: dict[str, int] = defaultdict(int)
    opened_after: dict[Key, int | None] = {}  # how many starts of the process, of what is open: the next one ends it
    parted = []
    for place, event in enumerate(events):
        if event.kind in STARTS:
            starts_count[event.source] += 1
        if event.socket_id is None:
            continue
        key = (event.source, event.socket_id)
        if event.kind in OPENINGS:
            turns_count[key] += opened_after.get(key) != starts_count[event.source]
            opened_after[key] = starts_count[event.source]
        elif event.kind in BOUNDS:
            opened_after[key] = None
        parted.append((place, key, max(turns_count[key], 1)))
    returning = _list_returning(turns_count)
    renamed = list(events)
    for place, key, turn in parted:
        if key in returning:
            renamed[place] = _rename(renamed[place], turn)
    return renamed


def _list_returning(turns_count: Mapping[Key, int]) -> Set[Key]:
    """The ids under which several connections opened, by the connections that opened under each."""
    return {key for key, count in turns_count.items() if count >= (MANY_TURNS if len(key[1]) in OF_ONE_SOCKET else 2)}


def is_returning(event: Event) -> bool:
    """Whether a line names one connection of several that opened under an id."""
    return TURN in (event.socket_id or "")


def _rename(event: Event, turn: int) -> Event:
    name = f"{event.socket_id}{TURN}{turn}"
    return replace(event, socket_id=name, worker_id=event.worker_id or event.socket_id)
