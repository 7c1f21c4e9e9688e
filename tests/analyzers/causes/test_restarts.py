"""What restarts of the server look like: an outage for everybody, or an instance after another."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.case import NO_INSTANCES, Instances
from logdiag.analyzers.causes.restarts import count_restarts, count_rolled, measure_back_off
from logdiag.results.connections import Clock
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import SERVER, at, case, fact, far_session, server_view

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


@pytest.mark.parametrize(
    ("count", "away_s", "told"), [(3, 5.5, (3.5, 2.0)), (2, 5.5, (None, None)), (3, 4.0, (None, None))]
)
def test_clients_that_wait_are_away_for_longer_than_the_server(
    count: int, away_s: float, told: tuple[float | None, float | None]
) -> None:
    """The server starts 3.5 s after each end; who is back half a second later did not wait."""
    ends = [100.0 * number for number in range(1, count + 1)]
    facts = [
        fact(number, second=end, outage_s=away_s, server_start=at(end + 3.5)) for number, end in enumerate(ends, 1)
    ]
    view = server_view(far_session("a", 0.0, 30.0), clocks=(Clock("worker1", 0.0, 0.0, 3),))
    assert tuple(measure_back_off(case(facts, server=view), facts).values()) == told
