"""A message as the grammar reads it: what differs from line to line masked, what says nothing of the event left out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from logdiag.deferred import compile_later
from logdiag.parsers.lexicon.close_frames import FRAMES
from logdiag.parsers.lexicon.markets import mask_markets
from logdiag.parsers.lexicon.peers import CALLED_BY_NAME
from logdiag.parsers.lexicon.vocabulary import FOREIGN, load_vocabulary
from logdiag.parsers.templates import LEVELLED_CACHED, TEMPLATES_CACHED, level_ids, level_message, mask_message

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
# Stores and brokers whose name ends in what they are, or has a digit, which would be masked as an id.
_STORES: Final = compile_later(
    r"\b(?:[A-Z][A-Za-z]{1,20}(?:DB|SQL|MQ|KV)|[A-Z]{2,6}MQ|(?i:neo4j|zigbee2mqtt|psycopg2|pop3|db2|h2|s3))\b"
)
# An event's name at the head of a line: `clientDisconnected`, `onDisconnect`; of a flag, the state alone is told.
_EVENT_NAME: Final = compile_later(
    r"^(\W{0,3}(?:\[[^\]\n]{1,40}\]\W{0,3})?(?!(?:is|has|was|set|get|when|if)[A-Z])[A-Za-z]{1,20}[a-z])"
    r"(?=(?:Disc|Rec|C)onnect(?:ed|ion)?(?![a-z])(?!['\"]?\s?[:=]\s?(?:true|false|null|\d)))"
)
# What a client runs on, in a pair with its name: `device=ios`. It is no subsystem that the line speaks of.
_RUNS_ON: Final = compile_later(
    r"(?i)\b(?:device|platform|browser|os|client|app|agent)(?:[_-]?(?:type|name|kind|os|platform))?\"?[=:]\s?\"?"
    r"(?:ios|ipados|chrome|chromium)\b\"?"
)
# What a browser says of itself: the products in it, `Chrome/131.0.0.0`, are none that the line speaks of.
_USER_AGENT: Final = compile_later(
    r"\bMozilla/\d\.\d(?: \([^)\n]{0,200}\)| [\w.]{1,40}/[\w.+-]{1,40}| like Gecko){0,12}"
)
_UNSTATED: Final = compile_later(r"(?i)\b(?:code|reason)\s?[:=]\s?(?:none|null|undefined|nil)\b")
# What a line speaks of, in a column of its own: `WebSocket | Connection closed`.
_SUBJECT: Final = compile_later(r"(?i)\b(web ?socket|socket\.io|signalr) \| (?=connection\b)")
# The part of the program that speaks, in such a column: what it says begins behind. A table has more columns.
_SPEAKER: Final = compile_later(r"^(\W{0,3}[A-Za-z][\w.-]{1,30}) \| (?=[^|]+$)")
# A column in Chinese brackets, as of one account of many: `【2207836320265】连接异常`.
_COLUMN: Final = compile_later(r"^\W{0,3}【[^【】\n]{1,40}】\s?")
# How many there are now, behind what happened to one: `(2 total)`, `(total: 5)`, `(3 clients remaining)`.
LEFT: Final = compile_later(
    r"(?i)[ ,]{0,2}\((?:"
    r"\d{1,6} (?:total|left|remaining|online|active|connected|clients?|connections?|users?|peers?)[a-z ]{0,20}"
    r"|(?:total|remaining|active|online|connected|clients|connections|users)(?: [a-z]{1,12})?[:=]? \d{1,6})\)[.!]?$"
)
# A connection named by its kind before a colon, whoever it is: `charge point disconnected: garage`. Names of ports, of
# disks and of states are none.
_NAMED_BEHIND: Final = compile_later(
    rf"(?i)\b({CALLED_BY_NAME} (?:dis)?connected): "
    r"(?!(?:sd[a-z]|tty|eth|wlan|usb|nvme|hci|com|true|false|yes|no|none|null|undefined|unknown|ok)(?![a-z-]))"
    r"([A-Za-z][\w.*@-]{1,60})$"
)
_QUOTES: Final = compile_later(r"[\"“”「」`]|(?<![^\W\d_])'|'(?![^\W\d_])")


def mask_words(message: str) -> str:
    """The template of a message, by which it is classified: its words, without ids, flags, columns and counts."""
    return _mask_ids_alike(level_ids(message[:400]))


@lru_cache(maxsize=LEVELLED_CACHED)
def _mask_ids_alike(message: str) -> str:
    text = _STORES.sub("database", message)
    if ";" in text:  # most lines are spared each search by a text that it needs
        text = FRAMES.sub("", text)
    if "Mozilla/" in text:
        text = _USER_AGENT.sub("", text)
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
        text = LEFT.sub("", text)
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
