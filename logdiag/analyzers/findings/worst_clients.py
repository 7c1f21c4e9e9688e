"""Which of a server's many clients disconnect more often than the others, and whether that is more than luck."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.statistics.tails import log10_binomial_tail
from logdiag.events import Side
from logdiag.results.connections import Connection, WorstClient, WorstClients
from logdiag.results.diagnosis import FEWEST_DROPS
from logdiag.results.disconnects import Disconnect

MANY: Final = 10  # clients: fewer are told apart in the table of connections
FALSE_ALARM: Final = 0.01  # for any of the clients: the level of a pattern that counts as sure
# Users differ in how they use a service, which luck does not cover: what is less than twice the others' is no finding.
STANDS_OUT: Final = 2.0
MOST_SHOWN: Final = 10  # a choice: a screen of them


def find_worst_clients(connections: Sequence[Connection], drops: Sequence[Disconnect]) -> WorstClients | None:
    """The clients that stand out among those that a server alone tells of; None where they are few or hardly drop.

    Held against each client's share of the time that all were connected, or an even share where that is more.
    """
    clients = [one for one in connections if one.side == Side.SERVER.value and one.identity is not None]
    drops_of: dict[str, list[Disconnect]] = defaultdict(list)
    for drop in drops:
        if not drop.is_orderly:
            drops_of[drop.connection].append(drop)
    counts = np.array([len(drops_of.get(one.id, ())) for one in clients], dtype=np.float64)
    total_count = int(counts.sum())
    if len(clients) < MANY or total_count < FEWEST_DROPS:
        return None
    shares = _expect(clients)
    found = sorted(_find_outstanding(counts, shares), key=lambda rank: (-counts[rank], clients[rank].id))
    limit_count = max(1, math.floor(STANDS_OUT * total_count / len(clients)))
    return WorstClients(
        clients_count=len(clients),
        disconnects_count=total_count,
        most_count=int(counts.max()),
        limit_count=limit_count,
        above_count=int((counts > limit_count).sum()),
        outstanding_count=len(found),
        clients=tuple(
            _describe_client(clients[rank].id, drops_of[clients[rank].id], total_count, float(shares[rank]))
            for rank in found[:MOST_SHOWN]
        ),
    )


def _expect(clients: Sequence[Connection]) -> Floats:
    """The share of all disconnects that each client may have, shape (n,); together they may be more than 1."""
    connected_s = np.array([one.connected_s for one in clients], dtype=np.float64)
    return np.maximum(connected_s / max(float(connected_s.sum()), 1.0), 1.0 / len(clients))


def _find_outstanding(counts: Floats, shares: Floats) -> list[int]:
    """The ranks of those whose count is neither luck nor less than `STANDS_OUT` times what they may have."""
    total_count = int(counts.sum())
    tails = log10_binomial_tail(counts, total_count, shares)
    is_sure = tails <= math.log10(FALSE_ALARM / len(counts))
    return [int(rank) for rank in np.flatnonzero(is_sure & (counts >= STANDS_OUT * total_count * shares))]


def _describe_client(name: str, drops: Sequence[Disconnect], total_count: int, share: float) -> WorstClient:
    lengths_s = [drop.session_s for drop in drops if drop.session_s is not None]
    reasons = Counter(reason for drop in drops if (reason := drop.server_reason or drop.reason) is not None)
    return WorstClient(
        connection=name,
        disconnects_count=len(drops),
        disconnects_ratio=len(drops) / total_count,
        expected_count=total_count * share,
        median_session_s=median(lengths_s) if lengths_s else None,
        reason=min(reasons, key=lambda reason: (-reasons[reason], reason), default=None),
    )
