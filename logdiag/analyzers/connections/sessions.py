"""Sessions, outages and disconnects of each connection, logged and unlogged."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np

from logdiag.analyzers.connections.open_sessions import (
    ECHO,
    OWN_WORDS,
    OpenSession,
    begin_session,
    is_same_connect,
    is_start_before,
    list_next_words,
    place_of,
)
from logdiag.deferred import compile_later
from logdiag.events import EventKind, Side
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows, find_client_connections

LATE_ECHO: Final = timedelta(seconds=1)  # python-engineio closes the socket of a silent server, and says so, later
STOP_REACH: Final = timedelta(seconds=10)  # a choice: as long as `docker stop` waits for a process by default
STOP_LAG: Final = timedelta(seconds=2)  # a choice: the word of it may come this much after the end
OWN_CLOSE: Final = frozenset({"io client disconnect", "client disconnect"})  # Socket.IO, python-socketio 5.12
IN_ORDER: Final = "normal closure"  # code 1000: what who closed hears last
NO_FRAME: Final = "1006"  # what a client's own socket says of any end without a close frame, whoever cut it
LONGEST_RETURN: Final = timedelta(seconds=60)  # a client retries every 5 s; a minute takes in slow networks and reloads
CRASH_REACH: Final = timedelta(seconds=2)  # a choice: a process that writes on for longer has survived
NOT_WHILE_CONNECTED: Final = frozenset({EventKind.CONNECTING, EventKind.CONNECT_ERROR, EventKind.RECONNECT_ATTEMPT})
OF_OTHERS: Final = frozenset(
    {
        EventKind.PROXY_TIMEOUT,
        EventKind.PROXY_RELOAD,
        EventKind.PROXY_REFUSAL,
        EventKind.PROXY_SESSION,
        EventKind.PLATFORM_EXIT,
    }
)
NO_SIGN_OF_LIFE: Final = NOT_WHILE_CONNECTED | OF_OTHERS  # a journal has what else runs on the host

# Lines that tell how a session ended, or that a process did.
ENDS: Final = (
    EventKind.DISCONNECTED,
    EventKind.SERVER_DISCONNECTED,
    EventKind.SERVER_KICK,
    EventKind.PROCESS_STARTED,
    EventKind.PROCESS_STOPPING,
    EventKind.PROCESS_CRASHED,
    EventKind.SERVER_STARTED,
    EventKind.SERVER_STOPPING,
)
OF_PROCESSES: Final = (EventKind.PROCESS_STARTED.value, EventKind.PROCESS_STOPPING.value)
# How a process numbers the connections that it keeps at once (a shard, one of a tunnel's), or whom each is to.
PART_OF_ONE: Final = compile_later(r"[\w.-]+:\d{2,5}|\d{1,3}")


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session of one connection, from its own logs.

    `opened` is None if the logs begin later, `closed` None if they end earlier. `logged` says whether the client's own
    log has the disconnect; if not, `closed` is the crash line, else the last sign of life, and `ended_by` is when it
    had ended at the latest: at the next connect, or the start of the process. `orderly`: the process had said that it
    shuts down. `restarted`: the process started anew before `reopened`, the next connect of the connection.
    `next_closed` is the end of the session after this one: where the logs lack the connect, the outage was over by
    then. `crash_error`: the last words of a process that crashed. `side` is whose log tells of the connection: a server
    knows its sockets alone, `reason` is in its words, and `server_has_end` says whether it has the end. `departed`:
    nobody minds this end; `presumed`: by all that can be seen, while no name shows whether the client came back.
    `forgotten`: its server lost all of its sockets at once, and says nothing of it.
    """

    connection: str
    opened: datetime | None
    closed: datetime | None = None
    reopened: datetime | None = None
    socket_id: str | None = None
    reason: str | None = None
    logged: bool = False
    crashed: bool = False
    restarted: bool = False
    orderly: bool = False
    evidence: Evidence | None = None
    open_evidence: Evidence | None = None
    code: str | None = None
    error: str | None = None
    next_closed: datetime | None = None
    side: Side = Side.CLIENT
    server_has_end: bool = False
    departed: bool = False
    presumed: bool = False
    crash_error: str | None = None
    forgotten: bool = False
    ended_by: datetime | None = None

    @property
    def has_end_line(self) -> bool:
        """Whether a line of the log that tells of the connection tells of its end."""
        return self.logged or self.server_has_end

    @property
    def has_moment(self) -> bool:
        """Whether `closed` is about when it ended: not where a later connect alone shows the end, nor without a trace.

        A process that starts anew wrote until it died, if it wrote anything.
        """
        return self.ended_by is None or (self.restarted and self.closed != self.opened)

    @property
    def session_s(self) -> float | None:
        """Length in seconds, at the least where the end is unknown; None at an edge of the logs, or without a trace."""
        if self.opened is None or self.closed is None or (self.ended_by is not None and self.closed == self.opened):
            return None
        return (self.closed - self.opened).total_seconds()

    @property
    def unknown_s(self) -> float | None:
        """How long nobody knows whether it was up, from its last trace on, in seconds; None where the end is known."""
        return None if self.ended_by is None or self.closed is None else (self.ended_by - self.closed).total_seconds()

    @property
    def outage_s(self) -> float | None:
        """From the end to the next connect in seconds, None if one of them is not in the logs."""
        if self.closed is None or self.reopened is None or (self.ended_by == self.reopened and not self.restarted):
            return None
        return (self.reopened - (self.ended_by or self.closed)).total_seconds()


