"""Ends of attempts to connect: `closed` also stands where a socket never opened, and is no disconnect there.

A browser and most libraries close what they could not open, in the words of an end. Who was not connected since the
last end, and has just tried, has failed to connect, if the log tells of connects where they succeed,
or the end says so.

The reverse is an error of a connection that lives: of receiving, of a keep-alive, of a socket that opened under the
same id. Who was not trying to connect has not failed to: the error is the end. So is a listener's `failure`, which
OkHttp has for whatever ends without a close frame, where the socket is open and no other line tells of its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.rows import Rows

AT_ONCE: Final = timedelta(seconds=2)  # a choice: nobody listens, or a name is unknown: the answer comes this soon
PATIENCE: Final = timedelta(seconds=60)  # a choice: who waits for an answer gives up after 20 s (Socket.IO) to a minute
NEVER_OPEN: Final = frozenset({None, "1006", "1015"})  # RFC 6455: the others come with a closing handshake
TRIES: Final = frozenset({EventKind.CONNECTING, EventKind.RECONNECT_ATTEMPT})
SIGNS_OF_LIFE: Final = frozenset(
    {EventKind.JOINED, EventKind.RECEIVED, EventKind.PUSH_OK, EventKind.PUSH_ACKNOWLEDGED, EventKind.HEARTBEAT}
)
# Of these nobody logs any who is not connected: a send may wait, and a heartbeat may be the program's own.
TRAFFIC: Final = frozenset({EventKind.JOINED, EventKind.RECEIVED, EventKind.PUSH_ACKNOWLEDGED})
# Socket.IO tells of the end of a socket that was connected, and of no other.
_OF_THE_CONNECTED: Final = compile_later(
    r"(?i)transport (?:close|error)|ping timeout|io (?:server|client) disconnect|namespace disconnect|parse error"
)
_SAYS_SO: Final = compile_later(
    r"(?i)(?:could not|couldn't|cannot|can't|unable to|failed to) (?:establish|connect|open|resolve|find)"
    r"|before the connection|handshake|refused|not found|unreachable|no route|timed out"
    r"|\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ERR_CONNECTION_REFUSED|ERR_NAME_NOT_RESOLVED)\b"
)
# What an end says that is none, whatever else the log tells.
_NEVER_CAME: Final = compile_later(
    r"(?i)(?:could not|couldn't|cannot|can't|unable to|failed to) (?:establish|connect|open|resolve)\b"
    r"|\bconnection refused\b|\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ERR_CONNECTION_REFUSED|ERR_NAME_NOT_RESOLVED)\b"
)
# Errors that nobody has who is not connected.
_OF_THE_LIVING: Final = compile_later(
    r"(?i)\b(?:fail\w*|error\w*|unable|cannot|could not) (?:to |on |while |in )?(?:receiv|read|recv|send|writ)\w*"
    r"|\b(?:read|write|receive|recv|send) ?(?:error|fail\w*)|keep-?\s?alive (?:ping )?(?:has )?timed? ?out"
    r"|connection (?:has been |was |is )?lost|lost connection|\bread ECONNRESET|\bwrite EPIPE|no pong|pong timeout"
)
# What listeners are told of attempts and of open sockets alike. `connect_error` is told of attempts alone.
_OF_EITHER: Final = compile_later(
    r"(?i)\b(?:on)?failure\b|\b(?:web ?socket|socket|ws)\b(?:\(\d{1,9}\))?\W{0,3}(?:\bon)?(?:error|failed)\b"
)
_OF_AN_ANSWER: Final = compile_later(
    r"(?i)expected HTTP 101|failed to connect|\bhandshake\b|\bconnect_error\b|status code"
)
# What ws says of a socket that was closed while it was still connecting, and who negotiates in vain: the end follows.
NEVER_OPENED: Final = compile_later(
    r"(?i)closed before the connection (?:was|is) established|\berror\b[^\n]{0,30} (?:tls|ssl) handshake\b"
    r"|\b(?:tls|ssl) handshake (?:error|failed|failure)\b"
)
# Cloudflare's tunnel client says that an attempt is over in the words of an end, however long it waited.
_OVER: Final = compile_later(r"^Connection terminated\b")
ONE_END: Final = timedelta(seconds=2)  # a choice, as `sessions.STOP_LAG`: within it a process tells of one end


@dataclass(slots=True)
class _Attempt:
    """What is known of a connection that is down: when it was last tried, whether an error came since.

    `given_up` is when an error said that it was closed before it opened. `is_after_end`: one that had been up ended.
    """

    tried: datetime | None = None
    has_erred: bool = False
    given_up: datetime | None = None
    is_after_end: bool = False


def tell_failed_attempts(timeline: Rows) -> Rows:
    """The timeline, where the ends of failed attempts are connect errors, or left out beside a line that is one.

    Errors of connections that live are ends there, unless a line tells that end anyway. So is the first refusal after
    traffic in a log without connects and ends: by then the connection was gone, and why it does not say.
    """
    names = ("kind", "code", "reason", "message", "error", "socket_id")
    columns = {"time": timeline.moments(), **{name: timeline[name].tolist() for name in names}}
    failed: list[int] = []
    echoes: list[int] = []
    ends: list[int] = []
    lost: list[int] = []
    for _, places in timeline.group("connection"):
        rows = [{column: values[place] for column, values in columns.items()} for place in places]
        is_told = _tells_connects(rows)
        for place, has_erred, says_so in _find_failed(places, rows):
            if is_told or says_so:
                (echoes if has_erred else failed).append(place)
        ends += _find_ends(places, rows)
        lost += _find_lost(places, rows)
    if not failed and not echoes and not ends and not lost:
        return timeline
    at = timeline.places
    kinds = dict.fromkeys(at[failed], EventKind.CONNECT_ERROR.value)
    kinds |= dict.fromkeys(at[ends + lost], EventKind.DISCONNECTED.value)
    reasons = {at[place]: columns["reason"][place] or columns["error"][place] for place in ends}
    errors = {at[place]: columns["reason"][place] or columns["message"][place] for place in failed}
    told = timeline.replace("kind", kinds).replace("error", errors)
    return told.replace("reason", dict.fromkeys(at[failed]) | reasons).without(at[echoes])


def _find_ends(places: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The places of errors by which a connection that lived ended, and of whose end no other line tells."""
    if not any(row["kind"] == EventKind.CONNECT_ERROR for row in rows):
        return []
    told = [row["time"] for row in rows if row["kind"] == EventKind.DISCONNECTED]
    found: list[int] = []
    opened: set[str] = set()
    is_trying = False
    broken = _find_broken(rows)
    for index, (place, row) in enumerate(zip(places, rows, strict=True)):
        match row["kind"]:
            case EventKind.CONNECTED:
                is_trying = False
                opened.add(row["socket_id"])
            case EventKind.DISCONNECTED:
                opened.discard(row["socket_id"])
            case EventKind.CONNECT_ERROR:
                words = f"{row['message'] or ''} {row['error'] or ''}"
                is_own = row["socket_id"] is not None and row["socket_id"] in opened
                is_alive = not is_trying and _OF_THE_LIVING.search(words) and not _NEVER_CAME.search(words)
                if (is_own or is_alive or index in broken) and not _is_near(row["time"], told):
                    found.append(place)
                    told.append(row["time"])
                    opened.discard(row["socket_id"])
            case kind if kind in TRIES:
                is_trying = True
            case kind if kind in SIGNS_OF_LIFE:
                is_trying = False
    return found


