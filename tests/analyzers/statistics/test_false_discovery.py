"""Adjusted p-values."""

from __future__ import annotations

import numpy as np
import pytest
import scipy

from logdiag.analyzers.statistics.false_discovery import adjust_p_values


def test_q_values_agree_with_scipy() -> None:
    """Benjamini-Hochberg and Benjamini-Yekutieli adjustments are scipy's; tests known to be 1 need not be listed."""
    p_values = np.array([0.03, 1e-6, 0.2, 0.0004, 1.0])
    assert adjust_p_values(p_values, tests_count=5, dependent=False) == pytest.approx(
        scipy.stats.false_discovery_control(p_values)
    )
    wanted = scipy.stats.false_discovery_control(p_values, method="by")
    assert adjust_p_values(p_values, tests_count=5, dependent=True) == pytest.approx(wanted)
    assert adjust_p_values(p_values[:4], tests_count=5, dependent=True) == pytest.approx(wanted[:4])
