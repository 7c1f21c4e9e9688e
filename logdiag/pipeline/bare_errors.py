"""Errors of attempts that stand alone in a line: `connect ECONNREFUSED 10.0.0.7:8080`, `HTTP/1.1 400 Bad Request`.

Any request of any program fails in these words. They are of the connection where its client was trying, as the lines
before tell, and where its log knows no server of its own that asks others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import SERVER_SAYS, Event, EventKind
from logdiag.parsers.rules import BARE
from logdiag.scanning.lines import FileScan

TRIES: Final = frozenset(
    {EventKind.CONNECTING, EventKind.RECONNECT_ATTEMPT, EventKind.DISCONNECTED, EventKind.CONNECT_ERROR}
)
REACH: Final = timedelta(minutes=5)  # a choice: who is away for good asks for other things, too
_PORT: Final = compile_later(r"(?:\d{1,3}(?:\.\d{1,3}){3}|\]|[a-z0-9-]):(\d{2,5})(?!\d)")


def settle_bare_errors(scan: FileScan) -> FileScan:
    """The scan without the bare errors that are not known to be of its client's connection."""
    if not any(event.rule in BARE for event in scan.events):
        return scan
    has_server = any(event.kind in SERVER_SAYS for event in scan.events)
    kept = [event for event in scan.events if event.rule not in BARE] if has_server else list(_keep(scan.events))
    return replace(scan, events=kept)


def _keep(events: Sequence[Event]) -> Iterator[Event]:
    tried: Event | None = None
    port: str | None = None
    for event in events:
        own = _find_port(event.message)
        if event.rule in BARE:
            if tried is None or event.time - tried.time > REACH or (own and port and own != port):
                continue
            tried = event
        elif event.kind in TRIES:
            tried, port = event, own or port
        elif event.kind is EventKind.CONNECTED:
            tried = None
        yield event


def _find_port(message: str) -> str | None:
    found = _PORT.search(message)
    return None if found is None else found[1]
