"""How far two clocks are apart, by the pattern of connects on both."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from logdiag.analyzers.sides.matched_connects import Shift, match_connects, match_ends, measure_chance
from tests.folding import each

# Connects of one client, in seconds: irregular.
CONNECTS = (0.0, 206.3, 462.9, 865.1, 1119.6, 1350.2, 1706.4, 2261.8)


def _match(client_s: Sequence[float], server_s: Sequence[float]) -> Shift | None:
    return match_connects(client_s, server_s, step_s=900.0, error_s=2.0, most_steps=104)


@pytest.mark.parametrize("steps", [-4, 0, 23])
def test_irregular_connects_meet_at_one_shift(steps: int) -> None:
    """Whole quarters of an hour, with the error of the clocks."""
    assert _match([moment + steps * 900 + 1.5 for moment in CONNECTS], CONNECTS) == Shift(steps, len(CONNECTS))


def test_two_lines_of_one_connect_count_once() -> None:
    """Two services of the client tell of it within a second."""
    twice = sorted((*CONNECTS, *(moment + 0.01 for moment in CONNECTS)))
    assert _match(twice, CONNECTS) == Shift(0, len(CONNECTS))


def test_other_clients_beside_it_do_no_harm() -> None:
    """Its own connects all meet; of strangers one may be missed in ten."""
    strangers = [97.0 + 311.0 * number for number in range(7)]
    assert _match([moment + 3600 for moment in CONNECTS], sorted((*CONNECTS, *strangers))) == Shift(4, len(CONNECTS))


@each(
    ("client_s", "server_s"),
    [
        ([moment + 3600 + 7 * 60 for moment in CONNECTS], CONNECTS),  # a clock that is wrong by minutes
        (CONNECTS[:4], CONNECTS[:4]),  # four are too few
        ([30.0 * number for number in range(60)], [30.0 * number for number in range(60)]),  # a beat meets everywhere
        ([3600 + 30.0 * number for number in range(12)], [30.0 * number for number in range(12)]),  # another hour
        ([moment + 450.0 for moment in CONNECTS], [2.0 * number for number in range(1200)]),  # so dense that all meet
        ((*CONNECTS[:4], 2300.0, 2401.0, 2555.0, 2777.0), CONNECTS),  # half of them only
        (CONNECTS, []),
    ],
)
def test_where_no_shift_stands_out_nothing_is_measured(client_s: Sequence[float], server_s: Sequence[float]) -> None:
    """Chance, beats and wrong clocks are no zone."""
    assert _match(client_s, server_s) is None


def test_chance_is_the_share_of_the_time_beside_the_others() -> None:
    """Of 102 s two seconds each lie beside three connects; those of another hour cover none of it."""
    others = [-3000.0, 10.0, 50.0, 90.0, 5000.0]
    assert measure_chance([0.0, 100.0], others, 1.0) == pytest.approx(6 / 102)
    assert measure_chance([0.0, 100.0], [number / 4 for number in range(400)], 1.0) == 1.0


def _waver(period_s: float, spread_s: float, count: int, seed: int = 1) -> list[float]:
    """Moments on a beat of which each comes a little late, and the next counts from there."""
    made = random.Random(seed)  # noqa: S311  a seed makes it the same again
    moment, moments = 0.0, []
    for _ in range(count):
        moment += period_s + made.uniform(0, spread_s)
        moments.append(moment)
    return moments


def _match_ends(own_s: Sequence[float], others_s: Sequence[float]) -> Shift | None:
    return match_ends(own_s, others_s, step_s=900.0, error_s=0.75, most_steps=104)


@pytest.mark.parametrize("steps", [-28, 0, 4])
def test_ends_that_waver_about_a_beat_meet_at_one_shift(steps: int) -> None:
    """Though two clients drop every 11 s, and the proxy cuts its stamps to seconds."""
    ends = sorted(_waver(11.0, 3.0, 40) + [moment + 3.4 for moment in _waver(11.0, 3.0, 40, 2)])
    proxy = [float(int(moment)) + steps * 900 for moment in ends]
    assert _match_ends(proxy, ends) == Shift(steps, len(ends))


def test_a_file_that_also_tells_of_other_ends_is_matched_by_those_of_the_proxy() -> None:
    """Of 3,000 ends that a server tells of in five hours, a proxy's limit made a third."""
    ends = _waver(2.0, 8.0, 3000)
    assert _match_ends([moment + 3600 for moment in ends[::3]], ends) == Shift(4, 1000)


@each(
    ("own_s", "others_s"),
    [
        ([3600 + 11.0 * number for number in range(60)], [11.0 * number for number in range(60)]),  # an even beat
        ([3600 + 0.7 * number for number in range(30)], [0.7 * number for number in range(30)]),  # one outage
        ([moment + 3600 + 70 for moment in CONNECTS], CONNECTS),  # a clock that is wrong by a minute
        ([moment + 3600 for moment in CONNECTS[:4]], CONNECTS),  # four are too few
        ([moment + 3600 for moment in CONNECTS], CONNECTS[:4]),  # more than the other file tells of
        (_waver(20.0, 40.0, 60, 3), _waver(5.0, 10.0, 240, 4)),  # strangers
        ([], CONNECTS),
    ],
)
def test_ends_that_a_beat_or_chance_puts_together_measure_nothing(
    own_s: Sequence[float], others_s: Sequence[float]
) -> None:
    """Nor does one outage, nor a wrong clock."""
    assert _match_ends(own_s, others_s) is None
