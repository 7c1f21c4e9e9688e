"""Known limits: defaults of products as data."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.limits import LimitKind, find_code, find_suspects, load_limits

BOTH = frozenset(LimitKind)


def test_every_limit_names_its_source() -> None:
    """A row has a product, a setting, a positive time and a page to read; no row stands twice."""
    limits = load_limits()
    assert all(limit.source.startswith("https://") and limit.limit_s > 0 for limit in limits)
    assert len({(limit.product, limit.setting) for limit in limits}) == len(limits)


@pytest.mark.parametrize(("lifetime_s", "found"), [(60.04, True), (61.19, True), (61.3, False), (58.7, False)])
def test_a_suspect_is_near(lifetime_s: float, found: bool) -> None:
    """Two hundredths beside its default, or 0.3 s, a product is a suspect; further away it is none."""
    names = {limit.setting for limit in find_suspects(lifetime_s, BOTH)}
    assert ("proxy_read_timeout" in names) is found


def test_kinds_part_the_suspects() -> None:
    """Of 30 s since the connect, no idle limit is a suspect."""
    assert {limit.kind for limit in find_suspects(30.0, frozenset({LimitKind.AGE}))} == {LimitKind.AGE}
    assert find_suspects(60.0, frozenset({LimitKind.AGE})) == ()


@pytest.mark.parametrize(
    ("code", "named", "spared"),
    [
        ("1000", "Cowboy", "nginx"),  # it says goodbye
        ("1002", "Bandit", "nginx"),
        ("1006", "nginx", "Cowboy"),  # nothing does
        (None, "nginx", "Cowboy"),  # who closes in order says so, in the lines of a client that tells of codes
    ],
)
def test_what_closes_with_another_code_is_no_suspect(code: str | None, named: str, spared: str) -> None:
    """After 60 s of silence one product sends code 1000, another cuts the connection."""
    products = " ".join(limit.product for limit in find_suspects(60.0, BOTH, code))
    assert named in products
    assert spared not in products


def test_the_code_of_ends_is_that_of_most() -> None:
    """None where most state none."""
    assert find_code(["1000", "1006", "1000"]) == "1000"
    assert find_code([None, None, "1000"]) is None
    assert find_code([]) is None
