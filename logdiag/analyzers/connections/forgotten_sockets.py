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
MOST: Final = 0.8  # a choice: four of five; of a log that lacks more ends than that no missing one says anything


class _Return(NamedTuple):
    """A client's next socket, and whether the end of the one before is not in the log."""

    time: datetime
    client: str
    is_forgotten: bool


def find_breaks(server: ServerView) -> dict[str, list[datetime]]:
    """The moments at which each server had no socket left: its starts, and the first of returns without an end before.

    A log that tells of ends lacks some of them by chance, but not those of nearly all clients that come back within 30
    s, most of those that were there, while no older socket lives on.
    """
    found = {source: list(starts) for source, starts in server.starts_of.items()}
    sockets: dict[str, list[ServerSocket]] = defaultdict(list)
    for socket in server.sockets.values():
        if socket.connection is not None and _began(socket) is not None:
            sockets[socket.source].append(socket)
    for source, own in sockets.items():
        starts = found.get(source, [])
        unsaid = [moment for moment in _list_forgettings(own) if not _is_told(moment, starts)]
        found[source] = sorted({*starts, *unsaid})
    return found


def _is_told(moment: datetime, starts: Sequence[datetime]) -> bool:
    """Whether the server says right before the returns that it started."""
    return any(moment - RETURNING <= start <= moment for start in starts)


def _list_forgettings(sockets: Sequence[ServerSocket]) -> list[datetime]:
    returns = _list_returns(sockets)
    groups = _group(returns)
    suspects = [group for group in groups if _is_mass(group)]
    crowded = {one for group in suspects for one in group}
    others = [one for one in returns if one not in crowded]
    if sum(not one.is_forgotten for one in others) < max(LEAST_CLIENTS, MOST * len(others)):
        return []
    return [group[0].time for group in suspects if _left_nothing(group, sockets)]


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
    forgotten = {one.client for one in group if one.is_forgotten}
    return len(forgotten) >= max(LEAST_CLIENTS, MOST * len({one.client for one in group}))


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
