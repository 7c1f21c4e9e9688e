"""People leave: which ends of sessions nobody minds, where the server alone tells of its clients.

A client says that it leaves (`client namespace disconnect`), or it does not come back, where the logs name who comes.
No end is a departure that comes at the age, or at the moment, of many others: a limit, or a server that ends, needs no
return to be one.

An end with a close handshake is one where those who ended so do not come back, under whatever name: connects follow
such ends no more often than chance has it.

Where only sockets are named, the connects that follow count: so many of a group that ends together left as exceed all
who connect within a minute. That, and that those did so too who went right before the logs end, is presumed.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import numpy as np

from logdiag.analyzers.connections.duty_cycles import find_punctual, find_strays
from logdiag.analyzers.connections.goodbyes import (
    HANDSHAKES,
    LEAST_CLIENTS,
    find_goodbyes,
    find_unanswered,
    leaves_page,
    says_goodbye,
)
from logdiag.analyzers.connections.proxied_sessions import CLIENT_GONE
from logdiag.analyzers.connections.sent_away import find_sent_away
from logdiag.analyzers.connections.sessions import LONGEST_RETURN, SessionRecord
from logdiag.analyzers.connections.unfollowed_ends import MOST_FOLLOWED, SOON_S, are_unfollowed
from logdiag.analyzers.names.addresses import find_address
from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.events import Side
from logdiag.results.connections import ServerTurn

CLOSED: Final = "{:shutdown, :closed}"  # Phoenix: the transport closed
CUT: Final = "abnormal closure"  # code 1006: no close frame came, as of a telephone that leaves the network
CUT_REASONS: Final = frozenset({"transport error", "ping timeout", CUT})
SILENT_REASONS: Final = frozenset({None, "transport close", CLOSED, *CUT_REASONS})
QUIET_REASONS: Final = frozenset({None, "transport close", CLOSED})  # of who closes a tab or an application
UNANSWERED: Final = "ping timeout"
MOST_BACK: Final = 0.5  # more than half
AGE_WIDTH_S: Final = 0.25  # limits scatter by 50 to 100 ms
MOMENT_WIDTH_S: Final = 1.0  # as `fleet.TOGETHER_S`
OUTAGE_WIDTH_S: Final = 30.0  # a choice: within it the clients of a line that fails are given up, each by its own ping
AROUND: Final = 20.0  # times the width: what chance puts there
CROWD: Final = 8  # a choice: fewer ends of one moment are chance in a busy fleet
MOSTLY: Final = 0.8  # a choice: four of five
CROWD_LIFT: Final = 4.0  # a choice: as many times as are expected there


def mark_departures(
    sessions: Sequence[SessionRecord], end: datetime, turns: Sequence[ServerTurn] = ()
) -> tuple[SessionRecord, ...]:
    """The same sessions, those whose end was a departure marked; `end` is that of the logs.

    `turns` are the starts and stops of the servers: who ends right after one said that it stops was sent away.
    """
    ended_sessions = [
        session
        for session in sessions
        if session.side is Side.SERVER and session.server_has_end and session.closed is not None
    ]
    clients_count = len({session.connection for session in ended_sessions})
    if not ended_sessions:
        return tuple(sessions)
    closed = np.array([session.closed.timestamp() for session in ended_sessions if session.closed is not None])
    ages = np.array([np.nan if session.session_s is None else session.session_s for session in ended_sessions])
    left = np.array([says_goodbye(session.reason) for session in ended_sessions])
    crowded = np.zeros(len(ended_sessions), dtype=bool)
    for kind in (left, ~left):  # who says goodbye while a server ends, or at the age of a limit, leaves all the same
        crowded[kind] = _find_crowds(ages[kind], AGE_WIDTH_S) | _find_crowds(closed[kind], MOMENT_WIDTH_S)
    cut = np.array([session.reason in CUT_REASONS for session in ended_sessions])
    crowded[cut] |= _find_crowds(closed[cut], OUTAGE_WIDTH_S)
    opened = _list_opened(sessions)
    common = {id(session) for session, is_common in zip(ended_sessions, crowded.tolist(), strict=True) if is_common}
    common |= find_sent_away([one for one in ended_sessions if not says_goodbye(one.reason)], turns)
    names = {name for name, moments in opened.items() if len(moments) > 1}
    can_return = clients_count >= LEAST_CLIENTS and _are_returns_seen(ended_sessions)
    lost = _find_lost(ended_sessions, opened)
    departed = {
        id(session)
        for session in ended_sessions
        if id(session) not in common | lost and _is_departure(session, end, opened, names, can_return=can_return)
    }
    if can_return:
        alone = [one for one in ended_sessions if id(one) not in common]
        departed |= _find_handshakes(alone, sessions, opened)
        named = [one for one in alone if not _is_nameless(one, names)]
        departed |= find_goodbyes(named, partial(_is_back, opened=opened))
    crowd = [one for one in ended_sessions if id(one) in common and says_goodbye(one.reason)]
    departed |= find_unanswered(crowd, _list_connects(sessions), end) if crowd else set()
    if can_return:
        named = [one for one in crowd if one.connection in names]
        departed |= find_punctual(named, lambda one: _is_replaced(one, opened.get(one.connection, ())))
        departed |= find_strays(ended_sessions, departed, _is_silent)
    told = common | departed  # once: there may be a hundred thousand
    others = [one for one in ended_sessions if id(one) not in told and one.socket_id is not None] if can_return else []
    presumed = _find_presumed(others, ended_sessions, sessions, end, departed, names)
    return tuple(
        replace(session, departed=True, presumed=id(session) in presumed)
        if id(session) in departed or id(session) in presumed
        else session
        for session in sessions
    )


def _find_lost(ended: Sequence[SessionRecord], opened: Mapping[str, Sequence[datetime]]) -> set[int]:
    """The ends by a ping that nobody answered, where most of those who ended so came back: they were lost, not leaving.

    Who closes a page leaves so only where that is lost, too: where many return, those who do not are rather late.
    """
    unanswered = [session for session in ended if session.reason == UNANSWERED]
    back_count = sum(_is_replaced(session, opened.get(session.connection, ())) for session in unanswered)
    return {id(session) for session in unanswered} if back_count > MOST_BACK * len(unanswered) else set()


def _find_handshakes(
    ended: Sequence[SessionRecord], sessions: Sequence[SessionRecord], opened: Mapping[str, Sequence[datetime]]
) -> set[int]:
    """The ends with a close handshake whose client is named and not back; none where others seem to be them.

    A name may be one connection's: then who comes back has another. One that had come back under its name is no such.
    """
    own = [one for one in ended if (one.code, one.reason) in HANDSHAKES and one.opened is not None]
    left = [one for one in own if not _is_replaced(one, opened.get(one.connection, ()))]
    if len(left) < MOSTLY * len(own):
        return set()
    if len({one.connection for one in left}) < LEAST_CLIENTS:
        left = [one for one in left if opened[one.connection][0] != one.opened]
    if not left:
        return set()
    closed_s = sorted(one.closed.timestamp() for one in left if one.closed is not None)
    opened_s = sorted(one.opened.timestamp() for one in sessions if one.opened is not None)
    return set() if any(_are_followed(closed_s, opened_s, soon_s) for soon_s in SOON_S) else {id(one) for one in left}


def _are_followed(closed_s: Sequence[float], opened_s: Sequence[float], soon_s: float) -> bool:
    """Whether a connect comes so soon after more of the ends than chance has it, if all come at any time."""
    count = sum(bisect_left(opened_s, moment) < bisect_right(opened_s, moment + soon_s) for moment in closed_s)
    span_s = max(closed_s[-1], opened_s[-1]) - opened_s[0]
    chance = -math.expm1(-soon_s * len(opened_s) / span_s)
    return count > 0 and binomial_greater(count, len(closed_s), chance) <= MOST_FOLLOWED


def _are_returns_seen(ended: Sequence[SessionRecord]) -> bool:
    """Whether the logs would show that a client is back: the connects of most of those that ended name them, too.

    Where only the ends do, or the connects are in other words, nobody ever comes back under the name of an end.
    """
    return sum(session.opened is not None for session in ended) >= MOSTLY * len(ended)


def _find_presumed(
    others: Sequence[SessionRecord],
    ended: Sequence[SessionRecord],
    sessions: Sequence[SessionRecord],
    end: datetime,
    left: Set[int],
    names: Set[str],
) -> set[int]:
    """Which of the ends that no name decides were departures, too, by identity: of groups, unfollowed, at the edge.

    At the edge of the logs nobody can have come back yet: these left where most of those before them did.
    """
    quiet = [session for session in others if session.closed is not None and _is_quiet(session.reason)]
    nameless = [session for session in quiet if _is_nameless(session, names)]
    opened = sorted(one.opened for one in sessions if one.opened is not None and _is_nameless(one, names))
    gone = _keep_groups(_list_unreturned(nameless, opened, end))
    unanswered = [session for session in others if session.reason == UNANSWERED and _is_nameless(session, names)]
    if are_unfollowed(nameless, unanswered, [moment.timestamp() for moment in opened]):
        gone |= {id(session) for session in (*nameless, *unanswered)}
    edge = [session for session in quiet if session.closed is not None and end - session.closed <= LONGEST_RETURN]
    decided = [session for session in ended if session.closed is not None and end - session.closed > LONGEST_RETURN]
    left_count = sum(id(session) in left or id(session) in gone for session in decided)
    if decided and left_count >= MOSTLY * len(decided):
        gone |= {
            id(session) for session in edge if not _is_replaced(session, opened if _is_nameless(session, names) else ())
        }
    return gone


def _is_nameless(session: SessionRecord, names: Set[str]) -> bool:
    """Whether its connection is named after the socket: the same client comes back under another name.

    Where a server knows its sockets by the address of the client alone, that is the client's own name; and so is the id
    of a broker's client, by which it has come again: `names` are those that did.
    """
    if session.connection in names:
        return False
    name = session.connection.rpartition("/")[2]
    return session.socket_id is not None and session.socket_id.startswith(name) and find_address(name) != name


def _list_unreturned(
    nameless: Sequence[SessionRecord], opened: Sequence[datetime], end: datetime
) -> list[tuple[datetime, int]]:
    """The ends that no connect is left for, each connect within a minute being the return of one: (time, identity)."""
    ends = sorted((session.closed, id(session)) for session in nameless if session.closed is not None)
    waiting, unreturned, place = deque[tuple[datetime, int]](), list[tuple[datetime, int]](), 0
    for moment in opened:
        while place < len(ends) and ends[place][0] < moment:
            waiting.append(ends[place])
            place += 1
        while waiting and moment - waiting[0][0] > LONGEST_RETURN:
            unreturned.append(waiting.popleft())
        if waiting:
            waiting.popleft()
    left = [*unreturned, *waiting, *ends[place:]]
    return [(closed, name) for closed, name in left if end - closed > LONGEST_RETURN]


def _keep_groups(unreturned: Sequence[tuple[datetime, int]]) -> set[int]:
    """Those of the ends that have many others within a minute: one client that is slow to return has none."""
    times = [closed for closed, _ in unreturned]
    return {
        name
        for closed, name in unreturned
        if bisect_right(times, closed + LONGEST_RETURN) - bisect_left(times, closed - LONGEST_RETURN) >= CROWD
    }


def _list_opened(sessions: Sequence[SessionRecord]) -> dict[str, list[datetime]]:
    """When each connection's sessions began, in order."""
    opened: dict[str, list[datetime]] = defaultdict(list)
    for session in sessions:
        if session.opened is not None:
            opened[session.connection].append(session.opened)
    return {name: sorted(moments) for name, moments in opened.items()}


