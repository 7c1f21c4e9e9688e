"""A client's and the server's records of one connection, joined by time where the client's lines name no socket.

Both sides log a connect within a moment. A socket belongs to a session if it is the only one that was opened within
that moment, and the session the only one that may claim it; and to a client only if nearly all of its sessions found
theirs so, more often than the server's connects put one beside any moment by chance. Where the server names its
clients, those that found theirs tell which of several sockets is the client's.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from logdiag.analyzers.connections.server_side import ServerSocket
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.exact_tests import binomial_greater

MOMENT_S: Final = 1.0  # clocks of one site differ by less, and no client connects twice within it
LEAST_JOINED: Final = 3
MOSTLY: Final = 0.9  # the server's log may lack some
MOST_CHANCE: Final = 1e-4


def join_by_time(sessions: Sequence[SessionRecord], sockets: Mapping[str, ServerSocket]) -> tuple[SessionRecord, ...]:
    """The same sessions, those without a socket id given the one that the server's log has for them."""
    named = {session.socket_id for session in sessions if session.socket_id is not None}
    free = sorted(
        (socket.opened.timestamp(), key)
        for key, socket in sockets.items()
        if key not in named and socket.opened is not None
    )
    bare: dict[str, list[int]] = defaultdict(list)
    for place, session in enumerate(sessions):
        if session.socket_id is None and session.opened is not None:
            bare[session.connection].append(place)
    found = _pair(sessions, [place for places in bare.values() for place in places], free)
    joined: dict[int, str] = {}
    for places in bare.values():
        if _is_telling(sessions, places, found, free):
            joined |= _settle(sessions, places, found, free, sockets)
    return tuple(
        replace(session, socket_id=joined[place]) if place in joined else session
        for place, session in enumerate(sessions)
    )


def _pair(
    sessions: Sequence[SessionRecord], places: Sequence[int], free: Sequence[tuple[float, str]]
) -> dict[int, str]:
    """The socket of each of these sessions that has but one to choose, which no other session could choose."""
    choices = {place: near for place in places if (near := _list_near(sessions[place], free))}
    claims = Counter(key for near in choices.values() for key in near)
    return {place: near[0] for place, near in choices.items() if len(near) == 1 and claims[near[0]] == 1}


def _settle(
    sessions: Sequence[SessionRecord],
    places: Sequence[int],
    found: Mapping[int, str],
    free: Sequence[tuple[float, str]],
    sockets: Mapping[str, ServerSocket],
) -> dict[int, str]:
    """The sockets of one client's sessions: those found, and of several to choose the one of the same client."""
    settled = {place: found[place] for place in places if place in found}
    names = {sockets[key].connection for key in settled.values()}
    name = names.pop() if len(names) == 1 else None
    for place in places:
        if place not in settled and name is not None:
            own = [key for key in _list_near(sessions[place], free) if sockets[key].connection == name]
            settled |= {place: own[0]} if len(own) == 1 else {}
    return settled


def _list_near(session: SessionRecord, free: Sequence[tuple[float, str]]) -> list[str]:
    """The sockets that were opened in the moment of a session's connect."""
    if session.opened is None:
        return []
    moment = session.opened.timestamp()
    first = bisect_left(free, (moment - MOMENT_S, ""))
    last = bisect_left(free, (moment + MOMENT_S, ""))
    return [key for _, key in free[first:last]]


def _is_telling(
    sessions: Sequence[SessionRecord],
    places: Sequence[int],
    found: Mapping[int, str],
    free: Sequence[tuple[float, str]],
) -> bool:
    """Whether the sessions of one client, in order of time, found more sockets than chance puts beside them.

    A session that has several to choose from speaks neither for nor against it.
    """
    count = sum(place in found for place in places)
    decided_count = count + sum(not _list_near(sessions[place], free) for place in places)
    if count < max(LEAST_JOINED, MOSTLY * decided_count):
        return False
    opened = [moment.timestamp() for place in places if (moment := sessions[place].opened) is not None]
    start, end = min(opened) - MOMENT_S, max(opened) + MOMENT_S
    beside_count = bisect_right(free, (end, "")) - bisect_left(free, (start, ""))
    chance = min(1.0, 2 * MOMENT_S * beside_count / (end - start))
    return binomial_greater(count, decided_count, chance) <= MOST_CHANCE
