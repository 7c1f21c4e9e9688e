"""From a log file to its lines, one at a time: the plain reading that every faster one must equal."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final, NamedTuple

from logdiag.reading.blocks import DamageError, read_blocks, read_spans
from logdiag.reading.streams import UTF8_BOM, LogFile


class Line(NamedTuple):
    """One physical line without its line end; `number` counts from 1.

    `offset_bytes` is where it begins in the decompressed file; `read_lines` can start there again.
    """

    number: int
    raw: bytes
    offset_bytes: int


START: Final = Line(1, b"", 0)


@dataclass(frozen=True, slots=True)
class Damage:
    """A file whose rest cannot be read, after `line`."""

    line: int
    reason: str


def read_lines(
    file: LogFile, on_bytes: Callable[[int], None] | None = None, *, start: Line = START
) -> Generator[Line | Damage, None, None]:
    """Yield every physical line of `file`, decompressed, in order; last of all a Damage if the rest is unreadable.

    `on_bytes` gets how many bytes of the file on disk were consumed since the last call. With `start`, a line that
    was read before, reading begins there.
    """
    number = start.number - 1
    try:
        for block in read_blocks(file, on_bytes, start_bytes=start.offset_bytes):
            offset = block.offset_bytes
            for raw in bytes(block.buffer[block.start : block.end]).split(b"\n"):
                if offset < block.offset_bytes + block.end - block.start:
                    number += 1
                    bare = raw if offset else raw.removeprefix(UTF8_BOM)
                    yield Line(number, bare.rstrip(b"\r"), offset)
                offset += len(raw) + 1
    except DamageError as error:
        yield Damage(number, str(error))


def read_places(file: LogFile, numbers: Iterable[int], marks: Sequence[Line] = (START,)) -> dict[int, bytes]:
    """The lines of `file` with these numbers, as they stand there."""
    return {line.number: line.raw for line in read_numbered(file, numbers, marks)}


def read_numbered(
    file: LogFile, numbers: Iterable[int], marks: Sequence[Line] = (START,)
) -> Generator[Line, None, None]:
    """Yield the lines of `file` with these numbers, in ascending order; their offsets are not given.

    Of the stretches from one of `marks`, lines in ascending order, to the next, only those are read that hold a line
    asked for, and each of them once. The last one ends where `read_spans` ends it.
    """
    marks = marks or (START,)
    asked: dict[int, list[int]] = {}
    for number in sorted(set(numbers)):
        asked.setdefault(max(bisect_right(marks, number, key=lambda mark: mark.number) - 1, 0), []).append(number)
    ends = [*(mark.offset_bytes for mark in marks[1:]), None]
    try:
        with closing(read_spans(file, [(marks[place].offset_bytes, ends[place]) for place in asked])) as texts:
            for place, text in zip(asked, texts, strict=False):
                yield from _pick_lines(text, marks[place], asked[place])
    except DamageError:
        return


def _pick_lines(text: bytes, first: Line, numbers: Iterable[int]) -> Iterator[Line]:
    """Of a text that begins with the line `first`, the lines with these numbers."""
    lines = (text if first.offset_bytes else text.removeprefix(UTF8_BOM)).split(b"\n")
    count = len(lines) - (not lines[-1])  # behind the last line end no line begins
    for number in numbers:
        if number - first.number < count:
            yield Line(number, lines[number - first.number].rstrip(b"\r"), 0)
