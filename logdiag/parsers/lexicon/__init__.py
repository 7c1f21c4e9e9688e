"""What a message means where no rule matches: a small grammar over the classes of its words, in many languages.

`vocabulary` tells the class of a word, `grammar` what a shape of classes says, `fields`, `sends` and `timers` what else
stands there. A classification is made once a template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind, Side
from logdiag.parsers.lexicon.close_frames import CLOSE_CODES, FRAMES, NO_FRAMES
from logdiag.parsers.lexicon.event_keys import complete_event, is_generic, list_event_names
from logdiag.parsers.lexicon.fields import ENDS, extract, find_side, find_socket_id
from logdiag.parsers.lexicon.grammar import Row, compile_row, understand
from logdiag.parsers.lexicon.markets import mask_markets
from logdiag.parsers.lexicon.parts import is_of_a_part
from logdiag.parsers.lexicon.peers import CALLED_BY_NAME
from logdiag.parsers.lexicon.sends import find_sent_size
from logdiag.parsers.lexicon.timers import may_announce, read_clock
from logdiag.parsers.lexicon.transitions import find_change
from logdiag.parsers.lexicon.vocabulary import FOREIGN, PRODUCT, drop_topic, load_vocabulary
from logdiag.parsers.templates import LEVELLED_CACHED, TEMPLATES_CACHED, level_ids, level_message, mask_message

TWINS: Final[Mapping[EventKind, EventKind]] = {
    EventKind.CONNECTED: EventKind.SERVER_CONNECTED,
    EventKind.DISCONNECTED: EventKind.SERVER_DISCONNECTED,
    EventKind.CONNECT_ERROR: EventKind.SERVER_ERROR,
    EventKind.PROCESS_STARTED: EventKind.SERVER_STARTED,
    EventKind.PROCESS_STOPPING: EventKind.SERVER_STOPPING,
}
CONNECTION_KINDS: Final = frozenset(
    {
        EventKind.CONNECTING,
        EventKind.CONNECTED,
        EventKind.DISCONNECTED,
        EventKind.CONNECT_ERROR,
        EventKind.RECONNECT_ATTEMPT,
        EventKind.SERVER_CONNECTED,
        EventKind.SERVER_DISCONNECTED,
    }
)
# Who came: a server's knowledge.
REMOTE_KEYS: Final = ("ip", "remoteAddress", "remote_address", "clientIp", "client_ip", "userAgent", "user_agent")

_HINTS: Final = (
    (
        Side.CLIENT,
        compile_later(r"(?i)client|worker|agent|front|device|browser|bridge|mobile|(?:^|\W)(?:ui|bot|edge)(?:\W|$)"),
    ),
    (Side.SERVER, compile_later(r"(?i)server|master|hub|gateway|backend|(?:^|\W)(?:api|relay)(?:\W|$)")),
)
# What a logger that is called after its socket says: "[vue-ws] open wss://…", "[vue-ws] close code=1006".
_BARE_EVENT: Final = compile_later(
    r"(?i)(?:on ?)?(?:open|close)d?(?: event)?(?:[ :(,]+(?:wss?://|(?:close ?)?(?:code|reason)\W|1\d{3}\b).*)?$",
    re.DOTALL,
)
# The event whose handler speaks, before a sentence of its own: "on.close client 10.0.0.4 disconnected".
_HANDLER: Final = compile_later(
    r"(?i)on[.:_ -]?(?:close|disconnect(?:ed)?|open|connect(?:ed|ion)?)[\])>]?[\s:-]{1,3}(?=[a-z]+ \S+ \S)"
)
# `"user disconnected" + socket.id`
_GLUED: Final = compile_later(r"(connected)(?=[A-Za-z0-9_-]{16}AA[A-Za-z0-9_-]{2}(?![\w-]))", re.IGNORECASE)
# Their own logger's name, where a collector left it in the text: "engineio.client WARNING …".
_LIBRARY: Final = compile_later(
    r"\W{0,3}(?:(?:engineio|socketio)\.(?:async_)?(client|server)\W{1,3}(?:[A-Z]{4,8}\W{1,3})?"
    r"|(?:(?:socket|engine)\.io|engine)(-client)?:[a-z][\w-]{1,30}(?::[a-z][\w-]{1,30})? )"  # debug's namespaces
)
# Whose clients are none of ours, whereas those of `flask` and `order-service` may be.
_OWN_CLIENTS: Final = compile_later(
    r"(?i)bluetooth|\bble\b|kafka|rabbit|amqp|pulsar|zookeeper|redis|mongo|postgres|mysql|maria|ftp|ssh|vpn|wireguard|smtp|postfix|dovecot|ldap|serial|usb"
)
# Flags behind a sentence say nothing of what it speaks of: `(reset=true tls_eof=false)`; a browser's `wasClean` does.
_FLAGS: Final = compile_later(r" ?\((?:(?!wasClean)[\w.]+[=:] ?(?:true|false)[, ]{0,2})+\)", re.IGNORECASE)
# Why a WebSocket was refused, in HTTP's words: they make no HTTP request of it.
_STATUS: Final = compile_later(
    r"(?i)(\b(?:web ?socket|socket\.?io|wss?)\b[^\n]{0,80}?)[:,( -]{1,3}"
    r"(?:unexpected )?HTTP (?:status )?(?:code )?[45]\d\d\b"
)
# Identities in forms that no word of a sentence has, as one word: `[17] Client connected`, `id=17 connected`,
# `conn#42`, `#PID<0.512.0> disconnected`. A bare number stays a count.
_FRONT: Final = compile_later(r"(?i)^(\W{0,2})\[(?:(?:id|c|client)[:= #])?<(?:n|id|hex)>\] (?=\w)")
_KEYED: Final = compile_later(r"(?<![\w.-])c?id[=:#]\s?<(?:n|id|hex)>", re.IGNORECASE)
_PROCESS: Final = compile_later(r"#PID<<n>>")
_HASHED: Final = compile_later(r"(?<=[A-Za-z])#(?=<n>)")
_AS_ONE: Final = ((_PROCESS, "<id>"), (_FRONT, r"\1<id> "), (_KEYED, "<id>"), (_HASHED, " "))
# A close code of RFC 6455, or one of the application's behind the word "code".
_CODE: Final = compile_later(
    r"(?i)(?<=\w)(?!-\d)[\s:=(\[-]{1,3}(?:(?:received|sent) (?:1|3|4)\d{3} \([^)\n]{1,40}\)"
    r"|(?:with )?(?:(?:status |close )?code[\s:=]{1,3}[34]\d{3}|(?:(?:status |close )?code[\s:=]{1,3})?"
    r"10(?:0[0-35-9]|1[0-5]))(?![.:]?\w|-\w*\d)[)\]]?)"
)
CODE: Final = " websocket close code"  # the words that stand for it in a template
# Stores and brokers whose name ends in what they are, or has a digit, which would be masked as an id.
_STORES: Final = compile_later(
    r"\b(?:[A-Z][A-Za-z]{1,20}(?:DB|SQL|MQ|KV)|[A-Z]{2,6}MQ|(?i:neo4j|zigbee2mqtt|pop3|db2|h2|s3))\b"
)
# An event's name at the head of a line: `clientDisconnected`, `onDisconnect`; of a flag, the state alone is told.
_EVENT_NAME: Final = compile_later(
    r"^(\W{0,3}(?:\[[^\]\n]{1,40}\]\W{0,3})?(?!(?:is|has|was|set|get|when|if)[A-Z])[A-Za-z]{1,20}[a-z])"
    r"(?=(?:Disc|Rec|C)onnect(?:ed|ion)?(?![a-z])(?!['\"]?\s?[:=]\s?(?:true|false|null|\d)))"
)
_OF_A_SOCKET_TOO: Final = compile_later(r"(?i)\b(?:api|https?|tcp)\b")
_HUMPS: Final = compile_later(r"(?<=[a-z])(?=[A-Z])|[:./]")
# What only Socket.IO says of a socket that was connected, set off at the end of a line.
_STATED_END: Final = compile_later(
    r"(?i)[:(=\[,—–-]\s?(?:transport close|transport error|ping timeout|forced close|io (?:server|client) disconnect"
    r"|(?:server|client) namespace disconnect)[)\].!]?$"
)
# What a program writes of what it was not told: `Disconnected with code: None`.
_IOS: Final = compile_later(r"(?i)\bios\b")  # as a service an application for it, in a line a debugger's device
# What a client runs on, in a pair with its name: `device=ios`. It is no subsystem that the line speaks of.
_RUNS_ON: Final = compile_later(
    r"(?i)\b(?:device|platform|browser|os|client|app|agent)(?:[_-]?(?:type|name|kind|os|platform))?\"?[=:]\s?\"?"
    r"(?:ios|ipados|chrome|chromium)\b\"?"
)
_UNSTATED: Final = compile_later(r"(?i)\b(?:code|reason)\s?[:=]\s?(?:none|null|undefined|nil)\b")
# What a line speaks of, in a column of its own: `WebSocket | Connection closed`.
_SUBJECT: Final = compile_later(r"(?i)\b(web ?socket|socket\.io|signalr) \| (?=connection\b)")
# The part of the program that speaks, in such a column: what it says begins behind. A table has more columns.
_SPEAKER: Final = compile_later(r"^(\W{0,3}[A-Za-z][\w.-]{1,30}) \| (?=[^|]+$)")
# A column in Chinese brackets, as of one account of many: `【2207836320265】连接异常`.
_COLUMN: Final = compile_later(r"^\W{0,3}【[^【】\n]{1,40}】\s?")
# How many there are now, behind what happened to one: `(2 total)`, `(total: 5)`, `(3 clients remaining)`.
_LEFT: Final = compile_later(
    r"(?i)[ ,]{0,2}\((?:"
    r"\d{1,6} (?:total|left|remaining|online|active|connected|clients?|connections?|users?|peers?)[a-z ]{0,20}"
    r"|(?:total|remaining|active|online|connected|clients|connections|users)(?: [a-z]{1,12})?[:=]? \d{1,6})\)[.!]?$"
)
_OF_A_CLIENT: Final = compile_later(r"(?i)\b(?:client|peer|user|player|viewer|subscriber|device)s?\b")
# A connection named by its kind before a colon, whoever it is: `charge point disconnected: garage`. Names of ports, of
# disks and of states are none.
_NAMED_BEHIND: Final = compile_later(
    rf"(?i)\b({CALLED_BY_NAME} (?:dis)?connected): "
    r"(?!(?:sd[a-z]|tty|eth|wlan|usb|nvme|hci|com|true|false|yes|no|none|null|undefined|unknown|ok)(?![a-z-]))"
    r"([A-Za-z][\w.*@-]{1,60})$"
)
_QUOTES: Final = compile_later(r"[\"“”「」`]|(?<![^\W\d_])'|'(?![^\W\d_])")

# A connection that was there and broke: whoever sent found that out by sending, and nobody said it before.
_BROKE: Final = compile_later(
    r"(?i)\b(?:ECONNRESET|EPIPE|broken pipe|(?:reset|aborted) by (?:the )?peer)\b|\berrno[= ]\d"
)
_OF_PROCESSES: Final = frozenset({EventKind.PROCESS_STARTED, EventKind.PROCESS_STOPPING, EventKind.PROCESS_CRASHED})
_STATED_END_ROW: Final = Row(EventKind.DISCONNECTED, None, _STATED_END, ())


class Reading(NamedTuple):
    """What the lexicon understood. `side` is whose log says so; without `is_side_sure` the words could not tell."""

    kind: EventKind
    side: Side | None
    is_side_sure: bool
    extracted: dict[str, str]


class _Sense(NamedTuple):
    """What a template means."""

    kind: EventKind
    side: Side | None


def read_message(message: str, service: str | None = None, record: Mapping[str, Any] | None = None) -> Reading | None:
    """What a message and the keys of its record mean; None: nothing here. `service` only hints at the side."""
    fields = record or {}
    library = _LIBRARY.match(message)
    message = _GLUED.sub(r"\1 ", message[library.end() :] if library else message)
    template = _mask(message)
    if may_announce(template) and (clock := read_clock(message)) is not None:
        return Reading(clock[0], None, is_side_sure=True, extracted=clock[1])
    change = find_change(message)
    if change is not None:
        sense = None if change.kind is None or is_foreign(message) else _Sense(change.kind, None)
    else:
        sense = classify(template, service or "") or _read_event_key(message, service or "", fields)
    if sense is None and (found := _CODE.search(message)) is not None:
        sense = classify(_mask(message[: found.start()] + CODE + message[found.end() :]), service or "")
    if sense is None and (handler := _HANDLER.match(message)) is not None:
        sense = classify(_mask(message[handler.end() :]), service or "")
    if sense is None and _is_closed_by_code(template, fields):
        sense = classify(f"socket {template}", service or "")
    if sense is None and _is_called_after_a_socket(service or ""):
        is_bare = _may_be_bare(message, template)
        sense = classify(f"socket {template}" if is_bare else f"[{service}] {template}", service or "")
        sense = sense if is_bare or (sense is not None and sense.side is not None) else None
    if sense is None:
        size = find_sent_size(message, fields)
        if size is None or is_foreign(message):
            return None
        return Reading(EventKind.PUSH_STARTED, Side.CLIENT, is_side_sure=True, extracted={"value": size})
    if sense.kind is EventKind.EMIT_REFUSED and _BROKE.search(message):
        return None
    if sense.kind is EventKind.CONNECT_ERROR and (FRAMES.search(message) or NO_FRAMES.search(message)):
        sense = sense._replace(kind=EventKind.DISCONNECTED)  # what has close frames was open
    if library is not None:
        sense = sense._replace(side=_find_library_side(library))
    kind, side, is_sure = _settle_side(sense, message, service, fields)
    return Reading(kind, side, is_sure, extract(kind, message, fields))


def _may_be_bare(message: str, template: str) -> bool:
    """Whether a message names an event of what its logger is called after, without naming that."""
    known = load_vocabulary().letters
    return _BARE_EVENT.match(message) is not None or _read_letters(template)[:1] in {known["entry"], known["removal"]}


def _find_library_side(library: re.Match[str]) -> Side:
    """Whose log a logger of the library's own writes to: on a server, debug's namespaces have no word for it."""
    return Side(library[1]) if library[1] else Side.CLIENT if library[2] else Side.SERVER


def is_foreign(text: str) -> bool:
    """Whether a text speaks of a subsystem that is no socket of ours: a database, a queue, a browser."""
    return load_vocabulary().letters["foreign"] in _read_letters(_mask(text))


def names_a_party(text: str) -> bool:
    """Whether a text names who is connected: a socket, a server, or whoever comes to one."""
    known, letters = load_vocabulary().letters, _read_letters(_mask(text))
    return any(known[name] in letters for name in ("link", "server", "actor"))


def _is_closed_by_code(template: str, fields: Mapping[str, Any]) -> bool:
    """Whether a connection that closes has a close code of RFC 6455 in a key beside it: no other's has."""
    if str(fields.get("code")) not in CLOSE_CODES:
        return False
    known, letters = load_vocabulary().letters, _read_letters(template)
    return known["connection"] in letters and (known["shut"] in letters or known["close"] in letters)


