"""Before health is told: the lines of a file that nobody understood, read a second time, and counted by wording."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from logdiag.parsers.forms.dialects import Record
from logdiag.parsers.forms.records import UnreadableError, decode_records
from logdiag.parsers.lexicon.messages import is_foreign
from logdiag.parsers.templates import mask_message
from logdiag.pipeline.following import Followed
from logdiag.results.evidence import Evidence
from logdiag.scanning.cells import Window, estimate_lines, list_cells, read_within
from logdiag.scanning.lines import FileScan

MOST_LINES: Final = 200_000  # of all files, 2 s to look at; what ended last stands in the last part of each
LEAST_LINES: Final = 2_000  # of each file, however many there are
HALVINGS: Final = 20  # of a stretch of time, until it has no more lines than that

Row = tuple[str, int, Evidence]


def share_lines(files_count: int) -> int:
    """How many lines of each of so many files may be looked at."""
    return max(LEAST_LINES, MOST_LINES // max(1, files_count))


def choose_window(scan: FileScan, begin: datetime, most_lines: int) -> Window:
    """From `begin` to the last line; later on, if that were more than `most_lines`."""
    end = scan.last or begin
    start = max(begin, scan.first or begin)
    cells = list_cells(scan)
    for _ in range(HALVINGS):
        if start >= end or estimate_lines(cells, [Window(start, end)], most_lines) <= most_lines:
            break
        start += (end - start) / 2
    return Window(start, end)


def list_unread(
    followed: Followed,
    scan: FileScan,
    window: Window,
    telling: re.Pattern[bytes],
    is_wanted: Callable[[datetime, Record], bool],
) -> Iterator[tuple[str, Evidence]]:
    """The template and the place of each line of a file in `window` that is wanted and that nobody understood.

    `telling` stands in the raw line of each that may be wanted.
    """
    rules, asked = followed.reading.rules, followed.reading.window
    is_candidate = rules.find_candidate()
    for number, raw in read_within(scan, [window]):
        if telling.search(raw) is None:
            continue
        try:
            records = decode_records(raw, scan.layout)
        except UnreadableError:
            continue
        for moment, record in records:
            service = record.service or scan.file.service
            if (asked is not None and not asked.holds(moment)) or not is_wanted(moment, record) or is_foreign(service):
                continue
            level, fields = record.level, record.fields
            if not (is_candidate(raw) and rules.interpret(record.message, service, fields, level) is not None):
                yield mask_message(record.message), Evidence(scan.file.path, number)


def count_wordings(lines: Iterable[tuple[str, Evidence]]) -> tuple[Row, ...]:
    """Each template, how many lines have it, and the first of them; the most frequent first."""
    found: dict[str, Row] = {}
    for template, place in lines:
        _, count, first = found.get(template, (template, 0, place))
        found[template] = template, count + 1, first
    return tuple(sorted(found.values(), key=lambda row: (-row[1], row[2].file, row[2].line)))
