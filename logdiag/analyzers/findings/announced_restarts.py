"""Restarts that the server announced, closed its sockets for, and let everybody back from: as a deploy looks like.

Somebody may have wanted them, a supervisor may have, and no line says which: nothing to be alarmed at. Once in the
logs, in one round from server to server, it is no incident either: as a client that stops in order, nobody asks why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from logdiag.analyzers.findings.findings import DISCONNECTS
from logdiag.results.causes import Finding
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Number
from logdiag.verdict import Severity

DEPLOY: Final = "restarts-in-order"
ROUNDS_APART: Final = timedelta(seconds=10)  # a choice: a server that stops closes its sockets within it
MOSTLY: Final = 0.5  # more than half
ONE_DEPLOY: Final = timedelta(minutes=10)  # a choice: the next instance of a rolling deploy follows within it


def soften_announced(
    findings: Sequence[Finding],
    drops: Sequence[Disconnect],
    announced: Mapping[int, float],
    stopped_count: int = 0,
) -> tuple[Finding, ...]:
    """The findings; where all disconnects with a line are `announced`, that one is a note that says so.

    `announced` has the seconds that each was without connection, by the index of the disconnect, or until somebody new
    came in its place, where no name knows a client again. As one deploy, which is no incident, it has another id.
    `stopped_count`: how many servers said that they stop.
    """
    ended = [drop for drop in drops if drop.has_end_line and not drop.is_orderly]
    if not ended or not announced.keys() >= {drop.index for drop in ended}:
        return tuple(findings)
    numbers: dict[str, Number] = {"count": len(ended), "announced_s": max(announced[drop.index] for drop in ended)}
    numbers["renamed_count"] = sum(drop.outage_s is None for drop in ended) or None
    name = DEPLOY if len(ended) == len(drops) and _is_one_deploy(ended, stopped_count) else DISCONNECTS
    return tuple(
        replace(one, id=name, severity=Severity.INFO, numbers=numbers) if one.id == DISCONNECTS else one
        for one in findings
    )


def _is_one_deploy(ended: Sequence[Disconnect], stopped_count: int) -> bool:
    """Whether the ends lie close together, and no client met a server's stop twice: a loop of restarts is none.

    Clients that no name knows again may each have met all stops but those of servers that stopped while they were up.
    """
    times = sorted(drop.time for drop in ended)
    most = max(Counter(drop.connection for drop in ended).values())
    if any(drop.outage_s is None for drop in ended):
        most = max(most, _count_met(ended))
    return most <= max(1, stopped_count) and all(later - one <= ONE_DEPLOY for one, later in pairwise(times))


def _count_met(ended: Sequence[Disconnect]) -> int:
    """How many rounds of ends one client may have met: those whose sockets had not outlived the round before."""
    rounds: list[list[Disconnect]] = []
    for drop in sorted(ended, key=lambda drop: drop.time):
        if not rounds or drop.time - rounds[-1][-1].time > ROUNDS_APART:
            rounds.append([])
        rounds[-1].append(drop)
    return 1 + sum(not _have_outlived(before[0].time, after) for before, after in pairwise(rounds))


def _have_outlived(moment: datetime, drops: Sequence[Disconnect]) -> bool:
    """Whether most of these connections were up before that moment: they were another instance's."""
    ages = [(one.time, timedelta(seconds=one.session_s)) for one in drops if one.session_s is not None]
    return sum(time - age < moment for time, age in ages) > MOSTLY * len(drops)
