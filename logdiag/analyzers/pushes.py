"""The push ledger: every attempt to deliver, its outcome, the outage it fell into, the messages concerned."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import pandas as pd

from logdiag.analyzers.contingency import fisher_greater
from logdiag.analyzers.sessions import Span
from logdiag.diagnosis import Disconnect, Evidence, Push, Pushes
from logdiag.events import EventKind
from logdiag.timeline import list_moments, list_places, list_values

SHORTEST_REACH_MS: Final = 300.0
INFERRED_START: Final = timedelta(seconds=1)
LONGEST_ATTEMPT: Final = timedelta(seconds=30)
LONGEST_UNNOTICED: Final = timedelta(seconds=120)
OK: Final = "ok"
FAILED: Final = "failed"
SUSPECT: Final = "suspect"
UNKNOWN: Final = "unknown"
NEAR_BEFORE: Final = "near-before"
OWN_CLOSE: Final = "io client disconnect"
LOST: Final = "lost"
PROBABLY_LOST: Final = "probably-lost"
RESENT: Final = "resent"
PUSH_KINDS: Final = frozenset(
    {
        EventKind.PUSH_STARTED,
        EventKind.PUSH_OK,
        EventKind.PUSH_FAILED,
        EventKind.MESSAGE_CAPTURED,
        EventKind.MESSAGE_PROCESSED,
        EventKind.PROCESS_STARTED,
    }
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One push of one connection: it began at `started`, and its result was logged at `ended` (None: never)."""

    connection: str
    channel: str | None
    started: datetime
    ended: datetime | None
    outcome: str
    error: str | None
    message_ids: tuple[str, ...]
    inferred: bool
    evidence: tuple[Evidence, ...]
    received: bool | None = None


@dataclass(slots=True)
class _Ledger:
    """What is pending on one connection while its lines go by."""

    connection: str
    items_exist: bool
    pending: dict[str | None, list[tuple[datetime, Evidence]]] = field(default_factory=lambda: defaultdict(list))
    captured: dict[str, Evidence] = field(default_factory=dict)
    processed: tuple[datetime, Evidence] | None = None
    ids_of_start: dict[Evidence, tuple[str, ...]] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)


def find_attempts(frame: pd.DataFrame) -> tuple[Attempt, ...]:
    """Pair the start and result lines of every connection's pushes, in the order of their starts.

    A failure without a start line of its own began when the message that it carries was handed over, if that was
    less than a second before; else when it was logged.
    """
    rows = frame[frame["kind"].isin([kind.value for kind in PUSH_KINDS])]
    names = ("kind", "channel", "error", "message_id", "file", "line")
    columns = {"time": list_moments(rows["time"]), **{name: list_values(rows[name]) for name in names}}
    attempts: list[Attempt] = []
    for connection, places in list_places(rows["connection"]):
        part = [{column: values[place] for column, values in columns.items()} for place in places]
        attempts += _pair(connection, part)
    return tuple(sorted(attempts, key=lambda push: (push.started, push.connection, push.evidence[0].line)))


def _pair(connection: str, rows: Sequence[Mapping[str, Any]]) -> list[Attempt]:
    ledger = _Ledger(connection, any(row["channel"] == "items" for row in rows))
    for row in rows:
        _note(ledger, row["time"], row)
    for channel, starts in ledger.pending.items():
        ledger.attempts += [_unanswered(ledger, channel, start) for start in starts]
    return ledger.attempts


