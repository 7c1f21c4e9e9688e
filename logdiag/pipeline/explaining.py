"""The third stage: which clocks and triggers the disconnects obey, and what became of the pushes.

It takes the one second look into the files: at the lines around the disconnects, and at those that the report quotes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

import numpy as np

from logdiag.analyzers import annotations as drops_of
from logdiag.analyzers.causes.case import DEFAULT_PING_INTERVAL_S
from logdiag.analyzers.causes.facts.known import PushLedger, SureProcesses, Tracks
from logdiag.analyzers.clocks.mixed_rows import find_mixed_rows
from logdiag.analyzers.clocks.patterns import find_patterns
from logdiag.analyzers.clocks.series import (
    add_traffic,
    build_drop_series,
    count_silent,
    list_known_traffic,
    mark_batched,
)
from logdiag.analyzers.clocks_by_trigger import refine_patterns
from logdiag.analyzers.connections.batched_stamps import find_batched_step_s
from logdiag.analyzers.connections.fleet import Drop, count_connections, count_on_servers, find_fleet_events
from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import find_attempts
from logdiag.analyzers.pushes.exposure import measure_exposure
from logdiag.analyzers.pushes.ledger import SHORTEST_REACH_MS, keep_ledger
from logdiag.analyzers.pushes.reach import find_steady_lag_s, measure_push_reach_ms
from logdiag.analyzers.pushes.readings import weigh_readings
from logdiag.analyzers.pushes.receipts import match_receipts, settle_by_receipts
from logdiag.analyzers.result_rows import write_patterns
from logdiag.analyzers.silences.process_silences import ProcessLines, cut_to_lines, find_silences
from logdiag.analyzers.silences.service_silences import find_file_silences
from logdiag.analyzers.statistics.resolution import find_coarse_step_s
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.analyzers.triggers.moments import TemplateSeries
from logdiag.parsers.stated_pauses import tells_pause
from logdiag.pipeline.following import Followed
from logdiag.pipeline.processes import confirm_silences, find_kin, group_processes, measure_silences
from logdiag.pipeline.quotes import Quotes, quote
from logdiag.pipeline.stated_pauses import find_stated_pauses, prefer_stated
from logdiag.pipeline.surroundings import (
    Surroundings,
    find_push_templates,
    list_templates,
    mine_triggers,
    read_surroundings,
    read_wider,
)
from logdiag.pipeline.timers import hold_timers
from logdiag.pipeline.traffic_lines import find_direction, learn_lines
from logdiag.results.connections import Silence
from logdiag.results.disconnects import Disconnect
from logdiag.results.patterns import Pattern, TriggerRole
from logdiag.results.timers import Timer
from logdiag.scanning.workers import Workers


@dataclass(frozen=True, slots=True)
class Explained:
    """What the disconnects go by, and what they did to the pushes.

    `near` are the lines around the disconnects, `processes` the same by the process that wrote them, `sure_processes`
    without the files of which that is not known. `silences` are those of processes, `file_silences` those of files
    whose processes wrote on elsewhere.
    """

    followed: Followed
    near: Surroundings
    tracks: Tracks
    ledger: PushLedger
    patterns: tuple[Pattern, ...]
    processes: tuple[ProcessLines, ...]
    sure_processes: SureProcesses
    silences: tuple[Silence, ...]
    file_silences: tuple[Silence, ...]
    timers: tuple[Timer, ...]
    quotes: Quotes


def explain(followed: Followed, workers: Workers) -> Explained:
    """Read what stands around the disconnects and hold it against them; `workers` share the search for clocks."""
    reading, timeline, sockets = followed.reading, followed.timeline, followed.sockets
    near = read_surroundings(reading, timeline, sockets.drops, followed.extent)
    templates = list_templates(timeline, sockets.sessions, near)
    tracks = _find_tracks(followed, near, templates, workers)
    ledger = _keep_ledger(followed, tracks, near)
    silent = find_direction(set(timeline["kind"].tolist()), tracks.learned)
    patterns = write_patterns(tracks.fits, tracks.pattern_ids, ledger.drops, tracks.step_s, silent)
    apart, doubtful = find_kin(reading, near)
    processes = group_processes(timeline, near, sockets.sessions, apart)
    sure = group_processes(timeline, near, sockets.sessions, apart | doubtful) if doubtful else processes
    watched = processes if near.sample is None else group_processes(timeline, near.sample, sockets.sessions, apart)
    end_s = max((line.time.timestamp() for line in near.lines), default=0.0)
    return Explained(
        followed=followed,
        near=near,
        tracks=tracks,
        ledger=ledger,
        patterns=patterns,
        processes=tuple(processes),
        sure_processes=SureProcesses(sure, _read_wide(followed, near, tracks, apart | doubtful)),
        silences=prefer_stated(
            measure_silences(
                reading, confirm_silences(reading, find_silences(processes, end_s), near, apart), near, apart
            ),
            find_stated_pauses(reading, sockets),
        ),
        file_silences=find_file_silences(watched),
        timers=hold_timers(timeline, sockets, tracks, ledger.drops, patterns, near, templates, followed.extent.seconds),
        quotes=quote(followed, ledger, tracks.triggers, (near.sample or near).lines),
    )


def _read_wide(followed: Followed, near: Surroundings, tracks: Tracks, without: Collection[str]) -> list[ProcessLines]:
    """The lines, of far more time, of the servers that gave several clients up in one moment: their usual pauses."""
    gave_up = {drop.index for drop in tracks.drops if drop.server_reason == "ping timeout"}
    if near.sample is not None or not any(gave_up.issuperset(indices) for _, indices in tracks.fleet):
        return []
    sources = {socket.source for socket in followed.sockets.server.sockets.values()}
    wide = read_wider(followed.reading, tracks.drops, sources)
    grouped = [] if wide is None else group_processes(followed.timeline, wide, followed.sockets.sessions, without)
    return [cut_to_lines(process) for process in grouped]


def _find_tracks(
    followed: Followed, near: Surroundings, templates: Sequence[TemplateSeries], workers: Workers
) -> Tracks:
    """Which clocks the disconnects obey, what triggers them, which of them are one event of the fleet."""
    timeline, sockets, span_s = followed.timeline, followed.sockets, followed.extent.seconds
    drops, server = sockets.drops, sockets.server
    names = sorted({drop.connection for drop in drops})
    zone_s = _offset_s(followed.reading.zone, followed.extent.end)
    shifts = {name: _known_shift_s(server, name) for name in names}
    offsets = {name: tuple(dict.fromkeys((zone_s, zone_s + shift_s))) for name, shift_s in shifts.items()}
    batch_step_s = find_batched_step_s(timeline, sockets.drop_sessions)
    build = partial(
        build_drop_series,
        drops,
        sockets.drop_sessions,
        span_s=span_s,
        shifts_s=shifts,
        local_offsets_s=offsets,
        mixed=find_mixed_rows(timeline, sockets.drop_sessions, followed.crowds),
        ping_interval_s=followed.stated.ping_interval_s or DEFAULT_PING_INTERVAL_S,
    )
    traffic = list_known_traffic(timeline, server, sockets.drop_sessions)
    series = mark_batched(build(traffic=count_silent(traffic, sockets.drop_sessions, server)), batch_step_s)
    report = find_patterns(series, spread=workers.spread)
    learned = learn_lines(followed, traffic, report)
    if learned.kinds:
        heard = add_traffic(traffic, learned.kinds)
        series = mark_batched(build(traffic=count_silent(heard, sockets.drop_sessions, server)), batch_step_s)
        report = find_patterns(series, spread=workers.spread)
    triggers = _drop_pauses(mine_triggers(timeline, drops, sockets.sessions, report.fits, near, templates, span_s))
    report = refine_patterns(series, report, triggers, spread=workers.spread)
    pattern_ids = {rank: f"P{rank + 1}" for rank in range(len(report.fits))}
    trigger_ids = {rank: f"T{rank + 1}" for rank in range(len(triggers))}
    fleet = find_fleet_events(
        _on_server_clock(drops, sockets.drop_sessions, server),
        count_connections(sockets.sessions),
        count_on_servers(sockets.sessions, server.sockets),
    )
    step_s = batch_step_s or _find_step_s(sockets.drop_sessions)
    drops = drops_of.assign_patterns(drops, report.fits, pattern_ids, step_s)
    drops = drops_of.assign_triggers(drops, triggers, trigger_ids)
    drops = drops_of.assign_fleet_events(drops, fleet)
    read = (learned.kinds, step_s, learned.is_unread)
    return Tracks(report, pattern_ids, triggers, trigger_ids, fleet, offsets, drops, *read)


def _drop_pauses(triggers: Sequence[TriggerFit]) -> tuple[TriggerFit, ...]:
    """The same without lines that tell the end of a pause after the disconnects in it: they are no consequence."""
    return tuple(
        fit for fit in triggers if fit.role is not TriggerRole.CONSEQUENCE or not tells_pause(fit.line.template)
    )


def _keep_ledger(followed: Followed, tracks: Tracks, near: Surroundings) -> PushLedger:
    """Every push and its fate, and the disconnects with their remarks."""
    timeline, sockets = followed.timeline, followed.sockets
    exposures = measure_exposure(sockets.sessions, followed.extent.end, followed.ends)
    attempts = find_attempts(timeline)
    received = match_receipts(timeline, attempts, sockets.server, sockets.sessions)
    attempts = settle_by_receipts(attempts, received, exposures)
    templates = find_push_templates(timeline, near)
    steady_lag_s = find_steady_lag_s(attempts, tracks.drops)
    reach_ms = measure_push_reach_ms(tracks.triggers, templates, SHORTEST_REACH_MS, steady_lag_s)
    counts, pushes = keep_ledger(attempts, tracks.drops, exposures, reach_ms=reach_ms)
    pushes, counts = weigh_readings(attempts, pushes, counts, tracks.drops, tracks.list_beats())
    fits = {tracks.pattern_ids[rank]: fit for rank, fit in enumerate(tracks.fits)}
    drops = drops_of.remark(tracks.drops, sockets.drop_sessions, pushes, fits, reach_ms=reach_ms, step_s=tracks.step_s)
    return PushLedger(attempts, pushes, counts, templates, reach_ms, drops)


def _find_step_s(sessions: Sequence[SessionRecord]) -> float | None:
    """The step of the stamps of connects and ends, where they are coarse."""
    ends = [one.closed for one in sessions if one.has_end_line]
    moments = [*ends, *(one.opened for one in sessions)]
    return find_coarse_step_s(np.array([moment.timestamp() for moment in moments if moment is not None]))


def _offset_s(zone: tzinfo, moment: datetime) -> float:
    offset = moment.astimezone(zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()


def _on_server_clock(drops: Sequence[Disconnect], sessions: Sequence[SessionRecord], server: ServerView) -> list[Drop]:
    """The disconnects on the server's clock, `sessions` being what each of them ended."""
    shifts = {drop.connection: _known_shift_s(server, drop.connection) for drop in drops}
    homes = [server.sockets.get(session.socket_id or "") for session in sessions]
    return [
        Drop(
            drop.index,
            drop.time.timestamp() - shifts[drop.connection],
            drop.connection,
            None if home is None else home.source,
        )
        for drop, home in zip(drops, homes, strict=True)
    ]


def _known_shift_s(server: ServerView, connection: str) -> float:
    offset, error = server.offset_s(connection)
    return offset if abs(offset) > error else 0.0
