"""Who a line is about and who wrote it: the client, its socket, the process, as its keys and its words say."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import Identity
from logdiag.parsers.forms.dialects import Record, mend_text
from logdiag.parsers.lexicon.fields import may_hold
from logdiag.parsers.lexicon.vocabulary import is_known_word
from logdiag.parsers.templates import TEMPLATES_CACHED
from logdiag.request import CLIENT_KEYS

# Which of several processes on one host or standard output wrote a line, the most lasting first.
WRITER_KEYS: Final = ("instance_id", "instanceId", "pm_id", "NODE_APP_INSTANCE", "podName", "pod", "containerId", "pid")
IDENTITY_KEYS: Final = ("workerId", "worker_id", "clientId", "botId", "bot_id", "hostname")
LONGEST_NAME: Final = 100
BEFORE_SOCKET: Final = compile_later(
    r"(?i)(?:(?P<noun>\b(?:for|of|user|client|worker|agent|device|player|peer|account|member|driver))[ :=]+)?"
    r"(?P<name>[\w.@+-]{2,64}) ?[(\[{<]? ?(?:(?:socket|sid|id)[ _-]?(?:id)?[ :=]{0,3})?$"
)
NAMELIKE: Final = compile_later(r"[0-9@]")
PARTICIPLE: Final = compile_later(r"(?i)(?:ed|ing)$")  # user connected, client registered, player reconnecting
_make_identity: Final = lru_cache(maxsize=TEMPLATES_CACHED)(Identity)  # one for all lines of a client: they are kept


def find_owner(message: str, socket_id: str | None) -> str | None:
    """Whose socket a message speaks of: the name right before the socket's id, as in `opened for till-7 (d1B6k…)`.

    A word is a name if it holds a digit or an @, or stands behind a word for what has names and does not tell what
    that did, as in `a user connected d1B6k…`: all the world would be one client.
    """
    if socket_id is None or (place := message.find(socket_id)) < 0:
        return None
    return _find_name(message[max(place - LONGEST_NAME, 0) : place])


@lru_cache(maxsize=TEMPLATES_CACHED)
def _find_name(before: str) -> str | None:
    """The name that a text ends in."""
    found = BEFORE_SOCKET.search(before)
    if found is None or not (NAMELIKE.search(found["name"]) or (found["noun"] and _may_be_name(found["name"]))):
        return None
    return found["name"]


def _may_be_name(word: str) -> bool:
    return PARTICIPLE.search(word) is None and not is_known_word(word)


def find_client(record: Record, socket_id: str | None, stated: str | None) -> Identity | None:
    """Whom the line speaks of; not the socket, which is another one after each connect."""
    keys = CLIENT_KEYS if stated is None else (stated,)
    for key in keys if may_hold(record.fields, keys) else ():
        value = record.fields.get(key)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value not in {"", socket_id}:
            return _make_identity(key, mend_text(str(value)[:LONGEST_NAME]))
    return None


def find_writer(record: Record) -> str | None:
    """Which of several processes wrote the line: by what stands before it, else by its own words."""
    keys = WRITER_KEYS if may_hold(record.fields, WRITER_KEYS) else ()
    if record.process is None and not keys:
        return None
    values = (record.process, *(record.fields.get(key) for key in keys))
    known = (value for value in values if isinstance(value, (str, int)) and not isinstance(value, bool))
    return next((mend_text(str(value)[:LONGEST_NAME]) for value in known if value != ""), None)


def find_identity(record: Record, socket_id: str | None) -> Identity | None:
    """Who wrote the line; not the socket, which is another one after each connect."""
    for key in IDENTITY_KEYS:
        value = record.fields.get(key)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value not in {"", socket_id}:
            return _make_identity(key, mend_text(str(value)[:100]))
    return None
