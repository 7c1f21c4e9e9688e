"""What the master's logs say of the same sockets: who noticed first, which reasons pair up, what arrived."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.processes.start_lines import pick_starts
from logdiag.events import EventKind
from logdiag.results.connections import Clock
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows

UNSURE_S: Final = 1.0  # a choice: what the clocks of one site may differ by where no pair of lines tells
LATE_LINES: Final = timedelta(seconds=1)  # the last words of a process may reach the file after the next one's first
TRANSIT_S: Final = 0.05  # a choice: the quickest of several handshakes takes no longer, where nothing bounds it …
HANDSHAKE_S: Final = 1.0  # … but a single one may: a second, with TLS or over a slow line
FEW_PAIRS: Final = 5  # a choice: of so many one is quick
WHOLE: Final = timedelta(seconds=1)  # what stamps in whole seconds are cut to
LEAST_CUT: Final = 2  # a choice: of stamps to the millisecond both are whole seconds once in a million
STEP_S: Final = 0.1  # lines are written late by milliseconds, so that bounds may cross by as much; no more


@dataclass(frozen=True, slots=True)
class ServerSocket:
    """One socket as the server logged it.

    `source` is the server's process, `connection` the client whose socket it is where the server alone tells of it.
    """

    socket_id: str
    source: str
    opened: datetime | None
    joined: datetime | None
    closed: datetime | None
    reason: str | None
    worker_id: str | None
    evidence: Evidence | None
    error: str | None = None
    connection: str | None = None
    open_evidence: Evidence | None = None
    code: str | None = None
    join_evidence: Evidence | None = None


@dataclass(frozen=True)
class ServerView:
    """The server's view: its sockets by id, and for each client folder the offset of its clock against the server's.

    `starts` are the starts of a server that had written before: the first line of a log shows no restart. It does show
    that the log `tells_starts`, so that one which lacks a start had none.
    """

    sockets: Mapping[str, ServerSocket]
    clocks: tuple[Clock, ...]
    receipts: Rows
    starts: tuple[datetime, ...]
    starts_of: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    nameless: tuple[ServerSocket, ...] = ()
    tells_starts: bool = False

    @property
    def present(self) -> bool:
        """Whether there are logs of the server at all."""
        return bool(self.sockets)

    @cached_property
    def clock_of(self) -> Mapping[str, Clock]:
        """The clocks by the client's folder."""
        return {clock.source: clock for clock in reversed(self.clocks)}

    @cached_property
    def server_only(self) -> frozenset[str]:
        """The connections that the server alone tells of, in stamps of its own clock."""
        sockets = (*self.sockets.values(), *self.nameless)
        return frozenset(one.connection for one in sockets if one.connection is not None) - self.clock_of.keys()

    def knows(self, connection: str) -> bool:
        """Whether the offset of a client's clock against the server's is known."""
        return connection in self.clock_of or connection in self.server_only

    def list_starts(self, source: str | None) -> Sequence[datetime]:
        """The starts that may have ended a socket of this process: its own, and those of processes without sockets."""
        if source is None:
            return self.starts
        others = {socket.source for socket in self.sockets.values()} - {source}
        return sorted(moment for name, own in self.starts_of.items() if name not in others for moment in own)

    def offset_s(self, connection: str) -> tuple[float, float]:
        """Client clock minus server clock and its error, in seconds; (0, 1) where it is not known."""
        if connection in self.server_only:
            return 0.0, 0.0
        clock = self.clock_of.get(connection)
        return (0.0, UNSURE_S) if clock is None else (clock.offset_ms / 1e3, clock.error_ms / 1e3)


def read_server_view(
    timeline: Rows, sessions: Sequence[SessionRecord], sockets: Mapping[str, ServerSocket] | None = None
) -> ServerView:
    """Collect the server's receipts and starts, and its sockets if they are not known, and estimate the clocks."""
    sockets = collect_sockets(timeline) if sockets is None else sockets
    began, rows = _find_beginnings(timeline), pick_starts(timeline)
    moments = rows.moments()
    stated = {
        source: [moments[place] for place in places if moments[place] > began[source]]
        for source, places in rows.group("source")
    }
    starts_of = _drop_outlived(stated, sockets.values())
    starts = sorted(moment for own in starts_of.values() for moment in own)
    receipts = timeline.of_kinds({EventKind.RECEIPT})
    return ServerView(
        sockets,
        estimate_clocks(sessions, sockets),
        receipts,
        tuple(starts),
        starts_of,
        _collect_nameless(timeline),
        tells_starts=len(rows) > 0,
    )


