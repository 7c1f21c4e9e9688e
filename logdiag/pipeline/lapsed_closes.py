"""Closes that follow a ping timeout: Jupyter's server says that a browser answered no ping, and then closes its socket.

Tornado waits so long for the browser's own close frame, and only then the kernel is told that this session is gone. The
first line names no session, the second does: one end, told twice.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from datetime import timedelta
from typing import Final

from logdiag.events import Event
from logdiag.scanning.lines import FileScan

LAPSED, CLOSED = "jupyter-ping-timeout", "jupyter-buffering"  # the rules of the two lines
WAIT: Final = timedelta(seconds=5)  # tornado, websocket.py: so long a close handshake may take
EARLY: Final = timedelta(milliseconds=50)  # stamps in ms of two moments
LATE: Final = timedelta(seconds=1)  # a choice: a busy loop gets to it no later


def join_lapsed_closes(scan: FileScan) -> FileScan:
    """The scan, where such an end is told once: at the moment of the timeout, of the session that was closed."""
    closes = sorted((event.time, place) for place, event in enumerate(scan.events) if event.rule == CLOSED)
    taken: dict[int, Event] = {}
    for place, event in enumerate(scan.events):
        if event.rule != LAPSED:
            continue
        due = event.time + WAIT
        near = closes[bisect_left(closes, (due - EARLY, 0)) : bisect_left(closes, (due + LATE, len(scan.events)))]
        found = next((one for _, one in near if one not in taken), None)
        if found is not None:
            taken[found] = replace(event, socket_id=scan.events[found].socket_id)
            taken[place] = taken[found]
    if not taken:
        return scan
    events = [
        taken.get(place, event) for place, event in enumerate(scan.events) if event.rule == LAPSED or place not in taken
    ]
    return replace(scan, events=events)
