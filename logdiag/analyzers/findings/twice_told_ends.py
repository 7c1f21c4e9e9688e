"""Ends that clients tell of and ends that a server tells of in the same moments, where nothing says which are the same.

Each is counted then, and half of them may be the other half again. Nothing is left out: who had which is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.sides.matched_connects import measure_chance, merge_moments
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Number
from logdiag.results.finding_ids import TWICE_TOLD
from logdiag.verdict import Severity

MOMENT_S: Final = 1.0  # clocks of one site differ by less
LEAST_PAIRS: Final = 3  # two meet by chance
MOSTLY: Final = 0.5  # of the side that tells of fewer: more than half
NEARLY: Final = 0.9  # of them, where they all fall into one outage and chance cannot be measured
FEWEST_MOMENTS: Final = 3  # a choice: two outages may fall together
MOST_CHANCE: Final = 1e-3  # a choice: it only says that something may be so


def find_twice_told(drops: Sequence[Disconnect]) -> tuple[Finding, ...]:
    """That a count may hold ends twice: so many of the clients' meet one of the server's each, by no chance."""
    clients = sorted((drop for drop in drops if drop.seen_by == "client"), key=lambda drop: drop.time)
    servers = sorted((drop for drop in drops if drop.seen_by == "server"), key=lambda drop: drop.time)
    few, many = sorted(([drop.time.timestamp() for drop in side] for side in (clients, servers)), key=len)
    count = _count_pairs(few, many)
    if count < LEAST_PAIRS or count <= MOSTLY * len(few) or _is_luck(few, many, count):
        return ()
    numbers: dict[str, Number] = {"count": count, "of_count": len(clients) + len(servers)}
    places = tuple(drop.evidence for drop in (*clients[:1], *servers) if drop.evidence is not None)
    return (Finding(TWICE_TOLD, Severity.INFO, numbers, places[:SHOWN]),)


def _count_pairs(few_s: Sequence[float], many_s: Sequence[float]) -> int:
    """How many moments of one side have one of the other's beside them, each once; both in order."""
    count = place = 0
    for moment in few_s:
        while place < len(many_s) and many_s[place] < moment - MOMENT_S:
            place += 1
        if place < len(many_s) and many_s[place] <= moment + MOMENT_S:
            count, place = count + 1, place + 1
    return count


def _is_luck(few_s: Sequence[float], many_s: Sequence[float], count: int) -> bool:
    """Whether so many meet by chance; ends within a moment of each other are one meeting."""
    few, many = merge_moments(few_s, MOMENT_S), merge_moments(many_s, MOMENT_S)
    if len(few) < FEWEST_MOMENTS:
        return count < NEARLY * len(few_s)
    return binomial_greater(_count_pairs(few, many), len(few), measure_chance(few, many, MOMENT_S)) > MOST_CHANCE