class Stops(NamedTuple):
    """When the process of a connection said that it stops, and when it may have: one that shares its files did."""

    own: Sequence[datetime]
    possible: Sequence[datetime]

    def explain(self, session: SessionRecord, closed: datetime) -> bool:
        """Whether a session ended in order: its process stopped, or may have, and it closed the connection itself."""
        moments = self.possible if session.reason in OWN_CLOSE else self.own
        return _lies_between(moments, closed - STOP_REACH, closed + STOP_LAG)


def find_sessions(timeline: Rows) -> tuple[SessionRecord, ...]:
    """The sessions of every connection, by connection and time."""
    sessions: list[SessionRecord] = []
    clients = set(find_client_connections(timeline))
    nobodys = _find_nobodys_stops(timeline)
    own_turns = _find_own_turns(timeline, clients)
    ends = timeline.last_by("source")
    names = ("kind", "source", "service", "message", "socket_id", "reason", "code", "error", "file", "line")
    columns = {"time": timeline.moments(), **{name: timeline[name].tolist() for name in names}}
    for connection, places in timeline.group("connection"):
        if connection not in clients:
            continue
        own = sorted((*places, *own_turns.get(connection, ())))
        rows = [{column: values[place] for column, values in columns.items()} for place in own]
        starts, stops = (_times(rows, kind) for kind in (EventKind.PROCESS_STARTED, EventKind.PROCESS_STOPPING))
        # A server that names the client writes lines of this connection as well, in a process of its own.
        source = next((row["source"] for row in rows if row["kind"] in OWN_WORDS), rows[-1]["source"])
        possible = stops if source == connection else sorted((*stops, *nobodys.get(source, ())))
        sessions += _link(_follow_connection(connection, rows), starts, Stops(stops, possible), ends[source])
    return tuple(sessions)


def forget_unlogged_ends(sessions: tuple[SessionRecord, ...], timeline: Rows) -> tuple[SessionRecord, ...]:
    """The same sessions; where logs tell of no end at all, those that another connect followed are left open."""
    return sessions if _are_ends_logged(timeline) else tuple(map(_leave_open, sessions))


def _are_ends_logged(timeline: Rows) -> bool:
    """Whether any line tells of an end, or of a process that starts anew; else such lines are not in these logs."""
    return len(timeline.of_kinds(ENDS)) > 0


def _leave_open(session: SessionRecord) -> SessionRecord:
    """A session that is over, as the next one shows, but of whose end logs without any ends say nothing."""
    return SessionRecord(
        session.connection, session.opened, socket_id=session.socket_id, open_evidence=session.open_evidence
    )


