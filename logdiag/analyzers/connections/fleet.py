"""What hits several connections at once: one server restart is one event, not fifty."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from logdiag.frame import from_seconds
from logdiag.results.connections import FleetEvent

TOGETHER_S: Final = 1.0  # a choice: what one cause ends is logged within it; more joins what has nothing in common
LEAST_SHARE: Final = 0.5  # a choice: an event of the fleet concerns half of it


class Drop(NamedTuple):
    """One disconnect: its number in the report, its UNIX seconds on the server's clock, its connection."""

    number: int
    time_s: float
    connection: str


def count_connections(sessions: Sequence[SessionRecord]) -> Callable[[float], int]:
    """How many connections there are to drop at a moment, in UNIX seconds.

    Clients whose logs are here are always there; of those that a server tells of, the ones with a socket open.
    """
    clients_count = len({session.connection for session in sessions if session.side is Side.CLIENT})
    seen_by_server = [session for session in sessions if session.side is Side.SERVER]
    opened = sorted(session.opened.timestamp() for session in seen_by_server if session.opened is not None)
    closed = sorted(
        session.closed.timestamp()
        for session in seen_by_server
        if session.closed is not None and session.opened is not None
    )

    def count(moment_s: float) -> int:
        return clients_count + bisect_left(opened, moment_s) - bisect_left(closed, moment_s)

    return count


def find_fleet_events(
    drops: Sequence[Drop], count_up: Callable[[float], int]
) -> tuple[tuple[FleetEvent, tuple[int, ...]], ...]:
    """Groups of disconnects within 1 s that hit at least two, and at least half, of the connections that are up.

    Returns each event with the numbers of its disconnects, in the order of time.
    """
    events = []
    group: list[Drop] = []
    for drop in sorted(drops, key=lambda drop: (drop.time_s, drop.connection)):
        if group and drop.time_s - group[0].time_s > TOGETHER_S:
            events.append(group)
            group = []
        group.append(drop)
    if group:
        events.append(group)
    return tuple(_describe_event(group) for group in events if _is_fleet_wide(group, count_up(group[0].time_s)))


def _is_fleet_wide(group: Sequence[Drop], connections_count: int) -> bool:
    names = {drop.connection for drop in group}
    return len(names) >= 2 and len(names) >= LEAST_SHARE * connections_count


def _describe_event(group: Sequence[Drop]) -> tuple[FleetEvent, tuple[int, ...]]:
    names = tuple(sorted({drop.connection for drop in group}))
    spread = round((group[-1].time_s - group[0].time_s) * 1e3, 3)
    return FleetEvent(from_seconds(group[0].time_s), names, spread), tuple(drop.number for drop in group)
