"""Ends that nobody need have minded: by the server's word alone, for no reason, and nobody seems to come back.

Where no name tells who connects again, people who leave and clients that are cut off write the same lines. What tells
them apart is what follows: who is cut off connects anew within seconds, under whatever name, so that connects follow
such ends more often than chance has it. Where they do not, and nothing else is found, there is neither an incident nor
health to report. Nor where many ends have neither a reason nor a name, and few of them are followed at once.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from logdiag.analyzers.connections.departures import CLOSED
from logdiag.analyzers.connections.goodbyes import HANDSHAKES, LEAST_CLIENTS
from logdiag.analyzers.connections.naming import is_name_of_a_socket
from logdiag.analyzers.connections.proxied_sessions import CLIENT_GONE
from logdiag.analyzers.connections.unfollowed_ends import MOST_FOLLOWED, SOON_S
from logdiag.analyzers.findings.findings import DISCONNECTS
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.results.causes import Cause, CauseStatus, Finding
from logdiag.results.disconnects import PROXY, Disconnect
from logdiag.results.finding_ids import ENDED_AT_ONCE, REFUSED_SENDS, SHARED_LIFETIME, UNSTATED_ENDS
from logdiag.verdict import Severity

UNMISSED: Final = "presumed-departures"
QUIET: Final = frozenset({None, "transport close", CLOSED, *(reason for _, reason in HANDSHAKES)})
FEW: Final = 0.1  # a choice: one in ten; where connects are not told, two that leave within a second are all there are
LEAST_TESTED: Final = 10  # a choice, as for people: of fewer ends chance tells nothing, and not one may be followed
AT_ONCE_S: Final = SOON_S[1]  # who is cut off is back within it, by most libraries' first tries
MOSTLY: Final = 0.5  # more than half
TELLING: Final = frozenset({SHARED_LIFETIME, ENDED_AT_ONCE, REFUSED_SENDS})  # findings that say more of ends


def find_unmissed(
    findings: Sequence[Finding], drops: Sequence[Disconnect], connects: Sequence[datetime], causes: Sequence[Cause]
) -> Finding | None:
    """The finding that takes the place of `DISCONNECTS`, where all of these ends may be those of people who left.

    `connects` are the moments at which anybody connected, under whatever name.
    """
    told = next((finding for finding in findings if finding.id == DISCONNECTS), None)
    if told is None or _is_more_told(findings, told) or any(one.status is CauseStatus.ASSERTED for one in causes):
        return None
    together_count = sum(drop.fleet_event is not None for drop in drops)
    if together_count > FEW * len(drops) or not all(map(_may_have_left, drops)):
        return None
    closed_s, opened_s = sorted(drop.time.timestamp() for drop in drops), sorted(one.timestamp() for one in connects)
    if not _are_followed(closed_s, opened_s):
        return Finding(UNMISSED, Severity.INFO, {"count": len(drops)}, told.evidence)
    followed_count = _count_followed(closed_s, opened_s, AT_ONCE_S)
    if followed_count > MOSTLY * len(drops) or not _are_nameless(drops):
        return None
    numbers = {"count": len(drops), "followed_count": followed_count}
    return Finding(UNSTATED_ENDS, Severity.INFO, {**numbers}, told.evidence)


def _is_more_told(findings: Sequence[Finding], told: Finding) -> bool:
    """Whether anything else is wrong, or findings say more of these ends: of what they share, or who ended them."""
    others = [finding for finding in findings if finding is not told]
    is_known = not told.numbers.keys().isdisjoint({"stopped_count", "kicked_count"})
    return is_known or any(one.severity is not Severity.INFO or one.id in TELLING for one in others)


def _may_have_left(drop: Disconnect) -> bool:
    """Whether nothing is known of an end but that it was seen from afar, and that nobody is known to be soon back."""
    is_quiet = drop.server_reason in QUIET or (drop.server_reason or "").startswith(CLIENT_GONE)
    is_lone = drop.pattern is None and drop.trigger is None
    is_only_seen = drop.seen_by in {"server", PROXY} and drop.reason is None and drop.has_end_line
    is_soon_back = drop.reconnected_at is not None and (drop.outage_s or 0.0) <= SOON_S[-1]
    return is_only_seen and is_quiet and is_lone and not is_soon_back


def _are_nameless(drops: Sequence[Disconnect]) -> bool:
    """Whether the ends are those of many sockets which no name knows again, and none states a reason."""
    are_bare = all(one.server_reason is None and is_name_of_a_socket(one.connection, one.socket_id) for one in drops)
    return are_bare and len({drop.connection for drop in drops}) >= LEAST_CLIENTS


def _are_followed(closed_s: Sequence[float], opened_s: Sequence[float]) -> bool:
    """Whether connects come so soon after these ends that they may be returns: more often than chance has it.

    Each of the times that count as soon is a trial.
    """
    return bool(opened_s) and any(_exceed_chance(closed_s, opened_s, soon_s) for soon_s in SOON_S)


def _exceed_chance(closed_s: Sequence[float], opened_s: Sequence[float], soon_s: float) -> bool:
    count = _count_followed(closed_s, opened_s, soon_s)
    if len(closed_s) < LEAST_TESTED:
        return count > 0
    span_s = max(closed_s[-1], opened_s[-1]) - min(closed_s[0], opened_s[0])
    chance = -math.expm1(-soon_s * len(opened_s) / max(span_s, soon_s))
    return count > 0 and binomial_greater(count, len(closed_s), chance) * len(SOON_S) <= MOST_FOLLOWED


def _count_followed(closed_s: Sequence[float], opened_s: Sequence[float], soon_s: float) -> int:
    return sum(bisect_right(opened_s, moment) < bisect_right(opened_s, moment + soon_s) for moment in closed_s)
