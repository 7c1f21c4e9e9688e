"""Related, unrelated or undecided: by counts where they suffice, and never by two clocks that tick together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from logdiag.analyzers.timers.suspicions import combine, judge_suspects
from logdiag.analyzers.triggers.moments import DropContext, TemplateSeries
from logdiag.results.evidence import Evidence
from logdiag.results.suspicion import Relatedness, TemplateRelation
from tests.folding import each

START = 1_763_137_552.0
SPAN = 1800.0
Times = NDArray[np.float64]


def list_drops(times: Times, *, shift_s: float = 0.0) -> DropContext:
    start = START + shift_s
    times = np.round(start + np.sort(times), 3)
    connected = np.concatenate(([start], times[:-1] + 1.2))
    sessions = np.vstack((np.column_stack((connected, times)), [[times[-1] + 1.2, start + SPAN]]))
    places = tuple(Evidence("worker1/socket-client.log", 10 * i + 5) for i in range(times.size))
    return DropContext("worker1", "worker1", times, connected, sessions, start, start + SPAN, places)


def list_lines(times: Times, *, shift_s: float = 0.0) -> TemplateSeries:
    times = np.round(START + shift_s + np.sort(times), 3)
    zeros, lines = np.zeros(times.size, dtype=np.int64), np.arange(1, times.size + 1)
    return TemplateSeries("worker1", "worker1", "app", None, "tick", times, ("worker1/app.log",), zeros, lines)


def judge(drops: Times, lines: Times, *, shift_s: float = 0.0) -> TemplateRelation:
    (relation,) = judge_suspects([list_drops(drops, shift_s=shift_s)], [list_lines(lines, shift_s=shift_s)], {})
    return relation


def scatter(seed: int, count: int) -> Times:
    """Times at least 5 s apart."""
    gaps = np.random.default_rng(seed).exponential(SPAN / count - 8, count) + 5
    return np.cumsum(gaps) * min(1.0, (SPAN - 10) / float(np.sum(gaps)))


def spread(seed: int, count: int) -> Times:
    return np.random.default_rng(seed).uniform(5, SPAN - 5, count)


def tick(seed: int, period_s: float, *, phase_s: float = 20.0, jitter_s: float = 0.002) -> Times:
    count = int((SPAN - phase_s - 5) / period_s)
    return phase_s + period_s * np.arange(count) + np.random.default_rng(seed).normal(0, jitter_s, count)


def test_lines_that_come_every_10_s_stand_before_any_moment() -> None:
    """Sessions last longer than that, and what a line covers of them falls short of what its beat makes sure."""
    for period_s in (10.0, 30.0):
        drops = np.cumsum(np.random.default_rng(3).uniform(35, 50, 40))
        found = judge(drops, tick(4, period_s, phase_s=5.0))
        assert found.counts.p_value > 0.05, period_s
        assert found.why != "some-excess"


def test_a_report_every_60_s_is_unrelated_to_a_beat_of_30_s() -> None:
    """The reference's third question: the disconnects come on the same beat with the report and without it."""
    found = judge(tick(1, 30.006), tick(2, 60.01, phase_s=19.0))
    assert (found.answer, found.why) == (Relatedness.UNRELATED, "beats-without-it")
    assert found.phase.line_period_s == pytest.approx(60.01, abs=0.01)
    assert found.phase.lag_ms is not None
    assert found.phase.is_locked
    assert found.counts.preceded_count <= found.counts.of_count / 2 + 1


def test_the_beats_of_two_processes_in_one_file_are_told_as_one_period() -> None:
    """Two reports a minute, 1.5 s apart: the period is the minute, not the distance of the two."""
    found = judge(tick(1, 30.006), np.concatenate((tick(2, 60.01, phase_s=22.0), tick(3, 60.01, phase_s=23.5))))
    assert found.phase.line_period_s == pytest.approx(60.01, abs=0.01)


def test_random_lines_are_hardly_ever_called_related() -> None:
    """Of 200 pairs of independent disconnects and lines fewer than four are called related."""
    related = 0
    for seed in range(200):
        lines = spread(seed + 1000, 10 + seed % 90)
        related += judge(scatter(seed, 25 + seed % 20), lines).answer is Relatedness.RELATED
    assert related < 4


def test_random_lines_are_called_unrelated_where_the_count_suffices() -> None:
    """With 40 disconnects and a line every two minutes the count bounds what it can be behind."""
    answers = [judge(scatter(seed, 40), spread(seed + 500, 15)) for seed in range(20)]
    assert sum(found.answer is Relatedness.UNRELATED for found in answers) >= 17
    for found in answers:
        assert found.answer is not Relatedness.UNRELATED or (found.counts.most_ratio or 0) < 1 / 3


