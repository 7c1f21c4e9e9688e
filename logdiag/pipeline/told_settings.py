"""What servers say of their settings as they start, read a second time: such lines are few, and their keys many."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from logdiag.analyzers.settings import ToldSetting
from logdiag.events import SERVER_SAYS, EventKind
from logdiag.parsers.told_settings import read_settings
from logdiag.pipeline.inputs import ReadLogs
from logdiag.results.evidence import Evidence
from logdiag.scanning.cells import Window, are_few_lines, merge_windows
from logdiag.scanning.neighbourhoods import read_records

STARTS: Final = frozenset({EventKind.SERVER_STARTED, EventKind.PROCESS_STARTED})
BEFORE: Final = timedelta(seconds=2)  # a choice: a server says what it read of its configuration before it listens …
AFTER: Final = timedelta(seconds=2)  # … or right after
STOPS: Final = frozenset({EventKind.SERVER_STOPPING, EventKind.PROCESS_STOPPING, EventKind.PROCESS_CRASHED})
BACK: Final = timedelta(seconds=30)  # a choice: by then what stops to start anew is back, in words that nobody knows
MOST_STARTS: Final = 500  # bounds the time: what starts more often says the same each time
MOST_LINES: Final = 20_000  # as for traffic lines, half of it: a start of a busy server stands among its lines


def read_told_settings(reading: ReadLogs) -> tuple[ToldSetting, ...]:
    """The settings that servers tell within moments of their starts, known or shown by a stop or a first line."""
    events = reading.events()
    servers = {event.source for event in events if event.kind in SERVER_SAYS}
    starts = [event for event in events if event.kind in STARTS and event.source in servers]
    places = {(event.file, event.line) for event in starts}
    starts.sort(key=lambda event: event.time)
    scans = [scan for scan in reading.scans if scan.file.source in servers]
    stops = [event for event in events if event.kind in STOPS and event.source in servers]
    windows = merge_windows(
        [
            *(Window(event.time - BEFORE, event.time + AFTER) for event in starts[:MOST_STARTS]),
            *(Window(event.time, event.time + BACK) for event in stops[:MOST_STARTS]),
            *(Window(scan.first, scan.first + AFTER) for scan in scans if scan.first is not None),
        ]
    )
    if not windows or not are_few_lines(scans, windows, MOST_LINES):
        return ()
    told = [
        ToldSetting(line.time, line.source, name, value, Evidence(line.file, line.line))
        for line, record in read_records(scans, windows)
        for name, value in read_settings(
            record.message, record.fields, is_start=(line.file, line.line) in places
        ).items()
    ]
    return tuple(sorted(told, key=lambda one: one.time))
