"""Candidate clocks: which events are one, who takes part, and what is no limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from logdiag.analyzers.clocks.beat import Segment, fit_lattice
from logdiag.analyzers.clocks.candidates import number_events, project, propose_clock, propose_limits, resolution_of
from logdiag.analyzers.clocks.competition import AGE, CLOCK, IDLE
from logdiag.analyzers.clocks.drop_table import DropSeries, DropTable, build_table
from logdiag.analyzers.statistics.arrays import Floats
from tests.folding import each

BEAT_S = 30.0 * np.arange(1, 13, dtype=np.float64)


def drops(
    *times_s: Floats, ages_s: Sequence[Floats] | None = None, idle_s: Sequence[Floats] | None = None
) -> DropTable:
    """The drops of some connections, with their ages where those are known."""
    series = []
    for number, times in enumerate(times_s):
        nan = np.full(len(times), np.nan)
        connected = nan if ages_s is None else times - ages_s[number]
        traffic = nan if idle_s is None else times - idle_s[number]
        series.append(DropSeries(f"w{number}", times, connected, traffic, 0.0, float(times[-1]) + 5.0))
    return build_table(series, 0.01)


@each(
    ("times_s", "numbers"),
    [([], []), ([5.0], [0]), ([5.0, 5.9, 30.0], [0, 0, 1]), ([5.0, 5.9, 7.0], [0, 0, 1]), ([5.0, 7.0], [0, 1])],
)
def test_drops_within_a_second_are_one_event(times_s: list[float], numbers: list[int]) -> None:
    """In the order of time, numbered from 0."""
    assert number_events(np.array(times_s)).tolist() == numbers


@each(("lags_s", "step_s"), [([1.0, 2.0], 1.0), ([1.0, np.nan], 1.0), ([1.0, 2.5], 0.0), ([np.nan], 0.0), ([], 0.0)])
def test_lags_of_whole_seconds_are_coarse(lags_s: list[float], step_s: float) -> None:
    """All that are known; where none is, nothing shows that stamps are coarse."""
    assert resolution_of(np.array(lags_s)) == step_s


def _propose(table: DropTable, alpha: float = 0.01) -> object:
    return propose_clock(table.drops, resolution_s=0.001, log10_scans=table.log10_scans, alpha=alpha)


def test_a_beat_is_proposed_with_its_drops() -> None:
    """Twelve on 30 s, and one beside them that is no member."""
    dice = np.random.default_rng(7)
    times_s = np.sort(np.append(BEAT_S + dice.normal(0.0, 0.003, 12), 137.0))
    table = drops(times_s)
    found = propose_clock(table.drops, resolution_s=0.001, log10_scans=0.0, alpha=0.01)
    assert found is not None
    assert found.lattice is not None
    assert (found.anchor, int(found.members.sum()), bool(found.taking_part.all())) == (CLOCK, 12, True)
    assert not found.members[int(np.flatnonzero(times_s == 137.0)[0])]
    assert found.lattice.period_s == pytest.approx(30.0, abs=0.01)
    assert found.log10_false_alarm < -2.0


@each(("count", "alpha"), [(3, 0.99), (12, 1e-300)])
def test_few_drops_and_few_odds_make_no_beat(count: int, alpha: float) -> None:
    """Three lie on a beat of any period; and whoever asks for more certainty than there is gets none."""
    assert _propose(drops(BEAT_S[:count]), alpha) is None


def test_every_try_costs_its_part_of_the_odds() -> None:
    """A beat among ten times as many scans is ten times as often chance."""
    table = drops(BEAT_S)
    alarms = []
    for log10_scans in (0.0, 1.0):
        found = propose_clock(table.drops, resolution_s=0.001, log10_scans=log10_scans, alpha=0.01)
        assert found is not None
        alarms.append(found.log10_false_alarm)
    assert alarms[1] - alarms[0] == pytest.approx(1.0)


def test_who_does_not_keep_the_beat_takes_no_part() -> None:
    """Of three connections the one whose drops lie anywhere."""
    dice = np.random.default_rng(7)
    table = drops(BEAT_S, BEAT_S + 0.01, np.sort(dice.uniform(10.0, 360.0, 12)))
    found = propose_clock(table.drops, resolution_s=0.001, log10_scans=table.log10_scans, alpha=0.01)
    assert found is not None
    assert set(table.drops.owner[found.taking_part].tolist()) == {0, 1}
    assert set(table.drops.owner[found.members].tolist()) == {0, 1}


def test_a_beat_is_measured_against_other_events() -> None:
    """By the phase of the segment that they fall into, from its first beat on."""
    lattice = fit_lattice(BEAT_S, np.arange(12), 30.0)
    assert lattice is not None
    jumped = replace(lattice, segments=(Segment(0.0, 0.0), Segment(7.0, 187.0)))
    found = project(jumped, np.array([91.0, 186.9, 187.0, 218.0]))
    assert found.segment_of.tolist() == [0, 0, 1, 1]
    assert found.cycles.tolist() == [3, 6, 6, 7]
    assert found.residuals_s == pytest.approx([1.0, 6.9, 0.0, 1.0])
    assert not found.members.any()


def _limits(table: DropTable, alpha: float = 0.01) -> list[tuple[str, float, int]]:
    found = propose_limits(table.drops, table.drops, resolution_s=0.001, log10_scans=0.0, alpha=alpha)
    return [(one.anchor, round(one.limit.lifetime_s, 1), int(one.members.sum())) for one in found if one.limit]


def test_a_lifetime_that_nothing_outlives_is_a_limit() -> None:
    """Twelve ages of 40 s; by age where connects are known, by idleness where traffic is."""
    dice = np.random.default_rng(7)
    ages_s = 40.0 + dice.normal(0.0, 0.01, 12)
    times_s = np.cumsum(ages_s + dice.uniform(0.5, 9.0, 12))
    assert _limits(drops(times_s, ages_s=[ages_s])) == [(AGE, 40.0, 12)]
    idle_s = drops(times_s, ages_s=[ages_s + 9.0], idle_s=[ages_s])
    assert (IDLE, 40.0, 12) in _limits(idle_s)
    assert _limits(drops(times_s, ages_s=[ages_s]), alpha=1e-300) == []


@each(("older_count", "is_limit"), [(1, True), (5, False)])
def test_what_a_few_sessions_outlive_may_be_a_limit(older_count: int, is_limit: bool) -> None:
    """A lost line joins two sessions; five of 17 that live three times as long show that there is none."""
    dice = np.random.default_rng(7)
    older_s = 120.0 + dice.uniform(0.0, 90.0, older_count)
    ages_s = dice.permutation(np.concatenate([40.0 + dice.normal(0.0, 0.01, 12), older_s]))
    times_s = np.cumsum(ages_s + dice.uniform(0.5, 9.0, len(ages_s)))
    assert bool(_limits(drops(times_s, ages_s=[ages_s]))) is is_limit


def test_connections_with_one_drop_each_show_a_limit_together() -> None:
    """Ten that each end once at 40 s; alone none has enough."""
    dice = np.random.default_rng(7)
    ages_s = [np.array([40.0 + shift]) for shift in dice.normal(0.0, 0.01, 10)]
    times_s = [np.array([400.0 * number + 100.0]) for number in range(10)]
    assert _limits(drops(*times_s, ages_s=ages_s)) == [(AGE, 40.0, 10)]


def test_ages_that_pile_up_at_several_values_are_pings() -> None:
    """Six each at 25, 50 and 75 s: whoever is pinged from the connect on ends at a ping, not at a limit."""
    dice = np.random.default_rng(7)
    ages_s = dice.permutation(np.repeat([25.0, 50.0, 75.0], 6) + dice.normal(0.0, 0.005, 18))
    times_s = np.cumsum(ages_s + dice.uniform(0.5, 9.0, 18))
    assert _limits(drops(times_s, ages_s=[ages_s])) == []
