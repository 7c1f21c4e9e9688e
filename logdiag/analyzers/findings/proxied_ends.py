"""What to say where proxies alone tell of the connections: that it is so, and what they leave open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.connections.goodbyes import says_goodbye
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.disconnects import PROXY, Disconnect
from logdiag.results.evidence import Evidence, Number
from logdiag.verdict import Severity

MOSTLY: Final = 0.5  # more than half


def note_proxied(ends: Sequence[Disconnect]) -> tuple[Finding, ...]:
    """That the sessions are those of a proxy's lines; it writes none of a connection that is still open."""
    told = [end for end in ends if end.seen_by == PROXY]
    if not told:
        return ()
    numbers: dict[str, Number] = {"count": len(told), "connections_count": len({end.connection for end in told})}
    return (Finding("proxied-sessions", Severity.INFO, numbers, _list_places(told)),)


def doubt_proxied(ends: Sequence[Disconnect]) -> tuple[Finding, ...]:
    """That a proxy does not say of most ends how they came: it shows no fault then, and no health."""
    told = [end for end in ends if end.seen_by == PROXY]
    unstated = [end for end in told if not says_goodbye(end.server_reason)]
    if len(unstated) <= MOSTLY * len(told):
        return ()
    numbers: dict[str, Number] = {"count": len(unstated), "of_count": len(told)}
    return (Finding("proxied-ends", Severity.INFO, numbers, _list_places(unstated)),)


def _list_places(ends: Sequence[Disconnect]) -> tuple[Evidence, ...]:
    return tuple(end.evidence for end in ends if end.evidence is not None)[:SHOWN]
