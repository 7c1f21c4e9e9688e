"""From log files that grow to the lines that are new: across rotation, truncation and new files.

A file is known by what the system calls it (device and inode), not by its name: after a rename its rest is read under
the new name, and what then has the old name is a new file. Whether it still holds what was read of it is told by its
first bytes and those before the place where reading stopped: a new file may get the number of one that is gone.
Nothing is held open between two looks, so that nobody who rotates logs is in the way of a reader, or has one in his.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from logdiag.errors import InputError
from logdiag.reading.compression import PackedError
from logdiag.reading.files import STDIN, find_log_files
from logdiag.reading.labels import name_service
from logdiag.reading.remote import open_bytes
from logdiag.reading.streams import LogFile, is_seekable

HEAD_BYTES: Final = 256  # no two logs have the same stamps and words for so long by chance
STEP_BYTES: Final = 8 << 20  # so much of a file is held at once
COUNTED_BYTES: Final = 1 << 20
SPARE_COUNT: Final = 64  # of files that are gone: between a rename and its discovery a file is nowhere
LONGEST_LINE_BYTES: Final = 1 << 20  # a longer one is left to the analysis

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

    `head` are its first bytes and `rear` the last ones that were read; `is_text` None: not known yet. `previous` is how
    far it was read before it began anew: that text may come back, or a copy of it turn up; `has_waited`: one look was
    given to what may be on its way. `is_announced`: that there is such a file. `seen` are its size and when it was
    written, at the last look.
    """

    offset_bytes: int = 0
    lines_count: int = 0
    rest: bytes = b""
    head: bytes = b""
    rear: bytes = b""
    is_text: bool | None = None
    previous: Tail | None = None
    has_waited: bool = False
    is_announced: bool = False
    seen: tuple[int, int] | None = None

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
            raw.seek(max(self.offset_bytes - HEAD_BYTES, 0))
            self.rear = raw.read(min(self.offset_bytes, HEAD_BYTES))

    def is_in(self, raw: BinaryIO) -> bool:
        """Whether a file holds what was read."""
        raw.seek(0)
        if raw.read(len(self.head)) != self.head:
            return False
        raw.seek(self.offset_bytes - len(self.rear))
        return raw.read(len(self.rear)) == self.rear

    def may_come(self, raw: BinaryIO, size_bytes: int) -> bool:
        """Whether a file, shorter as yet, begins with what was read."""
        raw.seek(0)
        return 0 < size_bytes < self.offset_bytes and self.head.startswith(raw.read(min(size_bytes, len(self.head))))

    def restart(self) -> None:
        """The file begins anew."""
        previous = replace(self, previous=None)
        self.resume(Tail(previous=previous, is_announced=True))

    def resume(self, other: Tail) -> None:
        """The file was read as far as another one."""
        for field in fields(self):
            setattr(self, field.name, getattr(other, field.name))

    def read(self, raw: BinaryIO, size_bytes: int) -> tuple[bytes, ...]:
        """The whole lines that are new, without their ends."""
        if len(self.head) < HEAD_BYTES:
            raw.seek(0)
            self.head = raw.read(min(HEAD_BYTES, size_bytes))
        raw.seek(self.offset_bytes)
        piece = raw.read(min(STEP_BYTES, size_bytes - self.offset_bytes))
        self.offset_bytes += len(piece)
        self.rear = (self.rear + piece)[-HEAD_BYTES:]
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
        self._beside: set[tuple[Identity, int]] = set()
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
        self._moved = {identity: file for identity, file in self._moved.items() if file.path not in self._files}
        if self._is_begun:
            return
        self._is_begun = True
        for file, state in self._list_states():
            self._began_ns[file.path] = state.st_mtime_ns
            if file.path in self._paths:
                self._beside.update(_date(found) for _, found in _list_siblings(file.opened_as))
            identity = self._places[file.path] = _identify(state)
            tail = self._tails[identity] = Tail(is_text=is_seekable(file) if state.st_size else None, is_announced=True)
            tail.seen = state.st_size, state.st_mtime_ns
            if tail.is_text:
                tail.pass_over(file.opened_as, state.st_size)

    def follow(self) -> Iterator[Grown]:
        """Yield what is new: of the files that are known already first, and of those that were written first."""
        replaced = [file for file, state in self._list_states() if self._is_replaced(file, state)]
        if replaced:
            self.find()
        states = self._list_states()
        states.sort(key=lambda item: (_identify(item[1]) not in self._tails, item[1].st_mtime_ns, item[0].path))
        present = {_identify(state) for _, state in states}
        self._moved = {identity: file for identity, file in self._moved.items() if identity in present}
        if max(len(self._tails), len(self._places)) > len(present) + SPARE_COUNT:
            self._tails = {identity: tail for identity, tail in self._tails.items() if identity in present}
            self._places = {path: identity for path, identity in self._places.items() if identity in present}
        for file, state in states:
            yield from self._follow_one(file, state)

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
        for sibling, state in _list_siblings(Path(path)):
            if state.st_mtime_ns >= began_ns and _date(state) not in self._beside:
                yield str(sibling)

    def _list_states(self) -> list[tuple[LogFile, os.stat_result]]:
        files = [*self._files.values(), *self._moved.values()]
        states = ((file, _ask(file.opened_as)) for file in files)
        return [(file, state) for file, state in states if state is not None]

    def _is_replaced(self, file: LogFile, state: os.stat_result) -> bool:
        """Whether another file has taken the name; where its old one went is noted."""
        before = self._places.get(file.path)
        if before in {None, _identify(state)}:
            return False
        self._look_beside(file, before)
        return True

    def _look_beside(self, file: LogFile, before: Identity | None = None) -> None:
        """Note where the contents of a file went: under another name, to a copy, or both between two looks."""
        self._rotated.add(file.path)
        for sibling, state in _list_siblings(file.opened_as):
            identity = _identify(state)
            is_named = file.path in self._paths and _date(state) not in self._beside
            is_new = is_named and not self._was_read(sibling, identity)
            if str(sibling) not in self._files and (identity == before or is_new):
                self._moved[identity] = replace(file, path=str(sibling), opened_as=sibling)

    def _was_read(self, path: Path, identity: Identity) -> bool:
        """Whether a file was read before: one that is gone may have left its number to another."""
        tail = self._tails.get(identity)
        try:
            with open_bytes(path) as raw:
                return tail is not None and tail.offset_bytes > 0 and tail.is_in(raw)
        except (OSError, PackedError):
            return True  # what cannot be opened is not followed

    def _follow_one(self, file: LogFile, state: os.stat_result) -> Iterator[Grown]:
        identity, seen = _identify(state), (state.st_size, state.st_mtime_ns)
        before, self._places[file.path] = self._places.get(file.path), identity
        tail = self._tails.setdefault(identity, Tail())
        if tail.seen == seen and not tail.has_waited:
            return
        try:
            with open_bytes(file.opened_as) as raw:
                state = os.fstat(raw.fileno())
                if _identify(state) == identity:
                    yield from self._read(replace(file, size_bytes=state.st_size), raw, tail, before)
                    tail.seen = seen
        except (OSError, PackedError):
            return  # rotated away between two calls: the next look finds it under its new name

    def _read(self, file: LogFile, raw: BinaryIO, tail: Tail, before: Identity | None) -> Iterator[Grown]:
        known = tail if tail.offset_bytes else tail.previous or self._find_original(file, raw)
        if known is tail and before != self._places[file.path] and not tail.is_in(raw):
            known = self._find_original(file, raw) or tail  # the number may be that of a file that is gone
        if known is not None and known.is_in(raw):
            if known is tail and file.size_bytes == tail.offset_bytes:
                self._look_beside(file)  # written, and no longer: cut to what it was
            tail.resume(replace(known, is_announced=True, has_waited=False))
        elif known is not None:
            if known is tail:
                self._look_beside(file)
            if known.may_come(raw, file.size_bytes) and not tail.has_waited:
                tail.has_waited = True
                return
            if known is tail:
                tail.restart()
                yield Grown(file, change=Change.TRUNCATED if before == self._places[file.path] else _name(before))
        tail.has_waited = False
        if not tail.is_announced:
            tail.is_announced = True
            yield Grown(file, change=_name(None if before == self._places[file.path] else before))
        yield from _read_lines(file, raw, tail)

    def _find_original(self, file: LogFile, raw: BinaryIO) -> Tail | None:
        """How far the file was read whose copy one is, as copytruncate leaves it, or becomes."""
        folder, service = file.opened_as.parent, name_service(file.opened_as.name)
        comes: Tail | None = None
        for other in self._files.values():
            known = self._tails.get(self._places.get(other.path, (0, 0)))
            if known is None or other.opened_as.parent != folder or name_service(other.opened_as.name) != service:
                continue
            for old in (known, known.previous):
                if old is None or not old.offset_bytes:
                    continue
                if old.is_in(raw):
                    self._rotated.add(other.path)
                    return replace(old, previous=None)
                if comes is None and old.may_come(raw, file.size_bytes):
                    comes = replace(old, previous=None)
        return comes


