"""Triggers as the result shows them."""

from __future__ import annotations

from logdiag.analyzers.result_rows import write_trigger
from logdiag.results.patterns import Lag
from tests.analyzers.cases import trigger


def test_lags_are_in_milliseconds() -> None:
    """A median of 0.02 s with quantiles of 0.015 and 0.03 s is 20, 15 and 30 ms."""
    assert write_trigger("T1", trigger(median_s=0.02, p10_s=0.015, p90_s=0.03)).lag_ms == Lag(20.0, 15.0, 30.0)
