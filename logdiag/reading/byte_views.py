"""A file seen as another one: bytes in memory, UTF-16 as UTF-8, a slice of it."""

from __future__ import annotations

import codecs
import io
from typing import Any, Final, cast

STEP_BYTES: Final = 1 << 17  # of plain text, unpacked at once


def wrap_bytes(data: bytes) -> io.BufferedReader:
    """Bytes in memory as a file."""
    return cast("io.BufferedReader", io.BufferedReader(io.BytesIO(data)))


class Transcoded(io.RawIOBase):
    """UTF-16, as PowerShell's redirection writes it, as UTF-8; the byte order mark stands before it."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        stream.read(2)
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = memoryview(b"")
        self._is_ended = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as one step goes."""
        while not self._ready and not self._is_ended:
            piece = self._stream.read1(STEP_BYTES)
            self._is_ended = not piece
            text = self._decoder.decode(piece, final=self._is_ended)
            self._ready = memoryview(text.encode("utf-8", "replace"))
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


class Slice(io.RawIOBase):
    """`size_bytes` of a file from `offset_bytes` on, as a file of its own."""

    def __init__(self, whole: io.BufferedReader, offset_bytes: int, size_bytes: int) -> None:
        self._whole, self._offset_bytes, self._size_bytes = whole, offset_bytes, size_bytes
        self._place = 0
        if whole.seekable():
            whole.seek(offset_bytes)
        else:
            pass_over(whole, offset_bytes)

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """If the whole is."""
        return self._whole.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place of the slice."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size_bytes}[whence]
        self._place = base + offset
        self._whole.seek(self._offset_bytes + self._place)
        return self._place

    def tell(self) -> int:
        """The place in the slice."""
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as one step goes."""
        data = self._whole.read1(max(min(len(buffer), self._size_bytes - self._place), 0))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


def pass_over(stream: io.BufferedReader, count_bytes: int) -> int:
    """Read that many bytes and let go of them; tell how many there were."""
    left_bytes = count_bytes
    while left_bytes > 0 and (passed := stream.read1(min(left_bytes, STEP_BYTES))):
        left_bytes -= len(passed)
    return count_bytes - left_bytes
