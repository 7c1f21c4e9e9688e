"""What the logs say in words: reasons, errors, start-up and crash lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.checks.crashes import quote_deaths
from logdiag.analyzers.causes.checks.moments import are_moments_told
from logdiag.analyzers.causes.checks.result import (
    LONGEST_QUOTE,
    CheckResult,
    Claim,
    Numbers,
    cannot_tell,
    check,
    places,
    quote_commonest,
    refutes,
    supports,
)
from logdiag.analyzers.causes.checks.server_view import are_unjoined, is_any_abrupt_end
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.reasons import BROKEN, ENDED_BY_CLIENT, ENDED_BY_SERVER
from logdiag.analyzers.connections.departures import GOODBYES
from logdiag.deferred import compile_later
from logdiag.events import Side
from logdiag.results.evidence import Evidence

SWALLOWING = "unstable-network"
TRANSPORT = frozenset({"transport close", "transport error"})  # Socket.IO's own words
IN_ORDER_STRENGTH = 0.5
WEAK_SINGLE = 0.7
LEAST_LEFT = 3
HEARTBEATS_LIVED = 1.5  # times interval plus timeout: what ends at the first heartbeat is dead by then
NEARLY_ALL = 0.95
MOST = 0.8
ONE_AGE = 1.1
HUNG_UP = compile_later(r"(?i)socket hang up|ECONNRESET|EPIPE|\b50[234]\b")


def _graded(count: int) -> float:
    """One stated disconnect is weaker evidence than three."""
    return 1.0 if count >= 3 else 0.85 if count == 2 else WEAK_SINGLE


@check("stated-reason")
def check_stated_reason(case: Case, claim: Claim) -> CheckResult:
    """The client (or the server) names the reason, at drops that nothing more specific explains.

    A server cannot tell a client that closes its connection from one that is stopped and started by its owner, who
    does so once or twice with each of them.
    """
    stated = [fact for fact in case.facts if fact.reason is not None]
    named = [fact for fact in claim.facts if fact.reason in claim.reasons or fact.drop.server_reason in claim.reasons]
    taken = [fact for fact in case.facts if (fact.reason or fact.drop.server_reason) in claim.reasons]
    numbers: Numbers = {"count": len(named), "of_count": len(case.facts), "reason": claim.reasons[0]}
    left = [fact for fact in named if fact.session.side is Side.SERVER and fact.drop.server_reason in GOODBYES]
    most_left = max(Counter(fact.drop.connection for fact in left).values(), default=0)
    if most_left < LEAST_LEFT and len(left) == len(named) > 0:
        word = left[0].drop.server_reason
        return cannot_tell({**numbers, "reason": word, "left_count": len(left)}, _cite_stated(left, claim.reasons))
    abrupt = [fact for fact in named if is_any_abrupt_end(fact, claim.reasons)]
    if len(abrupt) > MOST * len(named):
        word = abrupt[0].drop.server_reason
        return cannot_tell(
            {**numbers, "reason": word, "abrupt_count": len(abrupt)}, _cite_stated(abrupt, claim.reasons)
        )
    if named:
        said = Counter(fact.reason if fact.reason in claim.reasons else fact.drop.server_reason for fact in named)
        who: Numbers = {
            "reason": said.most_common(1)[0][0],
            "client_count": sum(fact.reason in claim.reasons for fact in named),
            "server_count": sum(fact.drop.server_reason in claim.reasons for fact in named),
        }
        return supports({**numbers, **who}, _cite_stated(named, claim.reasons), _graded(len(named)))
    details = {**numbers, "taken_count": len(taken) or None}
    if stated and len(stated) == len([fact for fact in case.facts if fact.drop.logged]):
        return refutes(details, places(taken or stated))
    return cannot_tell(details, places(taken))


def _cite_stated(facts: Sequence[DisconnectFacts], reasons: Sequence[str]) -> list[Evidence]:
    """The lines that state one of the reasons, of whichever side."""
    lines = [fact.drop.evidence if fact.reason in reasons else fact.drop.server_evidence for fact in facts]
    return [line for line in lines if line is not None]


@check("transport-reason")
def check_transport_reason(case: Case, claim: Claim) -> CheckResult:
    """The connection was cut from under Socket.IO: `transport close` or `transport error`, or its stream just ended.

    Code 1000 speaks against it, but less than words do: what ends connections in between may send it. Where the ends
    of clients keep time it says nothing: several servers close with it at a limit of their own. A ping timeout is what
    a path that swallows packets gives: against an unstable network it says nothing.
    """
    facts = claim.facts or case.facts
    logged = [fact for fact in facts if fact.drop.has_end_line]
    cuts = [(fact, fact.states_cut) for fact in logged]
    fitting = [fact for fact, is_cut in cuts if is_cut]
    spared = claim.cause == SWALLOWING
    other = [
        fact
        for fact, is_cut in cuts
        if is_cut is False and fact.too_large is None and not (spared and fact.is_ping_timeout)
    ]
    numbers: Numbers = {"count": len(fitting), "of_count": len(logged), "other_count": len(other)}
    told_count = sum(fact.is_told_by_proxy for fact in fitting)
    own = [fact for fact in fitting if fact.stated not in TRANSPORT and not fact.is_told_by_proxy]
    strange = Counter(fact.words_of_end for fact in own)
    numbers["told_count"] = told_count or None
    numbers["strange_count"] = strange.total() or None
    numbers["strange"] = strange.most_common(1)[0][0][:LONGEST_QUOTE] if strange else None
    numbers["in_order_count"] = sum(fact.is_closed_in_order and is_cut is None for fact, is_cut in cuts) or None
    if len(other) > len(fitting):
        in_order = sum(fact.is_closed_in_order for fact in other)
        return refutes(numbers, places(other), IN_ORDER_STRENGTH if 2 * in_order > len(other) else 1.0)
    if fitting and len(fitting) >= 0.8 * len(logged):
        return supports(numbers, places(fitting))
    return cannot_tell(numbers)


@check("server-disconnect-reason")
def check_server_disconnect(case: Case, claim: Claim) -> CheckResult:
    """The server itself ended the connection."""
    del case
    named = [fact for fact in claim.facts if fact.reason in ENDED_BY_SERVER]
    numbers: Numbers = {"count": len(named), "of_count": len(claim.facts)}
    if named:
        return supports(numbers, places(named), len(named) / len(claim.facts))
    stated = [fact for fact in claim.facts if fact.reason is not None]
    return refutes(numbers, places(stated)) if stated else cannot_tell(numbers)


@check("ping-reason")
def check_ping_reason(case: Case, claim: Claim) -> CheckResult:
    """One side states that the other did not answer its pings; of a frozen process the other side alone says so."""
    named = [fact for fact in claim.facts if fact.is_ping_timeout]
    stated = [fact for fact in claim.facts if fact.is_stated_by_both]
    numbers: Numbers = {"count": len(named), "of_count": len(claim.facts)}
    if named:
        lines = _cite_stated(named, ("ping timeout",))
        counts = {
            "client_count": sum(fact.reason == "ping timeout" for fact in named),
            "server_count": sum(fact.drop.server_reason == "ping timeout" for fact in named),
        }
        return supports({**numbers, **counts}, lines)
    if not claim.facts:
        return cannot_tell({"of_count": None})
    if stated and len(stated) == len(claim.facts):
        return refutes(numbers, places(stated))
    return cannot_tell({**numbers, "stated_count": len(stated)})


@check("auth-errors")
def check_auth_errors(case: Case, claim: Claim) -> CheckResult:
    """The server refused the credentials at the next connect, or says so right before it ends a connection.

    Or the client says so of its own at nearly each end by the server, as old as its credentials get.
    """
    del claim
    expired = [fact.expired for fact in case.facts if fact.expired is not None]
    if len(expired) >= 2:
        ages_s = [fact.session.session_s or 0.0 for fact in case.facts if fact.expired is not None]
        words = quote_commonest([said.text for said in expired])
        of_age: Numbers = {"expired_count": len(expired), "ends_count": len(case.facts), "age_s": None}
        if max(ages_s) <= ONE_AGE * min(ages_s):
            of_age["age_s"] = median(ages_s)
        return supports({**of_age, **words}, [said.evidence for said in expired])
    turned = [fact.turned_away for fact in case.facts if fact.turned_away is not None]
    if len(turned) >= 2:
        told = quote_commonest([said.text for said in turned])
        numbers: Numbers = {"turned_count": len(turned), "drops_count": len(case.facts), **told}
        return supports(numbers, [said.evidence for said in turned])
    errors = [error for error in case.errors if error.is_auth]
    numbers = {"count": len(errors), "of_count": len(case.errors), **quote_commonest([error.error for error in errors])}
    if len(errors) >= 2:
        return supports(numbers, [error.evidence for error in errors])
    if errors:
        return cannot_tell(numbers, [errors[0].evidence])
    return refutes(numbers, [error.evidence for error in case.errors]) if case.errors else cannot_tell(numbers)


@check("kick-then-refusal")
def check_kick_then_refusal(case: Case, claim: Claim) -> CheckResult:
    """Disconnects by the server are followed by a refusal."""
    kicked = [fact for fact in case.facts if fact.reason in ENDED_BY_SERVER]
    refused = [fact for fact in kicked if fact.expired is not None or any(error.is_auth for error in fact.errors)]
    numbers: Numbers = {"count": len(refused), "of_count": len(kicked)}
    if not kicked:
        return cannot_tell(numbers)
    return supports(numbers, places(refused)) if len(refused) >= 0.5 * len(kicked) else refutes(numbers, places(kicked))


@check("mismatch-errors")
def check_mismatch(case: Case, claim: Claim) -> CheckResult:
    """Client and server state that they speak different protocol versions.

    That a session was opened refutes it only where one outlived the heartbeat, which the versions do not share; and of
    another protocol than Socket.IO's, or where no end is told in its words, it says nothing.
    """
    errors = [error for error in case.errors if error.is_mismatch]
    numbers: Numbers = {"count": len(errors), "of_count": len(case.errors)}
    if errors:
        return supports(numbers, [error.evidence for error in errors])
    if case.is_another_protocol or case.is_mqtt or not case.has_own_words:
        return cannot_tell({**numbers, "sessions_count": None})
    connected = [fact for fact in case.facts if fact.session.opened is not None]
    heartbeat_s = HEARTBEATS_LIVED * case.find_heartbeat_s()
    outlived = [fact for fact in connected if (fact.session.session_s or 0.0) > heartbeat_s]
    if outlived:
        return refutes({**numbers, "sessions_count": len(outlived)})
    return cannot_tell({**numbers, "sessions_count": len(connected) or None, "heartbeat_s": heartbeat_s})


@check("process-start-seen")
def check_process_start(case: Case, claim: Claim) -> CheckResult:
    """The client's process started anew before it connected again, by its own lines or those of its platform."""
    started = [fact for fact in claim.facts if fact.session.restarted or fact.client_exit is not None]
    exits = [fact.client_exit.evidence for fact in started if fact.client_exit is not None]
    numbers: Numbers = {"count": len(started), "of_count": len(claim.facts), "exits_count": len(exits) or None}
    if started:
        return supports(
            {**numbers, **quote_deaths(fact.client_died_of for fact in started)},
            exits or places(started),
            _graded(len(started)),
        )
    return refutes(numbers, places(claim.facts)) if claim.facts and case.starts_seen else cannot_tell(numbers)


