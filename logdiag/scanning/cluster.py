"""Work done by a Dask cluster: the same pure functions, handed to an executor past one machine.

To scan files, paths and rules travel there, and events and counts travel back; to analyse, numbers do. Lines never do.
Every worker must see the files where this process sees them, and has logdiag installed in the same version.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

from logdiag import __version__
from logdiag.deferred import compile_later
from logdiag.errors import InputError, reason_of
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.rules import RuleSet
from logdiag.reading import LogFile, asking_remotely, digest_head, is_url, mask_secrets
from logdiag.scanning.lines import FileScan
from logdiag.scanning.ranges import RANGE_BYTES, FileRange, scan_range, split_file
from logdiag.scanning.threads import Progress, join_files

if TYPE_CHECKING:
    from distributed import Client

Task = TypeVar("Task")
Result = TypeVar("Result")

PATIENCE_S: Final = 10  # for the scheduler to answer, for a first worker, for a lost last one to come back
ADDRESS: Final = compile_later(r"(?:tcp|tls)://\S+:\d{1,5}")


@dataclass(frozen=True, slots=True)
class Errand:
    """What a worker needs to scan one range, and to know that it sees the file that was found here."""

    part: FileRange
    digest: str
    rules: RuleSet
    version: str = __version__


def scan_on_cluster(
    files: Sequence[LogFile],
    rules: RuleSet,
    layouts: Mapping[LogFile, Layout],
    address: str,
    on_progress: Callable[[int, int], None] | None = None,
    range_bytes: int = RANGE_BYTES,
) -> list[FileScan]:
    """The scans of `files`, in order, as `scanning.scan_files` gives them; `address` is that of the scheduler.

    What a lost worker had not delivered is done again by another. Raises InputError: no such cluster, no worker left,
    or one that sees other files.
    """
    progress = Progress(sum(file.size_bytes for file in files), on_progress)
    ranges = [part for file in files for part in split_file(file, range_bytes, layouts[file])]
    digests = {file: digest for file in files if (digest := _identify(file)) is not None}
    errands = {
        place: Errand(_make_absolute(part), digests[part.file], rules)
        for place, part in enumerate(ranges)
        if part.file in digests
    }
    scans: dict[int, FileScan] = {}
    with _open(address) as crew:
        done = crew.start(run_errand, errands)
        for place, part in enumerate(ranges):
            if place not in errands:
                scans[place] = scan_range(part, rules, progress.add)
        for place, scan in done:
            scans[place] = replace(scan, file=ranges[place].file)
            progress.add(_count_bytes(ranges[place]))
    return join_files([(part, scans[place]) for place, part in enumerate(ranges)])


def do_on_cluster(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    address: str,
    on_done: Callable[[], None] | None = None,
    patience_s: float = PATIENCE_S,
) -> list[Result]:
    """The results of a pure function, in the order of the tasks; `on_done` is called for each as it arrives.

    `patience_s` is for the scheduler to answer, and for a worker to be there. What a lost worker had not delivered is
    done again by another. Raises InputError: no such cluster, no worker left.
    """
    results: dict[int, Result] = {}
    with _open(address, patience_s) as crew:
        for place, result in crew.start(partial(run_task, function, __version__), dict(enumerate(tasks))):
            results[place] = result
            if on_done is not None:
                on_done()
    return [results[place] for place in range(len(tasks))]


def run_task(function: Callable[[Task], Result], version: str, task: Task) -> Result:
    """Do a task, on a worker. Raises InputError, with the address of the worker, if that has another version."""
    _require_version(version, _name_worker())
    return function(task)


def run_errand(errand: Errand) -> FileScan:
    """Scan a range, on a worker. Raises InputError, with the address of the worker, if it cannot see that file."""
    file = errand.part.file
    place = f"{_name_worker()}: {mask_secrets(str(file.opened_as))}"
    _require_version(errand.version, place)
    try:
        with asking_remotely() if is_url(str(file.opened_as)) else nullcontext():
            digest, size_bytes = digest_head(file), file.opened_as.stat().st_size
    except OSError as error:
        raise InputError("cluster.unreadable", place=place, why=reason_of(error)) from None
    if size_bytes < file.size_bytes or digest != errand.digest:
        raise InputError("cluster.other_file", place=place)
    return scan_range(errand.part, errand.rules)


def _name_worker() -> str:
    from distributed import get_worker  # noqa: PLC0415  only there

    return f"worker {get_worker().address}"


def _require_version(version: str, place: str) -> None:
    if version != __version__:
        raise InputError("cluster.other_version", place=place, theirs=__version__, ours=version)


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


@dataclass(frozen=True, slots=True)
class _Crew:
    """The workers of the cluster at `address`."""

    client: Client
    address: str
    patience_s: float

    def start(self, function: Callable[[Task], Result], tasks: Mapping[int, Task]) -> Iterator[tuple[int, Result]]:
        """Hand out all tasks now; yield (place, result) in the order in which they get done."""
        executor: Executor = self.client.get_executor(pure=False)  # the same question again may have another answer
        done: SimpleQueue[Future[Result]] = SimpleQueue()
        places: dict[Future[Result], int] = {}
        for place, task in tasks.items():
            future = executor.submit(function, task)
            places[future] = place
            future.add_done_callback(done.put)
        return self._gather(places, done)

    def _gather(
        self, places: dict[Future[Result], int], done: SimpleQueue[Future[Result]]
    ) -> Iterator[tuple[int, Result]]:
        while places:
            future = self._await_next(done)
            yield places.pop(future), future.result()

    def _await_next(self, done: SimpleQueue[Future[Result]]) -> Future[Result]:
        """The next task that is done. Raises InputError if there is no worker that could do one."""
        were_there = True
        while True:
            try:
                return done.get(timeout=self.patience_s)
            except Empty:
                are_there = bool(self.client.scheduler_info()["workers"])
                if not (were_there or are_there):
                    raise InputError("cluster.no_worker", address=self.address, version=__version__) from None
                were_there = are_there


@contextmanager
def _open(address: str, patience_s: float = PATIENCE_S) -> Iterator[_Crew]:
    with _silence(), _connect(address, patience_s) as client:
        yield _Crew(client, address, patience_s)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep to itself what Dask logs and warns of: the InputError says it, and standard error is no log."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextmanager
def _connect(address: str, patience_s: float) -> Iterator[Client]:
    """A client of the cluster; whatever ends the connection is raised as InputError."""
    try:
        import distributed  # noqa: PLC0415  a second to load, and there only with the extra
    except ImportError as error:
        raise InputError("cluster.needs_dask") from error
    if not ADDRESS.fullmatch(address):
        raise InputError("cluster.no_address", address=address)
    try:
        client = distributed.Client(address, timeout=patience_s, set_as_default=False, name="logdiag")
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise InputError("cluster.no_answer", address=address, why=error) from error
    try:
        with client:
            client.wait_for_workers(1, timeout=patience_s)
            with _explain(client, address):
                yield client
    except distributed.KilledWorker as error:
        raise InputError("cluster.killed", address=address, why=error) from error
    except ImportError as error:
        raise InputError("cluster.lacks_logdiag", address=address, why=error, version=__version__) from error
    except (CancelledError, OSError) as error:
        raise InputError("cluster.lost", address=address) from error


@contextmanager
def _explain(client: Client, address: str) -> Iterator[None]:
    """Raise InputError where logdiag is not installed: a scheduler without it says no more than that it cannot read."""
    try:
        yield
    except RuntimeError as error:
        versions = client.get_versions(packages=["logdiag"])
        packages = {f"scheduler {address}": versions["scheduler"], **versions["workers"]}
        lacking = tuple(place for place, one in packages.items() if one["packages"]["logdiag"] is None)
        if not lacking:
            raise
        raise InputError("cluster.not_installed", address=address, places=lacking, version=__version__) from error
