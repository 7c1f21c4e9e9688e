"""One pure function over many tasks: here, by processes of this machine, or by the workers of a Dask cluster.

What travels are numbers, never lines. The results stand in the order of the tasks: they depend neither on who worked
nor on how many did.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

FEWEST_TASKS: Final = 24  # of some tenths of a second each: fewer are done before others have started


@dataclass(frozen=True, slots=True)
class Workers:
    """Who works: those of the Dask cluster whose scheduler has that address, else so many processes, 1 being this one.

    Fewer than `fewest_tasks_count` tasks are done here by this one in any case.
    """

    scheduler: str | None = None
    processes_count: int = 1
    fewest_tasks_count: int = FEWEST_TASKS

    def spread(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> list[Result]:
        """Return the results in the order of the tasks. Raises InputError if the cluster fails, and what the task did.

        `function` stands in a module: other processes find it there by its name.
        """
        if len(tasks) >= self.fewest_tasks_count:
            if self.scheduler is not None:
                from logdiag.scanning.cluster import do_on_cluster  # noqa: PLC0415  for those who have one

                return do_on_cluster(function, tasks, self.scheduler)
            if self.processes_count > 1:
                return _do_in_processes(function, tasks, self.processes_count)
        return [function(task) for task in tasks]


def _do_in_processes(function: Callable[[Task], Result], tasks: Sequence[Task], count: int) -> list[Result]:
    """Let processes work that start from nothing: a copy of this one could inherit a lock that a thread here holds.

    Where none can be started or one of them dies, the work is done here: that costs time, not the diagnosis.
    """
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor  # noqa: PLC0415  for fleets alone
    from multiprocessing import get_context  # noqa: PLC0415

    try:
        with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_leave_interrupts) as executor:
            futures = [executor.submit(function, task) for task in tasks]
            try:
                return [future.result() for future in futures]
            except BaseException:
                executor.shutdown(wait=False, cancel_futures=True)
                raise
    except (BrokenProcessPool, OSError):
        return [function(task) for task in tasks]


def _leave_interrupts() -> None:
    """Leave Ctrl-C, which every process of a terminal gets, to the one that handed out the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
