"""Tails in logarithms: of equal coins (binomial), of unequal ones (Poisson-binomial), and of a full arc of phase."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats, Ints

CHANCE_BOUND: Final = 1e-12  # chances are kept off 0 and 1 by this
_TILT_STEPS: Final = 8  # any tilt gives the exact tail: more steps only keep more digits


def log10_binomial_tail(successes: Floats, trials: int, probability: Floats) -> Floats:
    """Return log10 P[Bin(trials, p) >= k] elementwise, never below the truth.

    The first term is exact over `lgamma`; the rest of the sum is bounded by the geometric series of its first ratio
    (n-k)p / ((k+1)(1-p)), which is within a few per cent wherever the tail is small.
    """
    p = np.minimum(np.maximum(probability, 1e-300), 1.0 - 1e-12)  # as np.clip, in a third of its time
    k = np.minimum(np.maximum(successes, 0), trials)
    log_factorial = _log_factorials(trials)
    index = k.astype(np.int64)
    choose = log_factorial[trials] - log_factorial[index] - log_factorial[trials - index]
    first = choose + k * np.log(p) + (trials - k) * np.log1p(-p)
    ratio = (trials - k) * p / ((k + 1.0) * (1.0 - p))
    tail = np.where(ratio < 0.999, first - np.log1p(-np.minimum(ratio, 0.999)), 0.0)
    tail = np.where(successes > trials, -np.inf, np.minimum(tail, 0.0))
    return np.asarray(np.where((k <= trials * p) | (probability >= 1.0), 0.0, tail) / math.log(10.0), dtype=np.float64)


@lru_cache(maxsize=256)
def _log_factorials(count: int) -> Floats:
    """Return ln k! for k = 0 … count."""
    return np.array([math.lgamma(i + 1.0) for i in range(count + 1)])


def log10_arc_probability(hits_count: int, events_count: int, arc_ratio: float) -> float:
    """Return log10 of the chance that some arc of that share of the circle holds `hits_count` of the events."""
    if events_count < 2 or hits_count < 2:
        return 0.0
    tail = log10_binomial_tail(np.array([hits_count - 1.0]), events_count - 1, np.array([min(arc_ratio, 1.0)]))
    return min(0.0, math.log10(events_count) + float(tail[0]))


def log_tails(chances: Floats, counts: Ints) -> Floats:
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
    p = np.clip(chances[some], CHANCE_BOUND, 1 - CHANCE_BOUND)
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


def _find_tilts(chances: Floats, counts: Ints) -> Floats:
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


def _multiply_coins(chances: Floats) -> Floats:
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
