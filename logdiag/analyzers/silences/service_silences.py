"""Services that fell silent while the rest of their process wrote on: a timer that stopped, a log that broke off.

Such a gap is no freeze: the event loop ran. What a service writes may hang on the connection, so only gaps that no
outage touches count, and only of services one of whose lines ticks almost without exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from logdiag.analyzers.silences.beats import find_beats
from logdiag.analyzers.silences.process_silences import ProcessLines, is_watched, merge_silences
from logdiag.results.connections import Silence
from logdiag.results.evidence import Evidence
from logdiag.rows import from_seconds

SHORTEST_S: Final = 10.0  # a choice: a file that lags is no silence
BEATS_MISSED: Final = 3  # a choice: one or two may be lost
REGULAR_SHARE: Final = 0.9  # a choice: stricter than for processes, as one file has less to say
LEAST_LINES: Final = 10  # a choice: fewer show no beat
ALIVE_SHARE: Final = 0.5  # a choice: others that pause for half of it stood still as well


def find_file_silences(processes: Iterable[ProcessLines]) -> tuple[Silence, ...]:
    """The gaps of at least three beats, and 10 s, in what one service wrote, in the order of time.

    The other services of the process must have written on, never pausing for half as long.
    """
    return merge_silences(
        silence
        for process in processes
        for service in sorted(set(process.services))
        for silence in _find_in(process, service)
    )


def _find_in(process: ProcessLines, service: str) -> Iterator[Silence]:
    kinds = [times for (owner, _), times in process.templates.items() if owner == service and len(times) >= LEAST_LINES]
    beats = find_beats(kinds, regular_share=REGULAR_SHARE)
    if not beats:
        return
    lines = np.flatnonzero([name == service for name in process.services])
    times = process.times_s[lines]
    least_s = max(SHORTEST_S, BEATS_MISSED * beats[0].period_s)
    for index in np.flatnonzero(np.diff(times) >= least_s):
        start, end = float(times[index]), float(times[index + 1])
        away = any(closed <= end and start <= reopened for closed, reopened in process.outages_s)
        if not away and is_watched(process, start, end) and _wrote_on(process, start, end):
            places = (process.places[lines[index]], process.places[lines[index + 1]])
            yield Silence(
                connection=process.source,
                start=from_seconds(start),
                end=from_seconds(end),
                silence_s=round(end - start, 6),
                whole_process=False,
                evidence=tuple(Evidence(*place) for place in places),
            )


def _wrote_on(process: ProcessLines, start_s: float, end_s: float) -> bool:
    """Whether the process never paused for half the time between two of its lines."""
    first, last = np.searchsorted(process.times_s, (start_s, end_s))
    pauses = np.diff(process.times_s[first : last + 1])
    return float(np.max(pauses, initial=0.0)) < ALIVE_SHARE * (end_s - start_s)
