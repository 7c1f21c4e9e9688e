"""Ends of no more than two words: `client disconnect` may be a server's, of a client, or a client's, of itself.

The lexicon takes a client that disconnects for a server's. But a server that tells of its clients names them, or tells
of their connects, too; a line that says nothing else is of the side that the rest of the log is of. As the last word of
a client that connected once, it is its own goodbye.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import Event, EventKind, Interpreter

BARE: Final = compile_later(r"(?i)\W*(?:client|socket|ws|websocket) (?:is )?(?:disconnect(?:ed|ing)?|closed)\W*")
ASKED_FOR: Final = compile_later(r"(?i)\W*client disconnect(?:ing)?\W*")  # what it does; `disconnected` befell it
OWN_WORD: Final = "client disconnect"  # as python-socketio says it, and `sessions.OWN_CLOSE` reads it


def loosen_bare_ends(events: Sequence[Event]) -> list[Event]:
    """The events; of a bare end that names nobody, the side is not sure."""
    return [replace(one, is_side_sure=False) if is_bare(one) and one.is_side_sure else one for one in events]


def is_bare(event: Event) -> bool:
    """Whether the lexicon took a line for a server's that says no more than that a client disconnects, not which."""
    return (
        event.kind is EventKind.SERVER_DISCONNECTED
        and event.by is Interpreter.LEXICON
        and event.socket_id is None
        and event.worker_id is None
        and event.client is None
        and BARE.fullmatch(event.message) is not None
    )


def tell_own_word(event: Event) -> Event:
    """The end as the client's own, with what it says it did as its reason."""
    is_own = event.reason is None and ASKED_FOR.fullmatch(event.message) is not None
    return replace(event, reason=OWN_WORD) if is_own else event
