"""Tests of association in a 2x2 table and tails of the hypergeometric distribution, exact and without SciPy."""

from __future__ import annotations

import math
from functools import lru_cache
from math import exp, lgamma, log


@lru_cache(maxsize=4096)
def log_choose(n: int, k: int) -> float:
    """Natural logarithm of the binomial coefficient n over k; -inf where it is 0."""
    if k < 0 or k > n:
        return float("-inf")
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def fisher_greater(hits_a: int, of_a: int, hits_b: int, of_b: int) -> float:
    """One-sided p-value that group a has the higher share of hits (Fisher's exact test).

    P[X >= hits_a] for X hypergeometric with of_a draws from of_a + of_b items of which hits_a + hits_b are hits.
    """
    hits, total = hits_a + hits_b, of_a + of_b
    if total == 0:
        return 1.0
    base = log_choose(total, of_a)
    tail = sum(
        exp(log_choose(hits, k) + log_choose(total - hits, of_a - k) - base)
        for k in range(hits_a, min(hits, of_a) + 1)
        if of_a - k <= total - hits
    )
    return min(tail, 1.0)


def binomial_greater(hits: int, of: int, probability: float) -> float:
    """P[X >= hits] for X ~ Bin(of, probability)."""
    if hits <= 0:
        return 1.0
    if probability <= 0 or hits > of:
        return 0.0
    if probability >= 1:
        return 1.0
    log_hit, log_miss = log(probability), log(1 - probability)
    tail = sum(exp(log_choose(of, k) + k * log_hit + (of - k) * log_miss) for k in range(hits, of + 1))
    return min(tail, 1.0)


@lru_cache(maxsize=1024)  # templates that are written alike have the same counts
def bound_share(hits: int, of: int, error: float) -> tuple[float, float]:
    """Lower and upper bound of a probability of which `of` trials gave `hits`, at 1 - `error` confidence, exact.

    Clopper and Pearson, Biometrika 26 (1934): the shares at which so many hits, or so few, have half the error.
    """
    low = 0.0 if hits == 0 else _solve_share(hits, of, error / 2)
    high = 1.0 if hits == of else 1 - _solve_share(of - hits, of, error / 2)
    return low, high


def _solve_share(hits: int, of: int, tail: float) -> float:
    """The probability at which `hits` or more of `of` have the chance `tail`, by bisection to 1e-12."""
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if _is_rarer(hits, of, middle, tail):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _is_rarer(hits: int, of: int, probability: float, tail: float) -> bool:
    """Whether `binomial_greater` is below `tail`, of 0 < `hits` <= `of` and 0 < `probability` < 1.

    Its terms are added in the same order, but only as far as they matter: to where they reach `tail`, or are too small
    to change the sum, as all that follow are. So it takes the root of `of` steps, not `of`.
    """
    log_hit, log_miss = log(probability), log(1 - probability)
    total = before = 0.0
    for k in range(hits, of + 1):
        term = exp(log_choose(of, k) + k * log_hit + (of - k) * log_miss)
        total += term
        if total >= tail:
            return False
        if total and term <= before and total + term == total:
            break
        before = term
    return True


def combine_p_values(one: float, other: float) -> float:
    """Return Fisher's combination of two independent p-values: x (1 - ln x) of their product x."""
    product = max(one * other, 1e-300)
    return min(1.0, product * (1 - math.log(product)))
