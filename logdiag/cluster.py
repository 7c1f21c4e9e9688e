"""Files scanned by the workers of a Dask cluster: the same pure function, handed to an executor past one machine.

Paths and rules travel there, events and counts travel back, never lines. Every worker must see the files where this
process sees them, and has logdiag installed in the same version.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from logdiag import __version__
from logdiag.errors import InputError, reason_of
from logdiag.parsers.ranges import RANGE_BYTES, FileRange, scan_range, split_file
from logdiag.parsers.rules import RuleSet
from logdiag.parsers.scanner import FileScan
from logdiag.reading import LogFile, asking_remotely, digest_head, is_url, mask_secrets
from logdiag.scanning import Progress, join_files

if TYPE_CHECKING:
    from distributed import Client

PATIENCE_S: Final = 10  # for the scheduler to answer, for a first worker, for a lost last one to come back
ADDRESS: Final = re.compile(r"(?:tcp|tls)://\S+:\d{1,5}")


@dataclass(frozen=True, slots=True)
class Errand:
    """What a worker needs to scan one range, and to know that it sees the file that was found here."""

    part: FileRange
    digest: str
    rules: RuleSet
    zone: tzinfo
    version: str = __version__


def scan_on_cluster(
    files: Sequence[LogFile],
    rules: RuleSet,
    zone: tzinfo,
    address: str,
    on_progress: Callable[[int, int], None] | None = None,
    range_bytes: int = RANGE_BYTES,
) -> list[FileScan]:
    """The scans of `files`, in order, as `scanning.scan_files` gives them; `address` is that of the scheduler.

    What a lost worker had not delivered is done again by another. Raises InputError: no such cluster, no worker left,
    or one that sees other files.
    """
    progress = Progress(sum(file.size_bytes for file in files), on_progress)
    ranges = [part for file in files for part in split_file(file, range_bytes)]
    digests = {file: _identify(file) for file in files}
    scans: dict[int, FileScan] = {}
    with _silence(), _connect(address) as client:
        executor: Executor = client.get_executor(pure=False)  # the same question again may have another answer
        done: SimpleQueue[Future[FileScan]] = SimpleQueue()
        places: dict[Future[FileScan], int] = {}
        for place, part in enumerate(ranges):
            digest = digests[part.file]
            if digest is None:
                scans[place] = scan_range(part, rules, zone, progress.add)
                continue
            future = executor.submit(run_errand, Errand(_make_absolute(part), digest, rules, zone))
            places[future] = place
            future.add_done_callback(done.put)
        while places:
            future = _await_next(done, client, address)
            place = places.pop(future)
            scans[place] = replace(future.result(), file=ranges[place].file)
            progress.add(_count_bytes(ranges[place]))
    return join_files([(part, scans[place]) for place, part in enumerate(ranges)])


def run_errand(errand: Errand) -> FileScan:
    """Scan a range, on a worker. Raises InputError, with the address of the worker, if it cannot see that file."""
    from distributed import get_worker  # noqa: PLC0415  only there

    file = errand.part.file
    place = f"worker {get_worker().address}: {mask_secrets(str(file.opened_as))}"
    if errand.version != __version__:
        raise InputError("cluster.other_version", place=place, theirs=__version__, ours=errand.version)
    try:
        with asking_remotely() if is_url(str(file.opened_as)) else nullcontext():
            digest, size_bytes = digest_head(file), file.opened_as.stat().st_size
    except OSError as error:
        raise InputError("cluster.unreadable", place=place, why=reason_of(error)) from None
    if size_bytes < file.size_bytes or digest != errand.digest:
        raise InputError("cluster.other_file", place=place)
    return scan_range(errand.part, errand.rules, errand.zone)


def _identify(file: LogFile) -> str | None:
    """What a worker shall know a file by; None if it is to be scanned here: standard input, or what cannot be read."""
    try:
        return None if file.spooled else digest_head(file)
    except OSError:
        return None


def _make_absolute(part: FileRange) -> FileRange:
    path = part.file.opened_as
    return replace(part, file=replace(part.file, opened_as=path.absolute())) if isinstance(path, Path) else part


def _count_bytes(part: FileRange) -> int:
    return (part.file.size_bytes if part.end_bytes is None else part.end_bytes) - part.start_bytes


@contextmanager
def _silence() -> Iterator[None]:
    """Keep to itself what Dask logs of a loss: the InputError says it, and standard error is no log."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def _connect(address: str) -> Iterator[Client]:
    """A client of the cluster; whatever ends the connection is raised as InputError."""
    try:
        import distributed  # noqa: PLC0415  a second to load, and there only with the extra
    except ImportError as error:
        raise InputError("cluster.needs_dask") from error
    if not ADDRESS.fullmatch(address):
        raise InputError("cluster.no_address", address=address)
    try:
        client = distributed.Client(address, timeout=PATIENCE_S, set_as_default=False, name="logdiag")
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise InputError("cluster.no_answer", address=address, why=error) from error
    try:
        with client:
            client.wait_for_workers(1, timeout=PATIENCE_S)
            yield client
    except distributed.KilledWorker as error:
        raise InputError("cluster.killed", address=address, why=error) from error
    except ImportError as error:
        raise InputError("cluster.lacks_logdiag", address=address, why=error, version=__version__) from error
    except (CancelledError, OSError) as error:
        raise InputError("cluster.lost", address=address) from error


def _await_next(done: SimpleQueue[Future[FileScan]], client: Any, address: str) -> Future[FileScan]:
    """The next range that is done. Raises InputError if there is no worker that could do one."""
    were_there = True
    while True:
        try:
            return done.get(timeout=PATIENCE_S)
        except Empty:
            are_there = bool(client.scheduler_info()["workers"])
            if not (were_there or are_there):
                raise InputError("cluster.no_worker", address=address, version=__version__) from None
            were_there = are_there
