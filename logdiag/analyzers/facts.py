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
from logdiag.analyzers.connect_errors import ConnectError, errors_in_outage
from logdiag.analyzers.far_side import FarSide
from logdiag.analyzers.patterns import ClockFit, PatternReport
from logdiag.analyzers.pushes import Attempt
from logdiag.analyzers.resolution import LEAST_COUNT, find_resolution_s
from logdiag.analyzers.sessions import Span
from logdiag.analyzers.silences import ProcessLines, find_beats, find_standstill
from logdiag.analyzers.triggers import TriggerFit
from logdiag.diagnosis import Disconnect, Evidence, FleetEvent, Push, Pushes, Silence
from logdiag.events import EventKind
from logdiag.timeline import list_moments, list_values, to_seconds

ENGINE: Final = re.compile(r"(?i)\bengine(?:\.io)?\b|\bws\b|\bwebsocket\b")
DEBUG_LEVELS: Final = frozenset({"debug", "trace", "verbose", "silly"})
LATE_S: Final = 3.0
SENDING: Final = (EventKind.PUSH_STARTED.value, EventKind.EMIT.value)


class Sockets(NamedTuple):
    """What both sides say of every session; `drop_spans` are the sessions that `drops` ended, in their order.

    `errors` are the failed attempts to connect, by connection.
    """

    spans: tuple[Span, ...]
    far: FarSide
    drops: tuple[Disconnect, ...]
    drop_spans: tuple[Span, ...]
    errors: Mapping[str, Sequence[ConnectError]]


class Tracks(NamedTuple):
    """Clocks, triggers and fleet events, and the disconnects that name theirs."""

    report: PatternReport
    pattern_ids: dict[int, str]
    triggers: tuple[TriggerFit, ...]
    trigger_ids: dict[int, str]
    fleet: tuple[tuple[FleetEvent, tuple[int, ...]], ...]
    offsets_s: dict[str, tuple[float, ...]]
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
    kinds = set(frame["kind"])
    servers = _find_servers(sockets.far)
    resolution_s = _measure_resolution(frame, sockets.drop_spans)
    return cases.Case(
        facts=_gather_facts(frame, sockets, tracks, ledger, silences, processes, resolution_s),
        errors=tuple(error for name in sorted(sockets.errors) for error in sockets.errors[name]),
        patterns=tracks.report,
        pattern_ids=tracks.pattern_ids,
        triggers=tracks.triggers,
        trigger_ids=tracks.trigger_ids,
        attempts=ledger.attempts,
        pushes=ledger.pushes,
        far=sockets.far,
        connections_count=len({span.connection for span in sockets.spans}),
        beats_seen=any(find_beats(process.templates.values()) for process in processes),
        starts_seen=EventKind.PROCESS_STARTED.value in kinds,
        emits_seen=bool({EventKind.EMIT.value, EventKind.RECEIVED.value, EventKind.RECEIPT.value} & kinds),
        push_templates=ledger.templates,
        push_reach_ms=ledger.reach_ms,
        local_offsets_s=tracks.offsets_s,
        payload_errors=_places(frame, EventKind.SERVER_ERROR),
        kicks_count=int((frame["kind"] == EventKind.SERVER_KICK.value).sum()),
        engine_lines_count=sum(_count_engine_lines(process) for process in processes if process.source in servers),
        debug_seen=any(process.levels & DEBUG_LEVELS for process in processes if process.source not in servers),
        resolution_s=resolution_s,
        ping_interval_s=stated.ping_interval_s,
        ping_timeout_s=stated.ping_timeout_s,
        max_payload_bytes=stated.max_payload_bytes,
    )


def _find_servers(far: FarSide) -> list[str]:
    """The folders of the server's logs."""
    return sorted({session.source for session in far.sockets.values()})


def _count_engine_lines(process: ProcessLines) -> int:
    return sum(len(times) for key, times in process.templates.items() if ENGINE.search(" ".join(key)))


