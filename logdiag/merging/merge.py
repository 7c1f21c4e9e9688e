"""Log files to one stream of entries in the order of time, in bounded memory.

A file is opened when the stream comes to its first instant, so rotated parts follow each other and only files that
overlap are open at once. Within a file a bounded heap mends small disorder. A line that is older than what has been
shown already is shown where it stands, marked as late.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from heapq import heappop, heappush, heappushpop
from itertools import islice
from typing import Final, NamedTuple

from logdiag.events import EventKind
from logdiag.merging.entries import Account, Entry
from logdiag.parsers.forms.dialects import Record
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import BLANK, UnreadableError, decode_records, find_shape_fault
from logdiag.parsers.forms.unstamped import LOOK_BACK, find_borrowed, find_last_words, place_clock
from logdiag.parsers.rules import RuleSet
from logdiag.reading import Damage, Line, LogFile, Repeats, is_copy_name, read_lines
from logdiag.results.evidence import Evidence
from logdiag.scanning.suspects import get_finder

REORDERED_LINES: Final = 1_000  # how far a line of a file may stand from its place
OPENING_LINES: Final = 100  # among which the first instant of a file is looked for
MOST_TIED: Final = 10_000  # entries of one instant that are compared with each other
EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


class PendingEntry(NamedTuple):
    """An entry on its way; `stated_service` is the service that the line itself names."""

    entry: Entry
    stated_service: str | None


@dataclass(frozen=True)
class EntrySource:
    """How lines become entries, and who keeps the account.

    `account` counts the lines and what has no place in time, `read` gives the lines of a file. Of an entry that
    `may_show` refuses nobody needs to know what it means. `is_large`: there are so many lines that the patterns of the
    fast search are compiled sooner than the lines are searched without them.
    """

    rules: RuleSet
    layouts: Mapping[LogFile, Layout]
    account: Account
    read: Callable[[LogFile], Iterator[Line | Damage]] = read_lines
    may_show: Callable[[Entry], bool] | None = None
    is_large: bool = False

    @cached_property
    def is_wanted(self) -> Callable[[bytes], bool]:
        """What a line must contain for any rule to match it."""
        if not self.is_large:
            return self.rules.find_candidate()
        finder = get_finder(self.rules.texts, self.rules.expressions, has_braces=False)
        return lambda raw: any(suspect.is_candidate for suspect in finder.find(bytearray(raw), 0, len(raw)))


def merge_entries(files: Sequence[LogFile], source: EntrySource, account: Account) -> Iterator[Entry]:
    """Yield the entries of all files: by time, then by folder, service, first instant of the file, and line.

    A line that stands in two files of a folder (winston's `X-error.log`) is shown once. `account` notes these and
    late ones.
    """
    yield from _settle_ties(_mark_late(_merge_items(files, source), account), account)


def read_entries(file: LogFile, lines: Iterable[Line | Damage], source: EntrySource) -> Iterator[PendingEntry]:
    """The entries of one file as its lines stand there; lines without a place in time are noted in the account."""
    account = source.account
    earlier: deque[bytes] = deque(maxlen=LOOK_BACK)
    number = 0
    for line in lines:
        if isinstance(line, Damage):
            account.lines_count += 1
            account.skip(line.reason, Evidence(file.path, line.line + 1))
            return
        if line.number != number + 1:  # narrowed to a window of time: what is before is not known
            earlier.clear()
        number = line.number
        raw = line.raw.strip(BLANK)
        if not raw and b"\0" not in line.raw:
            continue
        account.lines_count += 1
        place = Evidence(file.path, line.number)
        try:
            yield from _decode_line(file, raw, place, source) or _borrow(file, line.raw, earlier, place, source)
        except UnreadableError as error:
            clocks = place_clock(raw, reversed(earlier), source.layouts[file], is_head=number <= LOOK_BACK)
            items = _find_items(file, raw, clocks, place, source) or _take_last_words(file, raw, earlier, place, source)
            yield from items
            if not items:
                account.skip(str(error), place)
        earlier.append(line.raw)


def _decode_line(file: LogFile, raw: bytes, place: Evidence, source: EntrySource) -> list[PendingEntry]:
    layout = source.layouts[file]
    fault = find_shape_fault(raw, layout)
    if fault is not None:
        raise UnreadableError(fault)
    return _find_items(file, raw, decode_records(raw, layout), place, source)


def _borrow(
    file: LogFile, raw: bytes, earlier: deque[bytes], place: Evidence, source: EntrySource
) -> list[PendingEntry]:
    """The entry of a line without a stamp between lines that have one, if it is no part of the line before."""
    found = find_borrowed(raw, reversed(earlier), source.layouts[file])
    return [] if found is None else _find_items(file, raw.strip(BLANK), [found], place, source)


def _take_last_words(
    file: LogFile, raw: bytes, earlier: deque[bytes], place: Evidence, source: EntrySource
) -> list[PendingEntry]:
    """The entry of a runtime's line as it dies, in a file of JSON lines."""
    found = find_last_words(raw, reversed(earlier), source.layouts[file])
    match = None if found is None else source.rules.match(found[1].message, file.service, found[1].fields)
    if found is None or match is None or match.kind is not EventKind.PROCESS_CRASHED:
        return []
    return _find_items(file, raw, [found], place, source)


def _find_items(
    file: LogFile, raw: bytes, records: Iterable[tuple[datetime, Record]], place: Evidence, source: EntrySource
) -> list[PendingEntry]:
    items = []
    for moment, record in records:
        service = record.service or file.service
        entry = Entry(moment, file.source, service[:200], record.level, None, record.message, {}, place)
        may_show = source.may_show is None or source.may_show(entry)
        is_candidate = may_show and source.is_wanted(raw)
        match = source.rules.match(record.message, service, record.fields, record.level) if is_candidate else None
        if match is not None:
            entry = replace(entry, kind=match.kind.value, fields=match.extracted, side=match.kind.side)
        items.append(PendingEntry(entry, record.service))
    source.account.records_count += len(items)
    return items


def _sort_nearly(items: Iterable[PendingEntry]) -> Iterator[PendingEntry]:
    """Put in order what stands at most `REORDERED_LINES` from its place; equal stamps keep the order of the file."""
    heap: list[tuple[datetime, int, PendingEntry]] = []
    for number, item in enumerate(items):
        row = (item.entry.time, number, item)
        if len(heap) < REORDERED_LINES:
            heappush(heap, row)
        else:
            yield heappushpop(heap, row)[2]
    while heap:
        yield heappop(heap)[2]


def _find_opening(file: LogFile, layouts: Mapping[LogFile, Layout]) -> datetime:
    """The earliest instant among the first lines of a file; the beginning of time where they tell none."""
    silent = EntrySource(RuleSet(()), layouts, Account())
    with closing(read_lines(file)) as lines:
        times = [item.entry.time for item in read_entries(file, islice(lines, OPENING_LINES), silent)]
    return min(times, default=EARLIEST)


def _merge_items(files: Sequence[LogFile], source: EntrySource) -> Iterator[PendingEntry]:
    """A merge of many streams, each of which joins when its time has come."""
    openings = {file: _find_opening(file, source.layouts) for file in files}
    ranked = sorted(files, key=lambda file: (file.source, file.service, openings[file], file.path))
    ranks = {file: rank for rank, file in enumerate(ranked)}
    waiting = sorted(files, key=lambda file: (openings[file], ranks[file]), reverse=True)
    heap: list[tuple[datetime, int, PendingEntry, Iterator[PendingEntry]]] = []
    while heap or waiting:
        while waiting and (not heap or openings[waiting[-1]] <= heap[0][0]):
            file = waiting.pop()
            _push(heap, ranks[file], _sort_nearly(read_entries(file, source.read(file), source)))
        if heap:
            _, rank, item, stream = heappop(heap)
            yield item
            _push(heap, rank, stream)


def _push(
    heap: list[tuple[datetime, int, PendingEntry, Iterator[PendingEntry]]], rank: int, stream: Iterator[PendingEntry]
) -> None:
    item = next(stream, None)
    if item is not None:
        heappush(heap, (item.entry.time, rank, item, stream))


def _mark_late(items: Iterable[PendingEntry], account: Account) -> Iterator[PendingEntry]:
    latest = EARLIEST
    for item in items:
        if item.entry.time >= latest:
            latest = item.entry.time
            yield item
        else:
            account.late_count += 1
            account.first_late = account.first_late or item.entry.evidence
            yield item._replace(entry=replace(item.entry, late=True))


def _settle_ties(items: Iterable[PendingEntry], account: Account) -> Iterator[Entry]:
    """Among entries of one instant, drop copies and mark those whose order nobody knows."""
    tied: list[PendingEntry] = []
    for item in items:
        if tied and (item.entry.time != tied[0].entry.time or len(tied) >= MOST_TIED):
            yield from _settle(tied, account)
            tied = []
        tied.append(item)
    yield from _settle(tied, account)


def _settle(tied: Sequence[PendingEntry], account: Account) -> Iterator[Entry]:
    if len({item.entry.evidence.file for item in tied}) <= 1:
        yield from (item.entry for item in tied)
        return
    kept = _drop_copies(tied)
    account.duplicates_count += len(tied) - len(kept)
    is_unknown = len({item.entry.evidence.file for item in kept}) > 1
    yield from (replace(item.entry, order_unknown=True) if is_unknown else item.entry for item in kept)


def _drop_copies(tied: Sequence[PendingEntry]) -> list[PendingEntry]:
    """Of each distinct line of a folder keep as many as the file that has it most often holds."""
    repeats = Repeats()
    kept: set[int] = set()
    by_file: dict[str, list[int]] = {}
    for place, item in enumerate(tied):
        by_file.setdefault(item.entry.evidence.file, []).append(place)
    for file in sorted(by_file, key=lambda name: (is_copy_name(name), name)):
        repeats.begin_file()
        kept.update(place for place in by_file[file] if repeats.is_new(_content(tied[place])))
    return [item for place, item in enumerate(tied) if place in kept]


def _content(item: PendingEntry) -> tuple[object, ...]:
    """What makes two lines of one folder the same; a service that only the file name tells is no part of it."""
    entry = item.entry
    return entry.connection, item.stated_service, entry.level, entry.message
