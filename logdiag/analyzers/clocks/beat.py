"""The beat itself: period, error, jitter, phase, resets, and where each event stands relative to the nearest beat.

Starts from the arc that `phase_scan` found, follows the beat through the whole series (`beat_tracks`), and refits all
segments between resets with one common period: Theil-Sen, then trimmed least squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from logdiag.analyzers.clocks.beat_tracks import TOLERANCE_SIGMAS, Track, early_late_reach_s, find_tracks, theil_sen
from logdiag.analyzers.clocks.phase_scan import ARC_FLOOR_S
from logdiag.analyzers.statistics.arrays import Bools, Floats, Ints, median


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch without a reset: beats at `phase_s + cycle * period_s`, the first of them at `from_s`."""

    phase_s: float
    from_s: float


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
    tracks = find_tracks(times_s, hits, period_s, floor_s)
    return _assemble(times_s, tracks, floor_s) if tracks else None


def _wrap(offset_s: float, period_s: float) -> float:
    return (offset_s + 0.5 * period_s) % period_s - 0.5 * period_s


def _assemble(times_s: Floats, tracks: list[Track], floor_s: float) -> Lattice:
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


def _fit_common(times_s: Floats, tracks: list[Track], floor_s: float) -> tuple[float, float, list[Bools]]:
    """Return period, its standard error and the untrimmed hits per track: least squares, one intercept a track."""
    slopes = [theil_sen(track.cycles.astype(np.float64), times_s[track.hits]) for track in tracks if track.is_long]
    sizes = [len(track.hits) for track in tracks if track.is_long]
    slope = slopes[int(np.argmax(sizes))]
    keep: list[Bools] = []
    for track in tracks:
        rest = times_s[track.hits] - slope * track.cycles
        rest = rest - median(rest)
        limit = max(TOLERANCE_SIGMAS * 1.4826 * median(np.abs(rest)), floor_s)
        keep.append(np.asarray(np.abs(rest) <= limit, dtype=np.bool_))
    xs = [track.cycles[k] - np.mean(track.cycles[k]) for track, k in zip(tracks, keep, strict=True)]
    ys = [times_s[track.hits][k] - np.mean(times_s[track.hits][k]) for track, k in zip(tracks, keep, strict=True)]
    x, y = np.concatenate(xs), np.concatenate(ys)
    spread = float(np.sum(x**2))
    period_s = float(np.sum(x * y)) / spread
    freedom = max(len(x) - len(tracks) - 1, 1)
    return period_s, float(np.sqrt(np.sum((y - period_s * x) ** 2) / freedom / spread)), keep


def _name_segments(times_s: Floats, tracks: list[Track], period_s: float, keep: list[Bools]) -> tuple[Segment, ...]:
    segments = []
    for track, kept in zip(tracks, keep, strict=True):
        cycles = track.cycles - track.cycles[0]
        phase = float(np.mean((times_s[track.hits] - period_s * cycles)[kept]))
        segments.append(Segment(phase, float(times_s[track.hits[0]])))
    return tuple(segments)


def _local_jitter(residuals_s: Floats, segment_of: Ints) -> float:
    """Return the sd of one beat about its neighbours, in s: free of slow drift; MAD of second differences / sqrt 6."""
    parts = [np.diff(residuals_s[segment_of == s], n=2) for s in np.unique(segment_of)]
    second = np.concatenate(parts)
    whole = 1.4826 * median(np.abs(residuals_s - median(residuals_s)))
    if len(second) < 4:
        return whole
    return min(whole, 1.4826 * median(np.abs(second)) / float(np.sqrt(6.0)))


def mark_early_late(residuals_s: Floats, cycles: Ints, segment_of: Ints, on_beat: Bools, period_s: float) -> Bools:
    """Mark the nearest event of each beat that nobody is on, when it is within 2 % of the period (at most 0.5 s).

    Beats are told apart by `segment_of` (n,) and `cycles` (n,): a fleet passes numbers of its own for `segment_of`, so
    that each connection has its own beats to be early or late for.
    """
    reach_s = early_late_reach_s(period_s)
    taken = set(zip(segment_of[on_beat].tolist(), cycles[on_beat].tolist(), strict=True))
    marks = np.zeros(len(cycles), dtype=np.bool_)
    for index in np.argsort(np.abs(residuals_s), kind="stable").tolist():
        beat = (int(segment_of[index]), int(cycles[index]))
        if on_beat[index] or beat in taken:
            continue
        if abs(residuals_s[index]) > reach_s:
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
