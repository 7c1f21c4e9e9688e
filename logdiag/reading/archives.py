"""From an archive to the logs in it: what it holds and what of that can be read, within bounds, all in memory.

An archive is recognised by its content. Its members' names are as little to be trusted as a log: they are shown, and
name folders and services, but never a place on this machine.
"""

from __future__ import annotations

import contextlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple, cast

from logdiag.limits import STANDARD, Limits
from logdiag.reading.byte_views import STEP_BYTES, wrap_bytes
from logdiag.reading.compression import BOMB_BYTES, BombError, PackedError, unpack
from logdiag.reading.frames import FAULTS, begin_packing, find_codec
from logdiag.reading.streams import Held, Member, Packing, decode, open_packed, read_head, unpack_member

SNIFF_BYTES: Final = 65_536
TAR_BLOCK_BYTES: Final = 512
HEADER_BYTES: Final = 200  # a member, in the directory of a zip: 46 of its own, and a name
LONGEST_NAME_BYTES: Final = 1 << 22  # of a member of a tar: a thousand times what a file system allows
HELD_BYTES: Final = 1 << 28  # in memory, packed, of all .tar.gz together: some gigabytes of log
APPLICATIONS: Final = (
    ".jar", ".war", ".ear", ".apk", ".aar", ".whl", ".egg", ".nupkg", ".vsix", ".xpi", ".crx", ".ipa",
    ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".npz",
)  # fmt: skip
ENDINGS: Final = (
    ".tar.gz", ".tar.zst", ".tar.xz", ".tar.bz2", ".tar", ".tgz", ".tzst", ".txz", ".tbz2", ".tbz", ".zip",
)  # fmt: skip
ZIP_PACKINGS: Final = {  # APPNOTE.TXT, 4.4.5
    0: Packing.STORED, 8: Packing.DEFLATE, 12: Packing.BZIP2, 93: Packing.ZSTD, 95: Packing.XZ,
}  # fmt: skip
LOCAL_HEADER_BYTES: Final = 30
IS_ENCRYPTED: Final = 1
IS_NAMED_IN_UTF8: Final = 1 << 11
UNNAMED: Final = "unnamed"  # a member whose name a damaged directory has lost: its bytes may be a log all the same


class Why(StrEnum):
    """Why a file that may hold logs was not read."""

    SEVEN_ZIP = "seven-zip"
    RAR = "rar"
    OTHER_PACKING = "other-packing"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    BOMB = "bomb"
    TOO_LARGE = "too-large"
    TOO_MANY_MEMBERS = "too-many-members"
    TOO_MANY_FILES = "too-many-files"
    NESTED = "nested"
    COPY = "copy"
    BACKUP = "backup"
    TABLE = "table"
    UNREADABLE = "unreadable"
    DANGLING = "dangling"
    OUTSIDE = "outside"


class Kind(StrEnum):
    """A form of archive that can be opened."""

    ZIP = "zip"
    TAR = "tar"


ZIP_MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06")
CLOSED_MAGICS: Final = {
    b"7z\xbc\xaf\x27\x1c": Why.SEVEN_ZIP,
    b"Rar!\x1a\x07": Why.RAR,
    b"PK\x07\x08": Why.OTHER_PACKING,  # one of several parts
    b"\x04\x22\x4d\x18": Why.OTHER_PACKING,  # lz4
    b"\x1f\x9d": Why.OTHER_PACKING,  # compress
    b"LZIP": Why.OTHER_PACKING,
}


class ArchiveError(Exception):
    """The rest of an archive cannot be read; the argument is a Why."""

    @property
    def why(self) -> Why:
        """The reason."""
        return cast("Why", self.args[0])


class ArchivedLog(NamedTuple):
    """A log in an archive, or what may be one and is not read, and why."""

    member: Member
    held: Held = Held(None)
    head: bytes = b""
    why: Why | None = None
    hold: Callable[[Room], Held] | None = None


@dataclass(slots=True)
class Room:
    """How much may still be kept in memory."""

    left_bytes: int = field(default=HELD_BYTES)


def find_kind(raw: io.BufferedReader) -> Kind | Why | None:
    """What archive a file is, by its first bytes; a Why if none that can be opened; None if it is no archive."""
    head = raw.peek(TAR_BLOCK_BYTES)[:TAR_BLOCK_BYTES]
    if head.startswith(ZIP_MAGICS):
        return Kind.ZIP
    closed = next((why for magic, why in CLOSED_MAGICS.items() if head.startswith(magic)), None)
    if closed is not None:
        return closed
    codec = find_codec(raw)
    try:
        block = read_head(raw if codec is None else unpack(raw, codec), TAR_BLOCK_BYTES)
    except PackedError:
        return None
    finally:
        raw.seek(0)
    return Kind.TAR if _is_tar_header(block) else None


