"""From paths to log files: which files are logs, which folder and which service each of them is of."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from logdiag.errors import InputError, reason_of
from logdiag.limits import STANDARD, Limits
from logdiag.reading.archives import (
    APPLICATIONS,
    SNIFF_BYTES,
    ArchivedLog,
    ArchiveError,
    Kind,
    Room,
    Why,
    find_kind,
    list_entries,
    split_name,
    strip_ending,
)
from logdiag.reading.copies import find_copies
from logdiag.reading.labels import PlacedLog, escape_name, label_logs, name_file, name_service, show_path
from logdiag.reading.nearby import refuse_missing
from logdiag.reading.remote import asking_remotely, find_place, is_url, list_remote, mask_secrets, open_bytes
from logdiag.reading.sniffing import is_log, is_log_file, is_timed_table_file
from logdiag.reading.streams import LogFile
from logdiag.results.inputs import UnreadFile

STDIN: Final = "-"
DESCRIPTORS: Final = Path("/proc/self/fd")  # Linux: opens a file anew that this process has open
LEADS_NOWHERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})  # a link whose goal is gone, or itself


class FoundFiles(NamedTuple):
    """The log files of the paths, in a stable order; other files that were left alone; what may hold logs unread."""

    files: tuple[LogFile, ...]
    left_alone: tuple[str, ...]
    unread: tuple[UnreadFile, ...] = ()


class _Candidate(NamedTuple):
    """A file that may be a log; `is_named` if the user named it, not a folder above it."""

    path: Path
    is_named: bool
    size_bytes: int


Identity: TypeAlias = tuple[int, int] | str


def find_log_files(paths: Sequence[str], stdin: BinaryIO | None = None, limits: Limits = STANDARD) -> FoundFiles:
    """Find the log files at `paths` (files, folders at any depth, archives, `-`).

    Named files are taken as they are; within folders and archives, files that neither have the name of a log nor hold
    JSON lines or text with stamps are left alone. The same file reached twice is read once. Links are followed within
    the paths alone: what lies outside is read if it is named. `limits` bound archives and what is read of
    each file; of more files than they allow the first in order are taken. Raises InputError for a path that cannot be
    used.
    """
    candidates: dict[Identity, _Candidate] = {}
    sorter = _Sorter([], [], [], [], Room(), limits)
    places = [text for text in dict.fromkeys(paths) if text != STDIN]
    tops = frozenset(os.path.realpath(text) for text in places if text and "\0" not in text and not is_url(text))
    for text in places:
        for identity, found in _walk(text, tops, sorter.unread):
            candidates[identity] = min(candidates.get(identity, found), found, key=_rank)
    for found in sorted(candidates.values(), key=lambda found: show_path(found.path)):
        sorter.take(found)
    files = label_logs(sorter.list_logs())
    copies = find_copies(files)
    files = [file for file in files if file not in copies]
    sorter.unread.extend(UnreadFile(file.path, Why.BACKUP) for file in copies)
    sorter.unread.extend(UnreadFile(file.path, Why.TOO_MANY_FILES) for file in files[limits.files_count :])
    files = files[: limits.files_count]
    if STDIN in paths:
        files += _read_stdin(stdin, sorter)
    return FoundFiles(
        tuple(replace(file, limits=limits) for file in files),
        tuple(sorted(sorter.left_alone)),
        tuple(sorted(sorter.unread)),
    )


class _Sorter(NamedTuple):
    """Sorts candidates into logs, what is left alone, and what may hold logs and cannot be read."""

    logs: list[PlacedLog]
    members: list[PlacedLog]
    left_alone: list[str]
    unread: list[UnreadFile]
    room: Room
    limits: Limits

    def take(self, found: _Candidate) -> None:
        """Sort one file. Raises InputError if the user named an archive of which nothing can be read."""
        shown = show_path(found.path)
        try:
            kind = _find_kind(found)
        except OSError:
            self.refuse(UnreadFile(shown, Why.UNREADABLE), is_named=found.is_named)
            return
        if isinstance(kind, Kind):
            self.open_archive(found.path, kind, shown, is_named=found.is_named)
        elif kind is not None:
            self.refuse(UnreadFile(shown, kind), is_named=found.is_named)
        elif found.is_named or is_log_file(found.path):
            folder = found.path.resolve().parent
            self.logs.append(PlacedLog(found.path, shown, folder, name_file(found.path), found.size_bytes))
        elif is_timed_table_file(found.path):
            self.unread.append(UnreadFile(shown, Why.TABLE))
        else:
            self.left_alone.append(shown)

    def open_archive(self, path: Path, kind: Kind, shown: str, *, is_named: bool, folder: Path | None = None) -> None:
        """Sort the members of an archive; what stands before a damage is taken."""
        entries: list[ArchivedLog] = []
        faults: list[UnreadFile] = []
        try:
            with open_bytes(path) as raw:
                entries.extend(list_entries(raw, kind, is_log, self.room, self.limits))
        except ArchiveError as error:
            faults.append(UnreadFile(shown, error.why))
        except OSError:
            faults.append(UnreadFile(shown, Why.DAMAGED))
        faults += [UnreadFile(_show_member(shown, one), one.why) for one in entries if one.why is not None]
        logs = [entry for entry in entries if entry.why is None]
        for fault in faults:
            self.refuse(fault, is_named=is_named and not logs)
        top = path.resolve() if folder is None else folder
        folders = _place_members(top, [split_name(entry.member.name) for entry in logs])
        for entry, place in zip(logs, folders, strict=True):
            name = (split_name(entry.member.name) or (entry.member.name,))[-1]
            size_bytes = entry.member.packed_bytes if entry.held.packed is None else len(entry.held.packed)
            self.members.append(PlacedLog(path, _show_member(shown, entry), place, name, size_bytes, entry))

    def refuse(self, unread: UnreadFile, *, is_named: bool) -> None:
        """Note what cannot be read. Raises InputError if it is all that the user named there."""
        if is_named:
            raise InputError(f"unread.{unread.why}", path=unread.path)
        self.unread.append(unread)

    def list_logs(self) -> list[PlacedLog]:
        """The logs found, without those members of archives that lie unpacked beside them."""
        beside: dict[tuple[str, int], list[PlacedLog]] = {}
        for log in self.logs:
            beside.setdefault((log.name, log.size_bytes), []).append(log)
        kept = []
        for log in self.members:
            entry = log.entry
            others = () if entry is None else beside.get((log.name, entry.member.size_bytes), ())
            if entry is not None and any(_is_unpacked(entry, log.path, other.path) for other in others):
                self.unread.append(UnreadFile(log.shown, Why.COPY))
            else:
                kept.append(log)
        self.members.clear()
        return [*self.logs, *kept]


def _is_unpacked(entry: ArchivedLog, archive: Path, path: Path) -> bool:
    """Whether a file of the size of an archive's member is that member, unpacked below the archive's folder."""
    parts = split_name(entry.member.name)
    place = path.resolve()
    if place.parts[-len(parts) :] != parts or archive.resolve().parent not in place.parents:
        return False
    try:
        with open_bytes(path) as raw:
            return raw.read(SNIFF_BYTES) == entry.head
    except OSError:
        return False


def _find_kind(found: _Candidate) -> Kind | Why | None:
    """What archive a file is; documents and programs that are zips inside are none, unless the user names them.

    Raises OSError.
    """
    if not found.is_named and found.path.name.lower().endswith(APPLICATIONS):
        return None
    with open_bytes(found.path) as raw:
        return find_kind(raw)


def _show_member(shown: str, entry: ArchivedLog) -> str:
    return f"{shown}!{escape_name(entry.member.name)}"


def _place_members(archive: Path, names: list[tuple[str, ...]]) -> list[Path]:
    """The folder of each member, as if the archive were unpacked into a folder that is called like it.

    A rotated log that was packed by itself (`app-2025-11-14.zip` with `app.log`) lies where the archive lies.
    """
    stem = strip_ending(archive.name)
    if len(names) == 1 and len(names[0]) == 1 and name_service(names[0][0]) == name_service(stem):
        return [archive.parent]
    is_doubled = all(len(name) > 1 and name[0] == stem for name in names)
    return [archive.parent.joinpath(stem, *name[1 if is_doubled else 0 : -1]) for name in names]


def _rank(found: _Candidate) -> tuple[bool, bool, str]:
    """Of several ways to one file: the named one, then the one that is no link, whatever the order of the paths."""
    return not found.is_named, found.path.is_symlink(), show_path(found.path)


def _read_stdin(stdin: BinaryIO | None, sorter: _Sorter) -> list[LogFile]:
    """Standard input as a log, or as the logs of the archive that it is. Raises InputError."""
    whole = _spool(stdin)
    try:
        kind = _find_kind(_Candidate(whole.opened_as, is_named=True, size_bytes=whole.size_bytes))
        if kind is None:
            return [whole]
        if isinstance(kind, Kind):
            sorter.open_archive(whole.opened_as, kind, STDIN, is_named=True, folder=Path(whole.source))
        else:
            sorter.refuse(UnreadFile(STDIN, kind), is_named=True)
        files = label_logs(sorter.members)
    except BaseException:
        discard_file(whole.opened_as)
        raise
    if not files:
        discard_file(whole.opened_as)
    return [replace(file, spooled=True) for file in files]


def _spool(stdin: BinaryIO | None) -> LogFile:
    """Keep standard input in a temporary file: the analysis reads neighbourhoods of disconnects a second time."""
    if stdin is None:
        raise InputError("input.stdin_elsewhere")
    path: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix="logdiag-", suffix=".stdin")
        path = take_name(descriptor, Path(name))
        with open(descriptor, "wb", closefd=path.parent != DESCRIPTORS) as handle:
            while block := stdin.read(1 << 20):
                handle.write(block)
        return LogFile(STDIN, path, "stdin", "stdin", path.stat().st_size, spooled=True)
    except BaseException as error:
        if path is not None:
            discard_file(path)
        if isinstance(error, OSError):
            raise InputError("input.stdin_unreadable", why=reason_of(error)) from error
        raise


def take_name(descriptor: int, path: Path) -> Path:
    """Where an open file can be opened again. On Linux it loses its name: then nothing can be left of it."""
    nameless = DESCRIPTORS / str(descriptor)
    if not nameless.exists():
        return path
    path.unlink()
    return nameless


def discard_spooled(files: Iterable[LogFile]) -> None:
    """Let go of what `find_log_files` kept of standard input."""
    for path in {file.opened_as for file in files if file.spooled}:
        discard_file(path)


def discard_file(path: Path) -> None:
    """Remove a file that `take_name` gave a name."""
    if path.parent == DESCRIPTORS:
        os.close(int(path.name))
    else:
        path.unlink(missing_ok=True)


def _walk(text: str, tops: frozenset[str], unread: list[UnreadFile]) -> Iterator[tuple[Identity, _Candidate]]:
    """The files of one argument, each with what tells it from others; `tops` are all arguments, links resolved."""
    if not text:
        raise InputError("input.empty_path")
    path = find_place(text)
    try:
        with asking_remotely() if is_url(text) else nullcontext():
            yield from _walk_place(text, path, tops, unread)
    except OSError as error:
        raise InputError("input.unreadable", path=mask_secrets(text), why=reason_of(error)) from error


def _walk_place(
    text: str, path: Path, tops: frozenset[str], unread: list[UnreadFile]
) -> Iterator[tuple[Identity, _Candidate]]:
    if path.is_dir():
        listed = _list_remote(path) if is_url(text) else _Folder(path, tops, unread).list_files()
        for found, state in listed:
            yield _identify(found, state), _Candidate(found, is_named=False, size_bytes=_measure(found, state))
    elif path.exists():
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise InputError("input.no_plain_file", path=mask_secrets(text))
        with open_bytes(path):
            yield _identify(path, state), _Candidate(path, is_named=True, size_bytes=_measure(path, state))
    elif is_url(text):
        raise InputError("input.missing", path=mask_secrets(text))
    else:
        raise refuse_missing(path)


def _list_remote(top: Path) -> Iterator[tuple[Path, os.stat_result]]:
    return ((path, path.stat()) for path in list_remote(top))


def _measure(path: Path, state: os.stat_result) -> int:
    """The size of a file; a server may keep it to itself."""
    size_bytes: int | None = state.st_size
    if size_bytes is None:
        raise InputError("input.no_length", path=show_path(path))
    return size_bytes


class _Folder:
    """A folder of this machine that was named, and what below it cannot be entered or read, or leads out of `tops`."""

    def __init__(self, top: Path, tops: frozenset[str], unread: list[UnreadFile]) -> None:
        self._top, self._tops, self._unread = top, tops, unread
        self._entered = {_identify(top, top.stat())}

    def list_files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """The plain files but for hidden ones; each folder is entered once. Raises OSError if not one can be."""
        for root, folders, names in os.walk(self._top, onerror=self._refuse, followlinks=True):
            folder = Path(root)
            visible = (folder / name for name in folders if not name.startswith("."))
            folders[:] = [
                path.name for path in sorted(visible, key=lambda path: (_is_link(path), path)) if self._enter(path)
            ]
            for path in (folder / name for name in sorted(names) if not name.startswith(".")):
                state = self._look(path)
                if state is not None:
                    yield path, state

    def _enter(self, folder: Path) -> bool:
        state = self._look(folder)
        if state is None:
            return False
        identity = _identify(folder, state)
        is_new = identity not in self._entered
        self._entered.add(identity)
        return is_new

    def _look(self, path: Path) -> os.stat_result | None:
        """The state of the file or folder that a path leads to; None where it is not for us to read, which is noted."""
        is_link = _is_link(path)
        try:
            state = path.stat()
        except OSError as error:
            self._note(path, Why.DANGLING if is_link and error.errno in LEADS_NOWHERE else Why.UNREADABLE)
            return None
        if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):
            return None
        if is_link and not self._is_within(os.path.realpath(path)):
            self._note(path, Why.OUTSIDE)
            return None
        return state

    def _is_within(self, real: str) -> bool:
        return any(str(place) in self._tops for place in (Path(real), *Path(real).parents))

    def _refuse(self, error: OSError) -> None:
        if Path(error.filename) == self._top:
            raise error
        self._note(Path(error.filename), Why.UNREADABLE)

    def _note(self, path: Path, why: Why) -> None:
        self._unread.append(UnreadFile(show_path(path), why))


def _is_link(path: Path) -> bool:
    return os.path.islink(path)  # noqa: PTH114  Path.is_symlink() raises where a folder may not be entered


def _identify(path: Path, state: os.stat_result) -> Identity:
    return (state.st_dev, state.st_ino) if state.st_ino else str(path.resolve())
