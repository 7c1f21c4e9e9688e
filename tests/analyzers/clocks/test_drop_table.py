"""The drops of several connections in one table: how old and how idle each of them was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from logdiag.analyzers.clocks.drop_table import DropSeries, build_table

NAN = float("nan")


def _series(
    times_s: Sequence[float],
    connected_s: Sequence[float] | None = None,
    traffic_s: Sequence[float] | None = None,
    name: str = "worker1",
) -> DropSeries:
    unknown = [NAN] * len(times_s)
    return DropSeries(
        name, np.array(times_s), np.array(connected_s or unknown), np.array(traffic_s or unknown), 0.0, 1000.0
    )


def test_age_counts_from_the_connect_and_idleness_from_the_last_traffic() -> None:
    """Where nothing went over the connection since it opened, it was idle from its connect on."""
    drops = build_table([_series([100.0, 200.0], [20.0, 110.0], [70.0, 95.0])], 0.01).drops
    assert drops.age_s == pytest.approx([80.0, 90.0])
    assert drops.idle_s == pytest.approx([30.0, 90.0])
    assert drops.gap_s == pytest.approx([NAN, 100.0], nan_ok=True)


def test_without_a_connect_only_traffic_since_the_last_drop_tells_how_idle() -> None:
    """Traffic before it went over another connection, and of the first drop nobody knows which ones came before."""
    drops = build_table([_series([100.0, 200.0, 300.0], None, [70.0, 95.0, 210.0])], 0.01).drops
    assert drops.idle_s == pytest.approx([NAN, NAN, 90.0], nan_ok=True)
    assert np.isnan(drops.age_s).all()


def test_where_no_traffic_is_known_at_all_no_idleness_is() -> None:
    """Connects alone do not say when a connection was last in use."""
    drops = build_table([_series([100.0, 200.0], [20.0, 110.0])], 0.01).drops
    assert np.isnan(drops.idle_s).all()


def test_the_drops_of_all_connections_stand_in_the_order_of_time() -> None:
    """Each keeps its owner and its number, by which its key is found again."""
    table = build_table([_series([100.0, 300.0], name="a"), _series([200.0], name="b")], 0.01)
    assert table.name_drops(np.arange(3)) == (("a", 0), ("b", 0), ("a", 1))
    assert [places.tolist() for places in table.split_places()] == [[0, 2], [1]]
    assert table.measure_gaps([0], 150.0) == pytest.approx({("a", 0): NAN, ("a", 1): 50.0}, nan_ok=True)
    assert table.origin_s == 100.0


@pytest.mark.parametrize(("connect_s", "step_s"), [(0.0, 60.0), (7.0, 1.0)])
def test_drops_at_full_minutes_have_coarse_stamps_only_if_connects_have_too(connect_s: float, step_s: float) -> None:
    """A beat on the minute is more frequent than a log without seconds."""
    times_s = [600.0, 660.0, 780.0, 900.0, 1020.0]
    assert build_table([_series(times_s, [one - 60.0 + connect_s for one in times_s])], 0.01).resolution_s == step_s
