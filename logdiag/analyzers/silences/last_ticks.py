"""Beats that come over a connection: whether they ran up to its end, or had stayed away well before.

A cut strikes a line that is alive. Where what arrives regularly stays away first, in whatever words it is logged, the
line was dead, or the process frozen, before the connection ended.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.silences.beats import Beat, find_beats, keep_own
from logdiag.analyzers.silences.process_silences import LATE_S, LATE_SHARE, ProcessLines, was_read

LEAST_MISSED: Final = 2  # one tick may get lost
SHORTEST_S: Final = 5.0  # the shortest ping timeout by default: a line that is dead for less is not noticed
STOP_SHARE: Final = 0.8  # of its long pauses; a job that rests at other times as well hangs on something else


def judge_last_ticks(
    process: ProcessLines, heard_s: NDArray[np.float64], sessions: Sequence[SessionRecord]
) -> dict[datetime, bool]:
    """For the ends of sessions of a process where that can be told: whether the beat over the connection ran up to it.

    `heard_s` are the messages that it received, UNIX seconds in order. Beats of the process itself do not count.
    """
    ended = [(session.opened, session.closed) for session in sessions if session.closed is not None]
    ends_s = sorted(closed.timestamp() for _, closed in ended)
    beats = [beat for beat in _list_carried(process, heard_s) if _rests_at(beat, ends_s, process)]
    found = {}
    for opened, closed in ended:
        since_s = -np.inf if opened is None else opened.timestamp()
        known = (_ran_up_to(beat, since_s, closed.timestamp(), process) for beat in beats)
        if (verdict := next((one for one in known if one is not None), None)) is not None:
            found[closed] = verdict
    return found


def _list_carried(process: ProcessLines, heard_s: NDArray[np.float64]) -> list[Beat]:
    """The beats that a process does not keep by itself, the fastest first."""
    beats = find_beats([*process.templates.values(), heard_s])
    own = {id(beat) for beat in keep_own(beats, process.outages_s)}
    return [beat for beat in beats if id(beat) not in own]


def _rests_at(beat: Beat, ends_s: Sequence[float], process: ProcessLines) -> bool:
    """Whether nearly all long pauses of a beat that were read hold the end of a session."""
    holds = [bisect_right(ends_s, start) < bisect_right(ends_s, end) for start, end in _list_rests(beat, process)]
    return sum(holds) >= STOP_SHARE * len(holds)


def _list_rests(beat: Beat, process: ProcessLines) -> Iterator[tuple[float, float]]:
    for start, end in pairwise(beat.times_s.tolist()):
        if end - start > (1 + LEAST_MISSED) * beat.period_s and was_read(process.windows_s, start, end):
            yield start, end


def _ran_up_to(beat: Beat, since_s: float, end_s: float, process: ProcessLines) -> bool | None:
    """Whether a beat ran up to an end; None where it had not begun, or was late by less than tells."""
    before = bisect_right(beat.times_s, end_s) - 1
    if before < 0 or beat.times_s[before] <= since_s:
        return None
    place = bisect_right(process.windows_s, end_s, key=itemgetter(0)) - 1
    if place < 0 or process.windows_s[place][1] < end_s:
        return None
    waited_s = end_s - max(float(beat.times_s[before]), process.windows_s[place][0])
    if waited_s <= (1 + LATE_SHARE) * beat.period_s + LATE_S:
        return True
    return False if waited_s >= beat.period_s + max(SHORTEST_S, LEAST_MISSED * beat.period_s) else None
