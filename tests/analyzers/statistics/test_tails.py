"""The closed tail of equal coins against SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy
from hypothesis import assume, given
from hypothesis import strategies as st

from logdiag.analyzers.statistics.tails import log10_binomial_tail


@given(st.integers(1, 400), st.floats(1e-6, 0.9), st.data())
def test_a_binomial_tail_is_never_below_the_truth(trials: int, probability: float, data: st.DataObject) -> None:
    """Nor far above it where it is small: a false alarm is never made to look rarer than it is."""
    successes = data.draw(st.integers(0, trials + 1))
    got = float(log10_binomial_tail(np.array([float(successes)]), trials, np.array([probability]))[0])
    truth = float(scipy.stats.binom.logsf(successes - 1, trials, probability)) / math.log(10.0)
    assume(truth > -290 or successes > trials)  # SciPy has few digits left below
    assert got >= truth - 1e-9
    if -math.inf < truth < -6:
        assert got == pytest.approx(truth, abs=0.3)


def test_no_success_is_certain_and_too_many_are_impossible() -> None:
    """Whatever the coin."""
    tails = log10_binomial_tail(np.array([0.0, 11.0]), 10, np.array([1e-9, 0.5]))
    assert tails.tolist() == [0.0, -math.inf]


def test_the_first_term_of_a_rare_tail_counts_every_choice() -> None:
    """19 or 20 of 20 at 1 % each: 20 choices of the one that fails, and the one where none does."""
    exact = 20 * 0.01**19 * 0.99 + 0.01**20
    (got,) = log10_binomial_tail(np.array([19.0]), 20, np.array([0.01]))
    assert got == pytest.approx(math.log10(exact), abs=0.01)
