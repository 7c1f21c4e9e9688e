"""The clocks of single connections: a pure function of each one's drops, so that any number of workers can share it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

import numpy as np

from logdiag.analyzers.clocks.drop_table import DropTable
from logdiag.analyzers.clocks.fits import ClockFit
from logdiag.analyzers.clocks.search import FEWEST_EVENTS, take_clocks
from logdiag.analyzers.statistics.arrays import Bools

Task = TypeVar("Task")
Result = TypeVar("Result")

CHUNK_COUNT: Final = 8  # connections of one task: enough to be worth a message, few enough to share evenly


class Spread(Protocol):
    """Whoever applies a function to tasks and returns the results in their order."""

    def __call__(self, function: Callable[[Task], Result], tasks: Sequence[Task], /) -> list[Result]:
        """Apply it to all of them."""


class ConnectionDrops(NamedTuple):
    """One connection: the table of its drops (n,), and which of them nothing explains yet."""

    table: DropTable
    free: Bools


class ConnectionClocks(NamedTuple):
    """The clocks of one connection, and which of its drops (n,) they leave unexplained."""

    fits: list[ClockFit]
    free: Bools


def do_here(function: Callable[[Task], Result], tasks: Sequence[Task], /) -> list[Result]:
    """Apply a function to tasks in this process."""
    return [function(task) for task in tasks]


def take_own_clocks(table: DropTable, free: Bools, spread: Spread) -> list[ClockFit]:
    """Take the clocks of each connection by itself, in their order; `free` (n,) loses what is explained."""
    places = table.split_places()
    owners = [owner for owner, mine in enumerate(places) if int(np.sum(free[mine])) >= FEWEST_EVENTS]
    parts = [ConnectionDrops(table.cut(owner, places[owner]), free[places[owner]]) for owner in owners]
    chunks = [parts[first : first + CHUNK_COUNT] for first in range(0, len(parts), CHUNK_COUNT)]
    fits: list[ClockFit] = []
    found = [one for some in spread(search_parts, chunks) for one in some]
    for owner, one in zip(owners, found, strict=True):
        fits.extend(one.fits)
        free[places[owner]] = one.free
    return fits


def search_parts(parts: Sequence[ConnectionDrops]) -> list[ConnectionClocks]:
    """Search some connections, each by itself: what a worker does."""
    return [_search(part) for part in parts]


def _search(part: ConnectionDrops) -> ConnectionClocks:
    free = part.free.copy()
    return ConnectionClocks(take_clocks(part.table, free), free)