def _places(frame: pd.DataFrame, kind: EventKind) -> tuple[Evidence, ...]:
    rows = frame[frame["kind"] == kind.value]
    return tuple(Evidence(file, int(line)) for file, line in zip(list_values(rows["file"]), rows["line"], strict=True))


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
    processes: Sequence[ProcessLines],
    resolution_s: float,
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
    lines = {process.source: process for process in processes}
    kicks = _list_kicks(frame)
    heard = _list_heard(frame)
    sizes = _list_sizes(frame)
    starts = sockets.far.starts
    facts = []
    for drop, span in zip(ledger.drops, sockets.drop_spans, strict=True):
        offset, error = sockets.far.offset_s(drop.connection)
        on_server = drop.time - timedelta(seconds=offset)
        socket = sockets.far.sockets.get(span.socket_id or "")
        last = cases.find_push(pushes[drop.index], drop.index, ledger.reach_ms)
        notice, notice_error = cases.describe_notice(span, sockets.far)
        woken = far_woken = None
        if notice is not None and notice_error is not None and socket is not None:
            if drop.reason == "ping timeout":
                far_woken = _find_wake(lines.get(socket.source), socket.closed, -notice, notice_error)
            elif drop.reason in cases.CLIENT_REASONS:
                woken = _find_wake(lines.get(drop.connection), drop.time, notice, notice_error)
        facts.append(
            cases.Facts(
                drop=drop,
                span=span,
                reason=drop.reason if drop.reason in cases.CLIENT_REASONS else None,
                errors=errors_in_outage(sockets.errors.get(drop.connection, ()), span),
                fit=None if drop.pattern is None else fits[drop.pattern],
                silence=cases.find_silence(by_process.get(drop.connection, []), drop.time, before=True) or woken,
                far_silence=cases.find_silence(far_silences, on_server, before=False) or far_woken,
                far_start=cases.find_far_start(starts, span, offset) if sockets.far.knows(drop.connection) else None,
                push=last,
                push_arrived=None
                if last is None
                else _tell_arrival(last, pushes[drop.index], arrived, 1e3 * resolution_s),
                notice_s=notice,
                notice_error_s=notice_error,
                rival=rivals.get((span.connection, drop.time)),
                fleet_wide=drop.index in in_fleet,
                kick=cases.find_kick(kicks, on_server, error),
                far_error=None if socket is None else socket.error,
                heard_s=cases.find_heard_s(heard.get(drop.connection, []), drop.time),
                sent_bytes=cases.find_sent_bytes(sizes.get(drop.connection, []), drop.time, ledger.reach_ms),
            )
        )
    return tuple(facts)


def _tell_arrival(
    push: Push, pushes: Sequence[Push], arrived: Mapping[tuple[Evidence, ...], bool | None], step_ms: float
) -> bool | None:
    """Whether a push arrived; of those near the same drop that began in the same step of the stamps, all must have."""
    lead_ms = push.lead_ms or 0.0
    fates = {arrived.get(other.evidence) for other in pushes if 0 <= (other.lead_ms or 0.0) - lead_ms < step_ms}
    return False if False in fates else None if None in fates else True


def _find_wake(process: ProcessLines | None, end: datetime | None, late_s: float, error_s: float) -> Silence | None:
    """The silence of a process that logged an end `late_s` after the other side did and wrote nothing meanwhile.

    The end of a connection reaches a process that runs at once; only what swallows packets keeps it back, and then
    the process itself says `ping timeout` (if it is the client) or would have said so long before (the server).
    """
    if process is None or end is None or late_s < max(LATE_S, 3 * error_s):
        return None
    return find_standstill(process, end.timestamp() - late_s, end.timestamp())


def _list_kicks(frame: pd.DataFrame) -> list[tuple[datetime, Evidence]]:
    """When and where the server says that it disconnects a socket, in the order of time."""
    rows = frame[frame["kind"] == EventKind.SERVER_KICK.value]
    return list(zip(list_moments(rows["time"]), _places(frame, EventKind.SERVER_KICK), strict=True))


def _list_heard(frame: pd.DataFrame) -> dict[str, list[datetime]]:
    """When each client logged a message of the server, in the order of time."""
    rows = frame[frame["kind"] == EventKind.RECEIVED.value]
    heard: dict[str, list[datetime]] = {}
    for moment, connection in zip(list_moments(rows["time"]), list_values(rows["connection"]), strict=True):
        heard.setdefault(connection, []).append(moment)
    return heard


def _list_sizes(frame: pd.DataFrame) -> dict[str, list[tuple[datetime, float]]]:
    """When each connection sent something whose size its line gives, and that size in bytes."""
    rows = frame[frame["kind"].isin(SENDING) & frame["value"].notna()]
    sizes: dict[str, list[tuple[datetime, float]]] = {}
    for moment, connection, size in zip(
        list_moments(rows["time"]), list_values(rows["connection"]), list_values(rows["value"]), strict=True
    ):
        sizes.setdefault(connection, []).append((moment, float(size)))
    return sizes
