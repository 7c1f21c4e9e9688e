"""Silences: a process that normally writes on a beat wrote nothing, so its event loop stood still.

A gap between two lines of a process counts as a silence if a line that comes on a regular beat (a heartbeat, a health
check) was due within it and came only after it, late by more than its own jitter allows. A quiet but healthy process
keeps its beats; a process without any regular line cannot be judged. What a process writes may hang on its connection:
a gap within an outage is none.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logdiag.analyzers.silences.beats import Beat, Loss, count_due, find_beats, keep_own, measure_loss, was_skipped
from logdiag.results.connections import Silence
from logdiag.results.evidence import Evidence
from logdiag.rows import from_seconds

SHORTEST_S: Final = 3.0  # a choice: shorter pauses of a process are ordinary
LATE_SHARE: Final = 0.1  # a choice: what a timer under load may be late by …
LATE_S: Final = 1.0  # … and in any case
RESTART_REACH_S: Final = 1.0  # a choice: the first line of a process follows its start this soon
EDGE_S: Final = 0.5  # a choice: lines at the edges of a gap belong to its edges


@dataclass(frozen=True, slots=True)
class ProcessLines:
    """All lines of one process (one folder) near the disconnects, in the order of time.

    `times_s` (UNIX seconds), `places` (file, line) and `services` are parallel, (n,); `templates` has the times of each
    kind of line, by service and template; `windows_s` are the stretches that were read, merged and in order, outside of
    which nothing is known; `starts_s` are the starts of the process, `outages_s` the times between disconnect and
    reconnect, in order, `levels` the levels at which it writes; `reached_s` are the connects to it, or of it, that
    others logged, in order; `wordings` are parallel to `times_s`: what each line says, without its values.
    """

    source: str
    times_s: NDArray[np.float64]
    places: Sequence[tuple[str, int]]
    services: Sequence[str]
    templates: Mapping[tuple[str, str], NDArray[np.float64]]
    windows_s: Sequence[tuple[float, float]]
    starts_s: Sequence[float]
    outages_s: Sequence[tuple[float, float]] = ()
    levels: frozenset[str] = frozenset()
    reached_s: Sequence[float] = ()
    wordings: Sequence[str | None] = ()


def find_silences(processes: Iterable[ProcessLines], until_s: float = 0.0) -> tuple[Silence, ...]:
    """The silences of all processes, in the order of time; the logs end with the last line of any, or at `until_s`.

    What loses lines seldom loses those of one process only: the losses of all count where they are the greater share.
    """
    known = list(processes)
    end_s = max([until_s, *(float(process.times_s[-1]) for process in known if len(process.times_s))])
    losses = [measure_loss(find_own_beats(process), process.times_s, process.outages_s) for process in known]
    common = Loss(*(sum(counts) for counts in zip(*losses, strict=True))) if losses else Loss(0, 0)
    return merge_silences(
        silence
        for process, loss in zip(known, losses, strict=True)
        for silence in _find_in(process, max(loss, common, key=attrgetter("ratio")), end_s)
    )


def find_own_beats(process: ProcessLines) -> list[Beat]:
    """The beats that the process keeps by itself, the fastest first."""
    return keep_own(find_beats(process.templates.values()), process.outages_s)


def merge_silences(*parts: Iterable[Silence]) -> tuple[Silence, ...]:
    """All silences in the order of time."""
    return tuple(sorted(chain(*parts), key=lambda silence: (silence.start, silence.connection)))


def _find_in(process: ProcessLines, loss: Loss, end_s: float) -> list[Silence]:
    beats = find_own_beats(process)
    times = process.times_s
    if not beats or len(times) < 2:
        return []
    silences = []
    for index in np.flatnonzero(np.diff(times) >= SHORTEST_S):
        start, end = float(times[index]), float(times[index + 1])
        is_known = is_watched(process, start, end) and not _is_within(process.outages_s, start, end)
        if is_known and _stood_still(beats, loss, start, end, process.starts_s):
            silences.append(_describe_silence(process.source, start, end, process.places[int(index) : int(index) + 2]))
    return silences + _find_long(process, beats) + _find_open(process, beats, loss, end_s)


def _find_open(process: ProcessLines, beats: Sequence[Beat], loss: Loss, end_s: float) -> list[Silence]:
    """The silence from the last line of a process to the end of the logs: they may end inside a freeze.

    Who can still connect to it, or has it connect, has met no frozen process, but one whose log was copied earlier.
    """
    start = float(process.times_s[-1])
    if end_s - start < SHORTEST_S or not is_watched(process, start, end_s):
        return []
    if process.reached_s and process.reached_s[-1] > start + LATE_S:
        return []
    if _is_within(process.outages_s, start, end_s) or not _stood_still(beats, loss, start, end_s, process.starts_s):
        return []
    return [_describe_silence(process.source, start, end_s, process.places[-1:])]


def _find_long(process: ProcessLines, beats: Sequence[Beat]) -> list[Silence]:
    """Silences that began before the stretch that was read: at its start nothing was written for a beat and more.

    They lasted at least from there. The process must have written before, and must not have started in between.
    """
    times = process.times_s
    shortest = (1 + LATE_SHARE) * beats[0].period_s + LATE_S
    silences = []
    for low, high in process.windows_s:
        first = int(np.searchsorted(times, low))
        if not 0 < first < len(times) or not low + max(SHORTEST_S, shortest) < times[first] <= high:
            continue
        end = float(times[first])
        if not _restarted(process.starts_s, float(times[first - 1]), end) and not _came_in_phase(beats[0], low, end):
            silences.append(_describe_silence(process.source, low, end, process.places[first : first + 1]))
    return silences


def _came_in_phase(beat: Beat, start: float, end: float) -> bool:
    """Whether the first tick from `end` on stands a whole number of periods after the last one before `start`."""
    before, after = bisect_right(beat.times_s, start) - 1, bisect_left(beat.times_s, end)
    if before < 0 or after >= len(beat.times_s):
        return False
    return was_skipped(beat, float(beat.times_s[after] - beat.times_s[before]) - beat.period_s)


def find_standstill(process: ProcessLines, start_s: float, end_s: float) -> Silence | None:
    """The gap between two lines of a process that spans `start_s` to `end_s`, UNIX seconds; None if it wrote there.

    What began before the stretch that was read is known from there on only.
    """
    times = process.times_s
    after = int(np.searchsorted(times, start_s + EDGE_S, side="right"))
    if not 0 < after < len(times) or times[after] < end_s - EDGE_S:
        return None
    start, end = float(times[after - 1]), float(times[after])
    if not was_read(process.windows_s, start_s, end_s) or _restarted(process.starts_s, start, end):
        return None
    low = process.windows_s[bisect_right(process.windows_s, start_s, key=itemgetter(0)) - 1][0]
    if start < low:
        return _describe_silence(process.source, low, end, process.places[after : after + 1])
    return _describe_silence(process.source, start, end, process.places[after - 1 : after + 1])


class Pulse(NamedTuple):
    """A process that writes on a beat of its own: no two of its lines are further apart than `limit_s`, in seconds."""

    process: ProcessLines
    limit_s: float

    def beats_through(self, moment_s: float, reach_s: float) -> bool | None:
        """Whether its lines run on from `reach_s` before an instant, UNIX seconds, to the first one after it.

        None where the beat is too slow to vouch for so short a time, or where not all of it was read.
        """
        if self.limit_s >= reach_s:
            return None
        if not was_read(self.process.windows_s, moment_s - reach_s, moment_s + self.limit_s):
            return None
        times = self.process.times_s
        first = int(np.searchsorted(times, moment_s - reach_s, side="right")) - 1
        after = int(np.searchsorted(times, moment_s, side="right"))
        if first < 0:
            return None
        return after < len(times) and float(np.max(np.diff(times[first : after + 1]))) <= self.limit_s


def find_pulse(process: ProcessLines) -> Pulse | None:
    """The pulse by the fastest beat of a process, None if it keeps none."""
    beats = find_own_beats(process)
    return Pulse(process, max(SHORTEST_S, (1 + LATE_SHARE) * beats[0].period_s + LATE_S)) if beats else None


def is_watched(process: ProcessLines, start_s: float, end_s: float) -> bool:
    """Whether all lines between two instants, UNIX seconds, were read, and the process did not start anew there."""
    return was_read(process.windows_s, start_s, end_s) and not _restarted(process.starts_s, start_s, end_s)


def cut_to_lines(process: ProcessLines) -> ProcessLines:
    """A process whose stretches begin and end with its lines: before and after them it need not have been running."""
    first, last = float(process.times_s[0]), float(process.times_s[-1])
    windows = [(max(low, first), min(high, last)) for low, high in process.windows_s if low <= last and high >= first]
    return replace(process, windows_s=windows)


def _describe_silence(source: str, start: float, end: float, places: Sequence[tuple[str, int]]) -> Silence:
    return Silence(
        connection=source,
        start=from_seconds(start),
        end=from_seconds(end),
        silence_s=round(end - start, 6),
        whole_process=True,
        evidence=tuple(Evidence(*place) for place in places),
    )


def _stood_still(beats: Sequence[Beat], loss: Loss, start: float, end: float, starts_s: Sequence[float]) -> bool:
    """Whether beats that were due between `start` and `end` came late, none in time, and too many to have got lost."""
    if loss.explains(sum(count_due(beat, start, end) for beat in beats)):
        return False
    lateness = [late for beat in beats if (late := _lateness_s(beat, start, end, starts_s)) is not None]
    return any(late > 0 for late in lateness) and all(late > 0 for late in lateness)


def _lateness_s(beat: Beat, start: float, end: float, starts_s: Sequence[float]) -> float | None:
    """How late the beat due between `start` and `end` came, in seconds; 0 if it came in time, None if none was due.

    A beat slower than the gap is long cannot vouch for the time between. A start of the process since the last beat
    has set a new phase: none was due.
    """
    before = bisect_right(beat.times_s, start) - 1
    if before < 0 or _restarted(starts_s, float(beat.times_s[before]), start):
        return None
    tolerance = LATE_SHARE * beat.period_s + LATE_S
    due = float(beat.times_s[before]) + beat.period_s
    if not start < due <= end + tolerance:
        return None
    after = before + 1
    if after == len(beat.times_s):
        return end - due if end - due > tolerance else None
    late = float(beat.times_s[after]) - due
    if was_skipped(beat, late):
        return None
    if late <= tolerance:
        return 0.0 if beat.period_s <= 1.1 * (end - start) else None
    return min(late, end - due) if end - due > tolerance else None


def was_read(windows_s: Sequence[tuple[float, float]], start: float, end: float) -> bool:
    """Whether all lines between two instants, UNIX seconds, were read."""
    index = bisect_right(windows_s, start, key=itemgetter(0)) - 1
    return index >= 0 and end <= windows_s[index][1]


def _is_within(outages_s: Sequence[tuple[float, float]], start: float, end: float) -> bool:
    index = bisect_right(outages_s, start, key=itemgetter(0)) - 1
    return index >= 0 and end <= outages_s[index][1]


def _restarted(starts_s: Sequence[float], start: float, end: float) -> bool:
    return any(start < moment <= end + RESTART_REACH_S for moment in starts_s)


class ProcessLine(NamedTuple):
    """A line at `time_s`; `template` is None for lines that the other side drives (receipts), which are no beat."""

    time_s: float
    source: str
    service: str
    template: str | None
    place: tuple[str, int]
    level: str | None = None


def group_lines(
    neighbours: Iterable[ProcessLine],
    windows_s: Sequence[tuple[float, float]],
    starts_s: Mapping[str, Sequence[float]],
    outages_s: Mapping[str, Sequence[tuple[float, float]]] = MappingProxyType({}),
    reached_s: Mapping[str, Sequence[float]] = MappingProxyType({}),
) -> list[ProcessLines]:
    """Collect the lines of each process."""
    by_source: dict[str, list[ProcessLine]] = defaultdict(list)
    for line in neighbours:
        by_source[line.source].append(line)
    processes = []
    for source, rows in sorted(by_source.items()):
        rows.sort(key=attrgetter("time_s"))
        templates: dict[tuple[str, str], list[float]] = defaultdict(list)
        for row in rows:
            if row.template is not None:
                templates[row.service, row.template].append(row.time_s)
        processes.append(
            ProcessLines(
                source,
                np.array([row.time_s for row in rows]),
                [row.place for row in rows],
                [row.service for row in rows],
                {key: np.array(times) for key, times in templates.items()},
                windows_s,
                starts_s.get(source, ()),
                sorted(outages_s.get(source, ())),
                frozenset(row.level for row in rows if row.level is not None),
                sorted(reached_s.get(source, ())),
                [row.template for row in rows],
            )
        )
    return processes
