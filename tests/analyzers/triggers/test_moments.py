"""The moments that a line may precede: those of one connection, or of a whole fleet."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.triggers.moments import build_fleet_scene, build_scene
from tests.analyzers.triggers.lines import START, lay_drops, lay_lines
from tests.folding import each


@each(("apart_s", "moments_count"), [(0.0, 20), (1.0, 20), (1.01, 40)])
def test_what_a_fleet_drops_within_a_second_is_one_moment(apart_s: float, moments_count: int) -> None:
    """For the server's lines: the earliest of them, with the keys of all."""
    times = 60.0 * np.arange(1, 21, dtype=np.float64)
    scene = build_fleet_scene([lay_drops(times), lay_drops(times + apart_s, connection="worker2")])
    assert scene is not None
    assert len(scene.moments_s) == moments_count
    assert scene.moments_s[0] + scene.origin_s == START + 60.0
    assert len(scene.members[0]) == 40 / moments_count


def test_a_fleet_without_a_drop_has_no_scene() -> None:
    """Nothing can precede it."""
    assert build_fleet_scene([]) is None


def test_a_line_is_the_client_s_own_by_its_process_or_its_name() -> None:
    """In a file that several clients write the process is nobody's own."""
    scene = build_scene(lay_drops(60.0 * np.arange(1, 21, dtype=np.float64)))
    ticks = np.array([5.0])
    assert scene.is_written_by(lay_lines("own", ticks))
    assert scene.is_written_by(lay_lines("named", ticks, file="fleet/app.log"))
    assert not scene.is_written_by(lay_lines("other", ticks, file="fleet/app.log", connection="worker2"))
    assert not scene.is_written_by(lay_lines("server", ticks, file="master/app.log", connection=""))
