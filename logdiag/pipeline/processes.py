"""The lines of each process around the disconnects, and the silences that hold in the whole log."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from logdiag.analyzers.causes.facts.server_starts import LONGEST_RESTART
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.processes.process_files import Kinship, WrittenFile, find_kinship
from logdiag.analyzers.silences.process_silences import ProcessLine, ProcessLines, group_lines
from logdiag.events import BOUNDS, CLIENT_SAYS, EventKind
from logdiag.parsers.forms.records import find_time
from logdiag.pipeline.inputs import ReadLogs
from logdiag.pipeline.surroundings import Surroundings
from logdiag.reading import is_copy_name
from logdiag.results.connections import Silence
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows
from logdiag.scanning.cells import Window, find_last_before, read_within

# Lines that the other side or the state of the socket drives: they are no beat of the process itself.
SERVER_DRIVEN: Final = (
    EventKind.CONNECTED,
    EventKind.JOINED,
    EventKind.DISCONNECTED,
    EventKind.CONNECT_ERROR,
    EventKind.EMIT_REFUSED,
    EventKind.HEARTBEAT_SKIPPED,
    EventKind.PUSH_FAILED,
    EventKind.PUSH_ACKNOWLEDGED,
    EventKind.RECEIPT,
    EventKind.RECEIVED,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_JOINED,
    EventKind.SERVER_DISCONNECTED,
    EventKind.SERVER_KICK,
)


def find_kin(reading: ReadLogs, near: Surroundings) -> Kinship:
    """Which files are not known to be of the process that tells of the connections of their folder."""
    files = {
        scan.file.path: WrittenFile(
            scan.file.path,
            scan.file.source,
            scan.file.service,
            scan.layout.form,
            is_captured=scan.layout.is_captured,
            is_copy=is_copy_name(scan.file.path),
            tells=any(event.kind in BOUNDS for event in scan.events),
            loggers={event.service for event in scan.events if event.is_service_stated},
            writers={event.writer for event in scan.events if event.writer is not None},
        )
        for scan in reading.scans
    }
    for line in (near.sample or near).lines:
        files[line.file].note(line.template, line.service if line.is_service_stated else None)
    return find_kinship(files.values())


def group_processes(
    timeline: Rows,
    near: Surroundings,
    sessions: Sequence[SessionRecord],
    without: Collection[str] = (),
) -> list[ProcessLines]:
    """The lines of each process, for the search for silences; `sessions` tell when it was without a connection.

    The files `without` are left out: other programs wrote them, or may have. Where a folder has the logs of several
    clients, a file each, every client is a process of its own as well.
    """
    outages: dict[str, list[tuple[float, float]]] = {}
    for session in sessions:
        if session.closed is not None:
            outages.setdefault(session.connection, []).append(
                (session.closed.timestamp(), _end_outage_s(session, session.closed))
            )
    started = timeline.of_kinds({EventKind.PROCESS_STARTED, EventKind.SERVER_STARTED})
    starts: dict[str, list[float]] = {}
    for source, seconds in zip(started["source"], started.seconds(), strict=True):
        starts.setdefault(str(source), []).append(float(seconds))
    echoes = timeline.of_kinds(SERVER_DRIVEN)
    driven = {file: set(rows["line"]) for file, rows in echoes.part("file")}  # most lines of a fleet
    apart = _find_apart(timeline, {line.file: line.source for line in near.lines})
    for name, moment_s in _find_own_starts(timeline, apart):
        starts.setdefault(name, []).append(moment_s)
    rows = (
        ProcessLine(
            line.time.timestamp(),
            writer,
            line.service,
            None if line.line in driven.get(line.file, ()) else line.template,
            (line.file, line.line),
            line.level,
        )
        for line in near.lines
        if line.file not in without
        for writer in (line.source, *apart.get(line.file, ()))
    )
    return group_lines(rows, near.windows_s, starts, outages, _find_connects_to(timeline))


def _find_apart(timeline: Rows, sources: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The clients that may have written each file, by what connects and ends it has, where a folder is of several.

    A file that tells of no client's connection, `sources` has the folders of all, may be of any of the folder's.
    """
    told = timeline.of_kinds(BOUNDS & CLIENT_SAYS)
    owners = {file: set(rows["connection"]) for file, rows in told.part("file")}
    of_folder: dict[str, set[str]] = {}
    for file, names in owners.items():
        if file in sources:
            of_folder.setdefault(sources[file], set()).update(names if len(names) == 1 else ())
    shared = {source: names - {source} for source, names in of_folder.items() if len(names) > 1}
    return {
        file: tuple(sorted(shared[source] & owners.get(file, shared[source])))
        for file, source in sources.items()
        if source in shared
    }


