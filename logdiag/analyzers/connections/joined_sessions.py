"""A client's and the server's records of one connection, joined by time where the client's lines name no socket.

Both sides log a connect within a moment. A socket belongs to a session if it is the only one that was opened within
that moment, and the session the only one that may claim it; and to a client only if nearly all of its sessions found
theirs so, more often than the server's connects put one beside any moment by chance. Where the server names its
clients, those that found theirs tell which of several sockets is the client's; and where all clients come and go in the
same moments, so that none finds its own, the one client that fits it, or that has its name; that is enough for few
moments, if all lie beside that one's. Where a client's log has no connects at all, its ends are joined in the same way;
and as one side may learn of an end long after the other, those of
one name on both sides in their order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from logdiag.analyzers.connections.connectless_clients import name_client
from logdiag.analyzers.connections.server_side import ServerSocket
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.sides.matched_connects import measure_chance
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.deferred import compile_later

MOMENT_S: Final = 1.0  # clocks of one site differ by less, and no client connects twice within it
LEAST_JOINED: Final = 3  # two meet by chance
MOSTLY: Final = 0.9  # the server's log may lack some
MOST_CHANCE: Final = 1e-4  # a choice: a wrong join costs more than a missed one
NAME: Final = compile_later(r"(?=.*\d)(?=.*[^\W\d_]).{3}")  # `agent07`, `edge-b07`; `worker` alone is many a process's
NOTICED_S: Final = 120.0  # a choice: ping interval and timeout take 85 s at most by default (Engine.IO 3)


class _Client(NamedTuple):
    """The sessions of one client that name no socket, by their places, in order of time."""

    moments_s: list[float]
    places: list[int]


def join_by_time(sessions: Sequence[SessionRecord], sockets: Mapping[str, ServerSocket]) -> tuple[SessionRecord, ...]:
    """The same sessions, those without a socket id given the one that the server's log has for them."""
    by_connects = _join(sessions, sockets, [session.opened for session in sessions], are_ends=False)
    told = {session.connection for session in sessions if session.opened is not None}
    ends = [one.closed if one.logged and one.connection not in told else None for one in by_connects]
    return _join(by_connects, sockets, ends, are_ends=True) if any(ends) else by_connects


def _join(
    sessions: Sequence[SessionRecord],
    sockets: Mapping[str, ServerSocket],
    moments: Sequence[datetime | None],
    *,
    are_ends: bool,
) -> tuple[SessionRecord, ...]:
    """The same, joined by these moments of the sessions, None for those that have none: their connects, or ends."""
    named = {session.socket_id for session in sessions if session.socket_id is not None}
    free = sorted(
        (moment.timestamp(), key)
        for key, socket in sockets.items()
        if key not in named and (moment := socket.closed if are_ends else socket.opened) is not None
    )
    free_s = [moment for moment, _ in free]
    clients: dict[str, _Client] = defaultdict(lambda: _Client([], []))
    near: dict[int, list[str]] = {}
    for place, session in enumerate(sessions):
        moment = moments[place]
        if session.socket_id is None and moment is not None:
            moment_s = moment.timestamp()
            clients[session.connection].moments_s.append(moment_s)
            clients[session.connection].places.append(place)
            first, last = bisect_left(free_s, moment_s - MOMENT_S), bisect_left(free_s, moment_s + MOMENT_S)
            near[place] = [key for _, key in free[first:last]]
    found = _pair(near)
    joined: dict[int, str] = {}
    for client in clients.values():
        if _is_telling(client, near, found, free_s):
            joined |= _settle(client, near, found, sockets)
    joined |= _join_clients(_list_left(clients, joined), near, sockets, joined, free)
    joined |= _join_by_name(_list_left(clients, joined), near, sockets)
    if are_ends:
        joined |= _join_namesakes(_list_left(clients, joined), sockets, free)
    return tuple(
        replace(session, socket_id=joined[place]) if place in joined else session
        for place, session in enumerate(sessions)
    )


