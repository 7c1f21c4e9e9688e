"""What a message and the keys of its record say beside their kind: ids, reasons, close codes, errors, counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from logdiag.deferred import compile_later
from logdiag.events import EventKind, Side
from logdiag.parsers.forms.dialects import find_nested, mend_text
from logdiag.parsers.lexicon.close_frames import CLOSE_CODES, FRAMES, NO_FRAMES, find_shown_frame, name_frame
from logdiag.parsers.lexicon.peers import (
    NAMED_BESIDE,
    SESSIONS_ELSEWHERE,
    WORKER,
    find_beside,
    find_called,
    find_named,
    find_peer,
)
from logdiag.parsers.lexicon.replaced import REPLACED, REPLACING
from logdiag.parsers.lexicon.stated import find_closer, find_stated, find_traced
from logdiag.parsers.lexicon.vocabulary import is_known_word
from logdiag.parsers.templates import COUNTED_ID, looks_random

THROWN_OUT: Final = frozenset({"io server disconnect", "server namespace disconnect"})
LONGEST_FIELD: Final = 500
LONGEST_REASON: Final = 80

ENDS: Final = frozenset({EventKind.DISCONNECTED, EventKind.SERVER_DISCONNECTED})
OF_A_SERVER: Final = frozenset({EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED})
FAILURES: Final = frozenset(
    {
        EventKind.CONNECT_ERROR,
        EventKind.SERVER_ERROR,
        EventKind.EMIT_REFUSED,
        EventKind.PUSH_FAILED,
        EventKind.PROCESS_CRASHED,
    }
)
ATTEMPTS: Final = frozenset({EventKind.RECONNECT_ATTEMPT, EventKind.CONNECTED})

# Where loggers put it, the surest place first.
SOCKET_KEYS: Final = (
    "socketId", "socket_id", "socketID", "sid", "socket", "socket.id", "data.socketId", "data.socket_id", "data.sid",
    "meta.socketId", "context.socketId", "id", "clientId", "client_id", "connectionId", "connection_id", "data.id",
)  # fmt: skip
_SOCKET_PATHS: Final = tuple((key, key.partition(".")[0]) for key in SOCKET_KEYS)  # with the key that stands outside
# Where other servers than Socket.IO's put it, whatever it looks like.
CONNECTION_KEYS: Final = (
    "connectionId", "connection_id", "connId", "conn_id", "conn", "wsId", "ws_id", "websocket_id", "sessionId",
    "session_id", "ConnectionId", "erlang_pid",
)  # fmt: skip
OF_A_SOCKET_BY_NAME: Final = frozenset({"socketId", "socket_id", "socketID", "sid", "data.socketId", "data.socket_id"})
WORKER_KEYS: Final = (
    "workerId", "worker_id", "agentId", "agent_id", "deviceId", "device_id", "clientId", "client_id", "userId",
    "user_id", "username", "data.workerId", "data.userId", "data.clientId",
)  # fmt: skip
REASON_KEYS: Final = ("reason", "disconnectReason", "closeReason", "close_reason", "data.reason", "meta.reason")
CODE_KEYS: Final = ("code", "closeCode", "close_code", "data.code", "meta.code")
# Where an error lies inside an error: Boom's (Baileys), axios'.
INNER_ERROR_KEYS: Final = ("error.output.payload.message", "err.output.payload.message", "error.cause.message")
ERROR_KEYS: Final = (
    "err.message", "error.message", "error", "err", "errorMessage", "data.error", "data.message", "description",
    "description.message",
)  # fmt: skip
# Where a record tells more than its message, of whatever that is: of a failure, why it failed.
DETAIL_KEYS: Final = ("data", "detail", "details")
COUNT_KEYS: Final = ("attempt", "attemptNumber", "attempts", "retryCount", "data.attempt")

# Socket.IO 2 to 4 (lib/socket.js), python-socketio 5 (base_client.py), Java's client. The last two are also words for
# any end: a reason where a line calls them one, or has them in parentheses.
SERVER_REASONS: Final = (
    "client namespace disconnect", "server namespace disconnect", "server shutting down", "forced server close",
)  # fmt: skip
# What Linux, macOS, BSD and Go say of a transport that ended: errno(3), net.OpError.
_OF_THE_SYSTEM: Final = compile_later(
    r"(?i)\b(?:connection reset by peer|broken pipe|no route to host|(?:operation|connection) timed out|i/o timeout"
    r"|network is (?:unreachable|down)|software caused connection abort)\b"
)
CLIENT_REASONS: Final = ("io server disconnect", "io client disconnect")
EITHER_REASONS: Final = (
    "transport close", "transport error", "ping timeout", "parse error", "forced close", "client disconnect",
    "server disconnect",
)  # fmt: skip
_KNOWN: Final = compile_later(
    r"(?<![\w-])(" + "|".join((*SERVER_REASONS, *CLIENT_REASONS, *EITHER_REASONS[:5])) + r")(?![\w-])"
    r"|(?:(?<=reason[:=])|(?<=reason[:=][ '\"(])|(?<=reason[:=] ['\"(])|(?<= \())(?:client|server) disconnect(?![\w-])",
    re.IGNORECASE,
)
# What other protocols' ends say when nothing came from the other one for too long: SignalR's clients (JavaScript, .NET)
# and servers, SocketCluster's, the websockets package's.
_PING_TIMEOUT: Final = compile_later(
    r"(?i)timeout (?:\([^)\n]{1,20}\) )?elapsed without receiving a message|keepalive ping timeout"
    r"|(?:server ping|client pong) timed out|client timeout interval \([^)\n]{1,20}\) elapsed"
    r"|\bno pong (?:was )?(?:received|within)|\bpong (?:wait )?time(?:d )?-?out|\bping(?:/pong)? timed out"
    r"|\b(?:no|нет|без|sin|kein|pas de|sem|nessun|没有|未收到) ?pongs?\b(?! handler)"
    r"|\bpong (?:was )?not received|(?:heartbeat|keep-?alive) (?:has )?timed? ?out"
    r"|(?:didn't|did not) receive (?:a |any )?(?:heartbeat|pong)(?: ack)?|sent ping but didn.?t receive pong"
    r"|heartbeat ack not received|hasn.t sent a message/ping within the configured ClientTimeoutInterval"
)
# That nothing came through for longer than a limit allows: uWebSockets, Jetty, Tomcat, Azure. Where an application logs
# its users out for that, it says so in its own words.
_IDLED: Final = compile_later(
    r"(?i)^(?![^\n]*(?:log(?:ged)?[ -]?out|signed[ -]?out|kick|\bafk\b))[^\n]*?(?:"
    r"timed out (?:from|due to|because of|after|for|by) (?:being )?(?:inactiv|idle)|\bidle[ _-]?time[ _-]?out"
    r"|\b(?:in|no )activity[ _-]?time(?:d )?[ _-]?out|websocket session \[[^\]\n]{1,64}\] timeout expired"
    r"|inactive for (?:more|longer) than)"
)
IDLED: Final = "idle timeout"  # the reason of such an end, whatever its words
# How python-engineio's client ends a connection that it has lost, whatever ended it: that it hands `transport error` to
# the application then does not show that the transport failed.
_LOST_BY_ENGINEIO: Final = compile_later(r"(?i)(?:connection was closed|packet queue is empty), aborting")
_NO_REASON: Final = frozenset(
    {"none", "null", "undefined", "unknown", "n/a", "empty", "no reason", "nan", "(none)", "nil", "given", "not given"}
)
# What is no end of a number: the rest of a word, or of an id with hyphens, `1001-44a0-9c95`, which may stand before it.
NO_NUMBER_ENDS: Final = r"(?![A-Za-z0-9_]|-[A-Za-z0-9_]*\d)"
_CLOSE_CODE: Final = compile_later(
    r"(?:code|status|reason|clos\w+|disconnect\w*|ended|terminated|断开|c[oó]digo|codice|код)"
    r"[\s:：=(\[#,.-]{1,5}(?:with )?(?:code\W{0,3})?"
    rf"(?:sent |received )?(1\d{{3}}|[34]\d{{3}}){NO_NUMBER_ENDS}",
    re.IGNORECASE,
)
# A code alone before a dash at the end, before a colon, or before its own name: `wss://host/ 1006 -`, `tom 1001: `,
# `lost: 1006 abnormal …`.
_CODE_AND_NAME: Final = compile_later(
    r"(?i)(?<![\w.:/#-])(10(?:0[0-35-9]|1[0-5]))(?: -\W{0,3}$|:(?=\s|$)|[\W_]{1,3}(?:normal|going"
    r"|protocol|abnormal|internal|message too|policy|service restart|try again))"
)
_LEADING_CODE: Final = compile_later(r"(?:code\W{0,3})?((?:10|[34]\d)\d\d)(?!\d|-\w*\d)[\W_]*")
_NAMED_CODE: Final = compile_later(
    r"\w \((10(?:0[0-35-9]|1[0-5]))\)"
)  # `MessageTooBig (1009)`: of an end, it is its code
_SOCKET_ID: Final = compile_later(r"(?<![\w-])(?:/[\w-]{1,40}#)?([\w-]{20})(?![\w-])", re.ASCII)
_NAMED_ID: Final = compile_later(
    r"(?:sid|socket(?:[ _-]?id)?|session(?:[ _-]?id)?|conn(?:ection)?(?:[ _-]?id)?)(?:"
    r"\W{1,4}([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|=([0-9a-f]{1,16}))(?![\w-])"
    r"|[(\[]\s?[gu]uid\W{1,3}([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![\w-])",
    re.IGNORECASE,
)
# Numbers that servers give their connections: `conn 42`, `Connection #42`, `ws[17]`, `[ws:17]`, `<ws 0x7f3a1c00>`; an
# object's address; a process of Erlang's; a number in brackets before all words. None behind a colon: `sockets: 3`.
_NUMBERED: Final = compile_later(
    r"(?:^\W{0,2}\[(?=\w)(?:(?:conn|ws|socket|sid|id|session)[:= #])?(?P<front>\d{1,15})\]"
    r"|(?<![A-Za-z])(?:conn(?:ection)?|ws|websocket|socket|session|sess"
    rf"|{SESSIONS_ELSEWHERE})(?:[ _]id)?(?: ?[#\[(]|=| )"
    r"(?P<number>\d{1,10})(?![A-Za-z0-9_]|-\w)"
    r"|\b(?P<address>0x[0-9a-f]{4,16})|#PID<(?P<process>\d{1,5}\.\d{1,9}\.\d{1,5})>)(?![\w.:/-]?\d)",
    re.IGNORECASE,
)
# A line that has nothing but an id and what happened to it: "<sid> connected", "disconnect  <sid>" (python-socketio).
_LONE_ID: Final = compile_later(
    r"\W*(?:(?:dis)?connect(?:ed)?\W+)?([0-9a-f]{32})(?:\W+(?:is |has )?(?:dis)?connect(?:ed)?)?\W*", re.IGNORECASE
)
_OF_ANOTHER_THING: Final = compile_later(
    r"(?i)user|account|tenant|org|member|device|worker|agent|room|trace|span|request|req|correlation|message|event|job|"
    r"order|instance|node|server|host|version|build|deploy|token"
)
_UUID: Final = compile_later(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID_CHARS: Final = 36
_ATTEMPT: Final = compile_later(
    r"(?:attempt|try|retry|retries|intento|tentativ[ae]|versuch|попытка|第)[\s#:：(=]{0,3}(\d{1,6})(?![\d.]|-?[A-Za-z]\w*\d)"
    r"|(?<![A-Za-z0-9_-])(\d{1,6}) ?/ ?\d{1,6}"
    r"|(?<![\d.])(\d{1,6}) (?:attempts?|tries|次)"
    r"|(?:re-?connect\w*|count)(?: after| on)?[\s#:：(=]{1,3}(\d{1,6})(?![\d.]|-?[A-Za-z]\w*\d| ?m?s\b)",
    re.IGNORECASE,
)
_TAIL: Final = compile_later(r"(?:[:：]|\s[-–—]|, reason:?)\s*(?![/\d])(\S[^\n]{0,499})")
_TAG: Final = compile_later(r"^\W*(?:\[[^\]]{1,60}\]\W*|[A-Z][\w ]{0,20}:\s+(?=\S+ ?\S*[:：]))*")


def find_side(text: str) -> Side | None:
    """The side whose log alone has such a reason, if the text holds one."""
    reason = find_library_reason(text)
    return Side.SERVER if reason in SERVER_REASONS else Side.CLIENT if reason in CLIENT_REASONS else None


def extract(kind: EventKind, message: str, record: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an event of `kind`, as texts; keys of the record go before words of the message."""
    found: dict[str, str | None] = {"socket_id": find_socket_id(message, record)}
    if found["socket_id"] is None and kind in OF_A_SERVER:
        found["socket_id"] = find_peer(message, record) or find_beside(message)
    found["worker_id"] = _find_worker(message, record, found["socket_id"])
    found |= _find_end(message, record) if kind in ENDS else {}
    found |= {"reason": REPLACED} if kind is EventKind.SERVER_KICK and REPLACING.search(message) else {}
    if kind in FAILURES:
        found["error"] = _find_text(record, ERROR_KEYS) or _find_tail(message) or _find_text(record, DETAIL_KEYS)
    if kind in ATTEMPTS:
        found["count"] = _find_text(record, COUNT_KEYS, _is_number) or _find_attempt(message)
    return {name: mend_text(value[:LONGEST_FIELD]) for name, value in found.items() if value}


