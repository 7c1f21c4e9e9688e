"""Files whose lines bear the time at which a buffer was written out: how far apart, at the least, their stamps lie.

A collector, or a logger that buffers, may stamp lines as it writes them: then all lines of a file lie at a few instants
on one grid. So do the lines of a quiet client whose timers go by whole seconds. What tells the two apart is the time
from an end to what follows it: a buffer puts both into one batch here and into the next there, a timer never; and where
a buffer puts a return always into the batch of its end, it takes no time at all, as no handshake can.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from logdiag.analyzers.connections.sessions import NOT_WHILE_CONNECTED, SessionRecord
from logdiag.analyzers.statistics.resolution import (
    COARSE_S,
    ON_STEPS,
    find_batch_step_s,
    find_resolution_s,
    has_split_delay,
)
from logdiag.events import CLOSINGS, OPENINGS
from logdiag.rows import Rows

LEAST_SPLIT: Final = 3  # one may be a second attempt, or a line that is lost, and so may two
LEAST_INSTANT: Final = 5  # a choice: returns in no time; one or two may be lines of several connections
INSTANT_S: Final = 0.001  # TCP's handshake and the upgrade take longer even on the loopback
TOLD: Final = CLOSINGS | OPENINGS | NOT_WHILE_CONNECTED  # an end, and what a client does next
READ: Final = ("file", "connection", "time", "kind")  # all columns of a fleet are megabytes


def find_batched_step_s(timeline: Rows, sessions: Iterable[SessionRecord]) -> float | None:
    """The longest step of the batches in which the files lie that tell of these sessions; None where none does."""
    places = (place for session in sessions for place in (session.evidence, session.open_evidence))
    files = {place.file for place in places if place is not None}
    rows = timeline[timeline["file"].isin(files)]
    times_s = rows.seconds()
    found = []
    for _, indices in rows.group("file"):
        step_s = find_batch_step_s(times_s[indices])
        if step_s is not None and _is_buffered(rows[np.array(indices, dtype=np.intp)], step_s):
            found.append(step_s)
    return max(found, default=None)


def _is_buffered(rows: Rows, step_s: float) -> bool:
    """Whether what follows the ends of a file comes in one batch with them or in the next, and in no time between."""
    told = rows.of_kinds(TOLD)
    by_connection: dict[str, list[tuple[float, str]]] = defaultdict(list)
    columns = (told["connection"].tolist(), told.seconds().tolist(), told["kind"].tolist())
    for connection, time_s, kind in zip(*columns, strict=True):
        by_connection[connection].append((time_s, kind))
    delays: dict[tuple[str, str], list[float]] = defaultdict(list)
    for lines in by_connection.values():
        for (end_s, end), (next_s, kind) in pairwise(lines):
            if end in CLOSINGS and kind not in CLOSINGS:
                delays[end, kind].append(next_s - end_s)
    if any(has_split_delay(np.array(some), step_s, LEAST_SPLIT) for some in delays.values()):
        return True
    returns_s = [lag_s for (_, kind), some in delays.items() if kind in OPENINGS for lag_s in some]
    return _are_instant(returns_s) and find_resolution_s(rows.seconds()) < COARSE_S


def _are_instant(returns_s: Sequence[float]) -> bool:
    """Whether clients are back in the very moment of their ends, so that the stamps are not those of what happened."""
    instant = sum(lag_s <= INSTANT_S for lag_s in returns_s)
    return instant >= max(LEAST_INSTANT, ON_STEPS * len(returns_s))
