"""Scanning many lines at once: a pure function of a range of a file, and how ranges are put together again.

It gives what `scanner.scan_lines` gives, whatever the ranges: lines that are no suspects are counted, the others go
through the same `LineScanner`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from logdiag.parsers.forms.layouts import JSON_LINES, Layout
from logdiag.parsers.rules import RuleSet
from logdiag.reading import BLOCK_BYTES, CHUNK_BYTES, UTF8_BOM, Block, DamageError, LogFile, is_seekable, read_blocks
from logdiag.scanning.line_ends import LINE_END, LineEnds
from logdiag.scanning.lines import DISORDER, TAIL_LINES, BlockMark, FileScan, LineScanner
from logdiag.scanning.suspects import Suspect, SuspectFinder, get_finder

RANGE_BYTES: Final = 64 * BLOCK_BYTES
NEAR_BYTES: Final = 8_192  # that many mostly hold the last lines of a block


@dataclass(frozen=True, slots=True)
class FileRange:
    """The lines of a file that begin in these bytes of its text; all from `start_bytes` on if `end_bytes` is None."""

    file: LogFile
    start_bytes: int = 0
    end_bytes: int | None = None
    layout: Layout = JSON_LINES


def split_file(file: LogFile, range_bytes: int = RANGE_BYTES, layout: Layout = JSON_LINES) -> list[FileRange]:
    """The ranges of a file: one if it is small or compressed. The last is at least half as long as the others."""
    count = max(round(file.size_bytes / range_bytes), 1) if file.size_bytes > range_bytes and is_seekable(file) else 1
    starts = [index * range_bytes for index in range(count)]
    return [FileRange(file, start, end, layout) for start, end in zip(starts, [*starts[1:], None], strict=True)]


def scan_range(
    part: FileRange,
    rules: RuleSet,
    on_bytes: Callable[[int], None] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> FileScan:
    """Scan one range; numbers of lines count from its first line. Depends on nothing but its arguments and the file."""
    scanner = LineScanner(part.file, rules, part.layout, is_head=part.start_bytes == 0)
    finder = get_finder(rules.texts, rules.expressions, has_braces=part.layout.has_braces)
    tail: list[bytes] = []
    try:
        for block in read_blocks(
            part.file, on_bytes, start_bytes=part.start_bytes, end_bytes=part.end_bytes, chunk_bytes=chunk_bytes
        ):
            _scan_block(scanner, finder, block)
            tail = _list_last(block)
    except DamageError as error:
        scanner.end_damaged(str(error))
    scanner.end(tail)
    return scanner.scan


def _list_last(block: Block) -> list[bytes]:
    """The last lines of a block, in order."""
    buffer, start = block.buffer, block.start
    stop = block.end - (buffer[block.end - 1] == LINE_END)
    near = bytes(buffer[max(start, stop - NEAR_BYTES) : stop]).rsplit(b"\n", TAIL_LINES)[1:]
    if len(near) == TAIL_LINES:
        return near
    lines: list[bytes] = []
    while len(lines) < TAIL_LINES and stop >= start:
        place = buffer.rfind(b"\n", start, stop) + 1 or start
        lines.append(bytes(buffer[place:stop]))
        stop = place - 1
    return lines[::-1]


def _scan_block(scanner: LineScanner, finder: SuspectFinder, block: Block) -> None:
    buffer, end = block.buffer, block.end
    place = _find_end(buffer, block.start, end)
    first = bytes(buffer[block.start : place])
    if block.offset_bytes == 0:
        first = first.removeprefix(UTF8_BOM)
    scanner.mark(first, block.offset_bytes)
    stop, place = place, place + 1
    last = buffer.rfind(b"\n", place, end) + 1 or place  # a last line without an end stands behind
    ends = LineEnds(buffer, block.start, min(last, end))
    suspects = _Suspects(finder.find(buffer, block.start, last, ends) if place < last else ())
    is_candidate = suspects.pass_line(stop) if place < last else None
    scanner.take(first, is_candidate=is_candidate, is_sampled=scanner.is_sampled(block.offset_bytes))
    while place < last and scanner.is_sampled(block.offset_bytes + place - block.start):
        stop = _find_end(buffer, place, last)
        before = _look_back(buffer, block.start, place)
        scanner.take(bytes(buffer[place:stop]), is_candidate=suspects.pass_line(stop), is_sampled=True, before=before)
        place = stop + 1
    _scan_suspects(scanner, suspects, ends, block, place, last)
    if last < end:
        is_sampled = scanner.is_sampled(block.offset_bytes + last - block.start)
        scanner.take(bytes(buffer[last:end]), is_sampled=is_sampled, before=_look_back(buffer, block.start, last))


def _look_back(buffer: bytearray, start: int, place: int) -> Iterator[bytes]:
    """The lines of `buffer[start:place]`, the last one first."""
    while place > start:
        begin = buffer.rfind(b"\n", start, place - 1) + 1 or start
        yield bytes(buffer[begin : place - 1])
        place = begin


class _Suspects:
    """The suspects of a block, line by line."""

    def __init__(self, found: Iterable[Suspect]) -> None:
        self._rest = iter(found)
        self._next = next(self._rest, None)

    @property
    def place(self) -> int | None:
        """Where the next one is."""
        return None if self._next is None else self._next.place

    def pass_line(self, stop: int) -> bool:
        """Go on behind the line that ends at `stop`: whether a rule may match it."""
        is_candidate = False
        while self._next is not None and self._next.place <= stop:
            is_candidate |= self._next.is_candidate
            self._next = next(self._rest, None)
        return is_candidate


def _scan_suspects(
    scanner: LineScanner, suspects: _Suspects, ends: LineEnds, block: Block, place: int, end: int
) -> None:
    """Take the suspects among the lines of the block's `[place:end]`, each of which has its end; count the others."""
    buffer = block.buffer
    while suspects.place is not None:
        start = buffer.rfind(b"\n", place, suspects.place) + 1 or place
        stop = buffer.find(b"\n", suspects.place, end)
        is_candidate = suspects.pass_line(stop)
        _pass_over(scanner, ends, place, start)
        before = _look_back(buffer, block.start, start)
        scanner.take(bytes(buffer[start:stop]), is_candidate=is_candidate, before=before)
        place = stop + 1
    _pass_over(scanner, ends, place, end)


