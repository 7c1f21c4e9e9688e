"""Which clocks do the disconnects obey? One answer for the whole fleet, several clocks told apart.

The most telling clock is taken first (in nats over memoryless drops, its false-alarm probability permitting), its
drops are set aside, and the rest is searched again; first over all connections together, then each by itself, then by
what the ends state. What remains is tested for a regular loop and for bursts. Nothing here needs more than numpy, and
no connection's edge counts as an event.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from logdiag.analyzers.clocks.drop_table import NEEDED_COUNT, DropKey, DropSeries, Mixture, build_table
from logdiag.analyzers.clocks.fits import ClockFit, ClockReset
from logdiag.analyzers.clocks.loops_and_bursts import take_bursts, take_loops
from logdiag.analyzers.clocks.one_connection import Spread, do_here, take_own_clocks
from logdiag.analyzers.clocks.regularity import is_bursty, is_memoryless
from logdiag.analyzers.clocks.search import take_clocks
from logdiag.analyzers.clocks.stated_ends import take_stated_clocks
from logdiag.analyzers.clocks.wall_clock import ROUND_PERIODS_S
from logdiag.results.patterns import PatternKind

__all__ = ["ROUND_PERIODS_S", "ClockFit", "ClockReset", "DropSeries", "PatternReport", "find_patterns"]


@dataclass(frozen=True, slots=True)
class PatternReport:
    """All clocks, most drops explained first, and per connection what can be said of its drops at all.

    `enough` tells whether a connection has the eight drops that a fair verdict needs; `memoryless` whether its ages
    (or gaps) agree with an exponential law, None when too few; `bursty` whether they come in bursts; `cv_ratio` is
    the coefficient of variation of its gaps. `mixed` are rows of several connections at once, of which nobody knows
    which end is whose: a timer that ends some of them would not show.
    """

    fits: tuple[ClockFit, ...]
    enough: Mapping[str, bool]
    memoryless: Mapping[str, bool | None]
    bursty: Mapping[str, bool]
    cv_ratio: Mapping[str, float | None]
    needed_count: int = NEEDED_COUNT
    mixed: frozenset[str] = frozenset()

    @property
    def are_mixed(self) -> bool:
        """Whether all rows with ends enough are of several connections at once: a timer of some would not show."""
        rows = {name for name, is_enough in self.enough.items() if is_enough}
        return bool(rows) and rows <= self.mixed


def find_patterns(series: Sequence[DropSeries], *, alpha: float = 0.01, spread: Spread = do_here) -> PatternReport:
    """Return the clocks that the drops obey. Few drops give no clock, never an error.

    `spread` shares out the search of single connections; the result does not depend on it.
    """
    table = build_table(series, alpha)
    fits: list[ClockFit] = []
    if len(table.drops.times_s):
        free = np.ones(len(table.drops.times_s), dtype=np.bool_)
        fits.extend(take_clocks(table, free, shared_only=len(table.series) > 1))
        if len(table.series) > 1:
            fits.extend(take_own_clocks(table, free, spread))
            fits = _join_same(fits)
        fits.extend(take_stated_clocks(table, free))
        fits.extend(take_loops(table, free))
        fits.extend(take_bursts(table, free))
    fits.sort(key=lambda fit: (-len(fit.members), fit.kind, fit.connections, fit.period_s or 0.0))
    return _report(series, tuple(fits))


def _join_same(fits: Sequence[ClockFit]) -> list[ClockFit]:
    """Join fits of one clock that were found apart: same kind, same period and, for a beat, the same phase."""
    groups: list[_Group] = []
    periods_s, reaches_s = np.empty(len(fits)), np.empty(len(fits))  # those of the groups stand first
    for fit in sorted(fits, key=lambda f: -len(f.members)):
        period_s, reach_s = fit.period_s or np.nan, _find_reach_s(fit)
        count = len(groups)
        near = np.flatnonzero(np.abs(periods_s[:count] - period_s) <= reaches_s[:count] + reach_s)
        twin = next((groups[i] for i in near.tolist() if _is_same_clock(groups[i], fit)), None)
        if twin is not None:
            twin.fits.append(fit)
            twin.connections.update(fit.connections)
            continue
        periods_s[count], reaches_s[count] = period_s, reach_s
        groups.append(_Group([fit], set(fit.connections)))
    return [_join_fits(group) for group in groups]


class _Group(NamedTuple):
    """Fits of one clock, the one with most members first, and the connections of them all."""

    fits: list[ClockFit]
    connections: set[str]


def _join_fits(group: _Group) -> ClockFit:
    """The first fit with what the others add; of two residuals of a drop that of the earlier fit holds."""
    if len(group.fits) == 1:
        return group.fits[0]
    residuals: dict[DropKey, float] = {}
    for fit in reversed(group.fits):
        residuals.update(fit.residuals_s)
    return replace(
        group.fits[0],
        connections=tuple(sorted(group.connections)),
        members=tuple(sorted({member for fit in group.fits for member in fit.members})),
        residuals_s=residuals,
    )


def _find_reach_s(fit: ClockFit) -> float:
    """How far two periods of one clock are apart at most: the sum of the reaches of both, by `_is_same_clock`."""
    width_s = 3.0 * max(fit.jitter_s or 0.0, 0.01)
    return max(width_s, 0.005 * (fit.period_s or 0.0), 4.0 * (fit.period_error_s or 0.0))


def _is_same_clock(group: _Group, other: ClockFit) -> bool:
    one = group.fits[0]
    if one.kind != other.kind or one.period_s is None or other.period_s is None:
        return False
    if one.jitter_s is None or other.jitter_s is None or one.kind == PatternKind.REGULAR_LOOP:
        return False
    apart = abs(one.period_s - other.period_s)
    width = max(one.jitter_s, other.jitter_s, 0.01)
    if one.phase_s is None or other.phase_s is None:
        return apart <= max(3.0 * width, 0.005 * one.period_s)
    errors = 4.0 * math.hypot(one.period_error_s or 0.0, other.period_error_s or 0.0)
    if apart > max(errors, 1e-4 * one.period_s):
        return False
    phase = (other.phase_s - one.phase_s + 0.5 * one.period_s) % one.period_s - 0.5 * one.period_s
    beats = abs(other.phase_s - one.phase_s) / one.period_s
    stragglers = not group.connections.isdisjoint(other.connections)  # the same drops' own late tail
    reach = min(0.2, 0.02 * one.period_s) if stragglers else 0.05
    return abs(phase) <= max(6.0 * width, reach) + beats * max(errors, 1e-5 * one.period_s)


def _report(series: Sequence[DropSeries], fits: tuple[ClockFit, ...]) -> PatternReport:
    memoryless: dict[str, bool | None] = {}
    bursty: dict[str, bool] = {}
    cv: dict[str, float | None] = {}
    for one in series:
        gaps = np.diff(one.times_s)
        ages = one.times_s - one.connected_s
        known = int(np.isfinite(ages).sum()) >= NEEDED_COUNT
        # Ends of several clocks together come as chance would have it (Palm and Khinchin): their gaps prove nothing.
        is_one = known or one.mixture is not Mixture.CERTAIN
        memoryless[one.connection] = is_memoryless(ages if known else gaps) if is_one else None
        bursty[one.connection] = is_bursty(gaps)
        cv[one.connection] = float(np.std(gaps) / np.mean(gaps)) if len(gaps) >= 2 and np.mean(gaps) > 0 else None
    counts = {one.connection: len(one.times_s) for one in series}
    enough = {name: count >= NEEDED_COUNT for name, count in counts.items()}
    mixed = frozenset(one.connection for one in series if one.mixture is not Mixture.NONE)
    return PatternReport(fits, enough, memoryless, bursty, cv, mixed=mixed)
