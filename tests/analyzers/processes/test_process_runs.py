"""A client whose lines name their process begins anew with each new id."""

from __future__ import annotations

import pytest

from logdiag.analyzers.processes.process_runs import tell_runs
from logdiag.events import Event, EventKind
from tests.winston import at

KINDS = {"c": EventKind.CONNECTED, "d": EventKind.DISCONNECTED, "s": EventKind.PROCESS_STARTED}


def _write(order: str) -> list[Event]:
    """A letter and a digit a line: what happened, and the process."""
    return [
        Event(at(9.0 * place), KINDS[kind], "w", "app", "info", kind, "w/a.log", place + 1, writer=pid)
        for place, (kind, pid) in enumerate(zip(order[::2], order[1::2], strict=True))
    ]


@pytest.mark.parametrize(
    ("order", "starts"),
    [("c1c2c3d3c3", [2, 3]), ("c1d1c1", []), ("c1c2d1d2", []), ("c1s2c2", []), ("", [])],
    ids=["one after the other", "one process", "by turns", "starts are logged", "nothing"],
)
def test_each_process_after_the_first_is_a_start(order: str, starts: list[int]) -> None:
    """Processes that run beside each other write by turns; where starts are logged, those are believed."""
    told = tell_runs(_write(order))
    new = [event.line for event in told if event.rule is not None]
    assert new == starts
    assert [event for event in told if event.rule is None] == _write(order)


def test_the_start_of_a_run_is_told_by_the_process_alone() -> None:
    """What its first line tells of is another thing, and a line of its own in timelines."""
    begun = next(event for event in tell_runs(_write("c1c2")) if event.kind is EventKind.PROCESS_STARTED)
    assert begun.message == "pid 2"
