"""All lines, known to a rule or not, within given windows of time: what trigger mining and silences need.

A log is read a second time only there, from marks that the first pass left, so that the cost grows with the number
of disconnects and not with the size of the log.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from sys import intern
from typing import NamedTuple

from logdiag.parsers.forms.dialects import Record
from logdiag.parsers.forms.records import UnreadableError, decode_records
from logdiag.parsers.templates import mask_message
from logdiag.reading import Repeats, is_copy_name
from logdiag.scanning.cells import Window, read_within
from logdiag.scanning.lines import FileScan


class Neighbour(NamedTuple):
    """One line near a disconnect; where it names no service, `service` is that of its file."""

    time: datetime
    source: str
    service: str
    level: str | None
    template: str
    file: str
    line: int
    is_service_stated: bool = True


def read_neighbourhoods(scans: Iterable[FileScan], windows: Sequence[Window]) -> Iterator[Neighbour]:
    """What stands near disconnects: the lines of `read_records`."""
    return (neighbour for neighbour, _ in read_records(scans, windows))


def read_records(scans: Iterable[FileScan], windows: Sequence[Window]) -> Iterator[tuple[Neighbour, Record]]:
    """Every record of the scanned files within `windows`, which must be merged; file by file, in file order.

    A line that stands in two files of one folder (winston's X-error beside X) is read as often as the file that has
    it most often holds it; see `timeline`.
    """
    repeats: defaultdict[str, Repeats] = defaultdict(Repeats)
    for scan in sorted(scans, key=lambda scan: is_copy_name(scan.file.path)):
        of_folder = repeats[scan.file.source]
        of_folder.begin_file()
        for neighbour, record in _read_scan(scan, windows):
            if of_folder.is_new(hash((neighbour.time, record.service, record.level, record.message))):
                yield neighbour, record


def _read_scan(scan: FileScan, windows: Sequence[Window]) -> Iterator[tuple[Neighbour, Record]]:
    """The records within `windows`."""
    starts = [window.start for window in windows]
    for number, raw in read_within(scan, windows):
        try:
            records = decode_records(raw, scan.layout)
        except UnreadableError:
            continue
        for moment, record in records:
            index = bisect_right(starts, moment) - 1
            if index >= 0 and moment <= windows[index].end:
                service = intern(record.service or scan.file.service)  # one text for all lines: they are kept
                template = mask_message(record.message)
                place = scan.file.path, number
                neighbour = Neighbour(
                    moment, scan.file.source, service, record.level, template, *place, bool(record.service)
                )
                yield neighbour, record
