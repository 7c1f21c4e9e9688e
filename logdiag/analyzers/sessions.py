"""Sessions, outages and disconnects of each connection, logged and unlogged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

import pandas as pd

from logdiag.diagnosis import Connection, Evidence, Session
from logdiag.events import EventKind
from logdiag.timeline import find_client_connections

ECHO: Final = timedelta(milliseconds=50)
STOP_REACH: Final = timedelta(seconds=10)
STOP_LAG: Final = timedelta(seconds=2)
CRASH_REACH: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Span:
    """One session of one connection, from its own logs.

    `opened` is None if the logs begin later, `closed` None if they end earlier. `logged` says whether the client's
    own log has the disconnect; if not, `closed` is the best estimate of the end: the crash line, else the last sign of
    life before the process started again. `orderly`: the process had said that it shuts down. `restarted`: the process
    started anew before `reopened`, the next connect of the connection.
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

    @property
    def session_s(self) -> float | None:
        """Length in seconds, None at an edge of the logs."""
        return None if self.opened is None or self.closed is None else (self.closed - self.opened).total_seconds()

    @property
    def outage_s(self) -> float | None:
        """From the end to the next connect in seconds, None if that is not in the logs."""
        return None if self.closed is None or self.reopened is None else (self.reopened - self.closed).total_seconds()


@dataclass(slots=True)
class _Open:
    """The state of one connection while its lines go by."""

    opened: datetime | None = None
    socket_id: str | None = None
    evidence: Evidence | None = None
    alive: bool = False
    last_sign: datetime | None = None
    last_evidence: Evidence | None = None
    crash: datetime | None = None
    crash_evidence: Evidence | None = None
    stop: datetime | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None


def find_sessions(frame: pd.DataFrame) -> tuple[Span, ...]:
    """The sessions of every connection, by connection and time."""
    spans: list[Span] = []
    for connection in find_client_connections(frame):
        rows = frame[frame["connection"] == connection]
        starts, stops = (_times(rows, kind) for kind in (EventKind.PROCESS_STARTED, EventKind.PROCESS_STOPPING))
        spans += _link(list(_follow(connection, _records(rows))), starts, stops)
    return tuple(spans)


def _records(rows: pd.DataFrame) -> Iterator[Mapping[str, Any]]:
    names = ("time", "kind", "service", "socket_id", "reason", "code", "error", "file", "line")
    columns = [rows[name].tolist() if name != "time" else list(rows[name].dt.to_pydatetime()) for name in names]
    for values in zip(*columns, strict=True):
        row = dict(zip(names, values, strict=True))
        yield {key: (None if value is None or value != value else value) for key, value in row.items()}  # noqa: PLR0124


def _times(rows: pd.DataFrame, kind: EventKind) -> list[datetime]:
    return list(rows.loc[rows["kind"] == kind.value, "time"].dt.to_pydatetime())


def _link(spans: list[Span], starts: Sequence[datetime], stops: Sequence[datetime]) -> list[Span]:
    """Give each session the connect that ended its outage, and say whether the process stopped or started anew."""
    linked = []
    for index, span in enumerate(spans):
        reopened = spans[index + 1].opened if index + 1 < len(spans) else None
        closed = span.closed
        if closed is not None:
            restarted = any(closed <= start and (reopened is None or start <= reopened) for start in starts)
            orderly = not span.crashed and any(closed - STOP_REACH <= stop <= closed + STOP_LAG for stop in stops)
            span = replace(span, reopened=reopened, restarted=restarted, orderly=orderly)  # noqa: PLW2901
        linked.append(span)
    return linked


