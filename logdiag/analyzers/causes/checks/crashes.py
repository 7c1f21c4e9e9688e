"""What processes, and the platforms that run them, say of the error with which they end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.checks.result import (
    CheckResult,
    Claim,
    Numbers,
    cannot_tell,
    check,
    places,
    quote_commonest,
    refutes,
    supports,
)
from logdiag.analyzers.causes.own_words import Said

NEARLY_ALL: Final = 0.95  # a choice: of the drops; a process that lives on may be cut from its log at one of them
LEAST_CRASHES: Final = 2  # a choice: one elsewhere does not show that its log tells of each


@check("crash-line-seen")
def check_crash_line(case: Case, claim: Claim) -> CheckResult:
    """The process told of its end; or its own lines run through the drop, from the disconnect to the next connect."""
    pool = claim.facts or case.facts
    crashed = [fact for fact in pool if fact.session.crashed]
    ran_on = [
        fact for fact in pool if fact.drop.logged and fact.session.reopened is not None and not fact.session.restarted
    ]
    numbers: Numbers = {
        "count": len(crashed),
        "of_count": len(pool),
        **quote_deaths(fact.client_died_of for fact in crashed),
    }
    if crashed and claim.facts:
        return supports(numbers, places(crashed))
    if case.starts_seen and not crashed and ran_on and len(ran_on) >= NEARLY_ALL * len(pool):
        return refutes(numbers, places(ran_on))
    return cannot_tell(numbers)


@check("server-crash-seen")
def check_server_crash(case: Case, claim: Claim) -> CheckResult:
    """The server logged the error of which it died, or its platform how it ended; or it did so at other times only."""
    deaths = [death for fact in claim.facts if (death := fact.server_died_of) is not None]
    lines_count = case.server_crashes_count
    numbers: Numbers = {"count": len(deaths), "of_count": len(claim.facts), "lines_count": lines_count}
    if deaths:
        return supports({**numbers, **quote_deaths(deaths)}, list(dict.fromkeys(death.evidence for death in deaths)))
    if claim.facts and lines_count >= LEAST_CRASHES:
        return refutes(numbers, places(claim.facts))
    return cannot_tell(numbers)


def quote_deaths(deaths: Iterable[Said | None]) -> Numbers:
    """The error that is logged most often, and by how many lines: one of a server ends many connections."""
    lines = dict.fromkeys(death for death in deaths if death is not None)
    return quote_commonest([line.text for line in lines])
