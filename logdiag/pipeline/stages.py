"""From paths to a Diagnosis: the stages in order; the only module that knows them all."""

# ruff: noqa: PLC0415  what reads the application's own code is loaded where there is any
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from logdiag.analyzers import annotations as drops_of
from logdiag.analyzers.causes.blind_spots import find_blind_spots
from logdiag.analyzers.causes.case import DEFAULT_PING_INTERVAL_S
from logdiag.analyzers.causes.facts.gathering import build_case
from logdiag.analyzers.causes.facts.known import PushLedger, Sockets, Tracks
from logdiag.analyzers.causes.ranking import judge_causes
from logdiag.analyzers.clocks.patterns import find_patterns
from logdiag.analyzers.clocks.series import build_drop_series
from logdiag.analyzers.clocks_by_trigger import refine_patterns
from logdiag.analyzers.connections.both_sides import count_losses, pair_reasons
from logdiag.analyzers.connections.connect_errors import collect_errors
from logdiag.analyzers.connections.departures import mark_departures
from logdiag.analyzers.connections.disconnects import list_disconnects
from logdiag.analyzers.connections.fleet import Drop, count_connections, find_fleet_events
from logdiag.analyzers.connections.identities import identify_connections
from logdiag.analyzers.connections.joined_sessions import join_by_time
from logdiag.analyzers.connections.naming import name_connections
from logdiag.analyzers.connections.never_connected import find_shut_out_clients, find_shut_out_findings, group_failures
from logdiag.analyzers.connections.process_silences import find_silences, merge_silences
from logdiag.analyzers.connections.server_sessions import find_server_sessions, list_last_lines
from logdiag.analyzers.connections.server_side import ServerView, collect_sockets, read_server_view
from logdiag.analyzers.connections.server_turns import list_servers, list_turns
from logdiag.analyzers.connections.service_silences import find_file_silences
from logdiag.analyzers.connections.sessions import (
    find_sessions,
    forget_unlogged_ends,
    list_sessions,
    summarize_connections,
)
from logdiag.analyzers.findings import (
    decide_verdict,
    find_connectless,
    find_departures,
    find_findings,
    find_losses,
    find_nothing,
    find_reading_notes,
    find_retry_findings,
    find_unheard,
    note_idle_rules,
    note_likely,
    note_outside,
)
from logdiag.analyzers.health import find_crashes, find_doubts, find_refusals, outnumber_connects
from logdiag.analyzers.predictions import find_next_drop
from logdiag.analyzers.pushes.attempts import find_attempts
from logdiag.analyzers.pushes.exposure import measure_exposure
from logdiag.analyzers.pushes.ledger import SHORTEST_REACH_MS, keep_ledger
from logdiag.analyzers.pushes.own_retries import find_own_retries
from logdiag.analyzers.pushes.reach import measure_push_reach_ms
from logdiag.analyzers.pushes.readings import weigh_readings
from logdiag.analyzers.pushes.receipts import match_receipts, settle_by_receipts
from logdiag.analyzers.quiet import find_quiet
from logdiag.analyzers.replays import Recorded, summarize_retries
from logdiag.analyzers.result_rows import write_patterns, write_trigger
from logdiag.analyzers.settings import find_logged_settings
from logdiag.analyzers.worst_clients import find_worst_clients
from logdiag.events import EventKind
from logdiag.frame import build_timeline
from logdiag.parsers.rules import RuleSet
from logdiag.pipeline.code_places import find_code_places
from logdiag.pipeline.inputs import Reading, describe_inputs, find_zoneless, measure_extent, read_inputs
from logdiag.pipeline.processes import confirm_silences, group_processes
from logdiag.pipeline.quotes import quote_failures, show_worst
from logdiag.pipeline.surroundings import Surroundings, find_push_templates, mine_triggers, read_surroundings
from logdiag.pipeline.timers import hold_timers
from logdiag.pipeline.wordings import describe_wordings, find_idle_rules, find_likely
from logdiag.reading import Found, discard_spooled, find_log_files
from logdiag.request import Request
from logdiag.results.causes import Cause, Finding
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Disconnect
from logdiag.results.inputs import Inputs
from logdiag.results.patterns import ClockSearch
from logdiag.scanning.cells import Window
from logdiag.scanning.workers import Workers
from logdiag.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

    from logdiag.pipeline.sources import Sources
    from logdiag.results.code import Code

__all__ = ["Analysis", "Request", "Result", "Workers", "analyze", "diagnose", "open_reading"]

