"""Which of what recurs has to do with the disconnects? Announced timers, and lines on a beat, held against chance.

An announced timer predicts instants. Where the disconnects keep a beat, a timer of that period that stands at a
constant, short time before it is a suspect: timers of equal period stand anywhere in it, so the luck of that is the
share of the period that lies so close. A timer of another period makes no such beat. All else is left to the counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.timers.suspicions import KEEPS_BEAT, MIN_PAIRS, judge_suspects
from logdiag.analyzers.timers.ticks import AnnouncedTimer, find_shown_ticks, predict_ticks
from logdiag.analyzers.timers.timer_phases import DropBeat, TickPhase, match_period, measure_phase
from logdiag.analyzers.triggers.beats import DRIFT_P, INDEPENDENT_P, mark_beats
from logdiag.analyzers.triggers.counts import MIN_HITS
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.analyzers.triggers.moments import DropContext, TemplateSeries
from logdiag.results.disconnects import Disconnect
from logdiag.results.patterns import Pattern, PatternKind, TriggerRole
from logdiag.results.suspicion import TemplateRelation
from logdiag.results.timers import Timer, TimerAnswer, TimerKind
from logdiag.rows import from_seconds

SUSPECT_P: Final = 0.05  # over all timers that could be suspects: one false suspect in twenty incidents with decoys
LONG_AGO: Final = 0.25  # of the period: a prediction that may be off by more predicts nothing
CLEAR_SHARE: Final = 2 / 3  # of the disconnects: a beat of so many leaves a timer of another period a minority
BARE_SHARE: Final = 0.25  # of the disconnects on the beat, without a tick: it comes without the timer
FEWEST_BARE: Final = 2  # one beat without the tick may be a lost line
PLAIN_CHANCE: Final = 0.1  # what stands no closer than one tick in ten would is cleared by another that does
ALIKE: Final = 0.05  # of a period: lines on a beat come so close to whole periods after each other
REGULAR_SHARE: Final = 0.8  # of the gaps
MOST_TIMERS: Final = 40  # bounds the time and the page
MOST_LINES: Final = 20  # bounds the page
BEATS: Final = frozenset({PatternKind.TIMER, PatternKind.WALL_CLOCK})
ANSWERS: Final = {
    "precedes": TimerAnswer.SUSPECT,
    "follows": TimerAnswer.CLEARED,
    "beats-without-it": TimerAnswer.CLEARED,
    "two-clocks": TimerAnswer.CLEARED,
    "by-count": TimerAnswer.CLEARED,
}
ORDER: Final = (TimerAnswer.SUSPECT, TimerAnswer.UNDECIDED, TimerAnswer.CLEARED)


class Scenery(NamedTuple):
    """What timers are held against. `awake` is when each source wrote anything, `triggers` what is known to precede."""

    drops: Sequence[Disconnect]
    patterns: Sequence[Pattern]
    contexts: Sequence[DropContext]
    awake: Mapping[str, Floats]
    triggers: Sequence[TriggerFit]


def judge_timers(
    announced: Sequence[AnnouncedTimer], lines: Sequence[TemplateSeries], scenery: Scenery
) -> tuple[Timer, ...]:
    """Judge each announced timer and each regular line, suspects first; nothing where nothing went wrong."""
    if not any(not drop.is_orderly for drop in scenery.drops):
        return ()
    asked = [_Asked(timer, find_shown_ticks(timer, lines), _list_beats(timer, scenery)) for timer in announced]
    timers = _judge_announced(asked[:MOST_TIMERS], scenery)
    shown_elsewhere = {fit.line.key for fit in scenery.triggers if fit.role == TriggerRole.TRIGGER}
    shown_elsewhere |= {(timer.service, timer.template) for timer in timers}
    shown_elsewhere |= {(one.shown.service, one.shown.template) for one in asked if one.shown is not None}
    return tuple(sorted([*timers, *_judge_lines(lines, shown_elsewhere, scenery)], key=_rank))


class _Asked(NamedTuple):
    """A timer, the lines of its ticks if it writes any, and the beats that it can be held against."""

    timer: AnnouncedTimer
    shown: TemplateSeries | None
    beats: Sequence[DropBeat]


def _rank(timer: Timer) -> tuple[int, bool, float, str, str]:
    chance = 1.0 if timer.chance_ratio is None else timer.chance_ratio
    return ORDER.index(timer.answer), timer.kind is TimerKind.LINES, chance, timer.service, timer.template


def _judge_lines(
    lines: Sequence[TemplateSeries], shown_elsewhere: Set[tuple[str, str]], scenery: Scenery
) -> list[Timer]:
    """Judge the lines on a beat that are not `shown_elsewhere`; of lines of one service that agree, the first.

    What tells of an end keeps the beat of the ends, of course.
    """
    asked = [one for one in lines if (one.service, one.template) not in shown_elsewhere]
    regular = [one for one in asked if _is_regular(one) and not one.tells_of_end]
    found: dict[tuple[str, str, int], Timer] = {}
    for relation in judge_suspects(scenery.contexts, regular, scenery.awake, scenery.triggers) if regular else ():
        if relation.phase.line_period_s is not None:
            timer = _keep_to_beat(_write_line(relation), regular, scenery)
            found.setdefault((timer.service, timer.why, round(timer.period_s)), timer)
    return list(found.values())[:MOST_LINES]


def _keep_to_beat(timer: Timer, lines: Sequence[TemplateSeries], scenery: Scenery) -> Timer:
    """Where a beat goes on without the lines: counted over the disconnects on that beat, not over all."""
    beats = {pattern.id for pattern in scenery.patterns if pattern.kind in BEATS}
    on_beat_s = np.array([drop.time.timestamp() for drop in scenery.drops if drop.pattern in beats])
    if timer.why != "beats-without-it" or timer.window_s is None or not on_beat_s.size:
        return timer
    mine = [one.times_s for one in lines if (one.service, one.template) == (timer.service, timer.template)]
    times_s = np.sort(np.concatenate(mine))
    places = np.searchsorted(times_s, on_beat_s, side="right") - 1
    lags_s = np.where(places >= 0, on_beat_s - times_s[np.maximum(places, 0)], np.inf)
    preceded_count = int(np.sum(lags_s <= timer.window_s))
    count = int(on_beat_s.size)
    return replace(timer, preceded_count=preceded_count, without_count=count - preceded_count, of_count=count)


def _is_regular(series: TemplateSeries) -> bool:
    """Whether lines keep one beat: most come whole periods after each other, those of one moment being one."""
    gaps_s = np.diff(series.times_s)
    gaps_s = gaps_s[gaps_s > 1.0]
    if gaps_s.size < MIN_HITS or np.mean(mark_beats(series.times_s)) < KEEPS_BEAT:
        return False
    beats = gaps_s / np.median(gaps_s)
    return bool(np.mean(np.abs(beats - np.round(beats)) <= ALIKE) >= REGULAR_SHARE)


def _judge_announced(asked: Sequence[_Asked], scenery: Scenery) -> list[Timer]:
    phases = [_find_phase(one) for one in asked]
    tests = Counter(phase.beat.pattern.id for phase in phases if phase is not None and phase.parts_count == 1)
    return _compare([_judge_timer(one, phase, scenery, tests) for one, phase in zip(asked, phases, strict=True)])


def _list_beats(timer: AnnouncedTimer, scenery: Scenery) -> list[DropBeat]:
    """The beats that a timer can be held against: those of its own connection, else of all."""
    own = {drop.connection for drop in scenery.drops if drop.connection == timer.last.connection}
    beats = []
    for pattern in scenery.patterns:
        if pattern.kind in BEATS and pattern.period_s is not None:
            moments = [
                drop.time.timestamp()
                for drop in scenery.drops
                if drop.pattern == pattern.id and (not own or drop.connection in own)
            ]
            if moments:
                beats.append(DropBeat(pattern, np.array(sorted(moments))))
    return beats


def _find_phase(one: _Asked) -> TickPhase | None:
    """The phase to the beat that the timer fits best, of those whose period goes with its own."""
    found = [measure_phase(one.timer, one.shown, beat) for beat in one.beats]
    return min((phase for phase in found if phase is not None), key=lambda phase: phase.chance_ratio, default=None)


def _judge_timer(one: _Asked, phase: TickPhase | None, scenery: Scenery, tests: Mapping[str, int]) -> Timer:
    timer, is_shown = one.timer, one.shown is not None
    ticks = one.shown or _lay_ticks(timer, timer.last.period_s if phase is None else phase.period_s)
    relation = _relate(timer, ticks, scenery)
    if phase is not None:
        return _write_phase(timer, phase, tests.get(phase.beat.pattern.id, 1), relation, is_shown=is_shown)
    answer, why, pattern = _decide_without_phase(one, relation, scenery)
    return _write(timer, relation, answer, why, pattern, is_shown=is_shown)


def _decide_without_phase(
    one: _Asked, relation: TemplateRelation | None, scenery: Scenery
) -> tuple[TimerAnswer, str, str | None]:
    """The answer, what decided it, and the pattern that did."""
    drops_count = sum(not drop.is_orderly for drop in scenery.drops)
    for beat in one.beats:
        if match_period(one.timer.last.period_s, beat.pattern) is None:
            if beat.times_s.size >= max(MIN_PAIRS, CLEAR_SHARE * drops_count):
                return TimerAnswer.CLEARED, "other-period", beat.pattern.id
        else:
            return TimerAnswer.UNDECIDED, "few-drops", None
    if relation is None:
        return TimerAnswer.UNDECIDED, "no-clock", None
    answer = ANSWERS.get(relation.why, TimerAnswer.UNDECIDED)
    if one.shown is None and answer is TimerAnswer.SUSPECT:  # lines that nobody wrote show no order
        return TimerAnswer.UNDECIDED, "some-excess", None
    return answer, relation.why, None


def _lay_ticks(timer: AnnouncedTimer, period_s: float) -> TemplateSeries:
    """The predicted ticks as lines, so that they are counted like these."""
    times_s = predict_ticks(timer, period_s)
    last = timer.last
    nowhere = np.zeros(times_s.size, dtype=np.int64)
    return TemplateSeries(
        connection=last.connection,
        source=last.source,
        service=last.service,
        level=None,
        template=last.template,
        times_s=times_s,
        files=(last.place.file,),
        file_indices=nowhere,
        lines=nowhere,
    )


def _relate(timer: AnnouncedTimer, ticks: TemplateSeries, scenery: Scenery) -> TemplateRelation | None:
    """What the counts say of the ticks: before the disconnects of their own connection, else before all of them."""
    if not ticks.times_s.size:
        return None
    owners = {context.connection for context in scenery.contexts}
    mine = replace(ticks, connection=timer.last.connection if timer.last.connection in owners else "")
    relations = judge_suspects(scenery.contexts, [mine], scenery.awake)
    return relations[0] if relations else None


def _write_phase(
    timer: AnnouncedTimer, phase: TickPhase, tests_count: int, relation: TemplateRelation | None, *, is_shown: bool
) -> Timer:
    answer, why = _decide_timer(phase, tests_count, relation if is_shown else None)
    one = _write(timer, relation, answer, why, phase.beat.pattern.id, is_shown=is_shown)
    return replace(
        one,
        lag_ms=phase.lag_ms,
        preceded_count=phase.with_count,
        without_count=phase.without_count,
        of_count=int(phase.beat.times_s.size),
        expected_by_chance=None,
        window_s=None,
        chance_ratio=min(1.0, phase.chance_ratio * tests_count) if phase.parts_count == 1 else phase.chance_ratio,
    )


def _decide_timer(phase: TickPhase, tests_count: int, relation: TemplateRelation | None) -> tuple[TimerAnswer, str]:
    """The answer and what decided it: the first of these that holds."""
    is_near = phase.chance_ratio * tests_count <= SUSPECT_P
    is_bare = phase.without_count >= max(FEWEST_BARE, BARE_SHARE * phase.beat.times_s.size)
    rules = (
        (phase.error_s > LONG_AGO * phase.period_s, TimerAnswer.UNDECIDED, "long-ago"),
        (is_bare, TimerAnswer.CLEARED, "beats-without-it"),
        (relation is not None and relation.why == "two-clocks", TimerAnswer.CLEARED, "two-clocks"),
        (relation is not None and relation.why == "precedes", TimerAnswer.SUSPECT, "precedes"),
        (phase.centre_s < -2 * phase.error_s - phase.spread_s / 2, TimerAnswer.CLEARED, "ticks-after"),
        (is_near and _drifts(relation), TimerAnswer.UNDECIDED, "lag-drifts"),
        (is_near and phase.parts_count > 1, TimerAnswer.UNDECIDED, "finer-period"),
        (is_near, TimerAnswer.SUSPECT, "same-phase"),
    )
    return next(((answer, why) for holds, answer, why in rules if holds), (TimerAnswer.UNDECIDED, "phase-open"))


def _drifts(relation: TemplateRelation | None) -> bool:
    """Whether the lag wanders as that of two clocks, be it by milliseconds, and no early or late tick moves it."""
    if relation is None or relation.phase.drift_p is None:
        return False
    return relation.phase.drift_p <= DRIFT_P and (relation.phase.innovation_p or 0.0) > INDEPENDENT_P


def _compare(timers: Sequence[Timer]) -> list[Timer]:
    """Of several suspects of one beat the closest stays one; what fits it no better than chance is cleared by it."""
    best: dict[str | None, Timer] = {}
    for timer in timers:
        if timer.answer is TimerAnswer.SUSPECT and timer.pattern and timer.lag_ms:
            other = best.get(timer.pattern)
            if other is None or _rank_suspect(timer) < _rank_suspect(other):
                best[timer.pattern] = timer
    return [_yield_to(timer, best.get(timer.pattern)) for timer in timers]


def _rank_suspect(timer: Timer) -> tuple[bool, float]:
    return timer.why != "precedes", abs(timer.lag_ms.median) if timer.lag_ms else 0.0


def _yield_to(timer: Timer, best: Timer | None) -> Timer:
    if best is None or timer is best:
        return timer
    if timer.why == "phase-open" and (timer.chance_ratio or 0.0) > PLAIN_CHANCE:
        return replace(timer, answer=TimerAnswer.CLEARED, why="other-fits", other=best.service)
    if timer.why in {"same-phase", "finer-period", "phase-open", "lag-drifts"}:
        return replace(timer, answer=TimerAnswer.UNDECIDED, other=best.service)
    return timer


def _write(
    timer: AnnouncedTimer,
    relation: TemplateRelation | None,
    answer: TimerAnswer,
    why: str,
    pattern: str | None,
    *,
    is_shown: bool,
) -> Timer:
    counts = None if relation is None else relation.counts
    return Timer(
        kind=TimerKind.ANNOUNCED,
        service=timer.last.service,
        template=timer.last.template,
        connection=timer.last.connection or None,
        period_s=timer.last.period_s,
        ticks="logged" if is_shown else "predicted",
        announced_at=from_seconds(timer.last.at_s),
        answer=answer,
        why=why,
        pattern=pattern,
        lag_ms=None,
        preceded_count=0 if counts is None else counts.preceded_count,
        without_count=0 if counts is None else counts.of_count - counts.preceded_count,
        of_count=0 if counts is None else counts.of_count,
        expected_by_chance=None if counts is None else counts.expected_by_chance,
        window_s=None if counts is None else counts.window_s,
        chance_ratio=None if counts is None else counts.p_value,
        other=None,
        example=timer.last.place,
    )


def _write_line(relation: TemplateRelation) -> Timer:
    counts, phase = relation.counts, relation.phase
    answer = ANSWERS.get(relation.why, TimerAnswer.UNDECIDED)
    if relation.why == "beats-without-it" and phase.line_period_s and phase.drop_period_s:
        is_same = abs(phase.line_period_s / phase.drop_period_s - 1) <= ALIKE
        answer = TimerAnswer.UNDECIDED if is_same else answer  # a line that is late, or lost, now and then
    return Timer(
        kind=TimerKind.LINES,
        service=relation.service,
        template=relation.template,
        connection=None,
        period_s=phase.line_period_s or 0.0,
        ticks="logged",
        announced_at=None,
        answer=answer,
        why=relation.why,
        pattern=None,
        lag_ms=phase.lag_ms,
        preceded_count=counts.preceded_count,
        without_count=counts.of_count - counts.preceded_count,
        of_count=counts.of_count,
        expected_by_chance=counts.expected_by_chance,
        window_s=counts.window_s,
        chance_ratio=counts.p_value,
        other=relation.other,
        example=relation.example,
    )
