"""Restarts that the server announced, closed its sockets for, and let everybody back from: as a deploy looks like.

Somebody may have wanted them, a supervisor may have, and no line says which: nothing to be alarmed at. Once in the
logs, in one round from server to server, it is no incident either: as a client that stops in order, nobody asks why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from logdiag.analyzers.causes.disconnect_facts import LONGEST_DEPLOY_S, DisconnectFacts
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
    late: Mapping[int, float] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """The findings; where all disconnects with a line are `announced`, that one is a note that says so.

    `announced` has the seconds that each was without connection, by the index of the disconnect, or until somebody new
    came in its place, where no name knows a client again. As one deploy, which is no incident, it has another id.
    `stopped_count`: how many servers said that they stop. `late` has the seconds that the server was off, of others
    that it announced likewise: those of people, who come back when they like.
    """
    ended = [drop for drop in drops if drop.has_end_line and not drop.is_orderly]
    all_s = {**late, **announced}
    if not ended or not all_s.keys() >= {drop.index for drop in ended}:
        return tuple(findings)
    numbers: dict[str, Number] = {"count": len(ended), "announced_s": max(all_s[drop.index] for drop in ended)}
    late_count = sum(drop.index not in announced for drop in ended)
    renamed_count = sum(drop.outage_s is None for drop in ended if drop.index in announced)
    numbers["renamed_count"] = None if late_count else renamed_count or None
    numbers |= {"late_count": late_count} if late_count else {}
    name = DEPLOY if len(ended) == len(drops) and _is_one_deploy(ended, stopped_count) else DISCONNECTS
    if late_count and name != DEPLOY:
        return tuple(findings)
    return tuple(
        replace(one, id=name, severity=Severity.INFO, numbers=numbers) if one.id == DISCONNECTS else one
        for one in findings
    )


def find_sent_home(facts: Sequence[DisconnectFacts], visitors: Set[str]) -> dict[int, float]:
    """For how many seconds the server was off, by the index of the disconnect, of people whom its deploy sent away.

    They stayed away for longer than a deploy takes. `visitors` are the connections of those who have left by themselves
    as well; where most have, all come and go.
    """
    names = {fact.drop.connection for fact in facts}
    are_people = len(visitors) > MOSTLY * len(visitors | names)
    return {
        fact.drop.index: fact.server_off_s
        for fact in facts
        if fact.server_off_s is not None
        and fact.server_off_s <= LONGEST_DEPLOY_S
        and fact.is_stopped_in_order
        and (are_people or fact.drop.connection in visitors)
    }


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
