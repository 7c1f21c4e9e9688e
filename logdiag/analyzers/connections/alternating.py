"""Connects and ends of which only one names its socket, but that come strictly by turns: one socket each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from logdiag.events import Event, EventKind

ENDS: Final = frozenset({EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED})
LEAST_TURNS: Final = 12  # a choice: of six sockets two are open at once somewhere, unless it is one at a time


def name_by_turns(events: Sequence[Event]) -> list[Event]:
    """The same events, those of a server's connects and ends that name no socket named by the other half of their turn.

    Only where of one process all connects name theirs and no end does, or the reverse, and each connect is followed by
    an end before the next.
    """
    turns: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        if event.kind in ENDS:
            turns[event.source].append(place)
    named = list(events)
    for own in turns.values():
        places = _leave_one_each(events, own)
        if not _are_by_turns([events[place] for place in places]):
            continue
        for first, second in pairwise(places):
            if events[first].kind is EventKind.SERVER_CONNECTED:
                socket = events[first].socket_id or events[second].socket_id
                named[first], named[second] = (replace(events[place], socket_id=socket) for place in (first, second))
    return named


def _leave_one_each(events: Sequence[Event], places: Sequence[int]) -> list[int]:
    """The places in order of time, but for what tells once more of the socket that the line before it names."""
    ordered = sorted(places, key=lambda place: (events[place].time, events[place].file, events[place].line))
    return ordered[:1] + [
        later
        for one, later in pairwise(ordered)
        if events[later].socket_id is None
        or (events[one].kind, events[one].socket_id) != (events[later].kind, events[later].socket_id)
    ]


def _are_by_turns(turns: Sequence[Event]) -> bool:
    if len(turns) < LEAST_TURNS or any(one.kind is other.kind for one, other in pairwise(turns)):
        return False
    is_told = {kind: {one.socket_id is not None for one in turns if one.kind is kind} for kind in ENDS}
    opened, closed = (is_told[kind] for kind in (EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED))
    return (opened, closed) in (({True}, {False}), ({False}, {True}))