def _is_tar_header(block: bytes) -> bool:
    """Whether it has the checksum of one."""
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def list_entries(
    raw: io.BufferedReader,
    kind: Kind,
    is_log: Callable[[str, bytes | None], bool],
    room: Room,
    limits: Limits = STANDARD,
) -> Iterator[ArchivedLog]:
    """The logs of an archive, and what in it may hold logs and is not read. Raises ArchiveError where it ends too soon.

    `is_log` judges a name and the first bytes (None if they cannot be read).
    """
    listed = _list_zip(raw, limits) if kind is Kind.ZIP else _list_tar(raw, limits)
    count, total_bytes = 0, 0
    for entry in listed:
        count, total_bytes = count + 1, total_bytes + entry.member.size_bytes
        if count > limits.members_count:
            raise ArchiveError(Why.TOO_MANY_MEMBERS)
        if total_bytes > limits.unpacked_bytes:
            raise ArchiveError(Why.TOO_LARGE)
        if _is_hidden(entry.member.name):
            continue
        if entry.why is not None:
            yield entry
        elif _holds_archive(entry.head):
            yield entry._replace(why=Why.NESTED)
        elif is_log(entry.member.name, _decode_head(entry.head)):
            yield entry._replace(held=entry.hold(room), hold=None) if entry.hold is not None else entry


def _is_hidden(name: str) -> bool:
    """Whether it lies in a hidden folder, is hidden itself, or is what macOS adds of its own."""
    return any(part.startswith(".") or part == "__MACOSX" for part in split_name(name))


def split_name(name: str) -> tuple[str, ...]:
    """The folders of a member and its own name, with nothing in it that leads elsewhere."""
    return tuple(part for part in PurePosixPath(name).parts if part not in {"/", "//", ".", ".."})


def _holds_archive(head: bytes) -> bool:
    return find_kind(wrap_bytes(head)) is not None


def _decode_head(head: bytes) -> bytes | None:
    try:
        return read_head(decode(wrap_bytes(head)), SNIFF_BYTES)
    except PackedError:
        return None


class _Bounded:
    """A zip as `zipfile` reads it: its directory at once, which must not fill memory."""

    def __init__(self, raw: io.BufferedReader, limits: Limits) -> None:
        self.seek, self.tell, self.seekable, self._raw = raw.seek, raw.tell, raw.seekable, raw
        self._most_bytes = HEADER_BYTES * max(limits.members_count, STANDARD.members_count)

    def read(self, count_bytes: int = -1) -> bytes:
        if count_bytes > self._most_bytes:
            raise ArchiveError(Why.TOO_MANY_MEMBERS)
        return self._raw.read(count_bytes)


def _list_zip(raw: io.BufferedReader, limits: Limits) -> Iterator[ArchivedLog]:
    try:
        with zipfile.ZipFile(cast("Any", _Bounded(raw, limits))) as archive:
            infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    except (zipfile.BadZipFile, NotImplementedError, *FAULTS) as error:
        raise ArchiveError(Why.DAMAGED) from error
    size_bytes = raw.seek(0, io.SEEK_END)
    if sum(info.compress_size for info in infos) > size_bytes:  # they lie over each other
        raise ArchiveError(Why.BOMB)
    for info in infos:
        yield _read_entry(raw, info, limits)


def _read_entry(raw: io.BufferedReader, info: zipfile.ZipInfo, limits: Limits) -> ArchivedLog:
    packing = ZIP_PACKINGS.get(info.compress_type)
    member = Member(_mend_name(info), 0, info.compress_size, info.file_size, packing or Packing.STORED)
    if info.flag_bits & IS_ENCRYPTED:
        return ArchivedLog(member, why=Why.ENCRYPTED)
    if packing is None:
        return ArchivedLog(member, why=Why.OTHER_PACKING)
    if info.file_size > BOMB_BYTES and info.file_size > limits.ratio * info.compress_size:
        return ArchivedLog(member, why=Why.BOMB)
    raw.seek(info.header_offset)
    header = raw.read(LOCAL_HEADER_BYTES)
    if len(header) < LOCAL_HEADER_BYTES or not header.startswith(ZIP_MAGICS[0]):
        return ArchivedLog(member, why=Why.DAMAGED)
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    offset_bytes = info.header_offset + LOCAL_HEADER_BYTES + lengths
    member = Member(member.name, offset_bytes, member.packed_bytes, member.size_bytes, packing)
    raw.seek(0)
    try:
        packed = open_packed(raw, member, limits)
        return ArchivedLog(member, head=read_head(unpack_member(packed, member, limits), SNIFF_BYTES))
    except PackedError:
        return ArchivedLog(member, why=Why.DAMAGED)


