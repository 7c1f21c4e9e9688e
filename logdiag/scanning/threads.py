"""All files scanned, each range of them by itself, here or by an executor's workers; then put together in order."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from typing import Final, TypeAlias

from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.rules import RuleSet
from logdiag.reading import LogFile, is_seekable, read_lines
from logdiag.scanning.lines import FileScan, scan_lines
from logdiag.scanning.ranges import FileRange, join_scans, scan_range, split_file

SHARED_BYTES: Final = 2 << 30  # of plain text; see `_count_workers`
PLAIN_BYTES: Final = 512 << 10  # so little is read line by line sooner than the patterns of the fast way are compiled

Scan: TypeAlias = Callable[[FileRange, RuleSet, Callable[[int], None]], FileScan]


class StoppedError(Exception):
    """A range was not scanned to its end, because another one failed or the user has had enough."""


class Progress:
    """Bytes done of all bytes, reported to whoever listens; the place where a scan in another thread can be stopped."""

    def __init__(self, total_bytes: int, listener: Callable[[int, int], None] | None) -> None:
        self.total_bytes = total_bytes
        self.done_bytes = 0
        self._listener = listener
        self._lock = threading.Lock()
        self._is_stopped = False

    def add(self, count_bytes: int) -> None:
        """More bytes are done. Raises StoppedError once stopped."""
        if self._is_stopped:
            raise StoppedError
        with self._lock:
            self.done_bytes += count_bytes
            if self._listener is not None:
                self._listener(self.done_bytes, self.total_bytes)

    def stop(self) -> None:
        """Let all scans end with the block that they are at."""
        self._is_stopped = True


def scan_files(
    files: Sequence[LogFile],
    rules: RuleSet,
    layouts: Mapping[LogFile, Layout],
    on_progress: Callable[[int, int], None] | None = None,
    workers_count: int | None = None,
) -> list[FileScan]:
    """The scans of `files`, in order. The result depends neither on the number of workers nor on their speed.

    Threads will do: neither decompression nor the search for suspects holds Python's lock.
    """
    workers = workers_count or _count_workers(files)
    ranges = [part for file in files for part in _split(file, layouts[file], is_shared=workers > 1)]
    total_bytes = sum(file.size_bytes for file in files)
    progress = Progress(total_bytes, on_progress)
    scan: Scan = scan_range if total_bytes > PLAIN_BYTES else _scan_plainly
    if workers == 1:
        return join_files([(part, scan(part, rules, progress.add)) for part in ranges])
    with ThreadPoolExecutor(workers) as executor:
        try:
            return _gather(ranges, [executor.submit(scan, part, rules, progress.add) for part in ranges])
        except BaseException:
            progress.stop()
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def _split(file: LogFile, layout: Layout, *, is_shared: bool) -> list[FileRange]:
    return split_file(file, layout=layout) if is_shared else [FileRange(file, layout=layout)]


def _count_workers(files: Sequence[LogFile]) -> int:
    """As many as there are compressed files, two if there is much plain text, and no more than there are processors.

    Plain text is mostly scanned without Python's lock: two take a third less time together, and an eighth more of the
    processors'. Below that size, the rest of a diagnosis takes longer than they would save.
    """
    plain = [file.size_bytes for file in files if is_seekable(file)]
    packed_count = len(files) - len(plain)
    return min(os.cpu_count() or 1, max(packed_count, 2 if sum(plain) > SHARED_BYTES else 1))


def _scan_plainly(part: FileRange, rules: RuleSet, on_bytes: Callable[[int], None]) -> FileScan:
    return scan_lines(part.file, read_lines(part.file, on_bytes), rules, part.layout)


def _gather(ranges: Sequence[FileRange], futures: Sequence[Future[FileScan]]) -> list[FileScan]:
    return join_files([(part, future.result()) for part, future in zip(ranges, futures, strict=True)])


def join_files(scanned: Sequence[tuple[FileRange, FileScan]]) -> list[FileScan]:
    """One scan a file from those of its ranges, which stand in order."""
    return [join_scans([scan for _, scan in parts]) for _, parts in groupby(scanned, key=lambda part: part[0].file)]
