"""What hits several connections at once: one server restart is one event, not fifty."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from logdiag.analyzers.connections.server_side import ServerSocket
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from logdiag.results.connections import FleetEvent
from logdiag.rows import from_seconds

TOGETHER_S: Final = 1.0  # a choice: what one cause ends is logged within it; more joins what has nothing in common
LEAST_SERVERS: Final = 2  # where there is one, all connections are its own
LEAST_SHARE: Final = 0.5  # a choice: an event of the fleet concerns half of it


class Drop(NamedTuple):
    """One disconnect: its number in the report, its UNIX seconds on the server's clock, its connection, its server."""

    number: int
    time_s: float
    connection: str
    server: str | None = None


def count_connections(sessions: Sequence[SessionRecord]) -> Callable[[float], int]:
    """How many connections there are to drop at a moment, in UNIX seconds.

    Clients whose logs are here are always there; of those that a server tells of, the ones with a socket open.
    """
    clients_count = len({session.connection for session in sessions if session.side is Side.CLIENT})
    count_open = _count_open([session for session in sessions if session.side is Side.SERVER])
    return lambda moment_s: clients_count + count_open(moment_s)


def count_on_servers(
    sessions: Sequence[SessionRecord], sockets: Mapping[str, ServerSocket]
) -> Callable[[str, float], int]:
    """How many connections are up on a server at a moment, in UNIX seconds; 0 where there is one server only."""
    held: dict[str, list[SessionRecord]] = defaultdict(list)
    for session in sessions:
        socket = sockets.get(session.socket_id or "")
        if socket is not None and session.opened is not None:
            held[socket.source].append(session)
    if len(held) < LEAST_SERVERS:
        return _count_none
    counts = {server: _count_open(own) for server, own in held.items()}
    return lambda server, moment_s: counts[server](moment_s) if server in counts else 0


def _count_open(sessions: Sequence[SessionRecord]) -> Callable[[float], int]:
    """How many of these are open at a moment, in UNIX seconds; of those without a connect nothing is known."""
    known = [session for session in sessions if session.opened is not None]
    opened = sorted(session.opened.timestamp() for session in known if session.opened is not None)
    closed = sorted(session.closed.timestamp() for session in known if session.closed is not None)
    return lambda moment_s: bisect_left(opened, moment_s) - bisect_left(closed, moment_s)


def _count_none(_server: str, _moment_s: float) -> int:
    return 0


def find_fleet_events(
    drops: Sequence[Drop], count_up: Callable[[float], int], count_on: Callable[[str, float], int] = _count_none
) -> tuple[tuple[FleetEvent, tuple[int, ...]], ...]:
    """Groups of disconnects within 1 s that hit at least two, and at least half, of the connections that are up.

    Of several servers each has connections of its own: half of one server's is an event, too. Returns each event with
    the numbers of its disconnects, in the order of time.
    """
    events = []
    group: list[Drop] = []
    for drop in sorted(drops, key=lambda drop: (drop.time_s, drop.connection)):
        if group and drop.time_s - group[0].time_s > TOGETHER_S:
            events.append(group)
            group = []
        group.append(drop)
    if group:
        events.append(group)
    return tuple(
        _describe_event(group)
        for group in events
        if _is_fleet_wide(group, count_up(group[0].time_s)) or _is_of_one_server(group, count_on)
    )


def _is_of_one_server(group: Sequence[Drop], count_on: Callable[[str, float], int]) -> bool:
    """Whether disconnects hit half of what is up on the one server that they are of."""
    servers = {drop.server for drop in group}
    server = group[0].server
    if server is None or len(servers) > 1:
        return False
    count = count_on(server, group[0].time_s)
    return count > 0 and _is_fleet_wide(group, count)


def _is_fleet_wide(group: Sequence[Drop], connections_count: int) -> bool:
    names = {drop.connection for drop in group}
    return len(names) >= 2 and len(names) >= LEAST_SHARE * connections_count


def _describe_event(group: Sequence[Drop]) -> tuple[FleetEvent, tuple[int, ...]]:
    names = tuple(sorted({drop.connection for drop in group}))
    spread = round((group[-1].time_s - group[0].time_s) * 1e3, 3)
    return FleetEvent(from_seconds(group[0].time_s), names, spread), tuple(drop.number for drop in group)
