"""From paths to a Diagnosis, the whole of it on one page: read, follow, explain, judge, describe.

Each stage takes the frozen value of the one before it and holds on to it:

    Request → Reading → Followed → Explained → Judged → Diagnosis
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from logdiag.pipeline.describing import describe
from logdiag.pipeline.explaining import Explained, explain
from logdiag.pipeline.following import Followed, follow
from logdiag.pipeline.inputs import ReadLogs, read_inputs
from logdiag.pipeline.judging import Judged, judge
from logdiag.reading import FoundFiles, discard_spooled, find_log_files
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis
from logdiag.rows import Rows
from logdiag.scanning.workers import Workers

if TYPE_CHECKING:
    from logdiag.pipeline.sources import Sources

__all__ = ["Analysis", "Request", "Result", "Workers", "analyze", "diagnose", "open_reading"]


@dataclass(frozen=True, slots=True)
class Result:
    """The diagnosis, and the timeline that it rests on."""

    diagnosis: Diagnosis
    timeline: Rows


class Analysis(NamedTuple):
    """The diagnosis with all that it was drawn from, for questions that go on from there."""

    diagnosis: Diagnosis
    judged: Judged

    @property
    def explained(self) -> Explained:
        """What the disconnects go by."""
        return self.judged.explained

    @property
    def followed(self) -> Followed:
        """The timeline and its connections."""
        return self.explained.followed

    @property
    def reading(self) -> ReadLogs:
        """What the files held."""
        return self.followed.reading


def diagnose(
    request: Request,
    *,
    stdin: BinaryIO | None = None,
    on_found: Callable[[FoundFiles], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    workers: Workers | None = None,
) -> Result:
    """Read the logs, lay them on one timeline, analyse it. Raises InputError and RuleError.

    `on_found` gets the log files before they are read; what it raises ends the run. `workers` share what is a matter
    of each connection alone, in large fleets; by default this process, or the cluster that shall read.
    """
    workers = workers or Workers(request.scheduler)
    with open_reading(
        request, stdin=stdin, on_found=on_found, on_progress=on_progress, processes_count=workers.processes_count
    ) as reading:
        analysis = analyze(reading, workers)
        return Result(analysis.diagnosis, analysis.followed.timeline)


@contextmanager
def open_reading(
    request: Request,
    *,
    stdin: BinaryIO | None = None,
    on_found: Callable[[FoundFiles], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    processes_count: int = 1,
) -> Iterator[ReadLogs]:
    """Find and scan the logs; within the context their files can be read again. Raises InputError and RuleError.

    Of `processes_count` processes, this one being the first, another may read source meanwhile.
    """
    # the code first: what cannot be read there shall not cost the reading of the logs
    with _open_sources(request, processes_count) as sources:
        found = find_log_files(request.paths, stdin, request.limits)
        try:
            if on_found is not None:
                on_found(found)
            yield read_inputs(request, found, on_progress, sources=sources)
        finally:
            discard_spooled(found.files)


def _open_sources(request: Request, processes_count: int) -> AbstractContextManager[Sources | None]:
    if not request.source_paths:
        return nullcontext()
    from logdiag.pipeline.sources import open_sources  # noqa: PLC0415  loaded where there is code to read

    return open_sources(request.source_paths, processes_count)


def analyze(reading: ReadLogs, workers: Workers) -> Analysis:
    """Take what was read through the stages; the files must still be there to be read again.

    `reading` keeps but examples of its events: whoever called still holds it while the later stages run.
    """
    followed = follow(reading)
    reading.keep_examples()
    explained = explain(followed, workers)
    judged = judge(explained)
    return Analysis(describe(judged), judged)
