"""What the gaps of drops show that no clock foretells: loops of single connections and of fleets, and bursts."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.clocks.drop_table import DropSeries, DropTable, build_table
from logdiag.analyzers.clocks.loops_and_bursts import take_bursts, take_loops
from logdiag.analyzers.statistics.arrays import Bools, Floats
from logdiag.results.patterns import PatternKind


def _loop(count: int, seed: int = 7) -> Floats:
    """Drops 30 s, more or less, each after the one before."""
    return np.asarray(np.cumsum(np.random.default_rng(seed).normal(30.0, 3.0, count)))


def _chance(count: int, seed: int = 8) -> Floats:
    return np.asarray(np.cumsum(np.random.default_rng(seed).exponential(300.0, count)))


def _table(**drops_s: Floats) -> tuple[DropTable, Bools]:
    """A table of these connections, and marks that nothing explains any drop yet."""
    some = []
    for name, times_s in drops_s.items():
        unknown = np.full(len(times_s), np.nan)
        some.append(DropSeries(name, times_s, unknown, unknown, 0.0, float(times_s[-1])))
    return build_table(some, 0.01), np.ones(sum(map(len, drops_s.values())), np.bool_)


def test_a_regular_loop_is_one_connections_own() -> None:
    """It starts anew with each reconnect; a connection that drops by chance has none, and its drops stay free."""
    table, free = _table(worker1=_loop(40), worker2=_chance(20))
    (fit,) = take_loops(table, free)
    assert (fit.kind, fit.connections, len(fit.members)) == (PatternKind.REGULAR_LOOP, ("worker1",), 40)
    assert (fit.reset_by_reconnect, fit.runner_up) == (True, "timer")
    assert free.sum() == 20
    assert take_loops(table, free) == []


def test_delays_that_do_not_add_up_are_a_timer() -> None:
    """Whether a reconnect resets it nobody knows without a drop off the beat."""
    table, free = _table(worker1=30.0 * np.arange(40) + np.random.default_rng(7).normal(0.0, 2.0, 40))
    (fit,) = take_loops(table, free)
    assert (fit.kind, fit.reset_by_reconnect, fit.runner_up) == (PatternKind.TIMER, None, "regular-loop")


def test_connections_that_drop_together_share_one_loop() -> None:
    """Two that mostly drop in one moment are a group; a third with a loop of its own is none of theirs."""
    common = _loop(40)
    table, free = _table(worker1=common, worker2=common + 0.02, worker3=_loop(40, seed=9) + 7.0)
    found = {fit.connections: len(fit.members) for fit in take_loops(table, free)}
    assert found == {("worker1", "worker2"): 80, ("worker3",): 40}


def test_a_connection_most_of_whose_drops_are_explained_has_no_loop_in_the_rest() -> None:
    """Ten of forty are too small a part of them, and seven drops are too few for any."""
    table, free = _table(worker1=_loop(40))
    free[10:] = False
    assert take_loops(table, free) == []
    assert take_loops(*_table(worker1=_loop(7))) == []


def test_the_drops_inside_bursts_are_members_and_those_between_are_not() -> None:
    """Six drops within a quarter of a minute, ten minutes of rest, and one drop alone."""
    bursts = [begin + second for begin in (0.0, 600.0, 1200.0, 1800.0) for second in (0.0, 2.0, 5.0, 7.0, 10.0, 12.0)]
    table, free = _table(worker1=np.array([*bursts, 2500.0]), worker2=_chance(20))
    (fit,) = take_bursts(table, free)
    assert (fit.kind, fit.connections, len(fit.members)) == (PatternKind.BURST, ("worker1",), 24)
    assert free.sum() == 21
    assert ("worker1", 24) not in fit.members
