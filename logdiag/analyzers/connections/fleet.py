"""What hits several connections at once: one server restart is one event, not fifty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from logdiag.diagnosis import FleetEvent
from logdiag.frame import from_seconds

TOGETHER_S: Final = 1.0
LEAST_SHARE: Final = 0.5


class Drop(NamedTuple):
    """One disconnect: its number in the report, its UNIX seconds on the server's clock, its connection."""

    number: int
    time_s: float
    connection: str


def find_fleet_events(drops: Sequence[Drop], connections_count: int) -> tuple[tuple[FleetEvent, tuple[int, ...]], ...]:
    """Groups of disconnects within 1 s that hit at least two, and at least half, of the connections.

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
    return tuple(_describe(group) for group in events if _is_fleet_wide(group, connections_count))


def _is_fleet_wide(group: Sequence[Drop], connections_count: int) -> bool:
    names = {drop.connection for drop in group}
    return len(names) >= 2 and len(names) >= LEAST_SHARE * connections_count


def _describe(group: Sequence[Drop]) -> tuple[FleetEvent, tuple[int, ...]]:
    names = tuple(sorted({drop.connection for drop in group}))
    spread = round((group[-1].time_s - group[0].time_s) * 1e3, 3)
    return FleetEvent(from_seconds(group[0].time_s), names, spread), tuple(drop.number for drop in group)
