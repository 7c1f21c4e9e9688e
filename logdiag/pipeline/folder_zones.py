"""Two files of one process that cover the same time, but for whole steps of zones: one names its zone, one does not.

A garbage collector's log says +0100 in each stamp, the application's beside it stands in the same local time and says
nothing. Taken as UTC, what belongs together lies an hour apart, and no pause meets the disconnects that it caused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from logdiag.pipeline.zones import FURTHEST_ZONE, ZONE_STEP, part_by_zone
from logdiag.results.causes import Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import FOLDER_ZONES
from logdiag.scanning.lines import FileScan
from logdiag.verdict import Severity

EDGE: Final = timedelta(seconds=30)  # a choice: both ends so near by chance once in two hundred pairs of files


def find_folder_zones(scans: Sequence[FileScan]) -> tuple[Finding, ...]:
    """The first such pair, with the `--tz` under which both files begin and end together."""
    bare, zoned = part_by_zone(scans)
    beside: dict[str, list[FileScan]] = defaultdict(list)
    for other in zoned:
        beside[other.file.source].append(other)
    for one in bare:
        for other in beside[one.file.source]:
            if steps_count := _measure_steps(one, other):
                numbers: dict[str, Number] = {
                    "path": one.file.path,
                    "other": other.file.path,
                    "apart_s": abs(steps_count) * ZONE_STEP.total_seconds(),
                    "tz": _name_zone(steps_count),
                }
                return (Finding(FOLDER_ZONES, Severity.WARNING, numbers, (Evidence(one.file.path, 1),)),)
    return ()


def _measure_steps(one: FileScan, other: FileScan) -> int | None:
    """How many steps the first begins and ends after the other; None where the two ends do not agree on it."""
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return None
    gaps = (one.first - other.first, one.last - other.last)
    steps = {round(gap / ZONE_STEP) for gap in gaps}
    steps_count = steps.pop()
    is_same = not steps and all(abs(gap - steps_count * ZONE_STEP) <= EDGE for gap in gaps)
    return steps_count if is_same and abs(steps_count) * ZONE_STEP <= FURTHEST_ZONE else None


def _name_zone(steps_count: int) -> str:
    """The offset that zone-less stamps, taken as UTC, are to be read with: `+01:00`."""
    minutes = abs(steps_count) * ZONE_STEP // timedelta(minutes=1)
    return f"{'+' if steps_count > 0 else '-'}{minutes // 60:02}:{minutes % 60:02}"
