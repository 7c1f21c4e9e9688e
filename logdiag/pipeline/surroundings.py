"""The lines around the disconnects, laid out for the search for triggers and silences, and for the reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.analyzers.triggers.inputs import build_contexts, build_template_series
from logdiag.analyzers.triggers.moments import TemplateSeries, TemplateWords
from logdiag.analyzers.triggers.search import find_triggers, join_triggers
from logdiag.events import EventKind
from logdiag.parsers.lexicon.ends import tells_of_a_deed, tells_of_an_end
from logdiag.parsers.templates import mask_message
from logdiag.pipeline.inputs import ReadLogs
from logdiag.results.disconnects import Disconnect
from logdiag.results.inputs import Sampling
from logdiag.rows import Rows
from logdiag.scanning.cells import Window, estimate_lines, list_cells, merge_windows
from logdiag.scanning.neighbourhoods import Neighbour, read_neighbourhoods

NEIGHBOURHOOD: Final = timedelta(seconds=75)
WIDEST: Final = timedelta(seconds=1200)  # a choice: sixteen times that, for the pauses that a process makes anyway
MOST_LINES: Final = 40_000
MOST_SAMPLED_LINES: Final = 12_000
MOST_SAMPLED: Final = 24
FEWEST_SAMPLED: Final = 12
NARROWEST: Final = timedelta(seconds=0.5)
PUSH_KINDS: Final = (
    EventKind.PUSH_STARTED,
    EventKind.PUSH_OK,
    EventKind.PUSH_ACKNOWLEDGED,
    EventKind.PUSH_FAILED,
    EventKind.EMIT,
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
        return [window.seconds for window in self.windows]

    @property
    def sampling(self) -> Sampling | None:
        """The account of the sample, None if there was no need for one."""
        if self.sample is None:
            return None
        stretches_s = sum(end - start for start, end in self.sample.windows_s)
        return Sampling(len(self.sample.windows), round(stretches_s, 6), len(self.sample.lines))


def read_surroundings(
    reading: ReadLogs, timeline: Rows, drops: Sequence[Disconnect], extent: Window, most_lines: int = MOST_LINES
) -> Surroundings:
    """Read 75 s to either side of each disconnect, or less near some of them if that is about more than `most_lines`.

    The stretches get shorter first, then fewer, until they hold about `MOST_SAMPLED_LINES`; those at the limits of both
    are read whatever they hold.
    """
    cells = [cell for scan in reading.scans for cell in list_cells(scan)]
    windows = _surround([drop.time for drop in drops], NEIGHBOURHOOD)
    if estimate_lines(cells, windows, most_lines) <= most_lines:
        return Surroundings(_read(reading, windows), windows)
    half, count = NEIGHBOURHOOD, MOST_SAMPLED
    moments = _choose_moments(drops, count)
    windows = _surround(moments, half)
    while (half > NARROWEST or count > FEWEST_SAMPLED) and (
        estimate_lines(cells, windows, MOST_SAMPLED_LINES) > MOST_SAMPLED_LINES
    ):
        if half > NARROWEST:
            half /= 2
        else:
            count //= 2
            moments = _choose_moments(drops, count)
        windows = _surround(moments, half)
    return Surroundings(_list_events(timeline), (extent,), Surroundings(_read(reading, windows), windows))


def read_wider(
    reading: ReadLogs, drops: Sequence[Disconnect], sources: Collection[str], most_lines: int = MOST_LINES
) -> Surroundings | None:
    """All lines of some folders far around the disconnects; less far, or None, where that is more than `most_lines`."""
    scans = [scan for scan in reading.scans if scan.file.source in sources]
    cells = [cell for scan in scans for cell in list_cells(scan)]
    half = WIDEST
    while half > NEIGHBOURHOOD:
        windows = _surround([drop.time for drop in drops], half)
        if estimate_lines(cells, windows, most_lines) <= most_lines:
            lines = read_neighbourhoods(scans, windows)
            asked = reading.window
            return Surroundings(tuple(line for line in lines if asked is None or asked.holds(line.time)), windows)
        half /= 2
    return None


def _surround(moments: Sequence[datetime], half: timedelta) -> tuple[Window, ...]:
    return tuple(merge_windows(Window(moment - half, moment + half) for moment in moments))


def _read(reading: ReadLogs, windows: Sequence[Window]) -> tuple[Neighbour, ...]:
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


def _list_events(timeline: Rows) -> tuple[Neighbour, ...]:
    """The lines of the timeline, in the form of lines near a disconnect."""
    columns = (timeline[name].tolist() for name in ("source", "service", "level", "message", "file", "line"))
    rows = zip(timeline.moments(), *columns, strict=True)
    return tuple(
        Neighbour(time, source, service, level or None, mask_message(message), file, int(line))
        for time, source, service, level, message, file, line in rows
    )


def mine_triggers(
    timeline: Rows,
    drops: Sequence[Disconnect],
    sessions: Sequence[SessionRecord],
    fits: Sequence[ClockFit],
    near: Surroundings,
    templates: Sequence[TemplateSeries],
    extent: tuple[float, float],
) -> tuple[TriggerFit, ...]:
    """Hold every template near the disconnects against chance; `extent` is the observed span in UNIX seconds.

    `templates` are those of `near`.
    """

    def mine(lines: Surroundings, templates: Sequence[TemplateSeries]) -> tuple[TriggerFit, ...]:
        contexts = build_contexts(drops, sessions, fits, span_s=extent, observed_s=lines.windows_s)
        return find_triggers(contexts, templates)

    triggers = mine(near, templates)
    if near.sample is None:
        return triggers
    return join_triggers(triggers, mine(near.sample, list_templates(timeline, sessions, near.sample)))


def list_templates(timeline: Rows, sessions: Sequence[SessionRecord], near: Surroundings) -> list[TemplateSeries]:
    """The lines near the disconnects by template, without those of disconnects and connects themselves."""
    rows = (
        (line.time.timestamp(), (line.source, line.service, line.level, line.template), line.file, line.line)
        for line in near.lines
    )
    clients = {session.connection: session.connection for session in sessions}
    return build_template_series(rows, timeline, clients, TemplateWords(tells_of_an_end, tells_of_a_deed))


def list_awake(near: Surroundings) -> dict[str, Floats]:
    """When each source wrote anything, near the disconnects, in UNIX seconds."""
    times: dict[str, list[float]] = defaultdict(list)
    for line in (*near.lines, *(near.sample.lines if near.sample else ())):
        times[line.source].append(line.time.timestamp())
    return {source: np.array(moments) for source, moments in times.items()}


def find_push_templates(timeline: Rows, near: Surroundings) -> frozenset[tuple[str, str]]:
    """(service, template) of the lines that start a push, report it, or hand it to the socket."""
    rows = timeline.of_kinds(PUSH_KINDS)
    rows = rows[["heartbeat" not in (channel or "") for channel in rows["channel"]]]
    known = set(zip(rows["file"].tolist(), rows["line"].tolist(), strict=True))
    return frozenset((line.service, line.template) for line in near.lines if (line.file, line.line) in known)
