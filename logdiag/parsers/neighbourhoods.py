"""All lines, known to a rule or not, within given windows of time: what trigger mining and silences need.

A log is read a second time only there, from marks that the first pass left, so that the cost grows with the number
of disconnects and not with the size of the log.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from logdiag.parsers.scanner import FileScan, UnreadableError, decode_records
from logdiag.parsers.templates import mask_message
from logdiag.reading import START, Damage, Line, read_lines

DISORDER: Final = timedelta(seconds=2)


class Window(NamedTuple):
    """A stretch of time, ends included."""

    start: datetime
    end: datetime


class Neighbour(NamedTuple):
    """One line near a disconnect."""

    time: datetime
    source: str
    service: str
    level: str | None
    template: str
    file: str
    line: int


def merge_windows(windows: Iterable[Window]) -> list[Window]:
    """The union of the windows, in order, without overlaps."""
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
        else:
            merged.append(window)
    return merged


def read_neighbourhoods(
    scans: Iterable[FileScan], windows: Sequence[Window], *, zone: tzinfo = UTC
) -> Iterator[Neighbour]:
    """Every record of the scanned files within `windows`, which must be merged; file by file, in file order.

    Copies of errors that winston makes (X-error beside X) are left out: their lines stand in X.
    """
    scans = list(scans)
    services = {(scan.file.source, scan.file.service) for scan in scans}
    for scan in scans:
        base = scan.file.service.removesuffix("-error")
        if base != scan.file.service and (scan.file.source, base) in services:
            continue
        for window in windows:
            if _may_hold(scan, window):
                yield from _read_window(scan, window, zone)


def _may_hold(scan: FileScan, window: Window) -> bool:
    if scan.first is None or scan.last is None:
        return False
    return scan.first <= window.end and scan.last >= window.start


def _read_window(scan: FileScan, window: Window, zone: tzinfo) -> Iterator[Neighbour]:
    with closing(read_lines(scan.file, start=_find_start(scan, window.start))) as lines:
        for line in lines:
            if isinstance(line, Damage):
                return
            raw = line.raw.strip()
            if not raw:
                continue
            try:
                records = decode_records(raw, zone)
            except UnreadableError:
                continue
            for moment, record in records:
                if window.start <= moment <= window.end:
                    service = record.service or scan.file.service
                    template = mask_message(record.message)
                    yield Neighbour(
                        moment, scan.file.source, service, record.level, template, scan.file.path, line.number
                    )
            if records and records[0][0] > window.end + DISORDER:
                return


def _find_start(scan: FileScan, moment: datetime) -> Line:
    timed = [mark for mark in scan.marks if mark.time is not None]
    index = bisect_left([mark.time for mark in timed if mark.time is not None], moment - DISORDER) - 1
    return timed[index].line if index >= 0 else START
