"""From a log file to its bytes, decompressed and in UTF-8: the only place that opens evidence, and only to read."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TypeAlias

import zstandard
from isal import igzip, isal_zlib

from logdiag.reading.documents import MOST_BYTES, begins_document, lay_out
from logdiag.reading.remote import open_bytes

GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
SKIPPED_BYTES: Final = 1 << 20
HEAD_BYTES: Final = 1 << 16
UTF16_BOMS: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
UTF8_BOM: Final = b"\xef\xbb\xbf"
BROKEN_GZIP: Final[type[Exception]] = isal_zlib.IsalError  # type: ignore[assignment]  # its stubs say: an instance
DAMAGED: Final = (EOFError, gzip.BadGzipFile, zlib.error, BROKEN_GZIP, zstandard.ZstdError)

Stream: TypeAlias = io.BufferedReader | gzip.GzipFile | io.BytesIO


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of evidence.

    `path` is what reports show: the path as the user gave it; `opened_as` is one of this machine or of fsspec. `source`
    labels the folder (one process, or the processes that share it); `service` is the file name without rotation marks
    and endings. `size_bytes` was read when the file was found: a file that grows while it is read ends there.
    `spooled`: a copy of standard input, ours to remove.
    """

    path: str
    opened_as: Path
    source: str
    service: str
    size_bytes: int
    spooled: bool = False


class Opened(NamedTuple):
    """The decompressed bytes of a file, and the file itself, which tells how far on the disk they were read.

    Both are one and the same if the bytes on the disk are the text: then it can be sought in.
    """

    stream: Stream
    raw: io.BufferedReader

    @property
    def is_plain(self) -> bool:
        """Whether the bytes on the disk are the text."""
        return self.stream is self.raw


@contextmanager
def open_log(file: LogFile) -> Iterator[Opened]:
    """Open a log file at its first byte. Raises OSError, and one of DAMAGED if it is compressed and broken."""
    with open_bytes(file.opened_as) as raw:
        yield Opened(decode(raw, file.size_bytes), raw)


def is_seekable(file: LogFile) -> bool:
    """Whether reading can begin anywhere in a file without passing over what is before: the bytes are the text."""
    try:
        with open_log(file) as opened:
            return opened.is_plain
    except (OSError, *DAMAGED):
        return False


def digest_head(file: LogFile) -> str:
    """A fingerprint of the first bytes of a file as they stand on the disk: the same file has the same while it grows.

    Raises OSError.
    """
    with open_bytes(file.opened_as) as raw:
        return hashlib.blake2b(raw.read(min(file.size_bytes, HEAD_BYTES)), digest_size=16).hexdigest()


def skip(opened: Opened, count_bytes: int) -> None:
    """Pass over the next bytes of the decompressed text."""
    if opened.is_plain:
        opened.stream.seek(count_bytes, io.SEEK_CUR)
        return
    while count_bytes > 0 and (passed := opened.stream.read(min(count_bytes, SKIPPED_BYTES))):
        count_bytes -= len(passed)


def decode(raw: io.BufferedReader, size_bytes: int) -> Stream:
    """The bytes of a file, decompressed, in UTF-8, one JSON record a line; `raw` itself if they are so."""
    packed = _decompress(raw)
    stream: Stream = packed
    head = packed.peek(2)
    encoding = UTF16_BOMS.get(head[:2])
    if encoding is not None:
        text = _transcode(stream.read(size_bytes) if stream is raw else stream.read(), encoding)
        head, stream = text.getvalue()[:HEAD_BYTES], text
    if not begins_document(head.removeprefix(UTF8_BOM)) or (stream is raw and size_bytes > MOST_BYTES):
        return stream
    return _lay_out(stream, size_bytes if stream is raw else MOST_BYTES + 1)


def is_document(file: LogFile) -> bool:
    """Whether a file is a JSON document that is too large to be laid out with one record a line."""
    try:
        with open_log(file) as opened:
            return begins_document(opened.stream.read(HEAD_BYTES).removeprefix(UTF8_BOM))
    except (OSError, *DAMAGED):
        return False


def _lay_out(stream: Stream, most_bytes: int) -> Stream:
    """A document with one record a line; as it is if it is larger than that."""
    text = stream.read(most_bytes)
    if len(text) > MOST_BYTES:
        return io.BufferedReader(_Rejoined(text, stream))
    return io.BytesIO(lay_out(text.removeprefix(UTF8_BOM)))


def _decompress(raw: io.BufferedReader) -> io.BufferedReader | gzip.GzipFile:
    head = raw.peek(4)
    if head.startswith(GZIP_MAGIC):
        return igzip.IGzipFile(fileobj=raw, mode="rb")  # type: ignore[no-untyped-call]
    if head.startswith(ZSTD_MAGIC):
        return io.BufferedReader(_ZstdFile(raw))
    return raw


def _transcode(text: bytes, encoding: str) -> io.BytesIO:
    """UTF-16, as PowerShell's redirection writes it, as UTF-8."""
    return io.BytesIO(text.decode(encoding, "replace").removeprefix("\ufeff").encode())


class _Rejoined(io.RawIOBase):
    """Bytes that were read already, and the stream behind them."""

    def __init__(self, head: bytes, rest: Stream) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._head[: len(buffer)] if self._head else self._rest.read(len(buffer))
        self._head = self._head[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


class _ZstdFile(io.RawIOBase):
    """Decompressed zstd frames; unlike zstandard's own reader it does not pass over an end that is cut off."""

    def __init__(self, plain: BinaryIO) -> None:
        self._plain = plain
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._waiting = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and self._fill():
            pass
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _fill(self) -> bool:
        block = self._waiting or self._plain.read(1 << 14)
        if not block:
            if self._frame is not None:
                raise EOFError("Compressed file ended before the end of its last frame")
            return False
        frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
        self._ready = memoryview(frame.decompress(block))
        self._waiting = frame.unused_data if frame.eof else b""
        self._frame = None if frame.eof else frame
        return True
