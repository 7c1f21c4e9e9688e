"""From a log file to blocks of whole lines: what is read at once, and where reading can begin again."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Final, NamedTuple

from logdiag.reading.byte_views import STEP_BYTES
from logdiag.reading.compression import BombError, PackedError
from logdiag.reading.streams import LogFile, Opened, open_log, read_head, skip

BLOCK_BYTES: Final = 1 << 18
CHUNK_BYTES: Final = 1 << 18
KEPT_BYTES: Final = 1 << 10  # of a line that is longer
TOO_LONG: Final = b"\0too long"  # how the rest of it is shown; no line of a log has a NUL in it


class Block(NamedTuple):
    """`buffer[start:end]`, whole lines with their ends (the last line of a file may lack its own).

    Of a line that is too long to be one the beginning stands there, and `TOO_LONG`; it is the last of its block.
    It has the lines that begin in one stretch of `BLOCK_BYTES` of the decompressed file, counted from 0;
    `offset_bytes` is where the first of them begins; a byte order mark is part of the first one. The buffer is used
    again for the next block.
    """

    buffer: bytearray
    start: int
    end: int
    offset_bytes: int


class DamageError(Exception):
    """The rest of a file cannot be read; the argument is the reason."""


def read_blocks(
    file: LogFile,
    on_bytes: Callable[[int], None] | None = None,
    *,
    start_bytes: int = 0,
    end_bytes: int | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[Block]:
    """Yield the lines of `file` that begin at or after `start_bytes` and before `end_bytes` of its decompressed text.

    `on_bytes` gets how many bytes of the file on disk were consumed since the last call. `chunk_bytes`, how much is
    read at once, changes nothing in what is yielded. Raises DamageError after all whole lines that can be read.
    """
    try:
        with open_log(file) as opened:
            meter = _Meter(opened, file.size_bytes, on_bytes, start_bytes)
            window = _Window(opened, file, start_bytes, chunk_bytes)
            for block in _cut_blocks(window, start_bytes):
                if end_bytes is not None and block.offset_bytes >= end_bytes:
                    break
                yield block
                meter.tell(block.offset_bytes + block.end - block.start)
            if window.fault is not None:
                raise window.fault
            meter.finish(end_bytes)
    except (PackedError, OSError) as error:
        raise DamageError(_describe(error)) from error


def read_spans(file: LogFile, spans: Sequence[tuple[int, int | None]]) -> Generator[bytes, None, None]:
    """Yield the bytes of the decompressed text from each offset to the next one (None: to the end), in ascending order.

    What is compressed is decompressed but once. Raises DamageError where nothing of a span can be read; the last one
    ends with the lines that begin in one stretch of `BLOCK_BYTES`.
    """
    try:
        with open_log(file) as opened:
            position = 0
            for start, end in spans:
                skip(opened, start - position)
                most_bytes = BLOCK_BYTES + file.limits.line_bytes
                stop = start + most_bytes if end is None else min(end, start + most_bytes)
                if opened.is_plain:
                    stop = min(stop, file.size_bytes)
                text = read_head(opened.stream, max(stop - start, 0))
                position = start + len(text)
                yield text
    except (PackedError, OSError) as error:
        raise DamageError(_describe(error)) from error


def _describe(error: Exception) -> str:
    if isinstance(error, BombError):
        return f"grows too much ({error})"
    if isinstance(error, PackedError):
        return f"compressed data damaged ({error})"
    return f"cannot be read ({getattr(error, 'strerror', None) or error})"


def _cut_blocks(window: _Window, start_bytes: int) -> Iterator[Block]:
    """Cut what the window holds after the lines that begin within each stretch."""
    if start_bytes > 0:  # the line before the first one ends at the byte before, or later
        window.pass_to(window.find_end(start_bytes - 1))
    while window.fill():
        stop = window.offset_bytes // BLOCK_BYTES * BLOCK_BYTES + BLOCK_BYTES
        end = window.find_end(stop - 1)
        if end == window.offset_bytes:
            return
        yield Block(window.buffer, window.low, window.place(end), window.offset_bytes)
        window.pass_to(end)


class _Window:
    """The part of a file that is in memory: `buffer[low:high]`, whose first byte stands at `offset_bytes`."""

    def __init__(self, opened: Opened, file: LogFile, start_bytes: int, chunk_bytes: int) -> None:
        self.offset_bytes = max(start_bytes - 1, 0)
        skip(opened, self.offset_bytes)
        self.buffer = bytearray(_choose_room(opened, file.size_bytes - self.offset_bytes, chunk_bytes))
        self.low = self.high = 0
        self.fault: Exception | None = None  # what ends the file before its end
        self._dropped_bytes = 0  # of a line that is too long, before what was found last
        self._opened = opened
        self._longest_bytes = file.limits.line_bytes
        self._left_bytes = file.size_bytes - self.offset_bytes if opened.is_plain else None
        self._chunk_bytes = chunk_bytes

    def fill(self) -> bool:
        """Have at least one byte; False at the end of the file."""
        return self.high > self.low or self._read()

    def find_end(self, offset_bytes: int) -> int:
        """The offset behind the first line end at or after `offset_bytes`; that of the end of the file if none is."""
        place = self.low + max(offset_bytes - self.offset_bytes, 0)
        while True:
            found = self.buffer.find(b"\n", place, self.high)
            if found >= 0 or self.high - self.low > self._longest_bytes:
                stop = found + 1 or self.high
                begin = self.buffer.rfind(b"\n", self.low, stop - 1) + 1 or self.low
                if stop - (found >= 0) - begin > self._longest_bytes:
                    return self._drop_line(begin, found)
                if found >= 0:
                    return self.offset_bytes + stop - self.low
            searched = max(self.high - self.low, place - self.low)
            if not self._read():
                return self.offset_bytes + self.high - self.low
            place = self.low + searched

    def place(self, offset_bytes: int) -> int:
        """Where in the buffer the byte stands at the offset that was found last."""
        return self.low + offset_bytes - self.offset_bytes - self._dropped_bytes

    def pass_to(self, offset_bytes: int) -> None:
        """Let go of what stands before `offset_bytes`."""
        self.low, self.offset_bytes, self._dropped_bytes = self.place(offset_bytes), offset_bytes, 0

    def _drop_line(self, begin: int, found: int) -> int:
        """Keep the beginning of the line at `begin`, and tell where the next one begins; `found`: its end, or -1."""
        end = begin + KEPT_BYTES + len(TOO_LONG) + 1
        self.buffer[begin + KEPT_BYTES : end] = TOO_LONG + b"\n"
        while True:
            stop = found + 1 or self.high
            self._dropped_bytes += stop - end
            self.buffer[end : end + self.high - stop] = self.buffer[stop : self.high]
            self.high -= stop - end
            if found >= 0 or not self._read():
                return self.offset_bytes + end - self.low + self._dropped_bytes
            found = self.buffer.find(b"\n", end, self.high)

    def _read(self) -> bool:
        """Read on by one chunk; False at the end of the file, or of what can be read of it."""
        if self.fault is not None:
            return False
        try:
            return self._read_chunk()
        except (PackedError, OSError) as error:
            self.fault = error
            self._drop_cut_line()
            return False

    def _drop_cut_line(self) -> None:
        """Let go of the line in which the file breaks off: it and the damage are one. A whole record stays."""
        begin = self.buffer.rfind(b"\n", self.low, self.high) + 1 or self.low
        if not _is_record(bytes(self.buffer[begin : self.high])):
            self.high = begin

    def _read_chunk(self) -> bool:
        room = self._chunk_bytes if self._opened.is_plain else STEP_BYTES
        if self._left_bytes is not None:
            room = min(room, self._left_bytes)
        if self.high + room > len(self.buffer):
            self._make_room(room)
        if self._opened.is_plain:
            with memoryview(self.buffer) as view:
                count = self._opened.raw.readinto(view[self.high : self.high + room]) if room > 0 else 0
        else:
            piece = self._opened.stream.read1(STEP_BYTES)
            count = len(piece)
            self.buffer[self.high : self.high + count] = piece
        self.high += count
        if self._left_bytes is not None:
            self._left_bytes -= count
        return count > 0

    def _make_room(self, room: int) -> None:
        """Move what is held to the front; into a larger buffer if a long line fills this one."""
        held = self.buffer[self.low : self.high]
        if len(held) + room > len(self.buffer) // 2:
            self.buffer = bytearray(2 * (len(held) + room))
        self.buffer[: len(held)] = held
        self.low, self.high = 0, len(held)


def _is_record(raw: bytes) -> bool:
    try:
        return raw.startswith(b"{") and isinstance(json.loads(raw), dict)
    except (ValueError, RecursionError):
        return False


def _choose_room(opened: Opened, left_bytes: int, chunk_bytes: int) -> int:
    """Room for some blocks; a small file needs no more than its own: to clear a megabyte takes longer than to read it.

    Twice the file, so that it never has to be moved.
    """
    room = 2 * (BLOCK_BYTES + max(chunk_bytes, STEP_BYTES))
    return min(room, 2 * max(left_bytes, 1)) if opened.is_plain else room


class _Meter:
    """Tells how many bytes of the file on disk were consumed."""

    def __init__(
        self, opened: Opened, size_bytes: int, listener: Callable[[int], None] | None, start_bytes: int
    ) -> None:
        self._opened, self._size_bytes, self._listener = opened, size_bytes, listener
        self._reported_bytes = start_bytes if opened.is_plain else 0

    def tell(self, offset_bytes: int) -> None:
        position = offset_bytes if self._opened.is_plain else self._opened.raw.tell()
        if self._listener is not None and position > self._reported_bytes:
            self._listener(position - self._reported_bytes)
            self._reported_bytes = position

    def finish(self, end_bytes: int | None) -> None:
        """All is read; lines that began before `end_bytes` may have ended behind it."""
        if self._listener is not None:
            end = self._size_bytes if end_bytes is None else end_bytes
            self._listener(max(end - self._reported_bytes, 0))
