"""Copies of logs in other folders, as backups and repeated collections leave them: each line counts once.

A file is a copy if all its bytes are the beginning of another's in another folder. A few lines may be equal by chance,
so a small file is a copy only where a large one of its folder is, of the same other folder.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Final

from logdiag.reading.compression import PackedError
from logdiag.reading.streams import LogFile, open_log

HEAD_BYTES: Final = 4_096
STEP_BYTES: Final = 1 << 20
LEAST_BYTES: Final = 1_000  # some five lines with their stamps: two processes do not write the same by chance


class Repeats:
    """Tells which lines of a folder's files count where several hold the same, as X-error.log repeats errors of X.log.

    Of each line as many count as the file that has it most often holds. Files come one after the other, those of
    `is_copy_name` last, so that the better evidence is kept.
    """

    def __init__(self) -> None:
        self._have: Counter[Hashable] = Counter()
        self._seen: Counter[Hashable] = Counter()

    def begin_file(self) -> None:
        """Take the next lines for those of another file."""
        for content, count in self._seen.items():
            self._have[content] = max(self._have[content], count)
        self._seen = Counter()

    def is_new(self, content: Hashable) -> bool:
        """Count a line of the file by what it says, and tell whether no file before it accounts for it."""
        self._seen[content] += 1
        return self._seen[content] > self._have[content]


def find_copies(files: Sequence[LogFile]) -> frozenset[LogFile]:
    """The files that hold nothing but what another one in another folder holds; of two equal ones the deeper is it."""
    alike: dict[int, list[tuple[LogFile, bytes]]] = defaultdict(list)
    for file in files:
        head = _read_head(file) if isinstance(file.opened_as, Path) else b""  # a remote one would be fetched twice
        if head:
            alike[zlib.crc32(head.partition(b"\n")[0])].append((file, head))
    pairs = [
        (file, other)
        for group in alike.values()
        for file, other in _pair_by_beginning(group)
        if file.source != other.source and _comes_behind(file, other)
    ]
    folders = {(file.source, other.source) for file, other in pairs if _is_copy(file, other, LEAST_BYTES)}
    copies: set[LogFile] = set()
    for file, other in pairs:
        if other not in copies and (file.source, other.source) in folders and _is_copy(file, other, 1):
            copies.add(file)
    return frozenset(copies)


def _pair_by_beginning(group: Sequence[tuple[LogFile, bytes]]) -> Iterator[tuple[LogFile, LogFile]]:
    """Each file with every other one whose head begins with all of its own, in the order of the files.

    Sorted by their heads, all that begin with one stand right behind it: a fleet's files begin alike by the thousand.
    """
    order = sorted(range(len(group)), key=lambda place: group[place][1])
    heads = [group[place][1] for place in order]
    found = []
    for first, place in enumerate(order):
        head = heads[first]
        for last in range(bisect_left(heads, head), len(heads)):
            if not heads[last].startswith(head):
                break
            if last != first:
                found.append((place, order[last]))
    return ((group[place][0], group[other][0]) for place, other in sorted(found))


def _read_head(file: LogFile) -> bytes:
    try:
        with open_log(file) as opened:
            return opened.stream.read(HEAD_BYTES)
    except (OSError, PackedError):
        return b""


def _comes_behind(file: LogFile, other: LogFile) -> bool:
    """Whether of two files with the same beginning this one would be the copy: the shorter, the deeper, the later."""
    if file.size_bytes != other.size_bytes:
        return file.size_bytes < other.size_bytes
    return (file.path.count("/"), len(file.path), file.path) > (other.path.count("/"), len(other.path), other.path)


def _is_copy(file: LogFile, other: LogFile, least_bytes: int) -> bool:
    """Whether all bytes of a file, and so many at least, are those that another one begins with."""
    seen_bytes = 0
    try:
        with open_log(file) as mine, open_log(other) as whole:
            while step := mine.stream.read(STEP_BYTES):
                if whole.stream.read(len(step)) != step:
                    return False
                seen_bytes += len(step)
    except (OSError, PackedError):
        return False
    return seen_bytes >= least_bytes
