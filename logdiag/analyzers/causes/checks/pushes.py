"""What the pushes say: whether they came first, whether they arrived, whether they moved the beat."""

from __future__ import annotations

from math import log
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
from logdiag.analyzers.causes.push_lines import push_triggers
from logdiag.analyzers.causes.reasons import PAYLOAD, SERVER_REASONS, TOO_LARGE
from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.analyzers.pushes.sizes import Bracket
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.events import Side
from logdiag.results.causes import Outcome
from logdiag.results.patterns import PatternKind, TriggerRole
from logdiag.results.pushes import Push

NEVER_SENT: Final = frozenset({"1005", "1006"})  # RFC 6455, 7.4.1: no close frame holds them
MOVED_SIGMA: Final = 5.0  # off the beat by chance once in 1.7 million disconnects, were the scatter Gaussian
MOVED_S: Final = 0.05  # a choice, for clocks whose scatter is less than that
MOVED_CHANCE: Final = 1e-3  # a choice: one log in a thousand
LEAST_VISIBLE: Final = 5  # a choice: of fewer pushes the rate is unknown by half and more
LEAST_MOVED: Final = 3  # one or two may have been moved by anything
ARRIVED_SHARE: Final = 0.2  # a choice, as `receipts.LEAST_SHARE`: fewer receipts may be those of other pushes
MOVED_STRENGTH: Final = 0.75  # a choice: what moves a beat need not be behind those on it
ALIGNED_CHANCE: Final = 0.01  # a choice: one log in a hundred
BELOW: Final = 0.9  # of the limit: a tenth is left for what encodes a message
ENOUGH: Final = 6  # a choice: of six, all six by a coin are 1 in 64


@check("push-precedes-drops")
def check_push_precedes(case: Case, claim: Claim) -> CheckResult:
    """Pushes come right before disconnects far more often than chance allows."""
    fits = push_triggers(case, TriggerRole.TRIGGER)
    doubtful = push_triggers(case, TriggerRole.UNDECIDED)
    if fits:
        fit = max(fits, key=lambda fit: fit.counts.preceded_count)
        alike = [one for one in fits if one.line.key == fit.line.key]  # of several clients that write the same
        numbers: Numbers = {
            "count": sum(one.counts.preceded_count for one in alike),
            "of_count": sum(one.counts.of_count for one in alike),
            "expected_count": sum(one.chance.expected_count for one in alike),
            "lag_ms": fit.lag.median_s * 1e3,
            "p_value": min(one.chance.p_value for one in alike),
            "template": fit.line.template,
            "followed_count": sum(one.counts.followed_count for one in alike),
            "occurrences_count": sum(one.counts.occurrences_count for one in alike),
        }
        return supports(numbers, [fit.line.example])
    if doubtful:
        why = doubtful[0].why_undecided
        return cannot_tell({"template": doubtful[0].line.template, "why": why}, [doubtful[0].line.example])
    preceded = [fact for fact in case.facts if fact.push is not None]
    seen: Numbers = {"count": len(preceded), "of_count": len(case.facts), "pushes_count": case.visible_pushes_count}
    few, coarse = case.visible_pushes_count < LEAST_VISIBLE, case.resolution_s >= 0.5
    why = "few-pushes" if few else "coarse-stamps" if coarse else "not-beyond-chance"
    if case.bracket is not None:  # a slow link takes seconds to carry what ends it
        return cannot_tell({**seen, "why": "not-beyond-chance"})
    if (
        case.visible_pushes_count >= LEAST_VISIBLE
        and len(preceded) <= 0.2 * len(case.facts)
        and case.resolution_s < 0.5
    ):
        return refutes(seen)
    return cannot_tell({**seen, "why": why})


@check("push-moves-beat")
def check_push_moves_beat(case: Case, claim: Claim) -> CheckResult:
    """A disconnect that came off its beat came right after a push; or several did, and none of them after a push."""
    del claim
    return _judge_moves(case)