def _find_end(message: str, record: Mapping[str, Any]) -> dict[str, str | None]:
    """Close code and reason of an end, and the close frames in the words that tell who closed.

    They stand in the message and its keys, else in the error of the record, where its words are a protocol's, or those
    of the system for a transport that ended.
    """
    code, reason = _find_code(message, record), _find_reason(message, record)
    told = message
    if code is None and reason is None and (said := find_error_text(record)) is not None:
        told = said
        code, reason = _find_code(said, {}), _find_protocol_reason(said) or find_system_reason(said)
    frames = FRAMES.search(told)
    reason = reason or find_closer(told, code)
    return {"code": code, "reason": reason or CLOSE_CODES.get(code or ""), "error": frames and frames[0]}


def find_system_reason(text: str) -> str | None:
    """The reason that the error of a read or a write states in the words of the system: `connection reset by peer`."""
    found = _OF_THE_SYSTEM.search(text)
    return None if found is None else found.group().lower()


def _find_protocol_reason(text: str) -> str | None:
    """The reason that a text states in the words of a protocol; not those of an application."""
    if find_library_reason(text) or _PING_TIMEOUT.search(text) or REPLACING.search(text) or FRAMES.search(text):
        return _find_reason(text, {})
    return None


def find_library_reason(text: str) -> str | None:
    """The reason that a text states in the words of a library of Socket.IO."""
    known = _KNOWN.search(text)
    return None if known is None else known.group().lower()


