"""The parts of a scanned file that can be of a given time: what lies between two marks is a cell."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Final, NamedTuple

from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import BLANK, find_time
from logdiag.reading import DamageError, read_spans
from logdiag.scanning.lines import DISORDER, FileScan

TRIMMED_BYTES: Final = 2_048
FEW_CELLS: Final = 2  # of some 100 ms to decode
EVER: Final = datetime.min.replace(tzinfo=UTC)
NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Window(NamedTuple):
    """A stretch of time, ends included."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> tuple[float, float]:
        """The same as UNIX seconds."""
        return self.start.timestamp(), self.end.timestamp()


class Cell(NamedTuple):
    """The lines from one mark to the next, or to the end (`end_bytes` None), and the time that they can be of.

    `line` is the number of the first of them, `lines_count` counts those that are not blank. `begins` is the
    instant of the first one.
    """

    line: int
    lines_count: int
    start_bytes: int
    end_bytes: int | None
    begins: datetime
    earliest: datetime
    latest: datetime

    def may_hold(self, window: Window) -> bool:
        """Whether a line of the cell can lie within the window."""
        return self.earliest <= window.end and self.latest >= window.start


def list_cells(scan: FileScan) -> list[Cell]:
    """The cells of a file, in file order; none if the file has no time stamp.

    Times are trusted to twice the furthest that any decoded line lay behind the one before it. Where they jump back by
    more than `DISORDER`, logs were joined, and the cell with the seam can be of any time. Seams between lines that no
    rule wanted show in the times of the marks alone.
    """
    if scan.first is None or scan.last is None or scan.is_retold:
        return []
    slack = find_slack(scan)
    begun = list(accumulate((mark.time for mark in scan.marks), lambda known, time: time or known, initial=scan.first))
    starts = begun[1:]
    ends = [*starts[1:], scan.last]
    cells = []
    for index, (mark, start, end) in enumerate(zip(scan.marks, starts, ends, strict=True)):
        following = scan.marks[index + 1] if index + 1 < len(scan.marks) else None
        next_line = scan.numbered_count if following is None else following.line.number
        seam = bisect_left(scan.seams, mark.line.number + 1)  # behind its first line, or at that of the next one
        is_seam = end < start - DISORDER or (seam < len(scan.seams) and scan.seams[seam] <= next_line)
        cells.append(
            Cell(
                line=mark.line.number,
                lines_count=(scan.lines_count if following is None else following.lines_count) - mark.lines_count,
                start_bytes=mark.line.offset_bytes,
                end_bytes=None if following is None else following.line.offset_bytes,
                begins=start,
                earliest=EVER if is_seam else start - slack,
                latest=NEVER if is_seam else end + slack,
            )
        )
    return cells


def find_slack(scan: FileScan) -> timedelta:
    """How far a line of the file may stand from its place in the order of time."""
    return min(2 * scan.disorder, DISORDER)


def estimate_lines(cells: Iterable[Cell], windows: Sequence[Window], most: float = math.inf) -> float:
    """About how many lines of the cells lie within merged `windows`, as if they came evenly between two marks.

    It counts no further than the cell in which it passes `most`.
    """
    ends = [window.end for window in windows]
    total = 0.0
    for cell in cells:
        if total > most:
            break
        if cell.earliest == EVER:
            total += cell.lines_count
            continue
        length_s = max((cell.latest - cell.earliest).total_seconds(), 1e-3)
        for window in windows[bisect_left(ends, cell.earliest) :]:
            if window.start > cell.latest:
                break
            shared = min(window.end, cell.latest) - max(window.start, cell.earliest)
            total += cell.lines_count * min(max(shared.total_seconds(), 1e-3) / length_s, 1.0)
    return total


def are_few_lines(scans: Iterable[FileScan], windows: Sequence[Window], most: float) -> bool:
    """Whether no more than about `most` lines of the files lie within merged `windows`: what a second look costs."""
    cells = (cell for scan in scans for cell in list_cells(scan))
    return estimate_lines(cells, windows, most) <= most


