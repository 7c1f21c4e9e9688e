"""From a log file to its bytes, decompressed and in UTF-8: the only place that opens evidence, and only to read."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from logdiag.limits import STANDARD, Limits
from logdiag.reading.byte_views import Slice, Transcoded, pass_over, wrap_bytes
from logdiag.reading.compression import PackedError, unpack
from logdiag.reading.documents import begins_document, holds_more_values, lay_out
from logdiag.reading.exports import is_table
from logdiag.reading.frames import BZIP2, DEFLATE, MAGICS, XZ, ZSTD, Codec, find_codec
from logdiag.reading.remote import open_bytes

GZIP_MAGIC: Final = b"\x1f\x8b"
HEAD_BYTES: Final = 1 << 16
UTF16_BOMS: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
UTF8_BOM: Final = b"\xef\xbb\xbf"


class Packing(StrEnum):
    """How the bytes of an archive's member are packed by themselves."""

    STORED = "stored"
    DEFLATE = "deflate"
    BZIP2 = "bzip2"
    ZSTD = "zstd"
    XZ = "xz"


CODECS: Final[dict[Packing, Codec | None]] = {
    Packing.STORED: None,
    Packing.DEFLATE: DEFLATE,
    Packing.BZIP2: BZIP2,
    Packing.ZSTD: ZSTD,
    Packing.XZ: XZ,
}


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: `packed_bytes` from `offset_bytes` of the archive on, itself unpacked if it is a .tar.gz.

    Unpacked they are `size_bytes`, or the archive lies.
    """

    name: str
    offset_bytes: int
    packed_bytes: int
    size_bytes: int
    packing: Packing = Packing.STORED


@dataclass(frozen=True, slots=True)
class Held:
    """A member's bytes, in gzip: a .tar.gz shall not be unpacked anew for each of its members. Never sent away."""

    packed: bytes | None

    def __reduce__(self) -> tuple[type[Held], tuple[None]]:
        return Held, (None,)


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of evidence.

    `path` is what reports show: the path as the user gave it, behind an exclamation mark the member of an archive;
    `opened_as` is one of this machine or of fsspec. `source` labels the folder (one process, or the processes that
    share it); `service` is the file name without rotation marks and endings. `size_bytes` was read when the file was
    found: a file that grows while it is read ends there. `spooled`: a copy of standard input, ours to remove. `limits`
    bound what is read of it.
    """

    path: str
    opened_as: Path
    source: str
    service: str
    size_bytes: int
    spooled: bool = False
    member: Member | None = None
    held: Held = field(default=Held(None), compare=False, repr=False)
    limits: Limits = field(default=STANDARD, compare=False, repr=False)


class Opened(NamedTuple):
    """The decompressed bytes of a file, and its packed ones, which tell how far they were read.

    If `is_plain`, both are one and the same, the bytes on the disk are the text: then it can be sought in.
    """

    stream: io.BufferedReader
    raw: io.BufferedReader
    is_plain: bool


@contextmanager
def open_log(file: LogFile) -> Iterator[Opened]:
    """Open a log file at its first byte. Raises OSError, and PackedError if it is compressed and broken."""
    if file.held.packed is not None:
        raw = wrap_bytes(file.held.packed)
        plain = unpack(raw, MAGICS[GZIP_MAGIC], file.limits, passes_damage=True)
        yield Opened(decode(plain, limits=file.limits), raw, is_plain=False)
        return
    with open_bytes(file.opened_as) as whole:
        if file.member is not None:
            raw = open_packed(whole, file.member, file.limits)
            plain = unpack_member(raw, file.member, file.limits)
            yield Opened(decode(plain, limits=file.limits), raw, is_plain=False)
            return
        stream = decode(whole, file.size_bytes, file.limits)
        yield Opened(stream, whole, is_plain=stream is whole)


def open_packed(archive: io.BufferedReader, member: Member, limits: Limits = STANDARD) -> io.BufferedReader:
    """The packed bytes of a member."""
    codec = find_codec(archive)
    whole = archive if codec is None else unpack(archive, codec, limits)
    return io.BufferedReader(Slice(whole, member.offset_bytes, member.packed_bytes))


def unpack_member(packed: io.BufferedReader, member: Member, limits: Limits = STANDARD) -> io.BufferedReader:
    """The bytes of a member, no more of them than the archive says."""
    codec = CODECS[member.packing]
    return packed if codec is None else io.BufferedReader(Slice(unpack(packed, codec, limits), 0, member.size_bytes))


def is_seekable(file: LogFile) -> bool:
    """Whether reading can begin anywhere in a file without passing over what is before: the bytes are the text."""
    if file.member is not None:
        return False
    try:
        with open_log(file) as opened:
            return opened.is_plain
    except (OSError, PackedError):
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
    else:
        pass_over(opened.stream, count_bytes)


def decode(raw: io.BufferedReader, size_bytes: int | None = None, limits: Limits = STANDARD) -> io.BufferedReader:
    """The bytes of a file, decompressed, in UTF-8, one JSON record a line; `raw` itself if they stand there like that.

    What is plain UTF-16, or a plain document, ends at `size_bytes`.
    """
    codec = find_codec(raw)
    stream = raw if codec is None else unpack(raw, codec, limits, passes_damage=True)
    head = stream.peek(2)
    encoding = UTF16_BOMS.get(head[:2])
    if encoding is None and not begins_document(head.removeprefix(UTF8_BOM)):
        return stream
    if stream is raw and size_bytes is not None:
        if encoding is None and size_bytes > limits.document_bytes:
            return raw
        stream = io.BufferedReader(Slice(raw, 0, size_bytes))
    if encoding is not None:
        stream = io.BufferedReader(Transcoded(stream, encoding))
    return _lay_out(stream, limits) if begins_document(stream.peek(2).removeprefix(UTF8_BOM)) else stream


def is_document(file: LogFile) -> bool:
    """Whether a file is a JSON document that is too large to be laid out with one record a line."""
    try:
        with open_log(file) as opened:
            return begins_document(read_head(opened.stream, HEAD_BYTES).removeprefix(UTF8_BOM))
    except (OSError, PackedError):
        return False


def _lay_out(stream: io.BufferedReader, limits: Limits) -> io.BufferedReader:
    """A document with one record a line; as it is if it is too large. Reading on raises what it would have."""
    text = read_head(stream, limits.document_bytes + 1)
    is_too_large = len(text) > limits.document_bytes or (
        not is_table(text) and holds_more_values(text, limits.values_count)
    )
    laid = text if is_too_large else lay_out(text.removeprefix(UTF8_BOM))
    return io.BufferedReader(_Rejoined(laid, stream))


class _Rejoined(io.RawIOBase):
    """Bytes that were read already, and the stream behind them."""

    def __init__(self, head: bytes, rest: io.BufferedReader) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._head[: len(buffer)] if self._head else self._rest.read1(len(buffer))
        self._head = self._head[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


def read_head(stream: io.BufferedReader, count_bytes: int) -> bytes:
    """The first bytes of a file, as many as can be read. Raises PackedError if not one can be."""
    head = bytearray()
    try:
        while len(head) < count_bytes and (piece := stream.read1(count_bytes - len(head))):
            head += piece
    except PackedError:
        if not head:
            raise
    return bytes(head)
