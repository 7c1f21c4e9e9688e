"""What the clocks say: their patterns, periods, phases, and whether a reconnect moves them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.checks.result import (
    CheckResult,
    Claim,
    Numbers,
    cannot_tell,
    check,
    places,
    refutes,
    supports,
)
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.clocks.patterns import ROUND_PERIODS_S, ClockFit
from logdiag.analyzers.clocks.superposition import OF_ONE_TIMER
from logdiag.analyzers.clocks.wall_clock import find_boundary_s, find_job_boundary_s, find_job_limit_s
from logdiag.analyzers.connections.brief_sessions import AT_ONCE_S
from logdiag.results.patterns import LIFETIME_KINDS, PatternKind

STATED_SHARE: Final = 0.5  # half: what most of them say
YOUNG_SHARE: Final = 0.5  # of the limit: a choice; a connection at its limit is not half as old
LEAST_ERROR_S: Final = 1e-4  # a tenth of what stamps in ms resolve
ROUND_SIGMAS: Final = 4.0  # beside a round number by chance once in 16,000
COARSE_S: Final = 0.5  # stamps in whole seconds are coarser, stamps in ms are not
PHASE_LUCK: Final = 0.05  # one in twenty
EARLY_S: Final = 0.005  # a choice: clocks set by NTP are a few ms apart
LATE_S: Final = 0.05  # a choice: more takes a timer of random phase for a cron the sooner, less misses a busy cron
CLEAR_NATS: Final = 3.0  # odds of 20 to 1


def list_fits(case: Case, kinds: tuple[str, ...]) -> list[ClockFit]:
    """The clocks of these kinds, most disconnects explained first."""
    return [fit for fit in case.patterns.fits if fit.kind in kinds]


def _check_pattern(case: Case, claim: Claim) -> CheckResult:
    fits = list_fits(case, claim.patterns)
    count = len(case.facts)
    if fits:
        fit = max(fits, key=lambda fit: (_is_set_apart(fit), len(fit.members)))
        numbers: Numbers = {
            "period_s": fit.period_s,
            "period_error_s": fit.period_error_s,
            "count": len(fit.members),
            "of_count": count,
            "false_alarm_probability": fit.false_alarm_probability,
            "margin_nats": fit.margin_nats,
            "runner_up": fit.runner_up,
        }
        if not _is_set_apart(fit):
            return cannot_tell(numbers, places(claim.facts))
        if fit.kind in OF_ONE_TIMER and (missed_count := fit.missed_beats_count or 0) > len(fit.members):
            # What closes whatever is open at each beat does not let it live through most: chance finds such beats.
            return cannot_tell({**numbers, "runner_up": None, "missed_count": missed_count}, places(claim.facts))
        return supports(numbers, places(claim.facts))
    stated = [fact for fact in claim.facts if case.find_stated_limit(fact) in claim.patterns]
    if stated:
        against = _list_clearly_other(claim, stated)
        numbers = {"count": len(against), "of_count": len(stated), "told_count": len(stated)}
        return refutes(numbers, places(against)) if len(against) > STATED_SHARE * len(stated) else cannot_tell(numbers)
    most_count = max(Counter(fact.drop.connection for fact in case.facts).values(), default=0)
    is_pooled = not LIFETIME_KINDS.isdisjoint(claim.patterns)  # lifetimes are searched over all connections
    enough = any(case.patterns.enough.values()) or (is_pooled and count >= case.patterns.needed_count)
    none: Numbers = {"count": count if enough else most_count, "needed_count": case.patterns.needed_count}
    if not OF_ONE_TIMER.isdisjoint(claim.patterns) and enough and case.patterns.are_mixed:
        return cannot_tell({**none, "needed_count": None, "mixed_count": none["count"]})
    if is_pooled and not _are_ages_known(case):
        return cannot_tell({**none, "needed_count": None} if enough else none)
    if PatternKind.IDLE in claim.patterns and not case.emits_seen:
        # No line tells when a connection was last in use, and it is that which is missing once there are enough drops.
        return cannot_tell({**none, "needed_count": None} if enough else none)
    return refutes(none) if enough and count else cannot_tell(none)


def _list_clearly_other(claim: Claim, stated: Sequence[DisconnectFacts]) -> list[DisconnectFacts]:
    """Drops that a proxy puts down to one clock of a limit while they clearly obey the other one.

    That the age counts shows where messages came through until well within it: silent clients live equally long.
    """
    others = LIFETIME_KINDS - set(claim.patterns)
    clear = [fact for fact in stated if fact.fit is not None and fact.fit.kind in others and _is_set_apart(fact.fit)]
    return [fact for fact in clear if PatternKind.IDLE in others or _spoke_late(fact)]


def _spoke_late(fact: DisconnectFacts) -> bool:
    limit_s = fact.fit.period_s if fact.fit is not None else None
    return fact.heard_s is not None and limit_s is not None and fact.heard_s < YOUNG_SHARE * limit_s


def _are_ages_known(case: Case) -> bool:
    """Whether the connect is logged of as many disconnects as it takes to see a lifetime, or of most of few.

    Sessions that ended right after their connect take no part: the search looks at no such age.
    """
    count = sum((fact.drop.session_s or 0.0) >= AT_ONCE_S for fact in case.facts)
    return count >= min(case.patterns.needed_count, STATED_SHARE * len(case.facts))


def _is_set_apart(fit: ClockFit) -> bool:
    """Whether the clock foretells the drops clearly better than the runner-up."""
    return fit.margin_nats is None or fit.margin_nats >= CLEAR_NATS


def is_union(fit: ClockFit) -> bool:
    """Whether it is an exact lifetime that may count from the connect as well as from the last traffic."""
    return fit.kind in LIFETIME_KINDS and fit.runner_up in LIFETIME_KINDS and not _is_set_apart(fit)


@check("lifetime-pattern")
def check_lifetime(case: Case, claim: Claim) -> CheckResult:
    """An exact lifetime is certain, but not whether it counts from the connect or from the last traffic, or whose."""
    own = [fact.fit for fact in claim.facts if fact.fit is not None]
    fits = [fit for fit in list_fits(case, claim.patterns) if any(one is fit for one in own)]
    if fits and claim.facts:
        fit = max(fits, key=lambda fit: len(fit.members))
        numbers: Numbers = {
            "period_s": fit.period_s,
            "count": len(claim.facts),
            "of_count": len(case.facts),
            "connections_count": len({fact.drop.connection for fact in claim.facts}),
            "false_alarm_probability": fit.false_alarm_probability,
        }
        if not is_union(fit):
            numbers["idle_s" if fit.kind is PatternKind.IDLE else "age_s"] = fit.period_s
        return supports(numbers, places(claim.facts))
    enough = len(case.facts) >= case.patterns.needed_count and _are_ages_known(case)
    none: Numbers = {"count": 0, "of_count": len(case.facts)}
    return refutes(none) if enough and not list_fits(case, claim.patterns) else cannot_tell(none)


for _identifier in ("wall-clock-pattern", "idle-pattern", "age-pattern", "timer-pattern"):
    check(_identifier)(_check_pattern)


@check("period-not-round")
def check_period_not_round(case: Case, claim: Claim) -> CheckResult:
    """A free timer drifts off the round seconds; a schedule on a clock whose offset is unknown looks like one.

    A round period whose beat also stands on round times of these stamps is a schedule's. Schedules start at whole
    seconds: where the server's clock is known, a beat beside them is a timer's.
    """
    fits = [fit for fit in list_fits(case, claim.patterns) if fit.period_s is not None]
    if not fits:
        return cannot_tell()
    fit = max(fits, key=lambda fit: len(fit.members))
    period = fit.period_s or 0.0
    nearest = min(ROUND_PERIODS_S, key=lambda value: abs(value - period))
    error = max(fit.period_error_s or 0.0, case.resolution_s / max(len(fit.members), 1), LEAST_ERROR_S)
    known = any(case.server.knows(name) for name in fit.connections)
    off_s = abs(period - nearest)
    is_off = off_s > ROUND_SIGMAS * error
    numbers: Numbers = {"period_s": period, "round_s": nearest, "off_s": off_s if is_off else None}
    beside = known and case.resolution_s < COARSE_S and not _starts_on_second(case, fit)
    if is_off or beside:
        return supports(numbers, places(claim.facts))
    on_clock = fit.phase_s is not None and _find_lag(case, fit)[1] <= PHASE_LUCK
    return refutes(numbers, places(claim.facts)) if on_clock else cannot_tell(numbers, places(claim.facts))


@check("phase-on-the-clock")
def check_phase_on_clock(case: Case, claim: Claim) -> CheckResult:
    """The beat falls on round times of the clock, closer than a timer with any phase would by luck.

    Where these logs know the offset of the server's clock, a beat beside its round times speaks for a timer.
    """
    fits = [fit for fit in list_fits(case, claim.patterns) if fit.period_s is not None and fit.phase_s is not None]
    if not fits:
        return cannot_tell()
    fit = max(fits, key=lambda fit: len(fit.members))
    lag, luck = _find_lag(case, fit)
    numbers: Numbers = {"period_s": fit.period_s, "lag_s": lag, "chance": luck}
    if luck <= PHASE_LUCK:
        return supports(numbers, places(claim.facts))
    known = any(case.server.knows(name) for name in fit.connections) and case.resolution_s < COARSE_S
    return refutes(numbers, places(claim.facts)) if known else cannot_tell(numbers, places(claim.facts))


def _starts_on_second(case: Case, fit: ClockFit) -> bool:
    """Whether the beat comes right after whole seconds of the server's clock."""
    jitter_s = fit.jitter_s or 0.0
    offset_s = case.local_offsets_s.get(fit.connections[0], (0.0,))[0]
    lag_s = ((fit.phase_s or 0.0) + offset_s + EARLY_S + jitter_s) % 1.0
    return lag_s <= EARLY_S + LATE_S + 2 * jitter_s


