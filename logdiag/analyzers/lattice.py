"""The beat itself: period, error, jitter, phase, resets, and where each event stands relative to the nearest beat.

Starts from the arc that `phase_scan` found, follows the beat through the whole series (forwards and backwards, by the
median of the last few deviations, so that slow drift is no loss of lock), looks for the same period at another phase
where the track ends (a reset), and refits all segments with one common period: Theil-Sen, then trimmed least squares.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from logdiag.analyzers.phase_scan import (
    ARC_FLOOR_S,
    Bools,
    Floats,
    Ints,
    density_guard,
    log10_arc_probability,
)

TRACK_MEMORY_COUNT: Final = 5
TOLERANCE_SIGMAS: Final = 4.0
MAX_TOLERANCE_RATIO: Final = 0.1
EARLY_LATE_RATIO: Final = 0.02  # of the period: a beat that something pulled forward or held back
EARLY_LATE_MAX_S: Final = 0.5
RESET_LOG10_FALSE_ALARM: Final = -3.0
MAX_RESETS_COUNT: Final = 20
MIN_SEGMENT_COUNT: Final = 3


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch without a reset: beats at `phase_s + cycle * period_s`; the stretch lasts from `from_s` to `to_s`."""

    phase_s: float
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Lattice:
    """A fitted beat. All times in s on the clock of the input; arrays are (n,), aligned with the input events.

    `on_beat` marks events within `tolerance_s` of the tracked beat; `early_late` those that came close to a beat
    which nothing else took. `residuals_s` is event minus nearest beat of its segment, `cycles` that beat's number.
    """

    period_s: float
    period_error_s: float
    jitter_s: float
    tolerance_s: float
    segments: tuple[Segment, ...]
    on_beat: Bools
    early_late: Bools
    cycles: Ints
    segment_of: Ints
    residuals_s: Floats
    missed_count: int

    @property
    def members(self) -> Bools:
        """Return flags (n,) of the events that the beat explains: on it, or an early or late beat."""
        return self.on_beat | self.early_late

    @property
    def shifts(self) -> tuple[tuple[float, float], ...]:
        """Return (time of the first beat after it, phase jump in -P/2..P/2 s) of every reset."""
        pairs = zip(self.segments, self.segments[1:], strict=False)
        return tuple((b.from_s, _wrap(b.phase_s - a.phase_s, self.period_s)) for a, b in pairs)


@dataclass(frozen=True, slots=True)
class _Track:
    """Events that one uninterrupted beat explains: indices (m,) and their cycle numbers (m,)."""

    hits: Ints
    cycles: Ints


def fit_lattice(times_s: Floats, hits: Ints, period_s: float, *, floor_s: float = ARC_FLOOR_S) -> Lattice | None:
    """Fit the beat of which `hits` (m,) are seeds to all events (n,); None when fewer than four remain on it.

    `floor_s` is the narrowest tolerance (20 ms, or the resolution of the stamps when that is coarser). When all hits
    stand on every q-th beat, and luck would not put them there, the period is q times as long.
    """
    lattice = _fit_once(times_s, hits, period_s, floor_s)
    if lattice is None:
        return None
    factor = _find_multiple(lattice)
    if factor == 1:
        return lattice
    return _fit_once(times_s, np.flatnonzero(lattice.on_beat), factor * lattice.period_s, floor_s) or lattice


def _find_multiple(lattice: Lattice) -> int:
    """Return the largest q <= 8 for which the beats hit are alike modulo q (chance q^(1-k) below 5 %), else 1."""
    hit = np.unique(lattice.cycles[lattice.on_beat & (lattice.segment_of == 0)])
    if len(lattice.segments) > 1:
        return 1
    for q in range(8, 1, -1):
        if len(np.unique(hit % q)) == 1 and len(hit) >= 4 and float(q) ** (1 - len(hit)) < 0.05:
            return q
    return 1