def find_socket_id(message: str, record: Mapping[str, Any]) -> str | None:
    """The id of a socket in a key of the record or in the message."""
    for key, head in _SOCKET_PATHS if may_hold(record, SOCKET_KEYS) else ():
        if head not in record:
            continue
        value = record[key] if key == head else find_nested(record, key)
        if isinstance(value, str) and (looks_like_socket_id(value) or (value and key in OF_A_SOCKET_BY_NAME)):
            return value[:100]
    if message and (named := _find_named_id(message)):
        return named
    return _find_text(record, CONNECTION_KEYS) or _find_lone_uuid(record) or _find_number(message)


def _find_number(message: str) -> str | None:
    """The number that a server has given the connection that a message names."""
    found = _NUMBERED.search(message)
    return None if found is None else next(filter(None, found.groups()), None)


def _find_named_id(message: str) -> str | None:
    """The id of a socket that a message names."""
    for match in _SOCKET_ID.finditer(message):
        if looks_like_socket_id(match[1]):
            return match[1]
    named = _NAMED_ID.search(message) or _LONE_ID.fullmatch(message)
    return find_called(message) if named is None else next(filter(None, named.groups()), None)


def looks_like_socket_id(text: str) -> bool:
    """Whether a text reads like an id of Engine.IO: 20 characters of base64url, not a word."""
    if len(text) != 20 or not _SOCKET_ID.fullmatch(text):
        return False
    if COUNTED_ID.fullmatch(text):
        return True
    if any(letter.isdigit() for letter in text):
        return any(letter.isalpha() for letter in text)
    return looks_random(text)


