"""From paths to log files to lines; the only module that opens evidence, and it only ever reads."""

from __future__ import annotations

import gzip
import io
import os
import re
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import IO, BinaryIO, Final, NamedTuple, cast

import zstandard

from logdiag.errors import InputError

STDIN: Final = "-"
SNIFF_BYTES: Final = 65_536
LOG_NAME: Final = re.compile(r"\.(log|jsonl|ndjson|out|err)(\W.*)?$|[-_.]log$", re.IGNORECASE)
GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
UTF16_BOMS: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
UTF8_BOM: Final = b"\xef\xbb\xbf"
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
    when the file was found: a file that grows while it is read ends there.
    """

    path: str
    opened_as: Path
    source: str
    service: str
    size_bytes: int


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


def find_log_files(paths: Sequence[str], stdin: BinaryIO | None = None) -> Found:
    """Find the log files at `paths` (files, folders at any depth, `-`).

    Named files are taken as they are; within folders, files that neither have the name of a log nor hold JSON lines
    are left alone. The same file reached twice is read once. Raises InputError for a path that cannot be used.
    """
    seen: set[tuple[int, int] | str] = set()
    files: list[tuple[str, Path]] = []
    left_alone: list[str] = []
    spooled: list[LogFile] = []
    for text in dict.fromkeys(paths):
        if text == STDIN:
            spooled.append(_spool(stdin))
            continue
        for path, named in _walk(text):
            identity = _identify(path)
            if identity in seen:
                continue
            seen.add(identity)
            shown = _show(path)
            if named or _is_log(path):
                files.append((shown, path))
            else:
                left_alone.append(shown)
    return Found((*_label(files), *spooled), tuple(sorted(left_alone)))


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
    with _open(file) as plain:
        head = plain.read(4)
        plain.seek(0)
        encoding = UTF16_BOMS.get(head[:2])
        stream, compressed = _decompress(plain, head)
        if encoding is not None:
            stream, compressed = _transcode(stream, encoding), True
        _skip_to(stream, offset, compressed=compressed)
        told = offset
        for index, line in enumerate(stream):
            raw = line if compressed else line[: file.size_bytes - offset]
            if not raw:
                break
            if on_bytes is not None and index % 4096 == 0:
                position = plain.tell() if compressed else offset
                on_bytes(position - told)
                told = position
            yield offset, raw.removeprefix(UTF8_BOM).rstrip(b"\r\n") if offset == 0 else raw.rstrip(b"\r\n")
            offset += len(raw)
        if on_bytes is not None:
            on_bytes(max(file.size_bytes - told, 0))


def _skip_to(stream: IO[bytes], offset: int, *, compressed: bool) -> None:
    if not compressed:
        stream.seek(offset)
        return
    while offset > 0 and (block := stream.read(min(offset, 1 << 20))):
        offset -= len(block)


def _transcode(stream: IO[bytes], encoding: str) -> IO[bytes]:
    """UTF-16, as PowerShell's redirection writes it, as UTF-8."""
    text = stream.read().decode(encoding, "replace").removeprefix("\ufeff")
    return io.BytesIO(text.encode("utf-8", "surrogatepass"))


def _open(file: LogFile) -> IO[bytes]:
    return file.opened_as.open("rb")


def _decompress(plain: IO[bytes], head: bytes) -> tuple[IO[bytes], bool]:
    if head.startswith(GZIP_MAGIC):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=plain, mode="rb")), True
    if head.startswith(ZSTD_MAGIC):
        reader = zstandard.ZstdDecompressor().stream_reader(plain, read_across_frames=True)
        return io.BufferedReader(reader), True
    return plain, False


def _spool(stdin: BinaryIO | None) -> LogFile:
    """Keep standard input in a temporary file: the analysis reads neighbourhoods of disconnects a second time."""
    if stdin is None:
        raise InputError("-: standard input is not available here; name files or folders instead")
    handle = tempfile.NamedTemporaryFile(prefix="logdiag-", suffix=".stdin", delete=False)  # noqa: SIM115
    with handle:
        while block := stdin.read(1 << 20):
            handle.write(block)
    path = Path(handle.name)
    return LogFile("-", path, "stdin", "stdin", path.stat().st_size)


