"""Sessions that the server alone tells of: every socket id is one, a client's sockets are one connection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, NamedTuple

from logdiag.analyzers.connections.forgotten_sockets import Breaks, find_breaks
from logdiag.analyzers.connections.server_side import ServerSocket, ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import EventKind, Side
from logdiag.rows import Rows

NO_BREAKS: Final = Breaks(())
LONGEST_DEATH: Final = timedelta(seconds=60)  # a choice: from its last words to the next start, with all that it loads
DEATHS: Final = tuple(
    kind.value for kind in (EventKind.SERVER_STOPPING, EventKind.PROCESS_STOPPING, EventKind.PROCESS_CRASHED)
)


def find_server_sessions(
    server: ServerView, timeline: Rows, of_clients: Set[str] = frozenset()
) -> tuple[SessionRecord, ...]:
    """The sessions that the server alone tells of, by connection and time.

    `of_clients` are the sockets of which a client's own log tells: those are that client's sessions, no second ones.
    A socket that is still open when its server starts anew ended without a word, when the server said that it ends, by
    the `timeline`, else at that start: what it wrote last may be hours old. One that its server had forgotten
    ended at the server's last event before all came back. Where the ends of a server name no socket, any of them may be
    that of one without an end.
    """
    blind = _list_blind(server)
    breaks = {source: found for source, found in find_breaks(server).items() if source not in blind}
    deaths = _list_deaths(timeline, breaks, server.starts_of)
    by_connection: dict[str, list[_Span]] = defaultdict(list)
    for socket in (*server.sockets.values(), *server.nameless):
        if socket.connection is not None and socket.socket_id not in of_clients:
            by_connection[socket.connection].append(_end(socket, breaks, deaths))
    return tuple(session for name in sorted(by_connection) for session in _link(name, by_connection[name]))


def _list_blind(server: ServerView) -> set[str]:
    """The servers whose ends mostly name no socket, though connects do: no start shows which had not ended before."""
    bare = Counter(socket.source for socket in server.nameless if socket.closed is not None)
    named = Counter(socket.source for socket in server.sockets.values() if socket.closed is not None)
    return {source for source, count in bare.items() if count > named[source]}


def _list_deaths(
    timeline: Rows, breaks: Mapping[str, Breaks], starts_of: Mapping[str, Sequence[datetime]]
) -> dict[str, list[datetime]]:
    """For each break of each server, when its sockets ended at the latest."""
    found = {}
    for source, (moments, _) in breaks.items():
        rows = timeline[timeline["source"] == source]
        starts = set(starts_of.get(source, ()))
        times, words = rows.moments(), rows.of_kinds(DEATHS).moments()
        found[source] = [
            _find_death(times, words, moment) if moment in starts else times[bisect_left(times, moment) - 1]
            for moment in moments
        ]
    return found


def _find_death(times: Sequence[datetime], words: Sequence[datetime], start: datetime) -> datetime:
    """When a server that starts anew had said that it ends, else the start.

    That counts however long ago it was, where it was the last event, by `times`: what is stopped may stay so for hours.
    """
    place = bisect_right(words, start) - 1
    if place < 0:
        return start
    is_last = times[bisect_left(times, start) - 1] <= words[place]
    return words[place] if is_last or start - words[place] <= LONGEST_DEATH else start


class _Span(NamedTuple):
    """From when to when a socket was open, and how that ended: by its own line, or, `lost`, with its server.

    A record of the session is made once, when the socket after it is known too: there may be millions.
    """

    socket: ServerSocket
    opened: datetime | None
    closed: datetime | None
    lost: bool = False
    forgotten: bool = False

    @property
    def order(self) -> tuple[float, bool, str]:
        """By the beginning; what is still open comes last."""
        moment = self.opened or self.closed
        return 0.0 if moment is None else moment.timestamp(), self.closed is None, self.socket.socket_id

    def record(self, connection: str, reopened: datetime | None) -> SessionRecord:
        """The session in the form of all others."""
        socket = self.socket
        return SessionRecord(
            connection=connection,
            opened=self.opened,
            closed=self.closed,
            reopened=reopened,
            socket_id=socket.socket_id or None,
            reason=None if self.lost else socket.reason,
            code=None if self.lost else socket.code,
            evidence=socket.open_evidence if self.lost else socket.evidence,
            open_evidence=socket.open_evidence,
            error=socket.error,
            side=Side.SERVER,
            server_has_end=self.closed is not None and not self.lost,
            forgotten=self.forgotten,
        )


def _end(socket: ServerSocket, breaks_of: Mapping[str, Breaks], deaths: Mapping[str, Sequence[datetime]]) -> _Span:
    opened, closed = socket.opened or socket.joined, socket.closed
    moments, forgotten = breaks_of.get(socket.source, NO_BREAKS)
    if opened is None:
        return _Span(socket, opened, closed)
    place = bisect_right(moments, opened)
    if place == len(moments) or (closed is not None and closed <= moments[place]):
        return _Span(socket, opened, closed)
    end = max(deaths[socket.source][place], opened)
    return _Span(socket, opened, end, lost=True, forgotten=moments[place] in forgotten)


def _link(connection: str, spans: list[_Span]) -> Iterator[SessionRecord]:
    """The sessions of one client in order; an end while another socket of the client is open leaves no outage."""
    spans.sort(key=attrgetter("order"))
    for index, span in enumerate(spans):
        yield span.record(connection, None if span.closed is None else _find_reopened(spans, index, span.closed))


def _find_reopened(spans: Sequence[_Span], index: int, closed: datetime) -> datetime | None:
    """When the client was back after the end of one of its sockets."""
    covered = bool(spans[index].socket.socket_id) and any(
        (other.opened is None or other.opened <= closed) and (other.closed is None or other.closed > closed)
        for other in (*spans[max(index - 2, 0) : index], *spans[index + 1 : index + 3])
    )
    if covered:
        return closed
    later = (other.opened for other in spans[index + 1 : index + 4])
    return next((moment for moment in later if moment is not None and moment >= closed), None)