def find_key_fields(kind: EventKind, message: str, record: Mapping[str, Any]) -> dict[str, str]:
    """What keys and `message`, empty where its rule has read it, say of an event of `kind`."""
    found: dict[str, str | None] = {"socket_id": find_socket_id(message, record)}
    if kind in ENDS:
        found |= _find_end(message, record)
    return {name: mend_text(value[:LONGEST_FIELD]) for name, value in found.items() if value}


@cache
def _list_heads(keys: tuple[str, ...]) -> frozenset[str]:
    """The keys that stand outside, of dotted paths."""
    return frozenset(key for path in keys for key in (path, path.partition(".")[0]))


def may_hold(record: Mapping[str, Any], keys: tuple[str, ...]) -> bool:
    """Whether a record has any of these keys or dotted paths; most have none, and that is told in one look."""
    return not _list_heads(keys).isdisjoint(record)


def _find_text(
    record: Mapping[str, Any], keys: tuple[str, ...], accept: Callable[[str], bool] | None = None
) -> str | None:
    for key in keys if may_hold(record, keys) else ():
        value = record.get(key)
        if value is None and "." in key and key.partition(".")[0] in record:
            value = find_nested(record, key)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            continue
        text = str(value).strip()
        if text and (accept is None or accept(text)):
            return text
    return None


