"""Which process a platform means, and whether its ends and those of connections fall together by more than chance."""

from __future__ import annotations

from logdiag.analyzers.causes.own_words import Said
from logdiag.analyzers.causes.platforms import ConnectionEnd, Exit, find_owner, pair_exits
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import at
from tests.folding import each

LINE = Said("exit code 1", Evidence("node/kubelet.log", 7))
NAMES = {"": {"hub", "hub-server"}, "collector-0": {"collector-0"}, "collector-1": {"collector-1", "scraper.eu"}}


@each(
    ("unit", "owner"),
    [
        ("hub", ""),
        ("hub-6d4b9c7f9-x2x8q", ""),
        ("hub-1", ""),
        ("server", ""),
        ("collector-0", "collector-0"),
        ("scraper", "collector-1"),
        ("collector", None),  # both
        ("collector-7", None),  # a third one, or both
        ("redis", None),
        ("hu", None),
        ("hubs", None),
        ("github", None),
        ("redis-hub-exporter", None),
    ],
)
def test_a_platform_calls_a_process_by_its_name(unit: str, owner: str | None) -> None:
    """By the whole name, without what platforms add, or by a word of it; part of a word and a name of two are none."""
    assert find_owner(unit, NAMES) == owner


def test_that_a_process_is_started_again_may_come_until_its_client_is_back() -> None:
    """Kubernetes backs off for 10 s; how a process ended is said when it ends."""
    end = [ConnectionEnd(1, at(30.0), 0.0, at(45.0))]
    for reason, second, is_found in (("Started", 42.0, True), ("Started", 55.0, False), ("OOMKilled", 42.0, False)):
        exits = [Exit(at(second), "hub", Said(reason, LINE.evidence))]
        assert bool(pair_exits(exits, end, 86_400.0)) is is_found, (reason, second)


def _exits(*seconds: float) -> list[Exit]:
    return [Exit(at(second), "hub", LINE) for second in seconds]


def _ends(*seconds: float) -> list[ConnectionEnd]:
    return [ConnectionEnd(index, at(second), 0.0) for index, second in enumerate(seconds)]


def test_an_end_and_the_exit_of_its_process_fall_together() -> None:
    """Within three seconds to either side; others have none."""
    found = pair_exits(_exits(100, 700, 1530), _ends(99, 702.5, 1000, 1533.5), 3600)
    assert found == {0: LINE, 1: LINE}


def test_exits_as_many_as_chance_pairs_tell_nothing() -> None:
    """A process that ends each twenty seconds is near a third of all moments, and ends far from any exit have none."""
    assert pair_exits(_exits(*range(0, 3600, 20)), _ends(101, 751, 1530), 3600) == {}
    assert pair_exits(_exits(100, 700), _ends(300, 900), 3600) == {}
    assert pair_exits([], _ends(300), 3600) == {}


def test_one_exit_among_many_drops_is_chance() -> None:
    """A process that ended once explains one drop of one, but not one of a hundred."""
    assert pair_exits(_exits(100), _ends(100), 3600) == {0: LINE}
    assert pair_exits(_exits(100), _ends(*range(100, 3100, 30)), 3600) == {}


def test_what_one_moment_ends_counts_once() -> None:
    """A fleet that drops together beside one of forty exits is no better paired than one client."""
    exits = _exits(*range(0, 3600, 90))
    assert pair_exits(exits, _ends(*[90.0] * 12), 3600) == {}
