"""Is there a beat? The phase-arc scan and its closed-form false-alarm probability.

Fold the times at a trial period and look for one short arc of phase that is hit in many *distinct* cycles. For a
fixed period, with any event as the start of the arc, the other n-1 phases are uniform under a Poisson process, so the
chance of k-1 of them in an arc W is a binomial tail; the unions over starts, over k, over the distinguishable periods
((T/W) ln(Pmax/Pmin) of them) and over windows are paid for by factors. Extra events, missed beats and phase resets
cost little, because nothing asks where the other events lie.

With W no shorter than 20 ms, k distinct cycles among n events and a density guard kappa (1..4), that is

    FAP = P[Bin(n-1, kappa W/P) >= k-1] * n (n-3) * ((T/W) ln(Pmax/Pmin) + 1) * windows

and the smallest over k counts, which the factor n-3 pays for. So a tight arc of most events may be told, not a wide
one of all: for the incident of 2025-11-14 the eight events within 20 ms give 10^-10.1, while the nine within 0.2 s,
the early beat among them, would give 10^-6.2.

Three guards, each against a trap that was measured: `density_guard` (a quasi-regular loop has a phase density above
uniform), distinct cycles (a burst fills an arc within one cycle) and `find_resolution_s` (stamps of whole seconds
coincide by rounding: an arc W of rounded stamps is as easy to fill as one of W + resolution).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Bools, Floats, Ints
from logdiag.analyzers.statistics.tails import log10_binomial_tail

MIN_PERIOD_S: Final = 5.0  # a choice: reconnects take up to 5 s by default, and leave no room for a shorter beat
MIN_HITS_COUNT: Final = 4  # the fewest events for which a false-alarm probability can be small
ARC_FLOOR_S: Final = 0.02  # no arc counts as shorter: timers and log stamps are no better than that
MAX_ARC_RATIO: Final = 0.3  # of the period: see the module's docstring on wide arcs
WINDOW_COUNT: Final = 60  # of events: bounds the time, and lets a clock that ran for a while be seen
MOST_WINDOWS_COUNT: Final = 400  # 12,000 events of which none is left out; a second of search
CANDIDATES_COUNT: Final = 40  # periods that are looked at: bounds the time
REFINED_COUNT: Final = 8  # of those that are refined: bounds the time
BIN_LOG_WIDTH: Final = 0.004  # a choice: periods this close, relatively, vote together
PROPOSALS_COUNT: Final = 5  # a choice: what one scan hands on, with the harmonics among it
HARMONICS: Final = np.array([1 / 3, 1 / 2, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])


@dataclass(frozen=True, slots=True)
class PhaseScan:
    """The best arc of one scan. `hits` (m,) indexes the events (as merged) that lie in the arc of the best window."""

    period_s: float
    hits: Ints
    log10_false_alarm: float


@dataclass(frozen=True, slots=True)
class _Search:
    """What stays fixed while one window is searched: events (n,) in s, guard (ratio), resolution and trial factors."""

    times_s: Floats
    guard: float
    resolution_s: float
    span_s: float
    log10_periods_ratio: float
    log10_windows: float


@dataclass(frozen=True, slots=True)
class _Arcs:
    """One best arc per candidate period: all arrays (c,), `members` (c, n) in the order of time."""

    periods_s: Floats
    log10_false_alarm: Floats
    members: Bools


def propose_periods(times_s: Floats, *, min_period_s: float, max_period_s: float) -> Floats:
    """Return up to 40 trial periods in s: the fullest 0.4 % bins of (t[j]-t[i])/m for j-i <= 10, m <= 6.

    None of fewer than two times (n,).
    """
    if len(times_s) < 2:
        return np.empty(0)
    differences = np.concatenate([times_s[lag:] - times_s[:-lag] for lag in range(1, min(10, len(times_s) - 1) + 1)])
    values = (differences[:, None] / np.arange(1.0, 7.0)[None, :]).ravel()
    values = values[(values >= min_period_s) & (values <= max_period_s)]
    if not len(values):
        return np.empty(0)
    bins = np.floor(np.log(values / min_period_s) / BIN_LOG_WIDTH).astype(np.int64)
    size = int(bins.max()) + 3  # never shorter than the smoothing kernel
    counts = np.bincount(bins, minlength=size)
    sums = np.bincount(bins, weights=values, minlength=size)
    smooth = np.convolve(counts, np.array([0.5, 1.0, 0.5]), mode="same")
    smooth[counts == 0] = 0
    best = np.argsort(-smooth, kind="stable")[:CANDIDATES_COUNT]
    best = best[counts[best] > 0]
    return np.asarray(sums[best] / counts[best], dtype=np.float64)


def scan_phases(times_s: Floats, *, guard: float, resolution_s: float) -> tuple[PhaseScan, ...]:
    """Return the most surprising arcs over windows, periods and harmonics, best first; empty below four events.

    `times_s` (n,) sorted, in s, merged so that no two are closer than `MERGE_S`. The span is that of the events: the
    edges of the log are no evidence. Several are returned because the least probable arc need not be the best clock:
    a reset by a quarter of the period makes the fourth harmonic look better than the beat.
    """
    found: list[PhaseScan] = []
    windows = _cut_windows(len(times_s))
    for first, last in windows:
        arcs = _scan_window(times_s[first:last], guard, resolution_s, len(windows))
        found.extend(replace(scan, hits=scan.hits + first) for scan in arcs)
    found.sort(key=lambda scan: scan.log10_false_alarm)
    best: dict[int, PhaseScan] = {}
    for scan in found:
        best.setdefault(round(math.log(scan.period_s) / 0.02), scan)
    return tuple(best.values())[:PROPOSALS_COUNT]


def _cut_windows(events_count: int) -> list[tuple[int, int]]:
    """Return index ranges: the whole, halves and thirds, or sliding windows of 60 events.

    Of a busy server's tens of thousands of events, windows spread evenly: a beat that lasts is in many of them.
    """
    n = events_count
    if n < MIN_HITS_COUNT:
        return []
    if n < 14:
        return [(0, n)]
    if n <= WINDOW_COUNT:
        return [(0, n), (0, n // 2), (n // 2, n), (0, n // 3), (n // 3, 2 * n // 3), (2 * n // 3, n)]
    firsts = [*range(0, n - WINDOW_COUNT, WINDOW_COUNT // 2), n - WINDOW_COUNT]
    step = max(len(firsts) / MOST_WINDOWS_COUNT, 1.0)
    chosen = [firsts[int(place * step)] for place in range(min(len(firsts), MOST_WINDOWS_COUNT))]
    return [(first, first + WINDOW_COUNT) for first in chosen]


def _scan_window(times_s: Floats, guard: float, resolution_s: float, windows_count: int) -> list[PhaseScan]:
    span_s = float(times_s[-1] - times_s[0])
    low, high = max(MIN_PERIOD_S, 5.0 * resolution_s), span_s / 3.0
    if len(times_s) < MIN_HITS_COUNT or high <= low:
        return []
    periods = propose_periods(times_s - times_s[0], min_period_s=low, max_period_s=high)
    if not len(periods):
        return []
    search = _Search(
        times_s - times_s[0],
        guard,
        resolution_s if resolution_s >= 0.01 else 0.0,
        span_s,
        math.log10(max(math.log(high / low), 1e-3)),
        math.log10(windows_count),
    )
    return [
        PhaseScan(float(arcs.periods_s[i]), np.flatnonzero(arcs.members[i]), float(arcs.log10_false_alarm[i]))
        for arcs in _refine(search, _find_arcs(search, periods), low, high)
        for i in np.argsort(arcs.log10_false_alarm, kind="stable")[:3]
    ]


def _refine(search: _Search, arcs: _Arcs, low: float, high: float) -> list[_Arcs]:
    """Regress the members on their cycle numbers, take the new periods, look again; harmonics of the best last."""
    seen = [arcs]
    for step in range(5):
        keep = slice(None) if step == 0 else np.argsort(seen[-1].log10_false_alarm, kind="stable")[:REFINED_COUNT]
        periods = np.clip(_regress_periods(search.times_s, seen[-1].periods_s[keep], seen[-1].members[keep]), low, high)
        if np.array_equal(periods, seen[-1].periods_s[keep]):
            break  # nothing moves any more
        seen.append(_find_arcs(search, periods))
    best = min(seen, key=lambda a: float(a.log10_false_alarm.min()))
    harmonics = float(best.periods_s[int(np.argmin(best.log10_false_alarm))]) * HARMONICS
    harmonics = harmonics[(harmonics >= low) & (harmonics <= high)]
    return [best, _find_arcs(search, harmonics)] if len(harmonics) else [best]


def _regress_periods(times_s: Floats, periods_s: Floats, members: Bools) -> Floats:
    """Return least-squares periods (c,) of the member events of each candidate."""
    weight = members.astype(np.float64)
    anchor = np.argmax(members, axis=1)
    cycles = np.round((times_s[None, :] - times_s[anchor][:, None]) / periods_s[:, None])
    total = np.maximum(weight.sum(axis=1), 1.0)
    cycles = cycles - ((cycles * weight).sum(axis=1) / total)[:, None]
    spread = (weight * cycles**2).sum(axis=1)
    slope = (weight * cycles * times_s[None, :]).sum(axis=1) / np.maximum(spread, 1e-9)
    return np.where((spread > 0) & (np.abs(slope / periods_s - 1.0) < 0.03), slope, periods_s)


def _find_arcs(search: _Search, periods_s: Floats) -> _Arcs:
    """Return the least probable arc of every candidate period, by distinct cycles hit."""
    c = len(periods_s)
    phases = np.mod(search.times_s[None, :], periods_s[:, None])
    each = np.arange(c)[:, None]
    order = phases.argsort(axis=1, kind="stable")
    ordered = phases[each, order]
    widths, starts = _tightest_arcs(ordered, periods_s)
    counts = np.arange(MIN_HITS_COUNT, MIN_HITS_COUNT + widths.shape[1], dtype=np.float64)
    hopeful = _log10_false_alarm(search, periods_s, widths, counts)
    tries = hopeful.argsort(axis=1, kind="stable")[:, : min(10, widths.shape[1])]
    rows = np.repeat(np.arange(c), tries.shape[1])
    columns = tries.ravel()
    ranks = np.empty_like(order)
    ranks[each, order] = np.arange(order.shape[1])
    members = _mark_members(ranks[rows], starts[rows, columns], counts[columns].astype(np.int64))
    distinct = _count_cycles(
        search.times_s, periods_s[rows], ordered[rows, starts[rows, columns]], widths[rows, columns], members
    )
    exact = _log10_false_alarm(search, periods_s[rows][:, None], widths[rows, columns][:, None], distinct[:, None])
    exact = np.where(distinct >= MIN_HITS_COUNT, exact[:, 0], 0.0).reshape(c, -1)
    pick = np.argmin(exact, axis=1)
    flat = np.arange(c) * tries.shape[1] + pick
    return _Arcs(periods_s, exact[np.arange(c), pick], members[flat])


def _tightest_arcs(ordered: Floats, periods_s: Floats) -> tuple[Floats, Ints]:
    """Return for k = 4..n the width (c, n-3) of the tightest circular arc of k phases, and where it starts."""
    n = ordered.shape[1]
    around = np.concatenate([ordered, ordered + periods_s[:, None]], axis=1)
    ends = np.lib.stride_tricks.sliding_window_view(around, n, axis=1)[:, MIN_HITS_COUNT - 1 : n]
    arcs = ends - ordered[:, None, :]  # (c, n-3, n): where each arc of k phases that starts at one of them ends
    starts = arcs.argmin(axis=2)
    return arcs.min(axis=2), starts


def _log10_false_alarm(search: _Search, periods_s: Floats, widths_s: Floats, counts: Floats) -> Floats:
    """Return log10 FAP (c, m) of arcs that hold `counts` (m,) distinct cycles; 0 for arcs above 0.3 of the period."""
    n = len(search.times_s)
    periods = periods_s if periods_s.ndim == 2 else periods_s[:, None]
    width = np.maximum(widths_s + search.resolution_s, ARC_FLOOR_S)
    tail = log10_binomial_tail(counts - 1.0, n - 1, search.guard * width / periods)
    trials = np.log10(np.maximum(search.span_s / width, 1.0) * 10.0**search.log10_periods_ratio + 1.0)
    choices = math.log10(n) + math.log10(n - MIN_HITS_COUNT + 1)  # where the arc starts, and how many it holds
    total = tail + choices + trials + search.log10_windows
    return np.asarray(np.where(widths_s <= MAX_ARC_RATIO * periods, np.minimum(total, 0.0), 0.0), dtype=np.float64)


def _mark_members(ranks: Ints, starts: Ints, counts: Ints) -> Bools:
    """Return (m, n) flags, in the order of time, of the events that lie in each arc; `ranks` (m, n) of their phases."""
    behind = ranks - starts[:, None]
    around = behind + ranks.shape[1]
    return np.asarray(((behind >= 0) & (behind < counts[:, None])) | (around < counts[:, None]), dtype=np.bool_)


def _count_cycles(times_s: Floats, periods_s: Floats, starts_s: Floats, widths_s: Floats, members: Bools) -> Floats:
    """Return how many distinct cycles (m,) the members of each arc stand in; later events stand in no earlier one."""
    margin = 0.5 * (periods_s - widths_s)  # cut the circle opposite the arc, so that rounding cannot split it
    cycles = np.floor((times_s[None, :] - (starts_s - margin)[:, None]) / periods_s[:, None])
    known = np.maximum.accumulate(np.where(members, cycles, -np.inf), axis=1)
    return np.asarray(members[:, 0] + (known[:, 1:] > known[:, :-1]).sum(axis=1), dtype=np.float64)
