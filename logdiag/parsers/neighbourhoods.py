"""All lines, known to a rule or not, within given windows of time: what trigger mining and silences need.

A log is read a second time only there, from marks that the first pass left, so that the cost grows with the number
of disconnects and not with the size of the log.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final, NamedTuple

from logdiag.parsers.scanner import BLANK, FileScan, UnreadableError, decode_records
from logdiag.parsers.templates import mask_message
from logdiag.reading import START, Stretch, is_copy_name, read_stretches

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

    A line that stands in two files of one folder (winston's X-error beside X) is read as often as the file that has
    it most often holds it; see `timeline`.
    """
    have: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for scan in sorted(scans, key=lambda scan: is_copy_name(scan.file.path)):
        known = have[scan.file.source]
        seen: Counter[int] = Counter()
        for neighbour, content in _read_scan(scan, windows, zone):
            seen[content] += 1
            if seen[content] > known[content]:
                yield neighbour
        known |= seen


def _read_scan(scan: FileScan, windows: Sequence[Window], zone: tzinfo) -> Iterator[tuple[Neighbour, int]]:
    """The records within `windows`, each with a hash of what it says."""
    starts = [window.start for window in windows]
    for line in read_stretches(scan.file, find_stretches(scan, windows)):
        raw = line.raw.strip(BLANK)
        if not raw:
            continue
        try:
            records = decode_records(raw, zone)
        except UnreadableError:
            continue
        for moment, record in records:
            index = bisect_right(starts, moment) - 1
            if index >= 0 and moment <= windows[index].end:
                service = record.service or scan.file.service
                template = mask_message(record.message)
                place = scan.file.path, line.number
                neighbour = Neighbour(moment, scan.file.source, service, record.level, template, *place)
                yield neighbour, hash((moment, record.service, record.level, record.message))


def find_stretches(scan: FileScan, windows: Sequence[Window]) -> list[Stretch]:
    """The lines of a file that may lie within `windows`, by its marks; all of them if its marks are out of order."""
    held = [window for window in windows if _may_hold(scan, window)]
    timed = [mark for mark in scan.marks if mark.time is not None]
    times = [mark.time for mark in timed if mark.time is not None]
    if held and any(later < earlier - DISORDER for earlier, later in pairwise(times)):
        return [Stretch(START, None)]
    found: list[Stretch] = []
    for window in held:
        first = bisect_left(times, window.start - DISORDER) - 1
        last = bisect_right(times, window.end + DISORDER)
        start = timed[first].line if first >= 0 else START
        end = timed[last].line if last < len(timed) else None
        if found and (found[-1].end is None or start.number <= found[-1].end.number):
            found[-1] = Stretch(found[-1].start, end)
        else:
            found.append(Stretch(start, end))
    return found


def _may_hold(scan: FileScan, window: Window) -> bool:
    if scan.first is None or scan.last is None:
        return False
    return scan.first - DISORDER <= window.end and scan.last + DISORDER >= window.start
