"""Whether the server was gone: it stopped, started anew, or nobody listened when the clients came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.checks.moments import are_moments_told
from logdiag.analyzers.causes.checks.result import (
    CheckResult,
    Claim,
    Numbers,
    cannot_tell,
    check,
    grade,
    places,
    refutes,
    supports,
)
from logdiag.analyzers.causes.checks.server_view import are_unjoined
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.own_words import LONGEST_QUOTE
from logdiag.analyzers.causes.reasons import BROKEN
from logdiag.analyzers.causes.restarts import count_rolled, measure_back_off
from logdiag.deferred import compile_later

MOST: Final = 0.8  # a choice: four of five
HUNG_UP: Final = compile_later(r"(?i)socket hang up|ECONNRESET|EPIPE|\b50[234]\b")


@check("server-gone-seen")
def check_server_gone(case: Case, claim: Claim) -> CheckResult:
    """Connections were refused, or the server logged its start, or its platform its end, before the client was back."""
    refused = [fact for fact in claim.facts if is_refused(fact) or is_cut_off(fact)]
    started = [fact for fact in claim.facts if fact.server_start is not None]
    stops = [fact.server_stop for fact in claim.facts if fact.server_stop is not None]
    exits = [fact.server_exit.evidence for fact in claim.facts if fact.server_exit is not None]
    stop_lines = list(dict.fromkeys([*exits, *stops]))
    said = [fact.restart_said for fact in claim.facts if fact.restart_said is not None]
    restarts_count = _count_restarts(claim.facts)
    numbers: Numbers = {
        "refused_count": len(refused),
        "started_count": len(started),
        "stopped_count": len(stops),
        "of_count": len(claim.facts),
        "exits_count": len(exits) or None,
        "restarts_count": restarts_count,
        "stops_count": len(set(stops)) if len(stops) == len(claim.facts) and not exits else None,
        "other_starts_count": (len(set(case.server.starts)) - restarts_count or None) if restarts_count else None,
        "unreturned_count": _count_unreturned(case, claim.facts) or None,
        "said_count": len(said) or None,
        "words": Counter(one.text for one in said).most_common(1)[0][0][:LONGEST_QUOTE] if said else None,
        **count_rolled(case, claim.facts),
        **measure_back_off(case, claim.facts),
    }
    both = [fact for fact in claim.facts if fact in refused or is_server_seen_gone(fact)]
    if both:
        failures = dict.fromkeys(fact.proxy_failure for fact in refused if fact.proxy_failure is not None)
        turned_away = [*[error.evidence for fact in refused for error in fact.errors][:3], *failures]
        lines = [*stop_lines[:3], *turned_away] or places(both)
        return supports(numbers, lines, grade(len(both)))
    if said:
        return supports(numbers, [one.evidence for one in said], grade(len(said)))
    if any(fact.session.forgotten for fact in claim.facts):
        return cannot_tell(numbers)  # who says of no socket that it is gone may be silent about the start, too
    if are_unjoined(case):
        return cannot_tell({**numbers, "starts_count": len(set(case.server.starts))})
    ran_on_count = sum(fact.server_ran_on is True for fact in case.facts)
    would_show = case.server.tells_starts or ran_on_count > len(case.facts) / 2
    numbers["of_count"] = len(case.facts) or None
    return refutes(numbers) if case.facts and would_show else cannot_tell(numbers)


@check("stuck-worker-killed")
def check_stuck(case: Case, claim: Claim) -> CheckResult:
    """A supervisor (gunicorn, puma) says that it ends the server because it did not answer; or it does so elsewhere."""
    pool = claim.facts or case.facts
    stuck = [fact.stuck for fact in claim.facts if fact.stuck is not None]
    numbers: Numbers = {"count": len(stuck), "of_count": len(pool), "lines_count": case.stuck_count}
    if stuck:
        return supports(numbers, list(dict.fromkeys(stuck)))
    return refutes(numbers, places(pool)) if case.stuck_count and pool else cannot_tell(numbers)


@check("sockets-forgotten")
def check_forgotten(case: Case, claim: Claim) -> CheckResult:
    """The server's log, which tells of ends, lacks those of all sockets when everybody comes back; or it has them.

    A server that stops in order logs the ends of its sockets as it does so: those say nothing of whether it stopped.
    """
    pool = [fact for fact in claim.facts or case.facts if fact.server_stop is None]
    facts = [fact for fact in claim.facts if fact.session.forgotten]
    logged = [fact for fact in pool if fact.drop.server_evidence is not None]
    moments = {fact.drop.fleet_event if fact.fleet_wide else fact.drop.index for fact in facts}
    numbers: Numbers = {
        "count": len(facts),
        "of_count": len(pool),
        "moments_count": len(moments),
        "told_count": len(logged),
    }
    if facts:
        return supports(numbers, places(facts))
    if not pool and case.facts:
        return cannot_tell({"stopped_count": len(claim.facts or case.facts)})
    if are_unjoined(case):
        return cannot_tell({**numbers, "starts_count": len(set(case.server.starts))})
    return refutes(numbers, places(logged)) if len(logged) > 0.5 * len(pool) else cannot_tell(numbers)


def _count_restarts(facts: Sequence[DisconnectFacts]) -> int | None:
    """How often the server started behind these ends; None where it did not behind all of them."""
    starts = {fact.server_start for fact in facts}
    return None if None in starts else len(starts) or None


def _count_unreturned(case: Case, facts: Sequence[DisconnectFacts]) -> int:
    """At how many moments the server ended for good, as far as the logs go: it stops, and nobody connects any more."""
    signs = [*case.server.starts, *(one.opened for one in case.server.sockets.values() if one.opened is not None)]
    for fact in case.facts:
        signs += [moment for moment in (fact.session.opened, fact.session.reopened) if moment is not None]
    last = max(signs, default=None)
    gone = (fact for fact in facts if fact.server_stop is not None or fact.server_exit is not None)
    return len({fact.moment for fact in gone if last is not None and fact.drop.time > last})


def is_server_gone(fact: DisconnectFacts) -> bool:
    """Whether the server says that it stopped just before, or started before the client was back; or its platform.

    Or the line of the end names that as its reason.
    """
    return is_server_seen_gone(fact) or fact.restart_said is not None


def is_server_seen_gone(fact: DisconnectFacts) -> bool:
    """Whether a line of the server or of its platform tells of its stop or start."""
    return any(word is not None for word in (fact.server_start, fact.server_stop, fact.server_exit))


def is_refused(fact: DisconnectFacts) -> bool:
    """Whether nobody listened when the client tried to come back."""
    return any(error.is_refused for error in fact.errors)


def is_cut_off(fact: DisconnectFacts) -> bool:
    """Whether something in front of the server hung up on the client, and all others dropped in the same moment."""
    return fact.fleet_wide and is_hung_up(fact)


def is_hung_up(fact: DisconnectFacts) -> bool:
    """Whether something in front of the server hung up on the client when it tried to come back, or says so itself."""
    is_told = any(error.code in BROKEN or HUNG_UP.search(error.words) for error in fact.errors)
    return is_told or fact.proxy_failure is not None


@check("server-ran-on")
def check_server_ran_on(case: Case, claim: Claim) -> CheckResult:
    """The server logged the end of these sockets, or of most in each moment of its log, and ran on: it did not end."""
    facts = claim.facts or case.facts
    if not case.server.present or not facts:
        return cannot_tell()
    ran_on = [fact for fact in facts if not is_server_gone(fact) and fact.drop.server_evidence is not None]
    started = [fact for fact in facts if is_server_gone(fact)]
    numbers: Numbers = {"count": len(ran_on), "of_count": len(facts), "started_count": len(started)}
    if len(ran_on) >= MOST * len(facts) or are_moments_told(case, facts, ran_on):
        return supports(
            numbers, [fact.drop.server_evidence for fact in ran_on if fact.drop.server_evidence is not None]
        )
    return refutes(numbers, places(started)) if len(started) > 0.5 * len(facts) else cannot_tell(numbers)


@check("server-log-broke-off")
def check_server_log_broke_off(case: Case, claim: Claim) -> CheckResult:
    """The server logged no end of these sockets and then its start; or its log runs through the drops without one."""
    facts = claim.facts or case.facts
    if not case.server.present or not facts:
        return cannot_tell()
    ran_on = [fact for fact in facts if not is_server_gone(fact) and fact.drop.server_evidence is not None]
    broken = [fact for fact in claim.facts if fact.server_start is not None and fact.drop.server_evidence is None]
    stops_count = sum(fact.server_stop is not None for fact in broken)
    numbers: Numbers = {
        "count": len(ran_on),
        "of_count": len(facts),
        "broken_count": len(broken),
        "stopped_count": stops_count or None,
    }
    if case.server.starts and len(ran_on) > 0.5 * len(facts):
        if are_unjoined(case):
            return cannot_tell({**numbers, "starts_count": len(set(case.server.starts))})
        return refutes(numbers, places(ran_on))
    return supports(numbers, places(broken)) if len(broken) > 0.5 * len(facts) else cannot_tell(numbers)