def _fit_once(times_s: Floats, hits: Ints, period_s: float, floor_s: float) -> Lattice | None:
    period_s, tolerance_s = _fit_seeds(times_s, hits, period_s, floor_s)
    for _ in range(3):
        track = _follow(times_s, hits, period_s, tolerance_s, (0, len(times_s)))
        if len(track.hits) < 4:
            return None
        hits = _gather_near(times_s, track, period_s, tolerance_s)
        period_s, tolerance_s = _fit_seeds(times_s, hits, period_s, floor_s)
    tracks = [_follow(times_s, hits, period_s, tolerance_s, (0, len(times_s)))]
    if len(tracks[0].hits) < 4:
        return None
    while len(tracks) <= MAX_RESETS_COUNT:
        added = _find_reset(times_s, tracks, period_s, tolerance_s)
        if added is None:
            break
        tracks = sorted([*tracks, added], key=lambda track: int(track.hits[0]))
    return _assemble(times_s, tracks, floor_s)


def _wrap(offset_s: float, period_s: float) -> float:
    return (offset_s + 0.5 * period_s) % period_s - 0.5 * period_s


def _fit_seeds(times_s: Floats, hits: Ints, period_s: float, floor_s: float) -> tuple[float, float]:
    """Return the period of the seeds and the tolerance within which an event is on the beat."""
    cycles = np.round((times_s[hits] - times_s[hits[0]]) / period_s)
    fitted = theil_sen(cycles, times_s[hits])
    deviations = times_s[hits] - fitted * cycles
    deviations = deviations - np.median(deviations)
    sigma = 1.4826 * float(np.median(np.abs(deviations)))
    sigma *= 1.0 + 4.0 / len(hits)  # of few deviations the median is often too small
    return fitted, float(np.clip(TOLERANCE_SIGMAS * sigma, floor_s, max(MAX_TOLERANCE_RATIO * fitted, floor_s)))


def _gather_near(times_s: Floats, track: _Track, period_s: float, tolerance_s: float) -> Ints:
    """Return the event nearest to each beat of the track, within early-or-late reach: seeds that show the true width.

    The least probable arc may be a tight part of a wider beat; its width would set a tolerance that is too small.
    """
    reach_s = max(tolerance_s, min(EARLY_LATE_RATIO * period_s, EARLY_LATE_MAX_S))
    offsets = np.interp(times_s, times_s[track.hits], times_s[track.hits] - period_s * track.cycles)
    cycles = np.round((times_s - offsets) / period_s)
    deviations = np.abs(times_s - offsets - cycles * period_s)
    order = np.lexsort((deviations, cycles))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = np.diff(cycles[order]) > 0
    nearest = np.sort(order[first])
    inside = (nearest >= track.hits[0]) & (nearest <= track.hits[-1]) & (deviations[nearest] <= reach_s)
    return np.asarray(nearest[inside], dtype=np.int64)