@each("seed", range(8))
@each("lag_s", [0.02, 0.8])
def test_a_line_before_three_of_five_disconnects_is_related(seed: int, lag_s: float) -> None:
    """By a constant lag, among as many lines that no disconnect follows."""
    drops = scatter(seed, 40)
    chosen = np.random.default_rng(seed).permutation(40)[:24]
    lines = np.concatenate((drops[chosen] - lag_s, np.random.default_rng(seed + 1).uniform(5, SPAN, 24)))
    found = judge(drops, lines)
    assert (found.answer, found.why) == (Relatedness.RELATED, "precedes")
    assert found.counts.preceded_count >= 24


@pytest.mark.parametrize("lag_s", [0.02, 12.0])
def test_two_clocks_of_one_period_are_undecided(lag_s: float) -> None:
    """All their coincidences are one; what would tell them apart is a change of one of them."""
    found = judge(tick(3, 30.005), tick(4, 30.005, phase_s=50.005 - lag_s))
    assert (found.answer, found.why) == (Relatedness.UNDECIDED, "phase-locked")


def test_two_clocks_that_drift_apart_are_unrelated() -> None:
    """A lag that goes from 5 to 17 s over the log is that of two clocks."""
    found = judge(tick(5, 30.2), tick(6, 30.0, phase_s=15.0))
    assert (found.answer, found.why) == (Relatedness.UNRELATED, "two-clocks")


def test_a_line_after_each_disconnect_follows() -> None:
    """It is related, as a consequence."""
    drops = scatter(7, 40)
    assert judge(drops, drops + 0.1).why == "follows"


def test_a_timer_in_step_is_no_consequence() -> None:
    """A heartbeat every 10 s comes after each disconnect of a 30 s beat, and means nothing."""
    assert judge(tick(8, 30.006), tick(9, 10.002, phase_s=12.0)).answer is not Relatedness.RELATED


def test_few_disconnects_decide_nothing_and_say_how_many_would() -> None:
    """Two are an anecdote; five without the line may still be chance."""
    assert judge(scatter(1, 2), spread(2, 20)).why == "few-drops"
    few = judge(scatter(1, 5), np.array([3.0, 4.0, 5.5, 6.0]))
    assert (few.answer, few.why) == (Relatedness.UNDECIDED, "too-few")
    assert few.needed_count is not None
    assert 5 < few.needed_count < 12


def test_a_line_that_always_comes_cannot_be_judged() -> None:
    """Every 5 ms there is one: each window holds one by chance."""
    found = judge(scatter(3, 30), np.arange(5.0, SPAN, 0.005))
    assert (found.answer, found.why) == (Relatedness.UNDECIDED, "too-frequent")


@pytest.mark.parametrize("shift_s", [86_400.0, -7_200.0])
def test_shifting_all_times_changes_nothing(shift_s: float) -> None:
    """Answer, counts and phase are the same a day later."""
    for drops, lines in ((tick(1, 30.006), tick(2, 60.01)), (scatter(1, 40), scatter(1, 40)[::2] - 0.1)):
        one, other = judge(drops, lines), judge(drops, lines, shift_s=shift_s)
        assert (one.answer, one.why, one.counts) == (other.answer, other.why, other.counts)
        assert replace(one.phase, lag_ms=None) == pytest.approx(replace(other.phase, lag_ms=None))


def test_connections_are_counted_together() -> None:
    """Three drops on each of twelve workers are 36 for the bound, though each alone would be too few."""
    contexts, templates = [], []
    for number in range(12):
        name = f"worker{number}"
        drops = list_drops(scatter(number, 3))
        contexts.append(replace(drops, connection=name, source=name))
        templates.append(replace(list_lines(spread(number + 40, 12)), connection=name, source=name))
    (found,) = judge_suspects(contexts, templates, {})
    assert found.counts.of_count == 36
    assert found.answer is Relatedness.UNRELATED


def test_the_first_relation_answers_for_all() -> None:
    """They come ranked, the related first; where the text names no line there is nothing to hold against anything."""
    related, unrelated = (
        judge(scatter(1, 40), scatter(1, 40) - 0.02),
        judge(tick(1, 30.006), tick(2, 60.01, phase_s=19.0)),
    )
    assert combine([related, unrelated]) == (Relatedness.RELATED, related.why)
    assert combine([unrelated]) == (Relatedness.UNRELATED, "beats-without-it")
    assert combine([]) == (Relatedness.UNDECIDED, "not-seen")