def discard_spooled(files: Iterable[LogFile]) -> None:
    """Remove what `find_log_files` kept of standard input."""
    for file in files:
        if file.path == STDIN:
            file.opened_as.unlink(missing_ok=True)


def _walk(text: str) -> Iterator[tuple[Path, bool]]:
    """The files of one argument; True for one that was named itself."""
    path = Path(text)
    try:
        if path.is_dir():
            for folder, folders, names in os.walk(path, onerror=_refuse):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(names):
                    if not name.startswith(".") and (found := Path(folder) / name).is_file():
                        yield found, False
        elif path.is_file() or path.exists():
            with path.open("rb"):
                yield path, True
        else:
            raise InputError(f"{text}: no such file or folder; give a log file or a folder of logs")
    except OSError as error:
        raise InputError(f"{text}: cannot be read: {error.strerror or error}") from error


def _refuse(error: OSError) -> None:
    raise error


def _identify(path: Path) -> tuple[int, int] | str:
    state = path.stat()
    return (state.st_dev, state.st_ino) if state.st_ino else str(path.resolve())


def _show(path: Path) -> str:
    """The path as the user gave it, with forward slashes."""
    return PurePath(path).as_posix()


def _is_log(path: Path) -> bool:
    try:
        if LOG_NAME.search(ROTATION[0].sub("", path.name)):
            return True
        return _holds_json_lines(path)
    except (OSError, *DAMAGED):
        return False


def _holds_json_lines(path: Path) -> bool:
    """A file without the name of a log is one if one of its first lines looks like a JSON record with a text key."""
    with path.open("rb") as plain:
        head = plain.read(4)
        plain.seek(0)
        stream, _ = _decompress(plain, head)
        block = stream.read(SNIFF_BYTES)
    if b"\0" in block[:512] and block[:2] not in UTF16_BOMS:
        return False
    record = re.compile(rb'^\s*\{.*"(message|msg|log|level|timestamp|time)"\s*:.*\}\s*$')
    return any(record.match(line) for line in block.removeprefix(UTF8_BOM).splitlines()[:50])


def _label(files: list[tuple[str, Path]]) -> list[LogFile]:
    """Name the folder of each file: relative to what all folders share, or by its own name if there is one."""
    folders = {path: path.resolve().parent for _, path in files}
    distinct = sorted(set(folders.values()))
    labels: dict[Path, str]
    if len(distinct) == 1:
        labels = {distinct[0]: distinct[0].name or "logs"}
    else:
        shared = _shared_folder(distinct)
        labels = {folder: _relative(folder, shared) for folder in distinct}
    named = [
        LogFile(shown, path, labels[folders[path]], name_service(path.name), path.stat().st_size)
        for shown, path in files
    ]
    return sorted(_strip_maxsize_digits(named), key=lambda file: (file.source, file.service, file.path))


def _shared_folder(folders: list[Path]) -> Path:
    try:
        return Path(os.path.commonpath([str(folder) for folder in folders]))
    except ValueError:  # different drives
        return Path()


def _relative(folder: Path, shared: Path) -> str:
    try:
        text = folder.relative_to(shared).as_posix()
    except ValueError:
        text = folder.as_posix()
    return (shared.name or "logs") if text == "." else text


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


def _strip_maxsize_digits(files: list[LogFile]) -> list[LogFile]:
    """With maxsize, winston writes X.log, X1.log, X2.log: the digit is no part of the name if X stands beside it."""
    known = {(file.source, file.service) for file in files}
    result = []
    for file in files:
        base = re.sub(r"\d+$", "", file.service)
        is_rotated = base and base != file.service and (file.source, base) in known
        result.append(replace(file, service=base) if is_rotated else file)
    return result
