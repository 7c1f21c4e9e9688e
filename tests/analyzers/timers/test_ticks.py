"""When announced timers tick."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.timers.ticks import follow_timers, predict_ticks
from tests.analyzers.timers.test_suspicions import START
from tests.analyzers.timers.test_timers import announce


def test_announcements_closer_than_a_period_are_timers_of_their_own() -> None:
    """Two processes that share a file announce within 1.5 s; one announced anew an hour later replaces the old."""
    two = follow_timers([announce(1.0), announce(2.5)], {}, START + 100)
    assert [len(timer.runs) for timer in two] == [1, 1]
    (anew,) = follow_timers([announce(1.0), announce(100.0)], {}, START + 200)
    assert [run.end_s - run.start_s for run in anew.runs] == [99.0, 100.0]
    assert predict_ticks(anew, 30.0).size == 6


def test_a_restart_of_the_process_ends_its_timers() -> None:
    """What no longer runs predicts nothing."""
    starts = {"worker1": np.array([START - 1, START + 65.0])}
    (timer,) = follow_timers([announce(1.0)], starts, START + 500)
    assert predict_ticks(timer, 30.0).size == 2
