"""Result files: written whole or not at all, and never over a log."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logdiag.errors import InputError, OutputError, reason_of

if TYPE_CHECKING:
    from logdiag.reading import Found

SPARE_FILES: Final = 64


def refuse_inputs(targets: Iterable[Path], found: Found, rules_files: Iterable[str]) -> None:
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
        draft = _write_draft(target, pieces)
        try:
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


def append_file(path: Path, data: bytes) -> None:
    """Add to what a file holds. Raises OutputError."""
    with _naming(path), path.open("ab") as file:
        file.write(data)


def write_files(directory: Path, contents: Mapping[str, bytes]) -> None:
    """Write all files into a directory, made if need be; after an error it holds what it held before.

    Raises OutputError.
    """
    with _naming(directory), contextlib.ExitStack() as undo:
        if not directory.exists():
            directory.mkdir(parents=True)
            undo.callback(_remove_empty, directory)
        folder = directory.resolve()
        backup = folder / f".logdiag-{os.urandom(4).hex()}"
        backup.mkdir()
        undo.callback(shutil.rmtree, backup, ignore_errors=True)
        for name, data in contents.items():
            (backup / f"new-{name}").write_bytes(data)
        for name in contents:
            _swap(folder / name, backup, undo)
        undo.pop_all()
        shutil.rmtree(backup, ignore_errors=True)


def _swap(target: Path, backup: Path, undo: contextlib.ExitStack) -> None:
    old = backup / f"old-{target.name}"
    if target.exists():
        shutil.copy2(target, old)
        (backup / f"new-{target.name}").chmod(target.stat().st_mode & 0o777)
        (backup / f"new-{target.name}").replace(target)
        undo.callback(old.replace, target)
    else:
        (backup / f"new-{target.name}").replace(target)
        undo.callback(target.unlink, missing_ok=True)


def _remove_empty(directory: Path) -> None:
    with contextlib.suppress(OSError):
        directory.rmdir()


def _write_draft(target: Path, pieces: Iterable[bytes]) -> Path:
    """Write beside the target, since a rename works only within one file system; keep the mode of what it replaces."""
    draft = target.with_name(f".logdiag-{os.urandom(4).hex()}.tmp")
    try:
        with draft.open("xb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o777)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn what the system says into an OutputError that names the path."""
    try:
        yield
    except OSError as error:
        raise OutputError("output.unwritable", path=path, why=reason_of(error)) from error