def read_within(scan: FileScan, windows: Sequence[Window]) -> Iterator[tuple[int, bytes]]:
    """The number and the text, stripped of BLANK, of all lines that can lie within merged `windows`, and few others."""
    if not windows or scan.first is None or scan.last is None:
        return
    slack = find_slack(scan)
    widened = merge_windows(Window(window.start - slack, window.end + slack) for window in windows)
    wanted = [(cell, shared) for cell in list_cells(scan) if (shared := _find_shared(cell, widened))]
    try:
        with closing(read_spans(scan.file, [(cell.start_bytes, cell.end_bytes) for cell, _ in wanted])) as texts:
            for (cell, shared), text in zip(wanted, texts, strict=False):
                yield from _cut_lines(cell, text, shared, scan.layout)
    except DamageError:
        return


def read_cells(scan: FileScan, window: Window) -> Iterator[tuple[int, bytes]]:
    """What `read_within` reads, and all other lines of the cells that can hold a line of the window.

    Of a file of one or two cells it is every line: what is so short is not worth trusting its order.
    """
    cells = list_cells(scan)
    if len(cells) > FEW_CELLS:
        slack = find_slack(scan)
        widened = Window(window.start - slack, window.end + slack)
        cells = [cell for cell in cells if cell.may_hold(widened)]
    try:
        with closing(read_spans(scan.file, [(cell.start_bytes, cell.end_bytes) for cell in cells])) as texts:
            for cell, text in zip(cells, texts, strict=False):
                rows = enumerate(text.split(b"\n"), cell.line)
                yield from ((number, bare) for number, raw in rows if (bare := raw.strip(BLANK)))
    except DamageError:
        return


def find_last_before(scan: FileScan, moment: datetime) -> tuple[datetime, str, int] | None:
    """The last line of a file with a time before `moment`: its time, file and number; None if there is none.

    It lies in the last cell that begins before then; cells are read from there backwards until one has such a line.
    """
    for cell in reversed([cell for cell in list_cells(scan) if cell.begins < moment]):
        times = (
            (time, scan.file.path, number)
            for number, raw in read_cells(scan, Window(cell.begins, moment))
            if (time := find_time(raw, scan.layout)) is not None and time < moment
        )
        if (last := max(times, default=None)) is not None:
            return last
    return None


def merge_windows(windows: Iterable[Window]) -> list[Window]:
    """The union of the windows, in order, without overlaps."""
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
        else:
            merged.append(window)
    return merged


def _find_shared(cell: Cell, windows: Sequence[Window]) -> Sequence[Window]:
    """Those of merged `windows` that lines of a cell can lie within; one without ends if they can be of any time."""
    if cell.earliest == EVER:
        return [Window(EVER, NEVER)]
    first = bisect_left(windows, cell.earliest, key=lambda window: window.end)
    return windows[first : bisect_right(windows, cell.latest, key=lambda window: window.start)]


def _cut_lines(cell: Cell, text: bytes, windows: Sequence[Window], layout: Layout) -> Iterator[tuple[int, bytes]]:
    """The lines of a cell but for those that lie outside of `windows` by the order of time."""
    number, place = cell.line, 0
    times: dict[int, datetime | None] = {}
    for window in windows:
        start, end = place, len(text)
        if cell.earliest < window.start:
            start = max(_bisect(text, window.start, layout, times)[0], place)
        if cell.latest > window.end:
            end = max(_bisect(text, window.end + timedelta.resolution, layout, times)[1], start)
        number += text.count(b"\n", place, start)
        lines = text[start:end].split(b"\n")
        yield from ((number + index, bare) for index, raw in enumerate(lines) if (bare := raw.strip(BLANK)))
        number += len(lines) - 1
        place = end