def _find_nobodys_stops(timeline: Rows) -> dict[str, list[datetime]]:
    """By process: when it said that it stops, by lines that name none of the clients that share its files."""
    rows = timeline.of_kinds({EventKind.PROCESS_STOPPING})
    return {source: some.moments() for source, some in rows[rows["connection"] == rows["source"]].part("source")}


def _find_own_turns(timeline: Rows, clients: Set[str]) -> dict[str, list[int]]:
    """By connection, of several that one process keeps at once, by number or address: its starts and stops.

    Where such a line names one of them, they may be clients that share a file.
    """
    told = timeline["kind"].isin(OF_PROCESSES)
    is_named = timeline["connection"] != timeline["source"]
    sources = timeline["source"].tolist()
    shared = set(timeline[told & is_named]["source"])
    turns: dict[str, list[int]] = defaultdict(list)
    for place in np.flatnonzero(told & ~is_named).tolist():
        turns[sources[place]].append(place)
    return {
        name: turns[source]
        for source, name in timeline[is_named].distinct("source", "connection")
        if source in turns
        and source not in shared
        and name in clients
        and PART_OF_ONE.fullmatch(name.removeprefix(f"{source}/"))
    }


def _times(rows: Iterable[Mapping[str, Any]], kind: EventKind) -> list[datetime]:
    return [row["time"] for row in rows if row["kind"] == kind]


def _link(
    sessions: list[SessionRecord], starts: Sequence[datetime], stops: Stops, end: datetime
) -> list[SessionRecord]:
    """Give each session the connect that ended its outage, and say whether the process stopped or started anew.

    `end` is the last line of the process: one that closes its connection with its last words stops in order.
    """
    linked = []
    for index, session in enumerate(sessions):
        after = sessions[index + 1] if index + 1 < len(sessions) else None
        closed = session.closed
        if closed is None:
            linked.append(session)
            continue
        reopened, next_closed = (None, None) if after is None else (after.opened, after.closed)
        over = reopened or next_closed
        linked.append(
            replace(
                session,
                reopened=reopened,
                next_closed=next_closed,
                restarted=_lies_between(starts, closed, over),
                orderly=not session.crashed
                and (
                    stops.explain(session, closed)
                    or (after is None and session.reason in OWN_CLOSE and end - closed <= STOP_LAG)
                ),
            )
        )
    return linked


def _lies_between(moments: Sequence[datetime], first: datetime, last: datetime | None) -> bool:
    """Whether any of the moments, in order, lies between two instants, both included; None: open."""
    index = bisect_left(moments, first)
    return index < len(moments) and (last is None or moments[index] <= last)


def _follow_connection(connection: str, rows: Sequence[Mapping[str, Any]]) -> list[SessionRecord]:
    """The sessions of one connection; what another service tells of the same moment only adds to what is known."""
    sessions: list[SessionRecord] = []
    state = OpenSession()
    has_connects = any(row["kind"] == EventKind.CONNECTED for row in rows)
    for row, next_word in zip(rows, list_next_words(rows), strict=True):
        match row["kind"]:
            case EventKind.CONNECTED:
                state = _connect(connection, sessions, state, row)
            case EventKind.DISCONNECTED:
                state = _disconnect(connection, sessions, state, row, has_connects=has_connects)
            case EventKind.PROCESS_STARTED:
                if state.alive and not is_start_before(state, row, next_word):
                    sessions.append(_end_without_word(connection, state, row["time"]))
                    state = OpenSession()
            case EventKind.PROCESS_CRASHED:
                state.crash, state.crash_evidence, state.crash_error = row["time"], place_of(row), row["error"]
            case kind if kind in NOT_WHILE_CONNECTED:
                state.tried = True
            case kind if kind not in NO_SIGN_OF_LIFE:
                state.last_sign, state.last_evidence = row["time"], place_of(row)
    if state.alive:
        sessions.append(
            SessionRecord(connection, state.opened, socket_id=state.socket_id, open_evidence=state.evidence)
        )
    return sessions


def _connect(connection: str, sessions: list[SessionRecord], state: OpenSession, row: Mapping[str, Any]) -> OpenSession:
    """The state after a connect; a session that is still open ended without a word."""
    if is_same_connect(state, row):
        state.socket_id = state.socket_id or row["socket_id"]
        return state
    if state.alive:
        sessions.append(_end_without_word(connection, state, row["time"]))
    return begin_session(row)


