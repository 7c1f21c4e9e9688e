"""Ends of a client's socket that had ended before: a loop that connects again finds it closed, round by round.

`The session seems to be already closed. Reconnecting...` stands before each attempt of an outage, and who replaces the
dead socket closes it once more, beside the new one. What is closed does not end again: its outage lasts until a
connect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from logdiag.analyzers.connections.sessions import LATE_ECHO
from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.rows import Rows

READ: Final = ("connection", "kind", "socket_id", "message")
KINDS: Final = (EventKind.CONNECTED, EventKind.DISCONNECTED)
LEAST_IDS: Final = 2  # of a single connect nobody knows whether its name changes
# What a line says of a connection that it finds closed.
_WAS_CLOSED: Final = compile_later(
    r"(?i)\balready (?:been )?(?:closed|disconnected|closing)\b|\b(?:still|not|never|no longer) (?:connected|open)\b"
    r"|\bstill (?:dis|un)connected\b|\bstill (?:down|offline|closed)\b"
)


def forget_repeated_ends(timeline: Rows) -> Rows:
    """The timeline without them; what tells a moment later of the same end stays, for it may say why."""
    rows = timeline.of_kinds(KINDS)
    if not (rows["kind"] == EventKind.DISCONNECTED).any():
        return timeline
    names = ("kind", "socket_id", "message")
    columns = {"time": rows.moments(), **{name: rows[name].tolist() for name in names}}
    found: list[int] = []
    for _, places in rows.group("connection"):
        own = [{column: values[place] for column, values in columns.items()} for place in places]
        found += [places[number] for number in _find_repeated(own)]
    return timeline.without(rows.places[found]) if found else timeline


def _find_repeated(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The numbers of the ends of a socket by its id, or of none by their words, that has not opened since its last.

    A log without connects may lack that of the next socket, too.
    """
    found: list[int] = []
    ended: dict[str, datetime] = {}
    down_since: datetime | None = None
    has_opened = False
    ids = _list_ids(rows)
    for number, row in enumerate(rows):
        moment, socket = row["time"], row["socket_id"]
        if row["kind"] == EventKind.CONNECTED:
            has_opened, down_since = True, None
            continue
        last = ended.get(socket) if socket in ids else None
        if last is None and has_opened and _WAS_CLOSED.search(row["message"] or ""):
            last = down_since
        if last is not None and (moment - last > LATE_ECHO or down_since is None):
            found.append(number)
            continue
        if socket in ids:
            ended[socket] = moment
        down_since = moment
    return found


def _list_ids(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The ids of sockets that these lines open, where each connect has one of its own: a name comes again."""
    opened = [row["socket_id"] for row in rows if row["kind"] == EventKind.CONNECTED and row["socket_id"] is not None]
    return set(opened) if len(opened) == len(set(opened)) >= LEAST_IDS else set()
