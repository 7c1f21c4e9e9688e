"""Constant lifetimes: a spike in connection age, or in time since the last traffic, that nothing outlives.

The scan is the one of `phase_scan` on a line instead of a circle: the tightest interval that holds k lags, against a
binomial tail under a density of at most guard / mean. Drops of several connections that fall together count once. A
limit must be sharp, must be an upper bound (few sessions outlive it), and must be alone: ages that pile up at several
values come from pings, which are timed from the connect as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.competition import MIN_LAG_S
from logdiag.analyzers.clocks.gaps import density_guard
from logdiag.analyzers.clocks.phase_scan import ARC_FLOOR_S
from logdiag.analyzers.statistics.arrays import Bools, Floats, Ints, median
from logdiag.analyzers.statistics.tails import log10_binomial_tail

MIN_HITS_COUNT: Final = 4  # three lags lie together by chance too often
MAX_SPREAD_RATIO: Final = 0.02  # a choice: a limit on age is kept to a fiftieth; more takes loops for limits
SPREAD_FLOOR_S: Final = 0.05  # a choice: what short lifetimes may be late by
MAX_SURVIVORS_RATIO: Final = 0.15  # a choice: a limit that so many connections outlive is none
SPIKES_COUNT: Final = 3  # a choice: limits of one fleet that are told apart; each costs a pass
MEMBER_RATIO: Final = 0.02  # of the lifetime: a slow handshake makes a session look this much shorter
MEMBER_MAX_S: Final = 0.3  # a choice: a later end belongs to another cause


@dataclass(frozen=True, slots=True)
class Limit:
    """A spike of lags: where, how wide (robust sd), who is in it (n,), and how surprising it is."""

    lifetime_s: float
    error_s: float
    jitter_s: float
    tolerance_s: float
    members: Bools
    log10_false_alarm: float


def find_spikes(lags_s: Floats, event_of: Ints, anchor: str, *, resolution_s: float) -> list[Limit]:
    """Return up to three sharp spikes of lags (n,), most surprising first, each from what the ones before left.

    `event_of` (n,) numbers the fleet event of each drop; NaN lags are unknown.
    """
    left = np.isfinite(lags_s) & (lags_s >= MIN_LAG_S[anchor])
    guard_s = _density_bound(lags_s[left])
    spikes: list[Limit] = []
    for _ in range(SPIKES_COUNT):
        spike = _find_spike(lags_s, left, event_of, guard_s, resolution_s)
        if spike is None or spike.log10_false_alarm >= 0.0:
            break
        spikes.append(spike)
        left = left & ~spike.members
    return spikes


def is_limit(spike: Limit, lags_s: Floats, taking_part: Bools) -> bool:
    """Tell whether few sessions outlive the spike, by the longest lags (n,) of the connections that take part in it."""
    known = taking_part & np.isfinite(lags_s)
    beyond = int(np.sum(lags_s[known] > spike.lifetime_s + 2.0 * spike.tolerance_s + 0.01 * spike.lifetime_s))
    return beyond <= MAX_SURVIVORS_RATIO * (beyond + int(spike.members.sum()))


def is_one_moment(spike: Limit, times_s: Floats) -> bool:
    """Tell whether the spike's sessions agree better on when they ended (n,) than on how long they had lasted.

    One cut ends at nearly one age whatever began within a short while, and no limit was needed for it.
    """
    ends_s = times_s[spike.members]
    return 1.4826 * median(np.abs(ends_s - median(ends_s))) <= spike.jitter_s


def _density_bound(lags_s: Floats) -> float:
    """Return the most lags per second and drop that an innocent process would pile up anywhere."""
    if len(lags_s) < MIN_HITS_COUNT:
        return math.inf
    return density_guard(lags_s) / max(float(np.mean(lags_s)), 1e-6)


def _find_spike(lags_s: Floats, left: Bools, event_of: Ints, bound_hz: float, resolution_s: float) -> Limit | None:
    places = np.flatnonzero(left)
    if len(places) < MIN_HITS_COUNT or not math.isfinite(bound_hz):
        return None
    order = places[np.argsort(lags_s[places], kind="stable")]
    values = lags_s[order]
    first, k, log10_alarm = _tightest_interval(values, event_of[order], bound_hz, resolution_s)
    if log10_alarm >= 0.0:
        return None
    core = values[first : first + k]
    lifetime = median(core)
    jitter = 1.4826 * median(np.abs(core - lifetime))
    if jitter > max(MAX_SPREAD_RATIO * lifetime, SPREAD_FLOOR_S, resolution_s):
        return None
    tolerance = max(4.0 * jitter, ARC_FLOOR_S, float(max(core[-1] - lifetime, lifetime - core[0])), resolution_s)
    reach = max(tolerance, min(MEMBER_RATIO * lifetime, MEMBER_MAX_S))
    members = left & (np.abs(lags_s - lifetime) <= reach)
    error = 1.2533 * max(jitter, resolution_s / 3.4641) / math.sqrt(int(members.sum()))
    return Limit(lifetime, error, jitter, tolerance, members, log10_alarm)


def _tightest_interval(
    values_s: Floats, event_of: Ints, bound_hz: float, resolution_s: float
) -> tuple[int, int, float]:
    """Return (first, count, log10 FAP) of the least probable interval among the sorted values (n,)."""
    n = len(values_s)
    events = len(np.unique(event_of))
    counts = np.unique(np.round(np.geomspace(MIN_HITS_COUNT, n, 60))).astype(np.int64)
    starts = np.array([int(np.argmin(values_s[k - 1 :] - values_s[: n - k + 1])) for k in counts])
    widths = values_s[starts + counts - 1] - values_s[starts]
    distinct = counts.astype(np.float64)
    if events < n:
        spans = zip(starts.tolist(), counts.tolist(), strict=True)
        distinct = np.array([float(len(np.unique(event_of[first : first + k]))) for first, k in spans])
    width = np.maximum(widths + (resolution_s if resolution_s >= 0.01 else 0.0), ARC_FLOOR_S)
    tail = log10_binomial_tail(distinct - 1.0, max(events - 1, 1), bound_hz * width)
    total = np.where(distinct >= MIN_HITS_COUNT, np.minimum(tail + 2.0 * math.log10(max(events, 2)), 0.0), 0.0)
    best = int(np.argmin(total))
    return int(starts[best]), int(counts[best]), float(total[best])