def _mask(message: str) -> str:
    return _mask_ids_alike(level_ids(message[:400]))


@lru_cache(maxsize=LEVELLED_CACHED)
def _mask_ids_alike(message: str) -> str:
    text = _STORES.sub("database", message)
    if ";" in text:  # most lines are spared each search by a text that it needs
        text = FRAMES.sub("", text)
    small = text.lower()
    if "true" in small or "false" in small:
        text = _FLAGS.sub("", text)
    if "http" in small:
        text = _STATUS.sub(r"\1", text)
    if "ios" in small or "chrom" in small:
        text = _RUNS_ON.sub("", text)
    if "code" in small or "reason" in small:
        text = _UNSTATED.sub("", text)
    if " | " in text:
        text = _SPEAKER.sub(r"[\1] ", _SUBJECT.sub(r"\1 ", text))
    if "【" in text:
        text = _COLUMN.sub("", text)
    if "onnect" in text:
        text = _EVENT_NAME.sub(r"\1 ", text)
        text = _NAMED_BEHIND.sub(_mask_name, text)
    text = mask_markets(text)
    if text.endswith((")", ").", ")!")):
        text = _LEFT.sub("", text)
    return _mask_level(level_message(text))


def _mask_name(found: re.Match[str]) -> str:
    """The name as an id; one that has a meaning of its own, as that of a subsystem, stays."""
    is_foreign_name = FOREIGN in load_vocabulary().name_classes(found[2])
    return found[0] if is_foreign_name else f"{found[1]} <id>"


