"""Whether a line tells of the end of a connection, or of what follows from it: no such line can be what ended it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from logdiag.parsers.lexicon.vocabulary import load_vocabulary
from logdiag.parsers.templates import TEMPLATES_CACHED

TOLD: Final = frozenset({"close", "ended", "reason", "give_up", "connect_failed", "code"})  # say it by themselves
OF_A_LINK: Final = frozenset({"shut", "fail", "disconnect", "parting", "retry", "reopen"})  # say it beside a connection
LINKS: Final = frozenset({"link", "connection", "knock"})
# What was sent, refused or done: it may well be why the connection ended, whatever else the line says.
DEEDS: Final = frozenset({"kick", "emit", "emitted", "auth", "stale", "unproven", "turned_away", "halt"})
_HUMPS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[:./]")
_STREAM: Final = re.compile(r"(?i)\bstream(?= (?:errored|error|closed|ended|failed|lost|aborted))")
_CODES: Final = re.compile(r"(?i)\b(?:received|sent) <n> \([^()]{0,60}\)")  # a close code, not something sent
# In words that are no sentence: a state that is over, a system's error of a dead socket, a pause before the next try.
_STATED: Final = re.compile(
    r"(?i)\bstate\W{1,3}(?:disconnect|reconnect|clos)|\bE(?:CONNRESET|CONNABORTED|PIPE)\b|socket hang up"
    r"|(?:socket|connection|\bws)[^,;]{0,20}\bretry(?:ing)? (?:in|after)\b"
)


@lru_cache(maxsize=TEMPLATES_CACHED)
def tells_of_an_end(template: str) -> bool:
    """Whether a masked message speaks of a connection that is lost, closed, in error, or dialled again.

    It does not if it also says what was sent, refused or done: "Token expired, disconnecting" is a cause.
    """
    text = _STREAM.sub("socket", _CODES.sub("websocket close code", template))
    names = tuple(load_vocabulary().name_classes(_HUMPS.sub(" ", text)))
    known = frozenset(names)
    if known & DEEDS:
        return False
    if known & TOLD or _STATED.search(text):
        return True
    return bool(known & LINKS and known & OF_A_LINK) or names[:1] == ("retry",)
