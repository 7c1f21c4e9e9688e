"""The lines around the disconnects, laid out for the search for triggers and silences, and for the reader."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from logdiag.analyzers.incidents import collect_excerpts, find_worst, measure_open_outages_s
from logdiag.analyzers.patterns import ClockFit
from logdiag.analyzers.series import build_contexts, build_template_series
from logdiag.analyzers.sessions import Span
from logdiag.analyzers.silences import ProcessLine, ProcessLines, group_lines
from logdiag.analyzers.triggers import TriggerFit, find_triggers, join_triggers
from logdiag.diagnosis import ConnectFailure, Disconnect, Evidence, Incident, Push, Sampling, Silence
from logdiag.events import EventKind
from logdiag.inputs import Reading, measure_extent
from logdiag.parsers.cells import Window, estimate_lines, list_cells, merge_windows, read_within
from logdiag.parsers.neighbourhoods import Neighbour, read_neighbourhoods
from logdiag.parsers.records import find_time
from logdiag.parsers.templates import mask_message
from logdiag.reading import read_places
from logdiag.timeline import list_moments, list_values, to_seconds

if TYPE_CHECKING:
    import pandas as pd

NEIGHBOURHOOD: Final = timedelta(seconds=75)
SHOWN_CHARACTERS: Final = 2_000
MOST_QUOTED: Final = 12
MOST_LINES: Final = 40_000
MOST_SAMPLED_LINES: Final = 12_000
MOST_SAMPLED: Final = 24
FEWEST_SAMPLED: Final = 12
NARROWEST: Final = timedelta(seconds=0.5)
PUSH_KINDS: Final = (EventKind.PUSH_STARTED, EventKind.PUSH_OK, EventKind.PUSH_FAILED, EventKind.EMIT)
# Lines that the other side or the state of the socket drives: they are no beat of the process itself.
FAR_DRIVEN: Final = (
    EventKind.CONNECTED,
    EventKind.JOINED,
    EventKind.DISCONNECTED,
    EventKind.CONNECT_ERROR,
    EventKind.EMIT_REFUSED,
    EventKind.HEARTBEAT_SKIPPED,
    EventKind.PUSH_FAILED,
    EventKind.RECEIPT,
    EventKind.RECEIVED,
    EventKind.SERVER_CONNECTED,
    EventKind.SERVER_JOINED,
    EventKind.SERVER_DISCONNECTED,
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Every line within stretches of time, near the disconnects.

    Where that would be too much to read, `lines` are those that a rule knows, of the whole log, and `sample` has all
    lines closer to some of the disconnects.
    """

    lines: tuple[Neighbour, ...]
    windows: tuple[Window, ...]
    sample: Surroundings | None = None

    @property
    def windows_s(self) -> list[tuple[float, float]]:
        """The stretches as UNIX seconds."""
        return [(window.start.timestamp(), window.end.timestamp()) for window in self.windows]

    @property
    def sampling(self) -> Sampling | None:
        """The account of the sample, None if there was no need for one."""
        if self.sample is None:
            return None
        stretches_s = sum(end - start for start, end in self.sample.windows_s)
        return Sampling(len(self.sample.windows), round(stretches_s, 6), len(self.sample.lines))


def read_surroundings(
    reading: Reading, frame: pd.DataFrame, drops: Sequence[Disconnect], extent: Window, most_lines: int = MOST_LINES
) -> Surroundings:
    """Read 75 s to either side of each disconnect, or less near some of them if that is about more than `most_lines`.

    The stretches get shorter first, then fewer, until they hold about `MOST_SAMPLED_LINES`; those at the limits of both
    are read whatever they hold.
    """
    cells = [cell for scan in reading.scans for cell in list_cells(scan)]
    windows = _surround([drop.time for drop in drops], NEIGHBOURHOOD)
    if estimate_lines(cells, windows) <= most_lines:
        return Surroundings(_read(reading, windows), windows)
    half, count = NEIGHBOURHOOD, MOST_SAMPLED
    moments = _choose_moments(drops, count)
    windows = _surround(moments, half)
    while estimate_lines(cells, windows) > MOST_SAMPLED_LINES and (half > NARROWEST or count > FEWEST_SAMPLED):
        if half > NARROWEST:
            half /= 2
        else:
            count //= 2
            moments = _choose_moments(drops, count)
        windows = _surround(moments, half)
    return Surroundings(_list_events(frame), (extent,), Surroundings(_read(reading, windows), windows))


def _surround(moments: Sequence[datetime], half: timedelta) -> tuple[Window, ...]:
    return tuple(merge_windows(Window(moment - half, moment + half) for moment in moments))


def _read(reading: Reading, windows: Sequence[Window]) -> tuple[Neighbour, ...]:
    asked = reading.window
    lines = read_neighbourhoods(reading.scans, windows)
    return tuple(line for line in lines if asked is None or asked.holds(line.time))


def _choose_moments(drops: Sequence[Disconnect], most_count: int) -> list[datetime]:
    """Disconnects spread evenly over all of them, and between each of these and the one before a moment to compare."""
    step = max(len(drops) / most_count, 1.0)
    chosen = {int(place * step) for place in range(min(len(drops), most_count))}
    before: dict[str, datetime] = {}
    moments = []
    for index, drop in enumerate(drops):
        if index in chosen:
            moments.append(drop.time)
            if drop.connection in before:
                moments.append(before[drop.connection] + (drop.time - before[drop.connection]) / 2)
        before[drop.connection] = drop.time
    return moments


