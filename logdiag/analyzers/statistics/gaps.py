"""Distances in time that are whole multiples of the shortest one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

EQUAL_GAPS: Final = 0.005  # of a gap: 0.3 s of a minute; a choice, no measurement


def keep_equal_gaps(times_s: Sequence[float]) -> bool:
    """Whether moments in seconds, in order and apart, come at whole multiples of their shortest distance."""
    gaps = [later - earlier for earlier, later in pairwise(times_s)]
    return all(abs(gap / min(gaps) - round(gap / min(gaps))) <= EQUAL_GAPS for gap in gaps)
