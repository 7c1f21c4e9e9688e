"""Connects and ends of sockets whose handshake the server rejected: they never opened, so nothing ended.

Daphne writes WSDISCONNECT behind each WSREJECT of the same address and port, in the words of any end. Action Cable
frames the refusal, which names no socket, by `Started GET "/cable"` and `Finished "/cable"`, those of any request.
Python's websockets logs `connection closed` for whoever came, whether rejected or not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.rows import Rows

REJECTED: Final = compile_later(r"^(?:WS|WebSocket )REJECT\b")
# What a server says of a request that becomes no socket. Of one handshake several may be said, each once.
NOT_UPGRADED: Final = compile_later(
    r"(?i)\bfailed to upgrade\b|\borigin not (?:allowed|accepted|permitted)\b"
    r"|\bunauthorized connection attempt was rejected\b|\bconnection rejected \([45]\d\d\b"
    r"|\bupgrade (?:was |has been )?(?:refused|rejected|denied)\b"
)
AT_ONCE: Final = timedelta(seconds=2)  # a choice, as `turned_away.REACH`: an answer in the negative takes no longer
SAME_REQUEST: Final = timedelta(seconds=1)  # stamps in whole seconds: the request and its upgrade are told a line apart
READ: Final = ("time", "kind", "source", "socket_id", "error", "message", "file")
KINDS: Final = (EventKind.SERVER_ERROR, EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED)


class _Opening(NamedTuple):
    """A line by which a socket opens, and how many refusals its file held before it."""

    place: int
    time: datetime
    told_count: int


def forget_rejected(timeline: Rows) -> Rows:
    """The timeline without the lines that frame a refusal as if a socket had been there."""
    stated = timeline.of_kinds({EventKind.SERVER_ERROR})
    if not any(map(_may_refuse, stated["error"].tolist(), stated["message"].tolist())):
        return timeline
    for find in (_find_named, _find_framed, _find_nameless):
        if found := find(timeline.of_kinds(KINDS)):
            timeline = timeline.without(found)
    return timeline


def _may_refuse(error: str | None, message: str | None) -> bool:
    return REJECTED.search(error or "") is not None or NOT_UPGRADED.search(message or "") is not None


def _find_named(rows: Rows) -> list[int]:
    """The ends behind a rejection of the same socket: the first of each, unless a connect stands between.

    Ports are used again: what is named like it and ends later is a socket of its own.
    """
    rows = rows[rows["socket_id"].notna()]
    errors = rows["error"].tolist()
    if not any(error is not None and REJECTED.search(error) for error in errors):
        return []
    rejected: set[tuple[str, str]] = set()
    found = []
    columns = (rows[name].tolist() for name in ("kind", "source", "socket_id"))
    for place, kind, source, socket, error in zip(rows.places.tolist(), *columns, errors, strict=True):
        key = (source, socket)
        if kind == EventKind.SERVER_ERROR:
            rejected |= {key} if error is not None and REJECTED.search(error) else set()
            continue
        if kind == EventKind.SERVER_DISCONNECTED and key in rejected:
            found.append(place)
        rejected.discard(key)
    return found


def _find_framed(rows: Rows) -> list[int]:
    """The connects and ends of sockets between which, at once, their file states a refusal that names nobody.

    Requests may be told across each other: each refusal takes one end away.
    """
    refusals = _list_refusals(rows)
    if not any(refusals):
        return []
    opened: dict[tuple[str, str], list[_Opening]] = defaultdict(list)
    untaken: dict[str, dict[int, str]] = defaultdict(dict)  # the refusals that no end has taken, by number
    counts = Counter[str]()
    found: list[int] = []
    columns = (rows[name].tolist() for name in ("kind", "file", "socket_id"))
    for place, time, kind, file, socket, words in zip(
        rows.places.tolist(), rows.moments(), *columns, refusals, strict=True
    ):
        if words is not None:
            counts[file] += 1
            untaken[file][counts[file]] = words
        elif socket is not None and kind == EventKind.SERVER_CONNECTED:
            opened[file, socket].append(_Opening(place, time, counts[file]))
        elif socket is not None and kind == EventKind.SERVER_DISCONNECTED and (mine := opened[file, socket]):
            last = mine[-1]
            own = [one for one in mine if last.time - one.time <= SAME_REQUEST]
            del mine[len(mine) - len(own) :]
            behind = {number: words for number, words in untaken[file].items() if number > last.told_count}
            if behind and time - last.time <= AT_ONCE:
                found += [place, *(one.place for one in own)]
                for number in _pick_one_of_each(behind):
                    del untaken[file][number]
    return found


def _find_nameless(rows: Rows) -> list[int]:
    """The ends without a name right behind a refusal without one, unless a connect without one stands between."""
    refusals = _list_refusals(rows)
    untaken: dict[str, dict[int, str]] = defaultdict(dict)
    times: dict[tuple[str, int], datetime] = {}
    found: list[int] = []
    columns = (rows[name].tolist() for name in ("kind", "file", "socket_id"))
    for place, time, kind, file, socket, words in zip(
        rows.places.tolist(), rows.moments(), *columns, refusals, strict=True
    ):
        if words is not None:
            untaken[file][place], times[file, place] = words, time
        elif socket is None and kind == EventKind.SERVER_CONNECTED:
            untaken[file].clear()
        elif socket is None and kind == EventKind.SERVER_DISCONNECTED and untaken[file]:
            recent = {number: words for number, words in untaken[file].items() if time - times[file, number] <= AT_ONCE}
            found += [place] if recent else []
            untaken[file] = {number: recent[number] for number in recent.keys() - _pick_one_of_each(recent)}
    return found


def _list_refusals(rows: Rows) -> list[str | None]:
    """By row, the words by which a line refuses a handshake and names no socket."""
    columns = (rows[name].tolist() for name in ("kind", "socket_id", "message"))
    found = (
        NOT_UPGRADED.search(message) if kind == EventKind.SERVER_ERROR and socket is None and message else None
        for kind, socket, message in zip(*columns, strict=True)
    )
    return [None if match is None else match[0].lower() for match in found]


def _pick_one_of_each(refusals: Mapping[int, str]) -> set[int]:
    """Of several words that are said of one handshake, the first of each, by number."""
    return set({words: number for number, words in sorted(refusals.items(), reverse=True)}.values())