def _note(ledger: _Ledger, moment: datetime, row: Mapping[str, Any]) -> None:
    kind, channel = row["kind"], row["channel"]
    place = Evidence(row["file"], int(row["line"]))
    if kind == EventKind.MESSAGE_CAPTURED:
        if row["message_id"] is not None:
            ledger.captured[row["message_id"]] = place
    elif kind == EventKind.MESSAGE_PROCESSED:
        ledger.processed = (moment, place)
        if row["message_id"] is not None:
            ledger.captured.setdefault(row["message_id"], place)
    elif kind == EventKind.PUSH_STARTED:
        ledger.pending[channel].append((moment, place))
        ledger.ids_of_start[place] = _take_ids(ledger, channel)
        ledger.processed = None
    elif kind == EventKind.PROCESS_STARTED:
        for name, starts in ledger.pending.items():
            ledger.attempts += [_unanswered(ledger, name, start) for start in starts]
        ledger.pending.clear()
    else:
        ledger.attempts.append(_answer(ledger, moment, place, row))


def _take_ids(ledger: _Ledger, channel: str | None) -> tuple[str, ...]:
    """The messages captured since the push before; a snapshot does not carry them where items are pushed singly."""
    if ledger.items_exist and channel != "items":
        return ()
    taken = tuple(ledger.captured)
    ledger.captured.clear()
    return taken


def _answer(ledger: _Ledger, moment: datetime, place: Evidence, row: Mapping[str, Any]) -> Attempt:
    starts = ledger.pending[row["channel"]]
    while starts and moment - starts[0][0] > LONGEST_ATTEMPT:
        ledger.attempts.append(_unanswered(ledger, row["channel"], starts.pop(0)))
    outcome = OK if row["kind"] == EventKind.PUSH_OK else FAILED
    inferred = False
    evidence: tuple[Evidence, ...] = (place,)
    started = moment
    if starts:
        started, start_place = starts.pop(0)
        ids = ledger.ids_of_start.pop(start_place, ())
        evidence = (start_place, place)
    else:
        handed = ledger.processed
        if handed is not None and moment - handed[0] <= INFERRED_START:
            started, inferred, evidence = handed[0], True, (handed[1], place)
            ledger.processed = None
            ids = tuple(ledger.captured)
            ledger.captured.clear()
        else:
            ids = _take_ids(ledger, row["channel"])
    if row["message_id"] is not None:
        ids = (row["message_id"],)
    return Attempt(ledger.connection, row["channel"], started, moment, outcome, row["error"], ids, inferred, evidence)


def _unanswered(ledger: _Ledger, channel: str | None, start: tuple[datetime, Evidence]) -> Attempt:
    ids = ledger.ids_of_start.pop(start[1], ())
    return Attempt(ledger.connection, channel, start[0], None, UNKNOWN, None, ids, inferred=False, evidence=(start[1],))


