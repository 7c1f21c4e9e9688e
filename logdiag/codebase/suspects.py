"""Which timers keep the time that was measured: the same interval, or one that divides or multiplies it, ranked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from logdiag.results.code import CodeTimer, CodeTimerKind, PeriodRelation
from logdiag.results.patterns import Pattern, PatternKind

TOLERANCE: Final = 0.02  # a timer runs late by its work: 0.02 % idle, 1 % in a busy process, and a guess of ours on top
MOST_PARTS: Final = 6  # a timer of a sixth of the period that shows every sixth time only is a tale, not a suspect
STANDINGS: Final = {"suspect": 0, "undecided": 1, "cleared": 2}  # what the logs say of the timer that this is
ERRORS: Final = 4.0  # standard errors that a measured period may be off, as where timers' ticks are predicted
# What a timer may be late by, each time: of its interval (setInterval in a busy process) and
# at most; a cron job is not late by anything that adds up; one that sets itself anew adds the time that its work takes.
LATE_SHARE: Final = 0.002
MOST_LATE_S: Final = 0.1
LIGHT: Final = re.compile(r"(?i)heart_?beat|keep_?alive|\bping|health|metric|stats?\b|status|心跳")


class PeriodMatch(NamedTuple):
    """How a timer stands to a pattern."""

    pattern: str
    relation: PeriodRelation
    off_ratio: float


def match_pattern(seconds: float, patterns: Iterable[Pattern]) -> PeriodMatch | None:
    """The pattern whose period a timer has, within 2 %; else one that it divides or multiplies."""
    found: list[PeriodMatch] = []
    for pattern in patterns:
        period_s = pattern.period_s
        if period_s is None or not pattern.keeps_time or period_s <= 0:
            continue
        for relation, ratio in ((PeriodRelation.SAME, seconds / period_s), *_parts(seconds, period_s)):
            if abs(ratio - 1) <= TOLERANCE:
                found.append(PeriodMatch(pattern.id, relation, abs(ratio - 1)))
                break
    order = list(PeriodRelation)
    return min(found, key=lambda match: (order.index(match.relation), match.off_ratio), default=None)


def _parts(seconds: float, period_s: float) -> list[tuple[PeriodRelation, float]]:
    """The ratio to 1 that a whole number of intervals, or of periods, leaves."""
    times = round(period_s / seconds) if seconds < period_s else round(seconds / period_s)
    if not 2 <= times <= MOST_PARTS:
        return []
    if seconds < period_s:
        return [(PeriodRelation.DIVIDES, seconds * times / period_s)]
    return [(PeriodRelation.MULTIPLE, seconds / times / period_s)]


def rank_timers(
    timers: Sequence[CodeTimer], patterns: Sequence[Pattern], weigh: Callable[[CodeTimer], float] = lambda _: 0.0
) -> tuple[CodeTimer, ...]:
    """Mark the timers that keep a measured time and rank them; the suspects first, all others in order of place.

    Whose phase is known goes by that: what stands at a constant, short time before the disconnects leads, what the logs
    clear comes last. Else same interval first, then what reaches the socket, then what can keep that very period, then
    by `weigh`: how much of what this code logs stands in the logs. Of equals, one that only tells that it is alive is
    the less likely, and a guess stands behind what is written. What nothing of this tells apart shares a rank.
    """
    by_id = {pattern.id: pattern for pattern in patterns}
    matched = [(timer, match_pattern(timer.seconds, patterns)) for timer in timers]
    suspects = [
        (replace(timer, excess_s=find_excess(timer, match, by_id[match.pattern])), match)
        for timer, match in matched
        if match is not None
    ]

    def order(item: tuple[CodeTimer, PeriodMatch]) -> tuple[object, ...]:
        timer, match = item
        return (
            STANDINGS.get(timer.answer or "", 1),
            match.relation is not PeriodRelation.SAME,
            not timer.reaches_socket,
            timer.excess_s is not None,
            -weigh(timer),
            is_light(timer),
            any(step.is_guess for step in timer.way),
            timer.is_guess,
            round(match.off_ratio, 3),
        )

    rows = sorted(suspects, key=lambda item: (*order(item), item[0].file, item[0].line))
    orders = [order(item) for item in rows]
    ranked = [
        replace(timer, matches_pattern=match.pattern, relation=match.relation, rank=orders.index(orders[place]) + 1)
        for place, (timer, match) in enumerate(rows)
    ]
    rest = sorted((timer for timer, match in matched if match is None), key=lambda timer: (timer.file, timer.line))
    return (*ranked, *rest)


def find_excess(timer: CodeTimer, match: PeriodMatch, pattern: Pattern) -> float | None:
    """What the measured period is longer than the interval, in s, where no timer of this kind can be so late, or early.

    None where it can, or where that cannot be told: a part or a multiple, an interval that a run may change.
    """
    is_clock = pattern.kind in (PatternKind.TIMER, PatternKind.WALL_CLOCK)
    if match.relation is not PeriodRelation.SAME or timer.is_guess or not is_clock:
        return None
    if pattern.period_s is None or pattern.period_error_s is None:
        return None
    excess_s = pattern.period_s - timer.seconds
    slack_s = ERRORS * pattern.period_error_s
    late_s = {CodeTimerKind.INTERVAL: min(LATE_SHARE * timer.seconds, MOST_LATE_S), CodeTimerKind.CRON: 0.0}.get(
        timer.kind
    )
    is_late = late_s is not None and excess_s > late_s + slack_s
    return excess_s if is_late or excess_s < -slack_s else None


def is_light(timer: CodeTimer) -> bool:
    """Whether a timer is named after a sign of life: a few bytes, and nobody's connection dies of them."""
    return any(LIGHT.search(name) for name in (timer.function, *(step.function for step in timer.way[:2])))
