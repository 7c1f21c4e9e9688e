"""What others would do: six ways to score periodicity, each returning (score, period in s) for event times (n,).

Higher is more periodic; the caller finds a threshold. None of them gives a false-alarm probability.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Score: TypeAlias = tuple[float, float]

MIN_PERIOD_S: Final = 5.0
ACF_BIN_S: Final = 0.5
HARMONICS_COUNT: Final = 20
OVERSAMPLING: Final = 5.0


def score_rita(times_s: Floats, *, unit_s: float = 1.0) -> Score:
    """Return RITA v5's timestamp subscore: half Bowley skew, half dispersion, on gaps in whole units (seconds)."""
    gaps = np.diff(np.floor(times_s / unit_s)) * unit_s
    if len(gaps) < 3:
        return 0.0, 0.0
    low, middle, high = np.quantile(gaps, [0.25, 0.5, 0.75])
    spread = high - low
    skew = 0.0 if spread < 10.0 * unit_s or spread == 0 else float((low + high - 2.0 * middle) / spread)
    deviation = float(np.median(np.abs(gaps - middle)))
    dispersion = max(float(middle) - deviation, 0.0) / float(middle) if middle > 0 else 0.0
    return 0.5 * (1.0 - abs(skew) + dispersion), float(middle)


def score_rita_ms(times_s: Floats) -> Score:
    """Return the same score on gaps in milliseconds, so that it can tell 30.00 from 30.01 s."""
    return score_rita(times_s, unit_s=0.001)


def score_acf(times_s: Floats) -> Score:
    """Return the highest autocorrelation of counts in 0.5 s bins over lags of 5 s to a third of the span."""
    counts = np.bincount(np.floor((times_s - times_s[0]) / ACF_BIN_S).astype(np.int64)).astype(np.float64)
    counts -= counts.mean()
    size = 1 << int(2 * len(counts) - 1).bit_length()
    power = np.abs(np.fft.rfft(counts, size)) ** 2
    acf = np.fft.irfft(power, size)[: len(counts)]
    first, last = int(MIN_PERIOD_S / ACF_BIN_S), len(counts) // 3
    if last <= first or acf[0] <= 0:
        return 0.0, 0.0
    lag = first + int(np.argmax(acf[first:last]))
    return float(acf[lag] / acf[0]), lag * ACF_BIN_S


def _frequencies(times_s: Floats) -> Floats:
    span = float(times_s[-1] - times_s[0])
    return np.arange(3.0 / span, 1.0 / MIN_PERIOD_S, 1.0 / (OVERSAMPLING * span))


def _powers(times_s: Floats, frequencies_hz: Floats, harmonics_count: int) -> Floats:
    """Return 2/n |sum exp(2 pi i h f t)|^2 per harmonic and frequency, (h, f)."""
    base = np.exp(2j * np.pi * frequencies_hz[:, None] * (times_s - times_s[0])[None, :])
    power = np.empty((harmonics_count, len(frequencies_hz)))
    turning = np.ones_like(base)
    for harmonic in range(harmonics_count):
        turning = turning * base
        power[harmonic] = 2.0 / len(times_s) * np.abs(turning.sum(axis=1)) ** 2
    return power


def score_lomb_scargle(times_s: Floats) -> Score:
    """Return the highest Z^2_1, which is what Lomb-Scargle becomes on a train of events."""
    frequencies = _frequencies(times_s)
    if not len(frequencies):
        return 0.0, 0.0
    power = _powers(times_s, frequencies, 1)[0]
    best = int(np.argmax(power))
    return float(power[best]), float(1.0 / frequencies[best])


def score_h_test(times_s: Floats) -> Score:
    """Return the highest H = max_m (Z^2_m - 4m + 4), m <= 20 (de Jager, Raubenheimer & Swanepoel 1989)."""
    frequencies = _frequencies(times_s)
    if not len(frequencies):
        return 0.0, 0.0
    chunks = np.array_split(frequencies, max(1, len(frequencies) * len(times_s) // 200_000))
    tops = []
    for chunk in chunks:
        z = np.cumsum(_powers(times_s, chunk, HARMONICS_COUNT), axis=0)
        tops.append((z - 4.0 * np.arange(1, HARMONICS_COUNT + 1)[:, None] + 4.0).max(axis=0))
    h = np.concatenate(tops)
    best = int(np.argmax(h))
    return float(h[best]), float(1.0 / frequencies[best])


def score_interval_mode(times_s: Floats) -> Score:
    """Return the share of gaps within 1 % of the most frequent one."""
    gaps = np.diff(times_s)
    gaps = gaps[gaps >= MIN_PERIOD_S]
    if len(gaps) < 2:
        return 0.0, 0.0
    near = np.abs(gaps[None, :] / gaps[:, None] - 1.0) <= 0.01
    best = int(np.argmax(near.sum(axis=1)))
    return float(near[best].sum() / len(gaps)), float(np.mean(gaps[near[best]]))


BASELINES: Final[dict[str, Callable[[Floats], Score]]] = {
    "RITA": score_rita,
    "RITA ms": score_rita_ms,
    "ACF": score_acf,
    "Lomb-S.": score_lomb_scargle,
    "H-test": score_h_test,
    "interval": score_interval_mode,
}
