"""Regular lines: which are a beat, which prove life, how many got lost."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.silences.beats import Beat, Loss, count_due, find_beats, keep_own, measure_loss, was_skipped

TICKS = np.arange(0.1, 600, 10.0)


def test_random_lines_are_no_beat() -> None:
    """Six lines without memory make a beat in fewer than one of fifty draws, as six of a timer do in all."""
    rng = np.random.default_rng(7)
    draws = [np.cumsum(rng.exponential(10, 6)) for _ in range(500)]
    assert sum(bool(find_beats([times])) for times in draws) < 10
    assert find_beats([TICKS[:6]])


def test_what_stays_away_with_the_connection_proves_no_life() -> None:
    """Ticks that pause in each outage, or start anew with each connect, are not the process's own; others are."""
    outages = [(start + 4.0, start + 30.0) for start in range(60, 600, 120)]
    paused = np.array([tick for tick in TICKS if not any(a <= tick <= b for a, b in outages)])
    assert keep_own([Beat(10.0, TICKS)], outages)
    assert not keep_own([Beat(10.0, paused)], outages)
    short = [(float(start) + 3.0, float(start) + 4.0) for start in range(60, 600, 60)]
    anew = np.concatenate([start + 4.0 + np.arange(0, 57, 10.0) for start in range(0, 600, 60)])
    assert keep_own([Beat(10.0, TICKS)], short)
    assert not keep_own([Beat(10.0, anew)], short)


def test_what_each_connect_brings_keeps_no_beat_of_its_own() -> None:
    """Disconnects every 25 s give every line of a connect a beat; a timer of 25 s that strays from them is its own."""
    outages = [(25.0 * number, 25.0 * number + 5.0) for number in range(1, 40)]
    of_connects = np.array([end + 0.2 for _, end in outages])
    timer = np.array([25.0 * number + 12.0 for number in range(1, 40)])
    assert not keep_own([Beat(25.0, of_connects)], outages)
    assert len(keep_own([Beat(25.0, timer)], outages)) == 1


def test_without_an_outage_nothing_tells_whose_beat_it_is() -> None:
    """Every beat counts then: no connection died with which it could have stayed away."""
    assert len(keep_own([Beat(10.0, TICKS)], [])) == 1


def test_a_tick_is_lost_where_other_lines_came() -> None:
    """Every fifth tick missing amid other lines is a loss of a fifth; amid silence it is none."""
    left = np.delete(TICKS, np.arange(4, 58, 5))
    others = np.sort(np.concatenate([left, np.arange(0.4, 600, 1.0)]))
    assert measure_loss([Beat(10.0, left)], others) == Loss(11, 59)
    assert measure_loss([Beat(10.0, left)], left).missing_count == 0
    assert measure_loss([Beat(10.0, left)], others, [(0.0, 600.0)]).missing_count == 0


@pytest.mark.parametrize(("silent_count", "explained"), [(4, True), (5, False)])
def test_loss_explains_short_silences_only(silent_count: int, explained: bool) -> None:
    """With a fifth of 100 lines lost, four in a row are missing 0.16 times by chance, five 0.032 times."""
    assert Loss(20, 100).explains(silent_count) is explained
    assert not Loss(1, 100).explains(1)


def test_ticks_that_were_due_are_counted_from_the_last_one() -> None:
    """Between 65 s and 95 s three ticks of a 10 s beat are due that last came at 60.1 s; none before its first."""
    beat = Beat(10.0, TICKS[:7])
    assert count_due(beat, 65.0, 95.0) == 3
    assert count_due(beat, -5.0, 0.0) == 0


@pytest.mark.parametrize(("late_s", "skipped"), [(20.04, True), (10.0, True), (14.0, False), (0.02, False)])
def test_a_tick_in_the_old_phase_was_skipped_not_late(late_s: float, skipped: bool) -> None:
    """Whole periods late, a beat of 10 s that skips had nothing to write; anything between was held back."""
    assert was_skipped(Beat(10.0, np.delete(TICKS, [5, 17, 18, 30])), late_s) is skipped
    assert not was_skipped(Beat(10.0, TICKS), late_s)
    assert not was_skipped(Beat(10.0, np.delete(TICKS, [5, 6, 12, 13, 19, 20, 26, 27])), late_s)