def _find_lag(case: Case, fit: ClockFit) -> tuple[float, float]:
    """How far the beat lies from round times of the local clock in seconds, and how likely a timer comes so close."""
    nearest = min(ROUND_PERIODS_S, key=lambda value: abs(value - (fit.period_s or 0.0)))
    boundary = find_boundary_s(nearest)
    offsets = case.local_offsets_s.get(fit.connections[0], (0.0,))
    lags = [((fit.phase_s or 0.0) + offset + boundary / 2) % boundary - boundary / 2 for offset in offsets]
    lag = min(lags, key=abs)
    sides = 1 if lag > 0 else 2  # what a schedule does comes after its time
    blur_s = max(fit.jitter_s or 0.0, case.resolution_s)
    luck = min(1.0, sides * len(lags) * max(abs(lag), blur_s) / boundary)
    job_boundary = find_job_boundary_s(nearest)
    late = min(((fit.phase_s or 0.0) + offset) % job_boundary for offset in offsets)
    if late > find_job_limit_s(nearest):
        return lag, luck
    job_luck = min(1.0, 2 * len(lags) * max(late, blur_s) / job_boundary)  # twice: both kinds of round times were tried
    return (late, job_luck) if job_luck < luck else (lag, luck)


@check("beat-survives-reconnect")
def check_beat_survives(case: Case, claim: Claim) -> CheckResult:
    """Reconnects, and disconnects off the beat, do not move the beat."""
    fits = list_fits(case, claim.patterns)
    if not fits or fits[0].reset_by_reconnect is None:
        return cannot_tell()
    numbers: Numbers = {"resets_count": len(fits[0].resets), "count": len(fits[0].members)}
    return refutes(numbers) if fits[0].reset_by_reconnect else supports(numbers, places(claim.facts))