@dataclass(frozen=True, slots=True)
class Exposure:
    """The outages of one connection, as sorted starts and ends; an open outage ends with the logs.

    An outage whose connect the logs lack has no known length: it counts as an instant.
    """

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    connected_s: float

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether any part of [start, end] lies in an outage."""
        index = bisect_right(self.starts, end) - 1
        return index >= 0 and self.ends[index] > start

    def ends_between(self, attempt: Attempt, later: datetime | None) -> bool:
        """Whether a session ended soon after an attempt, and before `later`."""
        index = bisect_left(self.starts, attempt.started)
        if index and self.ends[index - 1] > attempt.started:
            return True
        if index == len(self.starts) or self.starts[index] - attempt.started > LONGEST_UNNOTICED:
            return False
        return later is None or self.starts[index] <= later


def measure_exposure(spans: Sequence[Span], end: datetime) -> dict[str, Exposure]:
    """Outages and connected time of each connection."""
    by_connection: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_connection[span.connection].append(span)
    result = {}
    for name, mine in sorted(by_connection.items()):
        ended = [span for span in mine if span.closed is not None]
        starts = tuple(span.closed for span in ended if span.closed is not None)
        is_open = [span is mine[-1] and any(other.opened is not None for other in mine) for span in ended]
        ends = tuple(
            span.reopened or (max(end, closed) if last else closed)
            for span, closed, last in zip(ended, starts, is_open, strict=True)
        )
        seconds = sum(((span.closed or end) - span.opened).total_seconds() for span in mine if span.opened is not None)
        result[name] = Exposure(starts, ends, max(seconds, 0.0))
    return result


def keep_ledger(
    attempts: Sequence[Attempt],
    disconnects: Sequence[Disconnect],
    exposures: Mapping[str, Exposure],
    *,
    reach_ms: float = SHORTEST_REACH_MS,
) -> tuple[Pushes, tuple[Push, ...]]:
    """Attribute every attempt to the disconnect that explains it; the counts, and all pushes in order.

    A push that was logged as delivered is suspect if the socket died during it or within `reach_ms` of its end.
    """
    drops: dict[str, list[Disconnect]] = defaultdict(list)
    for drop in disconnects:
        drops[drop.connection].append(drop)
    reach = timedelta(milliseconds=reach_ms)
    pushes = tuple(
        _attribute(attempt, drops[attempt.connection], exposures.get(attempt.connection), reach) for attempt in attempts
    )
    return _count(pushes, attempts, exposures, drops, reach), pushes


def _attribute(attempt: Attempt, drops: Sequence[Disconnect], exposure: Exposure | None, reach: timedelta) -> Push:
    started, ended = attempt.started, attempt.ended or attempt.started
    following = bisect_left(drops, started, key=lambda drop: drop.time)
    before = drops[following - 1] if following else None
    after = drops[following] if following < len(drops) else None
    drop, attribution = None, "outside"
    if after is not None and after.time <= ended:
        drop, attribution = after, "straddle"
    elif before is not None and _in_outage(before, attempt, exposure):
        drop, attribution = before, "inside"
    elif after is not None and after.time - ended <= reach:
        drop, attribution = after, NEAR_BEFORE
    outcome = _judge(attempt, attribution, drop)
    reconnect = None
    if drop is not None and drop.outage_s is not None:
        reconnect = drop.time + timedelta(seconds=drop.outage_s)
    return Push(
        time=started,
        connection=attempt.connection,
        message_ids=attempt.message_ids,
        outcome=outcome,
        error=attempt.error,
        disconnect_index=None if drop is None else drop.index,
        lead_ms=None if drop is None else _ms(drop.time - started),
        evidence=attempt.evidence,
        channel=attempt.channel,
        start_inferred=attempt.inferred,
        failed_at=attempt.ended if outcome == FAILED else None,
        after_drop_ms=None if drop is None or outcome != FAILED else _ms(ended - drop.time),
        before_reconnect_ms=None if reconnect is None or outcome != FAILED else _ms(reconnect - ended),
        attribution=attribution,
    )


def find_lead_ms(push: Push, reach_ms: float) -> float | None:
    """How long before its disconnect a push began that may have caused it, in ms; None if it is not close enough.

    It began within `reach_ms` of the disconnect, or ended within that: a large message takes its time to be written.
    """
    if push.disconnect_index is None or push.lead_ms is None or push.lead_ms < 0:
        return None
    return push.lead_ms if push.lead_ms <= reach_ms or push.attribution == NEAR_BEFORE else None


def _judge(attempt: Attempt, attribution: str, drop: Disconnect | None) -> str:
    """The outcome; of a push before the client's own `disconnect()` nothing is lost, which lets buffers drain first."""
    if attempt.outcome != OK or attempt.received:
        return attempt.outcome
    drained = attribution == NEAR_BEFORE and drop is not None and drop.reason == OWN_CLOSE
    doubtful = attribution in {NEAR_BEFORE, "straddle", "inside"} and not drained
    return SUSPECT if doubtful or attempt.received is False else OK


def _in_outage(drop: Disconnect, attempt: Attempt, exposure: Exposure | None) -> bool:
    """Whether an attempt after a disconnect began before the next connect; where that is not logged, a failure did."""
    if drop.outage_s is not None:
        return attempt.started < drop.time + timedelta(seconds=drop.outage_s)
    is_open = exposure is not None and exposure.touches(attempt.started, attempt.started)
    return is_open or attempt.outcome == FAILED


