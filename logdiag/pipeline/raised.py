"""Reasons that stand beside an end, in the error that was logged with it: in its own record, or in that right before.

`Connection is shutting down due to an error.` has its `System.TimeoutException: …` on the next line; `Client
disconnected.` stands below the traceback that a handler logged a moment before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from logdiag.analyzers.sides.side_clues import is_library
from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, CLOSINGS, Event
from logdiag.parsers.forms.records import BLANK, UnreadableError, decode_records
from logdiag.parsers.raised import find_raised
from logdiag.parsers.rules import RuleSet
from logdiag.reading import read_places
from logdiag.scanning.lines import FileScan

MOMENT: Final = timedelta(milliseconds=100)  # a choice: a handler logs what it caught, and then that it is done
LINES_BEFORE: Final = 60  # a stack of Python with its lines of code, or of Java, is seldom longer
LINES_AFTER: Final = 4  # the name of an error stands above its frames
TRIED: Final = 40  # of a file's ends: where none of them has such an error, the others are not read again
# What a line names as the connection that it is of.
_NAMED: Final = compile_later(
    r"(?i)(?:\b(?:sid|socket|client|conn(?:ection)?|peer|session|user)(?:[ _-]?id)?[ =:#]{1,3}"
    r"|^\W{0,2}\[)(?P<name>[\w.@-]*\d[\w.@-]*|[A-Za-z]+-[A-Z])(?![\w.])"
)


def state_raised(scans: Sequence[FileScan], rules: RuleSet) -> list[FileScan]:
    """The scans, where ends that state no reason have that of the error logged with them."""
    return [_state(scan, rules) for scan in scans]


def _state(scan: FileScan, rules: RuleSet) -> FileScan:
    bounds = {event.line for event in scan.events if event.kind in BOUNDS}
    bare = [event for event in scan.events if _is_bare(event)]
    tried = bare[:: max(1, len(bare) // TRIED)]
    found = _find_all(scan, tried, bounds)
    if found and len(tried) < len(bare):
        found = _find_all(scan, bare, bounds)
    if not found:
        return scan
    events = [
        _complete(event, found[event.line], rules) if event.line in found and _is_bare(event) else event
        for event in scan.events
    ]
    return replace(scan, events=events)


def _is_bare(event: Event) -> bool:
    """Whether a line tells an end and not why."""
    return event.kind in CLOSINGS and not (event.reason or event.code)


def _find_all(scan: FileScan, ends: Sequence[Event], bounds: set[int]) -> dict[int, str]:
    """By its line, what the error beside an end says."""
    if not ends:
        return {}
    numbers = {
        number for end in ends for number in range(end.line - LINES_BEFORE, end.line + LINES_AFTER + 1) if number > 0
    }
    raw = read_places(scan.file, numbers, [mark.line for mark in scan.marks])
    raised = sorted(number for number, text in raw.items() if find_raised(_write([text])) is not None)
    found = {}
    for end in ends:
        place = bisect_left(raised, end.line - LINES_BEFORE)
        if place < len(raised) and raised[place] <= end.line + LINES_AFTER:
            found[end.line] = _find_beside(end, scan, raw, bounds)
    return {line: said for line, said in found.items() if said is not None}


def _find_beside(end: Event, scan: FileScan, raw: Mapping[int, bytes], bounds: set[int]) -> str | None:
    """What the error says that stands in the record of an end, else in the one right before."""
    after = takewhile(lambda number: not _is_record(number, raw, scan), range(end.line + 1, end.line + LINES_AFTER + 1))
    own = find_raised(_write([raw[number] for number in (end.line, *after) if number in raw]))
    if own is not None:
        return own
    before = range(end.line - 1, end.line - LINES_BEFORE - 1, -1)
    first = next((number for number in before if _is_record(number, raw, scan)), None)
    if first is None or first in bounds or not _is_of(end, scan, raw[first]):
        return None
    return find_raised(_write([raw[number] for number in range(first, end.line) if number in raw]))


def _is_record(number: int, raw: Mapping[int, bytes], scan: FileScan) -> bool:
    text = raw.get(number, b"")
    return bool(text.strip(BLANK)) and _decode(text, scan) is not None


def _is_of(end: Event, scan: FileScan, head: bytes) -> bool:
    """Whether a record before an end was written in its moment, by its logger or a library's, on no other one."""
    decoded = _decode(head, scan)
    if decoded is None:
        return False
    moment, service, message = decoded
    if not timedelta(0) <= end.time - moment <= MOMENT:
        return False
    if service is not None and end.is_service_stated and service != end.service and not is_library(service):
        return False
    own = {
        name for name in (end.socket_id, end.client_name, end.writer, end.service, *_list_named(end.message)) if name
    }
    return not own or all(name in own for name in _list_named(message))


def _list_named(message: str) -> list[str]:
    return [match["name"] for match in _NAMED.finditer(message)]


def _decode(raw: bytes, scan: FileScan) -> tuple[datetime, str | None, str] | None:
    try:
        records = list(decode_records(raw.strip(BLANK), scan.layout))
    except UnreadableError:
        return None
    if len(records) != 1:
        return None
    moment, record = records[0]
    return moment, record.service, record.message


def _write(lines: Sequence[bytes]) -> list[str]:
    return [raw.decode("utf-8", "replace") for raw in lines]


def _complete(end: Event, said: str, rules: RuleSet) -> Event:
    """The end with such a text as its reason, as the lexicon reads that."""
    match = rules.match(f"WebSocket disconnected: {said}", None)
    known = {} if match is None else match.extracted
    reason, code = known.get("reason"), known.get("code")
    if reason is None and code is None:
        reason = said
    return replace(
        end,
        reason=reason and " ".join(reason.lower().split()),
        code=code,
        error=end.error or known.get("error"),
    )
