"""The clocks of single connections, shared among workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from logdiag.analyzers.clocks.drop_table import DropSeries, build_table
from logdiag.analyzers.clocks.one_connection import CHUNK_COUNT, do_here, take_own_clocks

Task = TypeVar("Task")
Result = TypeVar("Result")


def test_each_connection_is_searched_by_itself() -> None:
    """Ten timers of their own in two tasks; who has but three drops is not searched, and what is explained is taken."""
    sizes: list[int] = []

    def spread(function: Callable[[Task], Result], tasks: Sequence[Task], /) -> list[Result]:
        sizes.extend(len(task) for task in tasks)  # type: ignore[arg-type]  # each is a sequence of connections
        return do_here(function, tasks)

    times_s = [1e9 + 777.7 * owner + (20.0 + owner) * np.arange(12, dtype=np.float64) for owner in range(10)]
    nan = np.full(12, np.nan)
    series = [DropSeries(f"w{owner}", one, nan, nan, one[0], one[-1]) for owner, one in enumerate(times_s)]
    series.append(DropSeries("few", times_s[0][:3], nan[:3], nan[:3], times_s[0][0], times_s[0][-1]))
    table = build_table(series, 0.01)
    free = np.ones(len(table.drops.times_s), dtype=np.bool_)
    fits = take_own_clocks(table, free, spread)
    assert [fit.connections for fit in fits] == [(f"w{owner}",) for owner in range(10)]
    assert (sizes, int(free.sum())) == ([CHUNK_COUNT, 10 - CHUNK_COUNT], 3)
