"""Ends of which a server alone tells, without a reason and without a name: nobody can tell whether people left.

Those that obey no clock, follow no line, come alone, and are seldom followed by a connect are what people leave behind
who come and go; a server that cuts people off leaves the same, so health is not told, either.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.connections.goodbyes import LEAST_CLIENTS
from logdiag.analyzers.connections.naming import is_name_of_a_socket
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.findings.findings import DISCONNECTS
from logdiag.results.causes import Finding
from logdiag.results.disconnects import Disconnect
from logdiag.results.finding_ids import ENDED_AT_ONCE, REFUSED_SENDS, SHARED_LIFETIME, UNSTATED_ENDS
from logdiag.verdict import Severity

SOON_S: Final = 10.0  # a choice: who is cut off is back within it, by most libraries' first tries
MOST_FOLLOWED: Final = 0.5  # more than half
TELLING: Final = frozenset({SHARED_LIFETIME, ENDED_AT_ONCE, REFUSED_SENDS})  # findings that say more of ends
FEW_TOGETHER: Final = 0.1  # a choice: one in ten ends beside another where few are there


def find_unstated(
    findings: Sequence[Finding], drops: Sequence[Disconnect], sessions: Sequence[SessionRecord]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings without that of the disconnects, and a doubt in its place; as they are, and none, where those tell.

    Of a server that names its clients it is seen who comes back, and of a crowd that it met the same.
    """
    told = next((one for one in findings if one.id == DISCONNECTS), None)
    opened_s = sorted(one.opened.timestamp() for one in sessions if one.opened is not None)
    if not TELLING.isdisjoint(one.id for one in findings):
        return tuple(findings), ()
    if told is None or told.numbers.get("unstated_count") != len(drops) or not opened_s:
        return tuple(findings), ()
    followed_count = sum(_is_followed(drop, opened_s) for drop in drops)
    together_count = sum(drop.fleet_event is not None for drop in drops)
    is_scattered = followed_count <= MOST_FOLLOWED * len(drops) and together_count <= FEW_TOGETHER * len(drops)
    are_many = len({drop.connection for drop in drops}) >= LEAST_CLIENTS
    if not (is_scattered and are_many and all(map(_tells_nothing, drops))):
        return tuple(findings), ()
    doubt = Finding(
        UNSTATED_ENDS, Severity.INFO, {"count": len(drops), "followed_count": followed_count}, told.evidence
    )
    return tuple(one for one in findings if one is not told), (doubt,)


def _tells_nothing(drop: Disconnect) -> bool:
    """Whether neither a clock, nor a line before it, nor a name says more of an end."""
    is_bare = drop.pattern is None and drop.trigger is None
    return is_bare and drop.has_end_line and is_name_of_a_socket(drop.connection, drop.socket_id)


def _is_followed(drop: Disconnect, opened_s: Sequence[float]) -> bool:
    """Whether anybody connects soon after it."""
    closed_s = drop.time.timestamp()
    place = bisect_right(opened_s, closed_s)
    return place < len(opened_s) and opened_s[place] - closed_s <= SOON_S
