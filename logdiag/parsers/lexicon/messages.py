"""What a message means where no rule matches: a small grammar over the classes of its words, in many languages.

A classification is made once a template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind, Side
from logdiag.parsers.lexicon.close_frames import CLOSE_CODES, FRAMES, NO_FRAMES
from logdiag.parsers.lexicon.deliveries import read_delivery
from logdiag.parsers.lexicon.event_keys import complete_event, is_generic, list_event_names
from logdiag.parsers.lexicon.feeds import find_feed, find_feed_name
from logdiag.parsers.lexicon.fields import ENDS, extract, find_side, find_socket_id
from logdiag.parsers.lexicon.grammar import Row, compile_row, understand
from logdiag.parsers.lexicon.masking import LEFT, mask_words
from logdiag.parsers.lexicon.parts import is_of_a_part
from logdiag.parsers.lexicon.program_faults import tells_program_fault
from logdiag.parsers.lexicon.sends import find_sent_size
from logdiag.parsers.lexicon.sizes import find_size
from logdiag.parsers.lexicon.timers import may_announce, read_clock
from logdiag.parsers.lexicon.tongues import read_tongue
from logdiag.parsers.lexicon.transitions import find_change
from logdiag.parsers.lexicon.vocabulary import FOREIGN, PRODUCT, drop_topic, load_vocabulary
from logdiag.parsers.templates import TEMPLATES_CACHED

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

USER_AGENT: Final = "Mozilla/"  # of whoever came, as every browser begins

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
# A close code of RFC 6455, or one of the application's behind the word "code".
_CODE: Final = compile_later(
    r"(?i)(?<=\w)(?!-\d)[\s:=(\[-]{1,3}(?:(?:received|sent) (?:1|3|4)\d{3} \([^)\n]{1,40}\)"
    r"|(?:with )?(?:(?:status |close )?code[\s:=]{1,3}[34]\d{3}|(?:(?:status |close )?code[\s:=]{1,3})?"
    r"10(?:0[0-35-9]|1[0-5]))(?![.:]?\w|-\w*\d)[)\]]?)"
)
# A close code behind a key, where nothing else tells of a market's close.
_CLOSE_KEY: Final = compile_later(
    r"(?i)^(?!.*\b(?:open|high|low|volume|price|symbol|candle|ohlc)\b)(?P<before>.*?)"
    r"\b(?:ws_?)?close(?:[_-]?(?:code|status))?=\"?(?:10(?:0[0-35-9]|1[0-5])|4\d{3})\b(?![.:]?\w)",
    re.DOTALL,
)
CODE: Final = " websocket close code"  # the words that stand for it in a template
_FRAMED: Final = compile_later(r"(?i)\b(?:(?:account|order|api|rest|page|webhook)s?|stream(?:s|ing)?)\b")
_OF_A_SOCKET_TOO: Final = compile_later(r"(?i)\b(?:api|https?|tcp)\b")
_HUMPS: Final = compile_later(r"(?<=[a-z])(?=[A-Z])|[:./]")
# What only Socket.IO says of a socket that was connected, set off at the end of a line.
_STATED_END: Final = compile_later(
    r"(?i)[:(=\[,—–-]\s?(?:transport close|transport error|ping timeout|forced close|io (?:server|client) disconnect"
    r"|(?:server|client) namespace disconnect)[)\].!]?$"
)
# What a program writes of what it was not told: `Disconnected with code: None`.
_IOS: Final = compile_later(r"(?i)\bios\b")  # as a service an application for it, in a line a debugger's device
_OF_A_CLIENT: Final = compile_later(r"(?i)\b(?:client|peer|user|player|viewer|subscriber|device)s?\b")

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
    service = _find_teller(service, fields)
    library = _LIBRARY.match(message)
    message = _GLUED.sub(r"\1 ", message[library.end() :] if library else message)
    template = mask_words(message)
    if (whole := _read_whole(message, template, fields)) is not None:
        return whole
    change = find_change(message)
    if change is not None:
        sense = None if change.kind is None or is_foreign(message) else _Sense(change.kind, None)
    else:
        sense = classify(template, service or "") or _read_event_key(message, service or "", fields)
    if sense is None and (found := _CODE.search(message)) is not None:
        sense = classify(mask_words(message[: found.start()] + CODE + message[found.end() :]), service or "")
    if sense is None and (handler := _HANDLER.match(message)) is not None:
        sense = classify(mask_words(message[handler.end() :]), service or "")
    if sense is None and (_is_closed_by_code(template, fields) or _goes_to_a_web_socket(fields)):
        sense = classify(f"socket {template}", service or "")
    if sense is None and _is_called_after_a_socket(service or ""):
        is_bare = _may_be_bare(message, template)
        sense = classify(f"socket {template}" if is_bare else f"[{service}] {template}", service or "")
        sense = sense if is_bare or (sense is not None and sense.side is not None) else None
    sense = sense or _read_frames(message) or _read_other_tongue(template, service or "") or _read_close_key(message)
    if sense is None:
        return _read_push(message, fields)
    if _is_of_the_program(sense, message):
        return None
    if sense.kind is EventKind.CONNECT_ERROR and (FRAMES.search(message) or NO_FRAMES.search(message)):
        sense = sense._replace(kind=EventKind.DISCONNECTED)  # what has close frames was open
    if library is not None:
        sense = sense._replace(side=_find_library_side(library))
    kind, side, is_sure = _settle_side(sense, message, service, fields)
    return Reading(kind, side, is_sure, _extract(kind, message, fields))


def _read_whole(message: str, template: str, fields: Mapping[str, Any]) -> Reading | None:
    """What is told by more than the classes of words: a timer by its clock, a link to a venue by whose it is."""
    if may_announce(template) and (clock := read_clock(message)) is not None:
        return Reading(clock[0], None, is_side_sure=True, extracted=clock[1])
    feed = find_feed(message, fields)
    if feed is None:
        return None
    return Reading(feed.kind, Side.CLIENT, is_side_sure=True, extracted=_extract(feed.kind, message, fields))


def _find_teller(service: str | None, fields: Mapping[str, Any]) -> str | None:
    """The service, or the logger that a record names beside it, where that is called after a subsystem of its own."""
    logger = fields.get("logger")
    return logger if isinstance(logger, str) and _is_of_foreign_service(logger) else service


def _extract(kind: EventKind, message: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an event; a client's connection is that to the venue that its line names, if it names one."""
    found = extract(kind, message, fields)
    if kind not in TWINS or "worker_id" in found or (name := find_feed_name(message, fields)) is None:
        return found
    return found | {"worker_id": name}


