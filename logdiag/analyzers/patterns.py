"""Which clocks do the disconnects obey? One answer for the whole fleet, several clocks told apart.

The most telling clock is taken first (in nats over memoryless drops, its false-alarm probability permitting), its
drops are set aside, and the rest is searched again; first over all connections together, then each by itself. What
remains is tested for a regular loop and for bursts. Nothing here needs more than numpy, and no connection's edge
counts as an event.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logdiag.analyzers.anchors import AGE, CLOCK, CYCLE, IDLE, Drops, score_anchors
from logdiag.analyzers.candidates import Candidate, number_events, project, propose_clock, propose_limits
from logdiag.analyzers.lattice import Lattice
from logdiag.analyzers.phase_scan import MERGE_S, Bools, find_resolution_s, merge_close
from logdiag.analyzers.regularity import BURST_GAP_S, find_loop, is_bursty, is_memoryless

NEEDED_COUNT: Final = 8
FEW_ALPHA_RATIO: Final = 0.3  # below eight events a claim needs a smaller false-alarm probability
MAX_FITS_COUNT: Final = 12
WALL_MAX_LAG_S: Final = 2.0
WALL_SIGMAS: Final = 4.0
UNDECIDED_NATS: Final = 2.0
CLOCK_PRIOR_NATS: Final = 3.0  # a reconnect delay so constant that an age looks like a beat is rare ...
COARSE_PRIOR_NATS: Final = 7.0  # ... but whole-second stamps hide how it varies, so ages look as tight as beats
ROUND_PERIODS_S: Final = (
    5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 300, 360, 600, 720, 900, 1200, 1800,
    3600, 7200, 10800, 14400, 21600, 28800, 43200, 86400,
)  # fmt: skip
KIND_OF: Final = {CLOCK: "timer", AGE: "connection-age", IDLE: "idle", CYCLE: "regular-loop"}
SEPARATING: Final = {
    frozenset({CLOCK, AGE}): "an-off-beat-drop",
    frozenset({CLOCK, CYCLE}): "an-off-beat-drop",
    frozenset({CLOCK, IDLE}): "an-off-beat-drop",
    frozenset({AGE, CYCLE}): "a-long-reconnect",
    frozenset({IDLE, CYCLE}): "a-long-reconnect",
    frozenset({AGE, IDLE}): "late-traffic-in-a-session",
}


class ClockReset(NamedTuple):
    """The beat jumped by `shift_s` (in -P/2..P/2) before the beat at `time_s`."""

    time_s: float
    shift_s: float


@dataclass(frozen=True, slots=True)
class DropSeries:
    """The drops of one connection: arrays (n,), UNIX seconds in UTC, sorted by `times_s`; NaN is unknown.

    `connected_s` is when the session that the drop ended began, `last_traffic_s` the last real traffic before the
    drop, `start_s`..`end_s` the observed span, `utc_offset_s` the offset of the local wall clock (for cron).
    """

    connection: str
    times_s: NDArray[np.float64]
    connected_s: NDArray[np.float64]
    last_traffic_s: NDArray[np.float64]
    start_s: float
    end_s: float
    utc_offset_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ClockFit:
    """One clock and the drops it explains. For connection-age and idle, `period_s` is the lifetime.

    `members` names each explained drop as (connection, index in its series). `early_late` are those members that
    came near a beat without being on it (something pulled them forward or held them back); their residual says by
    how much. `residuals_s` (n,) per connection: drop minus nearest beat, or lag minus lifetime; NaN where unknown.
    """

    kind: str
    connections: tuple[str, ...]
    period_s: float | None
    period_error_s: float | None
    jitter_s: float | None
    drift_ms_per_beat: float | None
    phase_s: float | None
    members: tuple[tuple[str, int], ...]
    residuals_s: Mapping[str, NDArray[np.float64]]
    missed_beats_count: int | None
    false_alarm_probability: float | None
    reset_by_reconnect: bool | None
    resets: tuple[ClockReset, ...]
    margin_nats: float | None
    runner_up: str | None
    separating_event: str | None
    early_late: tuple[tuple[str, int], ...] = ()
    scores_nats: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class PatternReport:
    """All clocks, most drops explained first, and per connection what can be said of its drops at all.

    `enough` tells whether a connection has the eight drops that a fair verdict needs; `memoryless` whether its ages
    (or gaps) agree with an exponential law, None when too few; `bursty` whether they come in bursts; `cv_ratio` is
    the coefficient of variation of its gaps.
    """

    fits: tuple[ClockFit, ...]
    enough: Mapping[str, bool]
    memoryless: Mapping[str, bool | None]
    bursty: Mapping[str, bool]
    cv_ratio: Mapping[str, float | None]
    drops_count: Mapping[str, int]
    needed_count: int = NEEDED_COUNT


@dataclass(frozen=True, slots=True)
class _Case:
    """The input as one table: all drops in the order of time, the names of their owners, and the settings."""

    series: tuple[DropSeries, ...]
    drops: Drops
    origin_s: float
    resolution_s: float
    alpha: float

    @property
    def log10_scans(self) -> float:
        """Return what several scans cost: one for the fleet and one for each connection."""
        return 0.0 if len(self.series) == 1 else math.log10(len(self.series) + 1)


def find_patterns(series: Sequence[DropSeries], *, alpha: float = 0.01) -> PatternReport:
    """Return the clocks that the drops obey. Few drops give no clock, never an error."""
    case = _build_case(series, alpha)
    fits: list[ClockFit] = []
    if len(case.drops.times_s):
        free = np.ones(len(case.drops.times_s), dtype=np.bool_)
        everyone = np.ones(len(case.drops.times_s), dtype=np.bool_)
        fits.extend(_take_clocks(case, free, everyone, shared_only=len(case.series) > 1))
        if len(case.series) > 1:
            for owner in range(len(case.series)):
                fits.extend(_take_clocks(case, free, case.drops.owner == owner))
            fits = _join_same(fits)
        fits.extend(_take_loops(case, free))
        fits.extend(_take_bursts(case, free))
    fits.sort(key=lambda fit: (-len(fit.members), fit.kind, fit.connections, fit.period_s or 0.0))
    return _report(series, tuple(fits))


def _build_case(series: Sequence[DropSeries], alpha: float) -> _Case:
    origin = min((float(s.times_s[0]) for s in series if len(s.times_s)), default=0.0)
    tables = [_build_drops(s, owner, origin) for owner, s in enumerate(series)]
    empty = np.empty(0)
    none = np.empty(0, dtype=np.int64)
    if not tables:
        return _Case((), Drops(empty, empty, empty, empty, none, none, empty), 0.0, 0.001, alpha)
    joined = Drops(
        np.concatenate([t.times_s for t in tables]),
        np.concatenate([t.age_s for t in tables]),
        np.concatenate([t.idle_s for t in tables]),
        np.concatenate([t.gap_s for t in tables]),
        np.concatenate([t.owner for t in tables]),
        np.concatenate([t.index for t in tables]),
        np.concatenate([t.rate_hz for t in tables]),
    )
    order = np.lexsort((joined.owner, joined.times_s))
    joined = joined.pick(np.asarray(order))
    return _Case(tuple(series), joined, origin, _find_stamp_step_s(series), alpha)


def _find_stamp_step_s(series: Sequence[DropSeries]) -> float:
    """Return the step of the drops' stamps; drops at full minutes have coarse stamps only if connects have, too."""
    step_s = find_resolution_s(np.concatenate([s.times_s for s in series]))
    connects = np.concatenate([s.connected_s for s in series])
    connects = connects[np.isfinite(connects)]
    if step_s < 60.0 or bool(np.all(connects % 60.0 == 0.0)):
        return step_s
    return 1.0


