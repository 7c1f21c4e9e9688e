"""Many tests at once: p-values adjusted so that few of the discoveries are false."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats


def adjust_p_values(p_values: Floats, *, tests_count: int, dependent: bool) -> Floats:
    """Return q-values (m,): Benjamini-Hochberg, or Benjamini-Yekutieli (2001) for tests that depend on each other.

    `tests_count` >= m: tests that were made but are known to be 1 need not be listed.
    """
    if not p_values.size:
        return p_values
    order = np.argsort(p_values, kind="stable")
    factor = np.sum(1 / np.arange(1, tests_count + 1)) if dependent else 1.0
    scaled = p_values[order] * tests_count * factor / np.arange(1, p_values.size + 1)
    adjusted = np.empty_like(scaled)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
