"""Do connects follow ends? Where no name knows a client again, who was cut off is seen by the connect that comes next.

A client that loses its connection tries again within seconds, people come when they like: then as many connects come
right before ends as right after them. A server that waits in vain for a ping notices late: its client may be back
before that end is logged, so connects near such ends are held against those farther away.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import sqrt
from typing import Final

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.statistics.exact_tests import binomial_greater

SOON_S: Final = (3.0, 10.0, 60.0)  # a choice: who is cut off retries at once, within seconds, or as `LONGEST_RETURN`
MOST_FOLLOWED: Final = 0.05  # a choice: connects follow so often by chance; beyond it someone may come back
LEAST_ENDS: Final = 50  # a choice: of fewer a fifth that is back would not be seen
SEEN_SHARE: Final = 0.2  # a choice: if one in five came back, it must show
SURE: Final = 3.0  # standard deviations


def are_unfollowed(
    ends: Sequence[SessionRecord], unanswered: Sequence[SessionRecord], opened_s: Sequence[float]
) -> bool:
    """Whether connects, at these UNIX seconds in order, come no more often after the ends than before them.

    `unanswered` are ends that were noticed late. False also where too little happened to see a return.
    """
    if len(ends) + len(unanswered) < LEAST_ENDS or len(unanswered) > len(ends):
        return False
    moments = [one.closed.timestamp() for one in (*ends, *unanswered) if one.closed is not None]
    late = [one.closed.timestamp() for one in unanswered if one.closed is not None]
    counts = [_count_around(ends, opened_s, soon_s) for soon_s in SOON_S]
    after_count, before_count = counts[1]
    if SEEN_SHARE * len(moments) < SURE * sqrt(after_count + before_count):
        return False
    counts.append(_count_near(late, opened_s))
    return all(binomial_greater(more, more + fewer, 0.5) > MOST_FOLLOWED for more, fewer in counts)


def _count_around(ends: Sequence[SessionRecord], opened_s: Sequence[float], soon_s: float) -> tuple[int, int]:
    """How many connects come so soon after the ends, and as long before them but for each session's own."""
    after_count = before_count = 0
    for one in ends:
        if one.closed is None:
            continue
        closed_s = one.closed.timestamp()
        after_count += bisect_right(opened_s, closed_s + soon_s) - bisect_right(opened_s, closed_s)
        before_count += bisect_left(opened_s, closed_s) - bisect_left(opened_s, closed_s - soon_s)
        before_count -= one.session_s is not None and 0 < one.session_s <= soon_s
    return after_count, before_count


def _count_near(late_s: Sequence[float], opened_s: Sequence[float]) -> tuple[int, int]:
    """How many connects come within a minute of ends that were noticed late, and in the minutes beside that."""
    reach_s = SOON_S[-1]
    near = wide = 0
    for moment in late_s:
        near += bisect_right(opened_s, moment + reach_s) - bisect_left(opened_s, moment - reach_s)
        wide += bisect_right(opened_s, moment + 2 * reach_s) - bisect_left(opened_s, moment - 2 * reach_s)
    return near, wide - near
