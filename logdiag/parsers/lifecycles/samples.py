"""A megabyte or two of each file, looked at before the scan: enough to learn from, too little to be noticed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from logdiag.parsers.lifecycles.reasons import CODE_RAW, NEEDLES, UNTRUSTED
from logdiag.parsers.searches import PlainSearch, Search, Wanted, compile_search
from logdiag.reading import DamageError, LogFile, is_seekable, read_blocks

HEAD_BYTES: Final = 1 << 20  # a file of up to twice this is looked at whole
STRETCH_BYTES: Final = 1 << 17
STRETCHES: Final = 8
ALL_BYTES: Final = 64 << 20  # of all files together: of each file of a fleet, less
LEAST_BYTES: Final = 1 << 18
LONGEST_LINE: Final = 65_536
PIECE_BYTES: Final = 1 << 17  # of a stretch, searched at a time: most questions are answered by the first lines found
PLAIN_BYTES: Final = 1 << 16  # searched by `re` in a millisecond; Hyperscan compiles for one to eight
# base64id of engine.io, and python-engineio after it: 20 characters that end in a number which counts the sockets of a
# process. Of the first 262,144 it begins with A.
SOCKET_ID: Final = r"[A-Za-z0-9_-]{16}A[A-Za-z0-9_-]{3}"
_LONE_ID: Final = (r"[^A-Za-z0-9_-]" + SOCKET_ID + r"[^A-Za-z0-9_-]").encode()


class Line(NamedTuple):
    """A line of a sample. Within the stretch of one `number`, lines follow each other without a gap."""

    number: int
    offset_bytes: int
    raw: bytes


class Place(NamedTuple):
    """Where a line of a sample is: its bytes in the stretch of one `number`."""

    number: int
    start_bytes: int
    end_bytes: int


@dataclass(frozen=True, slots=True)
class Sample:
    """The lines of one file that are looked at, stretch by stretch."""

    file: LogFile
    stretches: tuple[bytes, ...]
    _places: dict[tuple[LineFinder, int, int], list[Place]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, finder: LineFinder) -> Iterator[Line]:
        """The lines that a finder finds, in their order: each question to the sample asks for them again."""
        return map(self.cut, self.find_places(finder))

    def find_places(self, finder: LineFinder) -> Iterator[Place]:
        """Where these lines are: many of them are found sooner than cut."""
        for index, text in enumerate(self.stretches):
            for begin, end in _cut_pieces(text):
                key = finder, index, begin
                if key not in self._places:
                    self._places[key] = [
                        Place(index, begin + start, begin + stop)
                        for start, stop in finder.find(text[begin:end])
                        if stop - start <= LONGEST_LINE
                    ]
                yield from self._places[key]

    def cut(self, place: Place) -> Line:
        """The line at a place."""
        return Line(place.number, place.start_bytes, self.stretches[place.number][place.start_bytes : place.end_bytes])

    def read_head(self, count: int) -> Iterator[Line]:
        """The first lines of the file."""
        start, text = 0, self.stretches[0] if self.stretches else b""
        for raw in text.split(b"\n", count)[:count]:
            if len(raw) <= LONGEST_LINE:
                yield Line(0, start, raw)
            start += len(raw) + 1


def _cut_pieces(text: bytes) -> Iterator[tuple[int, int]]:
    """Where the pieces of a stretch begin and end: whole lines, each with the line end before it, which may match."""
    begin = 0
    while begin < len(text):
        end = text.find(b"\n", begin + PIECE_BYTES) + 1 or len(text)
        yield begin, end
        if end == len(text):
            return
        begin = end - 1


class LineFinder:
    """Finds the lines that match any of some patterns, in one pass; letter case does not matter.

    Of few bytes `re` finds the same lines, sooner than the fast search is compiled.
    """

    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._wanted = [Wanted(pattern, ignores_case=True) for pattern in patterns]
        self._searched_bytes = 0

    @cached_property
    def _plain(self) -> Search:
        return PlainSearch(self._wanted)

    @cached_property
    def _fast(self) -> Search:
        return compile_search(self._wanted)

    def find(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Where each such line begins and ends, in their order."""
        places: list[int] = []

        def note(_identifier: int, _from: int, to: int, _flags: int, _context: object) -> None:
            places.append(to - 1)

        self._searched_bytes += len(text)
        (self._plain if self._searched_bytes <= PLAIN_BYTES else self._fast).scan(text, note)
        end = -1
        for place in sorted(places):
            if place > end:
                start = text.rfind(b"\n", 0, place) + 1
                end = text.find(b"\n", place)
                end = len(text) if end < 0 else end
                yield start, end


@lru_cache(maxsize=1)
def find_reasons() -> LineFinder:
    """The finder of lines that hold a reason of Socket.IO's or a close code of WebSockets."""
    return LineFinder([*(re.escape(needle) for needle in NEEDLES), *CODE_RAW])


@lru_cache(maxsize=1)
def find_ends() -> LineFinder:
    """The finder of lines that may tell of an end, by the words that people and libraries have for it."""
    return LineFinder([rb"disconnect", rb"connection (?:was |is )?(?:closed|lost|dropped|reset)", "断开".encode()])


@lru_cache(maxsize=1)
def find_socket_ids() -> LineFinder:
    """The finder of lines that hold an id of Engine.IO's."""
    return LineFinder([_LONE_ID])


@lru_cache(maxsize=1)
def find_large_numbers() -> LineFinder:
    """The finder of lines that hold a number of four to nine digits by itself."""
    return LineFinder([rb"[\s:=(\"]\d{4,9}[\s,)}\"]"])


@lru_cache(maxsize=1)
def find_byte_counts() -> LineFinder:
    """The finder of lines that hold so many bytes, a thousand or more, by the word behind the number or by a key."""
    return LineFinder([rb"\d{4,12} ?(?:bytes?|octets?|b)[^a-z]", rb"(?:bytes|size|length)[\"']?[=:] ?\d{4}"])


@lru_cache(maxsize=1)
def find_tokens() -> LineFinder:
    """The finder of lines that say, in a library's words, that a token is refused."""
    return LineFinder([UNTRUSTED.encode()])


@lru_cache(maxsize=4)
def find_texts(texts: tuple[str, ...]) -> LineFinder:
    """A finder of lines that hold any of the texts: the files of a folder are searched for the same ones."""
    return LineFinder([re.escape(text.encode("utf-8", "replace")) for text in texts])


def read_sample(file: LogFile, files_count: int) -> Sample:
    """The head of one of `files_count` files and stretches over its rest; of a compressed file the head alone."""
    limit = max(min(2 * HEAD_BYTES, ALL_BYTES // max(files_count, 1)), LEAST_BYTES)
    if file.size_bytes <= limit or not is_seekable(file):
        return Sample(file, (_read_stretch(file, 0, limit),))
    half = limit // 2
    length = min(STRETCH_BYTES, half // STRETCHES)
    step = (file.size_bytes - half - length) / STRETCHES
    starts = (half + round(index * step) for index in range(1, STRETCHES + 1))
    return Sample(file, (_read_stretch(file, 0, half), *(_read_stretch(file, start, length) for start in starts)))


def _read_stretch(file: LogFile, start_bytes: int, length_bytes: int) -> bytes:
    pieces: list[bytes] = []
    blocks = read_blocks(file, start_bytes=start_bytes, end_bytes=start_bytes + length_bytes)
    with suppress(DamageError):  # the scan will tell
        pieces.extend(bytes(memoryview(block.buffer)[block.start : block.end]) for block in blocks)
    return b"".join(pieces)
