"""The analysis of all that is there, again and again, in a thread of its own and for a tenth of the time at most."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final, NamedTuple

from logdiag.errors import InputError
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.rules import RuleSet
from logdiag.pipeline.stages import Request, Workers, analyze, open_reading
from logdiag.reading import Spool
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.inputs import SideReading

REST_RATIO: Final = 9.0  # times as long as it took nothing is done: a tenth of the time at most


class Stopped(Exception):  # noqa: N818  no error: somebody has had enough
    """An analysis was not carried to its end."""


class View(NamedTuple):
    """What an analysis found, and by what it read the lines."""

    diagnosis: Diagnosis
    rules: RuleSet
    layouts: Mapping[str, Layout]
    sides: tuple[SideReading, ...]


@dataclass(slots=True)
class Cadence:
    """When something may be done again: `least_s` after its last end, and nine times as long as it took."""

    least_s: float
    due_s: float = 0.0

    def is_due(self, now_s: float) -> bool:
        """Whether it may be done now."""
        return now_s >= self.due_s

    def note(self, began_s: float, ended_s: float) -> None:
        """It was done in this time."""
        self.due_s = ended_s + max(self.least_s, REST_RATIO * (ended_s - began_s))


def analyze_now(request: Request, spool: Spool | None, on_progress: Callable[[int, int], None] | None) -> View | None:
    """Analyse what there is at this moment; None while there is not one line that could be placed in time."""
    try:
        with (
            nullcontext() if spool is None else spool.open() as stdin,
            open_reading(request, stdin=stdin, on_progress=on_progress) as reading,
        ):
            analysis = analyze(reading, Workers())
            layouts = {scan.file.path: scan.layout for scan in reading.scans}
            return View(analysis.diagnosis, reading.rules, layouts, reading.sides)
    except InputError:
        return None


class Analyst:
    """Analyses in the background, one at a time."""

    def __init__(self, look: Callable[[Callable[[int, int], None]], View | None], clock: Callable[[], float]) -> None:
        self._look, self._clock = look, clock
        self._cadence = Cadence(least_s=1.0)
        self._thread: threading.Thread | None = None
        self._view: View | None = None
        self._fault: Exception | None = None
        self._is_stopped = False

    @property
    def is_busy(self) -> bool:
        """Whether an analysis is under way, or one that nobody has collected."""
        return self._thread is not None

    def start(self, now_s: float) -> bool:
        """Begin an analysis if one may be made now."""
        if self._thread is not None or not self._cadence.is_due(now_s):
            return False
        self._thread = threading.Thread(target=self._run, daemon=True, name="logdiag-analysis")
        self._thread.start()
        return True

    def collect(self) -> View | None:
        """The view of an analysis that has ended since the last call. Raises what it raised."""
        if self._thread is None or self._thread.is_alive():
            return None
        self._thread = None
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault
        view, self._view = self._view, None
        return view

    def stop(self) -> None:
        """Let the analysis that is under way end soon, and wait for that."""
        self._is_stopped = True
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        began_s = self._clock()
        try:
            self._view = self._look(self._check)
        except Stopped:
            pass
        except Exception as error:  # raised where it can be reported: `collect`
            self._fault = error
        self._cadence.note(began_s, self._clock())

    def _check(self, done_bytes: int, total_bytes: int) -> None:
        del done_bytes, total_bytes
        if self._is_stopped:
            raise Stopped
