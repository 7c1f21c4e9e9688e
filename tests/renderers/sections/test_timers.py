"""What recurs: of several that are alike it is said once."""

from __future__ import annotations

from dataclasses import replace

from logdiag.results.diagnosis import Diagnosis
from logdiag.results.patterns import TriggerRole
from logdiag.results.timers import Timer, TimerAnswer, TimerKind
from tests.renderers.example import build_example, build_timers
from tests.renderers.test_reports import text_of


def alike(number: int, why: str = "phase-locked") -> Timer:
    one = replace(build_timers()[0], kind=TimerKind.LINES, answer=TimerAnswer.UNDECIDED, why=why)
    return replace(one, service=f"service{number}", template="tick", period_s=10.0, lag_ms=None, pattern=None)


def show(diagnosis: Diagnosis) -> str:
    return " ".join(text_of(diagnosis, width=200).split())


def test_what_is_said_of_several_is_said_once() -> None:
    """Nine lines that keep in step are one entry, with six names; a suspect stands by itself."""
    timers = (build_timers()[0], *(alike(number) for number in range(9)))
    text = show(replace(build_example(), timers=timers))
    assert text.count("two clocks that merely tick together look the same") == 1
    assert "undecided: service0 tick (10 s), service1 tick (10 s)" in text
    assert "service5 tick (10 s) and 3 more: they keep in step" in text
    assert "suspect: 8 of 8 disconnects on beat P1" in text


def test_a_timer_that_three_processes_announce_is_named_once() -> None:
    """Their names are the same."""
    text = show(replace(build_example(), timers=(alike(1), alike(1), alike(1))))
    assert "undecided: service1 tick (10 s): they keep in step" in text


def test_what_a_beat_without_it_clears_is_no_undecided_trigger() -> None:
    """One line of the logs is not undecided here and unrelated twelve lines on."""
    example = build_example()
    doubtful = replace(example.triggers[0], role=TriggerRole.UNDECIDED, template="Persisting", service="service1")
    cleared = replace(alike(1, "by-count"), template="Persisting", answer=TimerAnswer.CLEARED)
    shown = show(replace(example, triggers=(doubtful,), timers=()))
    assert "Persisting (undecided)" in shown
    hidden = show(replace(example, triggers=(doubtful,), timers=(cleared,)))
    assert "Persisting (undecided)" not in hidden
    assert "unrelated" in hidden
