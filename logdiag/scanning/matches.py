"""All lines that hold a text, wherever they stand: the logs are read once more, and only candidates are decoded."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, NamedTuple, Protocol

from logdiag.deferred import compile_later
from logdiag.parsers.forms.dialects import Record
from logdiag.parsers.forms.records import BLANK, UnreadableError, decode_records, find_shape_fault
from logdiag.parsers.hiding import JOINING_TEXTS
from logdiag.parsers.patterns import search_pattern
from logdiag.parsers.templates import mask_message
from logdiag.reading import Damage, LogFile, Repeats, is_copy_name, read_lines
from logdiag.scanning.cells import Window, read_within
from logdiag.scanning.lines import FileScan

MOST_VALUES: Final = 200  # of one record that are looked through
DEEPEST: Final = 6
MASK: Final = compile_later(r"<(?:n|id|hex|ip|url|path|str|time)>")
_BETWEEN_WORDS: Final = r"[\s_.\-]*"


class FoundRecord(NamedTuple):
    """One record of a log; `message` as it stands there."""

    time: datetime
    source: str
    service: str
    level: str | None
    message: str
    file: str
    line: int


class Needle(Protocol):
    """What is looked for: whether a raw line may hold it, and whether a record does."""

    def may_hold(self, file: LogFile, raw: bytes) -> bool:
        """Whether the line is worth decoding; never False for one that holds it."""

    def is_held_by(self, service: str, record: Record) -> bool:
        """Whether the record holds it."""


@dataclass(frozen=True)
class TextNeedle:
    """A text in any letter case; what stands between its words may be blanks, dashes, dots or nothing.

    It is looked for in the message, with `everywhere` in every value that the line holds but its time stamp.
    """

    text: str
    everywhere: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What matches the text in lower case."""
        words = re.split(r"[\s_.\-]+", self.text.lower().strip())
        return re.compile(_BETWEEN_WORDS.join(map(re.escape, words)))

    @cached_property
    def _raw_pattern(self) -> re.Pattern[bytes]:
        words = re.split(rb"[\s_.\-]+", self.text.strip().encode("utf-8", "surrogatepass").lower())
        return re.compile(_BETWEEN_WORDS.encode().join(map(re.escape, words)))

    @cached_property
    def _may_be_escaped(self) -> bool:
        """Whether JSON may write it in more than one way."""
        return not self.text.isascii() or any(sign in self.text for sign in '"\\/\n\t')

    def fits(self, text: str) -> bool:
        """Whether a text holds it."""
        return self.pattern.search(text.lower()) is not None

    def may_hold(self, file: LogFile, raw: bytes) -> bool:
        """Whether the bytes are there, or may be there in another writing."""
        del file
        if self._raw_pattern.search(raw.lower()) is not None or (self._may_be_escaped and b"\\" in raw):
            return True
        return any(text in raw for text in JOINING_TEXTS)

    def is_held_by(self, service: str, record: Record) -> bool:
        """Whether the message, or any value, holds it."""
        del service
        if self.fits(record.message):
            return True
        return self.everywhere and any(map(self.fits, list_values(record.fields, record.stamp)))


@dataclass(frozen=True)
class Regex:
    """A regular expression for the message."""

    pattern: re.Pattern[str]

    def may_hold(self, file: LogFile, raw: bytes) -> bool:
        """Every line may."""
        del file, raw
        return True

    def is_held_by(self, service: str, record: Record) -> bool:
        """Whether the message matches."""
        del service
        return search_pattern(self.pattern, record.message) is not None


@dataclass(frozen=True)
class Template:
    """A template as reports write it, or a part of one: `Pushing <n> items to Master`."""

    text: str

    @cached_property
    def _longest(self) -> TextNeedle:
        return TextNeedle(max(MASK.split(self.text), key=len).strip())

    def may_hold(self, file: LogFile, raw: bytes) -> bool:
        """Whether the longest piece between two masks is there."""
        return self._longest.may_hold(file, raw)

    def is_held_by(self, service: str, record: Record) -> bool:
        """Whether it is part of the message's template."""
        del service
        return self.text in mask_message(record.message)


