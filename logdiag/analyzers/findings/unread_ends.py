"""Processes that tell of connects and of no end, so that a diagnosis of the others leaves theirs out."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.deferred import compile_later
from logdiag.events import CLOSINGS, OPENINGS, EventKind
from logdiag.results.causes import Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import UNREAD_ENDS
from logdiag.rows import Rows
from logdiag.verdict import Severity

LEAST_CONNECTS: Final = 4  # a choice: fewer may still be open
MOSTLY: Final = 0.5  # a choice: as many of such lines as half of the connects: words of a few ends are some detail's
SHOWN: Final = 3  # places, as of other findings
_OF_AN_END: Final = compile_later(r"(?i)disconnect|\bclos(?:e|ed|ing)\b|\blost\b|\bdropped|\bleft\b|断开|掉线|断线")

READ: Final = ("source", "kind", "socket_id", "file", "line")  # all columns of a fleet's bounds are megabytes

Unread = Sequence[tuple[str, int, Evidence]]


def find_unread_ends(timeline: Rows, unread: Unread, sessions: Sequence[SessionRecord] = ()) -> tuple[Finding, ...]:
    """What the report leaves out: the connects of a process of which nothing tells how they ended.

    No end was understood in its logs; and either they have lines that may tell of ends, or its sockets have ids and no
    other log tells of their ends: none names them at an end, or as its own, and no start of the server ended one of the
    `sessions`. `unread` has the wordings that were not
    understood, each with its count and its first line.
    """
    rows = timeline.of_kinds(OPENINGS | CLOSINGS)
    is_end = rows["kind"].isin(CLOSINGS)
    sources = set(rows[is_end]["source"])
    ended = set(rows[is_end | (rows["kind"] == EventKind.CONNECTED)]["socket_id"].known())
    ended |= {session.socket_id for session in sessions if session.closed is not None}
    opens = rows[~is_end & ~rows["source"].isin(sources)]
    own = [one for _, one in opens.part("source") if _lacks_ends(one, ended, unread)]
    if not own:
        return ()
    worst = max(own, key=len)
    places = [Evidence(file, line) for file, line in zip(worst["file"], worst["line"], strict=True)]
    numbers: dict[str, Number] = {"connects_count": len(worst), "source": worst["source"].tolist()[0]}
    return (Finding(UNREAD_ENDS, Severity.INFO, numbers, tuple(places[:SHOWN])),)


def _lacks_ends(opens: Rows, ended: AbstractSet[str], unread: Unread) -> bool:
    if len(opens) < LEAST_CONNECTS:
        return False
    files = set(opens["file"])
    count = sum(one for template, one, place in unread if place.file in files and _OF_AN_END.search(template))
    are_known = bool(opens["socket_id"].notna().all())
    return count >= MOSTLY * len(opens) or (
        are_known and ended.isdisjoint(opens["socket_id"]) and _are_of_a_server(opens)
    )


def _are_of_a_server(opens: Rows) -> bool:
    """Whether the connects are a server's words: a client's next connect shows that the one before ended."""
    return bool((opens["kind"] == EventKind.SERVER_CONNECTED.value).all())
