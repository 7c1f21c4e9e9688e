"""One end that several lines of a process tell while its outage lasts: the loops of a library end one after the other.

`WebSocket connection was closed, aborting`, 0.4 s later `Engine.IO connection dropped`, then a connect: what is down
cannot end again. Lines further apart than a moment are one end only where the same wordings come in nearly every
outage, in the same order, and a connect stands before each of these outages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypeAlias

from logdiag.analyzers.sides.retold_ends import LEAST_PAIRS, MOSTLY, Teller, Wording, name_teller, name_wording
from logdiag.analyzers.sides.side_clues import is_library
from logdiag.events import BOUNDS, CLOSINGS, Event

LONGEST_END: Final = timedelta(seconds=60)  # the loops wait for each other, for no longer than a ping timeout
ADDED: Final = ("reason", "code", "error", "worker_id", "client")

Outage: TypeAlias = list[int]  # the places of the ends between two connects


def join_ends_of_an_outage(events: Sequence[Event]) -> list[Event]:
    """The events, where an end that several wordings tell stands once, with what all of them say."""
    rows: dict[Teller, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        if event.kind in BOUNDS:
            rows[name_teller(event)].append(place)
    joined: dict[int, Event | None] = {}
    for places in rows.values():
        if all(events[place].socket_id is None for place in places if events[place].kind in CLOSINGS):
            places.sort(key=lambda place: (events[place].time, events[place].file, events[place].line))
            for outage in _find_retold(events, _split(events, places)):
                joined |= _join(events, outage)
    return [anew for place, event in enumerate(events) if (anew := joined.get(place, event)) is not None]


def _split(events: Sequence[Event], places: Sequence[int]) -> list[Outage]:
    """The ends of each outage that a connect precedes."""
    outages: list[Outage] = []
    is_up = False
    for place in places:
        if events[place].kind not in CLOSINGS:
            is_up = True
        elif is_up:
            outages.append([place])
            is_up = False
        elif outages:
            outages[-1].append(place)
    return outages


def _find_retold(events: Sequence[Event], outages: Sequence[Outage]) -> list[Outage]:
    """The outages that one sequence of wordings begins, where nearly all are of it; none where several are usual."""
    told = [tuple(name_wording(events[place]) for place in outage) for outage in outages]
    if not told:
        return []
    usual, count = Counter(told).most_common(1)[0]
    if len(usual) < 2 or len(set(usual)) < len(usual) or count < max(LEAST_PAIRS, MOSTLY * len(told)):
        return []
    if not _may_be_one(usual):
        return []
    return [
        outage
        for outage, wordings in zip(outages, told, strict=True)
        if wordings == usual and events[outage[-1]].time - events[outage[0]].time <= LONGEST_END
    ]


def _may_be_one(wordings: Sequence[Wording]) -> bool:
    """Whether one program tells all of it: one logger, or libraries' beside one."""
    return len({service for service, _ in wordings if not is_library(service)}) <= 1


def _join(events: Sequence[Event], outage: Outage) -> dict[int, Event | None]:
    """The first line, with what it lacks from the others; None for these."""
    lines = [events[place] for place in outage]
    added: dict[str, Any] = {
        name: next((value for line in lines if (value := getattr(line, name)) is not None), None) for name in ADDED
    }
    return {outage[0]: replace(lines[0], **added)} | dict.fromkeys(outage[1:])
