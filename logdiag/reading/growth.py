"""From log files that grow to the lines that are new: across rotation, truncation and new files.

A file is known by what the system calls it (device and inode), not by its name: after a rename its rest is read under
the new name, and what then has the old name is a new file. Nothing is held open between two looks, so that nobody who
rotates logs is in the way of a reader, or has one in his.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from logdiag.errors import InputError
from logdiag.reading.compression import PackedError
from logdiag.reading.files import STDIN, find_log_files, name_service
from logdiag.reading.remote import open_bytes
from logdiag.reading.streams import LogFile, is_seekable

HEAD_BYTES: Final = 256  # two logs do not begin with the same stamps and words for so long by chance
STEP_BYTES: Final = 8 << 20  # so much of a file is held at once
COUNTED_BYTES: Final = 1 << 20
SPARE_TAILS: Final = 64  # of files that are gone: between a rename and its discovery a file is nowhere
LONGEST_LINE_BYTES: Final = 1 << 20  # a longer one is told by the analysis alone

Identity: TypeAlias = tuple[int, int]


class Change(StrEnum):
    """What became of a file besides growing."""

    NEW = "file-new"
    ROTATED = "file-rotated"
    TRUNCATED = "file-truncated"


class Grown(NamedTuple):
    """New whole lines of a file; the first of them is line `line`, counted from 1. Or what became of the file."""

    file: LogFile
    line: int = 0
    lines: tuple[bytes, ...] = ()
    change: Change | None = None


@dataclass(slots=True)
class Tail:
    """How far a file was read: up to `offset_bytes`, behind `lines_count` whole lines; `rest` begins the next one.

    `head` are the first bytes, which tell whether it is still the same text; `is_text` None: not known yet.
    `previous` is how far it was read before it began anew: a copy of that may turn up. `written_ns` is when it was last
    written, by the file system's clock, at the look before.
    """

    offset_bytes: int = 0
    lines_count: int = 0
    rest: bytes = b""
    head: bytes = b""
    is_text: bool | None = None
    previous: Tail | None = None
    written_ns: int = 0

    def pass_over(self, path: Path, size_bytes: int) -> None:
        """Take the whole lines that are there for read."""
        end = 0
        with open_bytes(path) as raw:
            while end < size_bytes and (piece := raw.read(min(COUNTED_BYTES, size_bytes - end))):
                self.head = self.head or piece[:HEAD_BYTES]
                self.lines_count += piece.count(b"\n")
                last = piece.rfind(b"\n") + 1
                self.offset_bytes = end + last if last else self.offset_bytes
                end += len(piece)

    def is_same(self, path: Path) -> bool:
        """Whether a file still begins as it did."""
        with open_bytes(path) as raw:
            return raw.read(len(self.head)) == self.head

    def restart(self) -> None:
        """The file begins anew."""
        self.previous = replace(self, previous=None)
        self.offset_bytes, self.lines_count, self.rest, self.head = 0, 0, b"", b""

    def read(self, path: Path, size_bytes: int) -> tuple[bytes, ...]:
        """The whole lines that are new, without their ends."""
        with open_bytes(path) as raw:
            if len(self.head) < HEAD_BYTES:
                self.head = raw.read(min(HEAD_BYTES, size_bytes))
            raw.seek(self.offset_bytes)
            piece = raw.read(min(STEP_BYTES, size_bytes - self.offset_bytes))
        self.offset_bytes += len(piece)
        *lines, self.rest = (self.rest + piece).split(b"\n")
        if len(self.rest) > LONGEST_LINE_BYTES:
            self.rest = self.rest[:1]
        self.lines_count += len(lines)
        return tuple(line.rstrip(b"\r") for line in lines)


class Follower:
    """Follows the log files of paths, standard input left out; what they hold at the first `find` is taken for read."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = tuple(paths)
        self._files: dict[str, LogFile] = {}
        self._moved: dict[Identity, LogFile] = {}
        self._places: dict[str, Identity] = {}
        self._tails: dict[Identity, Tail] = {}
        self._began_ns: dict[str, int] = {}
        self._rotated: set[str] = set()
        self._is_begun = False

    @property
    def files_count(self) -> int:
        """How many files are followed."""
        return len(self._files)

    def find(self) -> None:
        """Look for files anew. The first time it raises InputError where a path cannot be used; later it waits."""
        paths = [path for path in self._paths if path != STDIN]
        if not paths:
            return
        try:
            found = find_log_files(paths).files
        except InputError:
            if not self._is_begun:
                raise
            return  # between a rename and what takes the name
        self._files = {file.path: file for file in found if file.member is None}
        if self._is_begun:
            return
        self._is_begun = True
        for file, state in self._list_states():
            self._began_ns[file.path] = state.st_mtime_ns
            identity = self._places[file.path] = (state.st_dev, state.st_ino)
            tail = self._tails[identity] = Tail(is_text=is_seekable(file) if state.st_size else None)
            if tail.is_text:
                tail.pass_over(file.opened_as, state.st_size)

    def follow(self) -> Iterator[Grown]:
        """Yield what is new, the file that was written first before the others."""
        if any(self._is_replaced(file, state) for file, state in self._list_states()):
            self.find()
        states = sorted(self._list_states(), key=lambda item: (item[1].st_mtime_ns, item[0].path))
        for file, state in states:
            yield from self._follow_one(file, state)
        present = {(state.st_dev, state.st_ino) for _, state in states}
        self._moved = {identity: file for identity, file in self._moved.items() if identity in present}
        if len(self._tails) > len(present) + SPARE_TAILS:
            self._tails = {identity: tail for identity, tail in self._tails.items() if identity in present}

    def list_paths(self) -> tuple[str, ...]:
        """The paths as they were given, and the files to which the contents of named ones were rotated away."""
        kept = {path: tuple(self._list_kept(path)) for path in self._paths}
        there = (path for path in self._paths if not kept[path] or Path(path).exists())
        return (*there, *dict.fromkeys(one for others in kept.values() for one in others))

    def _list_kept(self, path: str) -> Iterator[str]:
        """The files that hold what stood in a named one since it is followed; folders have theirs within."""
        began_ns = self._began_ns.get(path)
        if began_ns is None or (path not in self._rotated and Path(path).exists()):
            return
        for sibling in _list_siblings(Path(path)):
            state = _ask(sibling)
            if state is not None and state.st_mtime_ns >= began_ns:
                yield str(sibling)

    def _list_states(self) -> list[tuple[LogFile, os.stat_result]]:
        files = [*self._files.values(), *self._moved.values()]
        states = ((file, _ask(file.opened_as)) for file in files)
        return [(file, state) for file, state in states if state is not None]

    def _is_replaced(self, file: LogFile, state: os.stat_result) -> bool:
        """Whether another file has taken the name; where its old one went is noted."""
        before, identity = self._places.get(file.path), (state.st_dev, state.st_ino)
        if before in {None, identity} or identity in self._moved:
            return False
        self._rotated.add(file.path)
        for sibling in _list_siblings(file.opened_as):
            found = _ask(sibling)
            if found is not None and (found.st_dev, found.st_ino) == before and str(sibling) not in self._files:
                self._moved[before] = replace(file, path=str(sibling), opened_as=sibling)
        return True

    def _follow_one(self, file: LogFile, state: os.stat_result) -> Iterator[Grown]:
        identity = (state.st_dev, state.st_ino)
        file = replace(file, size_bytes=state.st_size)
        before, self._places[file.path] = self._places.get(file.path), identity
        try:
            tail = self._tails.get(identity)
            if tail is None:
                tail, known = self._begin(file)
                self._tails[identity] = tail
                if not known:
                    yield Grown(file, change=Change.NEW if before is None else Change.ROTATED)
            elif self._is_cut(tail, file, state):
                tail.restart()
                self._rotated.add(file.path)
                yield Grown(file, change=Change.TRUNCATED if before == identity else Change.ROTATED)
            if tail.is_text is None and state.st_size:
                tail.is_text = is_seekable(file)
            while tail.is_text and tail.offset_bytes < state.st_size:
                first, place = tail.lines_count + 1, tail.offset_bytes
                lines = tail.read(file.opened_as, state.st_size)
                if lines:
                    yield Grown(file, first, lines)
                if tail.offset_bytes == place:
                    break
        except (OSError, PackedError):
            return  # rotated away between two calls: the next look finds it under its new name

    def _begin(self, file: LogFile) -> tuple[Tail, bool]:
        """The tail of a file that was not there before, and whether it is the copy that copytruncate leaves."""
        tail = Tail()
        if not file.size_bytes:
            return tail, False
        with open_bytes(file.opened_as) as raw:
            head = raw.read(HEAD_BYTES)
        folder, service = file.opened_as.parent, name_service(file.opened_as.name)
        for other in self._files.values():
            known = self._tails.get(self._places.get(other.path, (0, 0)))
            if known is None or other.opened_as.parent != folder or name_service(other.opened_as.name) != service:
                continue
            for old in (known, known.previous):
                if old is not None and old.head and head.startswith(old.head):
                    self._rotated.add(other.path)
                    return replace(old, previous=None), True
        return tail, False

    def _is_cut(self, tail: Tail, file: LogFile, state: os.stat_result) -> bool:
        """Whether a file begins anew: shorter than it was, or with another text at its beginning."""
        if state.st_size < tail.offset_bytes:
            return True
        written_ns, tail.written_ns = tail.written_ns, state.st_mtime_ns
        is_touched = state.st_size > tail.offset_bytes or written_ns != state.st_mtime_ns
        return is_touched and bool(tail.head) and not tail.is_same(file.opened_as)


def _list_siblings(path: Path) -> Iterable[Path]:
    """The files of the same service beside one, itself left out."""
    service = name_service(path.name)
    try:
        beside = sorted(path.parent.iterdir())
    except OSError:
        return ()
    return (one for one in beside if one.name != path.name and name_service(one.name) == service)


def _ask(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
