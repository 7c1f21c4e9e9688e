"""Clients of mosquitto that leave: `Received DISCONNECT from X` and `Client X disconnected.` are one leave, in order.

The broker has other words for each other end (`closed its connection`, `has exceeded timeout`; mosquitto, src/net.c and
context.c). The same words in a log of something else say nothing of the kind: they are read so beside its connects
alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import Event, EventKind
from logdiag.scanning.lines import FileScan

CONNECTED, GOODBYE = "mosquitto-connected", "mosquitto-goodbye"  # the rules of what no other broker writes
LEFT: Final = "client disconnect"
_PLAIN: Final = compile_later(r"^Client (?P<socket_id>\S+) disconnected\.?$")


def settle_leaves(scan: FileScan) -> FileScan:
    """The scan, where each client that left in order did so once, and in its own words."""
    if not any(event.rule in (CONNECTED, GOODBYE) for event in scan.events):
        return scan
    leaving: set[str] = set()  # who said DISCONNECT, and did not come again
    events: list[Event] = []
    for event in scan.events:
        plain = _PLAIN.match(event.message) if event.kind is EventKind.SERVER_DISCONNECTED else None
        name = event.socket_id if plain is None else str(plain["socket_id"])
        if plain is not None and name in leaving:
            leaving.remove(name)
            continue
        if name is not None and event.rule == GOODBYE:
            leaving.add(name)
        elif name is not None:
            leaving.discard(name)
        events.append(event if plain is None else replace(event, socket_id=name, worker_id=None, reason=LEFT))
    return replace(scan, events=events)
