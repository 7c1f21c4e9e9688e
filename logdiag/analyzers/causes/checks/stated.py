"""What the logs say in words: reasons, errors, start-up and crash lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.checks.crashes import quote_deaths
from logdiag.analyzers.causes.checks.result import (
    CheckResult,
    Claim,
    Numbers,
    cannot_tell,
    check,
    grade,
    places,
    quote_commonest,
    refutes,
    supports,
)
from logdiag.analyzers.causes.checks.server_view import is_any_abrupt_end
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.facts.stated_rules import list_places
from logdiag.analyzers.causes.own_words import LONGEST_QUOTE
from logdiag.analyzers.causes.reasons import ENDED_BY_CLIENT, ENDED_BY_SERVER
from logdiag.analyzers.connections.goodbyes import GOODBYES
from logdiag.events import Side
from logdiag.results.evidence import Evidence

KICKED = "server-kick"
SCHEDULE = "wall-clock-schedule"  # a job that stops the network, or a process, makes heartbeats late
SWALLOWING = frozenset({"unstable-network", SCHEDULE})
TRANSPORT = frozenset({"transport close", "transport error"})  # Socket.IO's own words
IN_ORDER_STRENGTH = 0.5
COMMON_SHARE = 0.5  # at least as many fit as do not
FEW_CUTS = 0.1  # a choice, as in `ranking`: one in ten of another kind may be strays
LEAST_LEFT = 3
HEARTBEATS_LIVED = 1.5  # times interval plus timeout: what ends at the first heartbeat is dead by then
NEARLY_ALL = 0.95
MOST = 0.8
ONE_AGE = 1.1


@check("stated-reason")
def check_stated_reason(case: Case, claim: Claim) -> CheckResult:
    """The client (or the server) names the reason, at drops that nothing more specific explains.

    A server cannot tell a client that closes its connection from one that is stopped and started by its owner, who
    does so once or twice with each of them. Nor does the reason tell where a client that announces its stop gives it as
    often: the line of one announcement may be missing.
    """
    stated = [fact for fact in case.facts if fact.reason is not None]
    named = [fact for fact in claim.facts if fact.reason in claim.reasons or fact.drop.server_reason in claim.reasons]
    ruled = [fact for fact in claim.facts if fact.broken_rule is not None and fact not in named]
    if claim.cause == KICKED and len(ruled) > len(named):
        return _support_rule(case, ruled)
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
    stopped = [fact for fact in case.facts if fact.session.orderly and fact.reason in claim.reasons]
    if 0 < len(named) <= len(stopped):
        said_too: Numbers = {
            "reason": stopped[0].reason,
            "unannounced_count": len(named),
            "stopped_count": len(stopped),
        }
        return cannot_tell({**numbers, **said_too}, _cite_stated(named, claim.reasons))
    if named:
        said = Counter(fact.reason if fact.reason in claim.reasons else fact.drop.server_reason for fact in named)
        who: Numbers = {
            "reason": said.most_common(1)[0][0],
            "client_count": sum(fact.reason in claim.reasons for fact in named),
            "server_count": sum(fact.drop.server_reason in claim.reasons for fact in named),
        }
        return supports({**numbers, **who}, _cite_stated(named, claim.reasons), grade(len(named)))
    details = {**numbers, "taken_count": len(taken) or None}
    if stated and len(stated) == len([fact for fact in case.facts if fact.drop.logged]):
        return refutes(details, places(taken or stated))
    return cannot_tell(details, places(taken))


def _support_rule(case: Case, ruled: Sequence[DisconnectFacts]) -> CheckResult:
    """The server says by which rule of its own it ended these connections."""
    rules = [fact.broken_rule for fact in ruled]
    said = Counter(rule.said.text for rule in rules if rule is not None).most_common(1)[0][0]
    numbers: Numbers = {
        "ruled_count": len(ruled),
        "of_count": len(case.facts),
        "rule": said[:LONGEST_QUOTE],
        "count": None,
    }
    return supports(numbers, list_places(rules), grade(len(ruled)))


def _cite_stated(facts: Sequence[DisconnectFacts], reasons: Sequence[str]) -> list[Evidence]:
    """The lines that state one of the reasons, of whichever side."""
    lines = [fact.drop.evidence if fact.reason in reasons else fact.drop.server_evidence for fact in facts]
    return [line for line in lines if line is not None]


@check("transport-reason")
def check_transport_reason(case: Case, claim: Claim) -> CheckResult:
    """The connection was cut from under Socket.IO: `transport close` or `transport error`, or its stream just ended.

    Code 1000 speaks against it, but less than words do: what ends connections in between may send it. Where the ends
    of clients keep time it says nothing: several servers close with it at a limit of their own. A ping timeout is what
    a path that swallows packets gives: against an unstable network it says nothing, and it is what a job that
    stops the network for a while brings about. Where all ends are those of several connections at once, other reasons
    of most rule out no cause of the cuts among them.
    """
    facts = claim.facts or case.facts
    logged = [fact for fact in facts if fact.drop.has_end_line]
    cuts = [(fact, fact.states_cut) for fact in logged]
    fitting = [fact for fact, is_cut in cuts if is_cut]
    spared = claim.cause in SWALLOWING
    starved = [fact for fact in logged if claim.cause == SCHEDULE and fact.is_ping_timeout]
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
    if len(starved) >= MOST * len(logged) > 0:
        return supports({**numbers, "starved_count": len(starved)}, _cite_stated(starved, ("ping timeout",)))
    if len(other) > len(fitting) and case.patterns.are_mixed and len(fitting) > FEW_CUTS * len(logged):
        return cannot_tell(numbers)
    if len(other) > len(fitting) and len(other) < COMMON_SHARE * len(logged):
        return cannot_tell(numbers)  # a minority that people, or another fault, ended tells nothing of the rest
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
            grade(len(started)),
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
