"""In which zones the clocks of the files go: measured by the sockets that several tell of, or said to be unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta, timezone, tzinfo
from typing import Final

from logdiag.analyzers.connections.zone_offsets import Witness, ZoneOffset, measure_zone_offsets
from logdiag.parsers.forms.layouts import Layout
from logdiag.reading import LogFile
from logdiag.results.causes import Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.results.inputs import (
    ZoneReading,
)
from logdiag.scanning.lines import FileScan
from logdiag.verdict import Severity

ZONE_STEP: Final = timedelta(minutes=15)  # zones lie whole quarters of an hour apart
FURTHEST_ZONE: Final = timedelta(hours=14)  # from UTC; farther apart they are of two days


def correct_zones(
    scans: Sequence[FileScan],
    layouts: Mapping[LogFile, Layout],
    scan: Callable[[Sequence[LogFile], Mapping[LogFile, Layout]], list[FileScan]],
) -> tuple[Sequence[FileScan], tuple[ZoneReading, ...]]:
    """Scan files again in the zones that their sockets measure; as they were where that does not settle it."""
    offsets = _measure_zones(scans)
    moved = [one.file for one in scans if one.file.path in offsets]
    if not moved:
        return scans, ()
    known = {file: replace(layouts[file], zone=_zone_of(offsets[file.path])) for file in moved}
    again = dict(zip(moved, scan(moved, known), strict=True))
    corrected = [again.get(one.file, one) for one in scans]
    if _measure_zones(corrected):
        return scans, ()
    return corrected, tuple(
        ZoneReading(file.path, offsets[file.path].offset_s, offsets[file.path].ids_count) for file in moved
    )


def _measure_zones(scans: Sequence[FileScan]) -> dict[str, ZoneOffset]:
    return measure_zone_offsets(
        [
            Witness(one.file.path, one.file.source, one.events, is_movable=not one.zoned_count)
            for one in scans
            if one.records_seen
        ]
    )


def _zone_of(offset: ZoneOffset) -> tzinfo:
    return timezone(timedelta(seconds=offset.offset_s))


def find_zoneless(scans: Sequence[FileScan]) -> Evidence | None:
    """The first event of a file whose stamps name no zone, and whose lines do not tell it either."""
    unknown = [scan for scan in scans if scan.zoneless_count and not scan.layout.is_zone_found]
    events = [scan.events[0] for scan in unknown if scan.events]
    first = min(events, key=lambda event: (event.time, event.file, event.line), default=None)
    return None if first is None else Evidence(first.file, first.line)


def find_zones_apart(scans: Sequence[FileScan], zone: str) -> tuple[Finding, ...]:
    """A file whose stamps name no zone beside one whose stamps do, of another process and hours away: one time, maybe.

    Only where no time is common to them. `zone` is as which such stamps are taken: what was written at once may then be
    read as hours apart.
    """
    bare, zoned = part_by_zone(scan for scan in scans if scan.events)
    for one in bare:
        gaps = [(_measure_gap(one, other), other) for other in zoned if other.file.source != one.file.source]
        if gaps and all(ZONE_STEP <= gap <= FURTHEST_ZONE for gap, _ in gaps):
            gap, other = min(gaps, key=lambda pair: pair[0])
            numbers: dict[str, Number] = {
                "path": one.file.path,
                "zone": zone,
                "other": other.file.path,
                "apart_s": gap.total_seconds(),
            }
            return (Finding("zones-apart", Severity.INFO, numbers, (Evidence(one.file.path, one.events[0].line),)),)
    return ()


def part_by_zone(scans: Iterable[FileScan]) -> tuple[list[FileScan], list[FileScan]]:
    """The files whose times nothing tells the zone of, and those whose stamps all name theirs."""
    telling = [scan for scan in scans if scan.first is not None and scan.last is not None]
    bare = [scan for scan in telling if scan.zoneless_count and not scan.zoned_count and not scan.layout.is_zone_found]
    return bare, [scan for scan in telling if scan.zoned_count and not scan.zoneless_count]


def _measure_gap(one: FileScan, other: FileScan) -> timedelta:
    """How long nothing was written between the two; not above zero where they overlap."""
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return timedelta()
    return max(one.first - other.last, other.first - one.last)
