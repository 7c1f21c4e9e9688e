"""Lines that some other logger stamps in whole seconds, among those of a finer one: they stand where they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from logdiag.events import Event
from logdiag.scanning.lines import FileScan

CUT: Final = timedelta(seconds=1)  # what a stamp in whole seconds cuts off, at the most


def settle_cut_stamps(scan: FileScan) -> FileScan:
    """The scan, where no whole second stands below a finer stamp of that second: it takes the time of that line.

    A server's banner says `stopped: 13:31:02` below the ends of 13:31:02.917; by its stamp it would come before them.
    """
    events = []
    last: datetime | None = None
    for event in scan.events:
        settled = event if last is None or not _is_cut(event, last) else replace(event, time=last)
        last = settled.time
        events.append(settled)
    return scan if events == scan.events else replace(scan, events=events)


def _is_cut(event: Event, last: datetime) -> bool:
    return not event.time.microsecond and event.time < last < event.time + CUT