def _judge_moves(case: Case) -> CheckResult:
    """How many disconnects off the beat had a push just before, against the chance of that.

    The chance of some push in the `lead` before an instant is their rate times the lead (docs/methods.md, "Pushes");
    the rate is that of the log, at least one per 30 s, since a log may hold only some of them. Where the lines leave
    open which push it was, that counts by the weight of this reading, and the other one by what it shows itself.
    """
    clocks = [fit for fit in case.patterns.fits if fit.kind in {PatternKind.TIMER, PatternKind.WALL_CLOCK}]
    if not clocks:
        return cannot_tell()
    moved = [fact for fact in case.facts if is_moved(fact, clocks)]
    hit = [fact for fact in moved if fact.push is not None and not fact.push_arrived]
    if not hit and len(moved) >= LEAST_MOVED and case.visible_pushes_count >= LEAST_VISIBLE and case.resolution_s < 0.1:
        return refutes({"count": 0, "of_count": len(moved), "pushes_count": case.visible_pushes_count}, places(moved))
    if not hit or case.resolution_s >= 0.1:
        return cannot_tell({"count": 0, "of_count": len(moved)})
    lead_s = max((fact.push.lead_ms or 0.0) / 1e3 for fact in hit if fact.push is not None)
    span_s = max(1.0, (case.facts[-1].drop.time - case.facts[0].drop.time).total_seconds())
    rate_hz = max(len(case.attempts) / span_s, 1 / 30)
    chance = min(1.0, rate_hz * max(lead_s, case.resolution_s))
    p_value = binomial_greater(len(hit), len(moved), chance)
    strength, readings = _weigh_readings([fact.push for fact in hit if fact.push is not None])
    closest = min(hit, key=lambda fact: 0.0 if fact.push is None else fact.push.lead_ms or 0.0)
    numbers: Numbers = {
        "count": len(hit),
        "of_count": len(moved),
        "lead_ms": None if closest.push is None else closest.push.lead_ms,
        "within_ms": lead_s * 1e3,
        "early_s": closest.drop.residual_s,
        "drop_time": closest.drop.time.isoformat(),
        "chance_probability": chance,
        "p_value": p_value,
        **readings,
    }
    return supports(numbers, places(hit), strength) if p_value <= MOVED_CHANCE else cannot_tell(numbers, places(hit))


def _weigh_readings(pushes: list[Push]) -> tuple[float, Numbers]:
    """How much of it remains where the lines leave open which pushes these are, and the numbers of both readings.

    Another push that failed as it began cannot have moved this beat. But right before the moment at which the beat was
    due it stands where a timer's push would that makes the beat, which shows as much as it is unlikely by chance.
    """
    if any(not push.readings for push in pushes):
        return 1.0, {}
    weight = max(push.start_weight for push in pushes)
    other = min((push.readings[1] for push in pushes), key=lambda one: one.chance_probability or 1.0)
    chance = min(1.0, len(pushes) * (other.chance_probability or 1.0))
    is_aligned = chance <= ALIGNED_CHANCE and (other.beat_ms or 0.0) >= 0
    numbers: Numbers = {
        "joined_ratio": weight,
        "other_ratio": round(1 - weight, 3),
        "beat_ms": other.beat_ms if is_aligned else None,
        "beat_probability": chance if is_aligned else None,
    }
    shown = min(1.0, log(chance) / log(MOVED_CHANCE)) if is_aligned else 0.0
    return weight + (1 - weight) * shown, numbers


def is_moved(fact: DisconnectFacts, clocks: list[ClockFit]) -> bool:
    """Whether a disconnect came off the beat, or early or late by more than the jitter of its clock.

    One that no line tells of came at a moment that nobody knows: the last line before it may well be a push's.
    """
    if not fact.drop.has_end_line:
        return False
    residual = fact.drop.residual_s
    if fact.drop.pattern is None:
        return residual is not None
    if fact.fit is None or fact.fit not in clocks or residual is None:
        return False
    return abs(residual) > max(MOVED_SIGMA * (fact.fit.jitter_s or 0.0), MOVED_S)


@check("pushes-arrived")
def check_arrived(case: Case, claim: Claim) -> CheckResult:
    """A push that killed its own connection cannot have arrived; if most such pushes did, they are acquitted.

    The claimed drops are those whose push did not arrive. Where the same beat goes on through drops right before
    which one did arrive, what keeps it is not the size of pushes; those that failed may have come a moment too late.
    """
    own = claim.facts or case.facts
    beats = {fact.drop.pattern for fact in own} - {None}
    claimed = {fact.drop.index for fact in own}
    shared = [fact for fact in case.facts if fact.drop.pattern in beats and fact.drop.index not in claimed]
    pushed = [fact for fact in (*own, *shared) if fact.push is not None]
    facts = [fact for fact in pushed if fact.push_arrived is not None]
    arrived = [fact for fact in facts if fact.push_arrived]
    numbers: Numbers = {"arrived_count": len(arrived), "of_count": len(facts)}
    on_beat = [fact for fact in shared if fact.push is not None and fact.push_arrived]
    if len(on_beat) >= max(LEAST_MOVED, ARRIVED_SHARE * len(facts)) and case.resolution_s < 0.5:
        return refutes(numbers, places(on_beat))
    if len(facts) < 2:
        return cannot_tell(numbers)
    if len(arrived) >= 0.5 * len(facts) and len(facts) >= 0.5 * len(pushed):
        return refutes(numbers, places(arrived))
    return supports(numbers, places(facts)) if len(arrived) <= 0.1 * len(facts) else cannot_tell(numbers)


