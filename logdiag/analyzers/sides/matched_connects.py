"""By how many quarters of an hour a client's connects lie beside those that a server tells of, where no id joins them.

A client that connects at irregular moments leaves its pattern in the server's log: at one shift all of its connects
meet one of the server's, at any other, whole quarters or not, a few do by chance. Connects on a beat meet at many.
Ends do the same, though many come on a beat that wavers: what meets at the next best shift is what a beat explains.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from logdiag.analyzers.statistics.exact_tests import binomial_greater

MOST_CONNECTS: Final = 200  # of the client
MOST_PAIRS: Final = 40_000  # of connects: a hundredth of a second
LEAST_CONNECTS: Final = 5  # fewer meet at several shifts
ONE_CONNECT_S: Final = 1.0  # two lines of one connect
MOSTLY: Final = 0.9  # the server's log may lack some
SECOND_BEST: Final = 0.5  # of the best
MOST_CHANCE: Final = 1e-4  # a choice: a wrong zone costs more than one that is left open
MOST_OWN: Final = 50  # of the file that tells of fewer ends, tried from both of its edges: enough to exclude chance
MOST_OTHERS: Final = 800  # with those 40,000 pairs
ONE_OUTAGE_S: Final = 30.0  # that ends all connections: a burst beside another burst is one coincidence


class Shift(NamedTuple):
    """The first file's clock minus the other's in whole steps, and how many connects, or ends, met."""

    steps_count: int
    connects_count: int


def match_connects(
    client_s: Sequence[float], server_s: Sequence[float], *, step_s: float, error_s: float, most_steps: int
) -> Shift | None:
    """The one shift at which a client's connects meet the server's, UNIX seconds in order; None if none stands out.

    `error_s`: how far two clocks of one zone may be apart. Chance puts a connect beside one of the server's with the
    share of the time that these cover; all shifts were tried.
    """
    opens = merge_moments(client_s)[:MOST_CONNECTS]
    others = list(server_s)[: MOST_PAIRS // max(1, len(opens))]
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


def match_ends(
    own_s: Sequence[float], others_s: Sequence[float], *, step_s: float, error_s: float, most_steps: int
) -> Shift | None:
    """The one shift at which the ends of one file meet those of another, UNIX seconds in order; None if none does.

    The first file is the one that tells of fewer. It must tell of several outages, and more of its ends meet than a
    beat would make meet, which puts them together at other shifts too.
    """
    if not own_s or len(own_s) > len(others_s) or len(merge_moments(own_s, ONE_OUTAGE_S)) < LEAST_CONNECTS:
        return None
    own = merge_moments(own_s, 2 * error_s)
    others = sorted(others_s)
    for is_last in (False, True):  # logs are collected at one time, or begin at one
        some = own[-MOST_OWN:] if is_last else own[:MOST_OWN]
        beside = others[-MOST_OTHERS:] if is_last else others[:MOST_OTHERS]
        at_s = _find_shift(some, beside, step_s, error_s)
        if at_s is not None and abs(steps := round(at_s / step_s)) <= most_steps:
            return Shift(steps, sum(_is_beside(moment - at_s, others, error_s) for moment in own_s))
    return None


def _find_shift(own: Sequence[float], others: Sequence[float], step_s: float, error_s: float) -> float | None:
    """How far apart two files are, whole steps but for a clock's error, if neither chance nor a beat explains it."""
    gaps = sorted((moment - other, place) for place, moment in enumerate(own) for other in others)
    at, best = _find_densest(gaps, 2 * error_s)
    steps = round(at / step_s)
    if best < max(LEAST_CONNECTS, MOSTLY * len(own)) or abs(at - steps * step_s) > error_s:
        return None
    _, second = _find_densest([gap for gap in gaps if abs(gap[0] - at) > 2 * error_s], 2 * error_s)
    tries = max(1.0, (own[-1] - own[0] + others[-1] - others[0]) / step_s)  # the shifts at which the files overlap
    chance = max(second / len(own), measure_chance([moment - steps * step_s for moment in own], others, error_s))
    return at if tries * binomial_greater(best, len(own), chance) <= MOST_CHANCE else None


def _is_beside(moment: float, others_s: Sequence[float], error_s: float) -> bool:
    return bisect_left(others_s, moment - error_s) < bisect_right(others_s, moment + error_s)


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


def merge_moments(times_s: Sequence[float], apart_s: float = ONE_CONNECT_S) -> list[float]:
    """The moments in order, without those that follow one that is kept by no more than this."""
    merged: list[float] = []
    for moment in sorted(times_s):
        if not merged or moment - merged[-1] > apart_s:
            merged.append(moment)
    return merged


def measure_chance(opens_s: Sequence[float], others_s: Sequence[float], reach_s: float) -> float:
    """The chance that a moment is within reach of one of the others, in the time of these connects, both in order."""
    start_s, end_s = opens_s[0] - reach_s, opens_s[-1] + reach_s
    count = bisect_right(others_s, end_s) - bisect_left(others_s, start_s)
    return min(1.0, 2 * reach_s * count / (end_s - start_s))
