"""No clock of a row that is several connections' is anybody's, but for what happens to all of them."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.clocks.drop_table import DropSeries, Mixture, build_table
from logdiag.analyzers.clocks.patterns import find_patterns
from logdiag.analyzers.clocks.superposition import is_nobodys
from tests.analyzers.cases import clock
from tests.folding import each

COUNT = 40


def _ask(mixture: Mixture, kind: str = "timer", *, members: int = COUNT, at_once: int = 1) -> bool:
    times = np.repeat(np.arange(COUNT // at_once) * 7.0 + 5.0, at_once) + np.tile(
        np.arange(at_once) * 0.1, COUNT // at_once
    )
    unknown = np.full(COUNT, np.nan)
    row = DropSeries("hub", times, unknown, unknown, 0.0, 400.0, mixture=mixture)
    fit = clock(kind, 7.0, members=tuple(("hub", number) for number in range(members)), missed_beats_count=0)
    return is_nobodys(build_table([row], 0.01), fit)


@each(("mixture", "nobodys"), [(Mixture.NONE, False), (Mixture.POSSIBLE, False), (Mixture.CERTAIN, True)])
def test_a_beat_of_a_row_of_several_is_nobodys(mixture: Mixture, *, nobodys: bool) -> None:
    """Where it is only possible, a beat that all ends keep is one train's."""
    assert _ask(mixture) is nobodys


def test_a_beat_that_leaves_many_ends_out_is_a_sieve() -> None:
    """Of a row that may be several's 38 of 40 ends must keep it."""
    assert [_ask(Mixture.POSSIBLE, members=count) for count in (38, 37)] == [False, True]


def test_what_ends_several_in_one_moment_is_a_fact_of_all() -> None:
    """Pairs that end within a second are no superposition."""
    assert not _ask(Mixture.CERTAIN, at_once=2)


@each(("kind", "nobodys"), [("regular-loop", True), ("wall-clock", False), ("connection-age", False)])
def test_times_of_day_and_ages_are_told_all_the_same(kind: str, *, nobodys: bool) -> None:
    """They are not read from the distances between ends."""
    assert _ask(Mixture.CERTAIN, kind) is nobodys


def test_the_report_names_the_rows_of_several() -> None:
    """What their ends keep or do not keep says nothing of any one of them."""
    times = np.arange(10, dtype=np.float64) ** 2
    unknown = np.full(10, np.nan)
    rows = [
        DropSeries(one.name, times, unknown, unknown, 0.0, 100.0, mixture=one)
        for one in (Mixture.NONE, Mixture.CERTAIN)
    ]
    assert find_patterns(rows).mixed == {"CERTAIN"}