@check("no-word-from-client")
def check_no_word(case: Case, claim: Claim) -> CheckResult:
    """The session ended without a disconnect line: a process that is killed writes none, one that stops may."""
    pool = claim.facts or case.facts
    silent = [fact for fact in pool if not fact.drop.has_end_line]
    cut = [fact for fact in pool if fact.drop.logged and fact.reason not in {None, *ENDED_BY_CLIENT}]
    numbers: Numbers = {"count": len(silent), "of_count": len(pool)}
    if silent and claim.facts:
        return supports(numbers, places(silent))
    return refutes(numbers, places(cut)) if cut and len(cut) == len(pool) else cannot_tell(numbers)


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
        "other_starts_count": (len(set(case.server.starts)) - restarts_count or None) if restarts_count else None,
        "unreturned_count": _count_unreturned(case, claim.facts) or None,
        "said_count": len(said) or None,
        "words": Counter(one.text for one in said).most_common(1)[0][0][:LONGEST_QUOTE] if said else None,
    }
    both = [fact for fact in claim.facts if fact in refused or is_server_seen_gone(fact)]
    if both:
        if not refused and stops and not exits:
            numbers |= {"refused_count": None, "exits_count": None}
        failures = dict.fromkeys(fact.proxy_failure for fact in refused if fact.proxy_failure is not None)
        turned_away = [*[error.evidence for fact in refused for error in fact.errors][:3], *failures]
        lines = [*stop_lines[:3], *turned_away] or places(both)
        return supports(numbers, lines, _graded(len(both)))
    if said:
        unseen: Numbers = {"refused_count": None, "started_count": None, "stopped_count": None}
        return supports(numbers | unseen, [one.evidence for one in said], _graded(len(said)))
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
        return refutes(numbers, places(ran_on))
    return supports(numbers, places(broken)) if len(broken) > 0.5 * len(facts) else cannot_tell(numbers)
