"""Ends of a time of which the server alone tells, before a client's own log begins, with its traffic.

Nothing measures for how long these connections were idle. Where an idle limit ends most of those that the client's
lines cover, the earlier ones of that client that lasted as long, and state the same, are most simply of that limit.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.events import Side
from logdiag.results.patterns import PatternKind

MOSTLY: Final = 0.8  # a choice: four ends of five that the client's lines cover (`learned_traffic.NEARLY_ALL`)
WIDTH_S: Final = 0.1  # limits scatter by 50 to 100 ms


def find_unheard_idlers(case: Case) -> set[int]:
    """The indices of such ends, of clients whose own lines show the limit."""
    found: set[int] = set()
    for fit in case.patterns.fits:
        if fit.kind is not PatternKind.IDLE or fit.period_s is None:
            continue
        for name in fit.connections:
            of_client = [fact for fact in case.facts if fact.drop.connection == name]
            heard = [fact for fact in of_client if fact.session.side is Side.CLIENT]
            members = [fact for fact in heard if fact.fit is fit]
            if not members or len(members) < MOSTLY * len(heard):
                continue
            reason, _ = Counter(_state(fact) for fact in members).most_common(1)[0]
            found |= {
                fact.drop.index
                for fact in of_client
                if _is_unheard(fact) and _state(fact) == reason and _lasted(fact, fit.period_s - WIDTH_S)
            }
    return found


def _is_unheard(fact: DisconnectFacts) -> bool:
    return fact.session.side is Side.SERVER and fact.fit is None and fact.session.server_has_end


def _state(fact: DisconnectFacts) -> str | None:
    return fact.drop.server_reason or fact.drop.reason


def _lasted(fact: DisconnectFacts, least_s: float) -> bool:
    return fact.session.session_s is not None and fact.session.session_s >= least_s
