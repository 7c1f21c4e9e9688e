"""Ends that look like somebody who leaves, and that follow an error: whoever hits one does not leave of his own accord.

What a server writes at level error right before such ends, and hardly ever at other times, takes them back from the
departures. A line that tells of the end itself, or of another one, is no such error.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.parsers.lexicon.ends import tells_of_an_end
from logdiag.pipeline.inputs import ReadLogs
from logdiag.scanning.cells import Window, merge_windows
from logdiag.scanning.neighbourhoods import Neighbour, read_neighbourhoods

RIGHT_BEFORE: Final = timedelta(seconds=1)  # a choice, as `fleet.TOGETHER_S`: what one cause does is logged within it
BEFORE: Final = timedelta(seconds=11)  # ten times that, to compare with
MOST_ENDS: Final = 400  # to read around, spread evenly: enough to find what precedes one in twenty
LEAST_HITS: Final = 5  # a choice: fewer are chance in a busy log
LEAST_SHARE: Final = 0.05  # a choice: one in twenty; some people leave because of any error
MOST_CHANCE: Final = 1e-6  # a choice: there may be hundreds of wordings
MOSTLY: Final = 0.5  # more than half
ERRORS: Final = frozenset({"error", "fatal"})

Wording = tuple[str, str]


def take_back(sessions: tuple[SessionRecord, ...], reading: ReadLogs) -> tuple[SessionRecord, ...]:
    """The same sessions; of the departures those that follow errors are none."""
    left = [one for one in sessions if one.departed and one.closed is not None]
    if len(left) < LEAST_HITS or not any(scan.levels.keys() & ERRORS for scan in reading.scans):
        return sessions
    step = max(1.0, len(left) / MOST_ENDS)
    looked = [left[int(place * step)] for place in range(min(len(left), MOST_ENDS))]
    troubled = _find_troubled(looked, reading)
    if len(looked) < len(left) and len(troubled) > MOSTLY * len(looked):
        troubled = {id(one) for one in left}  # whom nobody has looked at is as the others are
    if not troubled:
        return sessions
    return tuple(replace(one, departed=False, presumed=False) if id(one) in troubled else one for one in sessions)


def _find_troubled(ends: Sequence[SessionRecord], reading: ReadLogs) -> set[int]:
    """Which of these ends, by identity, an error comes right before that comes before few other moments."""
    closed = sorted((one.closed, id(one)) for one in ends if one.closed is not None)
    times = [moment for moment, _ in closed]
    windows = merge_windows(Window(moment - BEFORE, moment) for moment in times)
    hits: dict[Wording, set[int]] = defaultdict(set)
    others: Counter[Wording] = Counter()
    for line in _list_errors(reading, windows):
        wording = line.service, line.template
        first = place = bisect_left(times, line.time)
        while place < len(times) and times[place] - line.time <= RIGHT_BEFORE:
            hits[wording].add(closed[place][1])
            place += 1
        others[wording] += place == first
    span_s = sum(end - start for start, end in (window.seconds for window in windows))
    found: set[int] = set()
    for wording, own in hits.items():
        rate = (others[wording] + 1) / max(span_s - len(times) * RIGHT_BEFORE.total_seconds(), 1.0)
        chance = -math.expm1(-rate * RIGHT_BEFORE.total_seconds())
        is_often = len(own) >= max(LEAST_HITS, LEAST_SHARE * len(times))
        if is_often and binomial_greater(len(own), len(times), chance) <= MOST_CHANCE:
            found |= own
    return found


def _list_errors(reading: ReadLogs, windows: Sequence[Window]) -> Iterator[Neighbour]:
    asked = reading.window
    for line in read_neighbourhoods(reading.scans, windows):
        is_asked = asked is None or asked.holds(line.time)
        if is_asked and line.level in ERRORS and not tells_of_an_end(line.template):
            yield line
