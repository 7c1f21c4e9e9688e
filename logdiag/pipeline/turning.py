"""Files that begin with the newest line, as log platforms export them: told from their end."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Final

from logdiag.scanning.lines import FileScan

NEARLY_ALL: Final = 0.9  # of the steps that take time: where processes share a file, some lines overtake others
FEWEST_STEPS: Final = 3  # a choice: lines of one moment may stand in any order


def turn_round(scan: FileScan) -> FileScan:
    """The scan with its events in the order in which they came about, lines of one instant as well."""
    if scan.opening is None or scan.closing is None or scan.opening <= scan.closing:
        return scan
    steps = [one.time > other.time for one, other in pairwise(scan.events) if one.time != other.time]
    if len(steps) < FEWEST_STEPS or sum(steps) < NEARLY_ALL * len(steps):
        return scan
    return replace(scan, events=[replace(event, is_upside_down=True) for event in reversed(scan.events)])
