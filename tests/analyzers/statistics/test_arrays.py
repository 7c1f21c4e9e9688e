"""The median of arrays."""

from __future__ import annotations

import numpy as np

from logdiag.analyzers.statistics.arrays import median
from tests.folding import each


@each(
    "values",
    [
        [3.0],
        [1.0, 2.0],
        [9.0, 1.0, 2.0],
        [4.0, 1.0, 3.0, 9.0],
        [2.0] * 5,
        list(np.random.default_rng(1).normal(size=50)),
    ],
)
def test_the_median_is_numpys(values: list[float]) -> None:
    """Of an odd and of an even number, in any order."""
    assert median(np.array(values)) == float(np.median(values))
