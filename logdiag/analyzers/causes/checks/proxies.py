"""What proxies and balancers in front of the server say in their own logs."""

from __future__ import annotations

from collections import Counter

from logdiag.analyzers.causes.case import MOST_PROXY_CHANCE, Case
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
from logdiag.analyzers.causes.own_words import LONGEST_QUOTE
from logdiag.results.patterns import PatternKind


@check("proxy-limit-at-drop")
def check_proxy_limit(case: Case, claim: Claim) -> CheckResult:
    """A proxy says in the moment of the drop that a limit of this kind ran out; or it says such things, never then.

    So may the line of the drop itself, where it was the server's own limit.
    """
    cut = case.cut_facts
    stated = [fact for fact in claim.facts if fact.is_idled] if PatternKind.IDLE in claim.patterns else []
    if PatternKind.CONNECTION_AGE in claim.patterns:
        stated = [fact for fact in claim.facts if fact.is_aged]
    if stated:
        numbers: Numbers = {"count": len(stated), "of_count": len(claim.facts)}
        return supports(numbers, places(stated))
    lines = [line.evidence for fact in cut if (line := fact.proxy_timeout) is not None and line.limit in claim.patterns]
    lines_count = sum(line.limit in claim.patterns for line in case.proxies.timeouts)
    numbers = {
        "count": len(lines),
        "of_count": len(cut),
        "lines_count": lines_count or None,
        "chance_probability": case.proxy_timeout_chance,
    }
    if lines and claim.facts and case.proxy_timeout_chance <= MOST_PROXY_CHANCE:
        return supports(numbers, lines)
    return refutes(numbers, places(cut)) if cut and not lines and lines_count else cannot_tell(numbers, lines)


@check("reload-at-drop")
def check_reload(case: Case, claim: Claim) -> CheckResult:
    """A proxy took over a new configuration or stopped right before the drops; or it says when it does, never then.

    So may the reason of the drop itself.
    """
    said = [fact for fact in claim.facts if fact.reload_said is not None]
    if said:
        ((words, _),) = Counter(fact.reload_said or "" for fact in said).most_common(1)
        stated: Numbers = {"said_count": len(said), "of_count": len(claim.facts), "words": words[:LONGEST_QUOTE]}
        return supports({"count": None, **stated}, places(said))
    moments = case.reload_of_moment
    lines = [line for line in moments.values() if line is not None]
    numbers: Numbers = {
        "count": len(lines),
        "of_count": len(moments),
        "lines_count": len(case.proxies.reloads) or None,
        "lag_s": case.proxies.lag_s or None,
        "chance_probability": case.proxy_reload_chance,
    }
    if lines and claim.facts and case.is_reload_logged:
        return supports(numbers, lines)
    if claim.facts and moments and not lines and case.proxies.reloads:
        return refutes(numbers, places(claim.facts))
    return cannot_tell(numbers, lines)
