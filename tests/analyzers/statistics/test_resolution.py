"""What stamps of whole seconds allow to be said."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logdiag.analyzers.annotations import assign_patterns, remark
from logdiag.analyzers.result_rows import write_patterns
from logdiag.analyzers.statistics.resolution import find_coarse_step_s, find_resolution_s
from tests.analyzers.cases import clock, drop_of, session


@pytest.mark.parametrize(("step_s", "expected"), [(60.0, 1.0), (1.0, 1.0), (0.1, 0.1), (0.01, None), (0.001, None)])
def test_only_stamps_coarser_than_clocks_scatter_count(step_s: float, expected: float | None) -> None:
    """Whole seconds and tenths do; ends at whole minutes are a beat rather than stamps without seconds."""
    assert find_coarse_step_s(np.array([0, 3, 4, 8, 15]) * step_s) == expected


@pytest.mark.parametrize(("step_s", "residual_s", "words"), [(1.0, 0.0, ("on-beat",)), (None, -0.215, ("early",))])
def test_what_lies_within_a_stamp_is_on_the_beat(
    step_s: float | None, residual_s: float, words: tuple[str, ...]
) -> None:
    """215 ms off a beat is nothing to stamps of whole seconds, and early to those of milliseconds."""
    one = session(30.0)
    members = tuple(("worker1", index) for index in range(1, 6))
    fit = clock(members=members, residuals_s=dict.fromkeys(members, 0.0) | {members[0]: -0.215}, jitter_s=0.0)
    drops = assign_patterns([drop_of(one, index) for _, index in members], [fit], {0: "P1"}, step_s)
    assert drops[0].residual_s == residual_s
    told = remark(drops, [one] * len(drops), (), {"P1": fit}, reach_ms=1000.0, step_s=step_s)
    assert told[0].remarks == words


def test_a_median_lifetime_is_no_finer_than_its_stamps() -> None:
    """A period is an average over many beats, a lifetime the median of spans between two whole seconds."""
    fits = [clock("connection-age", 50.0, period_error_s=0.06), clock("timer", 165.0, period_error_s=0.007)]
    coarse = write_patterns(fits, {0: "P1", 1: "P2"}, (), 1.0)
    assert [one.period_error_s for one in coarse] == [0.5, 0.007]
    assert [one.stamps_s for one in coarse] == [1.0, 1.0]
    fine = write_patterns(fits, {0: "P1", 1: "P2"}, ())
    assert math.isclose(fine[0].period_error_s or 0.0, 0.06)


@pytest.mark.parametrize(("step", "offset"), [(1.0, 0.0), (0.001, 0.25), (60.0, 7.0)])
def test_the_resolution_of_stamps_is_the_coarsest_that_divides_their_gaps(step: float, offset: float) -> None:
    """Whole seconds are told from milliseconds, wherever the count starts."""
    assert find_resolution_s(offset + np.array([0.0, 3, 4, 11, 12]) * step) == step
