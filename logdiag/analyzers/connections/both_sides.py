"""What the two records of the same connections say together: which reasons pair up, and which lines one side lacks.

Lines go missing: a collector drops some, a level hides some, a file is cut. A connect that one side tells of in a time
that the other's log covers, and that is not there, is such a line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, NamedTuple

from logdiag.analyzers.connections.server_side import ServerSocket, ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from logdiag.results.connections import LineLoss, ReasonPair
from logdiag.results.disconnects import Disconnect

_BEGIN: Final = attrgetter("opened")
EDGE: Final = timedelta(seconds=5)  # clocks differ, and a log that begins in a moment lacks what led to it


class _Life(NamedTuple):
    """From when to when a connection was open."""

    opened: datetime
    closed: datetime


def pair_reasons(drops: Iterable[Disconnect]) -> tuple[ReasonPair, ...]:
    """The reasons that both sides give for the same ends, the commonest first; None where a side's line states none."""
    counts = Counter((drop.reason, drop.server_reason) for drop in drops if drop.seen_by == "both")
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple(ReasonPair(*pair, count) for pair, count in ordered)


def count_losses(sessions: Sequence[SessionRecord], server: ServerView) -> tuple[LineLoss, ...]:
    """How many connects each side lacks of those that the other one tells of; nothing where a side has no log."""
    own = [session for session in sessions if session.side is Side.CLIENT and session.opened is not None]
    named = {session.socket_id: session for session in own if session.socket_id is not None}
    shared = named.keys() & server.sockets.keys()
    if not shared:
        return ()
    rows = (_count_of_server(named.values(), server), _count_of_clients(own, named.keys(), shared, server))
    return tuple(loss for loss in rows if loss.of_count)


def _count_of_server(sessions: Iterable[SessionRecord], server: ServerView) -> LineLoss:
    """The connects of clients that the server's log should have."""
    span = _find_span(socket.opened for socket in server.sockets.values())
    due = [one.socket_id for one in sessions if one.opened is not None and _covers(span, one.opened)]
    return LineLoss(Side.SERVER.value, sum(_lacks_connect(server.sockets.get(key or "")) for key in due), len(due))


def _lacks_connect(socket: ServerSocket | None) -> bool:
    return socket is None or socket.opened is None


def _count_of_clients(
    sessions: Sequence[SessionRecord], named: Iterable[str], shared: Iterable[str], server: ServerView
) -> LineLoss:
    """The sockets that the logs of clients should have; whose each is, the server's words say."""
    known, ours = set(named), {session.socket_id: session.connection for session in sessions}
    clients = {worker: ours[key] for key in sorted(shared) if (worker := server.sockets[key].worker_id) is not None}
    opened: dict[str, list[datetime | None]] = defaultdict(list)
    for session in sessions:
        opened[session.connection].append(session.opened)
    spans = {name: _find_span(opened[name]) for name in set(clients.values())}
    lives = _list_lives(sessions, server)
    due = [
        key
        for key, socket in server.sockets.items()
        if socket.opened is not None
        and (name := clients.get(socket.worker_id or "")) is not None
        and _covers(spans[name], socket.opened)
        and (key in known or not _lies_within(lives.get(name, ()), socket.opened))
    ]
    return LineLoss(Side.CLIENT.value, sum(key not in known for key in due), len(due))


def _list_lives(sessions: Iterable[SessionRecord], server: ServerView) -> Mapping[str, Sequence[_Life]]:
    """From when to when both sides say that each client had a connection, by the client, in the order of time."""
    lives: dict[str, list[_Life]] = defaultdict(list)
    for one in sessions:
        socket = server.sockets.get(one.socket_id or "")
        if socket is None or socket.opened is None or socket.closed is None:
            continue
        if one.opened is not None and one.closed is not None:
            lives[one.connection].append(_Life(max(socket.opened, one.opened), min(socket.closed, one.closed)))
    for own in lives.values():
        own.sort()
    return lives


def _lies_within(lives: Sequence[_Life], moment: datetime) -> bool:
    """Whether the client had a connection by then: another socket of its name is another client's."""
    place = bisect_right(lives, moment, key=_BEGIN) - 1
    return place >= 0 and moment < lives[place].closed


def _find_span(moments: Iterable[datetime | None]) -> tuple[datetime, datetime] | None:
    known = [moment for moment in moments if moment is not None]
    return (min(known), max(known)) if known else None


def _covers(span: tuple[datetime, datetime] | None, moment: datetime) -> bool:
    """Whether a log that tells of connects within `span` was surely being written at that moment."""
    return span is not None and span[0] + EDGE <= moment <= span[1] - EDGE
