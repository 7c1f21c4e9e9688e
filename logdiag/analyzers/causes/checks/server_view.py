"""What logs that state no reason say all the same: whether the clients spoke to the end."""

from __future__ import annotations

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
from logdiag.analyzers.causes.reasons import OF_THE_TRANSPORT, TRANSPORT_ERROR, says
from logdiag.events import Side

MOSTLY: Final = 0.8  # a choice: four of five
LEAST: Final = 3  # with fewer four of five say nothing
UNJOINED_SHARE: Final = 0.5  # a choice: most of them
LATE_SHARE: Final = 0.5  # of the age: a choice; what is cut for its silence was silent for longer
LONGEST_PING_TIMEOUT_S: Final = 60.0  # the default of Socket.IO 1; later ones wait 5 s or 20 s


def _part(facts: Sequence[DisconnectFacts]) -> tuple[list[DisconnectFacts], list[DisconnectFacts], Numbers]:
    """Those drops before which the client had fallen silent, those before which it spoke, and their numbers."""
    silent = [fact for fact in facts if fact.fell_silent is True]
    spoke = [fact for fact in facts if fact.fell_silent is False]
    usual = [fact.usual_s for fact in facts if fact.usual_s is not None]
    numbers: Numbers = {
        "count": len(silent),
        "spoke_count": len(spoke),
        "of_count": len(silent) + len(spoke),
        "usual_s": max(usual, default=None),
    }
    return silent, spoke, numbers


@check("client-fell-silent")
def check_fell_silent(case: Case, claim: Claim) -> CheckResult:
    """The server heard nothing of these clients for longer than they ever pause; or it heard them to the end.

    A server that misses pongs ends a socket after `pingInterval` + `pingTimeout` at the latest. Where sockets stay open
    for longer without a word, something else ends them: a limit on the way, whose lines no log has.
    """
    silent, spoke, numbers = _part(claim.facts or case.facts)
    if len(silent) >= max(LEAST, MOSTLY * (len(silent) + len(spoke))):
        if _count_unnoticed(case, silent) > (1.0 - MOSTLY) * len(silent):
            return cannot_tell(numbers)
        return supports(numbers, places(silent))
    return refutes(numbers, places(spoke)) if len(spoke) >= max(LEAST, MOSTLY * len(silent)) else cannot_tell(numbers)


def _count_unnoticed(case: Case, silent: Sequence[DisconnectFacts]) -> int:
    """How many silences, of ends that state no lost heartbeats, are longer than a server waits for a pong."""
    wait_s = case.find_heartbeat_s(LONGEST_PING_TIMEOUT_S)
    return sum(not fact.is_ping_timeout and (fact.heard_s or 0.0) > wait_s for fact in silent)


def _spoke_late(fact: DisconnectFacts, silent_s: float | None) -> bool:
    """Whether a client's own log has its last word, `silent_s` before the end, well past half the connection's age."""
    age_s = fact.session.session_s
    is_own = fact.session.side is not Side.SERVER and fact.stated is None
    return is_own and silent_s is not None and age_s is not None and silent_s < LATE_SHARE * age_s


@check("client-spoke-to-the-end")
def check_spoke(case: Case, claim: Claim) -> CheckResult:
    """The server heard these clients to the end, and says nothing of disconnecting them; or they had fallen silent.

    Clients' own logs say as much where they state no reason and the clients sent, or were sent something, well into the
    last half of their time: then no limit on silence ended them.
    """
    facts = claim.facts or case.facts
    silent, spoke, numbers = _part(facts)
    if any(fact.kick is not None for fact in facts):
        return cannot_tell(numbers)
    sent = [fact for fact in claim.facts if _spoke_late(fact, fact.sent_s)]
    if len(sent) >= max(LEAST, MOSTLY * len(claim.facts)):
        own: Numbers = {"spoke_count": None, "sent_count": len(sent), "of_count": len(claim.facts)}
        return supports({**numbers, **own}, places(sent))
    heard = [fact for fact in claim.facts if _spoke_late(fact, fact.heard_s)]
    if len(heard) >= max(LEAST, MOSTLY * len(claim.facts)):
        from_server: Numbers = {"spoke_count": None, "heard_count": len(heard), "of_count": len(claim.facts)}
        return supports({**numbers, **from_server}, places(heard))
    if len(spoke) >= max(LEAST, MOSTLY * (len(silent) + len(spoke))):
        return supports(numbers, places(spoke))
    return refutes(numbers, places(silent)) if len(silent) > len(spoke) else cannot_tell(numbers)


def are_unjoined(case: Case) -> bool:
    """Whether the starts that the server logs cannot be held against most ends: nobody knows which sockets they ended.

    No end can be joined to a connect, nor to a return after it, or its clock is not known against the server's.
    """
    nameless_count = sum(
        (fact.session.opened is None and fact.session.reopened is None and fact.session.socket_id is None)
        or not case.server.knows(fact.drop.connection)
        for fact in case.facts
    )
    return bool(case.server.starts) and nameless_count > UNJOINED_SHARE * len(case.facts)


def count_nameless(case: Case) -> int:
    """How many ends can be joined to no connect, if they are most: how many others were open then is unknown."""
    count = sum(
        fact.session.opened is None and fact.session.reopened is None and fact.session.socket_id is None
        for fact in case.facts
    )
    return count if count > UNJOINED_SHARE * len(case.facts) else 0


def is_any_abrupt_end(fact: DisconnectFacts, reasons: Sequence[str]) -> bool:
    """Whether the server alone states `transport error`, which it says of any WebSocket that ends without a close.

    A crash of the client, a cut and a message too large look so, too: only what speaks of the transport itself tells.
    """
    if fact.drop.server_reason != TRANSPORT_ERROR or fact.reason in reasons:
        return False
    words = (fact.server_error, fact.session.error, *(error.words for error in fact.errors))
    return not any(says(OF_THE_TRANSPORT, word) for word in words)
