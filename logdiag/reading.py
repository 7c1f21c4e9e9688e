"""From paths to log files to lines; the only module that opens evidence, and it only ever reads."""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, BinaryIO, Final, NamedTuple, TypeAlias

import zstandard

from logdiag.errors import InputError

STDIN: Final = "-"
SNIFF_BYTES: Final = 65_536
LOG_NAME: Final = re.compile(r"\.(log|jsonl|ndjson|out|err)(\W.*)?$|[-_.]log$", re.IGNORECASE)
GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
COPY_NAME: Final = re.compile(r"(?:^|[-_./])(?:errors?|err|out)(?![a-z])[^/]*$", re.IGNORECASE)
UTF16_BOMS: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
UTF8_BOM: Final = b"\xef\xbb\xbf"
CONTROLS: Final = bytes({*range(1, 9), *range(14, 27), *range(28, 32)})
MOST_CONTROLS_RATIO: Final = 0.01
JSON_KEY: Final = re.compile(rb'"(message|msg|log|level|timestamp|time)"\s*:')
DAMAGED: Final = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)
ROTATION: Final = (
    re.compile(r"\.(gz|zst|zstd)$", re.IGNORECASE),
    re.compile(r"\.\d+$"),
    re.compile(r"[-_.]+\d{4}-?\d{2}-?\d{2}([T_-]\d{2}([-_:]?\d{2}){0,2})?(\.\d+)?$"),
    re.compile(r"\.(log|jsonl|ndjson|json|txt|out|err)$", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of evidence.

    `path` is what reports show: the path as the user gave it. `source` labels the folder (one process, or the
    processes that share it); `service` is the file name without rotation marks and endings. `size_bytes` was read
    when the file was found: a file that grows while it is read ends there. `spooled`: a copy of standard input, ours
    to remove.
    """

    path: str
    opened_as: Path
    source: str
    service: str
    size_bytes: int
    spooled: bool = False


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


class Found(NamedTuple):
    """The log files of the paths, in a stable order, and how many other files were left alone."""

    files: tuple[LogFile, ...]
    left_alone: tuple[str, ...]


class _Candidate(NamedTuple):
    """A file that may be a log; `is_named` if the user named it, not a folder above it."""

    path: Path
    is_named: bool
    size_bytes: int


Identity: TypeAlias = tuple[int, int] | str
Stream: TypeAlias = io.BufferedReader | gzip.GzipFile | io.BytesIO


def find_log_files(paths: Sequence[str], stdin: BinaryIO | None = None) -> Found:
    """Find the log files at `paths` (files, folders at any depth, `-`).

    Named files are taken as they are; within folders, files that neither have the name of a log nor hold JSON lines
    are left alone. The same file reached twice is read once. Raises InputError for a path that cannot be used.
    """
    candidates: dict[Identity, _Candidate] = {}
    for text in dict.fromkeys(paths):
        if text != STDIN:
            for identity, found in _walk(text):
                candidates[identity] = min(candidates.get(identity, found), found, key=_rank)
    logs: list[_Candidate] = []
    left_alone: list[str] = []
    for found in candidates.values():
        if found.is_named or _is_log(found.path):
            logs.append(found)
        else:
            left_alone.append(_show(found.path))
    files = _label(logs)
    if STDIN in paths:
        files.append(_spool(stdin))
    return Found(tuple(files), tuple(sorted(left_alone)))


def _rank(found: _Candidate) -> tuple[bool, bool, str]:
    """Of several ways to one file: the named one, then the one that is no link, whatever the order of the paths."""
    return not found.is_named, found.path.is_symlink(), _show(found.path)


def read_lines(
    file: LogFile, on_bytes: Callable[[int], None] | None = None, *, start: Line = START
) -> Generator[Line | Damage, None, None]:
    """Yield every physical line of `file`, decompressed, in order; last of all a Damage if the rest is unreadable.

    `on_bytes` is told how many bytes of the file on disk were consumed since the last call. With `start`, a line that
    was read before, reading begins there.
    """
    number = start.number - 1
    try:
        for offset, raw in _read_raw(file, on_bytes, start.offset_bytes):
            number += 1
            yield Line(number, raw, offset)
    except DAMAGED as error:
        yield Damage(number, f"compressed data damaged ({error})")
    except OSError as error:
        yield Damage(number, f"cannot be read ({error.strerror or error})")


class Stretch(NamedTuple):
    """Consecutive lines of a file: from one that was read before to the one before `end` (None: to the last)."""

    start: Line
    end: Line | None


def read_stretches(file: LogFile, stretches: Sequence[Stretch]) -> Iterator[Line]:
    """The lines of stretches in ascending order that do not touch; what is compressed is decompressed but once."""
    is_plain = _is_plain(file)
    with ExitStack() as opened:
        lines: Iterable[Line | Damage] = ()
        for index, stretch in enumerate(stretches):
            if is_plain or index == 0:
                lines = opened.enter_context(closing(read_lines(file, start=stretch.start)))
            for line in lines:
                if isinstance(line, Damage):
                    return
                if stretch.end is not None and line.number >= stretch.end.number:
                    break
                if line.number >= stretch.start.number:
                    yield line


def _is_plain(file: LogFile) -> bool:
    """Whether the bytes on disk are the lines."""
    try:
        with file.opened_as.open("rb") as plain:
            return _decode(plain, 0) is plain
    except (OSError, *DAMAGED):
        return True


def read_places(file: LogFile, numbers: Iterable[int]) -> dict[int, bytes]:
    """The lines of `file` with these numbers, as they stand there."""
    wanted = set(numbers)
    last = max(wanted, default=0)
    found: dict[int, bytes] = {}
    with closing(read_lines(file)) as lines:
        for line in lines:
            if isinstance(line, Damage) or line.number > last:
                break
            if line.number in wanted:
                found[line.number] = line.raw
    return found


def _read_raw(
    file: LogFile, on_bytes: Callable[[int], None] | None, offset: int
) -> Generator[tuple[int, bytes], None, None]:
    with file.opened_as.open("rb") as plain:
        stream = _decode(plain, file.size_bytes)
        is_plain = stream is plain
        _skip_to(stream, offset, is_plain=is_plain)
        told = offset if is_plain else 0
        for index, line in enumerate(stream):
            raw = line[: file.size_bytes - offset] if is_plain else line
            if not raw:
                break
            if on_bytes is not None and index % 4096 == 0:
                position = offset if is_plain else plain.tell()
                on_bytes(position - told)
                told = position
            yield offset, (raw.removeprefix(UTF8_BOM) if offset == 0 else raw).rstrip(b"\r\n")
            offset += len(raw)
        if on_bytes is not None:
            on_bytes(max(file.size_bytes - told, 0))


def _skip_to(stream: Stream, offset: int, *, is_plain: bool) -> None:
    if is_plain:
        stream.seek(offset)
        return
    while offset > 0 and (block := stream.read(min(offset, 1 << 20))):
        offset -= len(block)


def _decode(plain: io.BufferedReader, size_bytes: int) -> Stream:
    """The bytes of a file, decompressed, in UTF-8; `plain` itself if they stand there like that."""
    stream = _decompress(plain)
    encoding = UTF16_BOMS.get(stream.peek(2)[:2])
    if encoding is None:
        return stream
    return _transcode(stream.read(size_bytes) if stream is plain else stream.read(), encoding)


def _decompress(plain: io.BufferedReader) -> io.BufferedReader | gzip.GzipFile:
    head = plain.peek(4)
    if head.startswith(GZIP_MAGIC):
        return gzip.GzipFile(fileobj=plain, mode="rb")
    if head.startswith(ZSTD_MAGIC):
        return io.BufferedReader(_ZstdFile(plain))
    return plain


def _transcode(raw: bytes, encoding: str) -> io.BytesIO:
    """UTF-16, as PowerShell's redirection writes it, as UTF-8."""
    return io.BytesIO(raw.decode(encoding, "replace").removeprefix("\ufeff").encode())


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


def _spool(stdin: BinaryIO | None) -> LogFile:
    """Keep standard input in a temporary file: the analysis reads neighbourhoods of disconnects a second time."""
    if stdin is None:
        raise InputError("-: standard input is not available here; name files or folders instead")
    path: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(prefix="logdiag-", suffix=".stdin", delete=False) as handle:
            path = Path(handle.name)
            while block := stdin.read(1 << 20):
                handle.write(block)
        return LogFile(STDIN, path, "stdin", "stdin", path.stat().st_size, spooled=True)
    except BaseException as error:
        if path is not None:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InputError(f"-: standard input cannot be read or kept: {error.strerror or error}") from error
        raise


def discard_spooled(files: Iterable[LogFile]) -> None:
    """Remove what `find_log_files` kept of standard input."""
    for file in files:
        if file.spooled:
            file.opened_as.unlink(missing_ok=True)


def _walk(text: str) -> Iterator[tuple[Identity, _Candidate]]:
    """The files of one argument, each with what tells it from others."""
    if not text:
        raise InputError("an empty path: give a log file or a folder of logs")
    path = Path(text)
    try:
        if path.is_dir():
            for found in _list_folder(path):
                state = found.stat()
                yield _identify(found, state), _Candidate(found, is_named=False, size_bytes=state.st_size)
        elif path.exists():
            state = path.stat()
            if not stat.S_ISREG(state.st_mode):
                raise InputError(f"{text}: is no plain file; feed it to standard input and name it -")
            with path.open("rb"):
                yield _identify(path, state), _Candidate(path, is_named=True, size_bytes=state.st_size)
        else:
            raise InputError(f"{text}: no such file or folder; give a log file or a folder of logs")
    except OSError as error:
        raise InputError(f"{text}: cannot be read: {error.strerror or error}") from error


def _list_folder(top: Path) -> Iterator[Path]:
    """The plain files below a folder but for hidden ones; links are followed, each folder is entered once."""
    entered = {_identify(top, top.stat())}
    for root, folders, names in os.walk(top, onerror=_refuse, followlinks=True):
        folder = Path(root)
        visible = (folder / name for name in folders if not name.startswith("."))
        folders[:] = [
            path.name for path in sorted(visible, key=lambda path: (path.is_symlink(), path)) if _enter(path, entered)
        ]
        yield from (path for name in sorted(names) if not name.startswith(".") and (path := folder / name).is_file())


def _enter(folder: Path, entered: set[Identity]) -> bool:
    identity = _identify(folder, folder.stat())
    is_new = identity not in entered
    entered.add(identity)
    return is_new


def _refuse(error: OSError) -> None:
    raise error


def _identify(path: Path, state: os.stat_result) -> Identity:
    return (state.st_dev, state.st_ino) if state.st_ino else str(path.resolve())


def _show(path: Path) -> str:
    """The path as the user gave it, with forward slashes; bytes that are no text are written out."""
    return PurePath(path).as_posix().encode("utf-8", "backslashreplace").decode("utf-8")


def _is_log(path: Path) -> bool:
    """A log by its name, unless its bytes are no text; or by its first lines.

    What has the name of a log but cannot be read is one: reading it will say so.
    """
    has_name = LOG_NAME.search(ROTATION[0].sub("", path.name)) is not None
    try:
        with path.open("rb") as plain:
            head = _decode(plain, SNIFF_BYTES).read(SNIFF_BYTES)
    except (OSError, *DAMAGED):
        return has_name
    is_text = len(head) - len(head.translate(None, CONTROLS)) <= MOST_CONTROLS_RATIO * len(head)
    return (has_name and is_text) or _holds_json_lines(head)


def _holds_json_lines(head: bytes) -> bool:
    """Whether one of the first lines looks like a JSON record with a key that logs have."""
    lines = (line.strip() for line in head.removeprefix(UTF8_BOM).splitlines()[:50])
    return any(line.startswith(b"{") and line.endswith(b"}") and JSON_KEY.search(line) for line in lines)


def _label(found: list[_Candidate]) -> list[LogFile]:
    """Name the folder of each file: relative to what all folders share, or by its own name if there is one."""
    folders = {item.path: item.path.resolve().parent for item in found}
    labels = _name_folders(sorted(set(folders.values())))
    files = [
        LogFile(_show(item.path), item.path, labels[folders[item.path]], name_service(item.path.name), item.size_bytes)
        for item in found
    ]
    return sorted(_strip_maxsize_digits(files), key=lambda file: (file.source, file.service, file.path))


def _name_folders(folders: list[Path]) -> dict[Path, str]:
    """A label for each folder, no two alike."""
    shared = folders[0] if len(folders) == 1 else _shared_folder(folders)
    labels = {folder: _relative(folder, shared) for folder in folders}
    if shared in labels:
        own = shared.name or "logs"
        labels[shared] = f"{own}/." if own in labels.values() else own
    return labels


def _shared_folder(folders: list[Path]) -> Path:
    try:
        return Path(os.path.commonpath([str(folder) for folder in folders]))
    except ValueError:  # different drives
        return Path()


def _relative(folder: Path, shared: Path) -> str:
    try:
        return _show(folder.relative_to(shared))
    except ValueError:
        return _show(folder)


def name_service(file_name: str) -> str:
    """The service that a file name stands for: `socket-client-2025-11-14.log.gz` -> `socket-client`."""
    name = file_name
    changed = True
    while changed:
        changed = False
        for mark in ROTATION:
            shorter = mark.sub("", name)
            if shorter and shorter != name:
                name, changed = shorter, True
    return name.strip("-_.") or file_name


def is_copy_name(path: str) -> bool:
    """Whether a file looks like a by-product (X-error.log, error.log, X-out.log): the other is the better evidence."""
    return COPY_NAME.search(path) is not None


def _strip_maxsize_digits(files: list[LogFile]) -> list[LogFile]:
    """With maxsize, winston writes X.log, X1.log, X2.log: the digit is no part of the name if X stands beside it."""
    known = {(file.source, file.service) for file in files}
    result = []
    for file in files:
        base = re.sub(r"\d+$", "", file.service)
        is_rotated = base and base != file.service and (file.source, base) in known
        result.append(replace(file, service=base) if is_rotated else file)
    return result
