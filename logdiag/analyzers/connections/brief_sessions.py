"""Sessions that end right after their connect: whoever comes in goes, or is thrown out, at the door.

The clocks do not look at such ages: below 2 s a handshake, a stamp or a slow line moves an age by as much as it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.results.causes import SHOWN, Finding
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Number
from logdiag.results.finding_ids import ENDED_AT_ONCE
from logdiag.verdict import Severity

AT_ONCE_S: Final = 2.0  # younger connections take no part in the search for an age (`clocks.competition.MIN_LAG_S`)
LEAST_ENDS: Final = 5  # a choice: one or two are a page that was reloaded
NEARLY_ALL: Final = 0.8  # a choice, four of five: of the lives that are known, and half of all ends must be
KNOWN: Final = 0.5  # half: what is unknown of most may be otherwise


def find_ended_at_once(drops: Sequence[Disconnect]) -> tuple[Finding, ...]:
    """That nearly all sessions whose life is known ended within 2 s of their connect, and how old they were."""
    lives_s = [drop.session_s for drop in drops if drop.session_s is not None]
    brief = [drop for drop in drops if drop.session_s is not None and drop.session_s < AT_ONCE_S]
    if len(brief) < max(LEAST_ENDS, NEARLY_ALL * len(lives_s)) or len(lives_s) < KNOWN * len(drops):
        return ()
    ages_s = [drop.session_s for drop in brief if drop.session_s is not None]
    numbers: dict[str, Number] = {
        "count": len(brief),
        "of_count": len(lives_s),
        "shortest_s": min(ages_s),
        "longest_s": max(ages_s),
    }
    lines = [drop.evidence for drop in brief if drop.evidence is not None]
    return (Finding(ENDED_AT_ONCE, Severity.INFO, numbers, tuple(lines[:SHOWN])),)