@lru_cache(maxsize=TEMPLATES_CACHED)
def _mask_level(message: str) -> str:
    template = mask_message(_QUOTES.sub(" ", message))
    for pattern, text in _AS_ONE:
        template = pattern.sub(text, template)
    return template


@lru_cache(maxsize=TEMPLATES_CACHED)
def _read_letters(template: str) -> str:
    return load_vocabulary().read(template)


@lru_cache(maxsize=TEMPLATES_CACHED)
def classify(template: str, service: str = "") -> _Sense | None:
    """What a masked message means, said by this service; None: nothing here."""
    letters = _read_letters(template)
    row = understand(letters) or _find_stated_end(letters, template)
    if row is None or row.kind is None or is_of_a_part(row.kind, template):
        return None
    if _is_of_foreign_service(service) and not (_names_a_socket(letters, service) or _is_of_a_process(row, service)):
        return None
    return _Sense(row.kind, _find_row_side(row, template))


def _is_of_a_process(row: Row, service: str) -> bool:
    """Whether a line tells of its own process, whatever that brings its sockets to: a bot's, not a database's."""
    return row.kind in _OF_PROCESSES and not _OWN_CLIENTS.search(service)


def _find_stated_end(letters: str, template: str) -> Row | None:
    """A reason of Socket.IO's behind what a line says of a socket, in words that may be of any language."""
    return _STATED_END_ROW if _STATED_END.search(template) and _compile_of_a_socket().match(letters) else None


