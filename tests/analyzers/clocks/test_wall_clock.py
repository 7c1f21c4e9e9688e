"""Which beats keep the time of day: a round period, right after its boundary, on the server's clock or the client's."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from logdiag.analyzers.clocks.beat import Lattice, Segment
from logdiag.analyzers.clocks.wall_clock import alignment_nats, find_wall_period_s

HOUR_S = 1_763_136_000.0  # 2025-11-14 16:00 UTC


def _beat(period_s: float, *phases_s: float, jitter_s: float = 0.005, error_s: float = 0.0005) -> Lattice:
    """Ten beats for each phase, in s after the hour: one after the other, as a beat that was set anew."""
    count = 10 * len(phases_s)
    numbers = np.arange(count)
    is_member = np.ones(count, np.bool_)
    segments = tuple(Segment(phase, phase + 10 * place * period_s) for place, phase in enumerate(phases_s))
    return Lattice(
        period_s=period_s,
        period_error_s=error_s,
        jitter_s=jitter_s,
        tolerance_s=0.05,
        segments=segments,
        on_beat=is_member,
        early_late=~is_member,
        cycles=numbers,
        segment_of=numbers // 10,
        residuals_s=np.zeros(count),
        missed_count=0,
    )


def _find(lattice: Lattice, utc_offsets_s: Sequence[float] = (0.0,), origin_s: float = HOUR_S) -> float | None:
    return find_wall_period_s(lattice, origin_s=origin_s, utc_offsets_s=utc_offsets_s)


@pytest.mark.parametrize(
    ("period_s", "phase_s", "wall_s"),
    [
        (60.0, 0.0, 60.0),
        (60.0, 1.9, 60.0),
        (60.0, 2.1, None),
        (60.0, 30.5, 60.0),
        (60.0, 59.99, None),
        (60.0, 59.998, 60.0),
        (10.0, 0.9, 10.0),
        (10.0, 1.1, None),
        (300.0, 2.9, 300.0),
        (300.0, 3.1, None),
        (3600.0, 9.9, 3600.0),
        (3600.0, 10.1, None),
        (86400.0, 9.9, 86400.0),
        (47.0, 0.0, None),
        (60.01, 0.0, None),
    ],
)
def test_a_round_period_right_after_its_boundary_keeps_the_time_of_day(
    period_s: float, phase_s: float, wall_s: float | None
) -> None:
    """Two seconds after the half minute, a tenth of a short period; a job may run on for a hundredth of its period.

    The lag counts up to the middle beat. Just before the boundary only what the beat scatters by is allowed.
    """
    assert _find(_beat(period_s, phase_s)) == wall_s


def test_each_stretch_of_a_beat_must_keep_it() -> None:
    """A beat that was set anew to another phase is a timer: nothing sets a crontab anew."""
    assert _find(_beat(60.0, 0.5, 1.0)) == 60.0
    assert _find(_beat(60.0, 0.5, 12.0)) is None


def test_the_clock_may_be_the_clients_own_that_goes_wrong() -> None:
    """A beat 12.4 s after the minute is on the minute of a clock that is 12.4 s behind."""
    beat = _beat(60.0, 12.4)
    assert _find(beat) is None
    assert _find(beat, (0.0, -12.4)) == 60.0
    assert _find(_beat(60.0, 0.0), origin_s=HOUR_S + 12.4) is None


def test_a_period_is_round_within_its_error() -> None:
    """30.0058 s ± 0.0005 s is no half minute; known to a hundredth it may be one."""
    assert _find(_beat(30.0058, 0.5)) is None
    assert _find(_beat(30.0058, 0.5, error_s=0.01)) == 30.0


@pytest.mark.parametrize(("wall_s", "nats"), [(None, 0.0), (5.0, math.log(10)), (60.0, math.log(15))])
def test_to_stand_on_the_boundary_by_luck_takes_so_many_nats(wall_s: float | None, nats: float) -> None:
    """A tenth of five seconds, 2 s of a half minute; half as surprising where two clocks are tried."""
    assert alignment_nats(wall_s) == pytest.approx(nats)
    assert alignment_nats(wall_s, clocks_count=2) == pytest.approx(nats - math.log(2) if wall_s else 0.0)
