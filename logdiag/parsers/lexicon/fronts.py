"""What programs write around a sentence that would be understood without it: who speaks, of whom, in which request.

`mosca/17280 on web-1: client connected (client=a)`, `RequestID: N/A | Client connected`, `client=till-3 Hub connection
closed`, `Till-3: Hub connection closed`, `shop42 - Client disconnected`, `Connected to server host=a.example`,
`index.js:83 Connected`, `[gw_connect] WebSocket established`, `EU 1 CONNECTED: CONNECTED TO SERVER.`,
`sip.transport | WebSocket closed`, `[chargeBoxId=CP1] Connection is established`. It is taken off
only where nothing understood the whole, so that what a sentence says of itself stays what decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.parsers.lexicon.vocabulary import FOREIGN, load_vocabulary, names_a_thing

# Keys of who, where and in which request; words that tell what happened, as in `error: x | retrying`, are none.
_KEY: Final = (
    r"(?i:[a-z]{0,16}[_-]?(?:id|uuid|ip)|user(?:[_-]?name)?|tenant|org|client|device|session|host(?:name)?|pid|thread|env"
    r"|region|pod|instance|worker|agent|customer|shop|site|store|trace|span|req(?:uest)?|correlation|ctx|peer|addr)"
)
_VALUE: Final = r"(?:\"[^\"\n]{0,60}\"|[^\s|=,;\"]{1,64})"
_VALUE_IN_BRACKETS: Final = r"[^\s|=,;\"\]]{1,64}"
# bunyan's own print: the logger, its process and host; its keys stand behind the message.
_PRINT: Final = compile_later(r"([A-Za-z@][\w.@-]{0,60})/\d{1,7} on [\w.-]{1,60}: ")
_PRINTED: Final = compile_later(
    r" \(([A-Za-z_][\w.]{0,40}=[^\s,()]{0,80}(?:, [A-Za-z_][\w.]{0,40}=[^\s,()]{0,80}){0,9})\)$"
)
_COLUMNS: Final = compile_later(rf"(?:{_KEY}(?:: ?|=){_VALUE}(?:, | ?\| ?)){{1,6}}(?=\w)")
_PAIRS: Final = compile_later(rf"(?:{_KEY}={_VALUE},? ){{1,6}}(?=[A-Za-z])")
_LABEL: Final = compile_later(r"(?=[A-Za-z.]{0,40}[\d-])([A-Za-z][\w.-]{1,40}): (?=[A-Za-z])")
# A tenant, shop or user as Java's and .NET's loggers are told to write it. What counts steps, tickets and versions has
# the form of a name, and speaks of no connection of its own.
_DASHED: Final = compile_later(r"(?=[A-Za-z._]{0,40}[\d@-])([A-Za-z][\w.@-]{1,40}) - (?=[^\W\d_])")
_COUNTED: Final = compile_later(
    r"(?i:step|test|case|phase|task|issue|bug|todo|example|attempt|part|chapter|round|stage|release|rc|v|pr)[._-]?\d"
    r"|[A-Z]{2,10}-\d+$"
)
_TAIL_OF_A_NAME: Final = compile_later(r"-[A-Za-z]$")  # Till-A: the letter is an article elsewhere
_TRAILING: Final = compile_later(r"(?: [a-z][\w.]{0,30}=[^\s=]{1,80}){1,8}$")
# Where the code stands that writes to a browser's console: `index.js:83 `, `VM123 app.js:12 `, `(index):7 `.
_PLACE: Final = compile_later(
    r"(?:VM\d{1,7} )?(?:[\w@.~%-]{1,60}\.(?:[cm]?[jt]sx?|vue|svelte|html?|dart)(?:\?[^\s:]{0,80})?|VM\d{1,7}|\(index\)"
    r"|\(anonymous\)|<anonymous>):\d{1,7}(?::\d{1,7})? +(?:::: )?(?=\S)"
)
# Who speaks, in a column of its own: `sip.transport | WebSocket closed`; a table has more columns.
_SPEAKER: Final = compile_later(r"([A-Za-z][\w-]{1,30}(?:\.[\w-]{1,30}){0,5}) \| (?=[^|\n]+$)")
# A context as MDC writes it, without a stamp before it: `[chargeBoxId=CP1, sessionId=7] Connection is established`.
_BRACKETED: Final = compile_later(rf"\[((?:{_KEY}={_VALUE_IN_BRACKETS}(?:, ?|(?=\]))){{1,6}})\] (?=[A-Za-z])")
# A heading that its own sentence repeats; before it stands whose connection it is.
_HEADING: Final = compile_later(r"(?:([^\n]{1,100}) )?([A-Z]{5,20}): (?=(?i:\2)(?: [A-Za-z]|: ))")
# The function that writes a line, called after what it does to a connection: `[Gateway.pm] [gw_connect] …`.
_FUNCTION: Final = compile_later(r"((?:\[[\w.:-]{1,40}\] ?){0,2})\[([a-z]{1,20}(?:_[a-z]{1,20}){1,3})\] ?(?=[A-Za-z])")
_DOINGS: Final = frozenset({"connect", "disconnect", "open", "opening", "shut", "close", "retry", "closing_event"})
_PAIR: Final = compile_later(rf"([A-Za-z_][\w.-]{{0,40}})(?:: ?|=)({_VALUE}|(?=,|$))")
_WHO: Final = ("client", "user", "username", "device", "agent", "worker", "customer")
_NOBODY: Final = frozenset({"n/a", "-", "none", "null", "undefined", "nil", "unknown", "anonymous", "system", ""})
# A sentence whose subject stands in its keys alone: `closed (client=a)`; and keys of what is closed in offices.
_BARE: Final = compile_later(r"(?i)(?:dis)?connected|closed|close")
_OF_A_SOCKET: Final = ("client", "clientId", "client_id", "socket", "socketId", "sid", "conn", "connection")
_OF_AN_OFFICE: Final = compile_later(r"(?i)order|ticket|account|case|issue|deal|position|trade|door|invoice|file|poll")


class Front(NamedTuple):
    """A sentence without what stood around it: who writes it, of whom, and the keys that stood there.

    `is_whole` is False where the name of a thing before a colon or a dash alone was taken off, which says little.
    """

    message: str
    name: str | None
    fields: Mapping[str, str]
    is_whole: bool

    @property
    def who(self) -> str | None:
        """The client that the keys name, if any does."""
        values = (self.fields.get(key, "") for key in _WHO)
        return next((value for value in values if value.lower() not in _NOBODY), None)


def take_off_front(message: str) -> Front | None:
    """A message without what programs write around it, or None: nothing of theirs is there."""
    if (found := _PLACE.match(message)) is not None:
        return Front(message[found.end() :], None, {}, is_whole=True)
    if " on " in message and (found := _PRINT.match(message)) is not None:
        return _open_print(message[found.end() :], found[1])
    if ("=" in message or "|" in message) and (front := _take_off_columns(message)) is not None:
        return front
    if (found := _HEADING.match(message)) is not None:
        return Front(message[found.end() :], None, {"device": found[1]} if found[1] else {}, is_whole=True)
    if (found := _FUNCTION.match(message)) is not None and _is_of_a_connection(found[1], found[2]):
        return Front(message[found.end() :], None, {}, is_whole=True)
    found = _LABEL.match(message) or _match_dashed(message)
    if found is None or not names_a_thing(_TAIL_OF_A_NAME.sub("", found[1])):
        return None
    # A whole shop or tenant may stand before a dash: its clients are many, and the name tells them not apart.
    key = "tenant" if found.re.pattern == _DASHED.pattern else "device"
    return Front(message[found.end() :], None, {key: found[1]}, is_whole=False)


def _take_off_columns(message: str) -> Front | None:
    """The same for keys with their values, and for a column that says who speaks."""
    found = _COLUMNS.match(message) or _PAIRS.match(message)
    if found is not None:
        return Front(message[found.end() :], None, _read_pairs(found[0]), is_whole=True)
    if (found := _BRACKETED.match(message)) is not None:
        return Front(message[found.end() :], None, _read_pairs(found[1]), is_whole=True)
    if (found := _TRAILING.search(message)) is not None and found.start():
        return Front(message[: found.start()], None, _read_pairs(found[0]), is_whole=True)
    found = _SPEAKER.match(message)
    return None if found is None else Front(message[found.end() :], found[1], {}, is_whole=True)


def _is_of_a_connection(tags: str, name: str) -> bool:
    """Whether a function is called after a connect or an end, and neither it nor a tag after a foreign subsystem."""
    known = set(load_vocabulary().name_classes(name.replace("_", " ")))
    return not known.isdisjoint(_DOINGS) and FOREIGN not in {*known, *load_vocabulary().name_classes(tags)}


def _match_dashed(message: str) -> re.Match[str] | None:
    found = _DASHED.match(message)
    return None if found is None or _COUNTED.match(found[1]) else found


def _open_print(text: str, name: str) -> Front:
    found = _PRINTED.search(text)
    fields = {} if found is None else _read_pairs(found[1])
    message = text if found is None else text[: found.start()]
    return Front(name_subject(message, fields), name, fields, is_whole=True)


def name_subject(message: str, fields: Mapping[str, object]) -> str:
    """A bare `closed` with the subject that its keys name, which bunyan's users leave out of the sentence."""
    if _BARE.fullmatch(message) is None or not any(key in fields for key in _OF_A_SOCKET):
        return message
    return message if any(map(_OF_AN_OFFICE.search, fields)) else f"connection {message}"


def _read_pairs(text: str) -> dict[str, str]:
    return {found[1]: found[2].strip('"') for found in _PAIR.finditer(text)}
