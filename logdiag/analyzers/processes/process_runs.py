"""Runs of one client that say nothing of their start: each line names its process, and the next run is another one.

A process that is stopped and run again gets another id, and leaves no line of its end. Several that run beside each
other write by turns, which one after the other never do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from logdiag.events import STARTS, Event, EventKind
from logdiag.rows import CLIENT_KINDS

RUN: Final = "another-process-id"  # stands where events name the rule that understood them: no wording tells of these


def tell_runs(events: Sequence[Event]) -> list[Event]:
    """The events, and with the first of each later run of a client a start of its process, told by the same line."""
    rows: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.kind in CLIENT_KINDS or event.kind in STARTS:
            rows[event.source].append(event)
    begun = {
        id(event): replace(
            event,
            kind=EventKind.PROCESS_STARTED,
            rule=RUN,
            message=_name_process(event.writer),
            reason=None,
            code=None,
            error=None,
            socket_id=None,
        )
        for written in rows.values()
        for event in _list_beginnings(written)
    }
    return [told for event in events for told in ((begun[id(event)], event) if id(event) in begun else (event,))]


def _name_process(writer: str | None) -> str:
    """What the line says of the start, which is no more than another name of the process."""
    return f"pid {writer}" if (writer or "").isdecimal() else writer or ""


def _list_beginnings(written: Sequence[Event]) -> list[Event]:
    """The first event of each run but the first; none where runs overlap, or their starts are logged."""
    told = [event for event in written if event.kind in CLIENT_KINDS]
    if any(event.writer is None for event in told) or len(told) < len(written):
        return []
    told.sort(key=lambda event: event.time)
    beginnings = [later for one, later in pairwise(told) if one.writer != later.writer]
    return beginnings if len({event.writer for event in told}) == len(beginnings) + 1 else []