def _build_drops(series: DropSeries, owner: int, origin_s: float) -> Drops:
    times = np.asarray(series.times_s, dtype=np.float64) - origin_s
    count = len(times)
    gaps = np.full(count, np.nan)
    gaps[1:] = np.diff(times)
    age = times - (series.connected_s - origin_s)
    traffic = series.last_traffic_s - origin_s
    start = np.fmax(series.connected_s - origin_s, traffic)
    before = np.concatenate([[np.inf], times[:-1]])
    known = np.isfinite(series.connected_s) | (traffic > before)
    idle = np.where(known & bool(np.isfinite(traffic).any()), times - start, np.nan)
    span = max(series.end_s - series.start_s, float(times[-1] - times[0]) if count else 0.0, 1.0)
    positive = gaps[np.isfinite(gaps) & (gaps > 0)]
    rate = 1.0 / float(np.mean(positive)) if len(positive) else 1.0 / span
    return Drops(times, age, idle, gaps, np.full(count, owner), np.arange(count), np.full(count, rate))


def _take_clocks(case: _Case, free: Bools, scope: Bools, *, shared_only: bool = False) -> list[ClockFit]:
    """Take the most telling clock of the scope's free drops, again and again; `free` loses what is explained.

    With `shared_only`, stop at the first clock of a single connection: each is searched by itself later, and cheaper.
    """
    fits: list[ClockFit] = []
    while len(fits) < MAX_FITS_COUNT:
        pool = free & scope
        found = _find_best(case, pool)
        if found is None:
            break
        best, fit = found
        if shared_only and len(fit.connections) == 1:
            break
        fits.append(fit)
        free[np.flatnonzero(pool)[best.members]] = False
    return fits


