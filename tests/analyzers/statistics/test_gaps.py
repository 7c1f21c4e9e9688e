"""Distances in time that are whole multiples of the shortest one."""

from __future__ import annotations

import pytest

from logdiag.analyzers.statistics.gaps import keep_equal_gaps


@pytest.mark.parametrize(
    ("times_s", "is_equal"),
    [((0, 60, 120, 300), True), ((0, 60.1, 120.1, 300.3), True), ((0, 60, 130), False), ((0, 10, 20, 35), False)],
)
def test_gaps_are_equal_if_all_are_multiples_of_the_shortest(times_s: tuple[float, ...], *, is_equal: bool) -> None:
    """One missing tick makes a gap of two periods; half a period more belongs to no such beat."""
    assert keep_equal_gaps(times_s) is is_equal
