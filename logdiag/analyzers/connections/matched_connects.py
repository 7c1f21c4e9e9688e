"""By how many quarters of an hour a client's connects lie beside those that a server tells of, where no id joins them.

A client that connects at irregular moments leaves its pattern in the server's log: at one shift all of its connects
meet one of the server's, at any other, whole quarters or not, a few do by chance. Connects on a beat meet at many.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from logdiag.analyzers.statistics.exact_tests import binomial_greater

MOST_CONNECTS: Final = 200  # of each side: 40,000 pairs are a hundredth of a second
LEAST_CONNECTS: Final = 5  # fewer meet at several shifts
ONE_CONNECT_S: Final = 1.0  # two lines of one connect
MOSTLY: Final = 0.9  # the server's log may lack some
SECOND_BEST: Final = 0.5  # of the best
MOST_CHANCE: Final = 1e-4  # a choice: a wrong zone costs more than one that is left open


class Shift(NamedTuple):
    """The client's clock minus the server's in whole steps, and how many connects met."""

    steps_count: int
    connects_count: int


def match_connects(
    client_s: Sequence[float], server_s: Sequence[float], *, step_s: float, error_s: float, most_steps: int
) -> Shift | None:
    """The one shift at which a client's connects meet the server's, UNIX seconds in order; None if none stands out.

    `error_s`: how far two clocks of one zone may be apart. Chance puts a connect beside one of the server's with the
    share of the time that these cover; all shifts were tried.
    """
    opens = _merge(client_s)[:MOST_CONNECTS]
    others = list(server_s)[:MOST_CONNECTS]
    if len(opens) < LEAST_CONNECTS or not others:
        return None
    gaps = sorted((moment - other, place) for place, moment in enumerate(opens) for other in others)
    at, best = _find_densest(gaps, 2 * error_s)
    steps = round(at / step_s)
    if best < MOSTLY * len(opens) or abs(steps) > most_steps or abs(at - steps * step_s) > error_s:
        return None
    _, second = _find_densest([gap for gap in gaps if abs(gap[0] - at) > 2 * error_s], 2 * error_s)
    if second > SECOND_BEST * best:
        return None
    chance = measure_chance([moment - steps * step_s for moment in opens], sorted(others), error_s)
    is_luck = (2 * most_steps + 1) * binomial_greater(best, len(opens), chance) > MOST_CHANCE
    return None if is_luck else Shift(steps, best)


def _find_densest(gaps: Sequence[tuple[float, int]], width_s: float) -> tuple[float, int]:
    """Where most connects of the client meet: the middle of the gaps there, seconds, and how many connects."""
    inside: Counter[int] = Counter()
    first, most, at = 0, 0, 0.0
    for last, (gap_s, place) in enumerate(gaps):
        inside[place] += 1
        while gap_s - gaps[first][0] > width_s:
            left = gaps[first][1]
            inside[left] -= 1
            if not inside[left]:
                del inside[left]
            first += 1
        if len(inside) > most:
            most, at = len(inside), gaps[(first + last) // 2][0]
    return at, most


def _merge(times_s: Sequence[float]) -> list[float]:
    merged: list[float] = []
    for moment in sorted(times_s):
        if not merged or moment - merged[-1] > ONE_CONNECT_S:
            merged.append(moment)
    return merged


def measure_chance(opens_s: Sequence[float], others_s: Sequence[float], reach_s: float) -> float:
    """The chance that a moment is within reach of one of the others, in the time of these connects, both in order."""
    start_s, end_s = opens_s[0] - reach_s, opens_s[-1] + reach_s
    count = bisect_right(others_s, end_s) - bisect_left(others_s, start_s)
    return min(1.0, 2 * reach_s * count / (end_s - start_s))
