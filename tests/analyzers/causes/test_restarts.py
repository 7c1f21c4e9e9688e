"""What restarts of the server look like: an outage for everybody, or an instance after another."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.case import NO_INSTANCES, Instances
from logdiag.analyzers.causes.restarts import count_restarts, count_rolled
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import SERVER, case, fact

TAKEN = Evidence(SERVER, 3)
NONE = {"rolled_count": None, "instances_count": None, "ended_count": None}


@pytest.mark.parametrize(
    ("taken", "instances", "numbers"),
    [
        ((True,) * 4 + (False,), Instances(6, 5), {"rolled_count": 4, "instances_count": 6, "ended_count": 5}),
        ((True, False), Instances(6, 5), NONE),
        ((True, True), NO_INSTANCES, NONE),
        ((), Instances(6, 5), NONE),
    ],
)
def test_a_rolling_deploy_is_one_at_nearly_all_ends(
    taken: tuple[bool, ...], instances: Instances, numbers: dict[str, int | None]
) -> None:
    """Where half of the ends found nobody up, there was an outage."""
    facts = [fact(number, taken_over=TAKEN if is_taken else None) for number, is_taken in enumerate(taken, 1)]
    assert count_rolled(case(facts, instances=instances), facts) == numbers
    assert count_restarts(case(facts, instances=instances), facts) == {"announced_count": None, **numbers}