@cache
def _compile_of_a_socket() -> re.Pattern[str]:
    """What a line says of a socket that is neither planned, nor impossible, nor about something sent."""
    return compile_row("(?! any* (unreal|not|cannot|unconnected|http_failure)) any{0,8} link (?! any* (emit|fail))")


def _find_row_side(row: Row, template: str) -> Side | None:
    return (find_side(template) if row.kind in ENDS else None) or row.side


@lru_cache(maxsize=1024)
def _is_of_foreign_service(service: str) -> bool:
    """Whether a service is called after a subsystem; HTTP and an API beside a socket are where that is served."""
    text = _IOS.sub(" ", _HUMPS.sub(" ", drop_topic(service).replace("-", " ").replace("_", " ")))
    if load_vocabulary().letters["link"] in _read_letters(text):
        text = _OF_A_SOCKET_TOO.sub(" ", text)
    return is_foreign(text)


@lru_cache(maxsize=1024)
def _is_called_after_a_socket(service: str) -> bool:
    return load_vocabulary().letters["link"] in _read_letters(_HUMPS.sub(" ", service.replace("-", " ")))


@lru_cache(maxsize=1024)
def _is_of_a_product(service: str) -> bool:
    """Whether a service is called after a product alone that its own sockets bring something to."""
    names = set(load_vocabulary().name_classes(_mask(_HUMPS.sub(" ", service.replace("-", " ")))))
    return PRODUCT in names and FOREIGN not in names