def _bisect(text: bytes, moment: datetime, layout: Layout, times: dict[int, datetime | None]) -> tuple[int, int]:
    """Two beginnings of lines: those before the first are older than `moment`, those from the second on are not.

    `times` keeps the instants of the lines looked at: other moments are sought by way of the same ones.
    """
    low, high = 0, len(text)
    while high - low > TRIMMED_BYTES:
        start = text.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end, time = start, None
        while time is None and end < high:
            place = end
            end = text.find(b"\n", place, high) + 1 or high
            if place not in times:
                times[place] = find_time(text[place:end].strip(BLANK), layout)
            time = times[place]
        if time is not None and time < moment:
            low = end
        elif start == low:
            break
        else:
            high = start
    return low, high


class Within(NamedTuple):
    """How many lines without an event lie within a window of time, and the numbers of the skipped ones by reason."""

    unclassified_count: int
    skipped: dict[str, list[int]]


def count_within(scan: FileScan, window: Window) -> Within:
    """Count the lines of a file that lie within `window`. A line without a stamp has that of the line before it.

    Cells within the window are counted as a whole, only those at its edges are read again. Skipped lines of a file
    without any stamp are within each window.
    """
    skipped = sorted((number, reason) for reason, numbers in scan.skipped.items() for number in numbers)
    if scan.first is None:
        return Within(0, _group(skipped))
    events = sorted({event.line for event in scan.events})
    cells = list_cells(scan)
    unclassified_count = 0
    inside: list[tuple[int, str]] = []
    edges: list[_Edge] = []
    for cell, end in zip(cells, [*(cell.line for cell in cells[1:]), scan.numbered_count + 1], strict=True):
        fallen = skipped[bisect_left(skipped, (cell.line,)) : bisect_left(skipped, (end,))]
        known = events[bisect_left(events, cell.line) : bisect_left(events, end)]
        if window.start <= cell.earliest and cell.latest <= window.end:
            unclassified_count += cell.lines_count - len(fallen) - len(known)
            inside += fallen
        elif cell.may_hold(window):
            edges.append(_Edge(cell, dict(fallen), frozenset(known)))
    for edge, text in _read_edges(scan, edges):
        count, fallen = _count_edge(edge, text, window, scan.layout)
        unclassified_count += count
        inside += fallen
    return Within(unclassified_count, _group(inside))


class _Edge(NamedTuple):
    """A cell that only a part of can lie within a window, its skipped lines and those with an event."""

    cell: Cell
    skipped: dict[int, str]
    events: frozenset[int]


def _group(skipped: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    grouped: dict[str, list[int]] = {}
    for number, reason in sorted(skipped):
        grouped.setdefault(reason, []).append(number)
    return grouped


def _read_edges(scan: FileScan, edges: Sequence[_Edge]) -> Iterator[tuple[_Edge, bytes]]:
    try:
        spans = [(edge.cell.start_bytes, edge.cell.end_bytes) for edge in edges]
        yield from zip(edges, read_spans(scan.file, spans), strict=False)
    except DamageError:
        return


def _count_edge(edge: _Edge, text: bytes, window: Window, layout: Layout) -> tuple[int, list[tuple[int, str]]]:
    """The lines of one cell, one by one."""
    moment = edge.cell.begins
    number = edge.cell.line - 1
    unclassified_count = 0
    inside: list[tuple[int, str]] = []
    for raw in text.split(b"\n"):
        number += 1
        bare = raw.strip(BLANK)
        moment = find_time(bare, layout) or moment
        if not window.start <= moment <= window.end:
            continue
        if number in edge.skipped:
            inside.append((number, edge.skipped[number]))
        elif bare and number not in edge.events:
            unclassified_count += 1
    if window.start <= moment <= window.end:  # where the file is damaged
        inside += [(late, reason) for late, reason in edge.skipped.items() if late > number]
    return unclassified_count, inside