def _pair(near: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """The socket of each session that has but one to choose, which no other session could choose."""
    claims = Counter(key for keys in near.values() for key in keys)
    return {place: keys[0] for place, keys in near.items() if len(keys) == 1 and claims[keys[0]] == 1}


def _settle(
    client: _Client, near: Mapping[int, Sequence[str]], found: Mapping[int, str], sockets: Mapping[str, ServerSocket]
) -> dict[int, str]:
    """The sockets of one client's sessions: those found, and of several to choose the one of the same client."""
    settled = {place: found[place] for place in client.places if place in found}
    names = {sockets[key].connection for key in settled.values()}
    name = names.pop() if len(names) == 1 else None
    for place in client.places:
        if place not in settled and name is not None:
            own = [key for key in near[place] if sockets[key].connection == name]
            settled |= {place: own[0]} if len(own) == 1 else {}
    return settled


def _list_left(clients: Mapping[str, _Client], joined: Mapping[int, str]) -> dict[str, _Client]:
    """The clients of which no session is joined yet."""
    return {name: one for name, one in clients.items() if not any(place in joined for place in one.places)}


def _join_clients(
    left: Mapping[str, _Client],
    near: Mapping[int, Sequence[str]],
    sockets: Mapping[str, ServerSocket],
    joined: Mapping[int, str],
    free: Sequence[tuple[float, str]],
) -> dict[int, str]:
    """The sockets of the clients that found none of their own: those of the one client of the server's that fits.

    Of several that fit it is the one of the client's name. Two clients never share one.
    """
    taken = {sockets[key].connection for key in joined.values()}
    of_name: dict[str, list[float]] = defaultdict(list)
    for moment_s, key in free:
        if (name := sockets[key].connection) is not None and name not in taken:
            of_name[name].append(moment_s)
    fits = {
        name: [other for other, others_s in of_name.items() if _is_same(one, other, others_s, near, sockets)]
        for name, one in left.items()
    }
    claims = Counter(other for others in fits.values() for other in others)
    found: dict[int, str] = {}
    for name, others in fits.items():
        namesakes = [other for other in others if _shorten(other) == _shorten(name)]
        alone = others if len(others) == 1 and claims[others[0]] == 1 else []
        if len(own := namesakes or alone) == 1:
            found |= _take(left[name], own[0], near, sockets)
    return found


def _join_by_name(
    left: Mapping[str, _Client], near: Mapping[int, Sequence[str]], sockets: Mapping[str, ServerSocket]
) -> dict[int, str]:
    """The sockets of clients with too few moments to show by these whose they are, but with a name that the server has.

    Nearly all moments of such a client lie beside one of that very name. A number alone is a name in many logs.
    """
    shared = Counter(map(_shorten, left))
    found: dict[int, str] = {}
    for name, client in left.items():
        own = _shorten(name)
        if shared[own] != 1 or NAME.search(own) is None:
            continue
        pairs: dict[str, int] = {}
        for place in client.places:
            keys = [
                key
                for key in near.get(place, ())
                if _shorten(name_client(sockets[key]) or "") == own and key not in pairs
            ]
            pairs |= {keys[0]: place} if len(keys) == 1 else {}
        if len(pairs) >= MOSTLY * len(client.places):
            found |= {place: key for key, place in pairs.items()}
    return found


def _join_namesakes(
    left: Mapping[str, _Client],
    sockets: Mapping[str, ServerSocket],
    free: Sequence[tuple[float, str]],
) -> dict[int, str]:
    """The sockets of clients whose ends found none near them: those of the one client of that name, in their order.

    A client has one connection at a time: both sides tell of the same ends, if nearly all of each have one of the
    other's that no end stands nearer to.
    """
    by_name: dict[str, dict[str, list[tuple[float, str]]]] = defaultdict(lambda: defaultdict(list))
    for moment_s, key in free:
        if (name := sockets[key].connection) is not None:
            by_name[_shorten(name)][name].append((moment_s, key))
    shared = Counter(map(_shorten, left))
    found: dict[int, str] = {}
    for name, client in left.items():
        namesakes = list(by_name[_shorten(name)].values())
        if len(namesakes) != 1 or shared[_shorten(name)] != 1:
            continue
        pairs = _pair_nearest(client.moments_s, [moment_s for moment_s, _ in namesakes[0]])
        if len(pairs) >= max(LEAST_JOINED, MOSTLY * max(len(client.places), len(namesakes[0]))):
            found |= {client.places[own]: namesakes[0][other][1] for own, other in pairs}
    return found


def _pair_nearest(own_s: Sequence[float], others_s: Sequence[float]) -> list[tuple[int, int]]:
    """The places of moments that are each other's nearest, both in order of time."""

    def find_nearest(moment_s: float, moments_s: Sequence[float]) -> int:
        after = bisect_left(moments_s, moment_s)
        near = range(max(0, after - 1), min(len(moments_s), after + 1))
        return min(near, key=lambda place: abs(moments_s[place] - moment_s))

    pairs = ((own, find_nearest(moment_s, others_s)) for own, moment_s in enumerate(own_s))
    return [
        (own, other)
        for own, other in pairs
        if abs(others_s[other] - own_s[own]) <= NOTICED_S and find_nearest(others_s[other], own_s) == own
    ]


def _shorten(connection: str) -> str:
    """The name of a client, without the process whose log it stands in."""
    return connection.rpartition("/")[2]


def _is_same(
    client: _Client,
    other: str,
    others_s: Sequence[float],
    near: Mapping[int, Sequence[str]],
    sockets: Mapping[str, ServerSocket],
) -> bool:
    """Whether nearly all moments of a client are those of one client of the server's, and these its own."""
    count = len(_take(client, other, near, sockets))
    own = sorted(client.moments_s)
    due_count = bisect_right(others_s, own[-1] + MOMENT_S) - bisect_left(others_s, own[0] - MOMENT_S)
    if count < max(LEAST_JOINED, MOSTLY * len(own), MOSTLY * due_count):
        return False
    return binomial_greater(count, len(own), measure_chance(own, others_s, MOMENT_S)) <= MOST_CHANCE


def _take(
    client: _Client, other: str, near: Mapping[int, Sequence[str]], sockets: Mapping[str, ServerSocket]
) -> dict[int, str]:
    """For each of a client's sessions the socket of one client of the server's, each once."""
    taken: dict[str, int] = {}
    for place in client.places:
        key = next((key for key in near[place] if sockets[key].connection == other and key not in taken), None)
        if key is not None:
            taken[key] = place
    return {place: key for key, place in taken.items()}


def _is_telling(
    client: _Client, near: Mapping[int, Sequence[str]], found: Mapping[int, str], free_s: Sequence[float]
) -> bool:
    """Whether the sessions of one client found more sockets than chance puts beside them.

    A session that has several to choose from speaks neither for nor against it.
    """
    count = sum(place in found for place in client.places)
    decided_count = count + sum(not near[place] for place in client.places)
    if count < max(LEAST_JOINED, MOSTLY * decided_count):
        return False
    chance = measure_chance(sorted(client.moments_s), free_s, MOMENT_S)
    return binomial_greater(count, decided_count, chance) <= MOST_CHANCE