def _names_a_socket(letters: str, service: str) -> bool:
    known = load_vocabulary().letters
    if known["new"] + known["connection"] in letters and _is_of_a_product(service):
        return True
    names = ("link", "server") if _OWN_CLIENTS.search(service) else ("link", "server", "actor")
    return any(known[name] in letters for name in names)


def _read_event_key(message: str, service: str, fields: Mapping[str, Any]) -> _Sense | None:
    """What a record says by a key of its own, `"event": "client_disconnected"`, if it looks like a socket's."""
    names = [] if is_foreign(message) else list(list_event_names(message, fields))
    for text in (_mask(_HUMPS.sub(" ", name)) for name in names):
        sense = classify(text, service)
        if sense is None and find_socket_id("", fields):
            sense = classify(f"{text} <id>", service)
            sense = sense and sense._replace(side=None, kind=_untwin(sense.kind))
        if sense is None and is_generic(message):
            sense = classify(f"socket {complete_event(text)}", service)
        if sense is not None:
            return sense
    return None


def _untwin(kind: EventKind) -> EventKind:
    return next((client for client, server in TWINS.items() if server is kind), kind)


def _settle_side(
    sense: _Sense, message: str, service: str | None, fields: Mapping[str, Any]
) -> tuple[EventKind, Side | None, bool]:
    """The kind, the side and whether it is sure: by the words, by what only one side can know, else by the service."""
    side = sense.side
    is_remote = any(key in fields for key in REMOTE_KEYS) or _counts_clients(message)
    if side is None and sense.kind in TWINS and is_remote:
        side = Side.SERVER
    if side is None and sense.kind in ENDS and isinstance(reason := fields.get("reason"), str):
        side = find_side(reason)
    if sense.kind not in TWINS and sense.kind not in TWINS.values():
        return sense.kind, side, True
    if side is not None:
        return _take_side(sense.kind, side), side, True
    side = _guess_side(service)
    return (sense.kind if side is None else _take_side(sense.kind, side)), side, False


def _counts_clients(message: str) -> bool:
    """Whether a line says of one client how many there are: `WebSocket client connected: client-10 (total: 2)`."""
    return (
        message.endswith((")", ").", ")!")) and _OF_A_CLIENT.search(message) is not None and bool(_LEFT.search(message))
    )


def _take_side(kind: EventKind, side: Side) -> EventKind:
    return TWINS.get(kind, kind) if side is Side.SERVER else _untwin(kind)


def _guess_side(service: str | None) -> Side | None:
    """What the name of a service or file hints at: client, server, or nothing if it says neither or both."""
    sides = [side for side, pattern in _HINTS if pattern.search(service or "")]
    return sides[0] if len(sides) == 1 else None
