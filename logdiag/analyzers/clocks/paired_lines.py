"""Lines of a client and of its server that tell of one message, which went over their connection.

Each line of the one kind has one of the other within moments, and none does while the connection is down: what takes
another way (an HTTP request, a queue) arrives then as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.learned_traffic import LineKind
from logdiag.analyzers.statistics.arrays import Floats

NEAR_S: Final = 0.25  # a choice: a message is under way for less, and handled in less
LEAST_LINES: Final = 20  # a choice: fewer come together by chance where both are frequent
MOSTLY: Final = 0.9  # a choice: a tenth may be lost, or be of the last moments of a session
MOST_CHANCE_NATS: Final = -4.6  # that no message fell into an outage by luck: one in a hundred
MOST_BY_CHANCE: Final = 0.3  # a choice: where lines stand so densely that so many meet by luck, meeting says nothing


def find_paired(
    own: Sequence[LineKind], servers: Sequence[LineKind], outages_s: Mapping[str, Floats], connected_s: float
) -> tuple[LineKind, ...]:
    """The kinds of lines of clients that the server's answer, line by line, and only over the connection.

    `outages_s` (n, 2) are the times from each drop to the next connect, UNIX seconds; `connected_s` is how long the
    connections stood in all. The server's lines are in the stamps of the client.
    """
    outage_s = sum(float(np.sum(ends[:, 1] - ends[:, 0])) for ends in outages_s.values())
    return tuple(
        kind for kind in own if any(_is_pair(kind, other, outages_s, outage_s, connected_s) for other in servers)
    )


def _is_pair(
    kind: LineKind, other: LineKind, outages_s: Mapping[str, Floats], outage_s: float, connected_s: float
) -> bool:
    count = _count(kind)
    if count < LEAST_LINES or not MOSTLY * count <= _count(other) <= count / MOSTLY:
        return False
    if count * 2.0 * NEAR_S > MOST_BY_CHANCE * connected_s:
        return False
    meetings = {name: _list_meetings(times, other.times_s.get(name)) for name, times in kind.times_s.items()}
    met = sum(len(times) for times in meetings.values())
    if met < MOSTLY * count or -met / max(connected_s, 1.0) * outage_s > MOST_CHANCE_NATS:
        return False
    return not any(_is_within(times, outages_s.get(name)) for name, times in meetings.items())


def _count(kind: LineKind) -> int:
    return sum(len(times) for times in kind.times_s.values())


def _list_meetings(times: Floats, others: Floats | None) -> Floats:
    """Those of the times (n,) near which one of the others stands."""
    if others is None or not len(others):
        return np.empty(0)
    place = np.searchsorted(others, times)
    before = np.where(place > 0, times - others[np.maximum(place - 1, 0)], math.inf)
    after = np.where(place < len(others), others[np.minimum(place, len(others) - 1)] - times, math.inf)
    return times[np.minimum(before, after) <= NEAR_S]


def _is_within(times: Floats, stretches: Floats | None) -> bool:
    """Whether any of the times lies inside of one of the stretches (n, 2), but for moments at their edges."""
    if stretches is None:
        return False
    starts, ends = stretches[:, 0] + NEAR_S, stretches[:, 1] - NEAR_S
    return any(bool(np.any((times > start) & (times < end))) for start, end in zip(starts, ends, strict=True))
