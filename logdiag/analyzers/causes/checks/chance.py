"""What is left to chance: drops without a clock, without company, without memory, that no line announces."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence, Set
from typing import Final

import numpy as np

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
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.clocks.regularity import is_memoryless
from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.results.disconnects import are_blips
from logdiag.results.patterns import TriggerRole

ENOUGH: Final = 6  # a choice: of six, all six by a coin are 1 in 64
FEW_SHARE: Final = 0.2  # a fifth left over is what other causes leave unnoticed
STRAY_SHARE: Final = 0.05  # one in twenty is what chance at 5 % puts there
SAME_AGE_S: Final = 0.1  # limits scatter by 50 to 100 ms
SAME_AGE_CHANCE: Final = 1e-4  # a choice, as for sizes and kicks: a false alarm in 10,000 logs
SEVERAL: Final = 4  # a choice: one of fewer is no stray but a third or more


@check("no-pattern")
def check_no_pattern(case: Case, claim: Claim) -> CheckResult:
    """The disconnects claimed obey no clock."""
    timed = [fact for fact in claim.facts if fact.is_timed]
    numbers: Numbers = {"count": len(timed), "of_count": len(claim.facts)}
    if not claim.facts:
        return cannot_tell(numbers)
    return refutes(numbers, places(timed)) if len(timed) > 0.5 * len(claim.facts) else supports(numbers)


@check("enough-unexplained")
def check_enough(case: Case, claim: Claim) -> CheckResult:
    """Enough disconnects remain that no other cause explains; a few of many are what the other causes left over."""
    numbers: Numbers = {"count": len(claim.facts), "of_count": len(case.facts), "needed_count": ENOUGH}
    if len(claim.facts) >= ENOUGH:
        return supports(numbers, places(claim.facts), min(1.0, len(claim.facts) / 10))
    is_rest = 0 < len(claim.facts) <= FEW_SHARE * len(case.facts)
    return (refutes if is_rest else cannot_tell)(numbers, places(claim.facts))


@check("more-than-strays")
def check_more_than_strays(case: Case, claim: Claim) -> CheckResult:
    """Drops of this kind are no strays among many of another: a cut that hits during polling, one lost packet.

    Those of one moment are one witness, which tells nothing of a kind where everybody was back within seconds.
    """
    count, of_count = len(claim.facts), len(case.facts)
    numbers: Numbers = {"count": count, "of_count": of_count}
    if not count:
        return cannot_tell(numbers)
    if count > 1 and are_blips([fact.drop for fact in case.facts if not fact.session.orderly]):
        return cannot_tell(
            {**numbers, "moments_count": len({fact.moment for fact in claim.facts})}, places(claim.facts)
        )
    is_stray = (count == 1 and of_count >= SEVERAL) or count <= STRAY_SHARE * of_count
    return refutes(numbers, places(claim.facts)) if is_stray else supports(numbers, places(claim.facts))


def _recall(case: Case, claim: Claim) -> dict[str, tuple[bool | None, float | None]]:
    """For each connection, whether its claimed disconnects are memoryless (None: too few), and their spread (CV).

    Where other causes end sessions as well, what counts is the time connected between one claimed disconnect and the
    next: at a constant rate it is exponential, whatever ended the sessions in between.
    """
    mine = {fact.drop.index for fact in claim.facts}
    by_connection: dict[str, list[DisconnectFacts]] = defaultdict(list)
    for fact in case.facts:
        by_connection[fact.drop.connection].append(fact)
    found = {}
    for name, facts in by_connection.items():
        if all(fact.drop.index in mine for fact in facts):
            found[name] = case.patterns.memoryless.get(name), case.patterns.cv_ratio.get(name)
            continue
        exposures = _measure_exposures_s(facts, mine)
        enough = len(exposures) >= ENOUGH and bool(exposures.any())  # sessions may all end at their very start
        cv = float(np.std(exposures) / np.mean(exposures)) if enough else None
        found[name] = is_memoryless(exposures), cv
    return found


def _measure_exposures_s(facts: Sequence[DisconnectFacts], mine: Set[int]) -> Floats:
    """The time connected before each claimed disconnect since the claimed one before, where it is known, in s."""
    exposures, spent_s = [], 0.0
    for fact in facts:
        spent_s += math.nan if fact.session.session_s is None else fact.session.session_s
        if fact.drop.index in mine:
            exposures.append(spent_s)
            spent_s = 0.0
    known = np.array(exposures, dtype=np.float64)
    return known[np.isfinite(known)]


def _list_same_age(case: Case, claim: Claim) -> list[DisconnectFacts]:
    """The claimed ends that share one age, where they are most of them and chance does not bring so many together.

    Of what other causes leave alone: a lifetime of all disconnects is the search for clocks' to find.
    """
    if len(claim.facts) == len(case.facts):
        return []
    known = [(fact.session.session_s, fact) for fact in claim.facts if fact.session.session_s is not None]
    known.sort(key=lambda pair: pair[0])
    if len(known) < ENOUGH or 2 * len(known) <= len(claim.facts):
        return []
    ages_s = np.array([age_s for age_s, _ in known])
    width_s = max(SAME_AGE_S, 2 * case.resolution_s)  # an age is the difference of two stamps
    counts = np.searchsorted(ages_s, ages_s + width_s, side="right") - np.arange(ages_s.size)
    first, most = int(counts.argmax()), int(counts.max())
    chance = min(1.0, 2 * width_s / max(float(np.median(ages_s)), width_s))
    if 2 * most <= len(known) or len(known) * binomial_greater(most - 1, len(known) - 1, chance) > SAME_AGE_CHANCE:
        return []
    return [fact for _, fact in known[first : first + most]]


@check("memoryless")
def check_memoryless(case: Case, claim: Claim) -> CheckResult:
    """Sessions end at a rate that does not depend on their age, or in bursts; no clock predicts them.

    Ends that come again and again at one age are none of chance's, whatever lies between them. Of many connections one
    in twenty looks to remember by chance, but not several of a few.
    """
    names = sorted({fact.drop.connection for fact in claim.facts})
    memories = _recall(case, claim)
    verdicts = [memories[name][0] for name in names]
    bursty = [name for name in names if case.patterns.bursty.get(name)]
    numbers: Numbers = {
        "count": len(claim.facts),
        "cv": next((memories[name][1] for name in names), None),
        "bursts_count": len(bursty) or None,
    }
    timed = [fact for fact in claim.facts if fact.is_timed]
    if len(timed) > 0.5 * max(len(claim.facts), 1):
        return refutes(numbers, places(timed))
    alike = _list_same_age(case, claim)
    if alike:
        return refutes({**numbers, "cv": None, "alike_count": len(alike)}, places(alike))
    told = [verdict for verdict in verdicts if verdict is not None]
    is_luck = any(told) and binomial_greater(told.count(False), len(told), STRAY_SHARE) > STRAY_SHARE
    if is_luck or bursty:
        return supports(numbers, places(claim.facts))
    if told:
        return refutes(numbers, places(claim.facts))
    return cannot_tell(numbers)


@check("no-trigger")
def check_no_trigger(case: Case, claim: Claim) -> CheckResult:
    """No line of the logs announces these disconnects; the reload that shall have caused them is none of those.

    Where messages of several clients stand in one file without a word of whose they are, a push right before a
    disconnect may be that of the one that dropped.
    """
    unreloaded = [fact for fact in claim.facts if claim.cause != "proxy-reload" or fact.proxy_reload is None]
    concerned = [fact for fact in unreloaded if fact.drop.trigger is not None]
    numbers: Numbers = {"count": len(concerned), "of_count": len(claim.facts)}
    if len(concerned) > 0.3 * max(len(claim.facts), 1):
        return refutes(numbers, places(concerned))
    doubtful = [
        fit
        for fit in case.triggers
        if fit.role == TriggerRole.UNDECIDED and fit.counts.preceded_count > 0.5 * fit.counts.of_count
    ]
    if doubtful:
        return cannot_tell({**numbers, "template": doubtful[0].line.template}, [doubtful[0].line.example])
    pushes_s = _list_nobodys_pushes_s(case)
    near = [fact for fact in claim.facts if _is_near_push(case, fact, pushes_s.get(fact.drop.connection, ()))]
    if not claim.facts or len(near) > 0.3 * len(claim.facts):
        return cannot_tell({**numbers, "near_count": len(near)}, places(near))
    return supports(numbers)


def _is_near_push(case: Case, fact: DisconnectFacts, pushes_s: Sequence[float]) -> bool:
    """Whether a push that did not arrive, or of which nobody knows whose it is, came right before a disconnect."""
    if fact.push is not None:
        return not fact.push_arrived
    drop_s = fact.drop.time.timestamp()
    first = bisect_left(pushes_s, drop_s - case.push_reach_ms / 1e3 - case.resolution_s)
    return first < len(pushes_s) and pushes_s[first] <= drop_s + case.resolution_s


def _list_nobodys_pushes_s(case: Case) -> dict[str, list[float]]:
    """By each of the connections that share a file: when pushes began that may be its own or another's, in UNIX s."""
    by_file: dict[str, list[float]] = defaultdict(list)
    for attempt in case.attempts:
        by_file[attempt.connection].append(attempt.started.timestamp())
    return {name: sorted(by_file[name.rpartition("/")[0]]) for name in case.mixed_counts}