@dataclass(frozen=True)
class Services:
    """All lines of some services."""

    names: frozenset[str]

    @cached_property
    def _needles(self) -> re.Pattern[bytes]:
        return re.compile(b"|".join(re.escape(name.encode("utf-8", "surrogatepass")) for name in sorted(self.names)))

    def may_hold(self, file: LogFile, raw: bytes) -> bool:
        """Whether the file or the line names one of them."""
        return file.service in self.names or self._needles.search(raw) is not None or b"\\" in raw

    def is_held_by(self, service: str, record: Record) -> bool:
        """Whether it is a line of one of them."""
        del record
        return service in self.names


def list_values(fields: Mapping[str, Any], stamp: object) -> Iterator[str]:
    """The texts and numbers that a record holds, its time stamp left out; bounded in count and depth."""
    waiting: list[tuple[Any, int]] = [(value, 0) for value in fields.values() if value is not stamp]
    for _ in range(MOST_VALUES):
        if not waiting:
            return
        value, depth = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [(item, depth + 1) for item in value.values()] if depth < DEEPEST else []
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value] if depth < DEEPEST else []
        elif value is not None:
            yield str(value)


def find_matches(
    scans: Iterable[FileScan],
    needle: Needle,
    *,
    on_bytes: Callable[[int], None] | None = None,
) -> Iterator[FoundRecord]:
    """Every record that holds the needle, file by file; one that stands in two files of a folder comes once."""
    yield from _drop_copies(scans, lambda scan: _search(scan, needle, on_bytes))


def read_matches(scans: Iterable[FileScan], windows: list[Window]) -> Iterator[FoundRecord]:
    """Every record within merged windows, file by file; one that stands in two files of a folder comes once."""
    yield from _drop_copies(scans, lambda scan: _read_windows(scan, windows))


def _drop_copies(
    scans: Iterable[FileScan], read: Callable[[FileScan], Iterator[tuple[FoundRecord, int]]]
) -> Iterator[FoundRecord]:
    repeats: defaultdict[str, Repeats] = defaultdict(Repeats)
    for scan in sorted(scans, key=lambda scan: is_copy_name(scan.file.path)):
        of_folder = repeats[scan.file.source]
        of_folder.begin_file()
        for match, content in read(scan):
            if of_folder.is_new(content):
                yield match


def _search(
    scan: FileScan, needle: Needle, on_bytes: Callable[[int], None] | None
) -> Iterator[tuple[FoundRecord, int]]:
    with closing(read_lines(scan.file, on_bytes)) as lines:
        for line in lines:
            if isinstance(line, Damage):
                return
            if not needle.may_hold(scan.file, line.raw):
                continue
            for service, moment, record in _decode(scan, line.raw.strip(BLANK)):
                if needle.is_held_by(service, record):
                    yield _note(scan, line.number, service, moment, record)


def _read_windows(scan: FileScan, windows: list[Window]) -> Iterator[tuple[FoundRecord, int]]:
    for number, raw in read_within(scan, windows):
        for service, moment, record in _decode(scan, raw):
            if any(window.start <= moment <= window.end for window in windows):
                yield _note(scan, number, service, moment, record)


def _decode(scan: FileScan, raw: bytes) -> list[tuple[str, datetime, Record]]:
    if find_shape_fault(raw, scan.layout) is not None:
        return []
    try:
        records = decode_records(raw, scan.layout)
    except UnreadableError:
        return []
    return [((record.service or scan.file.service)[:200], moment, record) for moment, record in records]


def _note(scan: FileScan, number: int, service: str, moment: datetime, record: Record) -> tuple[FoundRecord, int]:
    place = scan.file.path, number
    match = FoundRecord(moment, scan.file.source, service, record.level, record.message, *place)
    return match, hash((moment, record.service, record.level, record.message))
