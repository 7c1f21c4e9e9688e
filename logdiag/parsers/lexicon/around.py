"""What the application's sentence says around the words of a library that stand at its end.

`client disconnected id=7 error=…: Connection reset without closing handshake` is the server's line on client 7,
whatever library's words made it an end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from logdiag.events import EventKind
from logdiag.parsers.lexicon.fields import extract
from logdiag.parsers.lexicon.messages import read_message

WHO: Final = ("socket_id", "worker_id")


class Around(NamedTuple):
    """Whose connection a line of an end tells of, and whether its words are a server's."""

    who: dict[str, str]
    is_servers: bool


def read_around(kind: EventKind, message: str, service: str | None, fields: Mapping[str, Any]) -> Around:
    """What the whole line of an end says beside the end itself."""
    said = extract(kind, message, fields)
    reading = read_message(message, service, fields)
    is_told = reading is not None and reading.kind is EventKind.SERVER_DISCONNECTED and reading.is_side_sure
    return Around({name: said[name] for name in WHO if name in said}, is_told)
