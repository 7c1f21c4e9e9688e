"""The slope of many points."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.clocks.beat_tracks import theil_sen


def test_slope_of_many_points_is_robust() -> None:
    """The median of slopes ignores a fifth of outliers, also where only a subset of pairs is used."""
    x = np.arange(400.0)
    y = 2.0 * x
    y[::5] += 500.0
    assert theil_sen(x, y) == pytest.approx(2.0, abs=0.02)
