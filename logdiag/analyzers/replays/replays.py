"""What would a retry have saved? The recorded outages and pushes, played again under policies."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from logdiag.analyzers.pushes.links import UNSEEN, LinkHistory
from logdiag.analyzers.pushes.policies import Course, FailedPush, RetryOutcome, follow
from logdiag.analyzers.pushes.resends import find_repeats
from logdiag.analyzers.replays.checks import check_replay
from logdiag.analyzers.replays.stage import (
    Recorded,
    Stage,
    bound,
    find_poison,
    set_stage,
)
from logdiag.results.evidence import Number
from logdiag.results.pushes import PushOutcome, Retry
from logdiag.results.replay import (
    PRESETS,
    Assumption,
    PoisonRisk,
    Policy,
    PolicyKind,
    PolicyReplay,
    Replay,
    parse_policy,
)

BURST_S: Final = 1.0  # retries are counted by the second, as the limits of servers are
P95: Final = 0.95  # as reports of delays have it


def replay(recorded: Recorded, policies: Sequence[Policy]) -> Replay:
    """Play the recorded pushes under each policy."""
    poison = find_poison(recorded)
    repeats = find_repeats(recorded.pushes)
    stage = set_stage(recorded, poison, repeats)
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
        self_check=check_replay(recorded, stage, poison, repeats),
        assumptions=_assume(recorded, stage, policies),
    )


def summarize_retries(recorded: Recorded) -> tuple[Retry, ...]:
    """What the presets would have saved, as the diagnosis says it; nothing where no push is known to have failed."""
    if not any(push.outcome in {PushOutcome.FAILED, PushOutcome.SUSPECT} for push in recorded.pushes):
        return ()
    poison = find_poison(recorded)
    stage = set_stage(recorded, poison, find_repeats(recorded.pushes))
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


def _play(stage: Stage, policy: Policy) -> PolicyReplay:
    courses = _run(stage.items, stage, policy)
    harmless = _run([replace(item, kill=None) for item in stage.items], stage, policy)
    fates = Counter(course.fate for course in courses)
    delays = sorted(course.delay_s for course in courses if course.fate is RetryOutcome.RECOVERED)
    resent = [item for item, course in zip(stage.items, courses, strict=True) if course.sent_s]
    outages = [outage for course in courses for outage in course.outages]
    recovered, of = fates[RetryOutcome.RECOVERED], fates[RetryOutcome.RECOVERED] + fates[RetryOutcome.LOST]
    return PolicyReplay(
        policy=policy.name,
        recovered_count=recovered,
        lost_count=fates[RetryOutcome.LOST],
        of_count=of,
        unknown_count=fates[RetryOutcome.UNKNOWN],
        share=bound(recovered, of),
        if_harmless_count=sum(course.fate is RetryOutcome.RECOVERED for course in harmless),
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


def _run(items: Iterable[FailedPush], stage: Stage, policy: Policy) -> list[Course]:
    unseen = LinkHistory((UNSEEN,))
    return [follow(item, policy, stage.links.get(item.connection, unseen), stage.reach_s) for item in items]


def _count_held(items: Sequence[FailedPush], courses: Sequence[Course]) -> int:
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
