"""What a replay says of retries, held against those that the logs hold."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from logdiag.analyzers.pushes.links import State
from logdiag.analyzers.pushes.resends import Sending, find_sendings
from logdiag.analyzers.replays.stage import (
    HALF,
    HARMLESS,
    Poison,
    Recorded,
    Stage,
    bound,
    find_only,
    gather_kins,
    measure_since,
)
from logdiag.results.disconnects import Attribution
from logdiag.results.pushes import Push, PushOutcome
from logdiag.results.replay import (
    RealRetry,
    SelfCheck,
    Sight,
)

ITEMS_SHOWN: Final = 20  # a choice: a screen of them


def check_replay(recorded: Recorded, stage: Stage, poison: Poison, repeats: Mapping[int, int]) -> SelfCheck | None:
    """Hold what the replay says of retries against what became of those that the logs hold; None if there are none."""
    found = [*_check_repeats(recorded, stage, poison, repeats), *_check_sendings(recorded, stage)]
    found += _check_waits(recorded, poison, repeats, [(item.connection, item.time) for item in found])
    if not found:
        return None
    found.sort(key=lambda item: (item.time, item.connection))
    agreed = sum(item.predicted is item.seen for item in found)
    return SelfCheck(len(found), agreed, bound(agreed, len(found)), tuple(found[:ITEMS_SHOWN]))


def _check_repeats(recorded: Recorded, stage: Stage, poison: Poison, repeats: Mapping[int, int]) -> Iterable[RealRetry]:
    for rank, first in repeats.items():
        push = recorded.pushes[rank]
        seen = _see(push)
        state = _state_at(recorded, stage, push.connection, push.time)
        if seen is None or state is State.UNKNOWN:
            continue
        up = Sight.KILLED if first in poison.kills else Sight.CARRIED
        predicted = Sight.REFUSED if state is State.DOWN else up
        yield RealRetry(push.time, push.connection, predicted, seen, push.evidence)


def _check_waits(
    recorded: Recorded, poison: Poison, repeats: Mapping[int, int], known: Sequence[tuple[str, datetime]]
) -> Iterable[RealRetry]:
    """The pushes that began in an outage and were done after it: held back, or sent again, until it was over.

    One whose sendings are `known` by their numbers or messages is known by those. What such a push does is predicted by
    the others of its kind.
    """
    outages: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for drop in recorded.drops:
        if drop.away_s is not None:
            outages[drop.connection].append((drop.time, drop.time + timedelta(seconds=drop.away_s)))
    for rank, (push, attempt) in enumerate(zip(recorded.pushes, recorded.attempts, strict=True)):
        mine = outages.get(push.connection, [])
        place = bisect_right(mine, push.time, key=lambda outage: outage[0]) - 1
        over = mine[place][1] if place >= 0 else push.time
        ended, seen = attempt.ended, _see(push)
        if ended is None or not push.time < over <= ended or seen not in {Sight.CARRIED, Sight.KILLED}:
            continue
        is_known = any(name == push.connection and push.time <= moment <= ended for name, moment in known)
        if rank not in repeats and not is_known:
            kin = gather_kins(recorded.pushes, poison.kills, but=rank).get((push.connection, push.channel), HARMLESS)
            predicted = Sight.KILLED if kin.killing_ratio >= HALF else Sight.CARRIED
            yield RealRetry(over, push.connection, predicted, seen, push.evidence)


def _see(push: Push) -> Sight | None:
    """What became of a push; None where no disconnect explains its end."""
    if push.outcome == PushOutcome.OK:
        return Sight.CARRIED
    if push.outcome == PushOutcome.FAILED and push.attribution == Attribution.INSIDE:
        return Sight.REFUSED
    return Sight.KILLED if push.attribution in {Attribution.NEAR_BEFORE, Attribution.STRADDLE} else None


def _state_at(recorded: Recorded, stage: Stage, connection: str, moment: datetime) -> State:
    link = stage.links.get(connection)
    return State.UNKNOWN if link is None else link.at(measure_since(recorded, moment)).state


def _check_sendings(recorded: Recorded, stage: Stage) -> Iterable[RealRetry]:
    names = {session.connection for session in recorded.sessions}
    only = next(iter(find_only(recorded.sessions)), None)
    found = [(item, item.connection if item.connection in names else only) for item in find_sendings(recorded.timeline)]
    sendings = [replace(item, connection=name) for item, name in found if name is not None]
    ends: dict[str, list[datetime]] = defaultdict(list)
    for drop in recorded.drops:
        ends[drop.connection].append(drop.time)
    seen = {item: _see_sending(item, ends[item.connection], recorded.reach_ms) for item in sendings}
    for item in sendings:
        state = _state_at(recorded, stage, item.connection, item.time)
        if item.is_retry and state is not State.UNKNOWN:
            up = Sight.KILLED if _share_killed(item, seen) >= HALF else Sight.CARRIED
            predicted = Sight.REFUSED if state is State.DOWN else up
            yield RealRetry(item.time, item.connection, predicted, seen[item], (item.evidence,))


def _see_sending(item: Sending, ends: Sequence[datetime], reach_ms: float) -> Sight:
    if item.is_refused:
        return Sight.REFUSED
    place = bisect_right(ends, item.time)
    lag_ms = (ends[place] - item.time).total_seconds() * 1e3 if place < len(ends) else math.inf
    return Sight.KILLED if lag_ms <= reach_ms else Sight.CARRIED


def _share_killed(item: Sending, seen: Mapping[Sending, Sight]) -> float:
    """How often the first sendings of the same service, which are no retries, ended their connections."""
    firsts = [
        sight
        for other, sight in seen.items()
        if (other.connection, other.service) == (item.connection, item.service)
        and not other.is_retry
        and not other.is_refused
    ]
    return sum(sight is Sight.KILLED for sight in firsts) / len(firsts) if firsts else 0.0