def _is_departure(
    session: SessionRecord,
    end: datetime,
    opened: Mapping[str, Sequence[datetime]],
    names: Set[str],
    *,
    can_return: bool,
) -> bool:
    if session.side is not Side.SERVER or not session.server_has_end or session.closed is None:
        return False
    if leaves_page(session.reason):
        return True
    if says_goodbye(session.reason):
        return not _is_replaced(session, opened.get(session.connection, ()))
    is_back = _is_replaced(session, opened.get(session.connection, ()))
    is_named = session.socket_id is not None and not _is_nameless(session, names)  # else it is nobody's end
    is_known = can_return and is_named and end - session.closed > LONGEST_RETURN
    return is_known and not is_back and _is_silent(session.reason)


def _is_back(session: SessionRecord, opened: Mapping[str, Sequence[datetime]]) -> bool:
    """Whether the client took a new socket soon after the end of this one."""
    moments = opened.get(session.connection, ())
    place = bisect_right(moments, session.closed) if session.closed is not None else len(moments)
    return place < len(moments) and session.closed is not None and moments[place] - session.closed <= LONGEST_RETURN


def _list_connects(sessions: Sequence[SessionRecord]) -> list[datetime]:
    """When anybody connected, in order."""
    return sorted(one.opened for one in sessions if one.opened is not None)


