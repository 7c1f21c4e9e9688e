"""Ends that only the line of a kick tells: `Closed existing WebSocket for user 8 due to new connection`.

A server that takes a client's older connection off for a newer one may log that alone: then this is the end, whose
reason it states. Where it logs ends, each such connection has a line of its own behind; where clients do, theirs tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from logdiag.events import CLOSINGS, Event, EventKind

REPLACED: Final = "replaced by another login"  # what the lexicon makes of all such words


def tell_replaced_ends(events: Sequence[Event]) -> list[Event]:
    """The events, where a server that logs no end says which client's connection another one replaced."""
    ending = {event.source for event in events if event.kind in CLOSINGS}
    kicking = {event.source for event in events if event.kind is EventKind.SERVER_KICK} - ending
    if not kicking or any(event.kind is EventKind.DISCONNECTED for event in events):
        return list(events)
    return [_tell(event) if event.source in kicking else event for event in events]


def _tell(event: Event) -> Event:
    is_end = event.kind is EventKind.SERVER_KICK and event.reason == REPLACED and event.client_name is not None
    return replace(event, kind=EventKind.SERVER_DISCONNECTED) if is_end else event