def _disconnect(
    connection: str, sessions: list[SessionRecord], state: OpenSession, row: Mapping[str, Any], *, has_connects: bool
) -> OpenSession:
    """The state after a disconnect; what only repeats the last one completes its session."""
    if _is_echo(sessions, state, row, has_connects=has_connects) or _is_late_echo(sessions, state, row):
        sessions[-1], state.closed_at = _complete(sessions[-1], row), row["time"]
        return state
    sessions.append(_end_logged(connection, state, row))
    return OpenSession(
        closed_by=row["service"], closed_at=row["time"], closed_text=row["message"], closed_reason=row["reason"]
    )


def _is_echo(
    sessions: Sequence[SessionRecord], state: OpenSession, row: Mapping[str, Any], *, has_connects: bool
) -> bool:
    """Another service, or the same in other words and with the same reason if both state one, telling it once more.

    Where logs have no connects at all, the ends may be those of several clients, and two of one reason are two.
    """
    if state.alive or state.closed_at is None:
        return False
    is_same_socket = row["socket_id"] is not None and row["socket_id"] == sessions[-1].socket_id
    if is_same_socket and row["time"] - state.closed_at <= LATE_ECHO:
        return True
    is_known = sessions[-1].opened is not None and state.closed_reason == row["reason"]
    if row["time"] - state.closed_at > ECHO:
        return is_known and row["reason"] == "ping timeout"  # told each second until the client gives the socket up
    is_one_reason = state.closed_reason == row["reason"] and (has_connects or sessions[-1].opened is not None)
    is_same_end = row["message"] != state.closed_text and (
        is_one_reason
        or None in {state.closed_reason, row["reason"]}
        or (row["reason"] == IN_ORDER and state.closed_reason in OWN_CLOSE)
        or (row["code"] == NO_FRAME and sessions[-1].opened is not None)
    )
    return state.closed_by != row["service"] or is_same_end


def _is_late_echo(sessions: Sequence[SessionRecord], state: OpenSession, row: Mapping[str, Any]) -> bool:
    """Other words of the same service, without a reason, on a connection that opened, ended, and did not open again."""
    if not sessions or sessions[-1].opened is None or state.alive or state.closed_at is None:
        return False
    is_second_line = row["message"] != state.closed_text and state.closed_by == row["service"] and row["reason"] is None
    return is_second_line and bool(row["time"] - state.closed_at <= LATE_ECHO)


def _complete(session: SessionRecord, row: Mapping[str, Any]) -> SessionRecord:
    """Add what only the echo says; the line that states the reason is the evidence."""
    says_why = session.reason is None and row["reason"] is not None
    return replace(
        session,
        socket_id=session.socket_id or row["socket_id"],
        reason=row["reason"] if says_why else session.reason,
        evidence=place_of(row) if says_why else session.evidence,
        code=session.code or row["code"],
        error=session.error or row["error"],
    )


def _end_logged(connection: str, state: OpenSession, row: Mapping[str, Any]) -> SessionRecord:
    return SessionRecord(
        connection=connection,
        opened=state.opened,
        closed=row["time"],
        socket_id=state.socket_id or row["socket_id"],
        reason=row["reason"],
        logged=True,
        crashed=state.crash is not None and row["time"] - state.crash <= CRASH_REACH,
        crash_error=state.crash_error,
        evidence=place_of(row),
        open_evidence=state.evidence,
        code=row["code"],
        error=row["error"],
    )


def _end_without_word(connection: str, state: OpenSession, ended_by: datetime) -> SessionRecord:
    survived = state.crash is None or (state.last_sign is not None and state.last_sign - state.crash > CRASH_REACH)
    return SessionRecord(
        connection=connection,
        opened=state.opened,
        closed=state.last_sign if survived else state.crash,
        socket_id=state.socket_id,
        reason=None,
        logged=False,
        crashed=not survived,
        crash_error=state.crash_error,
        evidence=state.last_evidence if survived else state.crash_evidence,
        open_evidence=state.evidence,
        ended_by=ended_by if survived else None,
    )
