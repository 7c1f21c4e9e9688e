"""Beats that come over a connection run up to its end, or stay away before it."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.silences.last_ticks import judge_last_ticks
from logdiag.analyzers.silences.process_silences import ProcessLine, ProcessLines, group_lines
from tests.analyzers.cases import START, at, session

ZERO = START.timestamp()
ENDS = [101.3 * number for number in range(1, 7)]
SESSIONS = [session(end, opened=end - 98, reopened=end + 2) for end in ENDS]
NOTHING = np.array([])


def _ticks(dead_s: float) -> list[float]:
    """A tick every 5 s while connected, but in the last `dead_s` seconds before each of six ends."""
    return [end - 98 + second for end in ENDS for second in np.arange(0.5, 97.9 - dead_s, 5.0).tolist()]


def _process(*seconds: float, windows: tuple[float, float] = (0.0, 900.0)) -> ProcessLines:
    lines = [
        ProcessLine(ZERO + second, "worker1", "a", "tick AAPL <n>", ("worker1/a.log", number))
        for number, second in enumerate(seconds, 1)
    ]
    outages = {"worker1": [(ZERO + end, ZERO + end + 2) for end in ENDS]}
    (process,) = group_lines(lines, [(ZERO + windows[0], ZERO + windows[1])], {}, outages)
    return process


@pytest.mark.parametrize(("dead_s", "verdict"), [(0.0, True), (30.0, False)])
def test_a_beat_in_any_words_tells_how_long_the_line_was_dead(dead_s: float, *, verdict: bool) -> None:
    """Ticks up to each end, or none for the last 30 s."""
    found = judge_last_ticks(_process(*_ticks(dead_s)), NOTHING, SESSIONS)
    assert found == {at(end): verdict for end in ENDS}


def test_one_tick_that_got_lost_tells_nothing() -> None:
    """The line may have been dead for 8 s, or a single tick is missing."""
    assert judge_last_ticks(_process(*_ticks(6.0)), NOTHING, SESSIONS) == {}


def test_messages_that_arrive_are_a_beat_too() -> None:
    """Their lines are no beat of the process, but their instants are known."""
    heard = np.array([ZERO + second for second in _ticks(30.0)])
    assert judge_last_ticks(_process(1.0), heard, SESSIONS) == {at(end): False for end in ENDS}


def test_a_beat_that_the_process_keeps_by_itself_tells_nothing_of_the_line() -> None:
    """A line every second, connected or not."""
    assert judge_last_ticks(_process(*np.arange(0.3, 700).tolist()), NOTHING, SESSIONS) == {}


def test_a_job_that_rests_at_other_times_too_tells_nothing() -> None:
    """It ticks in the first and the third quarter of each session, so its last tick says nothing of the line."""
    seconds = [end - 98 + part + tick for end in ENDS for part in (0.5, 50.5) for tick in (0, 2, 4, 6, 8, 10)]
    assert judge_last_ticks(_process(*seconds), NOTHING, SESSIONS) == {}


def test_what_was_not_read_tells_nothing() -> None:
    """Lines were read up to 350 s: of the ends after that nothing is known."""
    found = judge_last_ticks(_process(*_ticks(0.0), windows=(0.0, 350.0)), NOTHING, SESSIONS)
    assert sorted(found) == [at(end) for end in ENDS[:3]]
