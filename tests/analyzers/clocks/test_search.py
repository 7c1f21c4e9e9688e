"""The search for clocks: one after the other, and none that is the shadow of another."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.clocks import search
from logdiag.analyzers.clocks.drop_table import DropSeries, build_table
from logdiag.analyzers.clocks.fits import ClockFit
from logdiag.analyzers.clocks.search import take_clocks
from logdiag.analyzers.statistics.arrays import Floats
from tests.folding import each

ORIGIN_S = 1_763_136_017.3


def take(*times_s: Floats, outage_s: Floats | None = None, shared_only: bool = False) -> tuple[list[ClockFit], int]:
    """The clocks of some connections, and how many drops they leave."""
    series = []
    for number, times in enumerate(times_s):
        moments = ORIGIN_S + times
        connected = np.full(len(times), np.nan)
        if outage_s is not None:
            connected[1:] = moments[:-1] + outage_s
        series.append(DropSeries(f"w{number}", moments, connected, np.full(len(times), np.nan), ORIGIN_S, moments[-1]))
    table = build_table(series, 0.01)
    free = np.ones(len(table.drops.times_s), dtype=np.bool_)
    return take_clocks(table, free, shared_only=shared_only), int(free.sum())


def _shake(times_s: Floats) -> Floats:
    dice = np.random.default_rng(5)
    return times_s + dice.normal(0.0, 0.003, len(times_s))


def test_what_a_clock_explains_is_searched_no_more() -> None:
    """A beat of 30 s and another of 47 s on one connection are two clocks, and leave nothing."""
    both = np.sort(
        np.concatenate(
            [
                _shake(30.0 * np.arange(1, 21, dtype=np.float64)),
                _shake(11.0 + 47.0 * np.arange(1, 16, dtype=np.float64)),
            ]
        )
    )
    fits, left = take(both)
    assert sorted(round(fit.period_s or 0.0) for fit in fits) == [30, 47]
    assert left <= 1


@each(("count", "clocks_count"), [(3, 0), (4, 1), (12, 1)])
def test_fewer_than_four_events_show_no_clock(count: int, clocks_count: int) -> None:
    """Four within milliseconds of a beat do."""
    assert len(take(_shake(30.0 * np.arange(1, count + 1, dtype=np.float64)))[0]) == clocks_count


def test_a_shared_search_leaves_the_clock_of_one_connection_alone() -> None:
    """It is searched by itself later; one that two connections keep is taken at once."""
    dice = np.random.default_rng(5)
    beat, noise = _shake(30.0 * np.arange(1, 21, dtype=np.float64)), np.sort(dice.uniform(9.0, 600.0, 9))
    assert take(beat, noise, shared_only=True) == ([], 29)
    (fit,), left = take(beat, beat + 0.01, shared_only=True)
    assert (fit.connections, left) == (("w0", "w1"), 0)


@each(
    ("wander_s", "kinds"),
    [(0.003, {"timer"}), (1.0, {"regular-loop", "connection-age"})],
)
def test_reconnects_tell_a_beat_from_an_age(wander_s: float, kinds: set[str]) -> None:
    """Drops on a beat whatever the reconnects take; or drops 28 s after reconnects that wander by a second."""
    dice = np.random.default_rng(5)
    outage_s = 1.0 + dice.uniform(0.0, 1.0, 24)
    if wander_s < 0.1:
        times_s = _shake(30.0 * np.arange(1, 26, dtype=np.float64))
    else:
        times_s = np.concatenate([[30.0], 30.0 + np.cumsum(_shake(np.full(24, 28.0)) + outage_s)])
    (fit,), _ = take(times_s, outage_s=outage_s)
    assert fit.kind in kinds
    assert fit.margin_nats is not None
    assert fit.margin_nats > 0.0
    assert fit.runner_up is not None
    assert fit.runner_up != fit.kind
    assert fit.separating_event in search.SEPARATING.values()


def test_an_age_that_its_reconnects_keep_constant_stays_unsure() -> None:
    """Where each reconnect takes as long, beat, age and loop foretell all drops alike: the margin is small."""
    dice = np.random.default_rng(5)
    gaps = 30.0 + dice.normal(0.0, 0.003, 24)
    (fit,), _ = take(np.concatenate([[30.0], 30.0 + np.cumsum(gaps)]), outage_s=np.full(24, 1.2))
    assert fit.margin_nats == pytest.approx(0.0, abs=6.0)
