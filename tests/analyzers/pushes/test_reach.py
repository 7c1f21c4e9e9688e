"""How long before a disconnect a push may have begun that ended it."""

from __future__ import annotations

from typing import Any

import pytest

from logdiag.analyzers.pushes.reach import measure_push_reach_ms
from tests.analyzers.cases import (
    PUSH_LINE,
    trigger,
)


def test_the_reach_of_a_push_follows_the_lag_of_its_trigger() -> None:
    """Half as much again as the 90th percentile, at least 300 ms, at most 5 s."""
    for p90, reach in ((0.03, 300.0), (0.4, 600.0), (9.0, 5000.0)):
        assert measure_push_reach_ms([trigger(p90_s=p90)], PUSH_LINE, 300.0) == pytest.approx(reach)
    slow: dict[str, Any] = {"p90_s": 0.4}
    others = [trigger("other", **slow), trigger(role="undecided", **slow), trigger(connection="", **slow)]
    assert measure_push_reach_ms(others, PUSH_LINE, 300.0) == 300.0
    companion = trigger("other", members=(("data-pusher", "Pushing data sync"),), **slow)
    assert measure_push_reach_ms([companion], PUSH_LINE, 300.0) == pytest.approx(600.0)
