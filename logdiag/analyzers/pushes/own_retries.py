"""What became of the retries that the application already makes: some are sent into the next connection and end it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from logdiag.analyzers.pushes.ledger import find_lead_ms
from logdiag.analyzers.pushes.resends import find_repeats, find_sendings
from logdiag.results.disconnects import Attribution, Disconnect
from logdiag.results.evidence import Evidence
from logdiag.results.pushes import Push, PushOutcome
from logdiag.rows import Rows


class OwnRetries(NamedTuple):
    """How many retries went out over a connection, and the lines of those whose connection ended at once."""

    sent_count: int
    killing: tuple[Evidence, ...]


def find_own_retries(
    timeline: Rows, pushes: Sequence[Push], drops: Sequence[Disconnect], reach_ms: float
) -> OwnRetries:
    """Find the retries by the numbers that attempts bear, by repeated messages, and by pushes that outlast an outage.

    A retry that several of these tell of counts once: those of one connection between the same two disconnects.
    """
    ends: dict[str, list[Disconnect]] = defaultdict(list)
    for end in drops:
        ends[end.connection].append(end)
    sent: set[tuple[str, int]] = set()
    killing: dict[tuple[str, int], Evidence] = {}
    repeats = find_repeats(pushes)
    for rank, push in enumerate(pushes):
        mine = ends.get(push.connection, [])
        drop = next((one for one in mine if one.index == push.disconnect_index), None)
        if push.outcome == PushOutcome.OK and push.attribution == Attribution.INSIDE:  # it waited, and arrived
            sent.add((push.connection, _count_before(mine, push.time)))
            continue
        if rank not in repeats and not _has_outlasted(push, mine, drop):
            continue
        if drop is not None and push.time >= drop.time:  # refused: it went nowhere
            continue
        key = (push.connection, _count_before(mine, push.time if drop is None else drop.time))
        sent.add(key)
        if drop is not None and find_lead_ms(push, reach_ms) is not None:
            killing.setdefault(key, push.evidence[-1])
    for key, place, is_last in _list_numbered(timeline, ends, timedelta(milliseconds=reach_ms)):
        sent.add(key)
        if is_last:
            killing.setdefault(key, place)
    return OwnRetries(len(sent), tuple(killing.values()))


def _has_outlasted(push: Push, drops: Sequence[Disconnect], own: Disconnect | None) -> bool:
    """Whether a push began in the outage before the connection that it is joined to."""
    if own is None or push.lead_ms is None:
        return False
    place = bisect_left(drops, own.time, key=lambda drop: drop.time)
    before = drops[place - 1] if place else None
    return before is not None and before.away_s is not None and _is_within(push.time, before)


def _is_within(moment: datetime, drop: Disconnect) -> bool:
    return drop.time <= moment < drop.time + timedelta(seconds=drop.away_s or 0.0)


def _list_numbered(
    timeline: Rows, ends: Mapping[str, Sequence[Disconnect]], reach: timedelta
) -> list[tuple[tuple[str, int], Evidence, bool]]:
    """The numbered retries that went out: between which disconnects, their line, whether one came within `reach`."""
    only = next(iter(ends)) if len(ends) == 1 else None  # a process may log its sends in another folder
    found = []
    for sending in find_sendings(timeline):
        if sending.is_refused or not sending.is_retry:
            continue
        name = sending.connection if sending.connection in ends else only
        if name is None:
            continue
        mine = ends[name]
        place = bisect_right(mine, sending.time, key=lambda drop: drop.time)
        is_last = place < len(mine) and mine[place].time - sending.time <= reach
        found.append(((name, place), sending.evidence, is_last))
    return found


def _count_before(drops: Sequence[Disconnect], moment: datetime) -> int:
    return bisect_left(drops, moment, key=lambda drop: drop.time)
