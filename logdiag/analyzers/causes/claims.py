"""Which cause claims which disconnect: the more specific explanation first, in the order of the catalogue."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from logdiag.analyzers.causes.case import MOST_KICK_CHANCE, Case
from logdiag.analyzers.causes.catalogue import CauseRow
from logdiag.analyzers.causes.checks.clocks import is_union
from logdiag.analyzers.causes.checks.lifetimes import LEAST_OUTLIVED, OUTLIVED, check_ping_sum
from logdiag.analyzers.causes.checks.pushes import check_push_moves_beat
from logdiag.analyzers.causes.checks.result import Claim
from logdiag.analyzers.causes.checks.server_gone import is_cut_off, is_hung_up, is_refused, is_server_gone
from logdiag.analyzers.causes.checks.server_view import check_spoke
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.ping_echoes import is_ping_echo
from logdiag.analyzers.causes.push_lines import push_triggers
from logdiag.analyzers.causes.reasons import CUT, ENDED_BY_CLIENT, ENDED_BY_SERVER
from logdiag.analyzers.causes.unheard import find_unheard_idlers
from logdiag.analyzers.clocks.lifetimes import MAX_SURVIVORS_RATIO
from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.analyzers.connections.fleet import TOGETHER_S
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.analyzers.statistics.gaps import keep_equal_gaps
from logdiag.events import Side
from logdiag.results.causes import Outcome
from logdiag.results.patterns import LIFETIME_KINDS, PatternKind, TriggerRole

ClaimTest: TypeAlias = Callable[[Case, CauseRow, DisconnectFacts], bool]
OF_A_CLOCK: Final = frozenset({"pattern", "union"})
COMMON_SHARE: Final = 0.5  # at least as many fit as do not
OF_THE_SERVER: Final = frozenset({"server-gone", "silence"})  # what ends the sockets of all clients at once
INFERRED: Final = frozenset({"silence", "heartbeat", "push", "union", "pattern", "common", "rest"})
LEAST_EVENTS: Final = 3  # two may fall together by chance, as two points lie on a line
COMMON_CHANCE: Final = 1e-4  # a choice: as for sizes and kicks, a false alarm in 10,000 logs
FULL_MINUTE_S: Final = 1.0  # a choice: what is started at a full minute starts within a second of it
FULL_CHANCE: Final = 1e-3  # a choice: one log in a thousand
ANSWERED_S: Final = 2.0  # as `sessions.HANDSHAKE`: a round trip on a slow link
IDLE_WIDTH_S: Final = 0.1  # limits scatter by 50 to 100 ms
FORCED: Final = "forced close"  # by the code of the side that says it
BY_THE_SERVER: Final = frozenset({*ENDED_BY_SERVER, "server namespace disconnect", "forced server close"})


def attribute(case: Case, rows: Sequence[CauseRow]) -> dict[str, tuple[DisconnectFacts, ...]]:
    """The disconnects that each cause claims; a disconnect is claimed once, or not at all. Orderly stops are not."""
    claims: dict[str, list[DisconnectFacts]] = {row.id: [] for row in rows}
    chosen = {name: choose(case) for name, choose in CHOOSERS.items()}
    for fact in case.facts:
        if fact.session.orderly:
            continue
        stated = case.find_stated_limit(fact)
        for row in rows:
            if _is_claimed(case, row, fact, stated, chosen):
                claims[row.id].append(fact)
                break
    _join_fleet_events(case, rows, claims)
    return {name: tuple(facts) for name, facts in claims.items()}


def _is_claimed(
    case: Case, row: CauseRow, fact: DisconnectFacts, stated: PatternKind | None, chosen: Mapping[str, set[int]]
) -> bool:
    """Whether a cause claims a disconnect; a limit `stated` of the very connection outweighs what is inferred."""
    if stated is not None and row.claims in INFERRED:
        return row.claims == "pattern" and stated in row.patterns
    if row.claims in OF_A_CLOCK and fact.proxy_reload is not None and case.is_reload_logged:
        return False  # that a proxy reloads comes before the clock by which it does so
    if row.claims in INFERRED and fact.reload_said is not None:
        return row.claims == "common"  # and what it says of this very end before all that is inferred
    if row.claims == "pattern":
        is_unheard = PatternKind.IDLE in row.patterns and fact.drop.index in chosen[row.claims]
        return is_unheard or _is_of_pattern(case, row, fact)
    if row.claims == "heartbeat" and _is_by_the_clock(fact):
        return False  # heartbeats know no clock times: a job makes them late
    test = CLAIM_TESTS.get(row.claims)
    return fact.drop.index in chosen[row.claims] if test is None else test(case, row, fact)


def _is_by_the_clock(fact: DisconnectFacts) -> bool:
    """Whether an end keeps to fixed clock times, beyond chance."""
    fit = fact.fit
    is_sure = fit is not None and (fit.false_alarm_probability or 1.0) <= FULL_CHANCE
    return is_sure and fit is not None and fit.kind is PatternKind.WALL_CLOCK


def _join_fleet_events(case: Case, rows: Sequence[CauseRow], claims: dict[str, list[DisconnectFacts]]) -> None:
    """Give what hits several connections at once one cause: that of the server which claims half of it or more.

    What the others of the event show is less: not each client is refused, nor notes a silence. Only drops that a cause
    takes for want of a better one, or that none claims, join.
    """
    vague = [row.id for row in rows if row.by_exclusion or row.claims == "heartbeat"]
    events: dict[int, list[DisconnectFacts]] = defaultdict(list)
    for fact in case.facts:
        if fact.drop.fleet_event is not None and fact.fleet_wide and not fact.session.orderly:
            events[fact.drop.fleet_event].append(fact)
    owners = {fact.drop.index: name for name, facts in claims.items() for fact in facts}
    for members in events.values():
        for row in rows:
            own_count = sum(owners.get(fact.drop.index) == row.id for fact in members)
            if row.claims in OF_THE_SERVER and own_count >= COMMON_SHARE * len(members):
                _move([fact for fact in members if owners.get(fact.drop.index, vague[0]) in vague], row.id, claims)
                break


def _move(facts: Sequence[DisconnectFacts], name: str, claims: dict[str, list[DisconnectFacts]]) -> None:
    """Hand disconnects over to a cause, in their order."""
    moved = {fact.drop.index for fact in facts}
    for other, own in claims.items():
        claims[other] = [fact for fact in own if fact.drop.index not in moved]
    claims[name] = sorted((*claims[name], *facts), key=lambda fact: fact.drop.index)


def _pushed_drops(case: Case) -> set[int]:
    """Disconnects that pushes explain: those that a push trigger precedes and whose push did not arrive.

    So do those that say that a message was too large, and those whose two reasons are what one leaves, right after a
    push. Where
    no push lines but one exist and that one pulled a beat forward, the timer of that beat is the pushes' own. Where
    sizes part the messages that were survived from those that were not, the latter ended their connections.
    """
    killed = {fact.drop.index for fact in case.facts if _is_signed(fact)}
    if case.bracket is not None:
        killed |= case.bracket.disconnect_indices
    if push_triggers(case, TriggerRole.TRIGGER):
        killed |= {fact.drop.index for fact in case.facts if fact.push is not None and not fact.push_arrived}
    moved = check_push_moves_beat(case, Claim("payload-too-large", (), (), ()))
    if moved.outcome == Outcome.SUPPORTS and not killed:
        killed |= {fact.drop.index for fact in case.facts if fact.push is not None and not fact.push_arrived}
        if case.visible_pushes_count < len(case.facts) / 2:
            killed |= {
                fact.drop.index for fact in case.facts if fact.fit is not None and fact.fit.kind == PatternKind.TIMER
            }
    return killed


def _find_common_cuts(case: Case) -> set[int]:
    """Ends that state the reload of a proxy, and the cuts that show one."""
    stated = {fact.drop.index for fact in case.facts if fact.reload_said is not None}
    return stated | _infer_common_cuts(case)


def _infer_common_cuts(case: Case) -> set[int]:
    """Cuts that obey no clock and hit several connections at once, if chance does not throw so many together.

    A regular loop of all connections is a timer's work, whatever hides its beat, and so are moments too few to name
    one that keep equal distances or full minutes: nobody reloads so regularly. Of clients whose messages stand mixed in
    one file nothing shows whether they ran on: a host that stood still cuts all of its connections as well. Where a
    proxy tells of its reloads, and cuts come right after them, they are those.
    """
    if case.is_reload_logged:
        return {fact.drop.index for fact in case.facts if fact.proxy_reload is not None}
    cut = [fact for fact in case.facts if fact.reason in CUT and fact.drop.logged and not fact.is_timed]
    if sum(fact.drop.connection in case.mixed_counts for fact in cut) > COMMON_SHARE * len(cut):
        return set()
    common = [fact for fact in cut if fact.fleet_wide]
    events_count = len({fact.drop.fleet_event for fact in common})
    if events_count < LEAST_EVENTS or len(common) < COMMON_SHARE * len(cut):
        return set()
    if _keep_time(case, common):
        return set()
    moments_count = events_count + len(cut) - len(common)
    span_s = max(1.0, (case.facts[-1].drop.time - case.facts[0].drop.time).total_seconds())
    chance = min(1.0, 2 * TOGETHER_S * moments_count / span_s)
    if binomial_greater(events_count, moments_count, chance) > COMMON_CHANCE:
        return set()
    return {fact.drop.index for fact in common}


def _keep_time(case: Case, common: Sequence[DisconnectFacts]) -> bool:
    """Whether common cuts come at whole multiples of their shortest distance, or at full minutes of the server."""
    moments: dict[str, float] = {}
    for fact in common:
        offset_s, _ = case.server.offset_s(fact.drop.connection)
        moments.setdefault(str(fact.drop.fleet_event), fact.drop.time.timestamp() - offset_s)
    times = sorted(moments.values())
    full = sum(min(time % 60, -time % 60) <= FULL_MINUTE_S for time in times)
    return keep_equal_gaps(times) or binomial_greater(full, len(times), FULL_MINUTE_S / 30) <= FULL_CHANCE


def _find_server_ends(case: Case) -> set[int]:
    """Ends of the server itself: it says so, forgets all sockets, refuses those who return, or hangs up on all at once.

    Hanging up on clients that drop alone is what the road does: where it does that to most, nothing tells the server's
    end from two that happened to drop together.
    """
    gone = {
        fact.drop.index
        for fact in case.facts
        if is_refused(fact) or (is_server_gone(fact) and not fact.is_replaced) or fact.session.forgotten
    }
    hung_up = [fact for fact in case.facts if is_hung_up(fact) and fact.drop.index not in gone]
    cut_off = {fact.drop.index for fact in hung_up if is_cut_off(fact)}
    return gone | cut_off if len(cut_off) >= COMMON_SHARE * len(hung_up) else gone


def _find_mismatched(case: Case) -> set[int]:
    """Ends of clients that were told of another version, and of the sessions that the server opened for those.

    Such an attempt is a session to the server, which waits for a heartbeat of it in vain: each begins as a client is
    told, and beyond chance.
    """
    own = {fact.drop.index for fact in case.facts if any(error.is_mismatch for error in fact.errors)}
    told_s = sorted(error.time.timestamp() for error in case.errors if error.is_mismatch)
    opened = [
        (fact.session.opened.timestamp(), fact.drop.index)
        for fact in case.facts
        if fact.session.side is Side.SERVER and fact.session.opened is not None
    ]
    if not told_s or not opened:
        return own
    of_attempts = {index for opened_s, index in opened if _is_near(told_s, opened_s)}
    all_s = [*told_s, *(opened_s for opened_s, _ in opened)]
    chance = min(1.0, 2 * ANSWERED_S * len(told_s) / max(1.0, max(all_s) - min(all_s)))
    is_luck = binomial_greater(len(of_attempts), len(opened), chance) > COMMON_CHANCE
    return own if is_luck or len(of_attempts) < COMMON_SHARE * len(opened) else own | of_attempts


def _is_near(told_s: Sequence[float], opened_s: float) -> bool:
    """Whether a client was told at most a round trip from then, by clocks that agree."""
    return bisect_right(told_s, opened_s + ANSWERED_S) > bisect_left(told_s, opened_s - ANSWERED_S)


def _is_signed(fact: DisconnectFacts) -> bool:
    """Whether an end says that a message was too large.

    So do the server's `transport error` and the client's `transport close` after a push that did not arrive.
    """
    if fact.push is None or fact.push_arrived:
        return fact.too_large is not None and not fact.push_arrived
    return fact.too_large is not None or (fact.reason, fact.drop.server_reason) == (
        "transport close",
        "transport error",
    )


def _may_be_replaced(fact: DisconnectFacts) -> bool:
    """Whether the server may have ended a socket whose place another one took.

    A client that lost its connection is often back before the server notices: where the server alone tells, what the
    new socket shows is a return, unless the server says that it ended the old one, or hears two clients by turns.
    """
    if fact.session.side is Side.SERVER:
        return bool(fact.speakers) or fact.kick is not None or fact.drop.server_reason in BY_THE_SERVER
    return fact.reason in {*ENDED_BY_SERVER, None}


def _is_restart(fact: DisconnectFacts) -> bool:
    own_doing = not fact.drop.has_end_line or fact.reason in {None, *ENDED_BY_CLIENT}
    if fact.client_exit is not None and not is_server_gone(fact):
        return True  # else it may have died of the server's end
    return fact.session.crashed or (fact.session.restarted and own_doing)


def _is_stated(row: CauseRow, fact: DisconnectFacts) -> bool:
    """Whether a side states one of the reasons that speak for a cause."""
    server_reason = fact.drop.server_reason
    if fact.server_stop is not None and "io server disconnect" in row.reasons:
        return False  # a server that stops lets its sockets go: that is its restart
    if fact.reason is None:
        return server_reason in row.server_reasons or (server_reason in row.reasons and server_reason != FORCED)
    return fact.reason in row.reasons or (fact.reason in CUT and server_reason in row.server_reasons)


def _is_kick(case: Case, fact: DisconnectFacts) -> bool:
    return fact.is_kicked_unstated and case.kick_chance <= MOST_KICK_CHANCE


def _is_lost_heartbeat(case: Case, fact: DisconnectFacts) -> bool:
    unstated = fact.reason is None and fact.drop.server_reason is None
    return unstated and case.clients_fell_silent and fact.fell_silent is True


def _is_of_pattern(case: Case, row: CauseRow, fact: DisconnectFacts) -> bool:
    if fact.fit is None:
        return False
    kind = PatternKind.IDLE if is_ping_echo(case, fact.fit) else fact.fit.kind
    return kind in row.patterns and not _may_be_of_a_limit(case, fact)


def _may_be_of_a_limit(case: Case, fact: DisconnectFacts) -> bool:
    """Whether a limit ends more connections than the clock of this one, whose age no line tells: it may end this, too.

    Connections that live equally long end at equal distances, but for their outages. A line that is lost hides the age,
    or joins two sessions to one that outlives the limit.
    """
    fit, age_s = fact.fit, fact.session.session_s if fact.drop.has_end_line else None
    if fit is None or fit.kind in LIFETIME_KINDS:
        return False
    limits = [one for one in case.patterns.fits if one.kind in LIFETIME_KINDS and len(one.members) > len(fit.members)]
    return any(age_s is None or age_s > OUTLIVED * (limit.period_s or 0.0) for limit in limits)


def _is_idle_time(case: Case, fact: DisconnectFacts) -> bool:
    """Whether a client was silent for just the time after which a limit ends idle connections, as it does others.

    A client that sends nothing writes little; where lines get lost, nothing of it may be left.
    """
    if fact.silence is None or fact.server_silence is not None:
        return False
    limits_s = [fit.period_s for fit in case.patterns.fits if fit.kind is PatternKind.IDLE and fit.period_s is not None]
    return any(abs(fact.silence.silence_s - limit_s) <= IDLE_WIDTH_S for limit_s in limits_s)


def _may_have_idled(case: Case, fact: DisconnectFacts) -> bool:
    """Whether an idle limit that ends most connections may have ended this one, too: it had lasted for as long.

    Messages that no line tells of, such as pings, start the count anew: such an end comes on no clock that can be seen.
    """
    age_s = fact.session.session_s
    fits = [fit for fit in case.patterns.fits if fit.kind is PatternKind.IDLE and fit.period_s is not None]
    return age_s is not None and any(
        age_s >= (fit.period_s or 0.0) - IDLE_WIDTH_S and len(fit.members) > COMMON_SHARE * len(case.facts)
        for fit in fits
    )


def _find_unsigned_limits(case: Case) -> set[int]:
    """Ends at an exact lifetime that may be an age as well as an idle time, or of which most do not say how they came.

    Then it is open whose limit it is: that of something in between, or of one of the two ends. Of an age that messages
    fill up to the end, and that no ping makes, as much is known as a limit on the age asks for.
    """
    found: set[int] = set()
    for fit in case.patterns.fits:
        facts = tuple(fact for fact in case.facts if fact.fit is fit)
        if fit.kind not in LIFETIME_KINDS or is_ping_echo(case, fit):
            continue
        is_age = fit.kind is PatternKind.CONNECTION_AGE
        is_open = is_union(fit) or (is_age and (_are_heard_alone(case, facts) or _is_age_outlived(case, fit, facts)))
        if is_open or (_are_unsigned(facts) and not _is_known_age(case, fit.kind, facts)):
            found |= {fact.drop.index for fact in facts if fact.drop.has_end_line}  # without, its age is a guess
    return found


def _are_heard_alone(case: Case, facts: Sequence[DisconnectFacts]) -> bool:
    """Whether all that is known to have gone over these connections came from the server, and nothing answers it.

    A server that waits for a word of its client (Cowboy's `idle_timeout`) ends these at one age, whatever it sends.
    What speaks Engine.IO answers its pings.
    """
    if case.is_socketio or case.ping_interval_s is not None:
        return False
    if any(fact.sent_s is not None or fact.session.side is Side.SERVER for fact in facts):
        return False  # what a server hears is the client's word
    return sum(fact.heard_s is not None for fact in facts) > COMMON_SHARE * len(facts)


def _is_age_outlived(case: Case, fit: ClockFit, facts: Sequence[DisconnectFacts]) -> bool:
    """Whether connections, whoever ended them, outlive an age of those over which nobody knows what went.

    Who spoke meanwhile outlives a limit on silence, so it may be one. What speaks Engine.IO is never silent.
    """
    is_heard = any(fact.sent_s is not None or fact.heard_s is not None for fact in facts)
    if is_heard or case.is_socketio or case.ping_interval_s is not None:
        return False
    count = sum(life.age_s > OUTLIVED * (fit.period_s or 0.0) for life in case.lives)
    return count >= LEAST_OUTLIVED and count > MAX_SURVIVORS_RATIO * (count + len(facts))


def _are_unsigned(facts: Sequence[DisconnectFacts]) -> bool:
    """Whether most ends state neither that they were cut nor who ended them."""
    logged = [fact for fact in facts if fact.drop.has_end_line]
    return sum(fact.states_cut is None for fact in logged) > COMMON_SHARE * len(logged)


def _is_known_age(case: Case, kind: PatternKind, facts: tuple[DisconnectFacts, ...]) -> bool:
    claim = Claim("connection-age-limit", (), (PatternKind.CONNECTION_AGE,), facts)
    results = (check_spoke(case, claim), check_ping_sum(case, claim))
    return kind is PatternKind.CONNECTION_AGE and all(one.outcome is Outcome.SUPPORTS for one in results)


CHOOSERS: Final[Mapping[str, Callable[[Case], set[int]]]] = {
    "push": _pushed_drops,
    "common": _find_common_cuts,
    "server-gone": _find_server_ends,
    "mismatch": _find_mismatched,
    "union": _find_unsigned_limits,
    "pattern": find_unheard_idlers,
}
CLAIM_TESTS: Final[Mapping[str, ClaimTest]] = {
    "restarted": lambda _case, _row, fact: _is_restart(fact),
    "reason": lambda _case, row, fact: _is_stated(row, fact),
    "auth": lambda _case, _row, fact: (
        fact.turned_away is not None or fact.expired is not None or any(error.is_auth for error in fact.errors)
    ),
    "rival": lambda case, _row, fact: fact.is_replaced or (fact.rival is not None and _may_be_replaced(fact)),
    "kick": lambda case, row, fact: _is_stated(row, fact) or _is_kick(case, fact) or fact.broken_rule is not None,
    "heartbeat": lambda case, row, fact: _is_stated(row, fact) or _is_lost_heartbeat(case, fact),
    "silence": lambda case, _row, fact: fact.is_silent and not _is_idle_time(case, fact),
    "rest": lambda case, _row, fact: (
        fact.reason in CUT and fact.drop.logged and not fact.is_timed and not _may_have_idled(case, fact)
    ),
}