def _find_beginnings(timeline: Rows) -> dict[str, datetime]:
    """When each process wrote first; that its supervisor starts it, in whatever file, is no line of its own."""
    return timeline[timeline["kind"] != EventKind.PROCESS_STARTED].first_by("source")


def _drop_outlived(
    starts_of: Mapping[str, Sequence[datetime]], sockets: Iterable[ServerSocket]
) -> dict[str, Sequence[datetime]]:
    """The starts that ended every socket: one that a socket outlives is of another process, as in a cluster."""
    outlived: set[tuple[str, datetime]] = set()
    for socket in sockets:
        starts = starts_of.get(socket.source)
        if starts and socket.opened is not None and socket.closed is not None:
            first, last = bisect_right(starts, socket.opened), bisect_left(starts, socket.closed - LATE_LINES)
            outlived.update((socket.source, starts[place]) for place in range(first, last))
    return {
        source: [start for start in starts if (source, start) not in outlived] for source, starts in starts_of.items()
    }


def _collect_nameless(timeline: Rows) -> tuple[ServerSocket, ...]:
    """Ends of sockets that no id names, where no client's log is here: each is somebody's; some name the client."""
    if len(timeline.of_kinds({EventKind.CONNECTED, EventKind.DISCONNECTED})):
        return ()
    rows = timeline.of_kinds({EventKind.SERVER_DISCONNECTED})
    rows = rows[rows["socket_id"].isna()]
    columns = [rows[name].tolist() for name in ("source", "connection", "reason", "code", "error", "file", "line")]
    return tuple(
        ServerSocket(
            "", source, None, None, moment, reason, None, Evidence(file, int(line)), error, connection=name, code=code
        )
        for moment, source, name, reason, code, error, file, line in zip(rows.moments(), *columns, strict=True)
    )


def collect_sockets(timeline: Rows) -> dict[str, ServerSocket]:
    """The sockets that the server's lines name, by id."""
    rows = timeline.of_kinds({EventKind.SERVER_CONNECTED, EventKind.SERVER_JOINED, EventKind.SERVER_DISCONNECTED})
    rows = rows[rows["socket_id"].notna()]
    columns = [rows[name].tolist() for name in _Row._fields[1:]]
    rows_of: dict[str, list[_Row]] = defaultdict(list)
    fine: set[str] = set()
    for row in map(_Row, rows.moments(), *columns):
        rows_of[row.socket_id].append(row)
        if row.time.microsecond:
            fine.add(row.file)
    return {key: _write_socket(key, lines, fine) for key, lines in rows_of.items()}


class _Row(NamedTuple):
    """One line of the server about a socket."""

    time: datetime
    kind: str
    socket_id: str
    source: str
    connection: str
    reason: str | None
    code: str | None
    worker_id: str | None
    error: str | None
    file: str
    line: int

    @property
    def place(self) -> Evidence:
        """Where the line stands."""
        return Evidence(self.file, int(self.line))


def _write_socket(key: str, lines: Sequence[_Row], fine: Set[str]) -> ServerSocket:
    """The socket of which these lines tell, in order of time; of several ends the first with a reason, or a code.

    The library's line and the application's are of one moment: an access log cuts its own to the second. `fine` are the
    files that cut none.
    """
    opened = next((row for row in lines if row.kind == EventKind.SERVER_CONNECTED), None)
    joins = [row for row in lines if row.kind == EventKind.SERVER_JOINED]
    ends = [row for row in lines if row.kind == EventKind.SERVER_DISCONNECTED]
    stating = [row for row in ends if row.reason is not None] or [row for row in ends if row.code is not None] or ends
    end = stating[0] if stating else None
    named = [row.worker_id for row in (*reversed(joins), *lines) if row.worker_id]
    first = lines[0]
    return ServerSocket(
        socket_id=key,
        source=first.source,
        opened=_find_finest([row for row in lines if row.kind == EventKind.SERVER_CONNECTED], fine),
        joined=joins[0].time if joins else None,
        closed=_find_finest(ends, fine),
        reason=None if end is None else end.reason,
        worker_id=named[0] if named else None,
        evidence=None if end is None else end.place,
        error=None if end is None else end.error,
        connection=first.connection if first.connection != first.source else None,
        open_evidence=None if opened is None else opened.place,
        join_evidence=joins[0].place if joins else None,
        code=None if end is None else end.code or next((row.code for row in ends if row.code is not None), None),
    )


