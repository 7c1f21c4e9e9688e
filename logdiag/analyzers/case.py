"""Everything that is known of each disconnect, laid out for the checks of causes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from itertools import islice, takewhile
from math import inf
from typing import Final

import pandas as pd

from logdiag.analyzers.connect_errors import ConnectError
from logdiag.analyzers.far_side import FarSide, first_to_notice
from logdiag.analyzers.patterns import ClockFit, PatternReport
from logdiag.analyzers.pushes import Attempt, find_lead_ms
from logdiag.analyzers.sessions import Span
from logdiag.analyzers.triggers import TriggerFit
from logdiag.diagnosis import Disconnect, Evidence, Push, Silence
from logdiag.events import EventKind
from logdiag.timeline import list_moments, list_values

CLIENT_REASONS: Final = frozenset(
    {
        "transport close",
        "transport error",
        "ping timeout",
        "io server disconnect",
        "io client disconnect",
        "parse error",
        "forced close",
    }
)
BROKEN: Final = frozenset({"ECONNRESET", "EPIPE", "ETIMEDOUT"})
SILENCE_REACH: Final = timedelta(seconds=3)
FEW_MISSING: Final = 0.05
COMPANION_SHARE: Final = 0.6
LONGEST_REACH_MS: Final = 5_000.0
DEFAULT_PING_INTERVAL_S: Final = 25.0
PING_ECHO_S: Final = 0.2
JOIN_REACH: Final = timedelta(seconds=2)
KICK_REACH: Final = timedelta(seconds=2)
KICK_LAG: Final = timedelta(milliseconds=50)
LONGEST_RESTART: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class StatedSettings:
    """Settings that the logs do not hold, as the user states them."""

    ping_interval_s: float | None = None
    ping_timeout_s: float | None = None
    max_payload_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one disconnect. `reason` is None where the log does not state one in Socket.IO's words.

    `kick` is a line just before by which the server says that it disconnects a socket, `far_error` what the server's
    line of this disconnect gives as its error, `sent_bytes` the largest message known to be sent just before, `heard_s`
    how long before the end a message last came through from one side to the other, in seconds.
    """

    drop: Disconnect
    span: Span
    reason: str | None
    errors: tuple[ConnectError, ...]
    fit: ClockFit | None
    silence: Silence | None
    far_silence: Silence | None
    far_start: datetime | None
    push: Push | None
    push_arrived: bool | None
    notice_s: float | None
    notice_error_s: float | None
    rival: str | None
    fleet_wide: bool
    kick: Evidence | None
    far_error: str | None
    sent_bytes: float | None
    heard_s: float | None

    @property
    def is_timed(self) -> bool:
        """Whether it belongs to a pattern that keeps time."""
        return self.fit is not None and self.fit.keeps_time

    @property
    def is_told_by_both(self) -> bool:
        """Whether client and server both state why it ended."""
        return self.reason is not None and self.drop.server_reason is not None

    @property
    def is_ping_timeout(self) -> bool:
        """Whether one side states that the other did not answer its pings."""
        return "ping timeout" in {self.reason, self.drop.server_reason}

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The line of the disconnect, where there is one."""
        return () if self.drop.evidence is None else (self.drop.evidence,)


@dataclass(frozen=True)
class Case:
    """The whole incident as the checks see it.

    `engine_lines_count` counts lines near the disconnects in which the server's transport layer (Engine.IO, ws) speaks;
    `debug_seen` tells whether a client writes at debug level there.
    """

    facts: tuple[Facts, ...]
    errors: tuple[ConnectError, ...]
    patterns: PatternReport
    pattern_ids: Mapping[int, str]
    triggers: tuple[TriggerFit, ...]
    trigger_ids: Mapping[int, str]
    attempts: tuple[Attempt, ...]
    pushes: tuple[Push, ...]
    far: FarSide
    connections_count: int
    beats_seen: bool
    starts_seen: bool
    emits_seen: bool
    push_templates: frozenset[tuple[str, str]]
    push_reach_ms: float
    local_offsets_s: Mapping[str, Sequence[float]]
    payload_errors: tuple[Evidence, ...]
    kicks_count: int
    engine_lines_count: int
    debug_seen: bool
    resolution_s: float
    ping_interval_s: float | None = None
    ping_timeout_s: float | None = None
    max_payload_bytes: int | None = None

    @cached_property
    def logged_facts(self) -> Mapping[str, Sequence[Facts]]:
        """The logged disconnects of each connection, in their order: triggers number these."""
        found: dict[str, list[Facts]] = defaultdict(list)
        for fact in self.facts:
            if fact.drop.logged:
                found[fact.drop.connection].append(fact)
        return dict(found)

    @cached_property
    def tried_counts(self) -> Counter[tuple[str, str | None]]:
        """How many pushes each connection tried on each channel."""
        return Counter((attempt.connection, attempt.channel) for attempt in self.attempts)


def find_silence(silences: Sequence[Silence], moment: datetime, *, before: bool) -> Silence | None:
    """A silence that a disconnect ended: it began well before, and the disconnect came in it or right after it.

    With `before` the disconnect is a line of the silent process itself, so it can only come at the very end.
    """
    for silence in silences:
        early = silence.start + SILENCE_REACH <= moment
        if early and moment <= silence.end + SILENCE_REACH and (not before or moment >= silence.end - SILENCE_REACH):
            return silence
    return None


def find_far_start(starts: Sequence[datetime], span: Span, offset_s: float) -> datetime | None:
    """A start of the server between the end of a session and the next connect, on the client's clock.

    Where the next connect is not logged, within a minute and before the next disconnect.
    """
    if span.closed is None:
        return None
    shift = timedelta(seconds=offset_s)
    longest = span.closed + LONGEST_RESTART
    last = span.reopened or min(longest, span.next_closed or longest)
    place = bisect_left(starts, span.closed - timedelta(milliseconds=500) - shift)
    return starts[place] if place < len(starts) and starts[place] + shift <= last else None


def find_push(pushes: Sequence[Push], index: int, reach_ms: float) -> Push | None:
    """The push that began last before a disconnect, within `reach_ms` of its end."""
    near = [push for push in pushes if push.disconnect_index == index and find_lead_ms(push, reach_ms) is not None]
    return min(near, key=lambda push: push.lead_ms or 0.0, default=None)


def find_kick(kicks: Sequence[tuple[datetime, Evidence]], moment: datetime, error_s: float) -> Evidence | None:
    """The line by which the server says, up to 2 s before `moment` on its clock, that it disconnects a socket."""
    start, end = moment - KICK_REACH - timedelta(seconds=error_s), moment + KICK_LAG + timedelta(seconds=error_s)
    last = bisect_right(kicks, end, key=_kick_time) - 1
    return kicks[last][1] if last >= 0 and kicks[last][0] >= start else None


def _kick_time(kick: tuple[datetime, Evidence]) -> datetime:
    return kick[0]


def find_sent_bytes(sizes: Sequence[tuple[datetime, float]], moment: datetime, reach_ms: float) -> float | None:
    """The largest message whose size a line of the client gives within `reach_ms` before `moment`, in bytes."""
    first = bisect_left(sizes, (moment - timedelta(milliseconds=reach_ms), 0.0))
    last = bisect_right(sizes, (moment, inf))
    return max((size for _, size in sizes[first:last]), default=None)


def find_heard_s(heard: Sequence[datetime], moment: datetime) -> float | None:
    """How long before `moment` the last message of the server came, in seconds; `heard` is in the order of time."""
    place = bisect_right(heard, moment)
    return (moment - heard[place - 1]).total_seconds() if place else None


def is_ping_echo(case: Case, fit: ClockFit) -> bool:
    """Whether a lifetime is an idle limit in disguise: a protocol ping, then that much silence.

    Engine.IO pings every `pingInterval` (25 s by default) after the connect and so restarts the idle clock.
    """
    if fit.kind != "connection-age" or fit.period_s is None:
        return False
    interval = case.ping_interval_s or DEFAULT_PING_INTERVAL_S
    limits = [other.period_s for other in case.patterns.fits if other.kind == "idle" and other.period_s is not None]
    return any(
        limit < interval and abs((fit.period_s - limit + interval / 2) % interval - interval / 2) <= PING_ECHO_S
        for limit in limits
    )


def find_rivals(frame: pd.DataFrame, spans: Sequence[Span], far: FarSide) -> dict[tuple[str, datetime], str]:
    """Disconnects at which another connection joined under the same worker id: (connection, closed) -> the rival."""
    joins = _joins(frame, spans, far)
    owners: dict[str, set[str]] = defaultdict(set)
    for _, worker, connection in joins:
        owners[worker].add(connection)
    shared = {worker for worker, names in owners.items() if len(names) > 1}
    found: dict[tuple[str, datetime], str] = {}
    names = {connection: worker for _, worker, connection in joins if worker in shared}
    by_worker: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for moment, worker, connection in sorted(joins):
        by_worker[worker].append((moment, connection))
    for span in spans:
        shared_id = names.get(span.connection)
        if shared_id is None or span.closed is None:
            continue
        rivals = by_worker[shared_id]
        first = bisect_left(rivals, (span.closed - JOIN_REACH, ""))
        near = takewhile(partial(_is_by, span.closed + JOIN_REACH), islice(rivals, first, None))
        rival = next((connection for _, connection in near if connection != span.connection), None)
        if rival is not None:
            found[span.connection, span.closed] = rival
    return found


def _is_by(end: datetime, join: tuple[datetime, str]) -> bool:
    return join[0] <= end


def _joins(frame: pd.DataFrame, spans: Sequence[Span], far: FarSide) -> list[tuple[datetime, str, str]]:
    """(instant on the client's clock, worker id, connection) of every join that either side logged."""
    rows = frame[(frame["kind"] == EventKind.JOINED.value) & frame["worker_id"].notna()]
    joins = [
        (moment, str(worker), str(connection))
        for moment, worker, connection in zip(
            list_moments(rows["time"]), list_values(rows["worker_id"]), list_values(rows["connection"]), strict=True
        )
    ]
    for span in spans:
        socket = far.sockets.get(span.socket_id or "")
        if socket is not None and socket.joined is not None and socket.worker_id is not None:
            offset, _ = far.offset_s(span.connection)
            joins.append((socket.joined + timedelta(seconds=offset), socket.worker_id, span.connection))
    return joins


def describe_notice(span: Span, far: FarSide) -> tuple[float | None, float | None]:
    """Client minus server at the disconnect, with its error, or None for both."""
    noticed = first_to_notice(span, far)
    return (None, None) if noticed is None else noticed


def measure_push_reach_ms(
    triggers: Sequence[TriggerFit], push_templates: frozenset[tuple[str, str]], shortest_ms: float
) -> float:
    """How long before a disconnect a push may have begun to be its trigger, in ms.

    Half as much again as the 90th percentile of the lag of the push triggers that were found, so that a slow line is
    judged by its own speed; `shortest_ms` where none was found.
    """
    keys = [((fit.service, fit.template), *fit.members) for fit in triggers]
    lags = [
        1.5e3 * fit.lag_p90_s
        for fit, names in zip(triggers, keys, strict=True)
        if fit.role == "trigger" and fit.connection and any(name in push_templates for name in names)
    ]
    return min(max([shortest_ms, *lags]), LONGEST_REACH_MS)


def push_triggers(case: Case, role: str) -> list[TriggerFit]:
    """The triggers of a role that are pushes: they, or lines that always come with them, start or report a push.

    None if other lines of the client are triggers as well, or if the process was silent before most of these pushes:
    what stands before disconnects is then not the push as such (after a freeze, everything that was due comes at once).
    """
    pushed = [fact for fact in case.facts if fact.push is not None]
    if sum(fact.silence is not None for fact in pushed) > 0.5 * len(pushed):
        return []
    close = [fit for fit in case.triggers if fit.connection and fit.lag_median_s <= case.push_reach_ms / 1e3]
    found = [fit for fit in close if fit.role == role and _is_push(case, fit)]
    rivals = [fit for fit in close if fit.role == "trigger" and not _is_push(case, fit)]
    return found if role != "trigger" or not rivals else []


def _is_push(case: Case, fit: TriggerFit) -> bool:
    """Whether a template starts or reports a push, or comes with pushes: before nearly all its drops, and with most."""
    if (fit.service, fit.template) in case.push_templates:
        return True
    if not any(key in case.push_templates for key in fit.members):
        return False
    pushes = [fact.push for fact in _find_preceded(case, fit) if fact.push is not None]
    if len(fit.preceded) - len(pushes) > round(FEW_MISSING * len(fit.preceded)):
        return False
    ((channel, _),) = Counter(push.channel for push in pushes).most_common(1)
    return fit.occurrences_count >= COMPANION_SHARE * case.tried_counts[fit.connection, channel]


def _find_preceded(case: Case, fit: TriggerFit) -> list[Facts]:
    """The disconnects that a trigger precedes; it numbers the logged ones of each connection."""
    found = []
    for connection, number in dict.fromkeys(fit.preceded):
        facts = case.logged_facts.get(connection, ())
        if number < len(facts):
            found.append(facts[number])
    return found
