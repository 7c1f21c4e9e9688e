"""The reason that a line states of an end: where it begins and stops, and what the line says without it."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from logdiag.deferred import compile_later

LONGEST: Final = 80  # characters: a reason is a few words; what is longer is a report
# What loggers write behind a reason without a mark between them: a key with its value.
_NEXT_KEY: Final = (
    r"\s+(?:[\w.@/-]{1,40}=|(?:code|status|user|client|socket|session|sid|id|duration|uptime)(?:[ _]?(?:id|code))?:)"
)
_NO_KEY: Final = r"(?!(?<=\s)[\w.@/-]{1,40}=)"  # what stands behind a blank where no reason is given
_BARE: Final = rf"{_NO_KEY}[\"']?(?P<bare>[^\s,;|()\[\]\"'，；。](?:(?!{_NEXT_KEY})[^,;|()\[\]\n，；。]){{1,78}})"
# A name, and no words, before what an object holds: `Reason: CloseReason[1000]`.
_OBJECT: Final = r"(?-i:[A-Z][a-z]+[A-Z]\w{0,40}[\[({])"
# A pair of Elixir's, as Phoenix and GenServer give a reason: `{:shutdown, :closed}`.
_PAIR: Final = r"(?P<pair>\{:\w{1,30}, ?(?::\w{1,40}|\d{1,6}|\"[^\"\n]{1,60}\")\})"
# How Swift and Rust show a value that may be missing: `reason: Optional("going away")`; what it holds may be an object.
_WRAPPED: Final = r"(?-i:(?:Optional|Some)\((?=[\"'OS])){0,2}(?!(?-i:Optional|Some)\()"
_STATED: Final = compile_later(
    r"(?:\breason|\bbecause(?: of)?|\bdue to|原因|\bmotivo|\bcausa|\braz[ãa]o|\braz[óo]n|\braison|\bgrund|причина"
    r"|\bneden|\bsebep)"
    r"(?:s|\(s\)|是|为)?"
    r"(?![:：=]\s?(?:''|\"\"))"
    r"(?:(?:\s+(?:is|was)\b|[\"'])?[\s:：=(\[]{1,6})"
    rf"{_WRAPPED}(?!{_OBJECT})(?:{_PAIR}|\"(?P<double>[^\"\n]{{2,{LONGEST}}})\"|'(?P<single>(?:[^'\n]|(?<=\w)'(?=\w)){{2,{LONGEST}}})'|{_BARE})",
    re.IGNORECASE,
)
# What an object of Java, Kotlin or C# shows of itself: `CloseStatus[code=1009, reason=The text, decoded, is too big]`.
_SHOWN: Final = compile_later(
    r"\w[\[({](?:[^\[\](){}\n]{0,80}, ?)?(?:reason|(?<=\d, )message)=['\"]?"
    rf"(?P<shown>[^\[\](){{}}\n'\"]{{2,{LONGEST}}}?)['\"]?(?:,\s?\w{{1,20}}=|[\])}}])"
)
# The key of a reason, or what an end is set off by from why it came: `Socket q7… disconnected: server shutting down`.
_NAMED: Final = compile_later(
    r"(?i)[\s,;(\[{\"']*\b(?:close_?|disconnect_?)?reason\b(?=[\s\"']{0,2}[:=(]|\s(?:is|was)\b)"
)
_SET_OFF: Final = compile_later(r": | \(| [-–—] ")

# Who closed it, where that is all a line says of why: a client's socket that it ended itself, on its server's log.
CLOSED_BY_CLIENT: Final = "closed by client"
_CLOSED_BY_CLIENT: Final = compile_later(
    r"(?i)\b(?:closed|disconnected) by (?:the )?(?:remote )?(?:client|browser|user)(?=[.!]?$|[,;] |\s?[\[(])"
)
_IN_ORDER: Final = frozenset({None, "1000", "1001", "1005"})  # codes of who closes a connection, or leaves a page

_TRACED: Final = compile_later(
    rf"(?:Uncaught )?\w{{0,60}}(?:Error|Exception)(?: \[\w+\])?: (?P<said>[^\n]{{2,{LONGEST}}})\n\s+at "
)


class Cut(NamedTuple):
    """What stands before a reason; `is_named`: the message calls it one."""

    before: str
    is_named: bool


# A system's error behind the close code, as websocket (Node.js) says why it dropped a connection:
# `closed. 1006 Socket Error: read ECONNRESET`.
_FAILED: Final = compile_later(
    r"(?i:\b(?:clos\w+|disconnect\w*)[\s:.,(-]{1,4}10\d\d)[\s:.,)-]{1,4}"
    r"((?:[A-Z][a-z]+ Error: )?[a-z]{2,20} E[A-Z]{4,15})\b"
)


def find_stated(message: str) -> str | None:
    """The words that a message names as a reason; None where it has no word for one, or nothing behind it."""
    found = (_SHOWN.search(message) if "=" in message else None) or _STATED.search(message) or _FAILED.search(message)
    return None if found is None else next(filter(None, found.groups()), None)


def find_closer(message: str, code: str | None) -> str | None:
    """That a client closed its connection in order, if a message tells just that of an end with this close code."""
    return CLOSED_BY_CLIENT if code in _IN_ORDER and _CLOSED_BY_CLIENT.search(message) else None


def cut_statement(message: str) -> Cut | None:
    """What stands before the place where a message says, or may say, why something came; None without one."""
    small = message.lower()
    named = _NAMED.search(message) if "reason" in small else None
    found = named or _SET_OFF.search(message)
    return Cut(message[: found.start()], named is not None) if found is not None and found.start() else None


def find_traced(stack: object) -> str | None:
    """What the error says whose stack a record has beside the line of an end, as Baileys: why it ended."""
    found = _TRACED.match(stack) if isinstance(stack, str) else None
    return None if found is None else found["said"].strip()
