"""How far two clocks are apart, by the pattern of connects on both."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from logdiag.analyzers.connections.matched_connects import Shift, match_connects, measure_chance
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