def _find_broken(rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Which rows are errors in whose midst an open connection went down, as what comes next shows.

    That is another try, connect or error, with neither an end nor a sign of life before it. Behind the last line
    nothing shows it: that one counts where others did.
    """
    found: set[int] = set()
    last: int | None = None
    is_up = False
    for index, row in enumerate(rows):
        kind = row["kind"]
        if kind == EventKind.CONNECT_ERROR:
            if last is not None:
                found.add(last)
            last = index if is_up and _may_end_one(row) else None
            is_up = False
        elif kind == EventKind.CONNECTED or kind in TRIES:
            if last is not None:
                found.add(last)
            last, is_up = None, kind == EventKind.CONNECTED
        elif kind == EventKind.DISCONNECTED:
            last, is_up = None, False
        elif kind in SIGNS_OF_LIFE and last is not None:
            last, is_up = None, True
    return found | {last} if found and last is not None else found


def _may_end_one(row: Mapping[str, Any]) -> bool:
    words = f"{row['message'] or ''} {row['error'] or ''}"
    is_of_a_try = _NEVER_CAME.search(words) or _OF_AN_ANSWER.search(words)
    return _OF_EITHER.search(words) is not None and is_of_a_try is None


def _find_lost(places: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The place of the first refusal behind all signs of a life of whose connect and end no line tells.

    Signs between refusals are those of another connection.
    """
    if any(row["kind"] in {EventKind.CONNECTED, EventKind.DISCONNECTED, EventKind.CONNECTING} for row in rows):
        return []
    alive = [index for index, row in enumerate(rows) if row["kind"] in TRAFFIC]
    errors = [index for index, row in enumerate(rows) if row["kind"] == EventKind.CONNECT_ERROR]
    if not alive or not errors or alive[-1] > errors[0]:
        return []
    first = rows[errors[0]]
    return [places[errors[0]]] if _NEVER_CAME.search(f"{first['message'] or ''} {first['error'] or ''}") else []


def _is_near(moment: datetime, others: Iterable[datetime]) -> bool:
    return any(abs(moment - other) <= ONE_END for other in others)


def _tells_connects(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a connect stands behind an attempt: else its words may be unknown, and an end may be a true one."""
    has_tried = False
    for row in rows:
        if row["kind"] == EventKind.CONNECTED and has_tried:
            return True
        has_tried = row["kind"] in TRIES or (has_tried and row["kind"] != EventKind.DISCONNECTED)
    return False


def _find_failed(places: Sequence[int], rows: Iterable[Mapping[str, Any]]) -> list[tuple[int, bool, bool]]:
    """The places of ends that are failed attempts: each with whether an error stands before it, and it says so."""
    found, is_up, attempt = [], False, _Attempt()
    unreached: datetime | None = None
    for place, row in zip(places, rows, strict=True):
        match row["kind"]:
            case EventKind.CONNECTED:
                is_up, unreached = True, None
            case EventKind.CONNECT_ERROR:
                attempt.has_erred = True
                unreached = row["time"] if _NEVER_CAME.search(row["error"] or row["message"] or "") else unreached
                if NEVER_OPENED.search(f"{row['message'] or ''} {row['error'] or ''}"):
                    attempt.given_up = row["time"]
            case EventKind.DISCONNECTED:
                if not is_up and (_is_given_up(attempt.given_up, row) or _is_given_up(unreached, row)):
                    found.append((place, True, True))
                elif not is_up and _has_failed(attempt, row):
                    says_so = _NEVER_CAME.search(row["reason"] or row["message"] or "") is not None
                    found.append((place, attempt.has_erred, says_so))
                is_up, unreached, attempt = False, None, _Attempt(is_after_end=is_up or attempt.is_after_end)
            case kind if kind in TRIES:
                attempt = _Attempt(row["time"], is_after_end=attempt.is_after_end)
            case kind if kind in SIGNS_OF_LIFE:
                attempt = _Attempt()
    return found


def _is_given_up(at: datetime | None, row: Mapping[str, Any]) -> bool:
    """Whether an end is that of a socket of which a line just before it, then, says that it never opened."""
    return at is not None and row["code"] in NEVER_OPEN and row["time"] - at <= ONE_END


def _has_failed(attempt: _Attempt, row: Mapping[str, Any]) -> bool:
    """Whether an end that no connect went before is that of an attempt."""
    words = row["reason"] or row["message"] or ""
    if _NEVER_CAME.search(row["reason"] or "") is not None and row["code"] in NEVER_OPEN:
        return True
    if (attempt.tried is not None or attempt.is_after_end) and _OVER.search(row["message"] or ""):
        return True
    if attempt.tried is None or row["code"] not in NEVER_OPEN or _OF_THE_CONNECTED.search(words):
        return False
    is_told = attempt.has_erred or _SAYS_SO.search(words) is not None
    return bool(row["time"] - attempt.tried <= (PATIENCE if is_told else AT_ONCE))
