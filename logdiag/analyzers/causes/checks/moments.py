"""Ages or moments: whether connections ended all at once, or each at one age."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.checks.result import (
    CheckResult,
    Claim,
    Numbers,
    cannot_tell,
    check,
    places,
    refutes,
    supports,
)
from logdiag.analyzers.causes.checks.server_view import count_nameless
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.statistics.exact_tests import binomial_greater

UNSURE_S: Final = 0.05  # limits scatter by 50 to 100 ms
UNSURE_STEPS: Final = 2.0  # an age is the difference of two stamps, each up to a step off
MOST_CHANCE: Final = 0.05  # one in twenty, by a coin for each end that tells
LONGEST_RETRY_S: Final = 10.0  # Socket.IO waits for 5 s ± 50 % at the most; the rest is for the handshake
LEAST_TOLD: Final = 3  # a choice: two moments may fall beside a restart by chance
LEAST_RETURNS: Final = 3  # a choice: one or two clients may have been slow
MOSTLY_TOGETHER: Final = 0.8  # a choice: four of five
TOGETHER_SHARE: Final = 0.6  # a choice: clearly more than half
STEP_S: Final = 0.02  # a choice: one loop ends its sockets within some ms; timers of two processes drift apart by more
LEAST_STEPS: Final = 6  # a choice: two timers that start in one second stay this near in 1 of 25 logs, but not so long
UNDECIDED_STRENGTH: Final = 0.6  # not known to be wrong, but not to be asserted either


@check("ages-outlast-moments")
def check_ages(case: Case, claim: Claim) -> CheckResult:
    """Connections that began apart ended apart, at one age; or they ended together, at ages of their own.

    An end counts for the age where it is nearer to that than to the ends of the others, and for the moment where it is
    nearer to these. Where all begin and end together, neither shows. A moment in which none of the claimed ends falls
    is the work of something else: a timer beside a limit says nothing of that limit.
    """
    limits_s = [fact.fit.period_s for fact in claim.facts if fact.fit is not None and fact.fit.period_s is not None]
    if not limits_s or case.connections_count < 2:
        return cannot_tell({"count": None})
    limit_s = limits_s[0]
    unsure_s = max(UNSURE_S, UNSURE_STEPS * case.resolution_s)
    apart = [fact for fact in claim.facts if not fact.fleet_wide]
    by_age, by_moment = list(apart), []
    claimed = {fact.drop.index for fact in claim.facts}
    for members in _group(case.facts):
        if claimed.isdisjoint(fact.drop.index for fact in members):
            continue
        middle_s = median(fact.drop.time.timestamp() for fact in members)
        for fact in members:
            age_off_s = abs((fact.session.session_s or 0.0) - limit_s)
            moment_off_s = abs(fact.drop.time.timestamp() - middle_s)
            if moment_off_s > age_off_s + unsure_s:
                by_age.append(fact)
            elif age_off_s > moment_off_s + unsure_s:
                by_moment.append(fact)
    numbers: Numbers = {
        "count": len(by_age),
        "moment_count": len(by_moment) or None,
        "of_count": len(by_age) + len(by_moment),
        "limit_s": limit_s,
    }
    decided_count = len(by_age) + len(by_moment)
    if by_moment and binomial_greater(len(by_moment), decided_count, 0.5) <= MOST_CHANCE:
        return refutes(numbers, places(by_moment))
    if by_age and binomial_greater(len(by_age), decided_count, 0.5) <= MOST_CHANCE:
        return supports(numbers, places(by_age))
    if len(claim.facts) - len(apart) >= MOSTLY_TOGETHER * len(claim.facts):
        together = {**numbers, "count": len(claim.facts) - len(apart), "moment_count": None}
        return refutes({**together, "of_count": len(claim.facts)}, places(claim.facts), UNDECIDED_STRENGTH)
    return cannot_tell(numbers)


@check("ends-in-step")
def check_in_step(case: Case, claim: Claim) -> CheckResult:
    """Connections end on one beat within 20 ms of each other, again and again: one timer ends them all.

    Clients that push, or renew their connections, by timers of their own keep a phase each, and drift apart.
    """
    known = _list_server_times(case, claim)
    moments: dict[int, list[float]] = defaultdict(list)
    for fact, time_s in known:
        if fact.fleet_wide and fact.drop.fleet_event is not None:
            moments[fact.drop.fleet_event].append(time_s)
    steps = [times for times in moments.values() if len(times) > 1 and max(times) - min(times) <= STEP_S]
    count, of_count = sum(map(len, steps)), len(claim.facts)
    numbers: Numbers = {"count": count, "of_count": of_count, "moments_count": len(steps)}
    if case.resolution_s > STEP_S:
        return cannot_tell(numbers)
    if len(steps) >= LEAST_STEPS and count >= MOSTLY_TOGETHER * of_count:
        widest_ms = max(max(times) - min(times) for times in steps) * 1e3
        return supports({**numbers, "within_ms": widest_ms}, places(claim.facts))
    ends = Counter(fact.drop.connection for fact, _ in known)
    regular_count = sum(ends_count >= LEAST_STEPS for ends_count in ends.values())
    if regular_count > 1 and len(known) >= MOSTLY_TOGETHER * of_count and count <= (1 - MOSTLY_TOGETHER) * of_count:
        return refutes({**numbers, "connections_count": regular_count}, places(claim.facts))
    return cannot_tell(numbers)


def _list_server_times(case: Case, claim: Claim) -> list[tuple[DisconnectFacts, float]]:
    """The claimed ends that a line tells of, in UNIX seconds of the server's clock, where that is known to 20 ms."""
    known = []
    for fact in claim.facts:
        offset_s, error_s = case.server.offset_s(fact.drop.connection)
        if error_s <= STEP_S and fact.drop.has_end_line:
            known.append((fact, fact.drop.time.timestamp() - offset_s))
    return known