def _find_finest(rows: Sequence[_Row], fine: Set[str]) -> datetime | None:
    """The moment that the first of these lines tells of, by another of the same second where that one is cut to it."""
    if not rows:
        return None
    first = rows[0]
    finer = (row.time for row in rows if row.file in fine and row.time - first.time < WHOLE)
    return first.time if first.file in fine else next(finer, first.time)


def estimate_clocks(sessions: Iterable[SessionRecord], sockets: Mapping[str, ServerSocket]) -> tuple[Clock, ...]:
    """Bound each client clock's offset by causality: accept < connected < join request.

    The server accepts a socket before the client logs "connected", and logs the join only after the client asked for
    it. So max(connected - joined) <= offset <= min(connected - accepted) over all pairs: the middle is the estimate,
    half the width its error (as in Cristian's algorithm). Without joins accepts alone bound it from above: the quickest
    of several handshakes is taken to last 0 to 50 ms, of few up to a second. Bounds that contradict each other by more
    than 0.1 s mean that a clock was set in between: then no single offset is right, the error takes in all that any
    pair allows, and the clock is marked as stepped. Stamps of whole seconds are cut to them: what they tell of is up to
    a second later. Clocks of which so little is known are taken to agree if they may.
    """
    lower: dict[str, list[float]] = defaultdict(list)
    upper: dict[str, list[float]] = defaultdict(list)
    own: dict[str, list[datetime]] = defaultdict(list)
    servers: dict[str, list[datetime]] = defaultdict(list)
    held_by: dict[str, str] = {}
    for session in sessions:
        socket = sockets.get(session.socket_id or "")
        if socket is None or session.opened is None:
            continue
        own[session.connection].append(session.opened)
        servers[socket.source] += [one for one in (socket.opened, socket.joined) if one is not None]
        held_by[session.connection] = socket.source
        if socket.opened is not None:
            upper[session.connection].append((session.opened - socket.opened).total_seconds())
        if socket.joined is not None:
            lower[session.connection].append((session.opened - socket.joined).total_seconds())
    clocks = []
    for name in sorted(upper):
        late_s, early_s = _measure_cut_s(own[name]), _measure_cut_s(servers[held_by[name]])
        high, is_one_sided = min(upper[name]), not lower[name] and len(upper[name]) < FEW_PAIRS
        low = max(lower[name], default=high - (HANDSHAKE_S if is_one_sided else TRANSIT_S))
        stepped = low - high > STEP_S
        low, high = (min(lower[name]), max(upper[name])) if stepped else (min(low, high), max(low, high))
        low, high = low - early_s, high + late_s
        middle_ms, error_ms = (low + high) / 2 * 1e3, (high - low) / 2 * 1e3 + 0.5
        if (early_s + late_s or is_one_sided) and low <= 0.0 <= high:
            middle_ms, error_ms = 0.0, max(-low, high) * 1e3 + 0.5
        clocks.append(Clock(name, round(middle_ms, 3), round(error_ms, 3), len(upper[name]), stepped=stepped))
    return tuple(clocks)


def _measure_cut_s(moments: Sequence[datetime]) -> float:
    """By how much these stamps may be cut, in seconds: by none where one is not a whole second."""
    return (
        WHOLE.total_seconds()
        if len(moments) >= LEAST_CUT and not any(moment.microsecond for moment in moments)
        else 0.0
    )


def first_to_notice(session: SessionRecord, server: ServerView) -> tuple[float, float] | None:
    """Client's disconnect minus the server's on one clock, and the error, in seconds; None if not both logged it."""
    socket = server.sockets.get(session.socket_id or "")
    if socket is None or socket.closed is None or session.closed is None or not session.logged:
        return None
    offset, error = server.offset_s(session.connection)
    return (session.closed - socket.closed - timedelta(seconds=offset)).total_seconds(), error
