"""Whom the server throws out, and for whom: second logins and kicks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from operator import itemgetter
from typing import Final

from logdiag.analyzers.causes.case import MOST_KICK_CHANCE, Case
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
from logdiag.analyzers.causes.facts.rivals import JOIN_REACH, find_login_said
from logdiag.analyzers.causes.own_words import LONGEST_QUOTE
from logdiag.events import Side
from logdiag.results.evidence import Evidence

NAMES_SHOWN: Final = 3  # a choice: of connections that joined, which may be sockets of one client by the hundred
LEAST_REPLACED: Final = 2  # one login in the place of another is a person who moved


@check("same-worker-joined")
def check_same_worker(case: Case, claim: Claim) -> CheckResult:
    """Another connection joined under the same worker id then, or two clients throw each other out by turns."""
    rivals = [fact for fact in claim.facts if fact.rival is not None]
    by_turns_count = sum(fact.shared_id is None and fact.session.side is Side.CLIENT for fact in rivals)
    speakers = sorted({name for fact in rivals for name in fact.speakers})
    joins = _find_joins(case, rivals)
    names = speakers or sorted({fact.rival for fact in rivals if fact.rival is not None})
    numbers: Numbers = {
        "count": len(rivals),
        "of_count": len(case.facts),
        "rival": rivals[0].rival if rivals else None,
        "rivals": ", ".join([*names[:NAMES_SHOWN], *(["…"] if len(names) > NAMES_SHOWN else [])]) or None,
        "joins_count": len(joins) or None,
    }
    if len(rivals) >= 2:
        turns: Numbers = {"by_turns_count": by_turns_count} if by_turns_count == len(rivals) else {}
        if speakers:
            turns["speakers"] = ", ".join(speakers)
        return supports({**numbers, **turns}, [*_list_first(joins, rivals), *places(rivals)])
    if any(fact.is_replaced for fact in claim.facts):  # by one whose log is not here
        return cannot_tell({**numbers, "count": len(rivals) or None, **_count_next(claim)})
    if rivals or case.connections_count == 1:
        return cannot_tell(numbers)
    beside: Numbers = {"beside_count": beside_count} if (beside_count := _count_beside(case)) else {}
    return refutes({**numbers, **beside}) if case.ids_seen else cannot_tell({**numbers, "count": None})


def _count_next(claim: Claim) -> Numbers:
    """How many of these ends another connect of the same name followed at once, whoever it was, and how soon."""
    outages_s = [fact.drop.outage_s for fact in claim.facts if fact.drop.outage_s is not None]
    near_s = [outage_s for outage_s in outages_s if outage_s <= JOIN_REACH.total_seconds()]
    return {"next_count": len(near_s), "within_ms": 1e3 * max(near_s)} if near_s else {}


def _count_beside(case: Case) -> int:
    """How many sockets of a client came while an older one, whose end the server logged later, was open: two tabs."""
    spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for fact in case.facts:
        session = fact.session
        if session.side is Side.SERVER and session.opened is not None and session.closed is not None:
            end = session.closed if session.server_has_end else session.opened
            spans[fact.drop.connection].append((session.opened, end))
    count = 0
    for own in spans.values():
        ends = list(accumulate((end for _, end in sorted(own)), max))
        count += sum(opened < end for end, (opened, _) in zip(ends, sorted(own)[1:], strict=False))
    return count


def _find_joins(case: Case, rivals: Sequence[DisconnectFacts]) -> dict[int, Evidence]:
    """The server's line by which another socket came under the same id as each of these ended, by the disconnect."""
    came: dict[str | None, list[tuple[datetime, str, Evidence]]] = defaultdict(list)
    for socket in case.server.sockets.values() if rivals else ():
        if socket.joined is not None and socket.join_evidence is not None:
            came[socket.worker_id].append((socket.joined, socket.socket_id, socket.join_evidence))
    for own in came.values():
        own.sort(key=itemgetter(0))
    found = {}
    for fact in rivals:
        offset_s, error_s = case.server.offset_s(fact.drop.connection)
        moment = fact.drop.time - timedelta(seconds=offset_s)
        reach = JOIN_REACH + timedelta(seconds=min(error_s, 1.0))
        own = came.get(fact.shared_id, [])
        first = bisect_left(own, moment - reach, key=itemgetter(0))
        near = own[first : bisect_right(own, moment + reach, lo=first, key=itemgetter(0))]
        others = [(abs(joined - moment), place) for joined, socket, place in near if socket != fact.drop.socket_id]
        if others:
            found[fact.drop.index] = min(others, key=itemgetter(0))[1]
    return found


def _list_first(joins: Mapping[int, Evidence], rivals: Sequence[DisconnectFacts]) -> list[Evidence]:
    """Of each connection the line of the first of these disconnects, where there is one."""
    first = {fact.drop.connection: fact.drop.index for fact in reversed(rivals)}
    return [joins[index] for _, index in sorted(first.items()) if index in joins]


@check("stated-replaced")
def check_stated_replaced(case: Case, claim: Claim) -> CheckResult:
    """One side states that another login took the place of the connection; or all ends are cuts and lost pings."""
    pool = claim.facts or case.facts
    named = [fact for fact in pool if fact.is_replaced]
    said = Counter(fact.replaced or fact.drop.reason or fact.drop.server_reason for fact in named)
    numbers: Numbers = {
        "count": len(named),
        "of_count": len(case.facts),
        "reason": (said.most_common(1)[0][0] or "")[:LONGEST_QUOTE] if named else None,
    }
    numbers["login_said"] = find_login_said(named)
    if pool and not named and all(fact.is_cut or fact.is_ping_timeout for fact in pool):
        return refutes({**numbers, "count": len(pool)}, places(pool))
    if len(named) < LEAST_REPLACED or not claim.facts:
        return cannot_tell(numbers, places(named))
    lines = [
        (fact.kick if fact.replaced else None) or fact.drop.evidence or fact.drop.server_evidence for fact in named
    ]
    return supports(numbers, [line for line in lines if line is not None])


@check("kick-line-seen")
def check_kick_line(case: Case, claim: Claim) -> CheckResult:
    """The server logged just before that it disconnects a socket; or it logs such things, but not for these drops."""
    pool = claim.facts or case.facts
    kicks = [fact.kick for fact in pool if fact.kick is not None]
    numbers: Numbers = {"count": len(kicks), "of_count": len(pool), "kicks_count": case.kicks_count}
    if kicks and claim.facts:
        return supports(numbers, kicks)
    return refutes(numbers, places(pool)) if pool and not kicks and case.kicks_count else cannot_tell(numbers)


@check("kicks-precede-drops")
def check_kicks_precede(case: Case, claim: Claim) -> CheckResult:
    """Ends for which no side states a reason: each right after a line of its own by which the server disconnects."""
    pool = claim.facts or case.facts
    kicked = [fact for fact in pool if fact.is_kicked_unstated]
    leads_s = [fact.kick_lead_s for fact in kicked if fact.kick_lead_s is not None]
    numbers: Numbers = {
        "count": len(kicked),
        "of_count": len(case.facts),
        "within_ms": max(leads_s) * 1e3 if leads_s else None,
        "chance_probability": case.kick_chance,
    }
    if claim.facts and kicked and case.kick_chance <= MOST_KICK_CHANCE:
        return supports(numbers, [fact.kick for fact in kicked if fact.kick is not None])
    unstated = [fact for fact in pool if fact.reason is None and fact.drop.server_reason is None]
    if unstated and not kicked and case.kicks_count:
        return refutes({**numbers, "kicks_count": case.kicks_count}, places(unstated))
    return cannot_tell(numbers)