def _join_same(fits: Sequence[ClockFit]) -> list[ClockFit]:
    """Join fits of one clock that were found apart: same kind, same period and, for a beat, the same phase."""
    joined: list[ClockFit] = []
    for fit in sorted(fits, key=lambda f: -len(f.members)):
        twin = next((i for i, other in enumerate(joined) if _is_same_clock(other, fit)), None)
        if twin is None:
            joined.append(fit)
            continue
        other = joined[twin]
        residuals = {**fit.residuals_s, **other.residuals_s}
        joined[twin] = replace(
            other,
            connections=tuple(sorted({*other.connections, *fit.connections})),
            members=tuple(sorted({*other.members, *fit.members})),
            early_late=tuple(sorted({*other.early_late, *fit.early_late})),
            residuals_s=residuals,
        )
    return joined


def _is_same_clock(one: ClockFit, other: ClockFit) -> bool:
    if one.kind != other.kind or one.period_s is None or other.period_s is None:
        return False
    if one.jitter_s is None or other.jitter_s is None or one.kind == "regular-loop":
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
    stragglers = not set(one.connections).isdisjoint(other.connections)  # the same drops' own late tail
    reach = min(0.2, 0.02 * one.period_s) if stragglers else 0.05
    return abs(phase) <= max(6.0 * width, reach) + beats * max(errors, 1e-5 * one.period_s)


def _find_best(case: _Case, pool: Bools) -> tuple[Candidate, ClockFit] | None:
    """Return the candidate with most nats that no other anchor beats, and what it is called."""
    drops = case.drops.pick(pool)
    events = len(merge_close(drops.times_s, MERGE_S))
    if events < 4:
        return None
    alpha = case.alpha if events >= NEEDED_COUNT else case.alpha * FEW_ALPHA_RATIO
    clock = propose_clock(drops, resolution_s=case.resolution_s, log10_scans=case.log10_scans, alpha=alpha)
    limits = propose_limits(
        drops, case.drops, resolution_s=case.resolution_s, log10_scans=case.log10_scans, alpha=alpha
    )
    found = [c for c in (clock, *limits) if c is not None and c.nats > 0 and c.members.any()]
    for candidate in sorted(found, key=lambda c: -c.nats):
        fit = _name(case, candidate, clock, pool)
        if fit is not None:
            return candidate, fit
    return None