def _is_number(text: str) -> bool:
    return text.isdigit() and len(text) < 7


def _find_lone_uuid(record: Mapping[str, Any]) -> str | None:
    """The only uuid of a record, whatever its key (`client`, `cid`), unless that says that it is another thing's."""
    texts = ((key, value) for key, value in record.items() if isinstance(value, str) and len(value) == _UUID_CHARS)
    found = [(key, value) for key, value in texts if _UUID.fullmatch(value)]
    return found[0][1] if len(found) == 1 and not _OF_ANOTHER_THING.search(found[0][0]) else None


def _is_reason(text: str) -> bool:
    return text.lower() not in _NO_REASON and len(text) <= LONGEST_REASON


def _is_close_code(text: str) -> bool:
    return text in CLOSE_CODES or (text.isdigit() and 3000 <= int(text[:5]) <= 4999)


def _find_reason(message: str, record: Mapping[str, Any]) -> str | None:
    known = find_library_reason(message) or (_PING_TIMEOUT.search(message) and "ping timeout")
    if known:  # the server ends it, in the words of its library; why, the application may say behind
        return REPLACED if known in THROWN_OUT and REPLACING.search(message) else known
    if _LOST_BY_ENGINEIO.search(message):
        return "transport close"
    if REPLACING.search(message):
        return REPLACED
    if _IDLED.match(message):
        return IDLED
    if (frames := FRAMES.search(message)) is not None:
        return name_frame(frames["code"], frames["said"])
    if (shown := find_shown_frame(message)) is not None:
        return shown.said
    stated = find_stated(message)
    if stated is not None and (text := _drop_code(stated)) and _is_reason(text):
        return text
    return _drop_code(_find_text(record, REASON_KEYS, _is_reason) or "") or find_traced(record.get("trace"))


def _drop_code(text: str) -> str:
    """A reason without the close code before it; empty where that is all."""
    found = _LEADING_CODE.match(text)
    return (text[found.end() :] if found and _is_close_code(found[1]) else text).strip(" .!:\"'")


def find_error_text(record: Mapping[str, Any]) -> str | None:
    """What the error of a record says, if it has one: the end of a connection may be told there alone.

    What has a stack beside its message is an error that was written out.
    """
    return _find_text(record, (*INNER_ERROR_KEYS, *ERROR_KEYS, *(("message",) if "stack" in record else ())))


def _find_code(message: str, record: Mapping[str, Any]) -> str | None:
    if (frames := FRAMES.search(message)) is not None:
        return frames["code"]
    if NO_FRAMES.search(message):
        return "1006"
    if (shown := find_shown_frame(message)) is not None:
        return shown.code
    found = _CLOSE_CODE.search(message)
    if found is not None and _is_close_code(found[1]):
        return found[1]
    if (named := _NAMED_CODE.search(message) or _CODE_AND_NAME.search(message)) is not None:
        return named[1]
    if (text := _find_text(record, CODE_KEYS, _is_close_code)) is not None:
        return text
    stated = _LEADING_CODE.match(_find_text(record, REASON_KEYS) or "")
    return stated[1] if stated is not None and _is_close_code(stated[1]) else None


def _find_worker(message: str, record: Mapping[str, Any], socket_id: str | None) -> str | None:
    def names(text: str) -> bool:
        return text != socket_id and not looks_like_socket_id(text)

    for found in WORKER.finditer(message):
        if names(name := found[1] or found[2] or found[3]):
            return name.rstrip(".-")
    if (text := _find_text(record, WORKER_KEYS, names) or find_named(record)) is not None and names(text):
        return text
    beside = NAMED_BESIDE.search(message)
    name = None if beside is None else next(filter(None, beside.groups())).rstrip(".-")
    return name if name and names(name) and not is_known_word(name.lower()) else None


def _find_attempt(message: str) -> str | None:
    return None if (found := _ATTEMPT.search(message)) is None else next(group for group in found.groups() if group)


def _find_tail(message: str) -> str | None:
    """What stands behind the first colon that is no tag's: the error's own words."""
    start = _TAG.match(message)
    found = _TAIL.search(message, start.end() if start else 0)
    return None if found is None else found[1].split("\n", 1)[0].strip()
