"""Which clock predicts the disconnects? Anchors compete by how well they foretell each drop, in nats.

The anchor after which the lag is tightest is the cause's clock. Each anchor foretells a moment for each drop: the
clock from its previous beats, the cycle from the previous drop, the age from the connect, idle from the last traffic.
Lags are modelled as pi * Laplace(spike) + (1 - pi) * exponential background, so that drops of another cause do not
spoil the score; BIC pays for the parameters. All densities are per second of the drop's time, so they compare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.beat import Lattice
from logdiag.analyzers.statistics.arrays import Bools, Floats, Ints, median

CLOCK: Final = "clock"
AGE: Final = "age"
IDLE: Final = "idle"
CYCLE: Final = "cycle"
PREDICTING_COUNT: Final = 4  # previous beats that foretell the next one
SCALE_FLOOR_S: Final = 0.003  # no spike counts as narrower: stamps of a loaded Node.js process are no better
PARAMETERS_COUNT: Final = {CLOCK: 4, AGE: 3, IDLE: 3, CYCLE: 3}
ITERATIONS_COUNT: Final = 25  # bounds the time of the expectation maximisation
STARTS: Final = (0.2, 0.5, 0.9)  # quantiles of the residuals from which the width of a spike is sought
MIN_LAG_S: Final = {AGE: 2.0, IDLE: 5.0, CYCLE: 2.0}  # less than that since the last traffic is no idleness
TIMER_DRIFT_S: Final = 0.02  # a timer re-armed by its own callback wanders by milliseconds, never by this much
LOOP_FLOOR_S: Final = 0.05  # a loop runs through a reconnect, which Socket.IO spreads over a second


@dataclass(frozen=True, slots=True)
class Drops:
    """Drops (n,) of some connections in the order of time, all in s; NaN where a time is unknown.

    `owner` numbers the connection of each drop and `index` its place in that connection's series; `gap_s` is the time
    since the same connection's previous drop (NaN for its first), `rate_hz` how often that connection drops, and
    `survived_s` the longest time without traffic that the session outlived.
    """

    times_s: Floats
    age_s: Floats
    idle_s: Floats
    gap_s: Floats
    owner: Ints
    index: Ints
    rate_hz: Floats
    survived_s: Floats

    def pick(self, mask: Bools | Ints) -> Drops:
        """Return the drops that the flags (n,) mark, or those at these places (m,)."""
        return Drops(
            self.times_s[mask],
            self.age_s[mask],
            self.idle_s[mask],
            self.gap_s[mask],
            self.owner[mask],
            self.index[mask],
            self.rate_hz[mask],
            self.survived_s[mask],
        )

    @property
    def log_background(self) -> Floats:
        """Return the log density (n,) of each drop, 1/s, if drops were memoryless at the connection's rate."""
        gap = np.where(np.isnan(self.gap_s), 1.0 / self.rate_hz, self.gap_s)
        return np.asarray(np.log(self.rate_hz) - self.rate_hz * gap, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Spike:
    """A fitted mixture: nats over the background after BIC, share of drops in the spike, its Laplace scale in s."""

    nats: float
    share_ratio: float
    scale_s: float


def fit_spike(
    residuals_s: Floats, log_background: Floats, log_weight: Floats, *, parameters_count: int, floor_s: float
) -> Spike:
    """Return the best spike of residuals (n,); see `fit_spikes`."""
    (spike,) = fit_spikes(
        residuals_s[None, :], log_background, log_weight, parameters_count=parameters_count, floor_s=floor_s
    )
    return spike


def fit_spikes(
    residuals_s: Floats, log_background: Floats, log_weight: Floats, *, parameters_count: int, floor_s: float
) -> list[Spike]:
    """Fit pi * w * Laplace(r; b) + (1 - pi) * background to each row (m, n) by EM from three starts; return the bests.

    A NaN residual is a drop that the anchor cannot foretell: it is left to the background. The same drops are known in
    all rows. `log_weight` (n,) is the log of a known probability factor (1 for most anchors).
    """
    known = np.isfinite(residuals_s[0])
    count = residuals_s.shape[1]
    if int(known.sum()) < 3:
        return [Spike(-math.inf, 0.0, math.nan)] * len(residuals_s)
    sizes = np.abs(residuals_s[:, known])
    size = sizes[:, None, :]
    weight, background = log_weight[known], log_background[known]
    scales = np.maximum(np.quantile(sizes, STARTS, axis=1).T, floor_s)
    shares = np.full(scales.shape, 0.7)
    nats = np.full(scales.shape, -math.inf)
    for _ in range(ITERATIONS_COUNT):
        width = scales[:, :, None]
        spike = np.log(shares)[:, :, None] + weight - np.log(2.0 * width) - size / width - background
        rest = np.log1p(-shares)
        total = np.logaddexp(spike, rest[:, :, None])
        nats = np.add.reduce(total, axis=2) + (count - sizes.shape[1]) * rest
        belongs = np.exp(spike - total)
        held = np.add.reduce(belongs, axis=2)
        shares_before, scales_before = shares, scales
        shares = np.minimum(np.maximum(held / count, 0.01), 0.99)
        scales = np.maximum(np.add.reduce(belongs * size, axis=2) / np.maximum(held, 1e-9), floor_s)
        if (shares == shares_before).all() and (scales == scales_before).all():
            break  # nothing moves any more
    charge = 0.5 * parameters_count * math.log(max(count, 2))
    bests = np.argmax(nats, axis=1).tolist()
    return [
        Spike(float(nats[row, best]) - charge, float(shares[row, best]), float(scales[row, best]))
        for row, best in enumerate(bests)
    ]


def score_lags(lags_s: Floats, drops: Drops, anchor: str, *, floor_s: float) -> Spike:
    """Return the best spike of lags (n,) (age, idle or gap), wherever it sits above the anchor's shortest lag."""
    known = np.sort(lags_s[np.isfinite(lags_s)])
    known = known[known >= MIN_LAG_S[anchor]]
    best = Spike(-math.inf, 0.0, math.nan)
    if len(known) < 3:
        return best
    centres = []
    for share in (0.3, 0.5, 0.8):
        k = max(2, math.ceil(share * len(known)))
        first = int(np.argmin(known[k - 1 :] - known[: len(known) - k + 1]))
        centres.append(median(known[first : first + k]))
    spikes = fit_spikes(
        lags_s[None, :] - np.array(centres)[:, None],
        drops.log_background,
        np.zeros(len(lags_s)),
        parameters_count=PARAMETERS_COUNT[anchor],
        floor_s=floor_s,
    )
    return max(best, *spikes, key=lambda spike: spike.nats)


def predict_beats(times_s: Floats, lattice: Lattice, *, memory_count: int = PREDICTING_COUNT) -> Floats:
    """Return event minus the beat as predicted by the last four beats before it, (n,) in s; NaN without any.

    The lattice must be fitted to these events (n,). Only earlier cycles of the same segment foretell: a fleet's drops
    within one beat do not foretell each other.
    """
    predicted = np.full(len(times_s), np.nan)
    for segment in range(len(lattice.segments)):
        inside = lattice.segment_of == segment
        hit = inside & lattice.on_beat
        if not hit.any():
            continue
        beats, beat_of = np.unique(lattice.cycles[hit], return_inverse=True)
        counts = np.bincount(beat_of)
        deviation = np.bincount(beat_of, weights=lattice.residuals_s[hit]) / counts
        sums = np.concatenate([[0.0], np.cumsum(deviation)])
        last = np.searchsorted(beats, lattice.cycles[inside], side="left")
        first = np.maximum(last - memory_count, 0)
        used = last - first
        mean = (sums[last] - sums[first]) / np.maximum(used, 1)
        predicted[inside] = np.where(used > 0, lattice.residuals_s[inside] - mean, np.nan)
    return predicted


def score_clock(drops: Drops, lattice: Lattice, *, floor_s: float, common: Bools | None = None) -> Spike:
    """Return how well the lattice, fitted to these drops (n,), foretells them, or those that `common` (n,) marks.

    A skipped beat costs log(1 - q). The mean of the last four beats foretells best when each beat jitters; the last
    one alone does when the timer itself wanders, which is believed only for wanderings of milliseconds.
    """
    common = np.ones(len(drops.times_s), dtype=np.bool_) if common is None else common
    skipped = np.maximum(np.ceil(np.nan_to_num(drops.gap_s) / lattice.period_s - 0.02) - 1.0, 0.0)
    hit = lattice.members
    chance = float(np.clip(hit.sum() / max(hit.sum() + skipped[hit].sum(), 1.0), 0.02, 0.99))
    weight = math.log(chance) + skipped * math.log1p(-chance)
    memories = (PREDICTING_COUNT, 1)
    predicted = [predict_beats(drops.times_s, lattice, memory_count=count)[common] for count in memories]
    spikes = fit_spikes(
        np.array(predicted),
        drops.log_background[common],
        weight[common],
        parameters_count=PARAMETERS_COUNT[CLOCK],
        floor_s=floor_s,
    )
    if spikes[1].scale_s <= TIMER_DRIFT_S:
        return max(spikes, key=lambda spike: spike.nats)
    return spikes[0]


def score_anchors(
    drops: Drops, lattice: Lattice | None, *, floor_s: float, proposed: str | None = None
) -> dict[str, float]:
    """Return nats per anchor over the same drops: those for which every usable anchor's start is known.

    The first drop counts, though no beat foretells it: a first connect falls anywhere in a timer's cycle, but its age
    is as long as all others if age is what ends it. Age and idle take part when their start is known for at least
    four drops and half of all, or where it is the one `proposed`: of the time before a client's own log begins nobody
    knows the traffic. Where ages are known, a cycle tighter than 50 ms is no loop (the age would be as tight,
    and says so itself).
    """
    scale = max(floor_s, SCALE_FLOOR_S)
    starts = ((AGE, drops.age_s), (IDLE, drops.idle_s))
    usable = {name: values for name, values in starts if name == proposed or _is_usable(values)}
    common = np.ones(len(drops.times_s), dtype=np.bool_)
    for values in usable.values():
        common &= np.isfinite(values)
    nats: dict[str, float] = {}
    if lattice is not None:
        nats[CLOCK] = score_clock(drops, lattice, floor_s=scale, common=common).nats
    picked = drops.pick(common)
    loop_floor_s = max(scale, LOOP_FLOOR_S) if AGE in usable else scale
    nats[CYCLE] = score_lags(picked.gap_s, picked, CYCLE, floor_s=loop_floor_s).nats
    for name, values in usable.items():
        nats[name] = score_lags(values[common], picked, name, floor_s=scale).nats
    return nats


def _is_usable(values: Floats) -> bool:
    known = int(np.isfinite(values).sum())
    return known >= 4 and known >= 0.5 * len(values)
