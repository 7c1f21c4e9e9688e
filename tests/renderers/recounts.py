"""Counts the rows of a diagnosis anew, and says which of its own counts, sums and spans they do not bear out."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any, Final, NamedTuple

from logdiag.results.causes import Cause, Check, Outcome
from logdiag.results.connections import Connection, Session
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Disconnect
from logdiag.results.pushes import PushFate, PushOutcome

# Checks that count among the disconnects which their cause claims, and among all that want a cause.
OF_CLAIMED: Final = frozenset(
    {"server-disconnect-reason", "ping-reason", "process-start-seen", "no-silence-at-drop", "ticks-to-the-drop"}
)
OF_ALL: Final = frozenset(
    {
        "stated-reason",
        "same-worker-joined",
        "stated-replaced",
        "kicks-precede-drops",
        "silence-at-drop",
        "lifetime-pattern",
    }
)
WRITTEN_MS: Final = 0.1  # offsets are rounded where they are written


class Miscount(NamedTuple):
    """A field, what it says, and what its rows come to."""

    path: str
    said: Any
    counted: Any


def find_miscounts(got: Diagnosis) -> list[Miscount]:
    """Every field that its own rows contradict."""
    recounted = [
        *_recount_inputs(got),
        *_recount_connections(got),
        *_recount_disconnects(got),
        *_recount_patterns(got),
        *_recount_pushes(got),
        *_recount_causes(got),
        *_recount_findings(got),
        *_recount_groups(got),
    ]
    return [one for one in recounted if not _is_same(one.said, one.counted)]


def _is_same(said: Any, counted: Any) -> bool:
    if isinstance(said, float) and isinstance(counted, int | float):
        return math.isclose(said, counted, rel_tol=1e-9, abs_tol=1e-6)
    return bool(said == counted)


def _recount_inputs(got: Diagnosis) -> Iterator[Miscount]:
    inputs = got.inputs
    for name in ("lines_count", "events_count", "skipped_count"):
        yield Miscount(f"inputs.{name}", getattr(inputs, name), sum(getattr(file, name) for file in inputs.files))
    yield Miscount("inputs.skipped", inputs.skipped_count, sum(reason.count for reason in inputs.skipped))
    understood = inputs.events_count + inputs.unclassified_count + inputs.skipped_count
    yield Miscount("inputs.lines_count", inputs.lines_count, understood)
    yield Miscount("inputs.duplicates_count", inputs.duplicates_count <= inputs.events_count, True)
    times = [file.first for file in inputs.files if file.first], [file.last for file in inputs.files if file.last]
    if inputs.start and inputs.end and all(times):
        yield Miscount("inputs.start", inputs.start <= inputs.end, True)
        yield Miscount("inputs.start before its files", inputs.start >= min(times[0]), True)
        yield Miscount("inputs.end after its files", inputs.end <= max(times[1]), True)


def _recount_connections(got: Diagnosis) -> Iterator[Miscount]:
    for one in got.connections:
        path = f"connections[{one.id}]"
        sessions = [session for session in got.sessions if session.connection == one.id]
        drops = [drop for drop in got.disconnects if drop.connection == one.id]
        minded = {drop.time for drop in drops if not drop.is_departure}
        told = [drop for drop in drops if drop.has_end_line]
        outages_s = [
            session.outage_s
            for session in sessions
            if session.outage_s is not None and session.disconnected_at in minded
        ]
        lengths_s = [session.session_s for session in sessions if session.session_s is not None]
        yield Miscount(f"{path}.disconnects_count", one.disconnects_count, len(told))
        yield Miscount(f"{path}.unlogged_disconnects_count", one.unlogged_disconnects_count, len(drops) - len(told))
        yield Miscount(
            f"{path}.connects_count", one.connects_count, sum(session.connected_at is not None for session in sessions)
        )
        yield Miscount(f"{path}.median_session_s", one.median_session_s, _median(lengths_s))
        yield Miscount(f"{path}.median_outage_s", one.median_outage_s, _median(outages_s))
        reasons = Counter(_read_reason(one, drop) for drop in told)
        yield Miscount(f"{path}.reasons", dict(one.reasons), dict(reasons))
        unknown_s = sum(session.unknown_s or 0.0 for session in sessions)
        yield Miscount(f"{path}.unknown_s", one.unknown_s, unknown_s)
        yield from _recount_unknown(path, sessions)
        own = [file.last for file in got.inputs.files if file.last and _may_write(file.connection, one.id)]
        if own and one.logs_end is not None:
            yield Miscount(f"{path}.logs_end", one.logs_end, max(own))
        end = one.logs_end or got.inputs.end
        if end is not None and sessions:
            open_s, up_s = _find_open_s(one, sessions, minded, end)
            yield Miscount(f"{path}.outage_s", one.outage_s, sum(outages_s) + open_s)
            yield Miscount(f"{path}.connected_s", one.connected_s, sum(lengths_s) + up_s)
        if one.availability_ratio is not None:
            share = one.connected_s / (one.connected_s + one.outage_s)
            yield Miscount(f"{path}.availability_ratio", one.availability_ratio, share)
            yield Miscount(
                f"{path}.unknown_s beside a share", 2 * unknown_s <= one.connected_s + one.outage_s + unknown_s, True
            )


def _may_write(process: str, connection: str) -> bool:
    """Whether a process wrote the lines of a connection, which is named after it, or after it and a client of its."""
    return connection == process or connection.startswith(f"{process}/")


def _recount_unknown(path: str, sessions: list[Session]) -> Iterator[Miscount]:
    """From the last trace to the next connect all time is unknown or down, and none is both."""
    for place, (session, after) in enumerate(pairwise(sessions)):
        if session.unknown_s is not None and session.disconnected_at and after.connected_at:
            away_s = (after.connected_at - session.disconnected_at).total_seconds()
            yield Miscount(f"{path}.sessions[{place}]", session.unknown_s + (session.outage_s or 0.0), away_s)


def _read_reason(connection: Connection, drop: Disconnect) -> str:
    reason = drop.server_reason if connection.side == "server" else drop.reason
    return reason or "unknown"


def _find_open_s(
    connection: Connection, sessions: list[Session], minded: set[datetime], end: datetime
) -> tuple[float, float]:
    """How long the last outage, and the last session, had lasted when the logs ended, in seconds."""
    last = sessions[-1]
    if last.disconnected_at is None:
        return 0.0, (end - last.connected_at).total_seconds() if last.connected_at else 0.0
    is_away = last.outage_s is None and last.disconnected_at in minded and connection.side == "client"
    lasted_s = (end - last.disconnected_at).total_seconds() - (last.unknown_s or 0.0)
    return max(lasted_s, 0.0) if is_away else 0.0, 0.0


def _median(values: list[float]) -> float | None:
    return median(values) if values else None


def _recount_disconnects(got: Diagnosis) -> Iterator[Miscount]:
    ends = {(session.connection, session.disconnected_at): session for session in got.sessions}
    before: dict[str, datetime] = {}
    for place, drop in enumerate(got.disconnects):
        path = f"disconnects[{place}]"
        yield Miscount(f"{path}.index", drop.index, place)
        session = ends.get((drop.connection, drop.time))
        if session is not None:
            yield Miscount(f"{path}.session_s", drop.session_s, session.session_s)
            yield Miscount(f"{path}.outage_s", drop.outage_s, session.outage_s)
        last = before.get(drop.connection)
        if drop.interval_s is not None and last is not None:
            yield Miscount(f"{path}.interval_s", drop.interval_s, (drop.time - last).total_seconds())
        before[drop.connection] = drop.time
        known = {pattern.id for pattern in got.patterns} | {None}
        yield Miscount(f"{path}.pattern", drop.pattern in known, True)
    if got.quiet is not None:
        faults = [drop for drop in got.disconnects if drop.is_fault]
        yield Miscount("quiet.disconnects_count", got.quiet.disconnects_count, len(faults))
        yield Miscount("quiet.since", got.quiet.since, max(drop.time for drop in faults))


def _recount_patterns(got: Diagnosis) -> Iterator[Miscount]:
    for pattern in got.patterns:
        path = f"patterns[{pattern.id}]"
        members = sum(drop.pattern == pattern.id for drop in got.disconnects)
        around = sum(drop.connection in pattern.connections for drop in got.minded)
        yield Miscount(f"{path}.explained_count", pattern.explained_count, members)
        yield Miscount(f"{path}.of_count", pattern.of_count, around)
    for trigger in got.triggers:
        path = f"triggers[{trigger.id}]"
        yield Miscount(f"{path}.preceded_count", trigger.preceded_count <= trigger.of_count, True)
        yield Miscount(f"{path}.of_count", trigger.of_count <= len(got.minded), True)
        yield Miscount(f"{path}.followed_count", trigger.followed_count <= trigger.occurrences_count, True)


def _recount_pushes(got: Diagnosis) -> Iterator[Miscount]:
    pushes = got.pushes
    outcomes = Counter(push.outcome for push in pushes.items)
    fates = Counter(push.fate for push in pushes.items)
    for outcome in (PushOutcome.FAILED, PushOutcome.SUSPECT, PushOutcome.UNKNOWN):
        yield Miscount(f"pushes.{outcome}_count", getattr(pushes, f"{outcome}_count"), outcomes[outcome])
    yield Miscount("pushes.attempted_count", pushes.attempted_count, pushes.ok_count + len(pushes.items))
    yield Miscount("pushes.lost_certain_count", pushes.lost_certain_count, fates[PushFate.LOST])
    yield Miscount("pushes.lost_probable_count", pushes.lost_probable_count, fates[PushFate.PROBABLY_LOST])
    lost = {name for push in pushes.items if push.fate is PushFate.LOST for name in push.message_ids}
    yield Miscount("pushes.lost_message_ids", sorted(pushes.lost_message_ids), sorted(lost))
    drops = {drop.index: drop for drop in got.disconnects}
    for place, push in enumerate(pushes.items):
        if push.disconnect_index is not None and push.lead_ms is not None:
            drop = drops[push.disconnect_index]
            lead_s = (drop.time - push.time).total_seconds()
            if drop.session_s is not None and 0.0 < drop.session_s < lead_s:
                lead_s = drop.session_s  # it had waited for the connection
            yield Miscount(f"pushes.items[{place}].lead_ms", push.lead_ms, lead_s * 1e3)
        if push.readings:
            weight = sum(reading.weight_ratio for reading in push.readings)
            yield Miscount(f"pushes.items[{place}].readings", float(weight), 1.0)


def _recount_causes(got: Diagnosis) -> Iterator[Miscount]:
    for cause in got.causes:
        path = f"causes[{cause.id}]"
        yield Miscount(f"{path}.explains_count", cause.explains_count, len(set(cause.disconnect_indices)))
        yield Miscount(f"{path}.of_count", cause.of_count, len(got.minded))
        for check in cause.checks:
            yield from _recount_check(got, cause, check, f"{path}.checks[{check.id}]")


def _recount_check(got: Diagnosis, cause: Cause, check: Check, path: str) -> Iterator[Miscount]:
    numbers = check.numbers
    count, of_count = numbers.get("count"), numbers.get("of_count")
    if isinstance(count, int) and isinstance(of_count, int):
        yield Miscount(f"{path}.count", count <= of_count, True)
    if isinstance(of_count, int) and check.id in OF_CLAIMED:
        yield Miscount(f"{path}.of_count", of_count, cause.explains_count)
    if isinstance(of_count, int) and check.id in OF_ALL:
        yield Miscount(f"{path}.of_count", of_count, cause.of_count)
    if check.outcome is Outcome.SUPPORTS and check.id in {"timer-pattern", "age-pattern", "idle-pattern"}:
        found = {(one.explained_count, one.period_s, one.false_alarm_probability) for one in got.patterns}
        said = count, numbers.get("period_s"), numbers.get("false_alarm_probability")
        yield Miscount(path, said in found, True)
    if check.id == "ping-reason" and check.outcome is Outcome.SUPPORTS:
        claimed = [drop for drop in got.disconnects if drop.index in cause.disconnect_indices]
        by_client = sum(drop.reason == "ping timeout" for drop in claimed)
        yield Miscount(f"{path}.client_count", numbers.get("client_count"), by_client)
        by_server = sum(drop.server_reason == "ping timeout" for drop in claimed)
        yield Miscount(f"{path}.server_count", numbers.get("server_count"), by_server)


def _recount_findings(got: Diagnosis) -> Iterator[Miscount]:
    minded = got.minded
    counts = {
        "unexplained-disconnects": sum(drop.has_end_line and not drop.is_orderly for drop in minded),
        "unlogged-ends": sum(not drop.has_end_line and not drop.is_orderly for drop in minded),
        "orderly-stops": sum(drop.is_orderly for drop in minded),
        "departures": len(got.disconnects) - len(minded),
        "lost-pushes": got.pushes.lost_certain_count,
        "probably-lost-pushes": got.pushes.lost_probable_count,
        "no-connects": len(minded),
    }
    seen = {finding.id for finding in got.findings}
    for name in ("unexplained-disconnects", "unlogged-ends", "orderly-stops", "departures", "lost-pushes"):
        yield Miscount(f"findings[{name}]", name in seen, counts[name] > 0)
    patterns = {pattern.id: pattern for pattern in got.patterns}
    connections = {connection.id: connection for connection in got.connections}
    for finding in got.findings:
        path, numbers = f"findings[{finding.id}]", finding.numbers
        if finding.id in counts:
            yield Miscount(f"{path}.count", numbers.get("count"), counts[finding.id])
        if finding.id == "lost-pushes":
            yield Miscount(f"{path}.ids_count", numbers["ids_count"], len(got.pushes.lost_message_ids))
        if finding.id == "departures":
            clients = {drop.connection for drop in got.disconnects if drop.is_departure}
            yield Miscount(f"{path}.connections_count", numbers["connections_count"], len(clients))
        if finding.id == "skipped-lines":
            yield Miscount(f"{path}.skipped_count", numbers["skipped_count"], got.inputs.skipped_count)
        if finding.id == "periodic-disconnects":
            pattern = patterns[str(numbers["pattern"])]
            yield Miscount(f"{path}.count", numbers["count"], pattern.explained_count)
            yield Miscount(f"{path}.of_count", numbers["of_count"], pattern.of_count)
        if finding.id in {"low-availability", "some-downtime"}:
            one = connections[str(numbers["connection"])]
            down_s = one.outage_s - float(numbers.get("off_s") or 0.0)
            share = one.connected_s / (one.connected_s + down_s) if "off_s" in numbers else one.availability_ratio
            yield Miscount(f"{path}.outage_s", numbers["outage_s"], down_s)
            yield Miscount(f"{path}.availability_ratio", numbers["availability_ratio"], share)


def _recount_groups(got: Diagnosis) -> Iterator[Miscount]:
    offsets_s = {clock.source: clock.offset_ms / 1e3 for clock in got.clocks if abs(clock.offset_ms) > clock.error_ms}
    members: dict[int, list[Disconnect]] = defaultdict(list)
    for drop in got.disconnects:
        if drop.fleet_event is not None:
            members[drop.fleet_event].append(drop)
    yield Miscount("fleet_events", sorted(members), list(range(1, len(got.fleet_events) + 1)))
    for number, event in enumerate(got.fleet_events, 1):
        drops = members[number]
        if drops:
            yield Miscount(
                f"fleet_events[{number}].connections", set(event.connections), {drop.connection for drop in drops}
            )
            times_s = [drop.time.timestamp() - offsets_s.get(drop.connection, 0.0) for drop in drops]
            spread_ms = (max(times_s) - min(times_s)) * 1e3
            is_near = abs(event.spread_ms - spread_ms) < WRITTEN_MS
            yield Miscount(
                f"fleet_events[{number}].spread_ms", event.spread_ms, event.spread_ms if is_near else spread_ms
            )
    for silence in got.silences:
        yield Miscount("silences.silence_s", silence.silence_s, (silence.end - silence.start).total_seconds())
    if got.reason_pairs:
        paired = Counter((drop.reason, drop.server_reason) for drop in got.disconnects if drop.seen_by == "both")
        said = {(pair.reason, pair.server_reason): pair.count for pair in got.reason_pairs}
        yield Miscount("reason_pairs", said, dict(paired))
    worst = got.worst_clients
    if worst is not None:
        faults = Counter(drop.connection for drop in got.disconnects if drop.is_fault)
        yield Miscount("worst_clients.disconnects_count", worst.disconnects_count, faults.total())
        yield Miscount("worst_clients.most_count", worst.most_count, max(faults.values(), default=0))
        above = sum(count > worst.limit_count for count in faults.values())
        yield Miscount("worst_clients.above_count", worst.above_count, above)
        for client in worst.clients:
            yield Miscount(f"worst_clients[{client.connection}]", client.disconnects_count, faults[client.connection])
            share = client.disconnects_count / worst.disconnects_count
            yield Miscount(f"worst_clients[{client.connection}].disconnects_ratio", client.disconnects_ratio, share)
    for timer in got.timers:
        yield Miscount("timers.preceded_count", timer.preceded_count + timer.without_count <= timer.of_count, True)
