"""Work shared by processes: the same bytes whoever does it, and done all the same where they fail."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.analyzers.clocks.one_connection import ConnectionDrops, do_here
from logdiag.analyzers.clocks.patterns import ClockFit, PatternReport, find_patterns
from logdiag.pipeline.stages import Request, Workers, diagnose
from logdiag.renderers.json import render_json
from tests.effort import examples
from tests.fleets import build_fleet, write_fleet

Result = TypeVar("Result")

EPOCH = datetime.fromtimestamp(0, UTC)


def write_report(logs: Path, workers: Workers | None = None) -> str:
    """The diagnosis as JSON."""
    diagnosis = diagnose(Request((str(logs),)), workers=workers).diagnosis
    return render_json(diagnosis, generated_at=EPOCH, version="")


def name_process(_: int) -> int:
    return os.getpid()


def double_elsewhere(number: int) -> tuple[int, int]:
    return os.getpid(), 2 * number


def die_elsewhere(home: int) -> int:
    if os.getpid() != home:
        os._exit(3)
    return home


def fail(task: int) -> int:
    raise ValueError(task)


def plain(fit: ClockFit) -> list[object]:
    """All of a fit, in a form that compares to the last bit."""
    values = {field.name: getattr(fit, field.name) for field in fields(fit)}
    return [sorted((key, np.asarray(value).tobytes()) for key, value in values.pop("residuals_s").items()), values]


def plain_report(report: PatternReport) -> list[object]:
    return [[plain(fit) for fit in report.fits], report.enough, report.memoryless, report.bursty, report.cv_ratio]


def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path) -> None:
    """One, two or four processes write the JSON that this one writes alone."""
    logs = write_fleet(tmp_path / "logs", 18)
    here = write_report(logs)
    assert '"kind": "connection-age"' in here
    for count in (1, 2, 4):
        assert write_report(logs, Workers(processes_count=count, fewest_tasks_count=1)) == here, count


def test_results_stand_in_the_order_of_the_tasks() -> None:
    """Other processes do the work, and their results come back in order."""
    workers = Workers(processes_count=2, fewest_tasks_count=1)
    done = workers.spread(double_elsewhere, [-3, 2, -1])
    assert [number for _, number in done] == [-6, 4, -2]
    assert os.getpid() not in {process for process, _ in done}


def test_a_little_work_starts_no_process() -> None:
    """Below the fewest tasks, or with one process, this one does all."""
    assert set(Workers(processes_count=2).spread(name_process, range(23))) == {os.getpid()}
    assert set(Workers(processes_count=1).spread(name_process, range(99))) == {os.getpid()}


def test_the_work_of_processes_that_die_is_done_here() -> None:
    """Processes that end before their work is done cost time, not the result."""
    home = os.getpid()
    assert Workers(processes_count=2, fewest_tasks_count=1).spread(die_elsewhere, [home] * 3) == [home] * 3


def test_a_fault_of_the_work_is_told() -> None:
    """What a task raises in another process is raised here."""
    with pytest.raises(ValueError, match="7"):
        Workers(processes_count=2, fewest_tasks_count=1).spread(fail, [7])


def test_processes_do_not_load_pandas() -> None:
    """A process that searches for clocks loads NumPy and neither pandas nor SciPy: it starts in a moment."""
    search = "__import__('logdiag.analyzers.clocks.one_connection')"
    loaded = f"{search} and {{'numpy', 'pandas', 'scipy'}} & {{*__import__('sys').modules}}"
    assert Workers(processes_count=2, fewest_tasks_count=1).spread(eval, [loaded]) == [{"numpy"}]


def travel(thing: Result) -> Result:
    """What arrives of a thing at another process."""
    arrived: Result = pickle.loads(pickle.dumps(thing))  # noqa: S301  our own
    return arrived


def spread_oddly(function: Callable[[Any], Any], tasks: Sequence[Any], /) -> list[Any]:
    """Do the last task first, one connection at a time, each after a journey and back."""
    done = [[travel(function([travel(part)])[0]) for part in reversed(task)] for task in reversed(tasks)]
    return [found[::-1] for found in done[::-1]]


@examples(4)
@given(count=st.integers(0, 20), seed=st.integers(0, 2**32))
def test_chunks_and_their_order_never_show(count: int, seed: int) -> None:
    """However the connections are cut into tasks, sent away and done, the clocks are the same to the last bit."""
    fleet = build_fleet(count, seed)
    assert plain_report(find_patterns(fleet, spread=spread_oddly)) == plain_report(find_patterns(fleet))


def test_a_task_holds_its_connections_and_no_others() -> None:
    """A task travels with the drops of its connections alone, whatever the size of the fleet."""
    sent: list[int] = []

    def weigh(function: Callable[[Any], Any], tasks: Sequence[Any], /) -> list[Any]:
        sent.extend(len(pickle.dumps(task)) for task in tasks)
        assert all(isinstance(part, ConnectionDrops) and len(part.table.series) == 1 for task in tasks for part in task)
        return do_here(function, tasks)

    find_patterns(build_fleet(24), spread=weigh)
    assert len(sent) == 3
    assert max(sent) < 40_000
