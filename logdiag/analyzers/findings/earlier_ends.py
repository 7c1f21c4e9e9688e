"""Ends of clients with a log of their own that the server alone tells of: of before that log begins, or after it."""

from __future__ import annotations

from collections.abc import Sequence

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Number
from logdiag.results.finding_ids import OUTSIDE_OWN_LOG
from logdiag.verdict import Severity


def find_earlier_ends(drops: Sequence[Disconnect], sessions: Sequence[SessionRecord]) -> tuple[Finding, ...]:
    """How many ends are of a time without any lines of their clients: of their traffic nothing is known."""
    own = {session.connection for session in sessions if session.side is Side.CLIENT}
    by_server = {(session.connection, session.closed) for session in sessions if session.side is Side.SERVER}
    earlier = [drop for drop in drops if drop.connection in own and (drop.connection, drop.time) in by_server]
    if not earlier:
        return ()
    numbers: dict[str, Number] = {
        "count": len(earlier),
        "of_count": len(drops),
        "clients_count": len({drop.connection for drop in earlier}),
    }
    places = tuple(drop.server_evidence for drop in earlier if drop.server_evidence is not None)
    return (Finding(OUTSIDE_OWN_LOG, Severity.INFO, numbers, places[:SHOWN]),)
