"""A line and disconnects on one beat: whether either pulls the other."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.triggers.search import find_triggers
from tests.analyzers.triggers.lines import is_locked, lay_drops, lay_lines, list_roles, tick


def test_a_healthy_timer_of_the_same_period_is_undecided() -> None:
    """A 30 s snapshot 20 ms before each beat of somebody else's 30 s timer is phase-locked, no trigger."""
    beats = tick(6, 30.005, 0.002)
    fits = find_triggers([lay_drops(beats + 0.02)], [lay_lines("snapshot", tick(7, 30.005, 0.002))])
    assert list_roles(fits) == {"snapshot": ("undecided", "phase-locked")}
    assert is_locked(fits[0])


def test_a_timer_whose_jitter_the_disconnects_follow_is_a_trigger() -> None:
    """A push timer with 10 ms of jitter, each tick followed by a disconnect 15 ms later, is the trigger."""
    ticks = tick(8, 30.005, 0.01)
    drops = ticks + np.random.default_rng(9).normal(0.015, 0.003, ticks.size)
    (fit,) = find_triggers([lay_drops(drops)], [lay_lines("snapshot", ticks)])
    assert (fit.role, is_locked(fit)) == ("trigger", True)
    assert fit.lock is not None
    assert fit.lock.innovation_p is not None
    assert fit.lock.innovation_p <= 0.01


@pytest.mark.parametrize(("missing", "expected"), [(4, ("undecided", "beats-without-it")), (8, ("trigger", None))])
def test_beats_without_the_line_refute_it_where_they_are_a_quarter_of_those_with_it(
    missing: int, expected: tuple[str, str | None]
) -> None:
    """Every fourth tick without its line shows that something else pulls the beat; every eighth may be lost lines."""
    ticks = tick(8, 30.005, 0.01)
    drops = ticks + np.random.default_rng(9).normal(0.015, 0.003, ticks.size)
    told = ticks[np.arange(ticks.size) % missing != 0]
    assert list_roles(find_triggers([lay_drops(drops)], [lay_lines("snapshot", told)])) == {"snapshot": expected}
