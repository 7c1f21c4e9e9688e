"""The push before each disconnect, and whether it arrived."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.pushes.ledger import find_lead_ms
from logdiag.results.evidence import Evidence
from logdiag.results.pushes import Push


class LastPush(NamedTuple):
    """The push that began last before a disconnect, and whether it arrived (None: unknown)."""

    push: Push | None
    arrived: bool | None


def find_deliveries(known: FactInput, endings: Sequence[Ending]) -> list[LastPush]:
    """The last push before each disconnect."""
    arrived = {attempt.evidence: attempt.acquits for attempt in known.ledger.attempts}
    near: dict[int | None, list[Push]] = defaultdict(list)
    for push in known.ledger.pushes:
        near[push.disconnect_index].append(push)
    found = []
    for drop, *_ in endings:
        last = find_push(near[drop.index], drop.index, known.ledger.reach_ms)
        fate = None if last is None else _tell_arrival(last, near[drop.index], arrived, 1e3 * known.resolution_s)
        found.append(LastPush(last, fate))
    return found


def find_push(pushes: Sequence[Push], index: int, reach_ms: float) -> Push | None:
    """The push that began last before a disconnect, within `reach_ms` of its end."""
    near = [push for push in pushes if push.disconnect_index == index and find_lead_ms(push, reach_ms) is not None]
    return min(near, key=lambda push: push.lead_ms or 0.0, default=None)


def _tell_arrival(
    push: Push, pushes: Sequence[Push], arrived: Mapping[tuple[Evidence, ...], bool | None], step_ms: float
) -> bool | None:
    """Whether a push arrived; of those near the same drop that began in the same step of the stamps, all must have."""
    lead_ms = push.lead_ms or 0.0
    fates = {arrived.get(other.evidence) for other in pushes if 0 <= (other.lead_ms or 0.0) - lead_ms < step_ms}
    return False if False in fates else None if None in fates else True