def _read_push(message: str, fields: Mapping[str, Any]) -> Reading | None:
    """What a line says of something that is sent: how large it is, or what became of it."""
    size = None if is_foreign(message) else find_sent_size(message, fields)
    delivery = read_delivery(message, fields)
    if size is None and delivery is None:
        return None
    kind = EventKind.PUSH_STARTED if delivery is None else delivery.kind
    if size is None and kind is EventKind.PUSH_STARTED:
        size = find_size(message, fields)
    extracted = {} if delivery is None else delivery.fields
    return Reading(kind, Side.CLIENT, is_side_sure=True, extracted=extracted | ({"value": size} if size else {}))


def _is_of_the_program(sense: _Sense, message: str) -> bool:
    """Whether what failed is the program's own: a send that broke off, or a handler's code."""
    if sense.kind is EventKind.EMIT_REFUSED:
        return _BROKE.search(message) is not None
    return sense.kind is EventKind.CONNECT_ERROR and tells_program_fault(message)


def _may_be_bare(message: str, template: str) -> bool:
    """Whether a message names an event of what its logger is called after, without naming that."""
    known = load_vocabulary().letters
    return _BARE_EVENT.match(message) is not None or _read_letters(template)[:1] in {known["entry"], known["removal"]}


def _find_library_side(library: re.Match[str]) -> Side:
    """Whose log a logger of the library's own writes to: on a server, debug's namespaces have no word for it."""
    return Side(library[1]) if library[1] else Side.CLIENT if library[2] else Side.SERVER


def is_foreign(text: str) -> bool:
    """Whether a text speaks of a subsystem that is no socket of ours: a database, a queue, a browser."""
    return load_vocabulary().letters["foreign"] in _read_letters(mask_words(text))


def _read_frames(message: str) -> _Sense | None:
    """The end that close frames tell of, whatever stands before them: `stream closed: received 1008 (policy …`.

    What names a subsystem there is of that; a stream or an account that has close frames is a socket's.
    """
    found = FRAMES.search(message)
    is_of_others = found is None or is_foreign(_FRAMED.sub(" ", message[: found.start()]))
    return None if is_of_others else _Sense(EventKind.DISCONNECTED, None)


def _read_close_key(message: str) -> _Sense | None:
    """The end that a close code tells of behind a key that is called after it: `moved away close=1012`."""
    found = _CLOSE_KEY.search(message)
    unreal = load_vocabulary().letters["unreal"]
    if found is None or is_foreign(message) or unreal in _read_letters(mask_words(found["before"])):
        return None
    return _Sense(EventKind.DISCONNECTED, None)


def _read_other_tongue(template: str, service: str) -> _Sense | None:
    told = None if _is_of_foreign_service(service) else read_tongue(template)
    return None if told is None else _Sense(told.kind, told.side)


def names_a_party(text: str) -> bool:
    """Whether a text names who is connected: a socket, a server, or whoever comes to one."""
    known, letters = load_vocabulary().letters, _read_letters(mask_words(text))
    return any(known[name] in letters for name in ("link", "server", "actor"))


def _is_closed_by_code(template: str, fields: Mapping[str, Any]) -> bool:
    """Whether a connection that closes has a close code of RFC 6455 in a key beside it: no other's has."""
    if str(fields.get("code")) not in CLOSE_CODES:
        return False
    known, letters = load_vocabulary().letters, _read_letters(template)
    return known["connection"] in letters and (known["shut"] in letters or known["close"] in letters)


def _goes_to_a_web_socket(fields: Mapping[str, Any]) -> bool:
    """Whether a key beside the message holds the address of a WebSocket: `tunnel established`, `server=wss://…`."""
    return any(isinstance(value, str) and value.startswith(("wss://", "ws://")) for value in fields.values())


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
    names = set(load_vocabulary().name_classes(mask_words(_HUMPS.sub(" ", service.replace("-", " ")))))
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
    for text in (mask_words(_HUMPS.sub(" ", name)) for name in names):
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
    is_remote = any(key in fields for key in REMOTE_KEYS) or USER_AGENT in message or _counts_clients(message)
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
        message.endswith((")", ").", ")!")) and _OF_A_CLIENT.search(message) is not None and bool(LEFT.search(message))
    )


def _take_side(kind: EventKind, side: Side) -> EventKind:
    return TWINS.get(kind, kind) if side is Side.SERVER else _untwin(kind)


def _guess_side(service: str | None) -> Side | None:
    """What the name of a service or file hints at: client, server, or nothing if it says neither or both."""
    sides = [side for side, pattern in _HINTS if pattern.search(service or "")]
    return sides[0] if len(sides) == 1 else None
