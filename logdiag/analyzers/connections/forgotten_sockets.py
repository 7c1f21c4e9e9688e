"""When did a server forget its sockets? It ended without a word if all its clients come back and nothing was closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from logdiag.analyzers.connections.fleet import LEAST_SHARE
from logdiag.analyzers.connections.server_side import LATE_LINES, ServerSocket, ServerView

RETURNING: Final = timedelta(seconds=30)  # Socket.IO tries again every 7.5 s at the most: several tries of each client
LEAST_CLIENTS: Final = 3  # a choice: two may come back together by chance
LEAST_SURE: Final = 2  # a stretch that is missing from a log may hide the ends of one moment
MOST_CHANCE: Final = 1e-4  # a choice, as for kicks and sizes: a false alarm in 10,000 logs
MOST: Final = 0.8  # a choice: four of five; of a log that lacks more ends than that no missing one says anything


class _Return(NamedTuple):
    """A client's next socket, and whether the end of the one before is not in the log."""

    time: datetime
    client: str
    is_forgotten: bool


class Breaks(NamedTuple):
    """The moments, in order, at which a server had no socket left; `forgotten` are those of them that no line tells.

    Among these are only such as chance does not make: where the ends of so many sockets are not in the log by luck.
    """

    moments: Sequence[datetime]
    forgotten: frozenset[datetime] = frozenset()


def find_breaks(server: ServerView) -> dict[str, Breaks]:
    """When each server had no socket left: at its starts, and at the first of returns without an end before.

    A log that tells of ends lacks some of them by chance, but not those of nearly all clients that come back within 30
    s, most of those that were there, while no older socket lives on.
    """
    found = {source: Breaks(list(starts)) for source, starts in server.starts_of.items()}
    sockets: dict[str, list[ServerSocket]] = defaultdict(list)
    for socket in server.sockets.values():
        if socket.connection is not None and _began(socket) is not None:
            sockets[socket.source].append(socket)
    for source, own in sockets.items():
        starts = found[source].moments if source in found else ()
        unsaid = {moment: luck for moment, luck in _list_forgettings(own) if not _is_logged(moment, starts)}
        sure = frozenset(moment for moment, luck in unsaid.items() if luck <= MOST_CHANCE)
        found[source] = Breaks(sorted({*starts, *unsaid}), sure if len(sure) >= LEAST_SURE else frozenset())
    return found


def _is_logged(moment: datetime, starts: Sequence[datetime]) -> bool:
    """Whether the server says right before the returns that it started."""
    return any(moment - RETURNING <= start <= moment for start in starts)


def _list_forgettings(sockets: Sequence[ServerSocket]) -> list[tuple[datetime, float]]:
    """When sockets were forgotten, and how likely the log lacks the ends of so many by luck.

    Each is missing with the share of those missing elsewhere (Laplace's rule of succession); every return may begin
    such a stretch.
    """
    returns = _list_returns(sockets)
    groups = _group(returns)
    suspects = [group for group in groups if _is_mass(group)]
    crowded = {one for group in suspects for one in group}
    others = [one for one in returns if one not in crowded]
    missing_count = sum(one.is_forgotten for one in others)
    if len(others) - missing_count < max(LEAST_CLIENTS, MOST * len(others)):
        return []
    share = (missing_count + 1) / (len(others) + 2)
    return [
        (group[0].time, min(1.0, len(returns) * share ** len(_list_forgotten(group))))
        for group in suspects
        if _left_nothing(group, sockets)
    ]


def _list_returns(sockets: Sequence[ServerSocket]) -> list[_Return]:
    """Each client's sockets but its first, in order of time."""
    by_client: dict[str, list[ServerSocket]] = defaultdict(list)
    for socket in sorted(sockets, key=_beginning):
        by_client[socket.connection or ""].append(socket)
    pairs = (
        _Return(_beginning(after), name, before.closed is None)
        for name, own in by_client.items()
        for before, after in pairwise(own)
    )
    return sorted(pairs)


def _group(returns: Sequence[_Return]) -> list[list[_Return]]:
    """The returns of each stretch of 30 s, beginning with one whose end before is not in the log."""
    groups: list[list[_Return]] = []
    for one in returns:
        if groups and one.time - groups[-1][0].time <= RETURNING:
            groups[-1].append(one)
        elif one.is_forgotten:
            groups.append([one])
    return groups


def _is_mass(group: Sequence[_Return]) -> bool:
    return len(_list_forgotten(group)) >= max(LEAST_CLIENTS, MOST * len({one.client for one in group}))


def _list_forgotten(group: Sequence[_Return]) -> set[str]:
    return {one.client for one in group if one.is_forgotten}


def _left_nothing(group: Sequence[_Return], sockets: Sequence[ServerSocket]) -> bool:
    """Whether those who return are most of those who were there, and no older socket closes later."""
    first = group[0].time
    older = sorted((socket for socket in sockets if _beginning(socket) < first), key=_beginning)
    if any(socket.closed is not None and socket.closed > first + LATE_LINES for socket in older):
        return False
    last = {socket.connection: socket for socket in older}
    there = {client for client, socket in last.items() if socket.closed is None}
    return len({one.client for one in group} & there) >= LEAST_SHARE * len(there)


def _began(socket: ServerSocket) -> datetime | None:
    return socket.opened or socket.joined


def _beginning(socket: ServerSocket) -> datetime:
    moment = _began(socket)
    if moment is None:
        raise ValueError("a socket whose beginning is unknown takes no part")
    return moment
