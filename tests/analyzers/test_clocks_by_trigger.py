"""Disconnects with a trigger and those without are searched apart only where that explains more."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.clocks.patterns import DropSeries
from logdiag.analyzers.clocks_by_trigger import refine_patterns
from tests.analyzers.cases import clock, report, trigger


def test_what_explains_all_together_is_kept() -> None:
    """Ten of twenty disconnects follow a push; apart neither ten has a clock, so the one of all twenty stays."""
    times = np.cumsum(np.random.default_rng(3).exponential(90.0, 20)) + 100
    before = np.concatenate(([0.0], times[:-1] + 1))
    series = DropSeries("worker1", times, before, before, 0.0, float(times[-1]) + 60)
    whole = report(clock(members=tuple(("worker1", index) for index in range(20))))
    pushed = trigger(preceded=tuple(("worker1", index) for index in range(10)))
    assert refine_patterns([series], whole, [pushed]) == whole