def theil_sen(x: Floats, y: Floats) -> float:
    """Return the median slope over pairs of points (n,); over a fixed subset of pairs when there are very many."""
    n = len(x)
    if n <= 200:
        i, j = np.triu_indices(n, 1)
    else:
        i = np.concatenate([np.arange(n - lag) for lag in range(n // 2, n, max(1, n // 100))])
        j = np.concatenate([np.arange(lag, n) for lag in range(n // 2, n, max(1, n // 100))])
    apart = x[j] != x[i]
    return float(np.median((y[j] - y[i])[apart] / (x[j] - x[i])[apart]))


def _follow(times_s: Floats, hits: Ints, period_s: float, tolerance_s: float, bounds: tuple[int, int]) -> _Track:
    """Extend the seeds into a track over the events `bounds`, from the middle of the seeds to both ends."""
    start = times_s[hits[0]]
    middle = float(np.median(times_s[hits] - period_s * np.round((times_s[hits] - start) / period_s)))
    seeds = times_s[hits] - middle
    offset = seeds - period_s * np.round(seeds / period_s)
    first = int(hits[len(hits) // 2])
    near = offset[np.argsort(np.abs(np.arange(len(hits)) - len(hits) // 2), kind="stable")][:TRACK_MEMORY_COUNT]
    forward = _walk(times_s, range(first, bounds[1]), (middle, period_s, tolerance_s), near)
    backward = _walk(times_s, range(first - 1, bounds[0] - 1, -1), (middle, period_s, tolerance_s), near)
    pairs = sorted([*forward, *backward])
    return _Track(
        np.array([index for index, _ in pairs], dtype=np.int64), np.array([cycle for _, cycle in pairs], dtype=np.int64)
    )


def _walk(times_s: Floats, indices: range, beat: tuple[float, float, float], near_s: Floats) -> list[tuple[int, int]]:
    """Return (index, cycle) of the events on the beat, walking away from the seeds in one direction."""
    phase_s, period_s, tolerance_s = beat
    memory = deque(near_s.tolist(), maxlen=TRACK_MEMORY_COUNT)
    offset = float(np.median(near_s))
    found: list[tuple[int, int]] = []
    last: int | None = None
    for index in indices:
        time_s = float(times_s[index])
        cycle = round((time_s - phase_s - offset) / period_s)
        deviation = time_s - phase_s - cycle * period_s
        lost = 0 if last is None else max(abs(cycle - last) - 1, 0)
        room = min(tolerance_s * (1.0 + 0.1 * lost), max(MAX_TOLERANCE_RATIO * period_s, tolerance_s))
        if abs(deviation - offset) <= room:
            found.append((index, cycle))
            if cycle != last:
                memory.append(deviation)
                offset = sorted(memory)[len(memory) // 2]
                last = cycle
    return found


def _find_reset(times_s: Floats, tracks: list[_Track], period_s: float, tolerance_s: float) -> _Track | None:
    """Return the same beat at another phase, in the longest stretch of time that no track covers; None if none is."""
    guard = density_guard(np.diff(times_s))
    for first, last in _uncovered(len(times_s), tracks):
        window = times_s[first:last]
        if len(window) < MIN_SEGMENT_COUNT:
            continue
        phases = np.mod(window - window[0], period_s)
        near = np.abs((phases[None, :] - phases[:, None] + 0.5 * period_s) % period_s - 0.5 * period_s) <= tolerance_s
        best = int(np.argmax(near.sum(axis=1)))
        seeds = np.flatnonzero(near[best]) + first
        distinct = len(np.unique(np.round((times_s[seeds] - times_s[seeds[0]]) / period_s)))
        log10_alarm = log10_arc_probability(distinct, len(window), guard * 2.0 * tolerance_s / period_s)
        if distinct >= MIN_SEGMENT_COUNT and log10_alarm <= RESET_LOG10_FALSE_ALARM:
            return _follow(times_s, seeds, period_s, tolerance_s, (first, last))
    return None


def _uncovered(events_count: int, tracks: list[_Track]) -> list[tuple[int, int]]:
    """Return the index ranges before, between and after the tracks, the one with most events first."""
    edges = [0, *(edge for track in tracks for edge in (int(track.hits[0]), int(track.hits[-1]) + 1)), events_count]
    ranges = [(edges[i], edges[i + 1]) for i in range(0, len(edges), 2)]
    return sorted(ranges, key=lambda r: (r[0] - r[1], r[0]))


def _assemble(times_s: Floats, tracks: list[_Track], floor_s: float) -> Lattice:
    """Fit one period to all tracks and measure every event against it."""
    period_s, error_s, keep = _fit_common(times_s, tracks, floor_s)
    segments = _name_segments(times_s, tracks, period_s, keep)
    starts = np.array([segment.from_s for segment in segments[1:]])
    segment_of = np.searchsorted(starts, times_s, side="right").astype(np.int64)
    phases = np.array([segment.phase_s for segment in segments])[segment_of]
    cycles = np.round((times_s - phases) / period_s).astype(np.int64)
    residuals = times_s - phases - cycles * period_s
    on_beat = np.zeros(len(times_s), dtype=np.bool_)
    on_beat[np.concatenate([track.hits for track in tracks])] = True
    jitter_s = _local_jitter(residuals[on_beat], segment_of[on_beat])
    early_late = mark_early_late(residuals, cycles, segment_of, on_beat, period_s)
    missed = _count_missed(cycles, segment_of, on_beat | early_late)
    tolerance_s = max(TOLERANCE_SIGMAS * jitter_s, floor_s)
    return Lattice(
        period_s, error_s, jitter_s, tolerance_s, segments, on_beat, early_late, cycles, segment_of, residuals, missed
    )


def _fit_common(times_s: Floats, tracks: list[_Track], floor_s: float) -> tuple[float, float, list[Bools]]:
    """Return period, its standard error and the untrimmed hits per track: least squares, one intercept a track."""
    slopes = [theil_sen(track.cycles.astype(np.float64), times_s[track.hits]) for track in tracks if _spans(track)]
    sizes = [len(track.hits) for track in tracks if _spans(track)]
    slope = slopes[int(np.argmax(sizes))]
    keep: list[Bools] = []
    for track in tracks:
        rest = times_s[track.hits] - slope * track.cycles
        rest = rest - np.median(rest)
        limit = max(TOLERANCE_SIGMAS * 1.4826 * float(np.median(np.abs(rest))), floor_s)
        keep.append(np.asarray(np.abs(rest) <= limit, dtype=np.bool_))
    xs = [track.cycles[k] - np.mean(track.cycles[k]) for track, k in zip(tracks, keep, strict=True)]
    ys = [times_s[track.hits][k] - np.mean(times_s[track.hits][k]) for track, k in zip(tracks, keep, strict=True)]
    x, y = np.concatenate(xs), np.concatenate(ys)
    spread = float(np.sum(x**2))
    period_s = float(np.sum(x * y)) / spread
    freedom = max(len(x) - len(tracks) - 1, 1)
    return period_s, float(np.sqrt(np.sum((y - period_s * x) ** 2) / freedom / spread)), keep


def _spans(track: _Track) -> bool:
    return len(track.hits) >= 2 and bool(track.cycles[0] != track.cycles[-1])


def _name_segments(times_s: Floats, tracks: list[_Track], period_s: float, keep: list[Bools]) -> tuple[Segment, ...]:
    segments = []
    for track, kept in zip(tracks, keep, strict=True):
        cycles = track.cycles - track.cycles[0]
        phase = float(np.mean((times_s[track.hits] - period_s * cycles)[kept]))
        segments.append(Segment(phase, float(times_s[track.hits[0]]), float(times_s[track.hits[-1]])))
    return tuple(segments)


def _local_jitter(residuals_s: Floats, segment_of: Ints) -> float:
    """Return the sd of one beat about its neighbours, in s: free of slow drift; MAD of second differences / sqrt 6."""
    parts = [np.diff(residuals_s[segment_of == s], n=2) for s in np.unique(segment_of)]
    second = np.concatenate(parts)
    whole = 1.4826 * float(np.median(np.abs(residuals_s - np.median(residuals_s))))
    if len(second) < 4:
        return whole
    return min(whole, 1.4826 * float(np.median(np.abs(second))) / float(np.sqrt(6.0)))


def mark_early_late(residuals_s: Floats, cycles: Ints, segment_of: Ints, on_beat: Bools, period_s: float) -> Bools:
    """Mark the nearest event of each beat that nobody is on, when it is within 2 % of the period (at most 0.5 s).

    Beats are told apart by `segment_of` (n,) and `cycles` (n,): a fleet passes numbers of its own for `segment_of`, so
    that each connection has its own beats to be early or late for.
    """
    limit = min(EARLY_LATE_RATIO * period_s, EARLY_LATE_MAX_S)
    taken = set(zip(segment_of[on_beat].tolist(), cycles[on_beat].tolist(), strict=True))
    marks = np.zeros(len(cycles), dtype=np.bool_)
    for index in np.argsort(np.abs(residuals_s), kind="stable").tolist():
        beat = (int(segment_of[index]), int(cycles[index]))
        if on_beat[index] or beat in taken:
            continue
        if abs(residuals_s[index]) > limit:
            break
        marks[index] = True
        taken.add(beat)
    return marks


def _count_missed(cycles: Ints, segment_of: Ints, members: Bools) -> int:
    """Return how many beats between the first and the last member of each segment ended no connection."""
    missed = 0
    for segment in np.unique(segment_of[members]).tolist():
        hit = np.unique(cycles[members & (segment_of == segment)])
        missed += int(hit[-1] - hit[0] + 1 - len(hit))
    return missed