def _name(case: _Case, best: Candidate, clock: Candidate | None, pool: Bools) -> ClockFit | None:
    """Let the anchors compete over the drops of those who take part, and write the fit down under the winner.

    None when another anchor foretells these drops clearly better: then this is its shadow.
    """
    drops = case.drops.pick(pool).pick(best.taking_part)
    same = clock is not None and bool(np.array_equal(clock.taking_part, best.taking_part))
    lattice = clock.lattice if clock is not None and same else None
    scores = score_anchors(drops, lattice, floor_s=0.5 * case.resolution_s)
    if lattice is not None:
        prior = CLOCK_PRIOR_NATS if case.resolution_s < 1.0 else COARSE_PRIOR_NATS
        scores[CLOCK] += prior + _alignment_nats(_find_wall_period_s(case, lattice))
    anchor = best.anchor
    if scores[CYCLE] > scores.get(anchor, best.nats) + UNDECIDED_NATS:
        anchor = CYCLE
    own = scores.get(anchor, best.nats)
    rivals = {name: nats for name, nats in scores.items() if name != anchor}
    runner_up = max(rivals, key=lambda name: rivals[name]) if rivals else None
    allowed = 0.0 if runner_up == CLOCK else UNDECIDED_NATS
    if runner_up is not None and rivals[runner_up] > own + allowed:
        return None
    fit = _write_limit(case, best, pool) if best.lattice is None else _write_clock(case, best, best.lattice, pool)
    if anchor == CYCLE:
        fit = _write_loop(case, fit, drops)
    return replace(
        fit,
        margin_nats=None if runner_up is None else max(own - max(rivals[runner_up], 0.0), 0.0),
        runner_up=None if runner_up is None else KIND_OF[runner_up],
        separating_event=None if runner_up is None else SEPARATING[frozenset({anchor, runner_up})],
        scores_nats={KIND_OF[name]: nats for name, nats in scores.items()},
    )


def _write_loop(case: _Case, fit: ClockFit, drops: Drops) -> ClockFit:
    """Rewrite a fit as a loop from disconnect to disconnect: its period is the gap, not the age."""
    gaps = drops.gap_s[np.isfinite(drops.gap_s)]
    period = float(np.median(gaps))
    spread = float(1.4826 * np.median(np.abs(gaps - period)))
    residuals = {}
    for series in case.series:
        if series.connection in fit.connections:
            lags = np.full(len(series.times_s), np.nan)
            lags[1:] = np.diff(series.times_s) - period
            residuals[series.connection] = lags
    return replace(
        fit,
        kind="regular-loop",
        period_s=period,
        period_error_s=1.2533 * spread / math.sqrt(len(gaps)),
        jitter_s=spread,
        drift_ms_per_beat=None,
        phase_s=None,
        residuals_s=residuals,
        reset_by_reconnect=True,
        resets=(),
        missed_beats_count=None,
        early_late=(),
    )


def _alignment_nats(wall_s: float | None) -> float:
    """Return what it tells that a beat stands where a crontab would put it: the luck that this takes otherwise."""
    if wall_s is None:
        return 0.0
    boundary_s = min(wall_s, 60.0)
    return math.log(boundary_s / min(WALL_MAX_LAG_S, 0.1 * wall_s))


def _members(case: _Case, flags: Bools, pool: Bools) -> tuple[tuple[str, int], ...]:
    places = np.flatnonzero(pool)[flags]
    owners, indices = case.drops.owner[places].tolist(), case.drops.index[places].tolist()
    return tuple((case.series[o].connection, i) for o, i in zip(owners, indices, strict=True))


def _connections(case: _Case, best: Candidate, pool: Bools) -> tuple[int, ...]:
    return tuple(int(o) for o in np.unique(case.drops.owner[np.flatnonzero(pool)[best.taking_part]]))


def _write_clock(case: _Case, best: Candidate, lattice: Lattice, pool: Bools) -> ClockFit:
    owners = _connections(case, best, pool)
    lags = [project(lattice, case.series[o].times_s - case.origin_s).residuals_s for o in owners]
    first = int(np.flatnonzero(lattice.members)[0])
    reference = lattice.segments[int(lattice.segment_of[first])].phase_s + lattice.cycles[first] * lattice.period_s
    early = np.zeros(len(best.members), dtype=np.bool_)
    early[best.taking_part] = lattice.early_late
    wall_s = _find_wall_period_s(case, lattice)
    return ClockFit(
        kind="timer" if wall_s is None else "wall-clock",
        connections=tuple(case.series[o].connection for o in owners),
        period_s=lattice.period_s,
        period_error_s=lattice.period_error_s,
        jitter_s=lattice.jitter_s,
        drift_ms_per_beat=_drift_ms(lattice.period_s, wall_s),
        phase_s=float(reference) + case.origin_s,
        members=_members(case, best.members, pool),
        residuals_s={case.series[o].connection: lag for o, lag in zip(owners, lags, strict=True)},
        missed_beats_count=lattice.missed_count,
        false_alarm_probability=10.0**best.log10_false_alarm,
        reset_by_reconnect=_survives_reconnect(case.drops.pick(pool).pick(best.taking_part), lattice),
        resets=tuple(ClockReset(time_s + case.origin_s, shift_s) for time_s, shift_s in lattice.shifts),
        margin_nats=None,
        runner_up=None,
        separating_event=None,
        early_late=_members(case, early, pool),
    )


