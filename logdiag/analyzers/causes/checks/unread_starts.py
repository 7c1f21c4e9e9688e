"""Whether a client's process may have started anew in words that nobody knows."""

from __future__ import annotations

from collections import Counter
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
from logdiag.analyzers.causes.own_words import LONGEST_QUOTE
from logdiag.events import Side

LEAST_OUTAGES: Final = 3  # as those that are looked at for such a line
MOST: Final = 0.5  # a choice: more than half


@check("no-start-between")
def check_no_start(case: Case, claim: Claim) -> CheckResult:
    """No line of the client comes in its outages alone; or one does, once in each, as the first of a process would."""
    del case
    own = [fact for fact in claim.facts if fact.session.side is not Side.SERVER and fact.session.reopened is not None]
    begun = [fact.unread_start for fact in own if fact.unread_start is not None]
    numbers: Numbers = {"count": len(begun), "of_count": len(claim.facts)}
    if begun and len(begun) > MOST * len(claim.facts):
        ((text, _),) = Counter(said.text for said in begun).most_common(1)
        return refutes({**numbers, "text": text[:LONGEST_QUOTE]}, [said.evidence for said in begun])
    if len(own) < LEAST_OUTAGES:
        return cannot_tell(numbers)
    return supports({**numbers, "count": len(own)}, places(own))
