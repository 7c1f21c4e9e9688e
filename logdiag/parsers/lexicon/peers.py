"""Who is at the other end: address and port, as one connection at a time comes from there, and who goes by a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from logdiag.deferred import compile_later
from logdiag.parsers.templates import looks_random

# Where loggers put it, if the message does not say: spans of Rust's, fields of Go's.
PEER_KEYS: Final = (
    "peer", "peer_addr", "peer.addr", "remote", "remote_addr", "remoteAddr", "remote.addr", "client_addr", "addr",
)  # fmt: skip
# What is connected under a name of its own, which need hold no digit: `charge point disconnected: garage`.
CALLED_BY_NAME: Final = (
    r"(?:device|charge ?point|charging station|station|kiosk|terminal|tablet|robot|vehicle|runner|peer|driver|scanner)"
)
# Keys under which such a thing's own name stands, with the noun, one of it: `terminal_id`, `kioskId`, `device`.
_NOUNS: Final = ("terminal", "kiosk", "station", "charger", "robot", "vehicle", "driver", "sensor", "runner", "tablet")
NOUN_KEYS: Final = (
    *(form.format(noun) for noun in _NOUNS for form in ("{}_id", "{}Id", "{}")),
    *("charge_point_id", "chargePointId", "charge_point", "chargePoint", "charging_station", "device", "device_name"),
)
# The name of one: `kiosk-3`, `term_64eb`, a plain number; no model's: `iPhone14`, `Chrome on Windows 10`.
_NAME_OF_ONE: Final = compile_later(r"(?=[^\n]*\d)[A-Za-z0-9]+(?:[-_:.][A-Za-z0-9]+)+|\d{3,9}")
_COUNT: Final = compile_later(r"[-_.# ]?\d{1,6}")
# Keys that stand for other things as well (a browser is a user agent, a `client` may be an address): there a name that
# says the key once more and counts, `agent=agent07`, is that of one.
_OPEN_NOUNS: Final = (*_NOUNS, "agent", "client", "user", "player", "member", "bot", "device", "camera")
# Whatever it looks like, where a line calls it the id of a session or connection: `Session ID: jghopzer`.
_CALLED_ID: Final = compile_later(
    r"(?i)(?<![^\W\d_])(?:session|socket|conn(?:ection)?|sesi[oó]n|sitzungs?|세션|소켓|연결|会话|连接|セッション|接続|сессии)"
    r"[ _-]?(?:id|아이디)\s?[:=#：][ \t]?[\"'\[(]?"
    r"(?!(?:null|none|nil|undefined|unknown|missing|invalid|expired|not|no|is|n/a)\b)([\w-]{4,64})(?![\w.@-])"
)
# An id in base64url of another length than Engine.IO's (socketioxide's has 16 characters, SignalR's 22) behind the word
# for a socket, or behind `id=` in a line that begins with one: `socket connected ns=/ id=OzRJ3CAV-8T7rIQA`.
_RANDOM_ID: Final = compile_later(
    r"(?i)(?:(?<![^\W\d_])(?:socket|ws|websocket|conn(?:ection)?|session|sid)(?:[ _-]?id)?[ :=#]{1,2}"
    r"|^\W{0,3}(?:\[[^\]\n]{1,40}\] )?(?:new )?(?:socket|ws|websocket|connection)\b[^\n]{0,60}?[\s(\[{,]id[=:] ?)"
    r"(?-i:([A-Za-z0-9_-]{15,22}))(?![\w.@-])"
)
# The same, short, in hexadecimal: `connection 614186d1a6`; a letter and a digit in it tell it from words and counts.
_HEX_ID: Final = compile_later(
    r"(?i)(?<![^\W\d_])(?:socket|ws|websocket|conn(?:ection)?|session|sid)(?:[ _-]?id)?[ :=#]{1,2}"
    r"(?-i:((?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,14}))(?![\w.@:-]*[\w@-])"
)
_AT_AN_END: Final = compile_later(
    r"^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (?=\S)"
    r"|[:：] ?((?=[\w-]*[a-z])(?=[\w-]*[A-Z])[A-Za-z0-9_-]{22})$"
)
# Python tells it as a pair: ('10.0.0.7', 51210), Address(host='10.0.0.7', port=51210).
_ADDRESS: Final = compile_later(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?::|', (?:port=)?)(\d{2,5})(?![\d.])")
# In other languages: who has a connection, in front of a name, and what one is called in front of its number.
PEERS_ELSEWHERE: Final = (
    r"(?:\b(?:cliente|usu[áa]rio|utilizador|utilisateur|benutzer|nutzer|gerät|utente|dispositivo|appareil|клиент\w{0,2}"
    r"|пользовател\w{1,2}|устройств\w{1,2}|klient\w{0,3}|użytkownik\w{0,3}|istemci|kullanıcı)[\s:#=]{1,3}"
    r"|(?:クライアント|ユーザー?|端末|デバイス|客户端|用户|设备|클라이언트|사용자|유저|단말|기기)[\s:#=]{0,2})"
)
SESSIONS_ELSEWHERE: Final = (
    r"sess[ãa]o|sesi[óo]n|sitzung|sessione|сесси[яию]|sesja|oturum|conex[ãa]o|conexi[óo]n|liga[çc][ãa]o|connexion"
    r"|verbindung|connessione|соединени[ея]|połączenie|bağlantı"
)
WORKER: Final = compile_later(
    r"(?:worker|agent|client|user|device|driver|player|member|participant|\buid"
    r"|charge ?point|charging (?:point|station)|wallbox|ladepunkt|ladestation|lades\u00e4ule)(?: with)?(?:[ _-]?id)?"
    r"[\s:#=\[(\"']{1,3}([\w.-]{0,60}\d[\w.-]{0,60})"
    rf"|{PEERS_ELSEWHERE}"
    r"([A-Za-z0-9_.-]{0,60}\d[A-Za-z0-9_.-]{0,60})|\bid[=:#]\s?([\w.-]{0,30}\d[\w.-]{0,30})",
    re.IGNORECASE,
)
# `connected as mira`, `User mira disconnected`: whoever it is, with a digit or without; `abruptly` is nobody.
NAMED_BESIDE: Final = compile_later(
    r"(?i)\b(?:re)?connected as (?:(?:user|client|player|guest) )?['\"]?([\w@.+-]{2,64})"
    r"|\b(?:user|client|player|member|agent|worker)[:=]? ?['\"]?(?!\w+ly\b)([\w@.+-]{2,64})['\"]? "
    r"(?:has |is |was )?(?:dis|re)?connected\b"
    r"|[(,] ?(?:client|user|device|agent|worker|player)=['\"]?([\w@.+-]{1,64})['\"]?(?=[,)])"
    r"|\b(?:connection|session|socket) (?:for|of) (?:user|client|player|device)[: ] ?['\"]?([\w@.+-]{2,64})['\"]?\.?$"
    rf"|\b{CALLED_BY_NAME} (?:dis)?connected: ([A-Za-z][\w.*@-]{{1,60}})$"
)


def find_peer(message: str, record: Mapping[str, Any]) -> str | None:
    """The address and port in a message, else in a key of its record: `10.0.0.7:51210`."""
    for text in (message, *(record[key] for key in PEER_KEYS if key in record)):
        if isinstance(text, str) and (found := _ADDRESS.search(text)) is not None:
            return f"{found[1]}:{found[2]}"
    return None


def find_named(record: Mapping[str, Any]) -> str | None:
    """The name of the terminal, kiosk or other device that a record is about: `terminal_id`, `device`."""
    texts = (str(record[key]) for key in NOUN_KEYS if isinstance(record.get(key), str | int))
    return next((text for text in texts if _NAME_OF_ONE.fullmatch(text)), None) or _find_counted(record)


def _find_counted(record: Mapping[str, Any]) -> str | None:
    """The name of one that is its key and a number: `agent=agent07`, `"client": "client-12"`."""
    for key in _OPEN_NOUNS:
        text = record.get(key)
        if isinstance(text, str) and text.lower().startswith(key) and _COUNT.fullmatch(text, len(key)):
            return text
    return None


def find_beside(message: str) -> str | None:
    """The id that a line about a connect or an end begins or ends with: a UUID, or one of SignalR's behind a colon."""
    found = _AT_AN_END.search(message)
    if found is None or (found[2] and not looks_random(found[2])):
        return None
    return found[1] or found[2]


def find_called(message: str) -> str | None:
    """What a message calls the id of a session or a connection, whatever it looks like."""
    found = _CALLED_ID.search(message) or _find_random(message) or _HEX_ID.search(message)
    return None if found is None else found[1]


def _find_random(message: str) -> re.Match[str] | None:
    """The id that nobody chose: `connection pool-worker-number3` has a digit, but no letter of another case."""
    found = _RANDOM_ID.search(message)
    if found is None:
        return None
    case_count = any(map(str.isupper, found[1])) + any(map(str.islower, found[1]))
    is_hex = not found[1].strip("0123456789abcdef") and any(map(str.isdigit, found[1]))
    return found if is_hex or (case_count == 2 and looks_random(found[1])) else None