def _find_end(buffer: bytearray, place: int, end: int) -> int:
    """Where the line that `place` is in ends."""
    found = buffer.find(b"\n", place, end)
    return end if found < 0 else found


def _pass_over(scanner: LineScanner, ends: LineEnds, start: int, end: int) -> None:
    """Count the lines between two places, if there are any."""
    if start < end:
        scanner.pass_over(*ends.count(start, end))


def join_scans(parts: Sequence[FileScan]) -> FileScan:
    """The scan of a file from those of its ranges, in order."""
    whole = parts[0]
    for part in parts[1:]:
        lines, numbered = whole.lines_count, whole.numbered_count
        whole.events += [replace(event, line=event.line + numbered) for event in part.events]
        whole.marks += [
            BlockMark(mark.line._replace(number=mark.line.number + numbered), mark.time, mark.lines_count + lines)
            for mark in part.marks
        ]
        for reason, numbers in part.skipped.items():
            whole.skipped.setdefault(reason, array("q")).extend(number + numbered for number in numbers)
        whole.borrowed.extend(number + numbered for number in part.borrowed)
        whole.unread.add(part.unread.kinds, numbered)
        whole.lines_count += part.lines_count
        whole.numbered_count += part.numbered_count
        whole.event_lines_count += part.event_lines_count
        whole.unclassified_count += part.unclassified_count
        whole.levels += part.levels
        whole.others += part.others
        whole.records_seen |= part.records_seen
        whole.zoned_count += part.zoned_count
        whole.zoneless_count += part.zoneless_count
        whole.ending = part.ending if part.numbered_count else whole.ending
        _join_times(whole, part, numbered)
    return whole.finish()


def _join_times(whole: FileScan, part: FileScan, numbered_count: int) -> None:
    """The instants of `part` follow those of `whole`, which has so many lines."""
    if part.opening is None or part.first is None or part.last is None:
        return
    if whole.closing is None or whole.first is None or whole.last is None:
        whole.opening, whole.first, whole.last = part.opening, part.first, part.last
        whole.opening_number = part.opening_number + numbered_count
    else:
        whole.disorder = max(whole.disorder, whole.closing - part.opening)
        if whole.closing - part.opening > DISORDER:
            whole.seams.append(part.opening_number + numbered_count)
        whole.first, whole.last = min(whole.first, part.first), max(whole.last, part.last)
    whole.seams.extend(number + numbered_count for number in part.seams)
    whole.disorder = max(whole.disorder, part.disorder)
    whole.closing = part.closing
