"""What the clocks say: patterns, young sessions, simultaneous disconnects, silences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.causes.case import SHORTEST_SILENCE_S, Case, DisconnectFacts
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
from logdiag.analyzers.clocks.patterns import ROUND_PERIODS_S, ClockFit
from logdiag.analyzers.clocks.wall_clock import find_boundary_s, find_job_boundary_s, find_job_limit_s
from logdiag.events import Side
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import PatternKind

PING_SUMS_S: Final = (30.0, 45.0, 85.0)
PING_TIMEOUTS_S: Final = {30.0: 5.0, 45.0: 20.0, 85.0: 60.0}
HEARD_SHARE: Final = 0.8  # of the ping timeout: a choice; who heard a ping so lately did not wait it out
LEAST_HEARD: Final = 3  # one or two lines may have been late
STATED_SHARE: Final = 0.5  # half: what most of them say
PING_SUM_WIDTH: Final = 0.02  # a choice: 0.6 s of 30 s for the timers of both sides
OWN_TIMER_S: Final = 0.006  # a timer of a busy Node.js process is late by 1 ms, by 6 at the most (measured)
LONGEST_PING_SUM_S: Final = 600.0  # a choice: nobody waits for a heartbeat for ten minutes
PING_SUM_LEAD_S: Final = 0.25  # the pings count from the handshake, that much before the connect at the most
YOUNG_SHARE: Final = 0.5  # of the limit: a choice; a connection at its limit is not half as old
LEAST_ERROR_S: Final = 1e-4  # a tenth of what stamps in ms resolve
ROUND_SIGMAS: Final = 4.0  # beside a round number by chance once in 16,000
COARSE_S: Final = 0.5  # stamps in whole seconds are coarser, stamps in ms are not
PHASE_LUCK: Final = 0.05  # one in twenty
EARLY_S: Final = 0.005  # a choice: clocks set by NTP are a few ms apart
LATE_S: Final = 0.05  # a choice: more takes a timer of random phase for a cron the sooner, less misses a busy cron
NOTICE_S: Final = 1.0  # a choice, as `server_side.UNSURE_S`: within it nobody is known to be first
RARE_SHARE: Final = 0.05  # a choice: fewer may be strays of other causes
ENOUGH: Final = 6  # a choice: of six, all six by a coin are 1 in 64
TOGETHER_SHARE: Final = 0.6  # a choice: clearly more than half
UNSURE_STRENGTH: Final = 1.5  # a choice: three nats leave a stated reason below even odds
CLEAR_NATS: Final = 3.0  # odds of 20 to 1
LIFETIMES: Final = frozenset({PatternKind.CONNECTION_AGE, PatternKind.IDLE})


def _fits(case: Case, kinds: tuple[str, ...]) -> list[ClockFit]:
    return [fit for fit in case.patterns.fits if fit.kind in kinds]


def _check_pattern(case: Case, claim: Claim) -> CheckResult:
    fits = _fits(case, claim.patterns)
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
        return supports(numbers, places(claim.facts))
    told = [fact for fact in claim.facts if case.find_told_limit(fact) in claim.patterns]
    if told:
        against = _list_clearly_other(claim, told)
        numbers = {"count": len(against), "of_count": len(told), "told_count": len(told)}
        return refutes(numbers, places(against)) if len(against) > STATED_SHARE * len(told) else cannot_tell(numbers)
    most_count = max(Counter(fact.drop.connection for fact in case.facts).values(), default=0)
    is_pooled = not LIFETIMES.isdisjoint(claim.patterns)  # lifetimes are searched over all connections
    enough = any(case.patterns.enough.values()) or (is_pooled and count >= case.patterns.needed_count)
    none: Numbers = {"count": count if enough else most_count, "needed_count": case.patterns.needed_count}
    if is_pooled and not _are_ages_known(case):
        return cannot_tell({**none, "needed_count": None} if enough else none)
    if PatternKind.IDLE in claim.patterns and not case.emits_seen:
        # No line tells when a connection was last in use, and it is that which is missing once there are enough drops.
        return cannot_tell({**none, "needed_count": None} if enough else none)
    return refutes(none) if enough and count else cannot_tell(none)


def _list_clearly_other(claim: Claim, told: Sequence[DisconnectFacts]) -> list[DisconnectFacts]:
    """Drops that a proxy puts down to one clock of a limit while they clearly obey the other one.

    That the age counts shows where messages came through until well within it: silent clients live equally long.
    """
    others = LIFETIMES - set(claim.patterns)
    clear = [fact for fact in told if fact.fit is not None and fact.fit.kind in others and _is_set_apart(fact.fit)]
    return [fact for fact in clear if PatternKind.IDLE in others or _spoke_late(fact)]


def _spoke_late(fact: DisconnectFacts) -> bool:
    limit_s = fact.fit.period_s if fact.fit is not None else None
    return fact.heard_s is not None and limit_s is not None and fact.heard_s < YOUNG_SHARE * limit_s


def _are_ages_known(case: Case) -> bool:
    """Whether the connect is logged of as many disconnects as it takes to see a lifetime, or of most of few."""
    count = sum(fact.drop.session_s is not None for fact in case.facts)
    return count >= min(case.patterns.needed_count, STATED_SHARE * len(case.facts))


def _is_set_apart(fit: ClockFit) -> bool:
    """Whether the clock foretells the drops clearly better than the runner-up."""
    return fit.margin_nats is None or fit.margin_nats >= CLEAR_NATS


def is_union(fit: ClockFit) -> bool:
    """Whether it is an exact lifetime that may count from the connect as well as from the last traffic."""
    return fit.kind in LIFETIMES and fit.runner_up in LIFETIMES and not _is_set_apart(fit)


@check("lifetime-pattern")
def check_lifetime(case: Case, claim: Claim) -> CheckResult:
    """An exact lifetime is certain, but not whether it counts from the connect or from the last traffic."""
    fits = [fit for fit in _fits(case, claim.patterns) if is_union(fit)]
    if fits and claim.facts:
        fit = max(fits, key=lambda fit: len(fit.members))
        numbers: Numbers = {
            "period_s": fit.period_s,
            "count": len(claim.facts),
            "of_count": len(case.facts),
            "connections_count": len({fact.drop.connection for fact in claim.facts}),
            "false_alarm_probability": fit.false_alarm_probability,
        }
        return supports(numbers, places(claim.facts))
    enough = len(case.facts) >= case.patterns.needed_count and _are_ages_known(case)
    none: Numbers = {"count": 0, "of_count": len(case.facts)}
    return refutes(none) if enough and not _fits(case, claim.patterns) else cannot_tell(none)


for _identifier in ("wall-clock-pattern", "idle-pattern", "age-pattern", "timer-pattern"):
    check(_identifier)(_check_pattern)


@check("period-not-round")
def check_period_not_round(case: Case, claim: Claim) -> CheckResult:
    """A free timer drifts off the round seconds; a schedule on a clock whose offset is unknown looks like one.

    A round period whose beat also stands on round times of these stamps is a schedule's. Schedules start at whole
    seconds: where the server's clock is known, a beat beside them is a timer's.
    """
    fits = [fit for fit in _fits(case, claim.patterns) if fit.period_s is not None]
    if not fits:
        return cannot_tell()
    fit = max(fits, key=lambda fit: len(fit.members))
    period = fit.period_s or 0.0
    nearest = min(ROUND_PERIODS_S, key=lambda value: abs(value - period))
    error = max(fit.period_error_s or 0.0, case.resolution_s / max(len(fit.members), 1), LEAST_ERROR_S)
    known = any(case.server.knows(name) for name in fit.connections)
    numbers: Numbers = {"period_s": period, "round_s": nearest, "sigmas": abs(period - nearest) / error}
    beside = known and case.resolution_s < COARSE_S and not _starts_on_second(case, fit)
    if abs(period - nearest) > ROUND_SIGMAS * error or beside:
        return supports(numbers, places(claim.facts))
    on_clock = fit.phase_s is not None and _find_lag(case, fit)[1] <= PHASE_LUCK
    return refutes(numbers, places(claim.facts)) if on_clock else cannot_tell(numbers, places(claim.facts))


@check("phase-on-the-clock")
def check_phase_on_clock(case: Case, claim: Claim) -> CheckResult:
    """The beat falls on round times of the clock, closer than a timer with any phase would by luck.

    Where these logs know the offset of the server's clock, a beat beside its round times speaks for a timer.
    """
    fits = [fit for fit in _fits(case, claim.patterns) if fit.period_s is not None and fit.phase_s is not None]
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


@check("sessions-reach-limit")
def check_sessions_reach_limit(case: Case, claim: Claim) -> CheckResult:
    """Every session lasted as long as the limit asks; or a much younger one was ended on the beat.

    No age, idle or ping limit ends a session that is much younger than itself.
    """
    limit = _claimed_limit_s(case, claim)
    if limit is None:
        return cannot_tell()
    pool = claim.facts or case.facts
    known = [fact for fact in pool if fact.session.session_s is not None]
    short = [fact for fact in known if (fact.session.session_s or 0.0) < YOUNG_SHARE * limit]
    young = [fact for fact in short if fact.fit is not None]
    numbers: Numbers = {
        "count": len(young),
        "of_count": len(pool),
        "limit_s": limit,
        "shortest_s": min((fact.session.session_s or 0.0 for fact in (young or known)), default=None),
    }
    if young:
        return refutes(numbers, places(young))
    if claim.facts and not short and len(known) >= ENOUGH:
        return supports(numbers, places(known))
    return cannot_tell(numbers)


def _claimed_limit_s(case: Case, claim: Claim) -> float | None:
    """The lifetime that the cause would need: the pattern's period, or ping interval plus timeout.

    Where drops state the reason of the cause, a beat among them is not its limit: only stated settings count.
    """
    if claim.cause in {"heartbeat-timeout", "version-mismatch"}:
        stated_sum = _state_ping_sum_s(case)
        if stated_sum is not None or claim.facts:
            return stated_sum
        periods = [
            fit.period_s for fit in _fits(case, (PatternKind.TIMER, PatternKind.WALL_CLOCK)) if fit.period_s is not None
        ]
        return periods[0] if periods else None
    fits = [
        fit
        for fit in case.patterns.fits
        if fit.period_s is not None and fit.kind in {*claim.patterns, PatternKind.TIMER}
    ]
    return fits[0].period_s if fits else None


@check("age-is-no-ping-sum")
def check_ping_sum(case: Case, claim: Claim) -> CheckResult:
    """Ping interval plus timeout makes a lifetime as well, but not where messages came through within the timeout.

    A stream is in order: where a later message came through, so did the pings before it. What the server heard tells
    nothing of its own pings, though, which a client of another version never gets. Any packet may restart the count, so
    a lifetime may exceed the sum a little, but it cannot fall short of it by more than the handshake. Nor is a
    heartbeat lost where both sides state why the connection ended, and neither that it waited for one. Where nobody
    states the settings, a lifetime beside the defaults may be the sum of others, unless it is too long for any, or
    scatters more than the server's own timers.
    """
    fits = [fit for fit in _fits(case, claim.patterns) if fit.period_s is not None]
    if not fits:
        return cannot_tell()
    lifetime = fits[0].period_s or 0.0
    stated_sum = _state_ping_sum_s(case)
    sums = PING_SUMS_S if stated_sum is None else (stated_sum,)
    near = min(sums, key=lambda total: abs(total - lifetime))
    lead_s = max(PING_SUM_LEAD_S, case.resolution_s)
    is_near = near - lead_s <= lifetime <= (1 + PING_SUM_WIDTH) * near
    timeout = case.ping_timeout_s or (PING_TIMEOUTS_S[near] if is_near and stated_sum is None else SHORTEST_SILENCE_S)
    heard = [
        fact
        for fact in claim.facts
        if fact.session.side is not Side.SERVER and fact.heard_s is not None and fact.heard_s < HEARD_SHARE * timeout
    ]
    numbers: Numbers = {"lifetime_s": lifetime, "ping_sum_s": near}
    if not is_near and (stated_sum is not None or lifetime > LONGEST_PING_SUM_S):
        return supports(numbers)
    if len(heard) >= LEAST_HEARD:
        return supports({**numbers, "heard_count": len(heard), "of_count": len(claim.facts)}, places(heard))
    stated = [fact for fact in claim.facts if fact.is_stated_by_both]
    waited = any(fact.is_ping_timeout for fact in claim.facts)
    if len(stated) >= max(LEAST_HEARD, STATED_SHARE * len(claim.facts)) and not waited:
        return supports({**numbers, "stated_count": len(stated), "of_count": len(claim.facts)}, places(stated))
    if is_near:
        return refutes(numbers)
    if _counts_from_elsewhere(fits[0], claim):
        return supports({**numbers, "jitter_s": fits[0].jitter_s})
    return cannot_tell(numbers)


def _counts_from_elsewhere(fit: ClockFit, claim: Claim) -> bool:
    """Whether a lifetime between two lines of the server scatters more than timers of its own, such as its pings', do.

    It then counts from a moment that the server does not see. Of clients' logs it says nothing: their network scatters.
    """
    is_of_server = bool(claim.facts) and all(fact.session.side is Side.SERVER for fact in claim.facts)
    return is_of_server and (fit.jitter_s or 0.0) > OWN_TIMER_S


def _state_ping_sum_s(case: Case) -> float | None:
    """Ping interval plus timeout in seconds, where both are stated."""
    known = case.ping_interval_s is not None and case.ping_timeout_s is not None
    return (case.ping_interval_s or 0.0) + (case.ping_timeout_s or 0.0) if known else None


@check("beat-survives-reconnect")
def check_beat_survives(case: Case, claim: Claim) -> CheckResult:
    """Reconnects, and disconnects off the beat, do not move the beat."""
    fits = _fits(case, claim.patterns)
    if not fits or fits[0].reset_by_reconnect is None:
        return cannot_tell()
    numbers: Numbers = {"resets_count": len(fits[0].resets), "count": len(fits[0].members)}
    return refutes(numbers) if fits[0].reset_by_reconnect else supports(numbers, places(claim.facts))


@check("all-at-once")
def check_all_at_once(case: Case, claim: Claim) -> CheckResult:
    """What ends the server, or acts on all its sockets, hits all connections at the same moment."""
    facts = claim.facts or case.facts
    if case.connections_count < 2 or not facts:
        return cannot_tell({"connections_count": case.connections_count})
    together = [fact for fact in facts if fact.fleet_wide]
    numbers: Numbers = {"count": len(together), "of_count": len(facts), "connections_count": case.connections_count}
    if len(together) >= TOGETHER_SHARE * len(facts):
        return supports(numbers, places(together))
    return refutes(numbers, places(facts)) if len(together) <= 0.2 * len(facts) else cannot_tell(numbers)


@check("not-all-at-once")
def check_not_all_at_once(case: Case, claim: Claim) -> CheckResult:
    """A line that breaks hits one connection, not all of them at the same moment."""
    facts = claim.facts
    together = [fact for fact in facts if fact.fleet_wide]
    numbers: Numbers = {"count": len(together), "of_count": len(facts), "connections_count": case.connections_count}
    if not facts:
        return cannot_tell(numbers)
    return refutes(numbers, places(together)) if len(together) > 0.5 * len(facts) else supports(numbers)


@check("silence-at-drop")
def check_silence(case: Case, claim: Claim) -> CheckResult:
    """A process wrote nothing in any of its files right before, though a beat was due; or both wrote on at most."""
    quiet = [fact for fact in claim.facts if fact.is_silent]
    ran_on = [fact for fact in case.facts if fact.both_ran_on]
    numbers: Numbers = {
        "count": len(quiet),
        "of_count": len(case.facts),
        "ran_on_count": len(ran_on),
        "longest_s": max((_length_s(fact) for fact in quiet), default=None),
        "side": "server" if any(fact.silence is None for fact in quiet) else "client",
    }
    if quiet and numbers["side"] in case.lossy_sides:
        return cannot_tell({**numbers, "side": None})
    if len(quiet) >= max(2, RARE_SHARE * len(case.facts)) or (quiet and len(quiet) == len(case.facts)):
        lines = [place for fact in quiet for place in _silence_lines(fact)]
        return supports(numbers, lines, 1.0 if len(quiet) >= 3 else 0.8)
    if not quiet and len(ran_on) > 0.5 * len(case.facts):
        return refutes(numbers, places(ran_on))
    return cannot_tell(numbers)


@check("no-silence-at-drop")
def check_no_silence(case: Case, claim: Claim) -> CheckResult:
    """Client and server each wrote on, on a beat of its own, through most drops while the pings got lost.

    A server that always pauses before it gives its only client up may have stood still: no lost heartbeat is sure.
    """
    quiet = [fact for fact in claim.facts if fact.is_silent and _find_silent_side(fact) not in case.lossy_sides]
    ran_on = [fact for fact in claim.facts if fact.both_ran_on]
    paused = [fact for fact in claim.facts if fact.lonely_pause is not None]
    numbers: Numbers = {"count": len(ran_on), "silent_count": len(quiet), "of_count": len(claim.facts)}
    if len(paused) > 0.5 * len(claim.facts):
        lines = [place for fact in paused if fact.lonely_pause is not None for place in fact.lonely_pause.evidence]
        return refutes({**numbers, "silent_count": None, "paused_count": len(paused)}, lines, UNSURE_STRENGTH)
    return _follow_most(claim, numbers, against=quiet, pro=ran_on)


@check("ticks-to-the-drop")
def check_ticks(case: Case, claim: Claim) -> CheckResult:
    """What comes regularly over the connection came up to most drops; or had stayed away well before them."""
    del case
    known = [fact for fact in claim.facts if fact.ticked_to_end is not None]
    missed = [fact for fact in known if fact.ticked_to_end is False]
    ticked = [fact for fact in known if fact.ticked_to_end is True]
    numbers: Numbers = {"count": len(ticked), "missed_count": len(missed), "of_count": len(claim.facts)}
    return _follow_most(claim, numbers, against=missed, pro=ticked)


def _follow_most(
    claim: Claim, numbers: Numbers, *, against: Sequence[DisconnectFacts], pro: Sequence[DisconnectFacts]
) -> CheckResult:
    """What most of the claimed disconnects say; nothing where neither side has most of them."""
    if len(against) > 0.5 * len(claim.facts):
        return refutes(numbers, places(against))
    return supports(numbers, places(pro)) if len(pro) > 0.5 * len(claim.facts) else cannot_tell(numbers)


@check("silent-side-noticed-late")
def check_silent_side_noticed_late(case: Case, claim: Claim) -> CheckResult:
    """The side that was awake logged the end well before the frozen one; or both logged it in the same moment."""
    del case
    known = [fact for fact in claim.facts if fact.notice_s is not None and fact.notice_error_s is not None]
    late = [fact for fact in known if _lateness_s(fact) > _unsure_s(fact)]
    together = [fact for fact in known if abs(fact.notice_s or 0.0) <= _unsure_s(fact)]
    numbers: Numbers = {
        "count": len(late),
        "of_count": len(known),
        "latest_s": max((_lateness_s(fact) for fact in late), default=None),
    }
    if known and len(late) >= 0.5 * len(known):
        return supports(numbers, places(late))
    return refutes(numbers, places(together)) if len(together) > 0.5 * len(known) else cannot_tell(numbers)


def _lateness_s(fact: DisconnectFacts) -> float:
    """How much later the silent side logged the end than the other one, in seconds."""
    notice = fact.notice_s or 0.0
    return notice if fact.silence is not None else -notice


def _unsure_s(fact: DisconnectFacts) -> float:
    return max(NOTICE_S, 3 * (fact.notice_error_s or 0.0))


def _length_s(fact: DisconnectFacts) -> float:
    return max(silence.silence_s for silence in (fact.silence, fact.server_silence) if silence is not None)


def _find_silent_side(fact: DisconnectFacts) -> str:
    return "server" if fact.silence is None else "client"


def _silence_lines(fact: DisconnectFacts) -> list[Evidence]:
    silence = fact.silence or fact.server_silence
    return [] if silence is None else list(silence.evidence)
