"""Before health is told: what was written while connections were open of whose ends no line tells.

Health needs evidence of each end. A connection that is open at the last is healthy if nothing looks as if it had ended
in words that nobody knows; such lines are looked for behind its connect, in the logs of its process, and in logs of
which no line was understood as one of a connection.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from logdiag.analyzers.sides.counting_lines import counts_alone
from logdiag.events import BOUNDS, CLOSINGS, EventKind
from logdiag.frame import list_moments, list_values, rows_of
from logdiag.parsers.forms.records import UnreadableError, decode_records
from logdiag.parsers.lexicon.messages import is_foreign
from logdiag.parsers.lexicon.troubles import TELLING_BYTES, may_be_trouble
from logdiag.parsers.templates import mask_message
from logdiag.pipeline.following import Followed
from logdiag.results.evidence import Evidence
from logdiag.scanning.cells import EVER, Window, estimate_lines, list_cells, read_within
from logdiag.scanning.lines import FileScan

RETOLD: Final = timedelta(seconds=2)  # as `proposals.NEAR`: what tells of a known end a second time stands beside it
MOST_LINES: Final = 200_000  # of all files, 2 s to look at; what ended last stands in the last part of each
LEAST_LINES: Final = 2_000  # of each file, however many there are
HALVINGS: Final = 20  # of a stretch of time, until it has no more lines than that

Row = tuple[str, int, Evidence]


def find_troubles(followed: Followed) -> tuple[Row, ...]:
    """The lines that look as if they told of an end that nobody counts: template, how many, the first of them."""
    begins = _list_open(followed)
    rows = rows_of(followed.frame, BOUNDS, ("source", "kind", "time"))
    telling = set(list_values(rows["source"]))
    ends = _list_ends(followed)
    found: dict[str, Row] = {}
    looked = [
        (scan, begin)
        for scan in followed.reading.scans
        if (begin := begins.get(scan.file.source, None if scan.file.source in telling else EVER)) is not None
        and not is_foreign(scan.file.service)
    ]
    most_lines = max(LEAST_LINES, MOST_LINES // max(1, len(looked)))
    for scan, begin in looked:
        window = choose_window(scan, begin, most_lines)
        for template, place in _list_troubles(followed, scan, window, begin, ends.get(scan.file.source, [])):
            _, count, first = found.get(template, (template, 0, place))
            found[template] = template, count + 1, first
    return tuple(sorted(found.values(), key=lambda row: (-row[1], row[2].file, row[2].line)))


def _list_open(followed: Followed) -> dict[str, datetime]:
    """Of each process with a connection that no line ends: when the first of these was opened."""
    sources = {scan.file.path: scan.file.source for scan in followed.reading.scans}
    sockets = followed.sockets.server.sockets.values()
    opens = [(one.opened, one.open_evidence) for one in followed.sockets.sessions if one.closed is None]
    opens += [(one.opened, one.open_evidence) for one in sockets if one.closed is None]
    found: dict[str, datetime] = {}
    for opened, place in opens:
        if opened is not None and place is not None and (source := sources.get(place.file)) is not None:
            found[source] = min(found.get(source, opened), opened)
    return found


def _list_ends(followed: Followed) -> Mapping[str, list[datetime]]:
    """When ends of each process were understood, and when it said that it stops, in order."""
    rows = rows_of(followed.frame, CLOSINGS | {EventKind.PROCESS_STOPPING}, ("source", "kind", "time"))
    found: dict[str, list[datetime]] = {}
    for source, moment in zip(list_values(rows["source"]), list_moments(rows["time"]), strict=True):
        found.setdefault(str(source), []).append(moment)
    return {source: sorted(moments) for source, moments in found.items()}


def _list_troubles(
    followed: Followed, scan: FileScan, window: Window, begin: datetime, ends: list[datetime]
) -> Iterator[tuple[str, Evidence]]:
    """The template and the place of each such line of a file in `window` behind `begin`, but beside known `ends`."""
    rules, asked = followed.reading.rules, followed.reading.window
    is_candidate = rules.find_candidate()
    for number, raw in read_within(scan, [window]):
        if TELLING_BYTES.search(raw) is None:
            continue
        try:
            records = decode_records(raw, scan.layout)
        except UnreadableError:
            continue
        for moment, record in records:
            service = record.service or scan.file.service
            if moment <= begin or (asked is not None and not asked.holds(moment)) or _is_near(moment, ends):
                continue
            template = mask_message(record.message)
            if (
                may_be_trouble(record.message, record.level)
                and not (is_foreign(service) or counts_alone(template))
                and not (
                    is_candidate(raw)
                    and rules.interpret(record.message, service, record.fields, record.level) is not None
                )
            ):
                yield template, Evidence(scan.file.path, number)


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


def _is_near(moment: datetime, ends: list[datetime]) -> bool:
    index = bisect_left(ends, moment - RETOLD)
    return index < len(ends) and ends[index] <= moment + RETOLD