CONNECTION_KINDS: Final = (
    EventKind.CONNECTED,
    EventKind.DISCONNECTED,
    EventKind.CONNECT_ERROR,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_DISCONNECTED,
)


@dataclass(frozen=True, slots=True)
class Result:
    """The diagnosis, and the timeline that it rests on."""

    diagnosis: Diagnosis
    timeline: pd.DataFrame


class Extent(NamedTuple):
    """First and last instant of what is analysed."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> tuple[float, float]:
        """The same as UNIX seconds."""
        return self.start.timestamp(), self.end.timestamp()


class Analysis(NamedTuple):
    """The diagnosis with all that it was drawn from, for questions that go on from there."""

    diagnosis: Diagnosis
    frame: pd.DataFrame
    sockets: Sockets
    tracks: Tracks
    ledger: PushLedger
    near: Surroundings
    extent: Extent


def diagnose(
    request: Request,
    *,
    stdin: BinaryIO | None = None,
    on_found: Callable[[Found], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    workers: Workers | None = None,
) -> Result:
    """Read the logs, lay them on one timeline, analyse it. Raises InputError and RuleError.

    `on_found` is told the log files before they are read; what it raises ends the run. `workers` share what is a matter
    of each connection alone, in large fleets; by default this process, or the cluster that shall read.
    """
    sources = _read_sources(request)  # first: what cannot be read there shall not cost the reading of the logs
    with open_reading(request, sources, stdin=stdin, on_found=on_found, on_progress=on_progress) as reading:
        analysis = analyze(request, reading, workers or Workers(request.scheduler), sources)
        return Result(analysis.diagnosis, analysis.frame)


@contextmanager
def open_reading(
    request: Request,
    sources: Sources | None = None,
    *,
    stdin: BinaryIO | None = None,
    on_found: Callable[[Found], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Iterator[Reading]:
    """Find and scan the logs; within the context their files can be read again. Raises InputError and RuleError."""
    found = find_log_files(request.paths, stdin)
    try:
        if on_found is not None:
            on_found(found)
        yield read_inputs(request, found, on_progress, complete=partial(_add_rules_of_code, sources=sources))
    finally:
        discard_spooled(found.files)


def _read_sources(request: Request) -> Sources | None:
    if not request.source_paths:
        return None
    from logdiag.pipeline.sources import read_sources

    return read_sources(request)


def _add_rules_of_code(rules: RuleSet, sources: Sources | None) -> RuleSet:
    if sources is None:
        return rules
    from logdiag.pipeline.sources import add_rules_of_code

    return add_rules_of_code(rules, sources)


def _describe_code(sources: Sources | None, diagnosis: Diagnosis, reading: Reading) -> Code | None:
    if sources is None:
        return None
    from logdiag.pipeline.sources import describe_code

    return describe_code(sources, diagnosis, reading.events)


def analyze(request: Request, reading: Reading, workers: Workers, sources: Sources | None = None) -> Analysis:
    """Lay what was read on one timeline and analyse it."""
    timeline = build_timeline(reading.events(), name_connections)
    frame = timeline.frame
    stated = request.stated.complete(find_logged_settings(frame))
    if sources is not None:
        stated = stated.complete(sources.stated)
    extent = Extent(*measure_extent(reading))
    sockets = _follow_sockets(frame, extent.end)
    near = read_surroundings(reading, frame, sockets.drops, Window(*extent))
    tracks = _find_tracks(reading, frame, sockets, near, extent, stated.ping_interval_s, workers)
    ledger = _keep_ledger(frame, sockets, tracks, near, extent)
    processes = group_processes(frame, near, sockets.sessions)
    silences = confirm_silences(reading, find_silences(processes), near)
    watched = processes if near.sample is None else group_processes(frame, near.sample, sockets.sessions)
    case = build_case(frame, sockets, tracks, ledger, silences, processes, stated)
    inputs = describe_inputs(request, reading, len(timeline.duplicates), extent.start, extent.end, near.sampling)
    inputs = replace(inputs, wordings=describe_wordings(reading.events()))
    connections = summarize_connections(sockets.sessions, extent.end)
    connections = identify_connections(connections, reading.events(), frame, sockets.sessions, sockets.server)
    patterns = write_patterns(tracks.fits, tracks.pattern_ids, ledger.drops)
    seen = bool(frame["kind"].isin([kind.value for kind in CONNECTION_KINDS]).any())
    shut_out = find_shut_out_clients(frame, sockets.errors)
    none_connected = not any(item.connects_count for item in connections)
    causes = judge_causes(case, all_shut_out=bool(shut_out) and none_connected)
    shut_out_names = {client.connection for client in shut_out}
    failures = group_failures(sockets.errors, shut_out_names)
    findings = find_shut_out_findings(shut_out, failures, extent.end)
    clocks = [pattern for pattern in patterns if not shut_out_names.issuperset(pattern.connections)]
    findings += find_findings(ledger.drops, clocks, ledger.counts, connections)
    findings += find_unheard(connections, sockets.server)
    findings += find_retry_findings(find_own_retries(frame, ledger.pushes, ledger.drops, ledger.reach_ms))
    findings += find_connectless(ledger.drops, connections, sockets.server)
    findings += find_departures(sockets.departures)
    refusals = find_refusals(frame)
    findings += refusals + _note_reading(request, reading, inputs, seen=seen, is_refusing=bool(refusals))
    findings += find_losses(sockets.losses)
    doubts = find_doubts(frame, sockets.sessions, sockets.server) if seen else ()
    verdict, severity = decide_verdict(
        findings, events_seen=seen, doubts=(*outnumber_connects(refusals, frame), *doubts)
    )
    if verdict is Verdict.INCONCLUSIVE:
        findings = (*doubts, *findings)
    elif verdict is Verdict.INCIDENT:
        findings = (*findings, *find_crashes(frame))
    diagnosis = Diagnosis(
        inputs=inputs,
        verdict=verdict,
        severity=severity,
        connections=connections,
        sessions=list_sessions(sockets.sessions),
        patterns=patterns,
        triggers=tuple(write_trigger(tracks.trigger_ids[n], fit) for n, fit in enumerate(tracks.triggers)),
        silences=merge_silences(silences, find_file_silences(watched)),
        clocks=sockets.server.clocks,
        fleet_events=tuple(event for event, _ in tracks.fleet),
        disconnects=drops_of.merge_left(ledger.drops, sockets.departures),
        pushes=ledger.counts,
        retries=summarize_retries(record(extent, frame, sockets, ledger, causes, tuple(sorted(request.paths)))),
        causes=causes,
        findings=findings,
        blind_spots=find_blind_spots(case, causes),
        code=None,
        worst_incident=show_worst(reading, frame, ledger.drops, sockets.drop_sessions, ledger.pushes),
        clock_search=ClockSearch(
            max((item.disconnects_count for item in connections), default=0), tracks.report.needed_count
        ),
        connect_failures=quote_failures(reading, failures),
        timers=hold_timers(frame, sockets, tracks, ledger.drops, patterns, near, extent.seconds),
        code_places=find_code_places(reading, ledger.pushes, ledger.drops),
        quiet=find_quiet(ledger.drops, patterns, inputs.files, inputs.end),
        worst_clients=find_worst_clients(connections, ledger.drops),
        reason_pairs=pair_reasons(ledger.drops),
        line_losses=sockets.losses,
        servers=(servers := list_servers(frame)),
        server_turns=list_turns(frame, servers),
    )
    diagnosis = replace(
        diagnosis, code=_describe_code(sources, diagnosis, reading), next_drop=find_next_drop(diagnosis)
    )
    return Analysis(diagnosis, frame, sockets, tracks, ledger, near, extent)


def record(
    extent: Extent,
    frame: pd.DataFrame,
    sockets: Sockets,
    ledger: PushLedger,
    causes: Sequence[Cause],
    paths: tuple[str, ...],
) -> Recorded:
    """What a replay of retry policies starts from."""
    return Recorded(
        paths=paths,
        start=extent.start,
        end=extent.end,
        sessions=sockets.sessions,
        drops=ledger.drops,
        pushes=ledger.pushes,
        attempts=ledger.attempts,
        causes=causes,
        reach_ms=ledger.reach_ms,
        frame=frame,
    )


def _follow_sockets(frame: pd.DataFrame, end: datetime) -> Sockets:
    """What both sides say of every session and its end."""
    sessions = forget_unlogged_ends(find_sessions(frame), frame)
    sockets = collect_sockets(frame)
    sessions = join_by_time(sessions, sockets)
    server = read_server_view(frame, sessions, sockets)
    of_clients = {session.socket_id for session in sessions if session.socket_id is not None}
    sessions += mark_departures(find_server_sessions(server, list_last_lines(frame, server.starts_of), of_clients), end)
    drops, drop_sessions = list_disconnects(sessions, server)
    minded = [(drop, session) for drop, session in zip(drops, drop_sessions, strict=True) if not session.departed]
    left = tuple(drop for drop, session in zip(drops, drop_sessions, strict=True) if session.departed)
    return Sockets(
        sessions,
        server,
        tuple(drop for drop, _ in minded),
        tuple(session for _, session in minded),
        collect_errors(frame),
        drops_of.mark_left(left),
        count_losses(sessions, server),
    )


def _find_tracks(
    reading: Reading,
    frame: pd.DataFrame,
    sockets: Sockets,
    near: Surroundings,
    extent: Extent,
    ping_interval_s: float | None,
    workers: Workers,
) -> Tracks:
    """Which clocks the disconnects obey, what triggers them, which of them are one event of the fleet."""
    drops, server = sockets.drops, sockets.server
    names = sorted({drop.connection for drop in drops})
    zone_s = _offset_s(reading.zone, extent.end)
    shifts = {name: _known_shift_s(server, name) for name in names}
    offsets = {name: tuple(dict.fromkeys((zone_s, zone_s + shift_s))) for name, shift_s in shifts.items()}
    series = build_drop_series(
        drops,
        sockets.drop_sessions,
        frame,
        server,
        span_s=extent.seconds,
        shifts_s=shifts,
        local_offsets_s=offsets,
        ping_interval_s=ping_interval_s or DEFAULT_PING_INTERVAL_S,
    )
    report = find_patterns(series, spread=workers.spread)
    triggers = mine_triggers(frame, drops, sockets.sessions, report.fits, near, extent.seconds)
    report = refine_patterns(series, report, triggers, spread=workers.spread)
    pattern_ids = {rank: f"P{rank + 1}" for rank in range(len(report.fits))}
    trigger_ids = {rank: f"T{rank + 1}" for rank in range(len(triggers))}
    fleet = find_fleet_events(_on_server_clock(drops, server), count_connections(sockets.sessions))
    drops = drops_of.assign_patterns(drops, report.fits, pattern_ids)
    drops = drops_of.assign_triggers(drops, triggers, trigger_ids)
    drops = drops_of.assign_fleet_events(drops, fleet)
    return Tracks(report, pattern_ids, triggers, trigger_ids, fleet, offsets, drops)


def _keep_ledger(
    frame: pd.DataFrame, sockets: Sockets, tracks: Tracks, near: Surroundings, extent: Extent
) -> PushLedger:
    """Every push and its fate, and the disconnects with their remarks."""
    exposures = measure_exposure(sockets.sessions, extent.end)
    attempts = find_attempts(frame)
    received = match_receipts(frame, attempts, sockets.server, sockets.sessions)
    attempts = settle_by_receipts(attempts, received, exposures)
    templates = find_push_templates(frame, near)
    reach_ms = measure_push_reach_ms(tracks.triggers, templates, SHORTEST_REACH_MS)
    counts, pushes = keep_ledger(attempts, tracks.drops, exposures, reach_ms=reach_ms)
    pushes, counts = weigh_readings(attempts, pushes, counts, tracks.drops, tracks.list_beats())
    fits = {tracks.pattern_ids[rank]: fit for rank, fit in enumerate(tracks.fits)}
    drops = drops_of.remark(tracks.drops, sockets.drop_sessions, pushes, fits, reach_ms=reach_ms)
    return PushLedger(attempts, pushes, counts, templates, reach_ms, drops)


def _note_reading(
    request: Request, reading: Reading, inputs: Inputs, *, seen: bool, is_refusing: bool
) -> tuple[Finding, ...]:
    """What the reader of the report must know of the reading itself."""
    notes = find_reading_notes(inputs, None if request.zone else find_zoneless(reading.scans))
    notes += note_idle_rules(find_idle_rules(reading.rules, inputs.wordings))
    if seen:
        return notes
    if not inputs.lines_count and inputs.outside_window_count:
        return note_outside(inputs.outside_window_count, *measure_extent(reading._replace(window=None)))
    records_seen = any(scan.records_seen for scan in reading.scans)
    nothing = () if is_refusing else find_nothing(inputs.levels, inputs.lines_count, records_seen=records_seen)
    return nothing + note_likely(find_likely(reading)) + notes


def _offset_s(zone: tzinfo, moment: datetime) -> float:
    offset = moment.astimezone(zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()


def _on_server_clock(drops: Sequence[Disconnect], server: ServerView) -> list[Drop]:
    shifts = {drop.connection: _known_shift_s(server, drop.connection) for drop in drops}
    return [Drop(drop.index, drop.time.timestamp() - shifts[drop.connection], drop.connection) for drop in drops]


def _known_shift_s(server: ServerView, connection: str) -> float:
    offset, error = server.offset_s(connection)
    return offset if abs(offset) > error else 0.0
