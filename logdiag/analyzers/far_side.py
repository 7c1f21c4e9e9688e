"""What the master's logs say of the same sockets: who noticed first, which reasons pair up, what arrived."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp
from typing import Any, Final, TypeAlias

import pandas as pd

from logdiag.analyzers.pushes import FAILED, Attempt
from logdiag.analyzers.sessions import Span
from logdiag.diagnosis import Clock, Evidence
from logdiag.events import EventKind
from logdiag.timeline import to_seconds

RECEIPT_WINDOW_S: Final = 2.0
LEARNING_WINDOW_S: Final = 0.3
LEAST_SHARE: Final = 0.2
LEAST_LIFT: Final = 4.0
LEAST_MATCHES: Final = 3
CLEARLY: Final = 0.8
CONCURRENT: Final = 4
UNSURE_S: Final = 1.0
TRANSIT_S: Final = 0.05
STEP_S: Final = 0.1  # lines are written late by milliseconds, so that bounds may cross by as much; no more


@dataclass(frozen=True, slots=True)
class FarSession:
    """One socket as the server logged it; `source` is the server's folder."""

    socket_id: str
    source: str
    opened: datetime | None
    joined: datetime | None
    closed: datetime | None
    reason: str | None
    worker_id: str | None
    evidence: Evidence | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class FarSide:
    """The server's view: its sockets by id, and for each client folder the offset of its clock against the server's."""

    sockets: Mapping[str, FarSession]
    clocks: tuple[Clock, ...]
    receipts: pd.DataFrame
    starts: tuple[datetime, ...]

    @property
    def present(self) -> bool:
        """Whether there are logs of the server at all."""
        return bool(self.sockets)

    def knows(self, connection: str) -> bool:
        """Whether the offset of a client's clock against the server's is known."""
        return any(clock.source == connection for clock in self.clocks)

    def offset_s(self, connection: str) -> tuple[float, float]:
        """Client clock minus server clock and its error, in seconds; (0, 1) where it is not known."""
        for clock in self.clocks:
            if clock.source == connection:
                return clock.offset_ms / 1e3, clock.error_ms / 1e3
        return 0.0, UNSURE_S


def read_far_side(frame: pd.DataFrame, spans: Sequence[Span]) -> FarSide:
    """Collect the server's sockets, receipts and starts, and estimate the clocks."""
    sockets = _collect_sockets(frame)
    starts = frame.loc[frame["kind"] == EventKind.SERVER_STARTED.value, "time"]
    receipts = frame[frame["kind"] == EventKind.RECEIPT.value]
    return FarSide(sockets, estimate_clocks(spans, sockets), receipts, tuple(starts.dt.to_pydatetime()))


def _collect_sockets(frame: pd.DataFrame) -> dict[str, FarSession]:
    kinds = [EventKind.SERVER_CONNECTED.value, EventKind.SERVER_JOINED.value, EventKind.SERVER_DISCONNECTED.value]
    rows = frame[frame["kind"].isin(kinds) & frame["socket_id"].notna()]
    sockets: dict[str, FarSession] = {}
    names = ["kind", "socket_id", "source", "reason", "worker_id", "error", "file", "line"]
    for moment, row in zip(rows["time"].dt.to_pydatetime(), rows[names].to_dict("records"), strict=True):
        key = row["socket_id"]
        known = sockets.get(key) or FarSession(key, row["source"], None, None, None, None, None, None)
        sockets[key] = _add(known, moment, row)
    return sockets


def _add(known: FarSession, moment: datetime, row: Mapping[Any, Any]) -> FarSession:
    if row["kind"] == EventKind.SERVER_CONNECTED:
        return replace(known, opened=known.opened or moment)
    if row["kind"] == EventKind.SERVER_JOINED:
        worker = row["worker_id"]
        return replace(known, joined=known.joined or moment, worker_id=worker if isinstance(worker, str) else None)
    reason = row["reason"] if isinstance(row["reason"], str) else None
    if known.closed is not None and (known.reason is not None or reason is None):
        return known  # told twice
    return replace(
        known,
        closed=known.closed or moment,
        reason=reason,
        evidence=Evidence(row["file"], int(row["line"])),
        error=row["error"] if isinstance(row["error"], str) else None,
    )


def estimate_clocks(spans: Iterable[Span], sockets: Mapping[str, FarSession]) -> tuple[Clock, ...]:
    """Bound each client clock's offset by causality: accept < connected < join request.

    The server accepts a socket before the client logs "connected", and logs the join only after the client asked for
    it. So max(connected - joined) <= offset <= min(connected - accepted) over all pairs: the middle is the estimate,
    half the width its error (as in Cristian's algorithm). Without joins the transit is taken as 0 to 50 ms. Bounds
    that contradict each other by more than 0.1 s mean that a clock was set in between: then no single offset is right,
    the error takes in all that any pair allows, and the clock is marked as stepped.
    """
    lower: dict[str, list[float]] = defaultdict(list)
    upper: dict[str, list[float]] = defaultdict(list)
    for span in spans:
        far = sockets.get(span.socket_id or "")
        if far is None or span.opened is None:
            continue
        if far.opened is not None:
            upper[span.connection].append((span.opened - far.opened).total_seconds())
        if far.joined is not None:
            lower[span.connection].append((span.opened - far.joined).total_seconds())
    clocks = []
    for name in sorted(upper):
        high = min(upper[name])
        low = max(lower[name], default=high - TRANSIT_S)
        stepped = low - high > STEP_S
        low, high = (min(lower[name]), max(upper[name])) if stepped else (min(low, high), max(low, high))
        middle_ms, error_ms = (low + high) / 2 * 1e3, (high - low) / 2 * 1e3 + 0.5
        clocks.append(Clock(name, round(middle_ms, 3), round(error_ms, 3), len(upper[name]), stepped=stepped))
    return tuple(clocks)


