"""Ends that nobody need have minded: by the server's word alone, for no reason, and nobody seems to come back.

Where no name tells who connects again, people who leave and clients that are cut off write the same lines. What tells
them apart is what follows: who is cut off connects anew within seconds, under whatever name, so that connects follow
such ends more often than chance has it. Where they do not, and nothing else is found, there is neither an incident nor
health to report.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from logdiag.analyzers.connections.departures import CLOSED
from logdiag.analyzers.connections.goodbyes import HANDSHAKES
from logdiag.analyzers.connections.proxied_sessions import CLIENT_GONE
from logdiag.analyzers.connections.unfollowed_ends import MOST_FOLLOWED, SOON_S
from logdiag.analyzers.findings.findings import DISCONNECTS
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.results.causes import Cause, CauseStatus, Finding
from logdiag.results.disconnects import Disconnect
from logdiag.verdict import Severity

UNMISSED: Final = "presumed-departures"
QUIET: Final = frozenset({None, "transport close", CLOSED, *(reason for _, reason in HANDSHAKES)})
FEW: Final = 0.1  # a choice: one in ten; where connects are not told, two that leave within a second are all there are
LEAST_TESTED: Final = 10  # a choice, as for people: of fewer ends chance tells nothing, and not one may be followed


def find_unmissed(
    findings: Sequence[Finding], drops: Sequence[Disconnect], connects: Sequence[datetime], causes: Sequence[Cause]
) -> Finding | None:
    """The finding that takes the place of `DISCONNECTS`, where all of these ends may be those of people who left.

    `connects` are the moments at which anybody connected, under whatever name.
    """
    told = [finding for finding in findings if finding.id == DISCONNECTS]
    is_else_bad = any(finding.severity is not Severity.INFO for finding in findings if finding.id != DISCONNECTS)
    if not told or is_else_bad or any(cause.status is CauseStatus.ASSERTED for cause in causes):
        return None
    if not told[0].numbers.keys().isdisjoint({"stopped_count", "kicked_count"}):
        return None
    together_count = sum(drop.fleet_event is not None for drop in drops)
    if (
        together_count > FEW * len(drops)
        or not all(map(_may_have_left, drops))
        or _are_followed([drop.time for drop in drops], connects)
    ):
        return None
    return Finding(UNMISSED, Severity.INFO, {"count": len(drops)}, told[0].evidence)


def _may_have_left(drop: Disconnect) -> bool:
    """Whether nothing is known of an end but that the server saw it, and that nobody is known to be soon back."""
    is_quiet = drop.server_reason in QUIET or (drop.server_reason or "").startswith(CLIENT_GONE)
    is_lone = drop.pattern is None and drop.trigger is None
    is_only_seen = drop.seen_by == "server" and drop.reason is None and drop.has_end_line
    is_soon_back = drop.reconnected_at is not None and (drop.outage_s or 0.0) <= SOON_S[-1]
    return is_only_seen and is_quiet and is_lone and not is_soon_back


def _are_followed(closed: Sequence[datetime], opened: Sequence[datetime]) -> bool:
    """Whether connects come so soon after these ends that they may be returns: more often than chance has it.

    Each of the times that count as soon is a trial.
    """
    if not opened:
        return False
    closed_s, opened_s = (sorted(one.timestamp() for one in moments) for moments in (closed, opened))
    return any(_exceed_chance(closed_s, opened_s, soon_s) for soon_s in SOON_S)


def _exceed_chance(closed_s: Sequence[float], opened_s: Sequence[float], soon_s: float) -> bool:
    count = sum(bisect_right(opened_s, moment) < bisect_right(opened_s, moment + soon_s) for moment in closed_s)
    if len(closed_s) < LEAST_TESTED:
        return count > 0
    span_s = max(closed_s[-1], opened_s[-1]) - min(closed_s[0], opened_s[0])
    chance = -math.expm1(-soon_s * len(opened_s) / max(span_s, soon_s))
    return count > 0 and binomial_greater(count, len(closed_s), chance) * len(SOON_S) <= MOST_FOLLOWED
