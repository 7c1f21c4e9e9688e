"""From paths to a Diagnosis: the stages in order; the only module that knows them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from logdiag.analyzers import case as cases
from logdiag.analyzers import disconnects as drops_of
from logdiag.analyzers.causes import judge_causes
from logdiag.analyzers.far_side import FarSide, match_receipts, read_far_side
from logdiag.analyzers.findings import (
    decide_verdict,
    find_blind_spots,
    find_findings,
    find_nothing,
    find_unheard,
)
from logdiag.analyzers.fleet import Drop, find_fleet_events
from logdiag.analyzers.incidents import collect_excerpts, find_worst
from logdiag.analyzers.patterns import ClockFit, PatternReport, find_patterns
from logdiag.analyzers.pushes import (
    SHORTEST_REACH_MS,
    Attempt,
    find_attempts,
    keep_ledger,
    measure_exposure,
    settle_by_receipts,
)
from logdiag.analyzers.series import build_contexts, build_drop_series, build_template_series
from logdiag.analyzers.sessions import Span, find_sessions, list_sessions, summarize_connections
from logdiag.analyzers.silences import ProcessLine, ProcessLines, find_beats, find_silences, group_lines
from logdiag.analyzers.strata import refine_patterns
from logdiag.analyzers.triggers import TriggerFit, find_triggers
from logdiag.diagnosis import (
    Diagnosis,
    Disconnect,
    Evidence,
    FleetEvent,
    Incident,
    InputFile,
    Inputs,
    Lag,
    Pattern,
    Push,
    Reset,
    Silence,
    SkippedReason,
    Trigger,
)
from logdiag.errors import InputError
from logdiag.events import Event, EventKind
from logdiag.parsers.neighbourhoods import Neighbour, Window, merge_windows, read_neighbourhoods
from logdiag.parsers.rules import load_rules
from logdiag.parsers.scanner import FileScan, scan_lines
from logdiag.reading import Found, LogFile, discard_spooled, find_log_files, read_lines, read_places
from logdiag.time_window import TimeWindow, parse_zone, resolve_window
from logdiag.timeline import build_timeline, from_seconds, to_seconds

if TYPE_CHECKING:
    import pandas as pd

NEIGHBOURHOOD: Final = timedelta(seconds=75)
SHOWN_CHARACTERS: Final = 2_000
CONNECTION_KINDS: Final = (
    EventKind.CONNECTED,
    EventKind.DISCONNECTED,
    EventKind.CONNECT_ERROR,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_DISCONNECTED,
)
PUSH_KINDS: Final = (EventKind.PUSH_STARTED, EventKind.PUSH_OK, EventKind.PUSH_FAILED, EventKind.EMIT)
FAR_DRIVEN: Final = (
    EventKind.CONNECTED,
    EventKind.JOINED,
    EventKind.DISCONNECTED,
    EventKind.CONNECT_ERROR,
    EventKind.EMIT_REFUSED,
    EventKind.PUSH_FAILED,
    EventKind.RECEIPT,
    EventKind.RECEIVED,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_JOINED,
    EventKind.SERVER_DISCONNECTED,
)
RESOLUTIONS_S: Final = (60.0, 1.0, 0.1, 0.01)


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for. Times are as typed; `zone` is the zone of stamps that do not name their own."""

    paths: tuple[str, ...]
    since: str | None = None
    until: str | None = None
    around: str | None = None
    zone: str | None = None
    rules_files: tuple[str, ...] = ()
    server_ping_interval_ms: int | None = None
    server_ping_timeout_ms: int | None = None
    max_http_buffer_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The diagnosis, and the timeline that it rests on."""

    diagnosis: Diagnosis
    timeline: pd.DataFrame


class Reading(NamedTuple):
    """What the files held."""

    found: Found
    scans: tuple[FileScan, ...]
    zone: tzinfo
    window: TimeWindow | None


def diagnose(
    request: Request, *, stdin: BinaryIO | None = None, on_progress: Callable[[int, int], None] | None = None
) -> Result:
    """Read the logs, lay them on one timeline, analyse it. Raises InputError and RuleError."""
    found = find_log_files(request.paths, stdin)
    try:
        reading = _read(request, found, on_progress)
        return _analyze(request, reading)
    finally:
        discard_spooled(found.files)


def _read(request: Request, found: Found, on_progress: Callable[[int, int], None] | None) -> Reading:
    zone = parse_zone(request.zone)
    rules = load_rules(request.rules_files)
    wants_window = any(text is not None for text in (request.since, request.until, request.around))
    progress = _Progress(sum(file.size_bytes for file in found.files), on_progress)
    scans = [
        scan_lines(file, read_lines(file, progress.add), rules, zone=zone, timed=wants_window) for file in found.files
    ]
    if not any(scan.records_seen for scan in scans):
        raise InputError(_describe_nothing(request, found, scans))
    window = None
    if wants_window:
        end = max(scan.last for scan in scans if scan.last is not None)
        window = resolve_window(request.since, request.until, request.around, end=end, zone=zone)
    return Reading(found, tuple(scans), zone, window)


class _Progress:
    """Bytes done of all bytes, told to whoever listens."""

    def __init__(self, total: int, listener: Callable[[int, int], None] | None) -> None:
        self.total, self.done, self.listener = total, 0, listener

    def add(self, count: int) -> None:
        self.done += count
        if self.listener is not None:
            self.listener(self.done, self.total)


def _describe_nothing(request: Request, found: Found, scans: Sequence[FileScan]) -> str:
    place = ", ".join(request.paths)
    lines = sum(scan.lines_count for scan in scans)
    looked = f"{len(found.files)} log files with {lines} lines, {len(found.left_alone)} other files left alone"
    return (
        f"{place}: not one line that could be parsed ({looked}); logdiag reads JSON lines with a time stamp, "
        "as winston, pino or bunyan write them: give the folder that holds them"
    )


def _analyze(request: Request, reading: Reading) -> Result:
    events = [event for scan in reading.scans for event in scan.events]
    if reading.window is not None:
        events = [event for event in events if reading.window.holds(event.time)]
    timeline = build_timeline(events)
    frame = timeline.frame
    start, end = _measure_extent(reading, frame)
    spans = find_sessions(frame)
    far = read_far_side(frame, spans)
    drops, drop_spans = drops_of.list_disconnects(spans, far)
    lines = _read_neighbours(reading, drops)
    extent = (start.timestamp(), end.timestamp())

    local = {name: _offset_s(reading.zone, end) - _known_shift_s(far, name) for name in connections_of(drops)}
    series = build_drop_series(drops, drop_spans, frame, span_s=extent, local_offsets_s=local)
    patterns = find_patterns(series)
    triggers = _mine_triggers(frame, drops, spans, patterns.fits, lines, extent)
    numbers = drops_of.number_within(drops)
    logged = [key for key, place in numbers.items() if drops[place].logged]
    patterns = refine_patterns(series, patterns, triggers, logged)
    pattern_ids = {rank: f"P{rank + 1}" for rank in range(len(patterns.fits))}
    drops = drops_of.assign_patterns(drops, patterns.fits, pattern_ids)
    trigger_ids = {rank: f"T{rank + 1}" for rank in range(len(triggers))}
    drops = drops_of.assign_triggers(drops, triggers, trigger_ids)
    fleet = find_fleet_events(_on_server_clock(drops, far), len({span.connection for span in spans}))
    drops = drops_of.assign_fleet_events(drops, fleet)
    attempts = find_attempts(frame)
    exposures = measure_exposure(spans, end)
    attempts = settle_by_receipts(attempts, match_receipts(frame, attempts, far, spans), exposures)
    push_templates = _find_push_templates(frame, lines[0])
    reach_ms = cases.measure_push_reach_ms(triggers, push_templates, SHORTEST_REACH_MS)
    pushes, all_pushes = keep_ledger(attempts, drops, exposures, reach_ms=reach_ms)
    fits_by_id = {pattern_ids[rank]: fit for rank, fit in enumerate(patterns.fits)}
    drops = drops_of.remark(drops, drop_spans, all_pushes, fits_by_id, reach_ms=reach_ms)
    processes = _group_processes(frame, lines)
    silences = find_silences(processes)
    evidence = _Evidence(
        frame,
        drops,
        drop_spans,
        patterns,
        triggers,
        attempts,
        all_pushes,
        far,
        silences,
        processes,
        push_templates,
        reach_ms,
        local,
    )
    case = _build_case(request, evidence, pattern_ids, trigger_ids, len({span.connection for span in spans}), fleet)
    causes = judge_causes(case)
    connections = summarize_connections(spans, end)
    pattern_rows = tuple(_write_pattern(pattern_ids[rank], fit, drops) for rank, fit in enumerate(patterns.fits))
    inputs = _describe_inputs(request, reading, frame, len(timeline.duplicates), start, end)
    seen = bool(frame["kind"].isin([kind.value for kind in CONNECTION_KINDS]).any())
    findings = find_findings(drops, pattern_rows, pushes, connections)
    findings += find_unheard(cases.collect_errors(frame), connections, far)
    if not seen:
        records_seen = any(scan.records_seen for scan in reading.scans)
        findings += find_nothing(inputs.levels, inputs.lines_count, records_seen=records_seen)
    verdict, severity = decide_verdict(findings, events_seen=seen)
    return Result(
        Diagnosis(
            inputs=inputs,
            verdict=verdict,
            severity=severity,
            connections=connections,
            sessions=list_sessions(spans),
            patterns=pattern_rows,
            triggers=tuple(_write_trigger(trigger_ids[rank], fit) for rank, fit in enumerate(triggers)),
            silences=silences,
            clocks=far.clocks,
            fleet_events=tuple(event for event, _ in fleet),
            disconnects=drops,
            pushes=pushes,
            retries=(),
            causes=causes,
            findings=findings,
            blind_spots=find_blind_spots(case, causes),
            code=None,
            worst_incident=_show_worst(reading, frame, drops, drop_spans, all_pushes),
        ),
        frame,
    )


def _measure_extent(reading: Reading, frame: pd.DataFrame) -> tuple[datetime, datetime]:
    """First and last instant of what is analysed."""
    firsts = [scan.first for scan in reading.scans if scan.first is not None]
    lasts = [scan.last for scan in reading.scans if scan.last is not None]
    start, end = min(firsts), max(lasts)
    if reading.window is not None:
        start = max(start, reading.window.since or start)
        end = max(start, min(end, reading.window.until or end))
    return start, end


def connections_of(drops: Sequence[Disconnect]) -> list[str]:
    """The connections that dropped."""
    return sorted({drop.connection for drop in drops})


def _offset_s(zone: tzinfo, moment: datetime) -> float:
    offset = moment.astimezone(zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()


def _read_neighbours(reading: Reading, drops: Sequence[Disconnect]) -> tuple[list[Neighbour], list[Window]]:
    windows = merge_windows(Window(drop.time - NEIGHBOURHOOD, drop.time + NEIGHBOURHOOD) for drop in drops)
    lines = read_neighbourhoods(reading.scans, windows, zone=reading.zone)
    if reading.window is not None:
        inside = reading.window.holds
        return [line for line in lines if inside(line.time)], windows
    return list(lines), windows


Lines = tuple[list[Neighbour], list[Window]]


def _mine_triggers(
    frame: pd.DataFrame,
    drops: Sequence[Disconnect],
    spans: Sequence[Span],
    fits: Sequence[ClockFit],
    lines: Lines,
    extent: tuple[float, float],
) -> tuple[TriggerFit, ...]:
    neighbours, windows = lines
    observed = [(window.start.timestamp(), window.end.timestamp()) for window in windows]
    clients = {span.connection: span.connection for span in spans}
    rows = (
        (line.time.timestamp(), (line.source, line.service, line.level, line.template), line.file, line.line)
        for line in neighbours
    )
    contexts = build_contexts(drops, spans, fits, span_s=extent, observed_s=observed)
    return find_triggers(contexts, build_template_series(rows, frame, clients))


def _group_processes(frame: pd.DataFrame, lines: Lines) -> list[ProcessLines]:
    neighbours, windows = lines
    kinds = [EventKind.PROCESS_STARTED.value, EventKind.SERVER_STARTED.value]
    started = frame[frame["kind"].isin(kinds)]
    starts: dict[str, list[float]] = {}
    for source, seconds in zip(started["source"], to_seconds(started["time"]), strict=True):
        starts.setdefault(str(source), []).append(float(seconds))
    echoes = frame[frame["kind"].isin([kind.value for kind in FAR_DRIVEN])]
    driven = set(zip(echoes["file"], echoes["line"], strict=True))
    rows = (
        ProcessLine(
            line.time.timestamp(),
            line.source,
            None if (line.file, line.line) in driven else f"{line.service} {line.template}",
            Evidence(line.file, line.line),
        )
        for line in neighbours
    )
    return group_lines(rows, [(window.start.timestamp(), window.end.timestamp()) for window in windows], starts)


def _on_server_clock(drops: Sequence[Disconnect], far: FarSide) -> list[Drop]:
    shifts = {drop.connection: _known_shift_s(far, drop.connection) for drop in drops}
    return [Drop(drop.index, drop.time.timestamp() - shifts[drop.connection], drop.connection) for drop in drops]


def _known_shift_s(far: FarSide, connection: str) -> float:
    offset, error = far.offset_s(connection)
    return offset if abs(offset) > error else 0.0


class _Evidence(NamedTuple):
    """The results of all stages before the causes."""

    frame: pd.DataFrame
    drops: tuple[Disconnect, ...]
    spans: tuple[Span, ...]
    patterns: PatternReport
    triggers: tuple[TriggerFit, ...]
    attempts: tuple[Attempt, ...]
    pushes: tuple[Push, ...]
    far: FarSide
    silences: tuple[Silence, ...]
    processes: list[ProcessLines]
    push_templates: frozenset[tuple[str, str]]
    push_reach_ms: float
    local_offsets_s: dict[str, float]


def _build_case(
    request: Request,
    found: _Evidence,
    pattern_ids: dict[int, str],
    trigger_ids: dict[int, str],
    connections_count: int,
    fleet: Sequence[tuple[FleetEvent, tuple[int, ...]]],
) -> cases.Case:
    frame = found.frame
    errors = cases.collect_errors(frame)
    kinds = set(frame["kind"])
    return cases.Case(
        facts=_gather_facts(found, errors, pattern_ids, fleet),
        errors=tuple(error for name in sorted(errors) for error in errors[name]),
        patterns=found.patterns,
        pattern_ids=pattern_ids,
        triggers=found.triggers,
        trigger_ids=trigger_ids,
        attempts=found.attempts,
        pushes=found.pushes,
        far=found.far,
        connections_count=connections_count,
        beats_seen=any(find_beats(process.templates) for process in found.processes),
        starts_seen=EventKind.PROCESS_STARTED.value in kinds,
        emits_seen=bool({EventKind.EMIT.value, EventKind.RECEIVED.value} & kinds),
        push_templates=found.push_templates,
        push_reach_ms=found.push_reach_ms,
        local_offsets_s=found.local_offsets_s,
        payload_errors=_places(frame, EventKind.SERVER_ERROR),
        kicks=_places(frame, EventKind.SERVER_KICK),
        resolution_s=_measure_resolution(found.spans),
        ping_interval_s=_seconds(request.server_ping_interval_ms),
        ping_timeout_s=_seconds(request.server_ping_timeout_ms),
        max_payload_bytes=request.max_http_buffer_bytes,
    )


def _find_push_templates(frame: pd.DataFrame, lines: Sequence[Neighbour]) -> frozenset[tuple[str, str]]:
    """(service, template) of the lines that start a push, report it, or hand it to the socket."""
    own = frame["kind"].isin([kind.value for kind in PUSH_KINDS]) & ~frame["channel"].fillna("").str.contains(
        "heartbeat"
    )
    rows = frame[own]
    known = set(zip(rows["file"], rows["line"], strict=True))
    return frozenset((line.service, line.template) for line in lines if (line.file, line.line) in known)


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1e3


def _places(frame: pd.DataFrame, kind: EventKind) -> tuple[Evidence, ...]:
    rows = frame[frame["kind"] == kind.value]
    return tuple(Evidence(file, int(line)) for file, line in zip(rows["file"], rows["line"], strict=True))


def _measure_resolution(spans: Sequence[Span]) -> float:
    """The coarsest step that all stamps of disconnects and reconnects keep, in seconds."""
    moments = [moment for span in spans for moment in (span.closed, span.reopened) if moment is not None]
    if not moments:
        return 0.001
    steps = [round(step * 1e6) for step in RESOLUTIONS_S]
    micros = [round(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond for moment in moments]
    return next((step / 1e6 for step in steps if not any(value % step for value in micros)), 0.001)


def _gather_facts(
    found: _Evidence,
    errors: dict[str, list[cases.ConnectError]],
    pattern_ids: dict[int, str],
    fleet: Sequence[tuple[FleetEvent, tuple[int, ...]]],
) -> tuple[cases.Facts, ...]:
    fits = {pattern_ids[rank]: fit for rank, fit in enumerate(found.patterns.fits)}
    arrived = {attempt.evidence: attempt.received for attempt in found.attempts}
    rivals = cases.find_rivals(found.frame, found.spans, found.far)
    servers = {session.source for session in found.far.sockets.values()}
    own: dict[str, list[Silence]] = {}
    for silence in found.silences:
        own.setdefault(silence.connection, []).append(silence)
    in_fleet = {index for _, indices in fleet for index in indices}
    facts = []
    for drop, span in zip(found.drops, found.spans, strict=True):
        offset, _ = found.far.offset_s(drop.connection)
        push = cases.find_push(found.pushes, drop.index, found.push_reach_ms)
        notice, notice_error = cases.describe_notice(span, found.far)
        far_silences = [silence for server in sorted(servers) for silence in own.get(server, [])]
        facts.append(
            cases.Facts(
                drop=drop,
                span=span,
                reason=drop.reason if drop.reason in cases.CLIENT_REASONS else None,
                errors=cases.errors_in_outage(errors.get(drop.connection, []), span),
                fit=None if drop.pattern is None else fits[drop.pattern],
                silence=cases.find_silence(own.get(drop.connection, []), drop.time, before=True),
                far_silence=cases.find_silence(far_silences, drop.time - timedelta(seconds=offset), before=False),
                far_start=cases.find_far_start(found.far.starts, span, offset),
                push=push,
                push_arrived=None if push is None else arrived.get(push.evidence),
                notice_s=notice,
                notice_error_s=notice_error,
                rival=rivals.get((span.connection, drop.time)),
                kick=None,
                fleet_wide=drop.index in in_fleet,
            )
        )
    return tuple(facts)


def _write_pattern(identifier: str, fit: ClockFit, drops: Sequence[Disconnect]) -> Pattern:
    of_count = sum(drop.connection in fit.connections for drop in drops)
    return Pattern(
        id=identifier,
        kind=fit.kind,
        connections=fit.connections,
        period_s=fit.period_s,
        period_error_s=fit.period_error_s,
        jitter_s=fit.jitter_s,
        drift_ms_per_beat=fit.drift_ms_per_beat,
        explained_count=len(fit.members),
        of_count=of_count,
        missed_beats_count=fit.missed_beats_count,
        false_alarm_probability=fit.false_alarm_probability,
        reset_by_reconnect=fit.reset_by_reconnect,
        resets=tuple(Reset(from_seconds(reset.time_s), reset.shift_s) for reset in fit.resets),
        margin_nats=fit.margin_nats,
        runner_up=fit.runner_up,
        separating_event=fit.separating_event,
        phase_s=fit.phase_s,
    )


def _write_trigger(identifier: str, fit: TriggerFit) -> Trigger:
    return Trigger(
        id=identifier,
        connection=fit.connection,
        service=fit.service,
        template=fit.template,
        role=fit.role,
        lag_ms=Lag(fit.lag_median_s * 1e3, fit.lag_p10_s * 1e3, fit.lag_p90_s * 1e3),
        preceded_count=fit.preceded_count,
        of_count=fit.of_count,
        expected_by_chance=fit.expected_by_chance,
        p_value=fit.p_value,
        q_value=fit.q_value,
        occurrences_count=fit.occurrences_count,
        followed_count=fit.followed_count,
        example=fit.example,
    )


def _show_worst(
    reading: Reading,
    frame: pd.DataFrame,
    drops: Sequence[Disconnect],
    spans: Sequence[Span],
    pushes: Sequence[Push],
) -> Incident | None:
    worst = find_worst(drops, pushes)
    if worst is None:
        return None
    excerpts = collect_excerpts(frame, worst, spans[drops.index(worst)])
    files: dict[str, LogFile] = {scan.file.path: scan.file for scan in reading.scans}
    wanted: dict[str, set[int]] = {}
    for excerpt in excerpts:
        wanted.setdefault(excerpt.evidence.file, set()).add(excerpt.evidence.line)
    texts = {path: read_places(files[path], numbers) for path, numbers in wanted.items()}
    return Incident(
        worst.index,
        tuple(
            replace(excerpt, text=_decode(texts[excerpt.evidence.file].get(excerpt.evidence.line, b"")))
            for excerpt in excerpts
        ),
    )


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")[:SHOWN_CHARACTERS]


def _describe_inputs(
    request: Request, reading: Reading, frame: pd.DataFrame, duplicates_count: int, start: datetime, end: datetime
) -> Inputs:
    counted = [_count_file(scan, reading.window, frame) for scan in reading.scans]
    skipped: Counter[str] = Counter()
    first: dict[str, Evidence] = {}
    for _, reasons, _ in counted:
        for reason, places in sorted(reasons.items()):
            skipped[reason] += len(places)
            first.setdefault(reason, places[0])
    levels: Counter[str] = Counter()
    for scan in reading.scans:
        levels.update(scan.levels)
    unclassified = sum(count for _, _, count in counted)
    events_count = sum(file.events_count for file, _, _ in counted)
    lines_count = sum(file.lines_count for file, _, _ in counted)
    return Inputs(
        paths=request.paths,
        files=tuple(file for file, _, _ in counted),
        lines_count=lines_count,
        events_count=events_count,
        skipped_count=sum(skipped.values()),
        skipped=tuple(SkippedReason(reason, skipped[reason], first[reason]) for reason in sorted(skipped)),
        start=start,
        end=end,
        clock_assumption=_describe_clocks(request, reading.scans),
        display_zone=request.zone or "UTC",
        unclassified_count=unclassified,
        duplicates_count=duplicates_count,
        outside_window_count=sum(scan.lines_count for scan in reading.scans) - lines_count,
        left_alone_count=len(reading.found.left_alone),
        levels=dict(sorted(levels.items())),
    )


def _count_file(
    scan: FileScan, window: TimeWindow | None, frame: pd.DataFrame
) -> tuple[InputFile, dict[str, list[Evidence]], int]:
    """One file's counts within the window, its skipped lines by reason, its unclassified lines."""
    events: Sequence[Event] = scan.events
    skipped = dict(scan.skipped)
    unclassified, lines = scan.unclassified_count, scan.lines_count
    event_lines = scan.event_lines_count
    first, last = scan.first, scan.last
    if window is not None:
        events = [event for event in events if window.holds(event.time)]
        event_lines = len({event.line for event in events})
        unclassified = sum(window.holds(_instant(micros)) for micros in scan.unclassified_times_us)
        skipped = {}
        for micros, reason, place in scan.skipped_times_us:
            if micros is None or window.holds(_instant(micros)):
                skipped.setdefault(reason, []).append(place)
        lines = event_lines + unclassified + sum(map(len, skipped.values()))
        first = None if first is None else max(first, window.since or first)
        last = None if last is None else min(last, window.until or last)
    file = InputFile(
        path=scan.file.path,
        connection=scan.file.source,
        service=scan.file.service,
        lines_count=lines,
        events_count=event_lines,
        skipped_count=sum(map(len, skipped.values())),
        first=first,
        last=last,
    )
    return file, skipped, unclassified


def _instant(micros: int) -> datetime:
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def _describe_clocks(request: Request, scans: Sequence[FileScan]) -> str:
    """`zoned`: every stamp names its zone; `assumed`: none does; `mixed`."""
    zoned = sum(scan.zoned_count for scan in scans)
    zoneless = sum(scan.zoneless_count for scan in scans)
    if not zoneless:
        return "zoned"
    return ("mixed" if zoned else "assumed") + f":{request.zone or 'UTC'}"
