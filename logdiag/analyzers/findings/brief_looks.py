"""A look at a moment is no evidence of health: whoever cuts a window around one connect sees it live on for a second.

What ends a connection after a beat of silence, or at an age, shows after that time only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.results.causes import Finding
from logdiag.results.evidence import Number
from logdiag.results.finding_ids import BRIEF_LOOK
from logdiag.verdict import Severity

LEAST_LIFE: Final = timedelta(seconds=45)  # Socket.IO gives a silent connection up after 25 s and 20 s more
MOMENT: Final = timedelta(seconds=1)  # logs that nobody cut are what there is, if they show more than one moment


def find_brief_look(
    sessions: Sequence[SessionRecord], server: ServerView, end: datetime, *, is_window: bool
) -> tuple[Finding, ...]:
    """The finding that no connection is seen for longer than a moment, or, in a window, for long enough to tell.

    `end` is the last instant looked at. Where no connect is known there is no life to measure, which is told otherwise.
    """
    lives = [(one.opened, one.closed) for one in sessions] + [
        (one.opened, one.closed) for one in server.sockets.values()
    ]
    seen = [(closed or end) - opened for opened, closed in lives if opened is not None]
    longest = max(seen, default=None)
    if longest is None or longest >= (LEAST_LIFE if is_window else MOMENT):
        return ()
    numbers: dict[str, Number] = {"seen_s": max(0.0, longest.total_seconds())}
    return (Finding(BRIEF_LOOK, Severity.INFO, numbers, ()),)
