"""How long before a disconnect a push may have begun to be its trigger."""

from __future__ import annotations

from typing import Any

import pytest

from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.pushes.reach import LONGEST_UPLOAD_S, STEADY_S, find_steady_lag_s, measure_push_reach_ms
from logdiag.results.disconnects import Disconnect
from logdiag.results.pushes import PushOutcome
from tests.analyzers.cases import PUSH_LINE, at, drop_of, session, trigger
from tests.folding import each

DROPS_S = tuple(range(100, 700, 50))


def _drops() -> list[Disconnect]:
    return [drop_of(session(float(second)), number) for number, second in enumerate(DROPS_S)]


def _pushes(*moments_s: float) -> list[Attempt]:
    return [Attempt("worker1", None, at(one), None, PushOutcome.OK, None, (), False, ()) for one in moments_s]


@each(("lag_s", "found"), [(0.4, True), (LONGEST_UPLOAD_S, True), (LONGEST_UPLOAD_S + 0.01, False)])
def test_a_push_equally_long_before_each_disconnect_is_to_be_looked_at(lag_s: float, *, found: bool) -> None:
    """Where both keep one beat, time does not tell whether it made them: what became of it has to."""
    steady_s = find_steady_lag_s(_pushes(*(second - lag_s for second in DROPS_S)), _drops())
    assert steady_s == (pytest.approx(lag_s) if found else None)


@each(("spread_s", "found"), [(STEADY_S / 0.8 - 0.01, True), (STEADY_S / 0.8 + 0.2, False)])
def test_times_that_differ_are_nothing_in_common(spread_s: float, *, found: bool) -> None:
    """The middle four fifths of the times lie within 0.3 s."""
    lags_s = [0.3 + spread_s * number / (len(DROPS_S) - 1) for number in range(len(DROPS_S))]
    pushes = _pushes(*(second - lag for second, lag in zip(DROPS_S, lags_s, strict=True)))
    assert (find_steady_lag_s(pushes, _drops()) is not None) is found


@each(("missing", "found"), [(2, True), (3, False)])
def test_nearly_all_disconnects_have_one(missing: int, *, found: bool) -> None:
    """Ten of twelve."""
    pushes = _pushes(*(second - 0.4 for second in DROPS_S[missing:]))
    assert (find_steady_lag_s(pushes, _drops()) is not None) is found


def test_of_frequent_pushes_one_always_stands_there() -> None:
    """One each second: of any moment the last is less than a second ago."""
    drops = [drop_of(session(second + 0.4), number) for number, second in enumerate(DROPS_S)]
    assert find_steady_lag_s(_pushes(*range(50, 700)), drops) is None


def test_few_disconnects_show_nothing() -> None:
    """Seven are too few."""
    assert find_steady_lag_s(_pushes(*(second - 0.4 for second in DROPS_S)), _drops()[:7]) is None


def test_the_reach_is_half_as_much_again() -> None:
    """0.4 s before make 0.6 s; what is shorter than the shortest does not count."""
    assert measure_push_reach_ms((), frozenset(), 300.0, 0.4) == pytest.approx(600.0)
    assert measure_push_reach_ms((), frozenset(), 300.0, 0.1) == 300.0


def test_the_reach_of_a_push_follows_the_lag_of_its_trigger() -> None:
    """Half as much again as the 90th percentile, at least 300 ms, at most 5 s."""
    for p90, reach in ((0.03, 300.0), (0.4, 600.0), (9.0, 5000.0)):
        assert measure_push_reach_ms([trigger(p90_s=p90)], PUSH_LINE, 300.0) == pytest.approx(reach)
    slow: dict[str, Any] = {"p90_s": 0.4}
    others = [trigger("other", **slow), trigger(role="undecided", **slow), trigger(connection="", **slow)]
    assert measure_push_reach_ms(others, PUSH_LINE, 300.0) == 300.0
    companion = trigger("other", members=(("data-pusher", "Pushing data sync"),), **slow)
    assert measure_push_reach_ms([companion], PUSH_LINE, 300.0) == pytest.approx(600.0)
