"""One clock and the drops it explains, and how each kind of clock is written down from its candidate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.clocks.beat import Lattice
from logdiag.analyzers.clocks.candidates import ClockCandidate, project
from logdiag.analyzers.clocks.competition import AGE, CLOCK, CYCLE, IDLE, Drops
from logdiag.analyzers.clocks.drop_table import DropKey, DropTable
from logdiag.analyzers.clocks.lifetimes import Limit
from logdiag.analyzers.clocks.wall_clock import find_wall_period_s
from logdiag.analyzers.statistics.arrays import Bools, median
from logdiag.results.patterns import PatternKind, is_irregular

KIND_OF: Final = {
    CLOCK: PatternKind.TIMER,
    AGE: PatternKind.CONNECTION_AGE,
    IDLE: PatternKind.IDLE,
    CYCLE: PatternKind.REGULAR_LOOP,
}


class ClockReset(NamedTuple):
    """The beat jumped by `shift_s` (in -P/2..P/2) before the beat at `time_s`."""

    time_s: float
    shift_s: float


@dataclass(frozen=True, slots=True)
class ClockFit:
    """One clock and the drops it explains. For connection-age and idle, `period_s` is the lifetime.

    `members` are the keys of the explained drops. `residuals_s` has all drops of the connections that take part: drop
    minus nearest beat, or lag minus lifetime; NaN where unknown.
    """

    kind: PatternKind
    connections: tuple[str, ...]
    members: tuple[DropKey, ...]
    residuals_s: Mapping[DropKey, float]
    period_s: float | None = None
    period_error_s: float | None = None
    jitter_s: float | None = None
    drift_ms_per_beat: float | None = None
    phase_s: float | None = None
    missed_beats_count: int | None = None
    false_alarm_probability: float | None = None
    reset_by_reconnect: bool | None = None
    resets: tuple[ClockReset, ...] = ()
    margin_nats: float | None = None
    runner_up: str | None = None
    separating_event: str | None = None

    @property
    def keeps_time(self) -> bool:
        """Whether its drops keep time: bursts do not, nor does a loop whose rounds differ by more than a tenth."""
        return self.kind != PatternKind.BURST and not is_irregular(self.kind, self.period_s, self.jitter_s)


def write_fit(table: DropTable, best: ClockCandidate, anchor: str, pool: Bools) -> ClockFit:
    """Write a candidate for the drops that `pool` (n,) marks down under the anchor that won: its own, or the cycle."""
    if anchor == CYCLE:
        return _write_loop(table, best, pool)
    if best.lattice is not None:
        return _write_beat(table, best, best.lattice, pool)
    if best.limit is not None:
        return _write_limit(table, best, best.limit, pool)
    raise ValueError("a clock is written from a lattice or from a limit")


def _write_beat(table: DropTable, best: ClockCandidate, lattice: Lattice, pool: Bools) -> ClockFit:
    owners = _find_owners(table, best, pool)
    lags = [project(lattice, table.series[o].times_s - table.origin_s).residuals_s for o in owners]
    names = table.name_connections(owners)
    first = int(np.flatnonzero(lattice.members)[0])
    reference = lattice.segments[int(lattice.segment_of[first])].phase_s + lattice.cycles[first] * lattice.period_s
    places = np.flatnonzero(pool)
    wall_s = find_wall_period_s(lattice, origin_s=table.origin_s, utc_offsets_s=table.utc_offsets_s)
    return ClockFit(
        kind=PatternKind.TIMER if wall_s is None else PatternKind.WALL_CLOCK,
        connections=names,
        members=table.name_drops(places[best.members]),
        residuals_s=table.name_residuals(owners, lags),
        period_s=lattice.period_s,
        period_error_s=lattice.period_error_s,
        jitter_s=lattice.jitter_s,
        drift_ms_per_beat=_drift_ms(lattice.period_s, wall_s),
        phase_s=float(reference) + table.origin_s,
        missed_beats_count=lattice.missed_count,
        false_alarm_probability=10.0**best.log10_false_alarm,
        reset_by_reconnect=_survives_reconnect(table.drops.pick(pool).pick(best.taking_part), lattice),
        resets=tuple(ClockReset(time_s + table.origin_s, shift_s) for time_s, shift_s in lattice.shifts),
    )


def _find_owners(table: DropTable, best: ClockCandidate, pool: Bools) -> list[int]:
    return [int(owner) for owner in np.unique(table.drops.owner[np.flatnonzero(pool)[best.taking_part]])]


def _drift_ms(period_s: float, wall_s: float | None) -> float | None:
    """Return how much longer than the nearest whole second a period is, in ms; None when it is not near one."""
    nominal = wall_s if wall_s is not None else float(round(period_s))
    drift = period_s - nominal
    return 1000.0 * drift if abs(drift) <= min(0.002 * period_s, 0.1) else None


def _survives_reconnect(drops: Drops, lattice: Lattice) -> bool | None:
    """Return False when an off-beat drop was followed by a drop on the old beat; None when no drop was off the beat.

    None also where no connect is known: the drops may be of several connections, each with its own start.
    """
    if np.isnan(drops.age_s).all():
        return None
    order = np.argsort(drops.owner, kind="stable")
    owner, member, segment = drops.owner[order], lattice.members[order], lattice.segment_of[order]
    same = (owner[:-1] == owner[1:]) & (segment[:-1] == segment[1:])
    after = np.flatnonzero(~member[:-1] & member[1:] & same)
    before = np.concatenate([[0], np.cumsum(member)])  # members among the first so many
    inside = before[after] > before[np.searchsorted(owner, owner[after])]
    return False if bool(inside.any()) else None


def _write_limit(table: DropTable, best: ClockCandidate, limit: Limit, pool: Bools) -> ClockFit:
    owners = _find_owners(table, best, pool)
    drops = [table.drops_of(owner) for owner in owners]
    lags = [one.age_s if best.anchor == AGE else one.idle_s for one in drops]
    return ClockFit(
        kind=KIND_OF[best.anchor],
        connections=table.name_connections(owners),
        members=table.name_drops(np.flatnonzero(pool)[best.members]),
        residuals_s=table.name_residuals(owners, [lag - limit.lifetime_s for lag in lags]),
        period_s=limit.lifetime_s,
        period_error_s=limit.error_s,
        jitter_s=limit.jitter_s,
        false_alarm_probability=10.0**best.log10_false_alarm,
        reset_by_reconnect=True,
    )


def _write_loop(table: DropTable, best: ClockCandidate, pool: Bools) -> ClockFit:
    """Write a candidate down as a loop from disconnect to disconnect: its period is the gap, not beat or age."""
    owners = _find_owners(table, best, pool)
    gaps = table.drops.pick(pool).pick(best.taking_part).gap_s
    gaps = gaps[np.isfinite(gaps)]
    period = median(gaps)
    spread = float(1.4826 * median(np.abs(gaps - period)))
    return ClockFit(
        kind=KIND_OF[CYCLE],
        connections=table.name_connections(owners),
        members=table.name_drops(np.flatnonzero(pool)[best.members]),
        residuals_s=table.measure_gaps(owners, period),
        period_s=period,
        period_error_s=1.2533 * spread / math.sqrt(len(gaps)),
        jitter_s=spread,
        false_alarm_probability=10.0**best.log10_false_alarm,
        reset_by_reconnect=True,
    )