def _drift_ms(period_s: float, wall_s: float | None) -> float | None:
    """Return how much longer than the nearest whole second a period is, in ms; None when it is not near one."""
    nominal = wall_s if wall_s is not None else float(round(period_s))
    drift = period_s - nominal
    return 1000.0 * drift if abs(drift) <= min(0.002 * period_s, 0.1) else None


def _survives_reconnect(drops: Drops, lattice: Lattice) -> bool | None:
    """Return False when an off-beat drop was followed by a drop on the old beat; None when no drop was off the beat."""
    for owner in np.unique(drops.owner).tolist():
        mine = np.flatnonzero(drops.owner == owner)
        member, segment = lattice.members[mine], lattice.segment_of[mine]
        after = (~member[:-1]) & member[1:] & (segment[:-1] == segment[1:])
        inside = np.maximum.accumulate(member)[:-1]
        if bool((after & inside).any()):
            return False
    return None


def _find_wall_period_s(case: _Case, lattice: Lattice) -> float | None:
    """Return the round period that the beat keeps, within its error and just after the boundary; else None."""
    offset = case.series[0].utc_offset_s
    span_beats = float(np.ptp(lattice.cycles[lattice.members])) if lattice.members.any() else 0.0
    freedom = max(int(lattice.on_beat.sum()) - 2, 1)
    sigmas = WALL_SIGMAS * (1.0 + 4.0 / freedom)  # few beats: the error itself is uncertain (Student)
    allowed = max(sigmas * lattice.period_error_s, 2.0 * lattice.jitter_s / max(span_beats, 1.0))
    for round_s in ROUND_PERIODS_S:
        if abs(lattice.period_s - round_s) > allowed:
            continue
        boundary = float(round_s) if round_s < 120 else 60.0
        lags = []
        for number, segment in enumerate(lattice.segments):
            cycles = lattice.cycles[lattice.members & (lattice.segment_of == number)]
            middle = float(np.round(np.median(cycles))) if len(cycles) else 0.0
            lags.append((segment.phase_s + middle * lattice.period_s + case.origin_s + offset) % boundary)
        limit = min(WALL_MAX_LAG_S, 0.1 * round_s)
        slack = max(3.0 * lattice.jitter_s / math.sqrt(max(span_beats, 1.0)), 0.005)
        if all(lag <= limit or lag >= boundary - slack for lag in lags):
            return float(round_s)
    return None


def _write_limit(case: _Case, best: Candidate, pool: Bools) -> ClockFit:
    limit = best.limit
    if limit is None:
        raise ValueError("a lifetime is written from a limit")
    owners = _connections(case, best, pool)
    residuals = {}
    for owner in owners:
        table = _build_drops(case.series[owner], owner, case.origin_s)
        residuals[case.series[owner].connection] = (
            table.age_s if best.anchor == AGE else table.idle_s
        ) - limit.lifetime_s
    return ClockFit(
        kind=KIND_OF[best.anchor],
        connections=tuple(case.series[o].connection for o in owners),
        period_s=limit.lifetime_s,
        period_error_s=limit.error_s,
        jitter_s=limit.jitter_s,
        drift_ms_per_beat=None,
        phase_s=None,
        members=_members(case, best.members, pool),
        residuals_s=residuals,
        missed_beats_count=None,
        false_alarm_probability=10.0**best.log10_false_alarm,
        reset_by_reconnect=True,
        resets=(),
        margin_nats=None,
        runner_up=None,
        separating_event=None,
    )


