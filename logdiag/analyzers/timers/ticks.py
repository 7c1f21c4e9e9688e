"""When does an announced timer tick? Its announcement and its period predict that; its own lines show it.

`setInterval` is late by a little each time, so that predictions wander off: whoever knows the real period passes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.triggers.moments import TemplateSeries
from logdiag.results.evidence import Evidence

MOST_TICKS: Final = 20_000  # bounds the time: a week at 30 s
FEWEST_TICKS: Final = 4  # a choice: fewer lines are no ticks that one can see
SHOWN_SHARE: Final = 0.8  # of the ticks that could be seen: lines that show them, a few lost ones aside
LATE_S: Final = 0.3  # what a busy event loop adds to one tick, and what runs before its line is written
EARLY_S: Final = 0.02  # a line is no earlier than its tick but for the rounding of two stamps


class Announcement(NamedTuple):
    """A line that says which timer starts; `connection` is whose log it stands in."""

    at_s: float
    period_s: float
    source: str
    service: str
    connection: str
    template: str
    place: Evidence


class Run(NamedTuple):
    """One life of a timer: from its announcement to the next one, or to the restart of its process."""

    start_s: float
    end_s: float


class AnnouncedTimer(NamedTuple):
    """A timer of one service and all its lives, in order of time."""

    last: Announcement
    runs: tuple[Run, ...]

    def find_run(self, moment_s: float) -> Run | None:
        """The life in which a moment lies."""
        return next((run for run in self.runs if run.start_s <= moment_s <= run.end_s), None)


def follow_timers(
    announcements: Sequence[Announcement], starts: Mapping[str, Floats], end_s: float
) -> list[AnnouncedTimer]:
    """Join the announcements of one timer: announced anew, after a period or more, the old one is gone.

    Announcements closer than that are those of several processes that share a file: a timer each.
    """
    chains: dict[tuple[str, str, str, float], list[list[Announcement]]] = defaultdict(list)
    for one in announcements:
        known = chains[one.source, one.service, one.template, one.period_s]
        gone = next((chain for chain in known if one.at_s - chain[-1].at_s >= one.period_s), None)
        if gone is None:
            known.append([one])
        else:
            gone.append(one)
    return [_follow_timer(chain, starts, end_s) for group in chains.values() for chain in group]


def _follow_timer(chain: Sequence[Announcement], starts: Mapping[str, Floats], end_s: float) -> AnnouncedTimer:
    begun = [one.at_s for one in chain]
    ends = [*begun[1:], end_s]
    restarts = starts.get(chain[0].source, np.empty(0))
    runs = []
    for start_s, stop_s in zip(begun, ends, strict=True):
        later = restarts[restarts >= start_s + chain[0].period_s]
        runs.append(Run(start_s, min(stop_s, float(later[0])) if later.size else stop_s))
    return AnnouncedTimer(chain[-1], tuple(runs))


def predict_ticks(timer: AnnouncedTimer, period_s: float) -> Floats:
    """When the timer ticks if its real period is this, (m,) in UNIX seconds; at most `MOST_TICKS` of each life."""
    parts = []
    for run in timer.runs:
        count = min(int((run.end_s - run.start_s) / period_s), MOST_TICKS)
        parts.append(run.start_s + period_s * np.arange(1, count + 1))
    return np.concatenate(parts)


def find_shown_ticks(timer: AnnouncedTimer, lines: Sequence[TemplateSeries]) -> TemplateSeries | None:
    """The lines that the timer writes at its ticks, those of its own service first, then the closest; None if none do.

    `lines` are those of whole files near the disconnects; only ticks between the first and the last of them count.
    """
    period_s = timer.last.period_s
    found = []
    for series in lines:
        if series.source != timer.last.source or series.template == timer.last.template:
            continue
        places = _track(timer, series.times_s)
        if places is None:
            continue
        late_s = float(np.median(_measure_lateness(timer, series.times_s[places], period_s)))
        found.append((series.service != timer.last.service, late_s, series.service, series.template, series, places))
    if not found:
        return None
    *_, series, places = min(found, key=lambda row: row[:4])
    return TemplateSeries(
        connection=series.connection,
        source=series.source,
        service=series.service,
        level=series.level,
        template=series.template,
        times_s=series.times_s[places],
        files=series.files,
        file_indices=series.file_indices[places],
        lines=series.lines[places],
    )


def _track(timer: AnnouncedTimer, times_s: Floats) -> list[int] | None:
    """The places (m,) of the times that follow the ticks from one to the next; None where too few do."""
    period_s, places, due_count = timer.last.period_s, [], 0
    late_s = min(LATE_S, period_s / 10)
    for run in timer.runs:
        expected_s, last_s = run.start_s + period_s, min(run.end_s, float(times_s[-1]) if times_s.size else 0.0)
        while expected_s <= last_s and due_count < MOST_TICKS:
            due_count += 1
            place = int(np.searchsorted(times_s, expected_s - EARLY_S))
            if place < times_s.size and times_s[place] <= expected_s + late_s:
                places.append(place)
                expected_s = float(times_s[place])
            expected_s += period_s
    return places if len(places) >= max(FEWEST_TICKS, SHOWN_SHARE * due_count) else None


def _measure_lateness(timer: AnnouncedTimer, times_s: Floats, period_s: float) -> Floats:
    """How far each time is from a multiple of the period since the announcement, in seconds."""
    starts = np.array([run.start_s for run in timer.runs])
    since = times_s - starts[np.maximum(np.searchsorted(starts, times_s, side="right") - 1, 0)]
    return np.asarray(np.abs(since - np.round(since / period_s) * period_s), dtype=np.float64)
