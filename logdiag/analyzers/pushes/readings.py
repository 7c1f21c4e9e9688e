"""Which push was it that failed? A failure that no start line announces may be that of a message handed over before.

Or it is another push, which found no connection and failed at once. Two things weigh on that. How long pushes take to
fail, by those whose start is logged: the one reading wants a slow failure, the other a fast one. And where the pushes
stand against the beat of the disconnects, those that failed as well as those that survived: a timer that pushes, and
ends its own connection with that, pushes shortly before each beat; a failure that stands there is likely to be its own
(docs/methods.md, "Pushes").
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from logdiag.analyzers.pushes.attempts import INFERRED_START, Attempt
from logdiag.results.disconnects import Disconnect
from logdiag.results.pushes import Push, Pushes, PushOutcome, PushReading

HANDED_OVER: Final = "handed-over"
AT_ONCE: Final = "at-once"
FAST_S: Final = 0.02  # an emit that finds no connection fails in the same turn of the event loop, or the next
BEFORE_BEAT_S: Final = 0.2  # pushes that make the beat of genuine runs stand 13 to 168 ms before it
FEWEST_WEIGHT: Final = 0.1  # of the other reading: below it, the start is taken as known


class BeatMoments(NamedTuple):
    """The beat of one connection: a moment of it in UNIX seconds next to each disconnect on it, and its period."""

    moments_s: Sequence[float]
    period_s: float

    def find_lead_s(self, moment_s: float) -> float:
        """How long before the beat that is next to it a moment lies, negative after it."""
        place = bisect_left(self.moments_s, moment_s)
        near_s = min(self.moments_s[max(place - 1, 0) : place + 1], key=lambda one: abs(one - moment_s))
        return (near_s - moment_s + self.period_s / 2) % self.period_s - self.period_s / 2


class _Habit(NamedTuple):
    """What a connection's pushes do: `timed_count` of all `of_count` stand right before its beat, if it has one."""

    beat: BeatMoments | None
    timed_count: int
    of_count: int


def weigh_readings(
    attempts: Sequence[Attempt],
    pushes: Sequence[Push],
    counts: Pushes,
    drops: Sequence[Disconnect],
    periods_s: Mapping[str, float],
) -> tuple[tuple[Push, ...], Pushes]:
    """The pushes, and their counts, with both readings where the lines leave open which push failed.

    `periods_s` are the periods of the patterns that are beats. Without any evidence both readings weigh the same.
    """
    joined = [attempt for attempt in attempts if attempt.is_joined and attempt.outcome == PushOutcome.FAILED]
    if not joined:
        return tuple(pushes), counts
    habits = _find_habits({attempt.connection for attempt in joined}, attempts, drops, periods_s)
    waits_s = [
        (attempt.ended - attempt.started).total_seconds()
        for attempt in attempts
        if attempt.outcome == PushOutcome.FAILED
        and attempt.ended is not None
        and attempt.has_start_line
        and not attempt.inferred
    ]
    fast = _share(sum(wait_s <= FAST_S for wait_s in waits_s), len(waits_s))
    found = {
        attempt.evidence: _weigh_failure(attempt, habits[attempt.connection], fast)
        for attempt in joined
        if attempt.ended is not None
    }
    read = {push.evidence: replace(push, readings=found.get(push.evidence, ())) for push in pushes}
    items = tuple(replace(item, readings=found.get(item.evidence, ())) for item in counts.items)
    return tuple(read[push.evidence] for push in pushes), replace(counts, items=items)


def _find_habits(
    names: set[str], attempts: Sequence[Attempt], drops: Sequence[Disconnect], periods_s: Mapping[str, float]
) -> dict[str, _Habit]:
    """The habits of these connections, in one pass over all pushes and disconnects."""
    drops_of: dict[str, list[Disconnect]] = defaultdict(list)
    attempts_of: dict[str, list[Attempt]] = defaultdict(list)
    for drop in drops:
        drops_of[drop.connection].append(drop)
    for attempt in attempts:
        attempts_of[attempt.connection].append(attempt)
    habits = {}
    for name in names:
        beat = _find_beat(drops_of[name], periods_s)
        timed_count = 0 if beat is None else sum(_is_before(_lead_s(beat, one)) for one in attempts_of[name])
        habits[name] = _Habit(beat, timed_count, len(attempts_of[name]))
    return habits


def _find_beat(drops: Sequence[Disconnect], periods_s: Mapping[str, float]) -> BeatMoments | None:
    """The beat that most disconnects of one connection keep."""
    mine: dict[str, list[float]] = {}
    for drop in drops:
        if drop.pattern in periods_s and drop.residual_s is not None:
            mine.setdefault(drop.pattern or "", []).append(drop.time.timestamp() - drop.residual_s)
    if not mine:
        return None
    best = max(mine, key=lambda name: len(mine[name]))
    return BeatMoments(sorted(mine[best]), periods_s[best])


def _weigh_failure(attempt: Attempt, habit: _Habit, fast: float) -> tuple[PushReading, ...]:
    """Both readings of a failure, weighed by how fast pushes fail and by where the others of its connection stand."""
    beat = habit.beat
    failed = attempt.ended or attempt.started
    gap_s = (failed - attempt.started).total_seconds()
    alone = 1 / INFERRED_START.total_seconds()  # a failure that has nothing to do with the message falls anywhere
    handed_over = fast / FAST_S * (gap_s <= FAST_S) + (1 - fast) * alone
    at_once = fast * alone
    if beat is not None:
        is_timed = _is_before(_lead_s(beat, attempt))
        timed = _share(habit.timed_count - is_timed, habit.of_count - 1)
        at_once = fast * (timed / BEFORE_BEAT_S * is_timed + (1 - timed) * alone)
    weight = handed_over / (handed_over + at_once)
    if 1 - weight < FEWEST_WEIGHT:
        return ()
    return (
        _read(PushReading(HANDED_OVER, attempt.started, round(weight, 3), round(gap_s * 1e3, 3)), beat),
        _read(PushReading(AT_ONCE, failed, round(1 - weight, 3), 0.0), beat),
    )


def _lead_s(beat: BeatMoments, attempt: Attempt) -> float:
    """How long before the beat a push stands; one without a line of its start, where it ended."""
    moment = attempt.ended if attempt.is_joined and attempt.ended is not None else attempt.started
    return beat.find_lead_s(moment.timestamp())


def _is_before(lead_s: float) -> bool:
    return 0 <= lead_s <= BEFORE_BEAT_S


def _share(count: int, of_count: int) -> float:
    """A share of few, by Laplace's rule: even where none is known."""
    return (count + 1) / (of_count + 2)


def _read(reading: PushReading, beat: BeatMoments | None) -> PushReading:
    """The same, held against the beat."""
    if beat is None:
        return reading
    lead_s = beat.find_lead_s(reading.began.timestamp())
    chance = min(1.0, 2 * abs(lead_s) / beat.period_s)
    return replace(reading, beat_ms=round(lead_s * 1e3, 3), chance_probability=float(f"{max(chance, 1e-6):.3g}"))