def match_receipts(
    frame: pd.DataFrame, attempts: Sequence[Attempt], far: FarSide, spans: Sequence[Span]
) -> dict[Evidence, bool]:
    """Whether each attempt arrived, where the server is known to log the arrival of its channel.

    Which receipts belong to which pushes is told by the client's own emits of that name during a push, else learned:
    receipts of one kind belong to the channel whose pushes they follow most often within 0.3 s (plus the error of the
    clocks), if that is at least 20 % of them, four times as often as chance would have it, and clearly more often
    than for any other channel. Keyed by the last line of an attempt; attempts of other channels are absent.
    """
    receipts = _group_receipts(far, spans)
    tried: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.outcome != FAILED:
            tried[attempt.channel or ""].append(attempt)
    named = _match_names(frame, attempts)
    deciding: dict[str, list[str]] = defaultdict(list)
    for kind in sorted(receipts):
        known = kind if kind in tried else named.get(kind)
        candidates = [known] if known in tried else sorted(tried)
        shares = sorted((_share(tried[channel], receipts[kind], far), channel) for channel in candidates)
        if shares and shares[-1][0] > 0 and (len(shares) == 1 or shares[-2][0] < CLEARLY * shares[-1][0]):
            deciding[shares[-1][1]].append(kind)
    return {
        attempt.evidence[-1]: any(_arrived(attempt, receipts[kind], far, RECEIPT_WINDOW_S) for kind in kinds)
        for channel, kinds in deciding.items()
        for attempt in tried[channel]
    }


def _match_names(frame: pd.DataFrame, attempts: Sequence[Attempt]) -> dict[str, str]:
    """The push channel during whose attempts a name is emitted on the socket, by majority."""
    emits = frame[(frame["kind"] == EventKind.EMIT.value) & frame["channel"].notna()]
    by_connection: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_connection[attempt.connection].append(attempt)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    moments = emits["time"].dt.to_pydatetime()
    for moment, name, connection in zip(moments, emits["channel"], emits["connection"], strict=True):
        mine = by_connection[connection]
        index = bisect_right(mine, moment, key=lambda attempt: attempt.started)
        near = mine[max(index - CONCURRENT, 0) : index]
        under_way = {attempt.channel or "" for attempt in near if moment <= (attempt.ended or attempt.started)}
        if len(under_way) == 1:
            votes[name][under_way.pop()] += 1
    return {name: max(sorted(counts), key=lambda channel: counts[channel]) for name, counts in votes.items()}


ByConnection: TypeAlias = Mapping[str, Sequence[float]]


def _group_receipts(far: FarSide, spans: Sequence[Span]) -> dict[str, ByConnection]:
    """Sorted times of receipts by kind, then by the connection whose socket they name ("" where they name none)."""
    owners = {span.socket_id: span.connection for span in spans if span.socket_id is not None}
    result: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    rows = far.receipts
    for seconds, kind, socket in zip(to_seconds(rows["time"]), rows["channel"], rows["socket_id"], strict=True):
        owner = owners.get(socket, "") if isinstance(socket, str) else ""
        result[str(kind)][owner].append(float(seconds))
    return {kind: dict(groups) for kind, groups in result.items()}


def _share(attempts: Sequence[Attempt], receipts: ByConnection, far: FarSide) -> float:
    """Share of the attempts that a receipt follows at once; 0 if chance could do it."""
    error = max(far.offset_s(attempt.connection)[1] for attempt in attempts)
    matched = sum(_arrived(attempt, receipts, far, LEARNING_WINDOW_S) for attempt in attempts)
    times = [time for group in receipts.values() for time in group]
    span_s = max(max(times) - min(times), 1.0)
    chance = 1 - exp(-len(times) / span_s * (LEARNING_WINDOW_S + 2 * error))
    share = matched / len(attempts)
    return share if matched >= LEAST_MATCHES and share >= max(LEAST_SHARE, LEAST_LIFT * chance) else 0.0


def _arrived(attempt: Attempt, receipts: ByConnection, far: FarSide, window_s: float) -> bool:
    offset, error = far.offset_s(attempt.connection)
    start = attempt.started.timestamp() - offset - error - 0.001
    end = attempt.started.timestamp() - offset + window_s + error
    groups = [receipts[owner] for owner in (attempt.connection, "") if owner in receipts]
    return any(bisect_right(times, end) > bisect_left(times, start) for times in groups)


def first_to_notice(span: Span, far: FarSide) -> tuple[float, float] | None:
    """Client's disconnect minus the server's on one clock, and the error, in seconds; None if not both logged it."""
    session = far.sockets.get(span.socket_id or "")
    if session is None or session.closed is None or span.closed is None or not span.logged:
        return None
    offset, error = far.offset_s(span.connection)
    return (span.closed - session.closed - timedelta(seconds=offset)).total_seconds(), error