def _find_own_starts(timeline: Rows, apart: Mapping[str, Sequence[str]]) -> list[tuple[str, float]]:
    """The starts of processes in files that are of one client of several in their folder, by that client."""
    started = timeline.of_kinds({EventKind.PROCESS_STARTED})
    rows = zip(started["file"], started.seconds(), strict=True)
    return [(name, float(seconds)) for file, seconds in rows for name in apart.get(str(file), ())]


def _find_connects_to(timeline: Rows) -> dict[str, list[float]]:
    """When clients' logs say that they connected, UNIX seconds, for each process that accepts connections."""
    accepted = timeline.of_kinds({EventKind.SERVER_CONNECTED, EventKind.SERVER_JOINED})
    connects = timeline.of_kinds({EventKind.CONNECTED})
    sources, times = connects["source"].tolist(), connects.seconds()
    return {
        str(server): [float(moment) for source, moment in zip(sources, times, strict=True) if source != server]
        for server in dict.fromkeys(accepted["source"])
    }


def _end_outage_s(session: SessionRecord, closed: datetime) -> float:
    """When the outage after a session was over, UNIX seconds: where the connect is missing, within a minute."""
    if session.reopened is not None:
        return session.reopened.timestamp()
    return math.inf if session.next_closed is None else min(session.next_closed, closed + LONGEST_RESTART).timestamp()


def confirm_silences(
    reading: ReadLogs, silences: Sequence[Silence], near: Surroundings, without: Collection[str] = ()
) -> tuple[Silence, ...]:
    """Those silences within which no line stands, where only the lines that a rule knows were looked at.

    The files `without` are of other programs.
    """
    if near.sample is None:
        return tuple(silences)
    return tuple(silence for silence in silences if not _is_broken(reading, silence, without))


def measure_silences(
    reading: ReadLogs, silences: Sequence[Silence], near: Surroundings, without: Collection[str] = ()
) -> tuple[Silence, ...]:
    """The silences, those that began before the stretch that was read from the line before them on.

    Only the stretches around the disconnects were read: from their edges on a silence lasts at least. The files
    `without` are of other programs.
    """
    edges = {window.start for window in near.windows}
    return tuple(_begin_truly(reading, silence, without) if silence.start in edges else silence for silence in silences)


def _begin_truly(reading: ReadLogs, silence: Silence, without: Collection[str]) -> Silence:
    scans = [scan for scan in reading.scans if scan.file.source == silence.connection and scan.file.path not in without]
    lasts = [last for scan in scans if (last := find_last_before(scan, silence.start)) is not None]
    if not lasts:
        return silence
    start, file, number = max(lasts)
    length_s = round((silence.end - start).total_seconds(), 6)
    return replace(silence, start=start, silence_s=length_s, evidence=(Evidence(file, number), *silence.evidence))


def _is_broken(reading: ReadLogs, silence: Silence, without: Collection[str]) -> bool:
    """Whether a line of the process stands within the silence."""
    window = Window(silence.start + timedelta.resolution, silence.end - timedelta.resolution)
    return any(
        (moment := find_time(raw, scan.layout)) is not None and window.start <= moment <= window.end
        for scan in reading.scans
        if scan.file.source == silence.connection and scan.file.path not in without
        for _, raw in read_within(scan, [window])
    )
