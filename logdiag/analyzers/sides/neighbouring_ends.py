"""Two layers of one program that log one close on neighbouring lines, with the same code and reason: one end.

The lower layer may be younger than the program, or tell of some sockets only: of the wording that comes more often
many lines stand alone, of the rarer one next to none. Neither names the socket, and a layer that logs the fields of its
connection may write the time at which that one began: the order of the lines is what joins the two, not their stamps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from logdiag.events import CLOSINGS, Event

MOSTLY: Final = 0.9  # of the rarer wording: a log lacks a few lines
LEAST_PAIRS: Final = 8  # a choice: fewer may stand side by side by luck
LEAST_CLOSES: Final = 2  # where all ends state one and the same close, agreeing says nothing

Wording: TypeAlias = tuple[str, str | None, str, str, str]  # file, writer, service, kind and message
Close: TypeAlias = tuple[str | None, str | None]  # code and reason


def join_neighbouring_ends(events: Sequence[Event]) -> list[Event]:
    """The events, where of two lines on one close that of the rarer wording is left out, what it adds in the other."""
    rows: dict[Wording, dict[int, int]] = defaultdict(dict)
    for place, event in enumerate(events):
        if event.kind in CLOSINGS and event.socket_id is None and event.code is not None:
            wording = (event.file, event.writer, event.service, event.kind.value, event.message)
            rows[wording][event.line] = place
    wordings = sorted(rows, key=lambda one: (len(rows[one]), one))
    left: dict[int, int] = {}
    for number, rare in enumerate(wordings):
        for common in wordings[number + 1 :]:
            if rare[:-1] == common[:-1] and (pairs := _pair_up(events, rows[rare], rows[common])):
                left |= pairs
                break
    told = {kept: gone for gone, kept in left.items()}
    return [
        _complete(event, events[told[place]]) if place in told else event
        for place, event in enumerate(events)
        if place not in left
    ]


def _pair_up(events: Sequence[Event], rare: dict[int, int], common: dict[int, int]) -> dict[int, int]:
    """By the place of each rarer line that of the one beside it, always on the same side; empty for no such layers."""
    for side in (1, -1):
        pairs = {
            place: common[line + side]
            for line, place in rare.items()
            if line + side in common and _tell_close(events[place]) == _tell_close(events[common[line + side]])
        }
        closes = {_tell_close(events[place]) for place in pairs}
        if len(pairs) >= max(LEAST_PAIRS, MOSTLY * len(rare)) and len(closes) >= LEAST_CLOSES:
            return pairs
    return {}


def _tell_close(event: Event) -> Close:
    return event.code, event.reason


def _complete(kept: Event, left: Event) -> Event:
    return replace(
        kept,
        error=kept.error or left.error,
        worker_id=kept.worker_id or left.worker_id,
        client=kept.client or left.client,
    )
