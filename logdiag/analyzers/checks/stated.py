"""What the logs say in words: reasons, errors, start-up and crash lines."""

from __future__ import annotations

from logdiag.analyzers.case import Case, Facts
from logdiag.analyzers.checks.result import Claim, Numbers, Result, cannot_tell, check, places, refutes, supports

TRANSPORT: tuple[str, ...] = ("transport close", "transport error")
WEAK_SINGLE = 0.7


def _graded(count: int) -> float:
    """One stated disconnect is weaker evidence than three."""
    return 1.0 if count >= 3 else 0.85 if count == 2 else WEAK_SINGLE


@check("stated-reason")
def check_stated_reason(case: Case, claim: Claim) -> Result:
    """The client (or the server) names the reason."""
    stated = [fact for fact in case.facts if fact.reason is not None]
    named = [fact for fact in claim.facts if fact.reason in claim.reasons or fact.drop.server_reason in claim.reasons]
    numbers: Numbers = {"count": len(named), "of_count": len(case.facts), "reason": claim.reasons[0]}
    if named:
        return supports(numbers, places(named), _graded(len(named)))
    if stated and len(stated) == len([fact for fact in case.facts if fact.drop.logged]):
        return refutes(numbers, places(stated))
    return cannot_tell(numbers)


@check("transport-reason")
def check_transport_reason(case: Case, claim: Claim) -> Result:
    """The connection was cut from under Socket.IO: `transport close` or `transport error`."""
    facts = claim.facts or case.facts
    logged = [fact for fact in facts if fact.drop.logged]
    fitting = [fact for fact in logged if fact.reason in TRANSPORT]
    other = [fact for fact in logged if fact.reason is not None and fact.reason not in TRANSPORT]
    numbers: Numbers = {"count": len(fitting), "of_count": len(logged), "other_count": len(other)}
    if len(other) > len(fitting):
        return refutes(numbers, places(other))
    if fitting and len(fitting) >= 0.8 * len(logged):
        return supports(numbers, places(fitting))
    return cannot_tell(numbers)


@check("server-disconnect-reason")
def check_server_disconnect(case: Case, claim: Claim) -> Result:
    """The server itself ended the connection."""
    del case
    named = [fact for fact in claim.facts if fact.reason == "io server disconnect"]
    numbers: Numbers = {"count": len(named), "of_count": len(claim.facts)}
    if named:
        return supports(numbers, places(named), len(named) / len(claim.facts))
    stated = [fact for fact in claim.facts if fact.reason is not None]
    return refutes(numbers, places(stated)) if stated else cannot_tell(numbers)


@check("ping-reason")
def check_ping_reason(case: Case, claim: Claim) -> Result:
    """One side states that the other did not answer its pings."""
    del case
    named = [fact for fact in claim.facts if "ping timeout" in {fact.reason, fact.drop.server_reason}]
    numbers: Numbers = {"count": len(named), "of_count": len(claim.facts)}
    return supports(numbers, places(named)) if named else cannot_tell(numbers)


@check("auth-errors")
def check_auth_errors(case: Case, claim: Claim) -> Result:
    """The server refused the credentials when the client connected again."""
    del claim
    errors = [error for error in case.errors if error.is_auth]
    numbers: Numbers = {
        "count": len(errors),
        "of_count": len(case.errors),
        "error": errors[0].error[:80] if errors else None,
    }
    if len(errors) >= 2:
        return supports(numbers, [error.evidence for error in errors])
    if errors:
        return cannot_tell(numbers, [errors[0].evidence])
    return refutes(numbers)


@check("kick-then-refusal")
def check_kick_then_refusal(case: Case, claim: Claim) -> Result:
    """Disconnects by the server are followed by a refusal."""
    kicked = [fact for fact in case.facts if fact.reason == "io server disconnect"]
    refused = [fact for fact in kicked if any(error.is_auth for error in fact.errors)]
    numbers: Numbers = {"count": len(refused), "of_count": len(kicked)}
    if not kicked:
        return cannot_tell(numbers)
    return supports(numbers, places(refused)) if len(refused) >= 0.5 * len(kicked) else refutes(numbers, places(kicked))


