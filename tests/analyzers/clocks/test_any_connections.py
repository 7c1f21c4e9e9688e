"""Whatever a few connections do, the search for clocks answers: no shape of times makes it crash.

HYPOTHESIS_PROFILE=long tries tens of thousands of them.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logdiag.analyzers.clocks.patterns import DropSeries, find_patterns
from logdiag.analyzers.statistics.arrays import Floats
from tests.effort import examples

EPOCH_S: Final = 1_763_136_000.0  # 2025-11-14 16:00 UTC
SHAPES: Final = ("age", "beat", "missed beats", "reset", "chance", "equal times", "beat and chance")
PERIODS_S: Final = st.sampled_from([1.5, 5.0, 25.0, 30.0, 38.5, 60.0]) | st.floats(2.0, 100.0)
SPREADS_S: Final = st.sampled_from([0.0, 0.001, 0.01, 0.1, 0.5, 2.0, 10.0])


def _draw_times(dice: np.random.Generator, shape: str, count: int, period_s: float, spread_s: float) -> Floats:
    """Times of drops (n,) in s, in order, from 0 on; those of ages come with their connects, and are made there."""
    beats = period_s * np.arange(count)
    noise = dice.normal(0.0, 1.0, count) * spread_s
    match shape:
        case "missed beats":
            beats = period_s * np.cumsum(dice.integers(1, 5, count)) + noise
        case "reset":
            beats = beats + np.where(np.arange(count) < count // 2, 0.0, dice.uniform(0.0, period_s)) + noise
        case "chance":
            beats = np.cumsum(dice.exponential(period_s, count))
        case "equal times":
            beats = np.repeat(dice.uniform(0.0, 10.0 * period_s, count), 4)[:count]
        case "beat and chance":
            beats = np.where(dice.random(count) < 0.3, dice.uniform(0.0, (count + 1) * period_s, count), beats)
        case _:
            beats = beats + noise
    return np.sort(beats)


def _hide(dice: np.random.Generator, values: Floats, share: float) -> Floats:
    return np.where(dice.random(len(values)) < share, np.nan, values)


@st.composite
def connections(draw: st.DrawFn, name: str) -> DropSeries:
    """The drops of one connection: none, one or a few, of any shape, with what is known of connects and traffic."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape, count = draw(st.sampled_from(SHAPES)), draw(st.integers(0, 12))
    period_s, spread_s = draw(PERIODS_S), draw(SPREADS_S)
    delays = draw(st.sampled_from([0.0, 0.05, 1.3])) + np.abs(dice.normal(0.0, 1.0, count)) * draw(SPREADS_S)
    if shape == "age":
        lives = np.maximum(period_s + dice.normal(0.0, 1.0, count) * spread_s, 0.0)
        times = np.cumsum(lives + delays) - delays
        connected = times - lives
    else:
        times = _draw_times(dice, shape, count, period_s, spread_s)
        connected = np.minimum(np.concatenate([[-1.0], times])[:count] + delays, times)
    step_s = draw(st.sampled_from([0.001, 0.001, 1.0, 60.0]))
    times, connected = np.round(times / step_s) * step_s, np.floor(connected / step_s) * step_s
    traffic = times - draw(st.sampled_from([0.0, 5.0, 20.0])) - np.abs(dice.normal(0.0, 1.0, count)) * spread_s
    start, end = (times[0] - 30.0, times[-1] + 5.0) if count else (0.0, 600.0)
    return DropSeries(
        name,
        times + EPOCH_S,
        _hide(dice, connected, draw(st.sampled_from([0.0, 0.3, 1.0]))) + EPOCH_S,
        _hide(dice, traffic, draw(st.sampled_from([0.0, 0.3, 1.0]))) + EPOCH_S,
        float(start) + EPOCH_S,
        float(end) + EPOCH_S,
        survived_s=_hide(dice, dice.uniform(0.0, period_s, count), 0.3),
    )


FLEETS: Final = st.tuples(connections("a")) | st.tuples(connections("a"), connections("b"))


@examples(200, long_count=30_000)
@given(FLEETS)
def test_any_connections_have_an_answer(fleet: tuple[DropSeries, ...]) -> None:
    """Each clock names drops that exist, no drop obeys two clocks, and its numbers are numbers."""
    counts = {one.connection: len(one.times_s) for one in fleet}
    found = find_patterns(fleet)
    members = [member for fit in found.fits for member in fit.members]
    assert len(members) == len(set(members))
    assert all(0 <= index < counts[name] for name, index in members)
    for fit in found.fits:
        assert fit.members
        assert all(value is None or math.isfinite(value) for value in (fit.period_s, fit.jitter_s, fit.margin_nats))
        assert fit.period_s is None or fit.period_s > 0.0