def _list_events(frame: pd.DataFrame) -> tuple[Neighbour, ...]:
    """The lines of the timeline, as lines near a disconnect are told."""
    columns = (list_values(frame[name]) for name in ("source", "service", "level", "message", "file", "line"))
    rows = zip(list_moments(frame["time"]), *columns, strict=True)
    return tuple(
        Neighbour(time, source, service, level or None, mask_message(message), file, int(line))
        for time, source, service, level, message, file, line in rows
    )


def mine_triggers(
    frame: pd.DataFrame,
    drops: Sequence[Disconnect],
    spans: Sequence[Span],
    fits: Sequence[ClockFit],
    near: Surroundings,
    extent: tuple[float, float],
) -> tuple[TriggerFit, ...]:
    """Hold every template near the disconnects against chance; `extent` is the observed span in UNIX seconds."""
    clients = {span.connection: span.connection for span in spans}

    def mine(lines: Surroundings) -> tuple[TriggerFit, ...]:
        contexts = build_contexts(drops, spans, fits, span_s=extent, observed_s=lines.windows_s)
        rows = (
            (line.time.timestamp(), (line.source, line.service, line.level, line.template), line.file, line.line)
            for line in lines.lines
        )
        return find_triggers(contexts, build_template_series(rows, frame, clients))

    triggers = mine(near)
    return triggers if near.sample is None else join_triggers(triggers, mine(near.sample))


def group_processes(frame: pd.DataFrame, near: Surroundings, spans: Sequence[Span]) -> list[ProcessLines]:
    """The lines of each process, for the search for silences; `spans` tell when it was without a connection."""
    outages: dict[str, list[tuple[float, float]]] = {}
    for span in spans:
        if span.closed is not None:
            end_s = math.inf if span.reopened is None else span.reopened.timestamp()
            outages.setdefault(span.connection, []).append((span.closed.timestamp(), end_s))
    kinds = [EventKind.PROCESS_STARTED.value, EventKind.SERVER_STARTED.value]
    started = frame[frame["kind"].isin(kinds)]
    starts: dict[str, list[float]] = {}
    for source, seconds in zip(started["source"], to_seconds(started["time"]), strict=True):
        starts.setdefault(str(source), []).append(float(seconds))
    echoes = frame[frame["kind"].isin([kind.value for kind in FAR_DRIVEN])]
    driven = set(zip(list_values(echoes["file"]), list_values(echoes["line"]), strict=True))
    rows = (
        ProcessLine(
            line.time.timestamp(),
            line.source,
            line.service,
            None if (line.file, line.line) in driven else line.template,
            (line.file, line.line),
            line.level,
        )
        for line in near.lines
    )
    return group_lines(rows, near.windows_s, starts, outages)


def confirm_silences(reading: Reading, silences: Sequence[Silence], near: Surroundings) -> tuple[Silence, ...]:
    """Those silences within which no line stands, where only the lines that a rule knows were looked at."""
    if near.sample is None:
        return tuple(silences)
    return tuple(silence for silence in silences if not _is_broken(reading, silence))


def _is_broken(reading: Reading, silence: Silence) -> bool:
    """Whether a line of the process stands within the silence."""
    window = Window(silence.start + timedelta.resolution, silence.end - timedelta.resolution)
    return any(
        (moment := find_time(raw, scan.layout)) is not None and window.start <= moment <= window.end
        for scan in reading.scans
        if scan.file.source == silence.connection
        for _, raw in read_within(scan, [window])
    )


def find_push_templates(frame: pd.DataFrame, near: Surroundings) -> frozenset[tuple[str, str]]:
    """(service, template) of the lines that start a push, report it, or hand it to the socket."""
    is_beat = frame["channel"].fillna("").str.contains("heartbeat")
    rows = frame[frame["kind"].isin([kind.value for kind in PUSH_KINDS]) & ~is_beat]
    known = set(zip(list_values(rows["file"]), list_values(rows["line"]), strict=True))
    return frozenset((line.service, line.template) for line in near.lines if (line.file, line.line) in known)


def show_worst(
    reading: Reading,
    frame: pd.DataFrame,
    drops: Sequence[Disconnect],
    spans: Sequence[Span],
    pushes: Sequence[Push],
) -> Incident | None:
    """The disconnect that cost most, with the events around it and their lines as they stand in the files."""
    end = measure_extent(reading)[1]
    worst = find_worst(drops, pushes, end)
    if worst is None:
        return None
    excerpts = collect_excerpts(frame, worst, spans[drops.index(worst)])
    texts = _read_texts(reading, [excerpt.evidence for excerpt in excerpts])
    return Incident(
        worst.index,
        tuple(replace(excerpt, text=texts[excerpt.evidence]) for excerpt in excerpts),
        measure_open_outages_s(drops, end).get(worst.index),
    )


def quote_failures(reading: Reading, failures: Sequence[ConnectFailure]) -> tuple[ConnectFailure, ...]:
    """The same, those that kept a client out with their first line as it stands in the file."""
    quoted = [failure.evidence[0] for failure in failures if failure.never_connected][:MOST_QUOTED]
    texts = _read_texts(reading, quoted)
    return tuple(replace(failure, quote=texts.get(failure.evidence[0])) for failure in failures)


def _read_texts(reading: Reading, places: Sequence[Evidence]) -> dict[Evidence, str]:
    """The lines at these places."""
    scans = {scan.file.path: scan for scan in reading.scans}
    wanted: dict[str, set[int]] = {}
    for place in places:
        wanted.setdefault(place.file, set()).add(place.line)
    found = {
        path: read_places(scans[path].file, numbers, [mark.line for mark in scans[path].marks])
        for path, numbers in wanted.items()
    }
    return {
        place: found[place.file].get(place.line, b"").decode("utf-8", "replace")[:SHOWN_CHARACTERS] for place in places
    }
