"""How many disconnects a template precedes, and how many it would precede by chance.

Event coincidence analysis (Donges et al. 2016, arXiv:1508.03534) with a local null: the chance of each disconnect is
the covered share of its own neighbourhood, counted only while the socket was connected; the tail of the sum of such
unequal coins is the Poisson-binomial distribution, computed exactly and in logarithms.
All times here are seconds from one common origin, rounded to a microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats, Ints
from logdiag.analyzers.statistics.tails import CHANCE_BOUND

NEIGHBOURHOOD_S: Final = 60.0  # the baseline reaches this far to either side of a disconnect
SHADOW_S: Final = 3.0  # what is logged this soon after a disconnect is its consequence
EPSILON_S: Final = 1e-6  # stamps are told apart down to this


@dataclass(frozen=True)
class Intervals:
    """Disjoint stretches of time in order: (k,) starts and ends in seconds."""

    starts_s: Floats
    ends_s: Floats

    @cached_property
    def length_s(self) -> float:
        """The sum of all stretches."""
        return float(np.sum(self.ends_s - self.starts_s))

    def measure_s(self, times_s: Floats) -> Floats:
        """Return how much of the stretches lies before each time; any shape."""
        if not self.starts_s.size:
            return np.zeros_like(times_s)
        edges, totals = self._corners
        return np.interp(times_s, edges, totals)

    @cached_property
    def _corners(self) -> tuple[Floats, Floats]:
        lengths = self.ends_s - self.starts_s
        sums = np.cumsum(lengths)
        edges = np.column_stack((self.starts_s, self.ends_s)).ravel()
        return edges, np.column_stack((sums - lengths, sums)).ravel()

    def find(self, times_s: Floats, *, slack_s: float = 0.0) -> Ints:
        """Return the stretch that holds each time (its end included, and `slack_s` more), -1 for none."""
        if not self.starts_s.size:
            return np.full(times_s.shape, -1, dtype=np.int64)
        index = np.searchsorted(self.starts_s, times_s + EPSILON_S, side="right") - 1
        inside = (index >= 0) & (times_s <= self.ends_s[index] + slack_s + EPSILON_S)
        return np.where(inside, index, -1)


@dataclass(frozen=True, slots=True)
class LinesAhead:
    """Lines (m,) that look forward, and how much exposed time each may cover at most: `reach_s`."""

    times_s: Floats
    reach_s: Floats

    def cover_s(self, edges_s: Floats, windows_s: Floats) -> tuple[Floats, Floats]:
        """Return the covered time before each edge (…, w, n), and in all (w,), for each window (w,)."""
        pieces = np.minimum(windows_s[:, None], self.reach_s[None, :])
        return _cover_s(self.times_s, pieces, edges_s)


@dataclass(frozen=True, slots=True)
class LinesBehind:
    """Lines (m,) that look back from `times_s`, `late_s` of their window being lost before they begin."""

    times_s: Floats
    reach_s: Floats
    late_s: Floats

    def cover_s(self, edges_s: Floats, windows_s: Floats) -> tuple[Floats, Floats]:
        """Return the covered time before each edge (…, w, n), and in all (w,), for each window (w,)."""
        room = np.maximum(windows_s[:, None] - self.late_s[None, :], 0.0)
        pieces = np.minimum(room, self.reach_s[None, :])
        after, total = _cover_s(-self.times_s[::-1], pieces[:, ::-1], -edges_s)  # time runs backwards from a line
        return total[:, None] - after, total


def _cover_s(starts_s: Floats, pieces_s: Floats, points_s: Floats) -> tuple[Floats, Floats]:
    """How much of disjoint pieces (w, m) from `starts_s` (m,) on lies before points (…, w, n), and in all (w,)."""
    windows_count, lines_count = pieces_s.shape
    if not lines_count:
        return np.zeros(points_s.shape), np.zeros(windows_count)
    sums = np.concatenate((np.zeros((windows_count, 1)), np.cumsum(pieces_s, axis=1)), axis=1)
    last = np.searchsorted(starts_s, points_s, side="right") - 1
    rows = np.arange(windows_count)[:, None]
    at = np.maximum(last, 0)
    partial = np.clip(points_s - starts_s[at], 0.0, pieces_s[rows, at])
    return np.where(last >= 0, sums[rows, at] + partial, 0.0), sums[:, -1]


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """What surrounds each of n moments, for each of w windows: what all templates are held against.

    `edges_s` (4, w, n) are where the two parts of a neighbourhood begin and end, `exposed_s` (w, n) how much of it was
    exposed; `length_s` is all the exposure.
    """

    windows_s: Floats
    edges_s: Floats
    exposed_s: Floats
    length_s: float


def merge_intervals(pairs: Floats) -> Intervals:
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


def cut_shadows(sessions: Intervals, drops_s: Floats) -> Intervals:
    """Return the sessions without the first `SHADOW_S` seconds after any disconnect."""
    if not sessions.starts_s.size or not drops_s.size:
        return sessions
    before = np.searchsorted(drops_s, sessions.starts_s + EPSILON_S, side="right") - 1
    lit_s = np.where(before >= 0, drops_s[before] + SHADOW_S, -np.inf)
    starts = np.maximum(sessions.starts_s, lit_s)
    keep = starts < sessions.ends_s
    return Intervals(starts[keep], sessions.ends_s[keep])


def reach_after(times_s: Floats, exposure: Intervals) -> LinesAhead:
    """Return the exposed lines, each good for the time up to the next one or to the end of its stretch."""
    index = exposure.find(times_s)
    times, index = times_s[index >= 0], index[index >= 0]
    following = np.append(times[1:], np.inf)
    return LinesAhead(times, np.maximum(np.minimum(following, exposure.ends_s[index]) - times, 0.0))


def reach_before(times_s: Floats, exposure: Intervals) -> LinesBehind:
    """Return where exposed time ends before each line, and how far back it goes undivided.

    Lines in an outage count as well: the exposed time before them ends with its stretch, `late` by the rest.
    """
    if not exposure.starts_s.size:
        return LinesBehind(np.empty(0), np.empty(0), np.empty(0))
    index = np.searchsorted(exposure.starts_s, times_s, side="right") - 1
    times, index = times_s[index >= 0], index[index >= 0]
    ends = np.minimum(times, exposure.ends_s[index])
    floor = np.maximum(np.concatenate(([-np.inf], times[:-1])), exposure.starts_s[index])
    return LinesBehind(ends, np.maximum(ends - floor, 0.0), times - ends)


def survey_neighbourhoods(moments_s: Floats, exposure: Intervals, windows_s: Floats) -> Neighbourhoods:
    """Lay out the neighbourhoods of moments (n,) for windows (w,): [t-60, t-window) and (t+3, t+60] while exposed."""
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
    before = exposure.measure_s(edges)
    return Neighbourhoods(windows_s, edges, before[1] - before[0] + before[3] - before[2], exposure.length_s)


def estimate_chances(near: Neighbourhoods, lines: LinesAhead | LinesBehind, *, slack_s: float = 0.0) -> Floats:
    """Return for each window and moment the covered share of its neighbourhood, plus half a line: (w, n), 0 < p < 1.

    Where the exposed part of a neighbourhood is too short, all the exposure takes its place. An instant is covered if
    a line lies within the window (and `slack_s`) on the side that `lines` look to.
    """
    wide_s = near.windows_s + slack_s
    covered, total_s = lines.cover_s(near.edges_s, wide_s)
    local = near.exposed_s >= np.maximum(10.0, 2 * wide_s)[:, None]
    exposed_s = np.where(local, near.exposed_s, np.maximum(near.length_s, wide_s)[:, None])
    covered_s = np.where(local, covered[1] - covered[0] + covered[3] - covered[2], total_s[:, None])
    half_s = 0.5 * wide_s[:, None]
    return np.clip((covered_s + half_s) / (exposed_s + half_s), CHANCE_BOUND, 1 - CHANCE_BOUND)
