"""What would a retry have saved? The recorded outages and pushes, played again under policies."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Final, NamedTuple

import pandas as pd

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.pushes.ledger import find_lead_ms
from logdiag.analyzers.pushes.links import UNSEEN, Link, State, build_links
from logdiag.analyzers.pushes.policies import Course, Fate, Item, Kill, follow
from logdiag.analyzers.pushes.resends import Sending, find_repeats, find_sendings
from logdiag.analyzers.statistics.exact_tests import bound_share
from logdiag.results.causes import Cause, CauseStatus
from logdiag.results.diagnosis import KILLING_PUSH
from logdiag.results.disconnects import Attribution, Disconnect
from logdiag.results.evidence import Number
from logdiag.results.pushes import Push, PushOutcome, Retry
from logdiag.results.replay import (
    PRESETS,
    Assumption,
    PoisonRisk,
    Policy,
    PolicyKind,
    PolicyReplay,
    RealRetry,
    Replay,
    SelfCheck,
    Share,
    Sight,
    parse_policy,
)

ERROR_LEVEL: Final = 0.05  # intervals of 95 %
HALF: Final = 0.5
BURST_S: Final = 1.0
ITEMS_SHOWN: Final = 20
P95: Final = 0.95
RISKS: Final = {CauseStatus.ASSERTED: PoisonRisk.ESTABLISHED, CauseStatus.SUGGESTED: PoisonRisk.SUSPECTED}


class Recorded(NamedTuple):
    """What the logs hold: sessions, disconnects, pushes with their attempts (in the same order), and the causes."""

    paths: tuple[str, ...]
    start: datetime
    end: datetime
    sessions: Sequence[SessionRecord]
    drops: Sequence[Disconnect]
    pushes: Sequence[Push]
    attempts: Sequence[Attempt]
    causes: Sequence[Cause]
    reach_ms: float
    frame: pd.DataFrame


class Stage(NamedTuple):
    """What a policy is played against; instants in seconds since the start of the logs."""

    items: tuple[Item, ...]
    links: Mapping[str, Link]
    arrivals: Mapping[str, list[float]]
    reach_s: float
    poison: PoisonRisk


class Kin(NamedTuple):
    """Pushes of one kind: the share of those that a connection carried which ended it, and how they do so."""

    killing_ratio: float
    kill: Kill | None


HARMLESS: Final = Kin(0.0, None)


class Poison(NamedTuple):
    """The pushes that ended their connections, by number, and what pushes of each kind (connection, channel) do."""

    risk: PoisonRisk
    kills: Mapping[int, Kill]
    kins: Mapping[tuple[str, str | None], Kin]


def replay(recorded: Recorded, policies: Sequence[Policy]) -> Replay:
    """Play the recorded pushes under each policy."""
    poison = _find_poison(recorded)
    repeats = find_repeats(recorded.pushes)
    stage = _set_stage(recorded, poison, repeats)
    results = tuple(_play(stage, policy) for policy in policies)
    known = [drop.outage_s for drop in recorded.drops if drop.outage_s is not None]
    counts = Counter(push.outcome for rank, push in enumerate(recorded.pushes) if rank not in repeats)
    return Replay(
        paths=recorded.paths,
        start=recorded.start,
        end=recorded.end,
        pushes_count=counts.total(),
        arrived_count=counts[PushOutcome.OK],
        failed_count=counts[PushOutcome.FAILED],
        unnoticed_count=counts[PushOutcome.SUSPECT],
        unanswered_count=counts[PushOutcome.UNKNOWN],
        outages_count=len(recorded.drops),
        median_outage_s=median(known) if known else None,
        poison=poison.risk,
        killing_count=len(poison.kills),
        recommended=_recommend(results, poison.risk),
        policies=results,
        self_check=_check(recorded, stage, poison, repeats),
        assumptions=_assume(recorded, stage, policies),
    )


def summarize_retries(recorded: Recorded) -> tuple[Retry, ...]:
    """What the presets would have saved, as the diagnosis says it; nothing where no push is known to have failed."""
    if not any(push.outcome in {PushOutcome.FAILED, PushOutcome.SUSPECT} for push in recorded.pushes):
        return ()
    poison = _find_poison(recorded)
    stage = _set_stage(recorded, poison, find_repeats(recorded.pushes))
    return tuple(_write_retry(_play(stage, parse_policy(name))) for name in PRESETS)


def _write_retry(result: PolicyReplay) -> Retry:
    return Retry(
        policy=result.policy,
        recovered_count=result.recovered_count,
        of_count=result.of_count,
        worst_delay_s=result.delay_worst_s,
        harmful=result.harmful,
        unknown_count=result.unknown_count,
        low_ratio=result.share.low,
        high_ratio=result.share.high,
        if_harmless_count=result.if_harmless_count,
    )


def _find_poison(recorded: Recorded) -> Poison:
    """The pushes that the likely cause says ended their connections; what a receipt shows to have arrived did not."""
    cause = next((cause for cause in recorded.causes if cause.id == KILLING_PUSH and cause.status in RISKS), None)
    if cause is None:
        return Poison(PoisonRisk.NONE, {}, {})
    outages = _measure_outages(recorded.drops)
    kills = {}
    for rank, (push, attempt) in enumerate(zip(recorded.pushes, recorded.attempts, strict=True)):
        lead_ms = find_lead_ms(push, recorded.reach_ms)
        is_meant = not cause.disconnect_indices or push.disconnect_index in cause.disconnect_indices
        if (
            lead_ms is not None
            and is_meant
            and push.outcome in {PushOutcome.FAILED, PushOutcome.SUSPECT}
            and not attempt.received
        ):
            outage_s = outages.get(push.connection, outages.get("", 0.0))
            kills[rank] = Kill(lead_ms / 1e3, outage_s, push.outcome == PushOutcome.FAILED)
    return Poison(RISKS[cause.status], kills, _gather_kins(recorded.pushes, kills))


def _measure_outages(drops: Iterable[Disconnect]) -> dict[str, float]:
    """The median outage of each connection, and of all under ""."""
    known: dict[str, list[float]] = defaultdict(list)
    for drop in drops:
        if drop.outage_s is not None:
            known[drop.connection].append(drop.outage_s)
            known[""].append(drop.outage_s)
    return {name: median(values) for name, values in known.items()}


def _gather_kins(
    pushes: Sequence[Push], kills: Mapping[int, Kill], but: int | None = None
) -> dict[tuple[str, str | None], Kin]:
    """What the pushes of each kind do, all `but` one of them."""
    carried: Counter[tuple[str, str | None]] = Counter()
    killing: dict[tuple[str, str | None], list[Kill]] = defaultdict(list)
    for rank, push in enumerate(pushes):
        if rank == but:
            continue
        key = push.connection, push.channel
        if rank in kills:
            killing[key].append(kills[rank])
        carried[key] += push.outcome == PushOutcome.OK or rank in kills
    return {key: Kin(len(mine) / carried[key], _find_typical(mine)) for key, mine in killing.items() if mine}


def _find_typical(kills: Sequence[Kill]) -> Kill:
    """How most pushes of a kind end their connection: after how long, and with or without an error."""
    loud = sum(kill.is_loud for kill in kills) > HALF * len(kills)
    return replace(kills[0], lag_s=median(kill.lag_s for kill in kills), is_loud=loud)


def _set_stage(recorded: Recorded, poison: Poison, repeats: Mapping[int, int]) -> Stage:
    arrivals: dict[str, list[float]] = defaultdict(list)
    doubts: dict[str, list[float]] = defaultdict(list)
    for push in recorded.pushes:
        if push.outcome in {PushOutcome.OK, PushOutcome.SUSPECT}:
            (arrivals if push.outcome == PushOutcome.OK else doubts)[push.connection].append(
                _since(recorded, push.time)
            )
    concerned = {push.connection for push in recorded.pushes if push.outcome != PushOutcome.OK}
    concerned.update(_find_only(recorded.sessions))
    sessions = [session for session in recorded.sessions if session.connection in concerned]
    links = build_links(sessions, recorded.end, recorded.start, doubts, arrivals)
    items = tuple(
        _describe(recorded, rank, poison, links.get(push.connection))
        for rank, push in enumerate(recorded.pushes)
        if push.outcome != PushOutcome.OK and rank not in repeats
    )
    return Stage(items, links, arrivals, recorded.reach_ms / 1e3, poison.risk)


def _find_only(sessions: Iterable[SessionRecord]) -> tuple[str, ...]:
    """The connection, if these logs hold a single one: files of its process may lie in several folders."""
    names = tuple({session.connection for session in sessions})
    return names if len(names) == 1 else ()


def _since(recorded: Recorded, moment: datetime) -> float:
    return (moment - recorded.start).total_seconds()


def _describe(recorded: Recorded, rank: int, poison: Poison, link: Link | None) -> Item:
    push, attempt = recorded.pushes[rank], recorded.attempts[rank]
    ended_s = _since(recorded, attempt.ended or attempt.started)
    kin = poison.kins.get((push.connection, push.channel), HARMLESS)
    kill = poison.kills.get(rank) or (kin.kill if kin.killing_ratio >= HALF else None)
    is_doubtful = kill is None and kin.kill is not None  # some of its kind end connections, and this one met none
    return Item(
        connection=push.connection,
        started_s=_since(recorded, attempt.started),
        ended_s=ended_s,
        is_noticed=push.outcome == PushOutcome.FAILED,
        is_explained=_is_explained(push, attempt, link, ended_s) and not is_doubtful,
        is_answered=push.outcome in {PushOutcome.FAILED, PushOutcome.SUSPECT},
        arrived=_has_arrived(push, attempt, kill),
        kill=kill,
    )


def _is_explained(push: Push, attempt: Attempt, link: Link | None, ended_s: float) -> bool:
    """Whether an outage explains that a push failed, so that its end would mend it."""
    if push.attribution not in {Attribution.OUTSIDE, Attribution.UNKNOWN_START} or attempt.received is False:
        return True
    return link is not None and link.at(ended_s).state is State.DOWN


def _has_arrived(push: Push, attempt: Attempt, kill: Kill | None) -> bool | None:
    if attempt.received is not None:
        return attempt.received
    return False if kill is not None or push.attribution == Attribution.INSIDE else None


def _play(stage: Stage, policy: Policy) -> PolicyReplay:
    courses = _run(stage.items, stage, policy)
    harmless = _run([replace(item, kill=None) for item in stage.items], stage, policy)
    fates = Counter(course.fate for course in courses)
    delays = sorted(course.delay_s for course in courses if course.fate is Fate.RECOVERED)
    resent = [item for item, course in zip(stage.items, courses, strict=True) if course.sent_s]
    outages = [outage for course in courses for outage in course.outages]
    recovered, of = fates[Fate.RECOVERED], fates[Fate.RECOVERED] + fates[Fate.LOST]
    return PolicyReplay(
        policy=policy.name,
        recovered_count=recovered,
        lost_count=fates[Fate.LOST],
        of_count=of,
        unknown_count=fates[Fate.UNKNOWN],
        share=_share(recovered, of),
        if_harmless_count=sum(course.fate is Fate.RECOVERED for course in harmless),
        delay_median_s=median(delays) if delays else None,
        delay_p95_s=delays[math.ceil(P95 * len(delays)) - 1] if delays else None,
        delay_worst_s=delays[-1] if delays else None,
        resends_count=sum(len(course.sent_s) for course in courses),
        duplicates_count=sum(item.arrived is True for item in resent),
        duplicates_most_count=sum(item.arrived is not False for item in resent),
        queue_most_count=_count_held(stage.items, courses),
        burst_most_count=_count_burst(courses),
        killed_count=len(outages),
        outage_s=math.fsum(outage.end_s - outage.start_s for outage in outages),
        harmed_count=_count_harmed(stage, courses),
        harmful=stage.poison is not PoisonRisk.NONE and policy.retries_at_all,
    )


def _run(items: Iterable[Item], stage: Stage, policy: Policy) -> list[Course]:
    unseen = Link((UNSEEN,))
    return [follow(item, policy, stage.links.get(item.connection, unseen), stage.reach_s) for item in items]


def _share(hits: int, of: int) -> Share:
    return Share(hits / of, *bound_share(hits, of, ERROR_LEVEL)) if of else Share(None, None, None)


def _count_held(items: Sequence[Item], courses: Sequence[Course]) -> int:
    """The most pushes that one client holds at a time."""
    steps: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for item, course in zip(items, courses, strict=True):
        if course.held_until_s > course.held_from_s:
            steps[item.connection] += [(course.held_from_s, 1), (course.held_until_s, -1)]
    most = 0
    for mine in steps.values():
        held = 0
        for _, step in sorted(mine):  # what leaves at an instant leaves before what comes at it
            held += step
            most = max(most, held)
    return most


def _count_burst(courses: Sequence[Course]) -> int:
    """The most retries within a second, of all clients together."""
    sent = sorted(moment for course in courses for moment in course.sent_s)
    return max((bisect_left(sent, moment + BURST_S) - rank for rank, moment in enumerate(sent)), default=0)


def _count_harmed(stage: Stage, courses: Sequence[Course]) -> int:
    """The pushes that arrived, and would fall into an outage that a retry brings about."""
    harmed: set[tuple[str, int]] = set()
    for item, course in zip(stage.items, courses, strict=True):
        arrivals = stage.arrivals.get(item.connection, [])
        for outage in course.outages:
            places = range(bisect_left(arrivals, outage.start_s), bisect_left(arrivals, outage.end_s))
            harmed.update((item.connection, place) for place in places)
    return len(harmed)


def _recommend(results: Sequence[PolicyReplay], risk: PoisonRisk) -> str | None:
    """The policy that recovers most, with the fewest sendings and the shortest delay; None where one may do harm."""
    helping = [result for result in results if result.recovered_count]
    if risk is not PoisonRisk.NONE or not helping:
        return None
    best = min(helping, key=lambda item: (-item.recovered_count, item.resends_count, item.delay_worst_s))
    return best.policy


def _check(recorded: Recorded, stage: Stage, poison: Poison, repeats: Mapping[int, int]) -> SelfCheck | None:
    """Hold what the replay says of retries against what became of those that the logs hold; None if there are none."""
    found = [*_check_repeats(recorded, stage, poison, repeats), *_check_sendings(recorded, stage)]
    found += _check_waits(recorded, poison, repeats, [(item.connection, item.time) for item in found])
    if not found:
        return None
    found.sort(key=lambda item: (item.time, item.connection))
    agreed = sum(item.predicted is item.seen for item in found)
    return SelfCheck(len(found), agreed, _share(agreed, len(found)), tuple(found[:ITEMS_SHOWN]))


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

    One whose sendings are `known` by their numbers or messages is told by those. What such a push does is predicted by
    the others of its kind.
    """
    outages: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for drop in recorded.drops:
        if drop.outage_s is not None:
            outages[drop.connection].append((drop.time, drop.time + timedelta(seconds=drop.outage_s)))
    for rank, (push, attempt) in enumerate(zip(recorded.pushes, recorded.attempts, strict=True)):
        mine = outages.get(push.connection, [])
        place = bisect_right(mine, push.time, key=lambda outage: outage[0]) - 1
        over = mine[place][1] if place >= 0 else push.time
        ended, seen = attempt.ended, _see(push)
        if ended is None or not push.time < over <= ended or seen not in {Sight.CARRIED, Sight.KILLED}:
            continue
        is_known = any(name == push.connection and push.time <= moment <= ended for name, moment in known)
        if rank not in repeats and not is_known:
            kin = _gather_kins(recorded.pushes, poison.kills, but=rank).get((push.connection, push.channel), HARMLESS)
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
    return State.UNKNOWN if link is None else link.at(_since(recorded, moment)).state


