"""Which disconnects a template precedes or follows, how closely and with what chance: the counting behind a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Bools, Floats, Ints
from logdiag.analyzers.statistics.resolution import find_resolution_s
from logdiag.analyzers.triggers.chance import EPSILON_S, Intervals, estimate_chances, reach_after, reach_before
from logdiag.analyzers.triggers.moments import Scene, TemplateSeries

MIN_HITS: Final = 3  # fewer coincidences are an anecdote
SECOND_S: Final = 1.0  # what syslog cuts its stamps to


@dataclass(frozen=True, slots=True)
class Stamps:
    """A template's times in a scene's seconds, and how sure their order against the disconnects is.

    A line is known to stand before a disconnect when it is `before_s` older, after it when `after_s` younger: the
    resolution of the stamps, and between processes the error of their clocks as well. `tied` (n,) are the moments
    with a line in between whose order the file does not tell; `settled` (n,) holds lines of the disconnect's own
    file with its own stamp that stand before it, -1 for none.
    """

    series: TemplateSeries
    times_s: Floats
    before_s: float
    after_s: float
    tied: Bools
    settled: Ints


@dataclass(frozen=True, slots=True)
class Hits:
    """For each of n moments the nearest line on one side: its index (-1: none) and the lag to it (inf: none)."""

    indices: Ints
    lags_s: Floats

    def count(self, window_s: float) -> int:
        """How many moments have a line within the window."""
        return int(np.sum(self.lags_s <= window_s + EPSILON_S))


def place_stamps(scene: Scene, series: TemplateSeries, *, clock_error_s: float) -> Stamps:
    """Return a series on a scene's clock, with the order at equal stamps settled as far as line numbers do."""
    times = np.round(np.asarray(series.times_s, dtype=np.float64) - scene.origin_s, 6)
    error_s = 0.0 if scene.is_written_by(series) else clock_error_s
    # Lines of a job all lie whole minutes apart: their stamps have seconds, unless the disconnects' have none either.
    before_s = min(find_resolution_s(times), max(SECOND_S, scene.resolution_s)) + error_s
    after_s = scene.resolution_s + error_s
    low = np.searchsorted(times, scene.moments_s - before_s + EPSILON_S, side="right")
    high = np.searchsorted(times, scene.moments_s + after_s - EPSILON_S, side="left")
    tied = high > low
    settled = np.full(scene.moments_s.size, -1, dtype=np.int64)
    for moment in np.flatnonzero(tied):
        settled[moment], tied[moment] = _settle_tie(scene, series, times, int(moment), range(low[moment], high[moment]))
    return Stamps(series, times, before_s, after_s, tied, settled)


def _settle_tie(
    scene: Scene, series: TemplateSeries, times: Floats, moment: int, candidates: range
) -> tuple[int, bool]:
    """Return the last line known to stand before the moment (-1: none), and whether any order stays open."""
    place = scene.places[moment]
    last, is_open = -1, False
    for index in candidates:
        same_file = place is not None and series.files[int(series.file_indices[index])] == place.file
        if not same_file:
            is_open = True
            continue
        gap_s = float(times[index] - scene.moments_s[moment])
        if gap_s < -EPSILON_S or (gap_s <= EPSILON_S and place is not None and series.is_before(index, place)):
            last = index
    return last, is_open and last < 0


def find_hits_before(scene: Scene, stamps: Stamps, within: Intervals, admitted: Bools | None = None) -> Hits:
    """Return for each moment the last admitted line known to precede it in the same stretch of `within`."""
    home = within.find(stamps.times_s, slack_s=stamps.after_s)
    usable = home >= 0 if admitted is None else (home >= 0) & admitted
    index = np.flatnonzero(usable)
    times = stamps.times_s[index]
    last = np.searchsorted(times, scene.moments_s - stamps.before_s + EPSILON_S, side="right") - 1
    found = np.where(last >= 0, index[last], -1) if index.size else np.full(scene.moments_s.size, -1, dtype=np.int64)
    settled = stamps.settled
    found = np.where((settled >= 0) & usable[settled], settled, found) if usable.size else found
    ends = within.find(scene.moments_s - 3 * EPSILON_S)  # the stretch that the moment ends, not the next
    starts = within.starts_s[ends] if within.starts_s.size else np.zeros(scene.moments_s.size)
    at = stamps.times_s[found] if stamps.times_s.size else np.zeros(scene.moments_s.size)
    good = (found >= 0) & (ends >= 0) & (at >= starts - EPSILON_S)
    lags = np.where(good, np.maximum(scene.moments_s - at, 0.0), np.inf)
    return Hits(np.where(good, found, -1), lags)


def find_hits_after(scene: Scene, stamps: Stamps) -> Hits:
    """Return for each moment the first line known to follow it, in an outage or not."""
    first = np.searchsorted(stamps.times_s, scene.moments_s + stamps.after_s - EPSILON_S, side="left")
    found = first < stamps.times_s.size
    index = np.where(found, first, -1)
    lags = np.where(found, stamps.times_s[index] - scene.moments_s, np.inf)
    return Hits(index, lags)


def chances_before(scene: Scene, stamps: Stamps, *, admitted: Bools | None = None, slack_s: float = 0.0) -> Floats:
    """Return the chances (w, n) that an admitted line stands in each window (and `slack_s`) before each moment."""
    times = stamps.times_s if admitted is None else stamps.times_s[admitted]
    return estimate_chances(scene.near, reach_after(times, scene.exposure), slack_s=slack_s)


def chances_after(scene: Scene, stamps: Stamps) -> Floats:
    """Return the chances (w, n) that a line stands in each window after each moment."""
    return estimate_chances(scene.near, reach_before(stamps.times_s, scene.exposure))


def count_followed(scene: Scene, stamps: Stamps, window_s: float) -> tuple[int, int, Bools]:
    """Return how many lines were written while connected, how many a disconnect followed in time, and which (m,)."""
    connected = scene.connected.find(stamps.times_s, slack_s=stamps.after_s) >= 0
    following = np.searchsorted(scene.moments_s, stamps.times_s - stamps.after_s + EPSILON_S, side="right")
    reachable = following < scene.moments_s.size
    gap = np.where(reachable, scene.moments_s[np.minimum(following, scene.moments_s.size - 1)] - stamps.times_s, np.inf)
    followed = connected & (gap <= window_s + EPSILON_S)
    followed[stamps.settled[stamps.settled >= 0]] = True
    return int(np.sum(connected)), int(np.sum(followed)), followed
