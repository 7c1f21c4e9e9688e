"""Errors that a process logs of a connection beside the line that tells of its end: why it ended, and no end more.

`ConnectionClosedError: sent 1011 … keepalive ping timeout` comes once a request, the last of them a moment before
`Disconnected: ('10.0.0.7', 62824)`. The layer that names its sockets tells of each end once, and counts; the errors
name none. That they are its own is known if nearly all stand beside an end, more often than chance puts them there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, NamedTuple, TypeAlias

from logdiag.analyzers.sides.retold_ends import MOMENT, MOSTLY, SECOND, are_no_luck
from logdiag.deferred import compile_later
from logdiag.events import CLOSINGS, OPENINGS, Event

GIVING_UP: Final = timedelta(seconds=60)  # a choice: a request that still runs learns late that its socket is gone
# What an exception or its logger calls itself: `Upstream closed` tells of a connection of its own.
_ERROR: Final = compile_later(r"(?:\b|[a-z])(?:Error|ERROR|Exception|ConnectionClosed(?:OK)?)\b|\berror[:=]")

Writer: TypeAlias = tuple[str, str | None, str]  # the file, its process where several write it, and the service


class _Group(NamedTuple):
    """An end of a named socket, and the errors since the one before it, both by their places."""

    end: int
    errors: tuple[int, ...]


def join_stated_errors(events: Sequence[Event]) -> list[Event]:
    """The events, without the ends that are errors beside that of a named socket: it has their reason."""
    left: set[int] = set()
    joined: dict[int, Event] = {}
    for places in _list_ends(events):
        for order in (places, places[::-1]):
            groups = [group for group in _group(events, order) if group.errors]
            near = [group for group in groups if _is_near(events, group)]
            if len(near) >= MOSTLY * len(groups) and _are_of_one_layer(events, near, order):
                for group in near:
                    left.update(group.errors)
                    joined |= _join(events, group)
                break
    return [joined.get(place, event) for place, event in enumerate(events) if place in joined or place not in left]


def _list_ends(events: Sequence[Event]) -> list[list[int]]:
    """The ends that each program writes to one file, in order of its lines, where some are errors without an id."""
    rows: dict[Writer, list[int]] = defaultdict(list)
    opened: set[Writer] = set()
    erring: set[Writer] = set()
    for place, event in enumerate(events):
        writer = event.file, event.writer, event.service
        if event.kind in CLOSINGS:
            rows[writer].append(place)
            if _is_error(event):
                erring.add(writer)
        elif event.kind in OPENINGS and event.socket_id is None:
            opened.add(writer)  # of a layer that tells of its connects the ends are its own
    return [sorted(rows[one], key=lambda place: events[place].turn) for one in sorted(erring - opened, key=str)]


def _is_error(event: Event) -> bool:
    return (
        event.socket_id is None
        and (event.reason is not None or event.code is not None)
        and (event.error is not None or _ERROR.search(event.message) is not None)
    )


def _group(events: Sequence[Event], places: Sequence[int]) -> list[_Group]:
    """The first line of each socket's end with the errors before it."""
    groups: list[_Group] = []
    told: set[str] = set()
    errors: list[int] = []
    for place in places:
        event = events[place]
        if event.socket_id is None:
            if _is_error(event):
                errors.append(place)
        elif event.socket_id not in told:
            told.add(event.socket_id)
            mine = (one for one in errors if abs(event.time - events[one].time) <= GIVING_UP)
            groups.append(_Group(place, tuple(mine)))
            errors = []
    return groups


def _is_near(events: Sequence[Event], group: _Group) -> bool:
    """Whether the error next to an end came in its moment, and the end does not state another reason."""
    end, error = events[group.end], events[group.errors[-1]]
    is_fine = end.time.microsecond and error.time.microsecond
    is_same = end.reason is None or error.reason is None or end.reason == error.reason
    return is_same and abs(end.time - error.time) <= (MOMENT if is_fine else SECOND)


def _are_of_one_layer(events: Sequence[Event], near: Sequence[_Group], places: Sequence[int]) -> bool:
    """Whether so many errors beside an end are no luck."""
    ends = (events[place].time for place in places if events[place].socket_id is not None)
    return are_no_luck((events[group.errors[-1]].time for group in near), ends, SECOND.total_seconds())


def _join(events: Sequence[Event], group: _Group) -> dict[int, Event]:
    """The end, with the reason in the error's words: at the error's line where that has any."""
    end, error = events[group.end], events[group.errors[-1]]
    if end.reason is not None:
        return {}
    if not error.message:
        code, text = end.code or error.code, end.error or error.error
        return {group.end: replace(end, reason=error.reason, code=code, error=text)}
    told = replace(
        error,
        kind=end.kind,
        is_side_sure=end.is_side_sure,
        socket_id=end.socket_id,
        worker_id=end.worker_id,
        client=end.client,
    )
    return {group.errors[-1]: told}
