"""Gather what all stages found of each disconnect into the case that the causes are judged by."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

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

ENGINE: Final = re.compile(r"(?i)\bengine(?:\.io)?\b|\bws\b|\bwebsocket\b")
DEBUG_LEVELS: Final = frozenset({"debug", "trace", "verbose", "silly"})
SENDING: Final = (EventKind.PUSH_STARTED.value, EventKind.EMIT.value)


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
    servers = _find_servers(sockets.far)
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
        kicks_count=int((frame["kind"] == EventKind.SERVER_KICK.value).sum()),
        engine_lines_count=sum(_count_engine_lines(process) for process in processes if process.source in servers),
        debug_seen=any(process.levels & DEBUG_LEVELS for process in processes if process.source not in servers),
        resolution_s=_measure_resolution(frame, sockets.drop_spans),
        ping_interval_s=stated.ping_interval_s,
        ping_timeout_s=stated.ping_timeout_s,
        max_payload_bytes=stated.max_payload_bytes,
    )


def _find_servers(far: FarSide) -> list[str]:
    """The folders of the server's logs."""
    return sorted({session.source for session in far.sockets.values()})


def _count_engine_lines(process: ProcessLines) -> int:
    return sum(len(times) for template, times in process.templates.items() if ENGINE.search(template))


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
    far_silences = [silence for server in _find_servers(sockets.far) for silence in by_process.get(server, [])]
    pushes: dict[int | None, list[Push]] = defaultdict(list)
    for push in ledger.pushes:
        pushes[push.disconnect_index].append(push)
    kicks = _list_kicks(frame)
    sizes = _list_sizes(frame)
    facts = []
    for drop, span in zip(ledger.drops, sockets.drop_spans, strict=True):
        offset, error = sockets.far.offset_s(drop.connection)
        on_server = drop.time - timedelta(seconds=offset)
        socket = sockets.far.sockets.get(span.socket_id or "")
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
                far_silence=cases.find_silence(far_silences, on_server, before=False),
                far_start=cases.find_far_start(sockets.far.starts, span, offset),
                push=last,
                push_arrived=None if last is None else arrived.get(last.evidence),
                notice_s=notice,
                notice_error_s=notice_error,
                rival=rivals.get((span.connection, drop.time)),
                fleet_wide=drop.index in in_fleet,
                kick=cases.find_kick(kicks, on_server, error),
                far_error=None if socket is None else socket.error,
                sent_bytes=cases.find_sent_bytes(sizes.get(drop.connection, []), drop.time, ledger.reach_ms),
            )
        )
    return tuple(facts)


def _list_kicks(frame: pd.DataFrame) -> list[tuple[datetime, Evidence]]:
    """When and where the server says that it disconnects a socket, in the order of time."""
    rows = frame[frame["kind"] == EventKind.SERVER_KICK.value]
    return list(zip(rows["time"].dt.to_pydatetime(), _places(frame, EventKind.SERVER_KICK), strict=True))


def _list_sizes(frame: pd.DataFrame) -> dict[str, list[tuple[datetime, float]]]:
    """When each connection sent something whose size its line gives, and that size in bytes."""
    rows = frame[frame["kind"].isin(SENDING) & frame["value"].notna()]
    sizes: dict[str, list[tuple[datetime, float]]] = {}
    for moment, connection, size in zip(
        rows["time"].dt.to_pydatetime(), rows["connection"], rows["value"], strict=True
    ):
        sizes.setdefault(connection, []).append((moment, float(size)))
    return sizes