@check("back-at-once")
def check_back_at_once(case: Case, claim: Claim) -> CheckResult:
    """The clients were back as soon as they tried again; or they stayed away for longer, as who is not let in."""
    del case
    outages_s = [fact.session.outage_s for fact in claim.facts if fact.session.outage_s is not None]
    back_count = sum(outage_s <= LONGEST_RETRY_S for outage_s in outages_s)
    numbers: Numbers = {
        "count": back_count,
        "late_count": len(outages_s) - back_count,
        "of_count": len(outages_s),
        "longest_s": max(outages_s, default=None),
    }
    if len(outages_s) < LEAST_RETURNS:
        return cannot_tell(numbers)
    if back_count >= MOSTLY_TOGETHER * len(outages_s):
        return supports(numbers, places(claim.facts))
    return refutes(numbers, places(claim.facts)) if back_count < len(outages_s) / 2 else cannot_tell(numbers)


def are_moments_told(case: Case, facts: Sequence[DisconnectFacts], told: Sequence[DisconnectFacts]) -> bool:
    """Whether the server tells of most ends in nearly all moments up to the last that it tells of, which are most.

    Its log may end before the drops do; one that is killed tells of no end in that moment.
    """
    last = max((fact.drop.time for fact in case.facts if fact.drop.server_evidence is not None), default=None)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    known = {fact.drop.index for fact in told}
    for fact in facts:
        if last is not None and fact.drop.time <= last:
            counts[fact.moment][0] += fact.drop.index in known
            counts[fact.moment][1] += 1
    seen = [of_count for count, of_count in counts.values() if 2 * count > of_count]
    covered_count = sum(of_count for _, of_count in counts.values())
    return 2 * covered_count > len(facts) and len(seen) >= max(LEAST_TOLD, MOSTLY_TOGETHER * len(counts))


def _group(facts: Sequence[DisconnectFacts]) -> list[list[DisconnectFacts]]:
    """The ends of known age that came together, by their moments."""
    moments: dict[int, list[DisconnectFacts]] = defaultdict(list)
    for fact in facts:
        if fact.drop.fleet_event is not None and fact.fleet_wide and fact.session.session_s is not None:
            moments[fact.drop.fleet_event].append(fact)
    return [members for members in moments.values() if len({fact.drop.connection for fact in members}) > 1]


@check("all-at-once")
def check_all_at_once(case: Case, claim: Claim) -> CheckResult:
    """What ends the server, or acts on all its sockets, hits all connections at the same moment.

    An end tells of that only where another connection was open then: of one after the other there is nothing to hit.
    Where the very server started anew in most of the outages, that few ended in one moment refutes nothing: not all of
    its clients need to be known, and each may notice the end of the server in its own time.
    """
    pool = claim.facts or case.facts
    if case.connections_count < 2 or not pool:
        return cannot_tell({"connections_count": case.connections_count})
    facts = [fact for fact in pool if fact.fleet_wide or not fact.is_alone]
    if not facts:
        return cannot_tell({"alone_count": len(pool)})
    together = [fact for fact in facts if fact.fleet_wide]
    numbers: Numbers = {"count": len(together), "of_count": len(facts), "connections_count": case.connections_count}
    if len(together) >= TOGETHER_SHARE * len(facts):
        return supports(numbers, places(together))
    if nameless_count := count_nameless(case):
        return cannot_tell({"nameless_count": nameless_count})
    if sum(fact.server_start is not None for fact in facts) > 0.5 * len(facts):
        return cannot_tell({"connections_count": case.connections_count})
    return refutes(numbers, places(facts)) if len(together) <= 0.2 * len(facts) else cannot_tell(numbers)


@check("not-all-at-once")
def check_not_all_at_once(case: Case, claim: Claim) -> CheckResult:
    """A line that breaks hits one connection, not all of them at the same moment."""
    facts = claim.facts
    together = [fact for fact in facts if fact.fleet_wide]
    numbers: Numbers = {"count": len(together), "of_count": len(facts), "connections_count": case.connections_count}
    if not facts:
        return cannot_tell(numbers)
    return refutes(numbers, places(together)) if len(together) > 0.5 * len(facts) else supports(numbers)
