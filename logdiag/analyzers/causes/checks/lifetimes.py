"""How long sessions lived: as long as a limit asks, or as ping interval plus timeout make."""

from __future__ import annotations

from typing import Final

from logdiag.analyzers.causes.case import DEFAULT_PING_INTERVAL_S, PING_SUM_WIDTH, PING_SUMS_S, Case
from logdiag.analyzers.causes.checks.clocks import STATED_SHARE, YOUNG_SHARE, list_fits
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
from logdiag.analyzers.causes.checks.server_view import check_spoke
from logdiag.analyzers.causes.disconnect_facts import SHORTEST_SILENCE_S
from logdiag.analyzers.causes.limits import LimitKind, find_code, find_suspects
from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.deferred import compile_later
from logdiag.events import Side
from logdiag.results.causes import Outcome
from logdiag.results.patterns import PatternKind

PING_TIMEOUTS_S: Final = {30.0: 5.0, 45.0: 20.0, 85.0: 60.0}
EXACT_STRENGTH: Final = (
    1.5  # a choice: a ping sum to the millisecond, told by the server, takes two signs more to doubt
)
INTERVAL_STRENGTH: Final = 1.2  # three nats: a limit at the very interval takes more than its clock to believe
SHORT_STRENGTH: Final = 2.0  # five nats: then not even a clock to the millisecond names a limit
HEARD_SHARE: Final = 0.8  # of the ping timeout: a choice; who heard a ping so lately did not wait it out
LEAST_HEARD: Final = 3  # one or two lines may have been late
MANY_ALIKE: Final = 20  # a choice: with so many all alike, one in twenty at most has another cause
NEARLY_ALL: Final = 0.95  # a choice: a limit for all; one in twenty may lose its connection otherwise
ENGINE_ID: Final = compile_later(r"[\w-]{20}")  # Engine.IO's ids: 15 random bytes in base64
EXACT_S: Final = 0.001  # the step of stamps in milliseconds
OWN_TIMER_S: Final = 0.006  # a timer of a busy Node.js process is late by 1 ms, by 6 at the most (measured)
LATE_S: Final = 0.3  # a choice: a client counts from the handshake, and its close takes a trip, on a slow link
LONGEST_PING_SUM_S: Final = 600.0  # a choice: nobody waits for a heartbeat for ten minutes
PING_SUM_LEAD_S: Final = 0.25  # the pings count from the handshake, that much before the connect at the most
OUTLIVED: Final = 1.5  # times the limit; two sessions that a lost line joins last twice as long
LEAST_OUTLIVED: Final = 3  # one or two may have come by another way
MOST_OUTLIVED: Final = 0.8  # a choice: of the clients that decide; fewer than a fifth have no way of their own
MANY_CUT: Final = 3  # that one or two clients outlive nothing says little of others
ENOUGH: Final = 6  # a choice: of six, all six by a coin are 1 in 64


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
            fit.period_s
            for fit in list_fits(case, (PatternKind.TIMER, PatternKind.WALL_CLOCK))
            if fit.period_s is not None
        ]
        return periods[0] if periods else None
    fits = [
        fit
        for fit in case.patterns.fits
        if fit.period_s is not None and fit.kind in {*claim.patterns, PatternKind.TIMER}
    ]
    return fits[0].period_s if fits else None


@check("nobody-outlives-limit")
def check_nobody_outlives(case: Case, claim: Claim) -> CheckResult:
    """A limit on the age ends every connection that gets there; where others get far beyond, it is none, or not theirs.

    Counted by clients, so that one that comes back again and again weighs no more than one that stays; of the servers
    that held the claimed ones, where that is known. A good part of the clients may come by a proxy that has a limit
    while the others do not. Who met the limit once does not count as one that outlives it: a line that is lost joins
    two sessions.
    """
    limits_s = [fact.fit.period_s for fact in claim.facts if fact.fit is not None and fact.fit.period_s is not None]
    if not limits_s:
        return cannot_tell()
    limit_s = max(limits_s)
    cut = {fact.drop.connection for fact in claim.facts}
    sources = {life.source for life in case.lives if life.connection in cut}
    others = [life for life in case.lives if life.connection not in cut and life.source in sources]
    outlived = [life for life in others if life.age_s > OUTLIVED * limit_s]
    clients = {life.connection for life in outlived}
    numbers: Numbers = {
        "count": len(cut),
        "of_count": len(cut | {life.connection for life in others}),
        "outlived_count": len(clients),
        "limit_s": limit_s,
        "longest_s": max((life.age_s for life in outlived), default=None),
    }
    if len(clients) >= LEAST_OUTLIVED and len(clients) > MOST_OUTLIVED * len(cut | clients):
        return refutes(numbers, places(claim.facts))
    if clients or len(cut) < MANY_CUT:
        return cannot_tell(numbers)
    return supports(numbers, places(claim.facts))


@check("age-is-no-ping-sum")
def check_ping_sum(case: Case, claim: Claim) -> CheckResult:
    """Ping interval plus timeout makes a lifetime too, but not where messages came through within the timeout.

    So does the interval alone, whatever came through: then the first ping ends the connection. Where nobody states it,
    that holds for Socket.IO's own. A life shorter than that, of which the server alone tells, may be a client's doing.

    A stream is in order: where a later message came through, so did the pings before it. What the server heard tells
    nothing of its own pings, though, which a client of another version never gets. Any packet may restart the count, so
    a lifetime may exceed the sum a little, but it cannot fall short of it by more than the handshake. Nor is a
    heartbeat lost where both sides state why the connection ended, and neither that it waited for one. Where nobody
    states the settings, a lifetime beside the defaults may be the sum of others, unless it is too long for any, or
    scatters more than the server's own timers and is not what a client waits for: whole seconds, and a little.
    """
    fits = [fit for fit in list_fits(case, claim.patterns) if fit.period_s is not None]
    if not fits:
        return cannot_tell()
    lifetime = fits[0].period_s or 0.0
    before = _meet_first_ping(case, claim, lifetime)
    if before is not None:
        return before
    stated_sum = _state_ping_sum_s(case)
    sums = PING_SUMS_S if stated_sum is None else (stated_sum,)
    near = min(sums, key=lambda total: abs(total - lifetime))
    is_near = _is_age(case, lifetime, near)
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
        return refutes(numbers, (), EXACT_STRENGTH if _is_of_own_timers(fits[0], claim) else 1.0)
    if _counts_from_elsewhere(fits[0], claim) and lifetime % 1.0 > LATE_S:
        return supports({**numbers, "jitter_s": fits[0].jitter_s})
    return cannot_tell(numbers)


