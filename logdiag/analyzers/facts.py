"""Gather what all stages found of each disconnect into the case that the causes are judged by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from logdiag.analyzers import case as cases
from logdiag.analyzers.far_side import FarSide
from logdiag.analyzers.patterns import ClockFit, PatternReport
from logdiag.analyzers.pushes import Attempt
from logdiag.analyzers.resolution import LEAST_COUNT, find_resolution_s
from logdiag.analyzers.sessions import Span
from logdiag.analyzers.silences import ProcessLines, find_beats
from logdiag.analyzers.triggers import TriggerFit
from logdiag.diagnosis import Disconnect, Evidence, FleetEvent, Push, Pushes, Silence
from logdiag.events import EventKind
from logdiag.timeline import to_seconds


class Sockets(NamedTuple):
    """What both sides say of every session; `drop_spans` are the sessions that `drops` ended, in their order."""

    spans: tuple[Span, ...]
    far: FarSide
    drops: tuple[Disconnect, ...]
    drop_spans: tuple[Span, ...]


class Tracks(NamedTuple):
    """Clocks, triggers and fleet events, and the disconnects that name theirs."""

    report: PatternReport
    pattern_ids: dict[int, str]
    triggers: tuple[TriggerFit, ...]
    trigger_ids: dict[int, str]
    fleet: tuple[tuple[FleetEvent, tuple[int, ...]], ...]
    offsets_s: dict[str, float]
    drops: tuple[Disconnect, ...]

    @property
    def fits(self) -> tuple[ClockFit, ...]:
        """The clocks, most disconnects explained first."""
        return self.report.fits


class Ledger(NamedTuple):
    """Every push and its fate, and the disconnects with their remarks."""

    attempts: tuple[Attempt, ...]
    pushes: tuple[Push, ...]
    counts: Pushes
    templates: frozenset[tuple[str, str]]
    reach_ms: float
    drops: tuple[Disconnect, ...]


def build_case(
    frame: pd.DataFrame,
    sockets: Sockets,
    tracks: Tracks,
    ledger: Ledger,
    silences: Sequence[Silence],
    processes: Sequence[ProcessLines],
    stated: cases.StatedSettings,
) -> cases.Case:
    """Lay everything that is known before the checks of the causes."""
    errors = cases.collect_errors(frame)
    kinds = set(frame["kind"])
    return cases.Case(
        facts=_gather_facts(frame, sockets, tracks, ledger, silences, errors),
        errors=tuple(error for name in sorted(errors) for error in errors[name]),
        patterns=tracks.report,
        pattern_ids=tracks.pattern_ids,
        triggers=tracks.triggers,
        trigger_ids=tracks.trigger_ids,
        attempts=ledger.attempts,
        pushes=ledger.pushes,
        far=sockets.far,
        connections_count=len({span.connection for span in sockets.spans}),
        beats_seen=any(find_beats(process.templates) for process in processes),
        starts_seen=EventKind.PROCESS_STARTED.value in kinds,
        emits_seen=bool({EventKind.EMIT.value, EventKind.RECEIVED.value} & kinds),
        push_templates=ledger.templates,
        push_reach_ms=ledger.reach_ms,
        local_offsets_s=tracks.offsets_s,
        payload_errors=_places(frame, EventKind.SERVER_ERROR),
        kicks=_places(frame, EventKind.SERVER_KICK),
        resolution_s=_measure_resolution(frame, sockets.drop_spans),
        ping_interval_s=stated.ping_interval_s,
        ping_timeout_s=stated.ping_timeout_s,
        max_payload_bytes=stated.max_payload_bytes,
    )


def _places(frame: pd.DataFrame, kind: EventKind) -> tuple[Evidence, ...]:
    rows = frame[frame["kind"] == kind.value]
    return tuple(Evidence(file, int(line)) for file, line in zip(rows["file"], rows["line"], strict=True))


def _measure_resolution(frame: pd.DataFrame, spans: Sequence[Span]) -> float:
    """The step that the stamps of disconnects and reconnects keep, in seconds; of all events where these are few."""
    moments = [moment for span in spans for moment in (span.closed, span.reopened) if moment is not None]
    if len(moments) < LEAST_COUNT:
        return find_resolution_s(to_seconds(frame["time"]))
    return find_resolution_s(np.array([moment.timestamp() for moment in moments]))


def _gather_facts(
    frame: pd.DataFrame,
    sockets: Sockets,
    tracks: Tracks,
    ledger: Ledger,
    silences: Sequence[Silence],
    errors: Mapping[str, list[cases.ConnectError]],
) -> tuple[cases.Facts, ...]:
    fits = {tracks.pattern_ids[rank]: fit for rank, fit in enumerate(tracks.fits)}
    arrived = {attempt.evidence: attempt.received for attempt in ledger.attempts}
    rivals = cases.find_rivals(frame, sockets.drop_spans, sockets.far)
    in_fleet = {index for _, indices in tracks.fleet for index in indices}
    by_process: dict[str, list[Silence]] = {}
    for silence in silences:
        by_process.setdefault(silence.connection, []).append(silence)
    servers = sorted({session.source for session in sockets.far.sockets.values()})
    far_silences = [silence for server in servers for silence in by_process.get(server, [])]
    pushes: dict[int | None, list[Push]] = defaultdict(list)
    for push in ledger.pushes:
        pushes[push.disconnect_index].append(push)
    facts = []
    for drop, span in zip(ledger.drops, sockets.drop_spans, strict=True):
        offset, _ = sockets.far.offset_s(drop.connection)
        last = cases.find_push(pushes[drop.index], drop.index, ledger.reach_ms)
        notice, notice_error = cases.describe_notice(span, sockets.far)
        facts.append(
            cases.Facts(
                drop=drop,
                span=span,
                reason=drop.reason if drop.reason in cases.CLIENT_REASONS else None,
                errors=cases.errors_in_outage(errors.get(drop.connection, []), span),
                fit=None if drop.pattern is None else fits[drop.pattern],
                silence=cases.find_silence(by_process.get(drop.connection, []), drop.time, before=True),
                far_silence=cases.find_silence(far_silences, drop.time - timedelta(seconds=offset), before=False),
                far_start=cases.find_far_start(sockets.far.starts, span, offset),
                push=last,
                push_arrived=None if last is None else arrived.get(last.evidence),
                notice_s=notice,
                notice_error_s=notice_error,
                rival=rivals.get((span.connection, drop.time)),
                fleet_wide=drop.index in in_fleet,
            )
        )
    return tuple(facts)
