"""One task that another process of this machine does meanwhile; where none can be had, it is done here in the end.

The result is the same in either case. The other process starts from nothing, as a copy of this one could inherit a lock
that a thread here holds. It leaves Ctrl-C to this one, and does not outlive it.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

Task = TypeVar("Task")
Result = TypeVar("Result")

ALLOCATIONS_BEFORE_COLLECTION: Final = 50_000  # as in the process that asks: syntax trees are no garbage
STOPPING_S: Final = 1.0  # for a process to be gone once it was asked to


@contextmanager
def done_aside(
    function: Callable[[Task], Result], task: Task, *, is_shared: bool = True
) -> Iterator[Callable[[], Result]]:
    """Begin a task in another process; what is yielded waits for its result. Raises there what the task does.

    `function` stands in a module: the other process finds it there by its name. Within the context the task may run;
    with its end it is stopped.
    """
    begun = _begin(function, task) if is_shared else None
    try:
        yield lambda: _collect(begun, function, task)
    finally:
        if begun is not None:
            process, receiver = begun
            receiver.close()
            process.terminate()
            process.join(STOPPING_S)


def _begin(function: Callable[[Task], Result], task: Task) -> tuple[SpawnProcess, Connection] | None:
    """The process and the end of its pipe; None where none can be started, such as within a worker of a pool."""
    from multiprocessing import current_process, get_context  # noqa: PLC0415  for large trees alone

    if current_process().daemon:
        return None
    context = get_context("spawn")
    try:
        receiver, sender = context.Pipe(duplex=False)
    except OSError:
        return None
    with sender:
        process = context.Process(target=_work, args=(sender, function, task), daemon=True)
        try:
            process.start()
        except (OSError, RuntimeError):
            receiver.close()
            return None
    return process, receiver


def _collect(begun: tuple[SpawnProcess, Connection] | None, function: Callable[[Task], Result], task: Task) -> Result:
    if begun is not None:
        try:
            found: Result = begun[1].recv()
        except (EOFError, OSError):  # it died, or failed: whatever the reason is, it is reported here
            pass
        else:
            return found
    return function(task)


def _work(sender: Connection, function: Callable[[Task], Result], task: Task) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(ALLOCATIONS_BEFORE_COLLECTION)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with sender:
        try:
            sender.send(function(task))
        except Exception:
            return


def _end_with_parent() -> None:
    from multiprocessing import parent_process  # noqa: PLC0415

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
