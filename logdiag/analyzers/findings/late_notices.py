"""Ends that the server had logged seconds before their clients noticed: so much longer nothing came through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.connections.server_side import ServerView
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Number
from logdiag.results.finding_ids import NOTICED_LATE
from logdiag.verdict import Severity

LEAST_S: Final = 5.0  # a choice: a close frame takes a round trip, and seconds where packets are sent again


def find_late_notices(drops: Sequence[Disconnect], server: ServerView) -> tuple[Finding, ...]:
    """How many connections the server had closed, on its own clock, at least 5 s before their clients noticed.

    Outages count from the client's word, for that is what its application knew. What was sent in between went nowhere.
    """
    leads = [(lead_s, drop) for drop in drops if (lead_s := _measure_lead_s(drop, server)) is not None]
    late = [(lead_s, drop) for lead_s, drop in leads if lead_s > 0]
    if not late:
        return ()
    numbers: dict[str, Number] = {
        "count": len(late),
        "of_count": len(leads),
        "longest_s": max(lead_s for lead_s, _ in late),
        "unnoticed_s": sum(lead_s for lead_s, _ in late),
    }
    places = tuple(drop.server_evidence for _, drop in late if drop.server_evidence is not None)
    return (Finding(NOTICED_LATE, Severity.INFO, numbers, places[:SHOWN]),)


def _measure_lead_s(drop: Disconnect, server: ServerView) -> float | None:
    """How long the server's word of this end stands before the client's, on one clock; None where nothing tells.

    Where the clocks may make up for it, both spoke at once.
    """
    socket = server.sockets.get(drop.socket_id) if drop.socket_id is not None else None
    if socket is None or socket.closed is None or not drop.logged or not server.knows(drop.connection):
        return None
    offset_s, error_s = server.offset_s(drop.connection)
    lead_s = (drop.time - socket.closed).total_seconds() - offset_s
    is_of_session = drop.session_s is None or lead_s - error_s < drop.session_s
    is_clear = lead_s - error_s >= LEAST_S
    return (lead_s if is_clear else 0.0) if is_of_session else None