@check("limit-of-no-heartbeat")
def check_no_heartbeat(case: Case, claim: Claim) -> CheckResult:
    """The lifetime is none of heartbeats, or a default of what is known to limit connections.

    Whoever waits for pings in vain ends connections after an exact time, too, and often without a word. Of clients that
    spoke to the end no limit on silence is one of those.
    """
    result = check_ping_sum(case, claim)
    if result.outcome is not Outcome.UNKNOWN:
        return result
    lifetimes = [fit.period_s for fit in list_fits(case, claim.patterns) if fit.period_s is not None]
    spoke = check_spoke(case, claim).outcome is Outcome.SUPPORTS
    kinds = frozenset({LimitKind.AGE} if spoke else LimitKind)
    code = find_code(fact.session.code for fact in claim.facts)
    known = find_suspects(lifetimes[0], kinds) if lifetimes else ()
    named = find_suspects(lifetimes[0], kinds, code) if lifetimes else ()  # another code: a limit, and not that product
    numbers: Numbers = {"lifetime_s": lifetimes[0] if lifetimes else None, "product": named[0].name if named else None}
    if not known and _is_of_plain_websockets(case) and _are_nearly_all(case, claim):
        return supports({**numbers, "plain_count": len(claim.facts), "of_count": len(case.facts)})
    return supports(numbers) if known else cannot_tell(numbers)


def _is_of_plain_websockets(case: Case) -> bool:
    """Whether nothing speaks of Engine.IO, whose two sides may differ on heartbeats that both take for granted.

    Any other WebSocket answers pings by itself (RFC 6455, 5.5.3): who ends all of its connections has a limit on them.
    """
    is_spoken = case.is_socketio or case.ping_interval_s is not None or case.engine_lines_count > 0
    ids = (fact.session.socket_id for fact in case.facts)
    return not is_spoken and not any(one is not None and ENGINE_ID.fullmatch(one) for one in ids)


def _are_nearly_all(case: Case, claim: Claim) -> bool:
    """Whether a limit ended nearly all connections of a case, and enough for its exactness to be none of a few."""
    return len(claim.facts) >= MANY_ALIKE and len(claim.facts) >= NEARLY_ALL * len(case.facts)


def _is_age(case: Case, lifetime_s: float, heartbeat_s: float) -> bool:
    """Whether a lifetime is that of a heartbeat: a little longer, and shorter by the handshake at the most."""
    lead_s = max(PING_SUM_LEAD_S, case.resolution_s)
    return heartbeat_s - lead_s <= lifetime_s <= (1 + PING_SUM_WIDTH) * heartbeat_s


def _counts_from_elsewhere(fit: ClockFit, claim: Claim) -> bool:
    """Whether a lifetime between two lines of the server scatters more than timers of its own, such as its pings', do.

    It then counts from a moment that the server does not see: in between, or at a client. Of clients' logs it says
    nothing: their network scatters.
    """
    return _is_of_server(claim) and (fit.jitter_s or 0.0) > OWN_TIMER_S


def _is_of_own_timers(fit: ClockFit, claim: Claim) -> bool:
    """Whether a lifetime between two lines of the server is as exact as its stamps: nothing crossed a network."""
    return _is_of_server(claim) and fit.jitter_s is not None and fit.jitter_s <= EXACT_S


def _meet_first_ping(case: Case, claim: Claim, lifetime_s: float) -> CheckResult | None:
    """What speaks against a limit where the first ping ends a connection, heard or not, or none was due yet.

    Of Engine.IO connections of which the server alone tells, over which it heard nothing, who lives for less may be a
    client that gave up, as one of another version does.
    """
    numbers: Numbers = {"lifetime_s": lifetime_s, "ping_sum_s": None}
    interval_s = case.ping_interval_s or (DEFAULT_PING_INTERVAL_S if case.is_socketio else None)
    if interval_s is not None and _is_age(case, lifetime_s, interval_s):
        name = "default_interval_s" if case.ping_interval_s is None else "interval_s"
        return refutes({**numbers, name: interval_s}, (), INTERVAL_STRENGTH)
    is_short = case.ping_interval_s is None and lifetime_s < DEFAULT_PING_INTERVAL_S
    is_unheard = _is_of_server(claim) and all(fact.heard_s is None for fact in claim.facts)
    if is_short and is_unheard and not _is_of_plain_websockets(case):
        return refutes(numbers, places(claim.facts), SHORT_STRENGTH)
    return None


def _is_of_server(claim: Claim) -> bool:
    return bool(claim.facts) and all(fact.session.side is Side.SERVER for fact in claim.facts)


def _state_ping_sum_s(case: Case) -> float | None:
    """Ping interval plus timeout in seconds, where both are stated."""
    known = case.ping_interval_s is not None and case.ping_timeout_s is not None
    return (case.ping_interval_s or 0.0) + (case.ping_timeout_s or 0.0) if known else None
