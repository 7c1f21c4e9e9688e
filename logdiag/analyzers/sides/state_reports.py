"""Lines that report a state (`WebSocket Status: connected`, `stats: {'status': 'disconnected'}`) and tell of no event.

Such a line is written each minute, at a start or at a stop, whatever happens. Only where it reports another state than
what was last told of the connection has something happened that nothing else told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, OPENINGS, STARTS, Event

_CHANGES: Final = r"(?!\s?(?:->|=>|→))"  # the first word of two is what was
# `status changed to …`, `new status: …` and an arrow tell of a change themselves.
_REPORT: Final = compile_later(
    r"(?i)(?<!new )\b\w{0,30}(?:status|state|health)['\"]?\s{0,2}[:=]\s{0,2}['\"]?(?:is )?(?:dis)?connected\b"
    rf"{_CHANGES}"
    r"|\bstat(?:us|e|s)\b[^\n]{0,40}\b(?:still|currently) (?:dis)?connected\b"
)


def is_state_report(message: str) -> bool:
    """Whether a message reports that something is connected or not, under the word for a state."""
    return _REPORT.search(message) is not None


def drop_state_reports(events: Sequence[Event]) -> list[Event]:
    """The events without the reports of a state that was known, or that is the first thing told of a process."""
    reports = {place for place, event in enumerate(events) if event.kind in BOUNDS and is_state_report(event.message)}
    if not reports:
        return list(events)
    unchanged = set(_list_unchanged(events, reports))
    return [event for place, event in enumerate(events) if place not in unchanged]


def _list_unchanged(events: Sequence[Event], reports: set[int]) -> Iterator[int]:
    """The places of the reports that tell nothing new.

    The first of a process does where it reports an end; where it reports a connect it may be what tells of it, unless
    others report again what is known.
    """
    is_open: dict[str, bool] = {}
    first: dict[str, int] = {}
    for place, event in enumerate(events):
        if event.kind in STARTS:
            is_open.pop(event.source, None)
        elif event.kind in BOUNDS:
            now = event.kind in OPENINGS
            before = is_open.get(event.source)
            if place in reports and before is None and now:
                first.setdefault(event.source, place)
            elif place in reports and before in {None, now}:
                yield place
                yield from [first.pop(event.source)] if event.source in first else ()
            is_open[event.source] = now
