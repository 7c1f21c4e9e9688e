"""Clients that throw each other out by turns, where no line names an id that they share."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final, NamedTuple

from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.reasons import ENDED_BY_SERVER
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.events import Side

REACH: Final = timedelta(seconds=1)  # a choice: a handshake, and what the clocks of two desks differ by
AWAY: Final = timedelta(seconds=2)  # a choice: what ends both at once ends the other one within it
LEAST: Final = 3  # a choice: of each of the two; one login in the place of another is a person who moved
NEARLY_ALL: Final = 0.8  # a choice: a few lines get lost
MOST_CHANCE: Final = 1e-6  # a choice: stricter than for kicks that a server tells of, as nothing names an identity


class _Client(NamedTuple):
    """When a client came, and when the server ended it, in order; `closed`: each end, whoever did it."""

    opened: Sequence[datetime]
    ended: Sequence[datetime]
    closed: Sequence[datetime]


def find_by_turns(endings: Iterable[Ending], sessions: Sequence[SessionRecord]) -> Mapping[tuple[str, datetime], str]:
    """Ends by the server at which another client came, which had been away: (connection, closed) -> that other one.

    Only where it is so at nearly all ends of two clients in both directions, beyond chance: each is thrown out as the
    other one comes. What ends both at once, as a restart does, is none.
    """
    clients = _list_clients(endings, sessions)
    moments = [moment for one in clients.values() for moment in (*one.opened, *one.closed)]
    span_s = (max(moments) - min(moments)).total_seconds() if moments else 0.0
    found: dict[tuple[str, datetime], str] = {}
    for one, other in combinations(sorted(name for name, own in clients.items() if len(own.ended) >= LEAST), 2):
        hits = {name: _list_hits(clients[name], clients[rival]) for name, rival in ((one, other), (other, one))}
        if all(
            _is_beyond_chance(len(hits[name]), clients[name], clients[rival], span_s)
            for name, rival in ((one, other), (other, one))
        ):
            found |= {(one, moment): other for moment in hits[one]}
            found |= {(other, moment): one for moment in hits[other]}
    return found


def _list_clients(endings: Iterable[Ending], sessions: Sequence[SessionRecord]) -> dict[str, _Client]:
    opened: dict[str, list[datetime]] = defaultdict(list)
    closed: dict[str, list[datetime]] = defaultdict(list)
    for session in sessions:
        if session.side is Side.CLIENT:
            opened[session.connection] += [] if session.opened is None else [session.opened]
            closed[session.connection] += [] if session.closed is None else [session.closed]
    ended: dict[str, list[datetime]] = defaultdict(list)
    for ending in endings:
        if ending.session.side is Side.CLIENT and ending.drop.reason in ENDED_BY_SERVER:
            ended[ending.session.connection].append(ending.drop.time)
    return {name: _Client(sorted(opened[name]), sorted(ended[name]), sorted(closed[name])) for name in ended}


def _list_hits(one: _Client, rival: _Client) -> list[datetime]:
    """The ends of a client by the server near which the rival came, and did not end itself."""
    return [
        moment
        for moment in one.ended
        if _has_within(rival.opened, moment, REACH) and not _has_within(rival.closed, moment, AWAY)
    ]


def _has_within(moments: Sequence[datetime], middle: datetime, reach: timedelta) -> bool:
    return bisect_left(moments, middle - reach) < bisect_right(moments, middle + reach)


def _is_beyond_chance(hits_count: int, one: _Client, rival: _Client, span_s: float) -> bool:
    if hits_count < max(LEAST, NEARLY_ALL * len(one.ended)) or not span_s:
        return False
    chance = min(1.0, 2 * REACH.total_seconds() * len(rival.opened) / span_s)
    return binomial_greater(hits_count, len(one.ended), chance) <= MOST_CHANCE
