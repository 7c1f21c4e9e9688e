"""Connections of which a server tells no end, though they can hardly live still: their clients came and went since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Number
from logdiag.results.finding_ids import MISSING_ENDS
from logdiag.verdict import Severity

LEAST_KNOWN: Final = 20  # a choice: of lives, so that the longest of them says how long such a connection may last
TOO_LONG: Final = 10.0  # times the longest known life: whoever leaves a page open stays for more than that seldom


def find_missing_ends(sessions: Sequence[SessionRecord]) -> tuple[Finding, ...]:
    """How many there are, of how many connects, and where the first stand.

    Such a connection opened long before its client's last connect, `TOO_LONG` times as long as any whose end is told
    lasted. Its end may be one of a lost line, or of words that nothing here understands: that of a fault, perhaps.
    """
    servers = [one for one in sessions if one.side is Side.SERVER and one.opened is not None]
    lives_s = [one.session_s for one in servers if one.session_s is not None]
    if len(lives_s) < LEAST_KNOWN:
        return ()
    longest_s = TOO_LONG * max(lives_s)
    of_client: dict[str, list[SessionRecord]] = defaultdict(list)
    for one in servers:
        of_client[one.connection].append(one)
    missing = [
        one for own in of_client.values() for one in own if one.closed is None and _waited_s(one, own) > longest_s
    ]
    if not missing:
        return ()
    numbers: dict[str, Number] = {"count": len(missing), "connects_count": len(servers)}
    places = [one.open_evidence for one in missing if one.open_evidence is not None]
    return (Finding(MISSING_ENDS, Severity.INFO, numbers, tuple(places[:SHOWN])),)


def _waited_s(session: SessionRecord, own: Sequence[SessionRecord]) -> float:
    """How long after a connect its client connected for the last time, in seconds."""
    if session.opened is None:
        return 0.0
    return max((one.opened - session.opened).total_seconds() for one in own if one.opened is not None)
