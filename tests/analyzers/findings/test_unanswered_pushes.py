"""Pushes that nobody acknowledged."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.findings.unanswered_pushes import find_unanswered
from logdiag.results.pushes import Push, PushFate, PushOutcome
from tests.analyzers.cases import at

SILENT = "ack timeout after 5000ms"


def push(second: float, error: str | None = None) -> Push:
    outcome, fate = (PushOutcome.FAILED, PushFate.LOST) if error else (PushOutcome.OK, None)
    return Push(at(second), "worker1", (str(second),), outcome, error, None, None, (), fate=fate)


def test_it_says_since_when_none_is_answered() -> None:
    """How many of those that began since the first were not answered, and how many were before and since."""
    pushes = [*(push(second) for second in range(5)), *(push(second, SILENT) for second in range(5, 9))]
    (found,) = find_unanswered(pushes, pushes[5:])
    numbers = found.numbers
    assert (numbers["count"], numbers["of_count"]) == (4, 4)
    assert (numbers["answered_before_count"], numbers["answered_since_count"]) == (5, 0)
    assert numbers["first_time"] == at(5).isoformat()


def test_regular_spells_have_a_period() -> None:
    """Where unanswered pushes come in spells that begin equally far apart, something on the server keeps time."""
    pushes = [push(second, SILENT if second % 60 < 3 else None) for second in range(60, 420)]
    (found,) = find_unanswered(pushes, [one for one in pushes if one.error])
    assert found.numbers["period_s"] == 60


def test_other_errors_and_what_an_outage_swallowed_are_none() -> None:
    """A refused push has an answer, one in an outage its reason, and two are strays."""
    refused = [push(second, "quota exceeded") for second in range(9)]
    in_outage = [replace(push(second, SILENT), disconnect_index=0) for second in range(9)]
    strays = [push(1, SILENT), push(2, "no ack")]
    assert [find_unanswered(some, some) for some in (refused, in_outage, strays)] == [(), (), ()]
