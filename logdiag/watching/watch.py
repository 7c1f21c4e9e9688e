"""The watch itself: one look after the other at what grew, and what is reported of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from logdiag.parsers.rule_files import load_rules
from logdiag.reading import Follower, Grown, Spool
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.observation import Notice, NoticeKind, Outlook
from logdiag.times.window import parse_zone
from logdiag.watching.analyses import Analyst, Cadence, View, analyze_now
from logdiag.watching.changes import list_changes
from logdiag.watching.lines import LineReader
from logdiag.watching.predictions import Forecast

RECENT_COUNT: Final = 50
LISTING_S: Final = 0.5  # where nobody tells of new files, they are looked for as often


class Watch:
    """Follows the logs of a request; `spool` is standard input, where a path names it. `clock` tells seconds.

    Raises InputError and RuleError where they cannot be followed.
    """

    def __init__(
        self, request: Request, spool: Spool | None, clock: Callable[[], float], *, is_complete: bool = False
    ) -> None:
        self._request, self._spool, self._clock = request, spool, clock
        rules = replace(load_rules(request.rules_files), client_key=request.client_key)
        self._reader = LineReader(rules, parse_zone(request.zone), request.sides, is_complete=is_complete)
        self._follower = Follower(request.paths)
        self._listing = Cadence(LISTING_S)
        self._analyst = Analyst(self._look, clock)
        self._forecast = Forecast()
        self._recent: deque[Notice] = deque(maxlen=RECENT_COUNT)
        self._lines_count = 0
        self._dropped_bytes = 0
        self._is_stale = True
        self.diagnosis: Diagnosis | None = None
        self._find()

    @property
    def request(self) -> Request:
        """What `diagnose` is asked for to report on all that was watched."""
        return replace(self._request, paths=self._follower.list_paths())

    @property
    def is_analysed(self) -> bool:
        """Whether the last diagnosis has seen all that was looked at."""
        return not self._is_stale and not self._analyst.is_busy

    @property
    def outlook(self) -> Outlook:
        """The state of things."""
        forecast = self._forecast
        return Outlook(
            diagnosis=self.diagnosis,
            predictions=forecast.predictions,
            came_true_count=forecast.came_true_count,
            failed_count=forecast.failed_count,
            void_count=forecast.void_count,
            recent=tuple(self._recent),
            files_count=self._follower.files_count + (self._spool is not None),
            lines_count=self._lines_count,
            dropped_bytes=self._dropped_bytes,
        )

    def begin(self) -> Notice:
        """What is watched."""
        return self._keep(Notice(NoticeKind.WATCHING, files_count=self.outlook.files_count))

    def look(self, *, is_listing_due: bool = False) -> Iterator[Notice]:
        """Yield what is new since the last look; begin an analysis of it as soon as one may be made.

        `is_listing_due`: files may have come or gone.
        """
        now_s = self._clock()
        if is_listing_due or self._listing.is_due(now_s):
            self._find()
        for grown in self._list_grown():
            self._is_stale = True
            self._lines_count += len(grown.lines)
            notices = self._reader.read(grown) if grown.change is None else [_tell_change(grown)]
            yield from map(self._keep, notices)
        yield from map(self._keep, self._note_cut())
        view = self._analyst.collect()
        if view is not None:
            yield from map(self._keep, self._take(view))
        if self._is_stale and self._analyst.start(now_s):
            self._is_stale = False

    def finish(self, diagnosis: Diagnosis) -> Iterator[Notice]:
        """Yield what the diagnosis of all that was watched adds to the last one."""
        yield from map(self._keep, self._compare(diagnosis))

    def stop(self) -> None:
        """Let an analysis that is under way end."""
        self._analyst.stop()

    def _find(self) -> None:
        began_s = self._clock()
        self._follower.find()
        self._listing.note(began_s, self._clock())

    def _list_grown(self) -> Iterator[Grown]:
        if self._spool is not None:
            yield from self._spool.follow()
        yield from self._follower.follow()

    def _note_cut(self) -> Iterator[Notice]:
        dropped_bytes = 0 if self._spool is None else self._spool.dropped_bytes
        if dropped_bytes > self._dropped_bytes:
            self._dropped_bytes = dropped_bytes
            yield Notice(NoticeKind.INPUT_CUT, file="-", dropped_bytes=dropped_bytes)

    def _look(self, on_progress: Callable[[int, int], None]) -> View | None:
        return analyze_now(self.request, self._spool, on_progress)

    def _take(self, view: View) -> Iterator[Notice]:
        self._reader.learn(view.rules, view.layouts, view.sides)
        yield from self._compare(view.diagnosis)

    def _compare(self, diagnosis: Diagnosis) -> Iterator[Notice]:
        before, self.diagnosis = self.diagnosis, diagnosis
        yield from list_changes(before, diagnosis)
        yield from self._forecast.take(diagnosis)

    def _keep(self, notice: Notice) -> Notice:
        self._recent.append(notice)
        return notice


def _tell_change(grown: Grown) -> Notice:
    return Notice(NoticeKind(str(grown.change)), file=grown.file.path)