@check("no-push-trigger")
def check_no_push_trigger(case: Case, claim: Claim) -> CheckResult:
    """No push of our own pulls this clock: the log holds the pushes, and they do not come before the disconnects.

    A timer elsewhere knows nothing of our pushes: one that pulled its beat forward shows that it is ours. Where
    messages of several clients stand in one file without a word of whose they are, any of them may be this one's;
    what keeps one beat in several of them is none of their pushes, unless somebody's push announces it.
    """
    facts = [fact for fact in case.facts if fact.fit is not None and fact.fit.kind in claim.patterns] or claim.facts
    near = [fact for fact in facts if fact.push is not None]
    arrived = [fact for fact in near if fact.push_arrived]
    numbers: Numbers = {
        "count": len(near),
        "of_count": len(facts),
        "pushes_count": case.visible_pushes_count,
    }
    own = _client_triggers(case)
    concerned = [fact for fact in facts if fact.drop.trigger in own and not fact.push_arrived]
    if len(concerned) > 0.3 * len(facts):
        return refutes({**numbers, "count": len(concerned)}, places(concerned))
    moved = _judge_moves(case)
    if moved.outcome == Outcome.SUPPORTS:
        return refutes({**numbers, **moved.numbers}, moved.evidence, MOVED_STRENGTH * moved.strength)
    somebodys = _list_pushes_of_somebody(case)
    mixed = [
        fact
        for fact in facts
        if fact.drop.connection in case.mixed_counts and (fact.drop.trigger in somebodys or not _is_common(fact))
    ]
    if len(mixed) > 0.5 * len(facts):
        mixed_count = max(case.mixed_counts[fact.drop.connection] for fact in mixed)
        return cannot_tell({**numbers, "mixed_count": mixed_count}, places(near))
    decided = [fact for fact in near if fact.push_arrived is not None]
    fine = case.resolution_s < 0.5  # else the push that arrived may not be the last before the drop
    if fine and near and len(decided) >= 0.5 * len(near) and len(arrived) >= 0.5 * len(near):
        return supports({**numbers, "arrived_count": len(arrived)}, places(near))
    if not facts or case.visible_pushes_count < LEAST_VISIBLE or case.resolution_s >= 0.5:
        return cannot_tell(numbers)
    return supports(numbers) if len(near) <= 0.2 * len(facts) else cannot_tell(numbers, places(near))


def _is_common(fact: DisconnectFacts) -> bool:
    """Whether the same clock, with one phase, ends several connections: then they end together.

    Connections that end one after the other have a phase each, or were mistaken for each other.
    """
    return fact.fit is not None and len(fact.fit.connections) > 1 and fact.fleet_wide


def _list_pushes_of_somebody(case: Case) -> set[str]:
    """Ids of the triggers that are pushes of which no line says whose they are; clients that start together push so."""
    return {
        case.trigger_ids[rank]
        for rank, fit in enumerate(case.triggers)
        if fit.role == TriggerRole.TRIGGER and not fit.connection and fit.line.key in case.push_templates
    }


def _client_triggers(case: Case) -> set[str]:
    """Ids of the triggers that the client itself wrote."""
    return {case.trigger_ids[rank] for rank, fit in enumerate(case.triggers) if fit.connection}


@check("close-code")
def check_close_code(case: Case, claim: Claim) -> CheckResult:
    """WebSocket close code 1009 (RFC 6455: message too big) or HTTP status 413.

    Other codes of a few ends, such as those that people closed, say nothing of the rest; nor do 1005 and 1006, which
    no side sends: a client states them of a server that gave up without a word.
    """
    facts = claim.facts or case.facts
    codes = [
        fact
        for fact in facts
        if (fact.session.code or "").isdecimal()  # words in its place refute nothing
        and fact.session.code not in NEVER_SENT
        and not fact.refused_itself
        and (fact.session.code in TOO_LARGE or fact.too_large is None)  # nor does another code where words say it
    ]
    if not codes:
        return cannot_tell({"count": 0, "of_count": len(facts), "coded_count": None})
    fitting = [fact for fact in codes if fact.session.code in TOO_LARGE]
    numbers: Numbers = {"count": len(fitting), "of_count": len(codes), "code": codes[0].session.code}
    if len(fitting) > 0.3 * len(codes):
        return supports(numbers, places(fitting))
    if 2 * len(codes) <= len(facts):
        return cannot_tell({**numbers, "of_count": len(facts), "coded_count": len(codes)}, places(codes))
    return refutes(numbers, places(codes))


