"""Candidate clocks for a set of drops, over one connection or a fleet: each with members, surprise and nats.

`propose_clock` looks for a beat, `propose_limits` for constant lifetimes. Both find out by themselves which of the
connections take part: a connection does when more of its drops fit than chance would give it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.beat import Lattice, fit_lattice, mark_early_late
from logdiag.analyzers.clocks.competition import (
    AGE,
    CLOCK,
    IDLE,
    PARAMETERS_COUNT,
    SCALE_FLOOR_S,
    Drops,
    fit_spike,
    score_clock,
)
from logdiag.analyzers.clocks.gaps import MERGE_S, density_guard, merge_close
from logdiag.analyzers.clocks.lifetimes import SPREAD_FLOOR_S, Limit, find_spikes, is_limit, is_one_moment
from logdiag.analyzers.clocks.phase_scan import ARC_FLOOR_S, scan_phases
from logdiag.analyzers.clocks.regularity import is_bursty, mark_onsets
from logdiag.analyzers.statistics.arrays import Bools, Floats, Ints, median
from logdiag.analyzers.statistics.tails import log10_binomial_tail

TAKES_PART_P: Final = 0.01  # a choice: one connection in a hundred takes part by chance
POOLED_P: Final = 1e-4  # each such connection chooses its spike together with all others
FLEET_TOLERANCE_S: Final = 0.05  # a choice: clients hear of one tick this far apart
PING_JITTERS: Final = 4.0  # ages that pings make are all as sharp; what a reconnect before a beat leaves is not


@dataclass(frozen=True, slots=True)
class ClockCandidate:
    """A clock for the drops (n,) it was proposed for: `members` and `taking_part` are flags over them."""

    anchor: str
    members: Bools
    taking_part: Bools
    nats: float
    log10_false_alarm: float
    lattice: Lattice | None = None
    limit: Limit | None = None


def number_events(times_s: Floats) -> Ints:
    """Return for each drop (n,), in the order of time, the number of the fleet event (within 1 s) it belongs to."""
    if not len(times_s):
        return np.empty(0, dtype=np.int64)
    firsts = merge_close(times_s, MERGE_S)
    return np.asarray(np.searchsorted(firsts, np.arange(len(times_s)), side="right") - 1, dtype=np.int64)


def propose_clock(drops: Drops, *, resolution_s: float, log10_scans: float, alpha: float) -> ClockCandidate | None:
    """Return the beat that foretells the drops (n,) best, among those whose FAP passes; None when none does."""
    firsts = merge_close(drops.times_s, MERGE_S)
    times = drops.times_s[firsts]
    if len(times) < 4:
        return None
    gaps = np.diff(times)
    guard = density_guard(gaps)
    if is_bursty(gaps):
        firsts = firsts[mark_onsets(times)]
        times = drops.times_s[firsts]
        guard = max(guard, density_guard(np.diff(times)))
    best: ClockCandidate | None = None
    for scan in scan_phases(times, guard=guard, resolution_s=resolution_s):
        log10_alarm = scan.log10_false_alarm + log10_scans
        if log10_alarm > math.log10(alpha):
            break
        candidate = _fit_clock(drops, times, scan.hits, scan.period_s, resolution_s)
        if candidate is not None and (best is None or candidate.nats > best.nats):
            best = replace(candidate, log10_false_alarm=log10_alarm)
    return best


def _fit_clock(
    drops: Drops, times_s: Floats, hits: Ints, period_s: float, resolution_s: float
) -> ClockCandidate | None:
    """Fit the beat to the merged events, find who takes part, and measure every drop of those against it."""
    floor_s = max(ARC_FLOOR_S, resolution_s)
    lattice = fit_lattice(times_s, hits, period_s, floor_s=floor_s)
    if lattice is None:
        return None
    owners = np.unique(drops.owner)
    if len(owners) > 1:
        near = np.abs(project(lattice, drops.times_s).residuals_s) <= max(lattice.tolerance_s, FLEET_TOLERANCE_S)
        owners = owners[_takes_part(drops, near, 2.0 * lattice.tolerance_s / lattice.period_s, owners)]
        if not len(owners):
            return None
    taking_part = np.isin(drops.owner, owners)
    fitted = _refit(drops.pick(taking_part), lattice, floor_s)
    if fitted is None:
        return None
    spike = score_clock(drops.pick(taking_part), fitted, floor_s=max(SCALE_FLOOR_S, 0.5 * resolution_s))
    members = np.zeros(len(drops.times_s), dtype=np.bool_)
    members[taking_part] = fitted.members
    return ClockCandidate(CLOCK, members, taking_part, spike.nats, 0.0, lattice=fitted)


def _takes_part(drops: Drops, fits: Bools, chance: float, owners: Ints) -> Bools:
    """Flag the connections more of whose drops fit than chance allows (binomial, p <= .01)."""
    counts = np.bincount(drops.owner)[owners]
    hits = np.bincount(drops.owner[fits], minlength=int(owners.max(initial=0)) + 1)[owners]
    flags = np.zeros(len(owners), dtype=np.bool_)
    for count in np.unique(counts).tolist():
        alike = counts == count
        tails = log10_binomial_tail(hits[alike].astype(np.float64), count, np.array([min(chance, 1.0)]))
        flags[alike] = (hits[alike] > 0) & (tails <= math.log10(TAKES_PART_P))
    return flags


def _pool_few(drops: Drops, fits: Bools, chance: float) -> Ints:
    """Return the connections with too few drops to show it alone that show it together (docs/methods.md, "Clocks").

    Over all connections whose drops could not pass the test even if each fitted, those that fit are held against
    chance in one test; of these connections, those take part all of whose drops fit.
    """
    counts = np.bincount(drops.owner)
    hits = np.bincount(drops.owner[fits], minlength=len(counts))
    few = (counts > 0) & (counts * math.log10(max(min(chance, 1.0), 1e-300)) > math.log10(TAKES_PART_P))
    tail = log10_binomial_tail(np.array([float(hits[few].sum())]), int(counts[few].sum()), np.array([min(chance, 1.0)]))
    if not few.any() or tail[0] > math.log10(POOLED_P):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(few & (hits == counts))


def _refit(drops: Drops, seed: Lattice, floor_s: float) -> Lattice | None:
    """Fit the beat to the participants' own events, then give every drop of an event the event's label."""
    firsts = merge_close(drops.times_s, MERGE_S)
    times = drops.times_s[firsts]
    projected = project(seed, times)
    hits = np.flatnonzero(np.abs(projected.residuals_s) <= seed.tolerance_s)
    lattice = fit_lattice(times, _longest_run(hits, projected.segment_of), seed.period_s, floor_s=floor_s)
    if lattice is None:
        return None
    event_of = number_events(drops.times_s)
    full = project(lattice, drops.times_s)
    beside = _stay_together(full.residuals_s, lattice.on_beat[event_of], lattice.tolerance_s)
    same = drops.owner == drops.owner[firsts][event_of]
    on_beat = lattice.on_beat[event_of] & (beside | same)
    places = full.segment_of + len(full.segments) * drops.owner
    early_late = mark_early_late(full.residuals_s, full.cycles, places, on_beat, lattice.period_s)
    return replace(full, on_beat=on_beat, early_late=early_late, missed_count=lattice.missed_count)


def _stay_together(residuals_s: Floats, of_beat: Bools, tolerance_s: float) -> Bools:
    """Flag the drops (n,) no further from their middle than the fleet itself spreads over one beat."""
    middle = median(residuals_s[of_beat]) if of_beat.any() else 0.0
    away = np.abs(residuals_s - middle)
    spread = 1.4826 * median(away[of_beat]) if of_beat.any() else 0.0
    return np.asarray(away <= max(6.0 * spread, tolerance_s, FLEET_TOLERANCE_S), dtype=np.bool_)


def _longest_run(hits: Ints, segment_of: Ints) -> Ints:
    """Return the hits of the segment that has most of them: the seeds of a new fit share one phase."""
    if not len(hits):
        return hits
    segments, counts = np.unique(segment_of[hits], return_counts=True)
    return np.asarray(hits[segment_of[hits] == segments[int(np.argmax(counts))]], dtype=np.int64)


def project(lattice: Lattice, times_s: Floats) -> Lattice:
    """Return the same beat measured against other events (n,): cycles, segments and residuals, no members."""
    starts = np.array([segment.from_s for segment in lattice.segments[1:]])
    segment_of = np.searchsorted(starts, times_s, side="right").astype(np.int64)
    phases = np.array([segment.phase_s for segment in lattice.segments])[segment_of]
    cycles = np.round((times_s - phases) / lattice.period_s).astype(np.int64)
    none = np.zeros(len(times_s), dtype=np.bool_)
    return replace(
        lattice,
        on_beat=none,
        early_late=none,
        cycles=cycles,
        segment_of=segment_of,
        residuals_s=times_s - phases - cycles * lattice.period_s,
    )


def propose_limits(
    drops: Drops,
    all_drops: Drops,
    *,
    resolution_s: float,
    log10_scans: float,
    alpha: float,
    sockets: Ints | None = None,
) -> list[ClockCandidate]:
    """Return the lifetimes in age and in idle time that hold for the drops (n,), checked against all drops.

    `sockets` (m,) are the owners of which nobody knows whose they are: one client's, for all that is known.
    """
    found: list[ClockCandidate] = []
    events = number_events(drops.times_s)
    for anchor in (AGE, IDLE):
        lags = drops.age_s if anchor == AGE else drops.idle_s
        spikes = find_spikes(lags, events, anchor, resolution_s=resolution_s)
        spikes = [s for s in spikes if s.log10_false_alarm + log10_scans <= math.log10(alpha)]
        spikes = [s for s in spikes if not is_one_moment(s, drops.times_s)]
        for spike in spikes:
            alike_s = max(PING_JITTERS * spike.jitter_s, SPREAD_FLOOR_S)
            rivals = sum(int(o.members.sum()) for o in spikes if o is not spike and o.jitter_s <= alike_s)
            candidate = _check_limit(drops, all_drops, anchor, spike, rivals, sockets)
            if candidate is not None:
                found.append(replace(candidate, log10_false_alarm=spike.log10_false_alarm + log10_scans))
    return found


def _check_limit(
    drops: Drops, all_drops: Drops, anchor: str, spike: Limit, rivals_count: int, sockets: Ints | None
) -> ClockCandidate | None:
    lags, all_lags = drops.age_s, all_drops.age_s
    if anchor == IDLE:
        lags, all_lags = drops.idle_s, np.fmax(all_drops.idle_s, all_drops.survived_s)
    owners = np.unique(drops.owner[spike.members])
    chance = 8.0 * spike.tolerance_s / max(float(np.nanmean(lags)), spike.tolerance_s)
    alone = owners[_takes_part(drops, spike.members, chance, owners)]
    owners = np.union1d(alone, _pool_few(drops, spike.members, chance))
    held = owners if sockets is None or not np.isin(owners, sockets).any() else np.union1d(owners, sockets)
    if not len(owners) or not is_limit(spike, all_lags, np.isin(all_drops.owner, held)):
        return None
    if anchor == AGE and rivals_count >= 0.5 * int(spike.members.sum()):
        return None
    taking_part = np.isin(drops.owner, owners)
    picked = drops.pick(taking_part)
    fitted = fit_spike(
        lags[taking_part] - spike.lifetime_s,
        picked.log_background,
        np.zeros(int(taking_part.sum())),
        parameters_count=PARAMETERS_COUNT[anchor],
        floor_s=max(SCALE_FLOOR_S, 0.5 * (resolution_of(lags))),
    )
    return ClockCandidate(anchor, spike.members & taking_part, taking_part, fitted.nats, 0.0, limit=spike)


def resolution_of(lags_s: Floats) -> float:
    """Return 1 s when all known lags (n,) are whole seconds, else 0: coarse stamps make no spike sharp."""
    known = lags_s[np.isfinite(lags_s)]
    return 1.0 if len(known) and bool(np.all(np.abs(known - np.round(known)) < 5e-6)) else 0.0
