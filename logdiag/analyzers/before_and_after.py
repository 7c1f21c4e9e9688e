"""Did the change work? Two diagnoses, before and after it, held against each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Final, NamedTuple

from logdiag.analyzers.statistics.exact_tests import bound_share, fisher_greater
from logdiag.deferred import compile_later
from logdiag.results.causes import Cause
from logdiag.results.connections import Session
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Disconnect, Remark
from logdiag.results.evidence import Number
from logdiag.results.patterns import LIFETIME_KINDS, Pattern, PatternKind
from logdiag.results.verification import (
    CauseChange,
    FixOutcome,
    LogPeriod,
    Obstacle,
    PatternChange,
    Presence,
    RateRatio,
    Verification,
)

ERROR_LEVEL: Final = 0.05  # intervals of 95 %
STRICT_LEVEL: Final = 0.01  # what calls a rate another one: a false alarm in a hundred comparisons of equals
LOSS_LEVEL: Final = 0.005  # the same, one-sided
SAME_RATES: Final = (0.5, 2.0)  # the issue's own bounds: an interval within them calls two rates the same
RULE_OF_THREE: Final = 3.0  # no event in time T is compatible with up to 3/T (95 %): -ln 0.05
SAME_PERIOD: Final = 0.01  # a free-running timer keeps its period to a few tenths of a per cent (docs/methods.md)
BURST_S: Final = 10.0  # drops of one connection closer than this are one fault: Socket.IO's longest back-off, twice
HALF: Final = 0.5  # a choice: lower calls a lack that most tell of none
IDLE_TIMEOUT: Final = "idle-timeout"
IDLE_UNTESTED: Final = "idle-untested"
NO_FAULTS_BEFORE: Final = "no-faults-before"
OTHER_SIZE: Final = 3.0  # fleets that differ by more than this factor are compared with care
QUIET_LEVELS: Final = frozenset({"warn", "error", "fatal"})
ASSERTED: Final = 0.5  # the confidence from which a cause is asserted (docs/methods.md, confidence)
KIND: Final = compile_later(r"[\W\d_]")  # ends the first word of a client's name: till of till-2, worker of worker1
TIMERS: Final = frozenset({PatternKind.TIMER, PatternKind.WALL_CLOCK, PatternKind.REGULAR_LOOP})


class ComparedPart(NamedTuple):
    """A stretch of logs: its own diagnosis, and the one that knows the sessions which reach into it."""

    diagnosis: Diagnosis
    whole: Diagnosis


def compare(before: Diagnosis, after: Diagnosis, whole: Diagnosis | None = None) -> Verification:
    """Compare what went wrong before a change with what goes wrong after it.

    `whole` is the diagnosis of both together, where they are parts of the same logs: a connection that lives through
    the change has no line in the later part.

    The number of faults after, given their sum, is binomial with the share of the time that lies after: the ratio of
    the two rates has the interval of Clopper and Pearson (Biometrika 26, 1934) for that share.
    """
    was, now = (_measure(ComparedPart(part, whole or part)) for part in (before, after))
    exposure = _exposure_s(was, now)
    ratio = _find_ratio(was.faults_count, now.faults_count, *exposure, ERROR_LEVEL)
    patterns = _compare_patterns(before, after, exposure)
    obstacles = _find_missing_sides(before, after) or _find_obstacles(before, after, was, now, whole)
    is_clean = now.faults_count == 0 and now.lost_count == 0
    judged = _judge_fix(was, now, exposure, ratio)
    if judged is FixOutcome.WORSE:  # nothing to mend before forbids to speak of a mend, not of new faults
        obstacles = tuple(item for item in obstacles if item.id not in {NO_FAULTS_BEFORE, IDLE_UNTESTED})
    outcome = FixOutcome.NOT_ENOUGH_DATA if obstacles else judged
    return Verification(
        outcome=outcome,
        before=was,
        after=now,
        rate_ratio=ratio,
        patterns=patterns,
        causes=_compare_causes(before.causes, after.causes, is_clean=outcome is FixOutcome.FIXED),
        obstacles=obstacles,
        cautions=_find_cautions(before, after, was, now),
        watch_longer_s=_find_watch_s(was, now, exposure) if is_clean and not obstacles else None,
        most_faults_per_h=RULE_OF_THREE / exposure[1] * 3600 if is_clean and exposure[1] > 0 else None,
    )


def _measure(part: ComparedPart) -> LogPeriod:
    inputs, pushes = part.diagnosis.inputs, part.diagnosis.pushes
    start, end = (None, None) if _is_outside(part.diagnosis) else (inputs.start, inputs.end)
    covered_s = 0.0 if start is None or end is None else (end - start).total_seconds()
    sessions = [session for session in part.whole.sessions if _overlap_s(session, start, end) is not None]
    connections_count = len({session.connection for session in sessions})
    known = [session for session in sessions if session.connected_at is not None]
    ends = {one.id: one.logs_end for one in part.whole.connections}
    connected_s = sum(_connected_s(session, start, end, ends.get(session.connection)) for session in known)
    observed_s = covered_s * max(connections_count, 1)
    faults = _list_faults(part.diagnosis.disconnects)
    time_s = connected_s if known else observed_s
    outages = [drop.outage_s for drop in part.diagnosis.disconnects if drop.outage_s is not None]
    return LogPeriod(
        paths=inputs.paths,
        verdict=part.diagnosis.verdict,
        start=start,
        end=end,
        connections_count=connections_count,
        observed_s=observed_s,
        connected_s=connected_s if known else None,
        disconnects_count=len(part.diagnosis.disconnects),
        faults_count=len(faults),
        faults_per_h=len(faults) / time_s * 3600 if time_s > 0 else None,
        median_outage_s=median(outages) if outages else None,
        pushes_count=pushes.attempted_count,
        lost_count=pushes.lost_count,
    )


def _is_outside(diagnosis: Diagnosis) -> bool:
    """Whether not one line is of the time asked for: the start and end of its inputs are then those of the logs."""
    return diagnosis.inputs.lines_count == 0 and diagnosis.inputs.outside_window_count > 0


def _overlap_s(session: Session, start: datetime | None, end: datetime | None) -> float | None:
    """How long a session was up between two instants; None if it has no part in that time."""
    if start is None or end is None:
        return None
    first, last = max(session.connected_at or start, start), min(session.disconnected_at or end, end)
    return (last - first).total_seconds() if first <= last else None


def _connected_s(session: Session, start: datetime | None, end: datetime | None, last_line: datetime | None) -> float:
    """How long it was up between two instants; one that is open, up to the last line of its own logs."""
    if session.disconnected_at is None and end is not None and last_line is not None:
        end = min(end, last_line)
    return _overlap_s(session, start, end) or 0.0


def _list_faults(drops: Sequence[Disconnect]) -> list[Disconnect]:
    """The first disconnect of each fault: orderly stops left out, those of one moment and of one burst taken as one."""
    faults: list[Disconnect] = []
    events: set[int] = set()
    last: dict[str, float] = {}
    for drop in drops:
        if Remark.ORDERLY in drop.remarks or Remark.DEPARTURE in drop.remarks:
            continue
        time_s = drop.time.timestamp()
        is_burst = time_s - last.get(drop.connection, float("-inf")) < BURST_S
        is_shared = drop.fleet_event is not None and drop.fleet_event in events
        last[drop.connection] = time_s
        if drop.fleet_event is not None:
            events.add(drop.fleet_event)
        if not is_burst and not is_shared:
            faults.append(drop)
    return faults


def _exposure_s(was: LogPeriod, now: LogPeriod) -> tuple[float, float]:
    """The time in which faults could happen, of both in the same measure."""
    if was.connected_s is not None and now.connected_s is not None:
        return was.connected_s, now.connected_s
    return was.observed_s, now.observed_s


def _find_ratio(before: int, after: int, before_s: float, after_s: float, error: float) -> RateRatio:
    if before_s <= 0 or after_s <= 0:
        return RateRatio(None, 0.0, None)
    low, high = bound_share(after, before + after, error)
    scale = before_s / after_s
    return RateRatio(
        estimate=after / before * scale if before else None,
        low=low / (1 - low) * scale if low < 1 else 0.0,
        high=high / (1 - high) * scale if high < 1 else None,
    )


def _judge_fix(was: LogPeriod, now: LogPeriod, exposure: tuple[float, float], ratio: RateRatio) -> FixOutcome:
    """The outcome by the rate of faults; a loss of messages that stays forbids to speak of a mend."""
    strict = _find_ratio(was.faults_count, now.faults_count, *exposure, STRICT_LEVEL)
    lowest, highest = SAME_RATES
    is_fewer = strict.high is not None and strict.high < 1 and (ratio.estimate or 0.0) <= lowest
    is_more = strict.low > 1 and (ratio.estimate is None or ratio.estimate >= highest)
    if is_more or _loses_more(was, now):
        return FixOutcome.WORSE
    if now.faults_count == 0 and now.lost_count == 0 and ratio.high is not None and ratio.high < lowest:
        return FixOutcome.FIXED
    if is_fewer or _loses_more(now, was):
        return FixOutcome.IMPROVED
    if ratio.low >= lowest and ratio.high is not None and ratio.high <= highest:
        return FixOutcome.SAME
    return FixOutcome.NOT_ENOUGH_DATA


def _loses_more(one: LogPeriod, other: LogPeriod) -> bool:
    """Whether the other loses a share of its pushes that is larger beyond chance, and at least twice as large.

    Only where no connection dropped: else the losses follow the drops, in clusters, and are no evidence of their own.
    """
    if one.faults_count or other.faults_count or not one.pushes_count or not other.pushes_count:
        return False
    larger = other.lost_count * one.pushes_count >= SAME_RATES[1] * one.lost_count * other.pushes_count
    p = fisher_greater(other.lost_count, other.pushes_count, one.lost_count, one.pushes_count)
    return larger and p <= LOSS_LEVEL


def _find_watch_s(was: LogPeriod, now: LogPeriod, exposure: tuple[float, float]) -> float | None:
    """How much longer nothing may happen until the interval of the ratio lies below one half."""
    if was.faults_count == 0:
        return None
    _, high = bound_share(0, was.faults_count, ERROR_LEVEL)
    needed_s = high / (1 - high) * exposure[0] / SAME_RATES[0] if high < 1 else None
    if needed_s is None:
        return None
    rate = max(now.connections_count, 1)
    return max(needed_s - exposure[1], 0.0) / rate


def _compare_patterns(before: Diagnosis, after: Diagnosis, exposure: tuple[float, float]) -> tuple[PatternChange, ...]:
    scale = exposure[1] / exposure[0] if exposure[0] > 0 else None
    rest = [pattern for pattern in after.patterns if _counts(pattern)]
    changes = []
    for pattern in (pattern for pattern in before.patterns if _counts(pattern)):
        twin = next((other for other in rest if _is_twin(pattern, other)), None)
        rest = [other for other in rest if other is not twin]
        expected = None if scale is None else pattern.explained_count * scale
        fate = Presence.PRESENT if twin is not None else _find_fate(expected, after)
        count = 0 if twin is None else twin.explained_count
        changes.append(PatternChange(pattern.kind, pattern.period_s, pattern.explained_count, expected, count, fate))
    changes += [PatternChange(item.kind, item.period_s, 0, None, item.explained_count, Presence.NEW) for item in rest]
    return tuple(changes)


def _find_fate(expected: float | None, after: Diagnosis) -> Presence:
    """What to say of a pattern that is not found any more: too few disconnects to find it in say nothing."""
    if expected is None or expected < RULE_OF_THREE:
        return Presence.UNKNOWN
    search = after.clock_search
    return Presence.UNKNOWN if 0 < search.have_count < search.needed_count else Presence.GONE


def _counts(pattern: Pattern) -> bool:
    return pattern.period_s is not None and not pattern.is_irregular and pattern.is_significant


def _is_twin(one: Pattern, other: Pattern) -> bool:
    """Whether two patterns are one clock: of one family and of the same period, to a hundredth."""
    if one.period_s is None or other.period_s is None:
        return False
    related = any({one.kind, other.kind} <= family for family in (TIMERS, LIFETIME_KINDS))
    return related and abs(one.period_s - other.period_s) <= SAME_PERIOD * one.period_s


def _compare_causes(before: Sequence[Cause], after: Sequence[Cause], *, is_clean: bool) -> tuple[CauseChange, ...]:
    was = {cause.id: cause.confidence for cause in before}
    now = {cause.id: cause.confidence for cause in after}
    changes = []
    for name in dict.fromkeys((*was, *now)):
        first, last = was.get(name, 0.0), now.get(name, 0.0)
        if max(first, last) < ASSERTED:
            continue
        if last >= ASSERTED:
            fate = Presence.PRESENT if first >= ASSERTED else Presence.NEW
        else:
            fate = Presence.GONE if is_clean else Presence.UNKNOWN
        changes.append(CauseChange(name, first, last, fate))
    return tuple(changes)


def _find_missing_sides(before: Diagnosis, after: Diagnosis) -> tuple[Obstacle, ...]:
    """Which side of the change has no line at all, with the time that the logs cover: then there is nothing to compare.

    A moment before the first line, or behind the last one, is a slip or of another zone: no change is seen there.
    """
    return tuple(
        Obstacle(name, {"first_time": part.inputs.start.isoformat(), "last_time": part.inputs.end.isoformat()})
        for name, part in (("outside-before", before), ("outside-after", after))
        if _is_outside(part) and part.inputs.start is not None and part.inputs.end is not None
    )


def _ends_idle(diagnosis: Diagnosis) -> bool:
    """Whether an idle limit leads: without a pause as long, nothing shows that it is gone."""
    first = next((cause for cause in diagnosis.causes if cause.confidence >= ASSERTED), None)
    return first is not None and first.id == IDLE_TIMEOUT


def _find_obstacles(
    before: Diagnosis, after: Diagnosis, was: LogPeriod, now: LogPeriod, whole: Diagnosis | None
) -> tuple[Obstacle, ...]:
    """What forbids to compare: the absence of faults after means nothing where nothing would have shown them."""
    found: list[Obstacle] = []

    def note(name: str, **numbers: Number) -> None:
        found.append(Obstacle(name, numbers))

    if was.connections_count == 0 and not before.disconnects:
        note("nothing-before")
    elif was.faults_count == 0 and was.lost_count == 0:
        note(NO_FAULTS_BEFORE)
    if now.connections_count == 0 and not after.disconnects:
        note("nothing-after")
    spoke = {file.service for file in before.inputs.files if file.events_count}
    lacking = spoke - {file.service for file in after.inputs.files if file.lines_count}
    if len(lacking) > HALF * len(spoke):
        note("other-services", names=", ".join(sorted(lacking)), count=len(lacking))
    if was.pushes_count and not now.pushes_count:
        note("no-pushes-after", count=was.pushes_count)
    elif silent := _find_silent_senders(before, after):
        note("silent-senders", names=", ".join(sorted(silent)), count=len(silent))
    if _are_others(before, after):
        note("other-clients")
    if whole is not None and whole.quiet is None and _ends_idle(before):
        note(IDLE_UNTESTED)
    if _is_raised(before, after):
        note("level-raised", levels=", ".join(sorted(after.inputs.levels)))
    return tuple(found)


def _find_silent_senders(before: Diagnosis, after: Diagnosis) -> set[str]:
    """The services whose pushes did not arrive before, if not one of them has anything to say after.

    One that tells of failures alone, not of the start of each push, is silent when none fails.
    """
    both_lines = (push for push in before.pushes.items if len(push.evidence) > 1 and not push.start_inferred)
    places = {evidence.file for push in both_lines for evidence in push.evidence}
    senders = {file.service for file in before.inputs.files if file.path in places}
    spoke = {file.service for file in after.inputs.files if file.events_count}
    return set() if senders & spoke else senders


def _are_others(before: Diagnosis, after: Diagnosis) -> bool:
    """Whether no client of before is there after, nor one of its kind: pods of one deployment share their first word.

    The only client of a folder may have its name from that folder.
    """
    names = [[connection.id for connection in diagnosis.connections] for diagnosis in (before, after)]
    was, now = ({KIND.split(name.rpartition("/")[2])[0].lower() for name in some} for some in names)
    return min(map(len, names)) > 1 and not was & now


def _is_raised(before: Diagnosis, after: Diagnosis) -> bool:
    """Whether the later logs hold warnings and worse alone, and the earlier ones more."""
    was, now = set(before.inputs.levels), set(after.inputs.levels)
    return bool(now) and now <= QUIET_LEVELS and not was <= QUIET_LEVELS


def _find_cautions(before: Diagnosis, after: Diagnosis, was: LogPeriod, now: LogPeriod) -> tuple[Obstacle, ...]:
    found = []
    counts = sorted((was.connections_count, now.connections_count))
    if counts[0] and counts[1] > OTHER_SIZE * counts[0]:
        numbers: dict[str, Number] = {"before_count": was.connections_count, "after_count": now.connections_count}
        found.append(Obstacle("other-size", numbers))
    if was.connected_s is None or now.connected_s is None:
        found.append(Obstacle("time-unknown", {}))
    return tuple(found)
