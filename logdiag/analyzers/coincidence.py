"""How many disconnects a template precedes, and how many it would precede by chance.

Event coincidence analysis (Donges et al. 2016, arXiv:1508.03534) with a local null: the chance of each disconnect is
the covered share of its own neighbourhood, counted only while the socket was connected; the tail of the sum of such
unequal coins is the Poisson-binomial distribution, computed exactly and in logarithms.
All times here are seconds from one common origin, rounded to a microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

NEIGHBOURHOOD_S: Final = 60.0  # the baseline reaches this far to either side of a disconnect
SHADOW_S: Final = 3.0  # what is logged this soon after a disconnect is its consequence
EPSILON_S: Final = 1e-6  # stamps are told apart down to this
_RESOLUTIONS_S: Final = (60.0, 1.0, 0.1, 0.01, 0.001)
_CHANCE_BOUND: Final = 1e-12  # chances are kept off 0 and 1 by this
_TILT_STEPS: Final = 8


@dataclass(frozen=True)
class Intervals:
    """Disjoint stretches of time in order: (k,) starts and ends in seconds."""

    starts_s: FloatArray
    ends_s: FloatArray

    @cached_property
    def length_s(self) -> float:
        """The sum of all stretches."""
        return float(np.sum(self.ends_s - self.starts_s))

    def measure_s(self, times_s: FloatArray) -> FloatArray:
        """Return how much of the stretches lies before each time; any shape."""
        if not self.starts_s.size:
            return np.zeros_like(times_s)
        edges, totals = self._corners
        return np.interp(times_s, edges, totals)

    @cached_property
    def _corners(self) -> tuple[FloatArray, FloatArray]:
        lengths = self.ends_s - self.starts_s
        sums = np.cumsum(lengths)
        edges = np.column_stack((self.starts_s, self.ends_s)).ravel()
        return edges, np.column_stack((sums - lengths, sums)).ravel()

    def find(self, times_s: FloatArray, *, slack_s: float = 0.0) -> IntArray:
        """Return the stretch that holds each time (its end included, and `slack_s` more), -1 for none."""
        if not self.starts_s.size:
            return np.full(times_s.shape, -1, dtype=np.int64)
        index = np.searchsorted(self.starts_s, times_s + EPSILON_S, side="right") - 1
        inside = (index >= 0) & (times_s <= self.ends_s[index] + slack_s + EPSILON_S)
        return np.where(inside, index, -1)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines (m,) and how much exposed time each may cover at most: `reach_s`; `late_s` of its window is lost before.

    `late_s` None: the lines look forward. Else they look back, and `anchors_s` are mirrored (negative) times.
    """

    anchors_s: FloatArray
    reach_s: FloatArray
    late_s: FloatArray | None = None

    def measure_s(self, edges_s: FloatArray, windows_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the covered time before each edge (…, w, n), and in all (w,), for each window (w,)."""
        if not self.anchors_s.size:
            return np.zeros(edges_s.shape), np.zeros(windows_s.size)
        room = windows_s[:, None] if self.late_s is None else np.maximum(windows_s[:, None] - self.late_s[None, :], 0.0)
        pieces = np.minimum(room, self.reach_s[None, :])
        sums = np.concatenate((np.zeros((windows_s.size, 1)), np.cumsum(pieces, axis=1)), axis=1)
        points = edges_s if self.late_s is None else -edges_s
        last = np.searchsorted(self.anchors_s, points, side="right") - 1
        rows = np.arange(windows_s.size)[:, None]
        at = np.maximum(last, 0)
        partial = np.clip(points - self.anchors_s[at], 0.0, pieces[rows, at])
        covered = np.where(last >= 0, sums[rows, at] + partial, 0.0)
        total = sums[:, -1]
        return (covered if self.late_s is None else total[:, None] - covered), total


def merge_intervals(pairs: FloatArray) -> Intervals:
    """Return the union of (k, 2) pairs of start and end, in any order; empty ones are left out."""
    pairs = pairs[pairs[:, 1] > pairs[:, 0]]
    if not len(pairs):
        return Intervals(np.empty(0), np.empty(0))
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    reach = np.maximum.accumulate(pairs[:, 1])
    opens = np.concatenate(([True], pairs[1:, 0] > reach[:-1]))
    last = np.concatenate((np.flatnonzero(opens)[1:] - 1, [len(pairs) - 1]))
    return Intervals(pairs[opens, 0], reach[last])


def intersect_intervals(one: Intervals, other: Intervals) -> Intervals:
    """Return the time that lies in both."""
    edges = np.unique(np.concatenate((one.starts_s, one.ends_s, other.starts_s, other.ends_s)))
    if edges.size < 2:
        return Intervals(np.empty(0), np.empty(0))
    middles = (edges[:-1] + edges[1:]) / 2
    inside = (one.find(middles) >= 0) & (other.find(middles) >= 0)
    # Sessions that touch stay apart: a window must not reach from one into the next.
    return Intervals(edges[:-1][inside], edges[1:][inside])


def cut_shadows(sessions: Intervals, drops_s: FloatArray) -> Intervals:
    """Return the sessions without the first `SHADOW_S` seconds after any disconnect."""
    if not sessions.starts_s.size or not drops_s.size:
        return sessions
    before = np.searchsorted(drops_s, sessions.starts_s + EPSILON_S, side="right") - 1
    lit_s = np.where(before >= 0, drops_s[before] + SHADOW_S, -np.inf)
    starts = np.maximum(sessions.starts_s, lit_s)
    keep = starts < sessions.ends_s
    return Intervals(starts[keep], sessions.ends_s[keep])


def find_resolution_s(times_s: FloatArray) -> float:
    """Return the coarsest of 60 s, 1 s, 0.1 s, 10 ms, 1 ms that divides every gap between the times, else 1 µs.

    Fewer than four times divide by accident: they count as milliseconds.
    """
    if times_s.size < 4:
        return 0.001
    gaps = times_s - times_s[0]
    for step in _RESOLUTIONS_S:
        if np.all(np.abs(gaps - np.round(gaps / step) * step) <= 3 * EPSILON_S):
            return step
    return EPSILON_S


def reach_after(times_s: FloatArray, exposure: Intervals) -> Lines:
    """Return the exposed lines, each good for the time up to the next one or to the end of its stretch."""
    index = exposure.find(times_s)
    times, index = times_s[index >= 0], index[index >= 0]
    following = np.append(times[1:], np.inf)
    return Lines(times, np.maximum(np.minimum(following, exposure.ends_s[index]) - times, 0.0))


def reach_before(times_s: FloatArray, exposure: Intervals) -> Lines:
    """Return where exposed time ends before each line (mirrored: negative), and how far back it goes undivided.

    Lines in an outage count as well: the exposed time before them ends with its stretch, `late` by the rest.
    """
    if not exposure.starts_s.size:
        return Lines(np.empty(0), np.empty(0))
    index = np.searchsorted(exposure.starts_s, times_s, side="right") - 1
    times, index = times_s[index >= 0], index[index >= 0]
    anchors = np.minimum(times, exposure.ends_s[index])
    floor = np.maximum(np.concatenate(([-np.inf], times[:-1])), exposure.starts_s[index])
    late, reach = (times - anchors)[::-1], np.maximum(anchors - floor, 0.0)[::-1]
    return Lines(-anchors[::-1], reach, late)


def estimate_chances(
    moments_s: FloatArray, exposure: Intervals, lines: Lines, windows_s: FloatArray, *, slack_s: float = 0.0
) -> FloatArray:
    """Return for each window and moment the covered share of its neighbourhood, plus half a line: (w, n), 0 < p < 1.

    The neighbourhood is [t-60, t-window) and (t+3, t+60] while exposed; where that is too short, all the exposure.
    An instant is covered if a line lies within the window (and `slack_s`) on the side that `lines` look to.
    """
    guards = windows_s[:, None]
    moments = moments_s[None, :]
    one = np.ones_like(guards)
    edges = np.stack(
        (
            moments - NEIGHBOURHOOD_S - guards,
            moments - guards,
            (moments + SHADOW_S) * one,
            (moments + SHADOW_S + NEIGHBOURHOOD_S) * one,
        )
    )
    wide_s = windows_s + slack_s
    exposed = exposure.measure_s(edges)
    covered, total_s = lines.measure_s(edges, wide_s)
    exposed_s = exposed[1] - exposed[0] + exposed[3] - exposed[2]
    covered_s = covered[1] - covered[0] + covered[3] - covered[2]
    local = exposed_s >= np.maximum(10.0, 2 * wide_s)[:, None]
    exposed_s = np.where(local, exposed_s, np.maximum(exposure.length_s, wide_s)[:, None])
    covered_s = np.where(local, covered_s, total_s[:, None])
    half_s = 0.5 * wide_s[:, None]
    return np.clip((covered_s + half_s) / (exposed_s + half_s), _CHANCE_BOUND, 1 - _CHANCE_BOUND)


def log_tails(chances: FloatArray, counts: IntArray) -> FloatArray:
    """Return ln P[S_r >= counts_r], S_r the number of heads of the coins in row r of `chances` (r, n): exact.

    The coins are tilted so that the count becomes their mean (Esscher transform): the tail, however small, is then
    read where the distribution is large. The distribution is a product of n polynomials, multiplied pair by pair.
    """
    rows, coins = chances.shape
    tails = np.zeros(rows)
    tails[counts > coins] = -np.inf
    some = np.flatnonzero((counts > 0) & (counts <= coins))
    if not some.size:
        return tails
    p = np.clip(chances[some], _CHANCE_BOUND, 1 - _CHANCE_BOUND)
    k = counts[some]
    tilt = _find_tilts(p, k)
    odds = p * np.exp(tilt)[:, None]
    normal = np.sum(np.log1p(odds - p), axis=1)
    masses = _multiply_coins(odds / (1 - p + odds))
    heads = np.arange(coins + 1)
    with np.errstate(divide="ignore"):
        terms = np.log(masses) - tilt[:, None] * (heads[None, :] - k[:, None])
    terms[heads[None, :] < k[:, None]] = -np.inf
    peak = terms.max(axis=1)
    total = peak + np.log(np.sum(np.exp(terms - peak[:, None]), axis=1))
    tails[some] = np.minimum(total - tilt * k + normal, 0.0)
    return tails


def _find_tilts(chances: FloatArray, counts: IntArray) -> FloatArray:
    """Return θ >= 0 with Σ p e^θ / (1 - p + p e^θ) close to the count; 0 where the mean is larger already.

    Any θ gives the exact tail; a close one keeps its digits. Each step is exact for coins of equal chance.
    """
    coins = chances.shape[1]
    target = np.minimum(counts, coins - 0.5)
    tilt = np.zeros(len(counts))
    for _ in range(_TILT_STEPS):
        odds = chances * np.exp(tilt)[:, None]
        mean = np.sum(odds / (1 - chances + odds), axis=1)
        tilt = np.clip(tilt + np.log(target * (coins - mean) / (mean * (coins - target))), 0.0, 60.0)
    return tilt


def _multiply_coins(chances: FloatArray) -> FloatArray:
    """Return P[S = 0 … n] of each row of coins (r, n) as (r, n + 1): products by FFT in ln n rounds."""
    rows, coins = chances.shape
    size = 1 << max(coins - 1, 0).bit_length()
    factors = np.zeros((rows, size, 2))
    factors[:, :, 0] = 1.0
    factors[:, :coins, 0] = 1 - chances
    factors[:, :coins, 1] = chances
    while factors.shape[1] > 1:
        left, right = factors[:, 0::2], factors[:, 1::2]
        length = 2 * factors.shape[2] - 1
        points = 1 << (length - 1).bit_length()
        spectrum = np.fft.rfft(left, points) * np.fft.rfft(right, points)
        factors = np.fft.irfft(spectrum, points)[..., :length]
    return np.maximum(factors[:, 0, : coins + 1], 0.0)


def adjust_p_values(p_values: FloatArray, *, tests_count: int, dependent: bool) -> FloatArray:
    """Return q-values (m,): Benjamini-Hochberg, or Benjamini-Yekutieli (2001) for tests that depend on each other.

    `tests_count` >= m: tests that were made but are known to be 1 need not be listed.
    """
    if not p_values.size:
        return p_values
    order = np.argsort(p_values, kind="stable")
    factor = np.sum(1 / np.arange(1, tests_count + 1)) if dependent else 1.0
    scaled = p_values[order] * tests_count * factor / np.arange(1, p_values.size + 1)
    adjusted = np.empty_like(scaled)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
