"""Exact tests against SciPy."""

from __future__ import annotations

from math import comb, inf, log

import numpy as np
import pytest
import scipy

from logdiag.analyzers.statistics import exact_tests
from logdiag.analyzers.statistics.exact_tests import binomial_greater, bound_share, fisher_greater, log_choose
from tests.folding import each

TABLES = [(0, 0, 0, 0), (0, 5, 3, 7), (3, 5, 0, 7), (1, 1, 0, 1), (7, 10, 2, 200), (40, 41, 3, 3000), (5, 5, 5, 5)]


@each("table", TABLES)
def test_fisher_agrees_with_scipy(table: tuple[int, int, int, int]) -> None:
    """The one-sided p-value of a 2x2 table is SciPy's, from empty tables to thousands."""
    hits_a, of_a, hits_b, of_b = table
    expected = scipy.stats.fisher_exact(
        np.array([[hits_a, of_a - hits_a], [hits_b, of_b - hits_b]]), alternative="greater"
    ).pvalue
    assert fisher_greater(*table) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("hits", range(5))
def test_fisher_is_a_hypergeometric_tail(hits: int) -> None:
    """P[X >= k] of 4 draws from 20 items of which 6 are hits."""
    assert fisher_greater(hits, 4, 6 - hits, 16) == pytest.approx(
        scipy.stats.hypergeom.sf(hits - 1, 20, 6, 4), rel=1e-9
    )


@each("of", [1, 7, 500])
@each("probability", [0.0, 1e-6, 0.3, 0.999, 1.0])
def test_binomial_tail_agrees_with_scipy(of: int, probability: float) -> None:
    """P[X >= k] is SciPy's survival function at k - 1, at both ends of k and of p."""
    for hits in {0, 1, of // 2, of, of + 1}:
        got = binomial_greater(hits, of, probability)
        assert got == pytest.approx(scipy.stats.binom.sf(hits - 1, of, probability), rel=1e-9, abs=1e-300)


def test_binomial_coefficients_are_exact_or_impossible() -> None:
    """The logarithm of n over k; outside 0..n there is no way to choose."""
    assert log_choose(52, 5) == pytest.approx(log(comb(52, 5)))
    assert log_choose(5, 0) == pytest.approx(0.0, abs=1e-12)
    assert log_choose(5, 6) == -inf
    assert log_choose(5, -1) == -inf


@each(("hits", "of"), [(0, 4), (4, 4), (1, 10_000), (40, 10_000), (5_000, 10_000), (9_999, 10_000)])
def test_bounds_of_a_share_agree_with_scipy(hits: int, of: int) -> None:
    """Clopper and Pearson's bounds are quantiles of the beta distribution, also where first terms underflow."""
    low = scipy.stats.beta.ppf(0.05, hits, of - hits + 1) if hits else 0.0
    high = scipy.stats.beta.ppf(0.95, hits + 1, of - hits) if hits < of else 1.0
    assert bound_share(hits, of, 0.1) == pytest.approx((low, high), abs=1e-9)


def test_bounds_of_a_share_take_the_terms_that_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 100,000 trials the bounds look at a twentieth of the terms that they would have to add up."""
    asked: list[int] = []

    def choose(n: int, k: int) -> float:
        asked.append(k)
        return log_choose(n, k)

    monkeypatch.setattr(exact_tests, "log_choose", choose)
    bound_share(40_000, 100_000, 0.1)
    steps_count = 2 * 40
    assert len(asked) < steps_count * 60_000 / 20