def _ms(delta: timedelta) -> float:
    return round(delta.total_seconds() * 1e3, 3)


def _count(
    pushes: Sequence[Push],
    attempts: Sequence[Attempt],
    exposures: Mapping[str, Exposure],
    drops: Mapping[str, Sequence[Disconnect]],
    reach: timedelta,
) -> Pushes:
    by_outcome = {name: [push for push in pushes if push.outcome == name] for name in (OK, FAILED, SUSPECT, UNKNOWN)}
    delivered = {message for push in by_outcome[OK] for message in push.message_ids}
    told = tuple(
        replace(push, fate=_tell_fate(push, attempt, delivered)) for push, attempt in zip(pushes, attempts, strict=True)
    )
    lost = [push for push in told if push.fate == LOST]
    ids = dict.fromkeys(message for push in sorted(lost, key=_by_time) for message in push.message_ids)
    return Pushes(
        attempted_count=len(pushes),
        ok_count=len(by_outcome[OK]),
        failed_count=len(by_outcome[FAILED]),
        suspect_count=len(by_outcome[SUSPECT]),
        suspect_expected_count=_expect_suspects(attempts, exposures, drops, reach),
        lost_certain_count=len(lost),
        lost_probable_count=sum(push.fate == PROBABLY_LOST for push in told),
        lost_message_ids=tuple(message for message in ids if message not in delivered),
        **_associate(attempts, exposures),
        items=tuple(push for push in told if push.outcome != OK),
        unknown_count=len(by_outcome[UNKNOWN]),
    )


def _tell_fate(push: Push, attempt: Attempt, delivered: set[str]) -> str | None:
    """Say what became of the messages of a push that did not plainly arrive; None where nothing can be said."""
    if push.outcome not in {FAILED, SUSPECT}:
        return None
    if push.message_ids and delivered.issuperset(push.message_ids):
        return RESENT
    return LOST if push.outcome == FAILED or attempt.received is False else PROBABLY_LOST


def _by_time(push: Push) -> datetime:
    return push.time


def _expect_suspects(
    attempts: Iterable[Attempt],
    exposures: Mapping[str, Exposure],
    drops: Mapping[str, Sequence[Disconnect]],
    reach: timedelta,
) -> float | None:
    """Suspect pushes expected by chance: rate of successful pushes while connected x window x disconnects.

    None if there was no push, or no session of known length.
    """
    succeeded: dict[str, int] = defaultdict(int)
    for attempt in attempts:
        succeeded[attempt.connection] += attempt.outcome == OK
    expected = []
    for name, count in succeeded.items():
        exposure = exposures.get(name)
        if exposure is not None and exposure.connected_s > 0:
            expected.append(count / exposure.connected_s * reach.total_seconds() * len(drops.get(name, ())))
    return sum(expected) if expected else None


def _associate(attempts: Sequence[Attempt], exposures: Mapping[str, Exposure]) -> dict[str, float | None]:
    """Failure ratios of attempts that touch an outage and of those that do not, with Fisher's exact test."""
    counts = {True: [0, 0], False: [0, 0]}
    for attempt in attempts:
        exposure = exposures.get(attempt.connection)
        if exposure is None or attempt.outcome == UNKNOWN:
            continue
        cell = counts[exposure.touches(attempt.started, attempt.ended or attempt.started)]
        cell[0] += attempt.outcome == FAILED
        cell[1] += 1
    (failed_in, all_in), (failed_out, all_out) = counts[True], counts[False]
    inside = failed_in / all_in if all_in else None
    outside = failed_out / all_out if all_out else None
    return {
        "failure_ratio_connected": outside,
        "failure_ratio_outage": inside,
        "risk_ratio": inside / outside if inside is not None and outside else None,
        "p_value": fisher_greater(failed_in, all_in, failed_out, all_out) if all_in and all_out else None,
    }
