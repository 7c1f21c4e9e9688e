"""From paths to log files: which files are logs, which folder and which service each of them is of."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from logdiag.errors import InputError, reason_of
from logdiag.reading.remote import asking_remotely, find_place, is_url, list_remote, mask_secrets, open_bytes
from logdiag.reading.compression import PackedError
from logdiag.reading.streams import UTF8_BOM, LogFile, decode, read_head

STDIN: Final = "-"
DESCRIPTORS: Final = Path("/proc/self/fd")  # Linux: opens a file anew that this process has open
SNIFF_BYTES: Final = 65_536
LOG_NAME: Final = re.compile(r"\.(log|jsonl|ndjson|out|err)(\W.*)?$|[-_.]log$", re.IGNORECASE)
COPY_NAME: Final = re.compile(r"(?:^|[-_./])(?:errors?|err|out)(?![a-z])[^/]*$", re.IGNORECASE)
CONTROLS: Final = bytes({*range(1, 9), *range(14, 27), *range(28, 32)})
MOST_CONTROLS_RATIO: Final = 0.01
JSON_KEY: Final = re.compile(rb'"(message|msg|log|level|timestamp|time)"\s*:')
ROTATION: Final = (
    re.compile(r"\.(gz|zst|zstd)$", re.IGNORECASE),
    re.compile(r"\.\d+$"),
    re.compile(r"[-_.]+\d{4}-?\d{2}-?\d{2}([T_-]\d{2}([-_:]?\d{2}){0,2})?(\.\d+)?$"),
    re.compile(r"\.(log|jsonl|ndjson|json|txt|out|err)$", re.IGNORECASE),
)


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


def _spool(stdin: BinaryIO | None) -> LogFile:
    """Keep standard input in a temporary file: the analysis reads neighbourhoods of disconnects a second time."""
    if stdin is None:
        raise InputError("input.stdin_elsewhere")
    path: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix="logdiag-", suffix=".stdin")
        path = _take_name(descriptor, Path(name))
        with open(descriptor, "wb", closefd=path.parent != DESCRIPTORS) as handle:
            while block := stdin.read(1 << 20):
                handle.write(block)
        return LogFile(STDIN, path, "stdin", "stdin", path.stat().st_size, spooled=True)
    except BaseException as error:
        if path is not None:
            _discard(path)
        if isinstance(error, OSError):
            raise InputError("input.stdin_unreadable", why=reason_of(error)) from error
        raise


def _take_name(descriptor: int, path: Path) -> Path:
    """Where an open file can be opened again. On Linux it loses its name: then nothing can be left of it."""
    nameless = DESCRIPTORS / str(descriptor)
    if not nameless.exists():
        return path
    path.unlink()
    return nameless


def discard_spooled(files: Iterable[LogFile]) -> None:
    """Let go of what `find_log_files` kept of standard input; once for each file."""
    for file in files:
        if file.spooled:
            _discard(file.opened_as)


def _discard(path: Path) -> None:
    if path.parent == DESCRIPTORS:
        os.close(int(path.name))
    else:
        path.unlink(missing_ok=True)


def _walk(text: str) -> Iterator[tuple[Identity, _Candidate]]:
    """The files of one argument, each with what tells it from others."""
    if not text:
        raise InputError("input.empty_path")
    path = find_place(text)
    try:
        with asking_remotely() if is_url(text) else nullcontext():
            yield from _walk_place(text, path)
    except OSError as error:
        raise InputError("input.unreadable", path=mask_secrets(text), why=reason_of(error)) from error


def _walk_place(text: str, path: Path) -> Iterator[tuple[Identity, _Candidate]]:
    if path.is_dir():
        for found in list_remote(path) if is_url(text) else _list_folder(path):
            state = found.stat()
            yield _identify(found, state), _Candidate(found, is_named=False, size_bytes=_measure(found, state))
    elif path.exists():
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise InputError("input.no_plain_file", path=mask_secrets(text))
        with open_bytes(path):
            yield _identify(path, state), _Candidate(path, is_named=True, size_bytes=_measure(path, state))
    else:
        raise InputError("input.missing", path=mask_secrets(text))


def _measure(path: Path, state: os.stat_result) -> int:
    """The size of a file; a server may keep it to itself."""
    size_bytes: int | None = state.st_size
    if size_bytes is None:
        raise InputError("input.no_length", path=_show(path))
    return size_bytes


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
    """The path as the user gave it but for secrets, with forward slashes; bytes that are no text are written out."""
    text = path.as_posix().encode("utf-8", "backslashreplace").decode("utf-8")
    return text if isinstance(path, Path) else mask_secrets(text)


def _is_log(path: Path) -> bool:
    """A log by its name, unless its bytes are no text; or by its first lines.

    What has the name of a log but cannot be read is one: reading it will say so.
    """
    has_name = LOG_NAME.search(ROTATION[0].sub("", path.name)) is not None
    try:
        with open_bytes(path) as plain:
            head = read_head(decode(plain, SNIFF_BYTES), SNIFF_BYTES)
    except (OSError, PackedError):
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
    labels = _name_folders(sorted(set(folders.values()), key=str))
    names = _name_files([item.path for item in found])
    files = [
        LogFile(
            names[item.path],
            item.path,
            labels[folders[item.path]],
            name_service(_name(item.path)),
            item.size_bytes,
        )
        for item in found
    ]
    return sorted(_strip_maxsize_digits(files), key=lambda file: (file.source, file.service, file.path))


def _name(path: Path) -> str:
    """The name of a file without the query of its URL."""
    return path.name if isinstance(path, Path) else path.name.partition("?")[0]


def _name_files(paths: list[Path]) -> dict[Path, str]:
    """What each file is shown as, no two alike: those that differ in their secrets alone are numbered."""
    shown: dict[str, Path] = {}
    for path in paths:
        name, number = _show(path), 2
        while name in shown:
            name, number = f"{_show(path)} #{number}", number + 1
        shown[name] = path
    return {path: name for name, path in shown.items()}


def _name_folders(folders: list[Path]) -> dict[Path, str]:
    """A label for each folder, no two alike."""
    shared = folders[0] if len(folders) == 1 else _shared_folder(folders)
    labels = {folder: _relative(folder, shared) for folder in folders}
    if shared in labels:
        own = shared.name or "logs"
        labels[shared] = f"{own}/." if own in labels.values() else own
    return labels


def _shared_folder(folders: list[Path]) -> Path:
    """The deepest folder that all are in; none if they lie on different drives or machines."""
    chains = [(folder, *folder.parents) for folder in folders]
    shared = (folder for folder in chains[0] if all(folder in chain for chain in chains)) if chains else iter(())
    return next(shared, Path())


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
