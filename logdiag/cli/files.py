"""Result files: written whole or not at all, and never over a log."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logdiag.errors import InputError, OutputError, reason_of

if TYPE_CHECKING:
    from logdiag.reading import FoundFiles

SPARE_FILES: Final = 64
LITTER: Final = re.compile(r"\.logdiag-[0-9a-f]{8}")  # what is not yet a result, or no longer


def refuse_inputs(targets: Iterable[Path], found: FoundFiles, rules_files: Iterable[str]) -> None:
    """Raise InputError if a result would replace one of the logs found, or a rules file.

    Links are followed; what does not exist yet, or is no plain file, is not replaced.
    """
    logs = [log.opened_as for log in found.files if isinstance(log.opened_as, Path)]  # the others lie elsewhere
    inputs = [*logs, *(Path(name) for name in rules_files if Path(name).exists())]
    for target in (target for target in targets if target.is_file()):
        if any(target.samefile(path) for path in inputs):
            raise InputError("output.is_input", path=target)


def allow_open_files(count: int) -> None:
    """Raise this process's limit of open files, as far as the system lets it; Windows has no such limit."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_FILES if hard == resource.RLIM_INFINITY else min(count + SPARE_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def write_file(path: Path, data: bytes) -> None:
    """Write one file: complete under its name, or what was there before. Raises OutputError.

    A device or a named pipe is written to, not replaced.
    """
    write_pieces(path, (data,))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write one file piece by piece, as `write_file` does."""
    with _naming(path):
        if path.exists() and not path.is_file():
            with path.open("wb") as device:
                device.writelines(pieces)
            return
        target = path.resolve()
        with _own(target.parent, _touch) as draft:  # beside it, since a rename works only within one file system
            _write_draft(draft, target, pieces)
            draft.replace(target)


def append_file(path: Path, data: bytes) -> None:
    """Add to what a file holds. Raises OutputError."""
    with _naming(path), path.open("ab") as file:
        file.write(data)


def write_files(directory: Path, contents: Mapping[str, bytes]) -> None:
    """Write all files into a directory, made if need be; after an error it holds what it held before.

    A new directory, and on Linux one that holds nothing else, is replaced as one: a run that is killed leaves all
    old files or all new ones. Raises OutputError.
    """
    with _naming(directory):
        folder = directory.resolve()
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with _stage(folder.parent, contents) as staged:
                staged.rename(folder)
            return
        if _holds_nothing_else(folder, contents):
            with _stage(folder.parent, contents) as staged:
                if _resemble(staged, folder) and _exchange(staged, folder):
                    return
        _clear_litter(folder.parent)
        with _stage(folder, contents) as staged, contextlib.ExitStack() as undo:
            for name in contents:
                _swap(folder / name, staged, undo)
            undo.pop_all()


@contextlib.contextmanager
def _stage(parent: Path, contents: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder of our own that holds the files."""
    with _own(parent, Path.mkdir) as staged:
        for name, data in contents.items():
            (staged / name).write_bytes(data)
        yield staged


def _holds_nothing_else(folder: Path, contents: Mapping[str, bytes]) -> bool:
    """Whether a directory can be replaced as one: nothing is lost, and nobody stands in it."""
    files = list(folder.iterdir())
    is_free = not (folder.is_mount() or Path.cwd().is_relative_to(folder)) and os.access(folder.parent, os.W_OK)
    return is_free and all(path.name in contents and path.is_file() and not path.is_symlink() for path in files)


def _resemble(staged: Path, folder: Path) -> bool:
    """Give the new files the modes of those that they replace; False if the owners differ."""
    for path in [*folder.iterdir(), folder]:
        new, old = staged / path.relative_to(folder), path.stat()
        if (new.stat().st_uid, new.stat().st_gid) != (old.st_uid, old.st_gid):
            return False
        new.chmod(old.st_mode & 0o7777)
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, where the system can."""
    if sys.platform != "linux":
        return False
    import ctypes

    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)
    return rename is not None and rename(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0


def _swap(target: Path, staged: Path, undo: contextlib.ExitStack) -> None:
    new, old = staged / target.name, staged / f"old-{target.name}"
    if target.exists():
        shutil.copy2(target, old)
        new.chmod(target.stat().st_mode & 0o777)
        new.replace(target)
        undo.callback(old.replace, target)
    else:
        new.replace(target)
        undo.callback(target.unlink, missing_ok=True)


@contextlib.contextmanager
def _own(parent: Path, make: Callable[[Path], object]) -> Iterator[Path]:
    """A file or folder of our own, removed at the end if it still stands there; dead runs' are removed first."""
    _clear_litter(parent)
    while True:
        path = parent / f".logdiag-{os.urandom(4).hex()}"
        make(path)
        with _lock(path, is_patient=True):
            if path.exists():  # else another run took it for litter before it was locked
                try:
                    yield path
                finally:
                    _remove(path)
                return


def _clear_litter(parent: Path) -> None:
    litter: list[Path] = []
    with contextlib.suppress(OSError):
        litter = [path for path in parent.iterdir() if LITTER.fullmatch(path.name) and not path.is_symlink()]
    for path in litter:
        with _lock(path, is_patient=False) as is_ours:
            if is_ours:
                _remove(path)


@contextlib.contextmanager
def _lock(path: Path, *, is_patient: bool) -> Iterator[bool]:
    """Hold a file or folder until the end of this process at the latest; tell whether it is held.

    Windows cannot: there it is not, and litter stays.
    """
    if sys.platform == "win32":
        yield False
        return
    import fcntl

    with contextlib.ExitStack() as stack:
        is_held = False
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX if is_patient else fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_held = True
        yield is_held


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _touch(path: Path) -> None:
    path.touch(exist_ok=False)


def _write_draft(draft: Path, target: Path, pieces: Iterable[bytes]) -> None:
    """Write what shall replace the target; it keeps its mode."""
    with draft.open("wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
    if target.exists():
        draft.chmod(target.stat().st_mode & 0o777)


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn what the system says into an OutputError that names the path."""
    try:
        yield
    except OSError as error:
        raise OutputError("output.unwritable", path=path, why=reason_of(error)) from error
