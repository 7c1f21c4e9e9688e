"""Whose end it is that a server tells by `ping timeout` alone: the socket's whose time had run out by then.

Socket.IO's `DEBUG=socket.io:client` names no socket at its end, while Engine.IO's names each at its handshake, with the
limits: who never sent anything is given up at the sum of both, to the millisecond.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final

from logdiag.analyzers.sides.retold_ends import are_no_luck
from logdiag.deferred import compile_later
from logdiag.events import CLOSINGS, OPENINGS, Event

LATE: Final = timedelta(milliseconds=250)  # a choice: a timer of a busy process fires this late
MOSTLY: Final = 0.5  # a choice: more ends than not, for who pinged before it fell silent ends later
BOTH_LIMITS: Final = frozenset({"pingInterval", "pingTimeout"})
_LIMIT: Final = compile_later(r"\b(pingInterval|pingTimeout)\b['\"]?\s?[:=]\s?(\d{1,9})\b")


def name_lapsed_ends(events: Sequence[Event]) -> list[Event]:
    """The events, where nameless ends by `ping timeout` are those of the sockets that had been silent from the first.

    Each is that of the socket which opened both limits before it; that this is no luck, all of them together show.
    """
    due = _list_due(events)
    ends: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        if event.source in due and event.kind in CLOSINGS and event.socket_id is None and event.client_name is None:
            ends[event.source].append(place)
    named = list(events)
    for source, places in ends.items():
        lapsed = [place for place in places if events[place].reason == "ping timeout"]
        found = dict(_pair(events, lapsed, due[source]))
        paired, moments = [events[place].time for place in found], [moment for moment, _ in due[source]]
        if len(found) > MOSTLY * len(places) and are_no_luck(paired, moments, LATE.total_seconds()):
            for place, socket in found.items():
                named[place] = replace(events[place], socket_id=socket)
    return named


def _list_due(events: Sequence[Event]) -> dict[str, list[tuple[datetime, str]]]:
    """When each socket of a process is given up that never sends anything, in order; of whose end no line tells."""
    due: dict[str, dict[str, datetime]] = defaultdict(dict)
    for event in events:
        if event.kind in OPENINGS and event.socket_id is not None and "pingInterval" in event.message:
            limits = dict(_LIMIT.findall(event.message))
            if limits.keys() >= BOTH_LIMITS:
                wait_ms = sum(int(limits[name]) for name in BOTH_LIMITS)
                due[event.source].setdefault(event.socket_id, event.time + timedelta(milliseconds=wait_ms))
    for event in events:
        if event.source in due and event.kind in CLOSINGS and event.socket_id is not None:
            due[event.source].pop(event.socket_id, None)
    return {source: sorted((moment, socket) for socket, moment in own.items()) for source, own in due.items()}


def _pair(
    events: Sequence[Event], places: Sequence[int], due: Sequence[tuple[datetime, str]]
) -> Iterator[tuple[int, str]]:
    """The ends that came when a socket was due, with that which was due next to it: each has one end."""
    taken: set[str] = set()
    for place in sorted(places, key=lambda place: events[place].time):
        time = events[place].time
        first = bisect_left(due, time - LATE, key=itemgetter(0))
        last = bisect_left(due, time + LATE, key=itemgetter(0))
        near = [(abs(time - moment), socket) for moment, socket in due[first:last] if socket not in taken]
        if near:
            _, socket = min(near)
            taken.add(socket)
            yield place, socket
