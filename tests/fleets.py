"""Fleets for tests, each connection with a law of its own: a timer, an age limit, or chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from logdiag.analyzers.clocks.patterns import DropSeries
from logdiag.analyzers.statistics.arrays import Floats
from tests.winston import START, connect, drop, write

DROPS_COUNT = 10


def draw_drops(number: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Return the drops (n,) of a connection and the connects (n + 1,) around them, in s."""
    rng = np.random.default_rng([seed, number])
    delays = rng.uniform(1.0, 1.5, DROPS_COUNT)
    beat = 5.0 * number + (23.0 + 0.7 * number) * np.arange(1.0, DROPS_COUNT + 1) + rng.normal(0.0, 0.004, DROPS_COUNT)
    ages = np.cumsum(31.0 + 0.9 * number + delays)
    drops = np.round((beat, ages, np.cumsum(3.0 + rng.exponential(30.0, DROPS_COUNT)))[number % 3], 3)
    return drops, np.round(np.concatenate([[1.0], drops + delays]), 3)


def build_fleet(count: int, seed: int = 0) -> list[DropSeries]:
    """Return the drops of so many connections."""
    fleet = []
    for number in range(count):
        drops, opens = (START.timestamp() + times for times in draw_drops(number, seed))
        span = (START.timestamp(), float(opens[-1]) + 10.0)
        fleet.append(DropSeries(f"worker{number:02}", drops, opens[:-1], opens[:-1], *span))
    return fleet


def write_fleet(folder: Path, count: int) -> Path:
    """Write the log of each of so many connections."""
    for number in range(count):
        drops, opens = draw_drops(number)
        lines = [(time_s, connect(time_s, place)) for place, time_s in enumerate(opens.tolist())]
        lines += [(time_s, drop(time_s)) for time_s in drops.tolist()]
        write(folder / f"worker{number:02}" / "socket-client.log", [line for _, line in sorted(lines)])
    return folder