def _check_sendings(recorded: Recorded, stage: Stage) -> Iterable[RealRetry]:
    names = {session.connection for session in recorded.sessions}
    only = next(iter(_find_only(recorded.sessions)), None)
    found = [(item, item.connection if item.connection in names else only) for item in find_sendings(recorded.frame)]
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


def _assume(recorded: Recorded, stage: Stage, policies: Sequence[Policy]) -> tuple[Assumption, ...]:
    """What the replay takes for granted, as far as it matters here."""
    answered = [item for item in stage.items if item.is_answered]
    unnoticed = sum(not item.is_noticed for item in answered)
    unexplained = sum(item.is_noticed and not item.is_explained for item in answered)
    unanswered = len(stage.items) - len(answered)
    kills = [item.kill.outage_s for item in answered if item.kill is not None]
    kinds = {policy.kind for policy in policies}
    listed: list[tuple[str, bool, dict[str, Number]]] = [
        ("carries", True, {"reach_ms": recorded.reach_ms}),
        ("same-outages", True, {}),
        ("lives-on", True, {}),
        ("kills-again", bool(kills), {"count": len(kills), "outage_s": median(kills) if kills else None}),
        ("unnoticed", unnoticed > 0, {"count": unnoticed}),
        ("unexplained", unexplained > 0, {"count": unexplained}),
        ("unanswered", unanswered > 0, {"count": unanswered}),
        ("memory", any(not policy.is_durable for policy in policies), {}),
        ("answers", PolicyKind.ACKNOWLEDGE in kinds, {}),
        ("independent", True, {}),
    ]
    return tuple(Assumption(name, numbers) for name, applies, numbers in listed if applies)
