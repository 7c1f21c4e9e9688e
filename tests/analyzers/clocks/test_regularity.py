"""Whether lifetimes agree with chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma

from logdiag.analyzers.clocks.regularity import MANY_COUNT, MIN_COUNT, is_memoryless


@pytest.mark.parametrize("count", [MIN_COUNT, 50, MANY_COUNT + 100])
def test_exponential_lifetimes_are_memoryless_and_equal_ones_are_not(count: int) -> None:
    """Chance alone gives an exponential law; a limit of 30 s does not. Above 400 values an asymptotic bound decides."""
    generator = np.random.default_rng(7)
    assert is_memoryless(generator.exponential(90.0, count)) is True
    assert is_memoryless(generator.normal(30.0, 0.05, count)) is False


def test_of_seven_lifetimes_nothing_is_said() -> None:
    """Too few show no law, and lengths of zero have none."""
    assert is_memoryless(np.full(MIN_COUNT - 1, 30.0)) is None
    assert is_memoryless(np.zeros(MIN_COUNT)) is None


@pytest.mark.parametrize(("shape", "expected"), [(1.1, True), (1.3, False)])
def test_the_bound_for_many_lifetimes_tells_a_slightly_regular_law_from_chance(shape: float, *, expected: bool) -> None:
    """Quantiles of gamma laws: of 500 values, one of shape 1.3 lies 0.057 off the exponential, 0.049 is the bound."""
    assert is_memoryless(gamma.ppf((np.arange(500) + 0.5) / 500, shape)) is expected