def _read_lines(file: LogFile, raw: BinaryIO, tail: Tail) -> Iterator[Grown]:
    """The whole lines of a file from where its tail stands; none of one that is packed."""
    if not tail.is_text and file.size_bytes:
        tail.is_text = is_seekable(file)
    while tail.is_text and tail.offset_bytes < file.size_bytes:
        first, place = tail.lines_count + 1, tail.offset_bytes
        lines = tail.read(raw, file.size_bytes)
        if lines:
            yield Grown(file, first, lines)
        if tail.offset_bytes == place:
            break


def _name(before: Identity | None) -> Change:
    """What it is that a file stands where one stood, or none."""
    return Change.NEW if before is None else Change.ROTATED


def _identify(state: os.stat_result) -> Identity:
    return state.st_dev, state.st_ino


def _date(state: os.stat_result) -> tuple[Identity, int]:
    """What tells a file from a later one that gets its number."""
    return _identify(state), state.st_mtime_ns


def _list_siblings(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The files of the same service beside one, itself left out."""
    service = name_service(path.name)
    try:
        beside = sorted(path.parent.iterdir())
    except OSError:
        return
    for one in beside:
        if one.name != path.name and name_service(one.name) == service:
            state = _ask(one)
            if state is not None:
                yield one, state


def _ask(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
