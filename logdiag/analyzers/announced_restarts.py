"""Restarts that the server announced, closed its sockets for, and let everybody back from: as a deploy looks like.

Somebody may have wanted them, a supervisor may have, and no line says which: no health, but nothing to be alarmed at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from logdiag.analyzers.findings import DISCONNECTS
from logdiag.results.causes import Finding
from logdiag.results.disconnects import Disconnect
from logdiag.verdict import Severity


def soften_announced(
    findings: Sequence[Finding], drops: Sequence[Disconnect], announced: Mapping[int, float]
) -> tuple[Finding, ...]:
    """The findings; where all disconnects with a line are `announced`, that one is a note that says so.

    `announced` has the seconds that each was without connection, by the index of the disconnect.
    """
    ended = [drop.index for drop in drops if drop.has_end_line and not drop.is_orderly]
    if not ended or not announced.keys() >= set(ended):
        return tuple(findings)
    longest_s = max(announced[index] for index in ended)
    return tuple(
        replace(one, severity=Severity.INFO, numbers={"count": len(ended), "announced_s": longest_s})
        if one.id == DISCONNECTS
        else one
        for one in findings
    )
