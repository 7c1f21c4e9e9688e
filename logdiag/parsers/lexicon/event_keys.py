"""What a record calls what happened in a key of its own, beside a message that may not say: `"event": "ws_close"`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from logdiag.deferred import compile_later

EVENT_KEYS: Final = ("event", "action", "type", "eventType", "event_type", "eventName", "event_name")
# Where such a key stands, besides the record itself.
EVENT_PLACES: Final = ("data", "meta", "context", "payload", "details", "extra", "fields")
BESIDE_AN_EVENT: Final = ("reason", "transport", "userId", "user_id", "clientId", "client_id", "socketId", "sid")
LONGEST_EVENT: Final = 60
# A message that leaves what happened to such a key: `WebSocket Event`, `socket lifecycle`; one of data does not.
_GENERIC: Final = compile_later(
    r"(?i)\W*(?:(?:web ?socket|socket(?:\.?io)?|ws|signalr|client|server|connection)[\W_]+){1,3}"
    r"(?:events?|status|state|life ?cycle|log|update|change)(?:[\W_]+(?:change|update|log))?\W*"
)
_BARE_CONNECT: Final = compile_later(r"(?i)(?<![a-z])(?:on[\W_]?)?connect$")


def list_event_names(message: str, fields: Mapping[str, Any]) -> Iterator[str]:
    """What the keys of a record call what happened, if it looks like a socket's.

    Beside a message that says nothing else, the keys of the objects in it count too.
    """
    is_bare = is_generic(message)
    if not (is_bare or any(key in fields for key in BESIDE_AN_EVENT)):
        return
    inner = (fields.get(place) for place in EVENT_PLACES) if is_bare else ()
    for one in (fields, *inner):
        values = (one.get(key) for key in EVENT_KEYS) if isinstance(one, Mapping) else ()
        yield from (value for value in values if isinstance(value, str) and 0 < len(value) <= LONGEST_EVENT)


def is_generic(message: str) -> bool:
    """Whether a message says no more than that something happened to a socket."""
    return _GENERIC.fullmatch(message) is not None


def complete_event(name: str) -> str:
    """The name of an event as a sentence says it: the event `connect` of a socket is that it is connected."""
    return _BARE_CONNECT.sub("connected", name)
