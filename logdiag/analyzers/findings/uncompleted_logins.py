"""Connections that a client itself ended because nobody completed the login for which it had opened them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.causes.reasons import LOGIN_LAPSED, says
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Number
from logdiag.results.finding_ids import UNCOMPLETED
from logdiag.verdict import Severity

MOSTLY: Final = 0.5  # more than half; fewer are no matter of all


def find_uncompleted_logins(drops: Sequence[Disconnect]) -> tuple[Finding, ...]:
    """That most ends state that a login was not completed, in the words that they state."""
    minded = [drop for drop in drops if not drop.is_orderly]
    lapsed = [drop for drop in minded if says(LOGIN_LAPSED, drop.reason)]
    if len(lapsed) <= MOSTLY * len(minded):
        return ()
    told = Counter(drop.reason for drop in lapsed).most_common(1)[0][0]
    numbers: dict[str, Number] = {"count": len(lapsed), "of_count": len(minded), "told": told}
    places = tuple(drop.evidence for drop in lapsed if drop.evidence is not None)
    return (Finding(UNCOMPLETED, Severity.WARNING, numbers, places[:SHOWN]),)