@check("server-transport-error")
def check_server_transport_error(case: Case, claim: Claim) -> CheckResult:
    """The side that gets a message above its limit logs `transport error`, the other `transport close`."""
    facts = claim.facts or case.facts
    stated = [
        fact
        for fact in facts
        if fact.drop.server_reason == "transport error"
        or (fact.drop.server_reason in SERVER_REASONS and fact.too_large is None)  # an application's words tell nothing
    ]
    fitting = [fact for fact in stated if fact.drop.server_reason == "transport error"]
    numbers: Numbers = {"count": len(fitting), "of_count": len(stated)}
    if not stated:
        return cannot_tell(numbers)
    lines = [fact.drop.server_evidence for fact in (fitting or stated) if fact.drop.server_evidence is not None]
    return supports(numbers, lines) if len(fitting) > 0.5 * len(stated) else refutes(numbers, lines)


@check("server-payload-line")
def check_payload_line(case: Case, claim: Claim) -> CheckResult:
    """A line says that a message was too large; or the server logs what its engine meets at these drops, and not that.

    Lines of the engine are those that name it (Engine.IO, ws), and what a disconnect line gives as its error.
    """
    facts = claim.facts or case.facts
    concerned = [fact for fact in facts if fact.server_error is not None]
    named = [fact for fact in concerned if PAYLOAD.search(fact.server_error or "")]
    lines = [*case.payload_errors, *(fact.drop.server_evidence for fact in named if fact.drop.server_evidence)]
    known = set(lines)
    lines += [line for fact in facts if (line := fact.too_large) is not None and line not in known]
    numbers: Numbers = {"count": len(lines), "engine_count": case.engine_lines_count + len(concerned)}
    if lines:
        own = {fact.drop.evidence for fact in facts if fact.session.side is Side.CLIENT}
        client_count = sum(line in own for line in lines)
        return supports({**numbers, "client_count": client_count, "server_count": len(lines) - client_count}, lines)
    return refutes(numbers, places(concerned)) if concerned or case.engine_lines_count else cannot_tell(numbers)


@check("push-size")
def check_push_size(case: Case, claim: Claim) -> CheckResult:
    """Sizes part the messages that were survived from those that were not; else they are held against a stated limit.

    What was sent just before the drop was then larger than that limit, or well below it.
    """
    if case.bracket is not None:
        return _judge_bracket(case, case.bracket)
    known = [fact for fact in (claim.facts or case.facts) if fact.sent_bytes is not None]
    limit = case.logged_limit_bytes or case.max_payload_bytes
    largest = max((fact.sent_bytes for fact in known if fact.sent_bytes is not None), default=None)
    if limit is None or largest is None:
        return cannot_tell({"of_count": len(known), "limit_bytes": limit, "largest_bytes": largest})
    above = [fact for fact in known if (fact.sent_bytes or 0.0) > limit]
    numbers: Numbers = {
        "count": len(above),
        "of_count": len(known),
        "limit_bytes": limit,
        "largest_bytes": largest,
    }
    if len(above) > 0.5 * len(known):
        return supports(numbers, places(above))
    return refutes(numbers, places(known)) if largest < BELOW * limit else cannot_tell(numbers, places(above))


def _judge_bracket(case: Case, bracket: Bracket) -> CheckResult:
    dead = [fact for fact in case.facts if fact.drop.index in bracket.disconnect_indices]
    numbers: Numbers = {
        "count": len(dead),
        "of_count": bracket.of_count,
        "largest_survivor_bytes": bracket.largest_survivor_bytes,
        "smallest_dead_bytes": bracket.smallest_dead_bytes,
        "limit_bytes": case.max_payload_bytes,
        "chance_probability": bracket.chance_probability,
        "later_bytes": bracket.later_bytes,
        "later_time": None if bracket.later_time is None else bracket.later_time.isoformat(),
    }
    return supports(numbers, places(dead))


@check("own-trigger")
def check_own_trigger(case: Case, claim: Claim) -> CheckResult:
    """A line of the same process comes right before and shows which code closes the socket; or none does.

    That none does says something only where the process writes at debug level and enough drops could show one.
    """
    keys = {fact.drop.trigger for fact in claim.facts if fact.drop.trigger is not None}
    fits = [fit for rank, fit in enumerate(case.triggers) if case.trigger_ids.get(rank) in keys and fit.connection]
    if fits:
        fit = fits[0]
        numbers: Numbers = {
            "template": fit.line.template,
            "count": fit.counts.preceded_count,
            "of_count": fit.counts.of_count,
            "p_value": fit.chance.p_value,
        }
        return supports(numbers, [fit.line.example])
    few: Numbers = {"count": 0, "of_count": len(claim.facts)}
    doubtful = any(fit.connection and fit.role != TriggerRole.CONSEQUENCE for fit in case.triggers)
    if len(claim.facts) < ENOUGH or doubtful or not case.debug_seen or case.resolution_s >= 0.5:
        return cannot_tell(few)
    return refutes(few, places(claim.facts))