def _take_loops(case: _Case, free: Bools) -> list[ClockFit]:
    """Report a connection (or a fleet that drops together) whose gaps are regular though nothing foretells them."""
    fits: list[ClockFit] = []
    for owners in _group_owners(case, free):
        mine = np.isin(case.drops.owner, owners)
        places = np.flatnonzero(mine & free)
        if len(places) < max(NEEDED_COUNT, 0.8 * int(mine.sum())):
            continue
        times = case.drops.times_s[places]
        loop = find_loop(times[merge_close(times, MERGE_S)], alpha=case.alpha)
        if loop is None:
            continue
        names = tuple(case.series[o].connection for o in owners)
        residuals = {}
        for owner in owners:
            gaps = np.full(len(case.series[owner].times_s), np.nan)
            gaps[1:] = np.diff(case.series[owner].times_s) - loop.period_s
            residuals[case.series[owner].connection] = gaps
        flags = np.zeros(len(free), dtype=np.bool_)
        flags[places] = True
        fits.append(
            ClockFit(
                kind="timer" if loop.is_clock else "regular-loop",
                connections=names,
                period_s=loop.period_s,
                period_error_s=loop.error_s,
                jitter_s=loop.jitter_s,
                drift_ms_per_beat=None,
                phase_s=None,
                members=_members(case, flags[flags | True], np.ones(len(free), dtype=np.bool_)),
                residuals_s=residuals,
                missed_beats_count=None,
                false_alarm_probability=loop.false_alarm_probability,
                reset_by_reconnect=None if loop.is_clock else True,
                resets=(),
                margin_nats=None,
                runner_up="regular-loop" if loop.is_clock else "timer",
                separating_event="an-off-beat-drop",
            )
        )
        free[places] = False
    return fits


def _group_owners(case: _Case, free: Bools) -> list[list[int]]:
    """Return the connections that mostly drop together as one group, and every other connection by itself."""
    owners = list(range(len(case.series)))
    events = number_events(case.drops.times_s)
    shared = []
    for owner in owners:
        mine = np.unique(events[(case.drops.owner == owner) & free])
        others = np.unique(events[(case.drops.owner != owner) & free])
        if len(mine) and len(np.intersect1d(mine, others)) >= 0.8 * len(mine):
            shared.append(owner)
    rest = [[owner] for owner in owners if owner not in shared]
    return [shared, *rest] if shared else rest


def _take_bursts(case: _Case, free: Bools) -> list[ClockFit]:
    """Report the connections whose unexplained drops come in bursts; the members are the drops inside them."""
    fits: list[ClockFit] = []
    for owner, series in enumerate(case.series):
        places = np.flatnonzero((case.drops.owner == owner) & free)
        gaps = np.diff(case.drops.times_s[places])
        if not is_bursty(gaps):
            continue
        near = gaps < BURST_GAP_S
        inside = np.concatenate([[False], near]) | np.concatenate([near, [False]])
        flags = np.zeros(len(free), dtype=np.bool_)
        flags[places[inside]] = True
        fits.append(
            ClockFit(
                kind="burst",
                connections=(series.connection,),
                period_s=None,
                period_error_s=None,
                jitter_s=None,
                drift_ms_per_beat=None,
                phase_s=None,
                members=_members(case, flags, np.ones(len(free), dtype=np.bool_)),
                residuals_s={series.connection: np.full(len(series.times_s), np.nan)},
                missed_beats_count=None,
                false_alarm_probability=None,
                reset_by_reconnect=None,
                resets=(),
                margin_nats=None,
                runner_up=None,
                separating_event=None,
            )
        )
        free[places[inside]] = False
    return fits


def _report(series: Sequence[DropSeries], fits: tuple[ClockFit, ...]) -> PatternReport:
    memoryless: dict[str, bool | None] = {}
    bursty: dict[str, bool] = {}
    cv: dict[str, float | None] = {}
    for one in series:
        gaps = np.diff(one.times_s)
        ages = one.times_s - one.connected_s
        known = int(np.isfinite(ages).sum()) >= NEEDED_COUNT
        memoryless[one.connection] = is_memoryless(ages if known else gaps)
        bursty[one.connection] = is_bursty(gaps)
        cv[one.connection] = float(np.std(gaps) / np.mean(gaps)) if len(gaps) >= 2 and np.mean(gaps) > 0 else None
    counts = {one.connection: len(one.times_s) for one in series}
    enough = {name: count >= NEEDED_COUNT for name, count in counts.items()}
    return PatternReport(fits, enough, memoryless, bursty, cv, counts)