@check("mismatch-errors")
def check_mismatch(case: Case, claim: Claim) -> Result:
    """Client and server state that they speak different protocol versions."""
    errors = [error for error in case.errors if error.is_mismatch]
    numbers: Numbers = {"count": len(errors), "of_count": len(case.errors)}
    if errors:
        return supports(numbers, [error.evidence for error in errors])
    connected = [fact for fact in case.facts if fact.span.opened is not None]
    return refutes({**numbers, "sessions_count": len(connected)}) if connected else cannot_tell(numbers)


@check("process-start-seen")
def check_process_start(case: Case, claim: Claim) -> Result:
    """The client's process started anew before it connected again."""
    started = [fact for fact in claim.facts if fact.span.restarted]
    numbers: Numbers = {"count": len(started), "of_count": len(claim.facts)}
    if started:
        return supports(numbers, places(started), _graded(len(started)))
    return refutes(numbers) if case.starts_seen else cannot_tell(numbers)


@check("crash-line-seen")
def check_crash_line(case: Case, claim: Claim) -> Result:
    """The process told of its end."""
    del case
    crashed = [fact for fact in claim.facts if fact.span.crashed]
    numbers: Numbers = {"count": len(crashed), "of_count": len(claim.facts)}
    return supports(numbers, places(crashed)) if crashed else cannot_tell(numbers)


@check("no-word-from-client")
def check_no_word(case: Case, claim: Claim) -> Result:
    """The session ended without a disconnect line of the client."""
    del case
    silent = [fact for fact in claim.facts if not fact.drop.logged]
    numbers: Numbers = {"count": len(silent), "of_count": len(claim.facts)}
    return supports(numbers, places(silent)) if silent else cannot_tell(numbers)


@check("server-gone-seen")
def check_server_gone(case: Case, claim: Claim) -> Result:
    """Connections were refused, or the server logged its start, before the client was back."""
    refused = [fact for fact in claim.facts if is_refused(fact)]
    started = [fact for fact in claim.facts if fact.far_start is not None]
    numbers: Numbers = {"refused_count": len(refused), "started_count": len(started), "of_count": len(claim.facts)}
    both = [fact for fact in claim.facts if is_refused(fact) or fact.far_start is not None]
    if both:
        lines = [error.evidence for fact in refused for error in fact.errors][:3] or places(both)
        return supports(numbers, lines, _graded(len(both)))
    if case.facts and (case.far.present or any(fact.span.reopened is not None for fact in case.facts)):
        return refutes({**numbers, "of_count": len(case.facts)})
    return cannot_tell(numbers)


def is_refused(fact: Facts) -> bool:
    """Whether nobody listened when the client tried to come back."""
    return any(error.code == "ECONNREFUSED" or "ECONNREFUSED" in error.error for error in fact.errors)


@check("server-kept-running")
def check_server_kept_running(case: Case, claim: Claim) -> Result:
    """The server's own log runs through the disconnects without a start."""
    facts = claim.facts or case.facts
    if not case.far.present or not facts:
        return cannot_tell()
    without = [fact for fact in facts if fact.far_start is None and fact.drop.server_evidence is not None]
    numbers: Numbers = {"count": len(without), "of_count": len(facts)}
    if case.far.starts and len(without) > 0.5 * len(facts):
        return refutes(numbers, places(without))
    return cannot_tell(numbers)


@check("same-worker-joined")
def check_same_worker(case: Case, claim: Claim) -> Result:
    """Another connection joined under the same worker id at that moment."""
    rivals = [fact for fact in claim.facts if fact.rival is not None]
    numbers: Numbers = {"count": len(rivals), "of_count": len(case.facts), "rival": rivals[0].rival if rivals else None}
    if len(rivals) >= 2:
        return supports(numbers, places(rivals))
    return cannot_tell(numbers) if rivals or case.connections_count == 1 else refutes(numbers)


@check("kick-line-seen")
def check_kick_line(case: Case, claim: Claim) -> Result:
    """The server logged that it disconnects a socket."""
    del claim
    return supports({"count": len(case.kicks)}, case.kicks) if case.kicks else cannot_tell({"count": 0})
