"""Goodbyes: which ends their clients asked for by the word of the log, and among which of them people come and go.

Who closes a tab, or leaves a page for another one of the same site, says so by code 1001 or 1000, or by the word of the
library or the application. Some are back within a minute all the same, as whoever loads a page anew: where few of
many named clients are, that is how people come and go. A program that says goodbye and is back at once, again and
again, is caught in a loop, whoever else leaves beside it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final

from logdiag.analyzers.connections.proxied_sessions import ENDED_IN_ORDER
from logdiag.analyzers.connections.sessions import IN_ORDER, LONGEST_RETURN, SessionRecord
from logdiag.deferred import compile_later

LEFT: Final = "client namespace disconnect"
# In the words of Socket.IO, of python-socketio 5.12, and of servers that are told so by the socket itself.
GOODBYES: Final = frozenset({LEFT, "client disconnect", "closed by client"})
# RFC 6455: a close frame came, with the code of what has done its work or of a page that is left.
HANDSHAKES: Final = frozenset({("1000", IN_ORDER), ("1000", None), ("1001", "going away"), ("1001", None)})
# The same without a code, as of `ws.close()`; and what Centrifugo calls a client that is gone, cut off or not, and that
# it gives no advice to come back (disconnect.go, DisconnectConnectionClosed).
CLOSED_BY_CLIENT: Final = HANDSHAKES | {("1005", "no status received"), ("1005", None), ("3000", "connection closed")}
LEAST_CLIENTS: Final = 10  # fewer are machines rather than people: one that stays away is missed
FEW_BACK: Final = 0.1  # a choice, as `findings.STRAYS_SHARE`: one in ten loads the page anew
LEAST_LOOPS: Final = 4  # a choice: fewer returns are somebody's who is in a hurry
MOST_LOOPS: Final = 0.5  # more than half
FEW_ANSWERED: Final = 0.2  # a choice: of those who leave together one in five is followed by somebody who comes anyway
# What applications write of people who leave; not of those who are made to: `logged out: token expired`.
_LEFT: Final = compile_later(
    r"\b(?:log(?:ged)?|sign(?:ed)?)[ -]?(?:off|out)\b|\b(?:user|client|player) (?:has )?(?:left|quit)\b"
    r"|\bdisconnect (?:frame|command|packet)\b|^(?:quit|exit|bye|goodbye)[.!]?$"
)
# What they write of a page that is gone: whoever is back at once has opened the next one.
_PAGE_LEFT: Final = compile_later(
    r"\b(?:page|tab|window|browser|document)\b(?:[ _-]\w+)?[ _-](?:unload(?:ed)?|closed?|left|hidden|reload(?:ed)?)\b"
    r"|\b(?:page|before)[ _-]?(?:unload|hide)\b|\bnavigat(?:ed|ion|ing) away\b"
)
_MADE_TO: Final = compile_later(
    r"\bby (?!(?:the )?(?:user|client|player|browser)\b)|forc|kick|expir|idle|inactiv|another|elsewhere"
    r"|timed? ?out|invalid|auto|error|fail|crash"
)


def says_goodbye(reason: str | None) -> bool:
    """Whether a reason, in small letters, is that of a client that leaves of its own accord."""
    if reason is None or reason in GOODBYES:
        return reason is not None
    if reason.startswith(ENDED_IN_ORDER):
        return True
    return (_LEFT.search(reason) is not None or leaves_page(reason)) and _MADE_TO.search(reason) is None


def leaves_page(reason: str | None) -> bool:
    """Whether a reason says that a page was left or loaded anew: its client may be back at once."""
    return reason is not None and _PAGE_LEFT.search(reason) is not None and _MADE_TO.search(reason) is None


def is_stated(session: SessionRecord) -> bool:
    """Whether an end is one that the client asked for, by its word or by the code of its close frame."""
    is_closed = (session.code, session.reason) in CLOSED_BY_CLIENT
    return session.error is None and (is_closed or says_goodbye(session.reason))


def find_goodbyes(ended: Sequence[SessionRecord], is_back: Callable[[SessionRecord], bool]) -> set[int]:
    """Which of the ends of named clients, by identity, are goodbyes of people, those included who are soon back.

    None unless there are many clients, of whom few are back soon; nor those of a client that is back after most of its
    own. `is_back`: whether its client came back soon after an end.
    """
    own = [one for one in ended if is_stated(one)]
    if len({one.connection for one in own}) < LEAST_CLIENTS:
        return set()
    back = Counter(one.connection for one in own if is_back(one))
    if back.total() > FEW_BACK * len(own):
        return set()
    counts = Counter(one.connection for one in own)
    loops = {name for name, count in back.items() if count >= LEAST_LOOPS and count > MOST_LOOPS * counts[name]}
    return {id(one) for one in own if one.connection not in loops}


def find_unanswered(crowd: Collection[SessionRecord], opened: Sequence[datetime], end: datetime) -> set[int]:
    """Which of the goodbyes of a crowd, by identity, are followed by hardly any connects: they left together.

    So a load test ends, or a lesson. `opened` are all connects in order; at the edge of the logs, at `end`, nobody can
    have come back yet.
    """
    closed = sorted(one.closed for one in crowd if one.closed is not None)
    found = set()
    for one in crowd:
        if one.closed is None or end - one.closed <= LONGEST_RETURN:
            continue
        beside_count = bisect_right(closed, one.closed + LONGEST_RETURN) - bisect_left(
            closed, one.closed - LONGEST_RETURN
        )
        came_count = bisect_right(opened, one.closed + LONGEST_RETURN) - bisect_right(opened, one.closed)
        if came_count <= FEW_ANSWERED * beside_count:
            found.add(id(one))
    return found