def _follow(connection: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Span]:
    state = _Open()
    for row in rows:
        kind = row["kind"]
        if kind == EventKind.CONNECTED:
            if state.alive and row["socket_id"] is not None and row["socket_id"] == state.socket_id:
                continue
            if state.alive:
                yield _end_without_word(connection, state)
            state = _begin(row)
        elif kind == EventKind.DISCONNECTED:
            if _is_echo(state, row):
                continue
            yield _end_logged(connection, state, row)
            state = _Open(closed_by=row["service"], closed_at=row["time"])
        elif kind == EventKind.PROCESS_STARTED:
            if state.alive and state.opened != row["time"]:  # at the same instant the start came first
                yield _end_without_word(connection, state)
                state = _Open()
        elif kind in {EventKind.PROCESS_CRASHED, EventKind.PROCESS_STOPPING}:
            _note_end(state, row)
        else:
            state.last_sign, state.last_evidence = row["time"], _place(row)
    if state.alive:
        yield Span(connection, state.opened, socket_id=state.socket_id, open_evidence=state.evidence)


def _note_end(state: _Open, row: Mapping[str, Any]) -> None:
    if row["kind"] == EventKind.PROCESS_CRASHED:
        state.crash, state.crash_evidence = row["time"], _place(row)
    else:
        state.stop = row["time"]


def _begin(row: Mapping[str, Any]) -> _Open:
    place = _place(row)
    return _Open(row["time"], row["socket_id"], place, alive=True, last_sign=row["time"], last_evidence=place)


def _is_echo(state: _Open, row: Mapping[str, Any]) -> bool:
    """Another service telling of the same disconnect at the same moment."""
    return (
        not state.alive
        and state.closed_at is not None
        and state.closed_by != row["service"]
        and row["time"] - state.closed_at <= ECHO
    )


def _end_logged(connection: str, state: _Open, row: Mapping[str, Any]) -> Span:
    return Span(
        connection=connection,
        opened=state.opened,
        closed=row["time"],
        socket_id=state.socket_id or row["socket_id"],
        reason=row["reason"],
        logged=True,
        crashed=state.crash is not None and row["time"] - state.crash <= CRASH_REACH,
        evidence=_place(row),
        open_evidence=state.evidence,
        code=row["code"],
        error=row["error"],
    )


def _end_without_word(connection: str, state: _Open) -> Span:
    crashed = state.crash is not None
    closed = state.crash if crashed else state.stop or state.last_sign
    return Span(
        connection=connection,
        opened=state.opened,
        closed=closed,
        socket_id=state.socket_id,
        reason=None,
        logged=False,
        crashed=crashed,
        evidence=state.crash_evidence or state.last_evidence,
        open_evidence=state.evidence,
    )


def _place(row: Mapping[str, Any]) -> Evidence:
    return Evidence(row["file"], int(row["line"]))


def summarize_connections(spans: Sequence[Span], end: datetime) -> tuple[Connection, ...]:
    """Counts, times and availability of each connection; what is open at `end` of the logs counts up to it."""
    names = sorted({span.connection for span in spans})
    return tuple(_summarize(name, [span for span in spans if span.connection == name], end) for name in names)


def _summarize(name: str, spans: Sequence[Span], end: datetime) -> Connection:
    ended = [span for span in spans if span.closed is not None]
    connected = sum(_length(span.opened, span.closed or end) for span in spans)
    outage = sum(_length(span.closed, span.reopened or end) for span in ended)
    sessions = [span.session_s for span in spans if span.session_s is not None]
    outages = [span.outage_s for span in ended if span.outage_s is not None]
    return Connection(
        id=name,
        connects_count=sum(span.opened is not None for span in spans),
        disconnects_count=sum(span.logged for span in ended),
        unlogged_disconnects_count=sum(not span.logged for span in ended),
        connected_s=connected,
        outage_s=outage,
        availability_ratio=connected / (connected + outage) if connected + outage > 0 else None,
        median_session_s=median(sessions) if sessions else None,
        median_outage_s=median(outages) if outages else None,
        reasons=dict(sorted(Counter(span.reason or "unknown" for span in ended if span.logged).items())),
    )


def _length(start: datetime | None, end: datetime | None) -> float:
    return 0.0 if start is None or end is None else max((end - start).total_seconds(), 0.0)


def list_sessions(spans: Sequence[Span]) -> tuple[Session, ...]:
    """The sessions as the report shows them."""
    return tuple(
        Session(span.connection, span.opened, span.closed, span.socket_id, span.session_s, span.outage_s)
        for span in spans
    )