def _mend_name(info: zipfile.ZipInfo) -> str:
    """A member's name; many write UTF-8 without saying so, and Windows may write backslashes."""
    name = info.filename.removeprefix("./")
    if not info.flag_bits & IS_NAMED_IN_UTF8:
        with contextlib.suppress(ValueError):
            name = name.encode("cp437").decode("utf-8")
    name = name.replace("\\", "/")
    return name if split_name(name) else UNNAMED


class _Forward:
    """A packed tar as `tarfile` reads it: from front to back, and watched."""

    def __init__(self, raw: io.BufferedReader, limits: Limits) -> None:
        codec = find_codec(raw)
        self.is_packed = codec is not None
        self.stream = raw if codec is None else unpack(raw, codec, limits)
        self._most_bytes = limits.unpacked_bytes
        self._place = 0

    def tell(self) -> int:
        return self._place

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        if not self.is_packed:
            self._place = self.stream.seek(place, whence)
            return self._place
        if place < self._place or whence != io.SEEK_SET:
            raise PackedError("it leads back")
        while self._place < place and self._read_on(place - self._place):
            pass
        return self._place

    def read(self, count_bytes: int) -> bytes:
        if count_bytes > LONGEST_NAME_BYTES:
            raise ArchiveError(Why.BOMB)
        text = bytearray()
        while len(text) < count_bytes and (piece := self._read_on(count_bytes - len(text))):
            text += piece
        return bytes(text)

    def _read_on(self, count_bytes: int) -> bytes:
        piece = self.stream.read1(min(count_bytes, STEP_BYTES))
        self._place += len(piece)
        if self._place > self._most_bytes and self.is_packed:
            raise ArchiveError(Why.TOO_LARGE)
        return piece


def _list_tar(raw: io.BufferedReader, limits: Limits) -> Iterator[ArchivedLog]:
    plain = _Forward(raw, limits)
    try:
        with tarfile.open(fileobj=cast("Any", plain), mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
            while (info := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # it would remember them all
                if info.isreg() and not info.issparse():
                    yield _take_entry(plain, info)
    except BombError as error:
        raise ArchiveError(Why.BOMB) from error
    except (tarfile.TarError, PackedError, RecursionError, *FAULTS) as error:
        raise ArchiveError(Why.DAMAGED) from error


def _take_entry(plain: _Forward, info: tarfile.TarInfo) -> ArchivedLog:
    """The member at whose first byte the stream stands; if that is packed, the member's bytes can be held."""
    member = Member(info.name.removeprefix("./"), plain.tell(), info.size, info.size)
    head = plain.read(min(SNIFF_BYTES, info.size))
    hold = partial(_hold, plain, head, info.size - len(head)) if plain.is_packed else None
    return ArchivedLog(member, head=head, hold=hold)


def _hold(plain: _Forward, head: bytes, rest_bytes: int, room: Room) -> Held:
    """A member's bytes, packed again, while there is room for them."""
    packer = begin_packing()
    pieces = [packer.compress(head)]
    held_bytes = len(pieces[0])
    while rest_bytes > 0 and held_bytes <= room.left_bytes:
        try:
            piece = plain.read(min(rest_bytes, STEP_BYTES))
        except BombError as error:
            raise ArchiveError(Why.BOMB) from error
        except PackedError:  # the archive ends here; the next header says so
            piece = b""
        if not piece:
            break
        rest_bytes -= len(piece)
        pieces.append(packer.compress(piece))
        held_bytes += len(pieces[-1])
    pieces.append(packer.flush())
    held_bytes += len(pieces[-1])
    if held_bytes > room.left_bytes:
        return Held(None)
    room.left_bytes -= held_bytes
    return Held(b"".join(pieces))


def strip_ending(name: str) -> str:
    """The name of an archive without its ending."""
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)] or name
