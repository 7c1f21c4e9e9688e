"""Standard input that does not end, kept in a temporary file of bounded size, since the analysis reads it again."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from logdiag.errors import InputError, reason_of
from logdiag.reading.byte_views import Slice
from logdiag.reading.files import STDIN, discard_file, take_name
from logdiag.reading.growth import Grown, Tail
from logdiag.reading.streams import LogFile, is_seekable

LIMIT_BYTES: Final = 256 << 20  # a million lines of JSON: days of one process, and no burden where /tmp is memory
PIECE_BYTES: Final = 1 << 16


class Spool:
    """What came of a stream so far: all of it, or where that is more than `limit_bytes`, its last half at least.

    A thread of its own reads the stream: nothing else can wait for it and for a signal on every system.
    """

    def __init__(self, stream: BinaryIO, limit_bytes: int = LIMIT_BYTES) -> None:
        self._stream = stream
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._path, self._handle = _create()
        self._size_bytes = 0
        self._tail = Tail()
        self._fault: OSError | None = None
        self.dropped_bytes = 0
        self.is_ended = False

    @property
    def file(self) -> LogFile:
        """What is kept, as a log file."""
        return LogFile(STDIN, self._path, "stdin", "stdin", self._size_bytes, spooled=True)

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._fill, daemon=True, name="logdiag-stdin").start()

    def wait(self, timeout_s: float) -> None:
        """Wait until something came, or the stream has ended."""
        if not self.is_ended:
            self._news.wait(timeout_s)

    def follow(self) -> Iterator[Grown]:
        """Yield the lines that are new. Raises InputError if the stream cannot be read or kept."""
        self._news.clear()
        while True:
            with self._lock:
                if self._fault is not None:
                    raise InputError("input.stdin_unreadable", why=reason_of(self._fault))
                tail, file = self._tail, self.file
                if tail.offset_bytes >= file.size_bytes:
                    return
                if tail.is_text is None:
                    tail.is_text = is_seekable(file)
                if not tail.is_text:
                    return
                first = tail.lines_count + 1
                with file.opened_as.open("rb") as raw:
                    lines = tail.read(raw, file.size_bytes)
            if lines:
                yield Grown(file, first, lines)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """What is kept at this moment, to be read from its beginning."""
        with self._lock:
            raw, size_bytes = self._path.open("rb"), self._size_bytes
        with raw:
            yield io.BufferedReader(Slice(raw, 0, size_bytes))

    def close(self) -> None:
        """Let go of what was kept."""
        with self._lock:
            self.is_ended = True
            self._handle.close()
            discard_file(self._path)

    def _fill(self) -> None:
        try:
            while not self.is_ended and (piece := _read_some(self._stream)):
                with self._lock:
                    if self.is_ended:
                        return
                    self._handle.write(piece)
                    self._handle.flush()
                    self._size_bytes += len(piece)
                    if self._size_bytes > self._limit_bytes:
                        self._drop_half()
                self._news.set()
        except OSError as error:
            self._fault = error
        self.is_ended = True
        self._news.set()

    def _drop_half(self) -> None:
        """Keep the last half, from the beginning of a line on."""
        path, handle = _create()
        with self._path.open("rb") as old:
            old.seek(self._size_bytes - self._limit_bytes // 2)
            old.readline()
            dropped_bytes = old.tell()
            while block := old.read(1 << 20):
                handle.write(block)
            old.seek(0)
            lines_count = _count_lines(old, dropped_bytes)
        handle.flush()
        self._handle.close()
        discard_file(self._path)
        self._path, self._handle = path, handle
        self._size_bytes -= dropped_bytes
        self.dropped_bytes += dropped_bytes
        tail = self._tail
        if tail.offset_bytes < dropped_bytes:
            tail.rest = b""
        tail.offset_bytes = max(tail.offset_bytes - dropped_bytes, 0)
        tail.lines_count = max(tail.lines_count - lines_count, 0)


def _create() -> tuple[Path, BinaryIO]:
    """A temporary file, without a name where the system can do without. Raises InputError."""
    try:
        descriptor, name = tempfile.mkstemp(prefix="logdiag-", suffix=".stdin")
        path = take_name(descriptor, Path(name))
        return path, os.fdopen(descriptor, "wb", closefd=path == Path(name))
    except OSError as error:
        raise InputError("input.stdin_unreadable", why=reason_of(error)) from error


def _count_lines(file: BinaryIO, size_bytes: int) -> int:
    count = 0
    while size_bytes > 0 and (piece := file.read(min(1 << 20, size_bytes))):
        count += piece.count(b"\n")
        size_bytes -= len(piece)
    return count


def _read_some(stream: BinaryIO) -> bytes:
    """The next bytes of a stream, as soon as there are some; its buffer is left alone, whose lock a thread may keep."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return stream.read(PIECE_BYTES)
    return os.read(descriptor, PIECE_BYTES)
