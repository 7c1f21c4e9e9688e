"""A limit that holds for a whole fleet, and timers of each client that only look like one."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.clocks.drop_table import DropSeries
from logdiag.analyzers.clocks.patterns import find_patterns
from logdiag.results.patterns import PatternKind

CLIENTS: tuple[str, ...] = tuple("abcdef")
BACK_S = 1.735  # all clients wait as long before they connect again
HOUR_S = 3600.0


def _watch(name: str, drops_s: list[float], rng: np.random.Generator) -> DropSeries:
    times = np.array(drops_s)
    opened = np.concatenate([[rng.uniform(0.0, 5.0)], times[:-1] + BACK_S + rng.normal(0.0, 0.003, len(times) - 1)])
    unknown = np.full(len(times), np.nan)
    return DropSeries(name, times, opened, unknown, 0.0, HOUR_S)


def _keep_a_timer(rng: np.random.Generator) -> list[float]:
    """Every 30 s one, and now and then another in between: a message that ends the connection, too."""
    beats = np.arange(rng.uniform(8.0, 38.0), HOUR_S - 20.0, 30.004)
    beats += rng.normal(0.0, 0.004, len(beats))
    between = rng.uniform(60.0, HOUR_S - 60.0, 22)
    apart = [one for one in between.tolist() if np.min(np.abs(beats - one)) > 4.0]
    return sorted([*beats.tolist(), *apart])


def _keep_an_age(rng: np.random.Generator) -> list[float]:
    """Each connection is cut when it is 28.27 s old; now and then one ends before."""
    drops, now = list[float](), float(rng.uniform(0.0, 5.0))
    while now < HOUR_S - 30.0:
        now += float(rng.uniform(3.0, 25.0)) if rng.random() < 0.15 else 28.27 + float(rng.normal(0.0, 0.004))
        drops.append(now)
        now += BACK_S
    return drops


def test_timers_of_the_clients_own_are_no_limit_of_the_fleet() -> None:
    """They are back after the same time, so most ages are alike; after a drop in between each keeps its own beat."""
    rng = np.random.default_rng(5)
    found = find_patterns([_watch(name, _keep_a_timer(rng), rng) for name in CLIENTS]).fits
    assert {fit.kind for fit in found} == {PatternKind.TIMER}
    assert sorted(fit.connections for fit in found) == [(name,) for name in CLIENTS]
    assert all(abs((fit.period_s or 0.0) - 30.004) < 0.001 for fit in found)


def test_a_limit_of_the_fleet_stays_one() -> None:
    """After a drop in between the next comes a whole age later, whatever the beat before was."""
    rng = np.random.default_rng(5)
    (fit,) = find_patterns([_watch(name, _keep_an_age(rng), rng) for name in CLIENTS]).fits
    assert fit.kind is PatternKind.CONNECTION_AGE
    assert fit.connections == CLIENTS