def _is_quiet(reason: str | None) -> bool:
    """Whether a reason is that of who closes a tab or an application, or none."""
    return reason in QUIET_REASONS or (reason is not None and reason.startswith(CLIENT_GONE))


def _is_silent(reason: str | None) -> bool:
    """Whether a reason leaves open whether somebody left or was lost; a proxy cannot tell the one from the other."""
    return reason in SILENT_REASONS or (reason is not None and reason.startswith(CLIENT_GONE))


def _is_replaced(session: SessionRecord, opened: Sequence[datetime]) -> bool:
    """Whether the client whose socket ended took a new one right before or after that.

    Another socket that has been open for longer is another window of the same person's, or one whose end was never
    logged: neither makes the end less of a goodbye.
    """
    if session.closed is None:
        return False
    if session.reopened is not None and timedelta() < session.reopened - session.closed <= LONGEST_RETURN:
        return True
    first = bisect_left(opened, session.closed - LONGEST_RETURN)
    near = opened[first : bisect_right(opened, session.closed + LONGEST_RETURN)]
    return len(near) > near.count(session.opened)


def _find_crowds(values: Floats, width: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which values (n,) have many others within `width`, far more than the surroundings let expect; NaN never does."""
    known = np.sort(values[np.isfinite(values)])
    near, wide = (
        np.searchsorted(known, values + reach, side="right") - np.searchsorted(known, values - reach)
        for reach in (width, AROUND * width)
    )
    expected = (wide - near) / (AROUND - 1)
    return np.asarray(np.isfinite(values) & (near >= CROWD) & (near > CROWD_LIFT * expected))
