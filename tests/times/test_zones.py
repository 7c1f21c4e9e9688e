"""Zones by name, and what is offered where a name is none."""

from __future__ import annotations

import pytest

from logdiag.times.zones import find_zone, list_zones, suggest_zones


@pytest.mark.parametrize(
    ("name", "near"),
    [("Shanghai", "Asia/Shanghai"), ("new york", "America/New_York"), ("Europe/Berln", "Europe/Berlin")],
)
def test_zone_that_may_be_meant_is_offered(name: str, near: str) -> None:
    """By its city, or misspelled; the name itself is none."""
    with pytest.raises(ValueError, match="no such zone"):
        find_zone(name)
    assert suggest_zones(name)[0] == near


def test_zones_are_listed_once() -> None:
    """Finding them opens hundreds of files; a name that is like none is told at once."""
    before = list_zones.cache_info().misses
    assert [suggest_zones("x" * length) for length in (30, 300, 3_000)] == [(), (), ()]
    assert list_zones.cache_info().misses <= max(before, 1)
