"""From one raw line to its records and their instants, or the reason why it has none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.limits import Limits
from logdiag.parsers.forms.colours import strip_colours
from logdiag.parsers.forms.composed import is_composed
from logdiag.parsers.forms.contexts import lift, open_context, read_lifted
from logdiag.parsers.forms.dialects import (
    LONGEST_MESSAGE,
    Record,
    find_shape,
    mend_text,
    normalize_level,
    understand_record,
)
from logdiag.parsers.forms.headers import Head, read_head
from logdiag.parsers.forms.layouts import JSON_LINES, Fault, Layout
from logdiag.parsers.forms.logfmt import PAIRS_LINE, read_pairs, unquote
from logdiag.parsers.forms.openings import find_opening
from logdiag.parsers.forms.prefixes import has_prefix, split_prefix
from logdiag.parsers.forms.shared_headers import read_fixed
from logdiag.parsers.forms.shown_objects import begins_shown, is_piece_of_shown
from logdiag.reading.blocks import TOO_LONG
from logdiag.reading.compression import DAMAGED
from logdiag.reading.documents import holds_more_values, is_deeper
from logdiag.times.stamps import find_stamp_form, parse_timestamp

NOT_JSON: Final = "not a JSON object"
CUT_OFF: Final = "cut off"
NUL_BYTES: Final = "NUL bytes"
ENDED_LINES: Final = {TOO_LONG: "line too long", DAMAGED: "compressed data damaged"}
TOO_DEEP: Final = "nested too deeply"
TOO_MANY_VALUES: Final = "too many keys"
INVALID_JSON: Final = "not valid JSON"
TORN: Final = "torn at its beginning"
NO_TIMESTAMP: Final = "no usable time stamp"
BLANK: Final = b" \t\n\r\x0b\x0c\0"
BRACE: Final = 0x7B
CLOSING_BRACE: Final = 0x7D
DECODER: Final = json.JSONDecoder(strict=False)
LONG_NUMBER: Final = "Exceeds the limit"  # as Python begins what it says of an integer of over 4,300 digits
LONGEST_NUMBER: Final = 4_300  # digits: to make a number of them takes time by their square
DEEPEST: Final = 6  # objects around a record: an export of an export of Docker's is three
NEAR: Final = 160  # bytes at the beginning of a line in which its stamp stands
# A clock or an epoch: without one of them a line has no stamp, and needs no closer look.
CLOCK: Final = compile_later(rb"\d:\d\d|\d{10}|\d{6}[T _-]\d{4}")
# What a line of another form begins with, that has a stamp of its own, in a file of JSON lines.
STAMPED: Final = compile_later(
    rb"(?:\x1b\[[0-9;]*m)?[\[(<]?(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d?[-/.](?:\d\d?|[A-Z][a-z]{2})[-/.]\d{2,4})[ T:,]"
)
# What util.inspect writes of a small object: { reason: 'transport close', code: 1006 }
INSPECTED: Final = compile_later(r"\{ (?:[\w$]+: (?:'[^']*'|\"[^\"]*\"|[\w.+-]+)(?:, )?){1,20} \}$")
INSPECTED_PAIR: Final = compile_later(r"([\w$]+): ('[^']*'|\"[^\"]*\"|[\w.+-]+)")
_FINE_AND_ZONED: Final = compile_later(r":\d\d[.,]\d+ ?(?:Z|[+-]\d\d:?\d\d)\W*$")
_COARSE_AND_ZONELESS: Final = compile_later(r":\d\d\W*$")


class UnreadableError(ValueError):
    """A line cannot be understood; the argument is the reason."""


class Outside(NamedTuple):
    """What stands around a record, for what it does not say itself."""

    stamp: object = None
    level: str | None = None
    service: str | None = None


NOTHING: Final = Outside()


def decode_records(raw: bytes, layout: Layout = JSON_LINES) -> list[tuple[datetime, Record]]:
    """The records of one line, stripped of BLANK, with their instants. Raises UnreadableError with the reason.

    A record without a stamp takes that of the envelope or prefix around it. A line of a text file that begins with no
    stamp belongs to the line before (a stack): it has no record of its own.
    """
    if raw == layout.torn:
        raise UnreadableError(TORN)
    found = []
    try:
        for record in list_records(raw, layout):
            moment = parse_timestamp(record.stamp, layout.zone, layout.hints)
            if moment is None:
                raise UnreadableError(NO_TIMESTAMP)
            found.append((moment, record))
    except RecursionError as error:
        raise UnreadableError(INVALID_JSON) from error
    return found


def list_records(raw: bytes, layout: Layout = JSON_LINES) -> Iterable[Record]:
    """What `read_line` yields, for most lines in half the time. Raises UnreadableError, if need be while it is read."""
    is_json = raw[0] == BRACE
    check_bounds(raw, layout.limits, is_json=is_json or has_prefix(raw))
    plain = _read_plain(raw) if is_json and layout.keys is None else ()
    return plain or read_line(raw, layout)


def check_bounds(raw: bytes, limits: Limits, *, is_json: bool) -> None:
    """Raises UnreadableError for what would fill memory, or the stack; brackets of prose do neither."""
    if holds_more_values(raw, limits.values_count):
        raise UnreadableError(TOO_MANY_VALUES)
    if is_json and is_deeper(raw, limits.depth_count):
        raise UnreadableError(TOO_DEEP)


def _decode(text: str, place: int) -> tuple[Any, int]:
    """The JSON value at a place, and where it ends; a number that is too long to be one is a text."""
    try:
        return DECODER.raw_decode(text, place)
    except ValueError as error:
        if not str(error).startswith(LONG_NUMBER):
            raise
    return LENIENT.raw_decode(text, place)


def _read_number(text: str) -> int | str:
    return text if len(text) > LONGEST_NUMBER else int(text)


LENIENT: Final = json.JSONDecoder(strict=False, parse_int=_read_number)


def _read_plain(raw: bytes) -> Iterable[Record]:
    """The records of an object with no others in it, as most lines are; none if it wants a closer look."""
    text = raw.decode("utf-8", "replace")
    try:
        fields, end = DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return ()
    shape = find_shape(tuple(fields))
    if end != len(text) or shape.wrappings or shape.lists:
        return ()
    record = understand_record(fields, shape)
    return _unfold(record, 0) if record.level is None or shape.is_around else (record,)


def find_time(raw: bytes, layout: Layout = JSON_LINES) -> datetime | None:
    """The latest instant in one line, stripped of BLANK, or None if it cannot be read."""
    if find_shape_fault(raw, layout) is not None:
        return None
    try:
        return max((moment for moment, _ in decode_records(raw, layout)), default=None)
    except UnreadableError:
        return None


def find_shape_fault(raw: bytes, layout: Layout = JSON_LINES) -> str | None:
    """Why a line stripped of BLANK cannot hold a record, by its beginning, its last byte and NUL alone."""
    if not raw or b"\0" in raw:
        return next((fault for end, fault in ENDED_LINES.items() if raw.endswith(end)), NUL_BYTES)
    if raw[0] != BRACE:
        if not layout.is_json:
            return None
        if not has_prefix(raw):
            if (STAMPED.match(raw) and not _is_json_piece(raw)) or is_composed(raw, layout):
                return None
            if layout.fault is Fault.UNTIMED_TEXT:
                return NO_TIMESTAMP
            return None if is_piece_of_shown(raw) else NOT_JSON
    if begins_shown(raw, is_json=layout.is_json):
        return None
    return None if raw[-1] == CLOSING_BRACE or raw.endswith(b"},") else CUT_OFF


def _is_json_piece(raw: bytes) -> bool:
    """Whether a line is the second half of one that Docker or containerd cut."""
    return raw[-1] == CLOSING_BRACE and BRACE not in raw


def read_line(raw: bytes, layout: Layout = JSON_LINES) -> Iterator[Record]:
    """The records of one line, their stamps as they stand there. Raises UnreadableError."""
    records = _read_line(raw, layout)
    yield from records if layout.keys is None else map(layout.keys.complete, records)


def _read_line(raw: bytes, layout: Layout) -> Iterator[Record]:
    text = raw.decode("utf-8", "replace")
    if raw[0] == BRACE:
        yield from () if begins_shown(raw, is_json=layout.is_json) else _read_objects(text, NOTHING)
    elif has_prefix(raw):
        prefix = split_prefix(text)
        for record in _read_objects(prefix.inner, Outside(prefix.stamp)):
            yield record if prefix.process is None else record._replace(process=mend_text(prefix.process))
    elif is_composed(raw, layout):
        process, _, inner = text.partition("|")
        for record in _read_composed(strip_colours(inner.strip())):
            yield record._replace(process=mend_text(process.strip()))
    else:
        yield from _read_text(raw, text, layout)


def _read_composed(text: str) -> Sequence[Record]:
    """A container's own line of text: by its own form, as those of its neighbours tell nothing of it."""
    head = (read_fixed(text) or read_head(text)) if CLOCK.search(text[:NEAR].encode()) else None
    if head is not None:
        return _read_message(head.message.strip(), _describe(head))
    return (understand_record(read_pairs(text)),) if PAIRS_LINE.match(text) else ()


def _read_text(raw: bytes, text: str, layout: Layout) -> Sequence[Record]:
    text, said = lift(strip_colours(text)) if layout.is_lifted else (strip_colours(text), "")
    head = layout.header.read(text) if layout.header is not None else None
    if head is None and CLOCK.search(raw, 0, NEAR):
        head = read_head(text, is_shared=layout.header is not None or layout.fault is None)
    if head is not None:
        around, message = _describe(head), head.message.strip()
        if around.level is None and not any(map(str.isalnum, message)):  # `=== stopped: 10:02:03 ===` names no logger
            around, message = Outside(around.stamp), text
        records = _read_message(message, around)
        if said:
            records = [record._replace(fields={**read_lifted(said), **record.fields}) for record in records]
        is_own = layout.header is not None and layout.header.is_own
        return [record._replace(stamp=around.stamp) for record in records] if is_own else records
    if PAIRS_LINE.match(text):
        return (understand_record(read_pairs(text)),)
    if layout.is_json and not is_piece_of_shown(raw):
        raise UnreadableError(NOT_JSON)
    return ()


def _describe(head: Head) -> Outside:
    level = None if head.level is None else normalize_level(head.level)
    return Outside(_choose_stamp(head.stamps), level, None if head.name is None else mend_text(head.name))


def _choose_stamp(stamps: tuple[str, ...]) -> str:
    """The program's own stamp, which stands last, unless that of what collected the line is more complete.

    So is one with a zone and parts of a second before one with neither.
    """
    if len(stamps) == 1:
        return stamps[0]
    if _FINE_AND_ZONED.search(stamps[0]) and _COARSE_AND_ZONELESS.search(stamps[-1]):
        return stamps[0]
    form = find_stamp_form(stamps[-1])
    return stamps[0] if form is not None and form.lacks else stamps[-1]


def _read_message(message: str, around: Outside) -> Sequence[Record]:
    """The record of a text line: a JSON object, or a message with what may stand before and behind it."""
    message, around = _open_message(message, around)
    if message.startswith("{") and message.endswith("}"):
        with suppress(UnreadableError):
            return list(_read_objects(message, around))
    opened = open_context(message)
    if opened is not None:
        message, around = opened.message, around._replace(service=opened.name or around.service)
    text, fields = _split_fields(message)
    fields = fields if opened is None else {**opened.fields, **fields}
    return (Record(around.stamp, mend_text(text[:LONGEST_MESSAGE]), around.level, around.service, fields),)


def _open_message(message: str, around: Outside) -> tuple[str, Outside]:
    """A message without level and logger, where Python's logging wrote them before it."""
    opening = find_opening(message)
    if opening is None:
        return message, around
    own = around._replace(level=normalize_level(opening.level), service=opening.name or around.service)
    return message[opening.place :], own


def read_unstamped(text: str) -> Record:
    """The record of a line that is nothing but a message; its stamp is None."""
    (record,) = _read_message(text, NOTHING)
    return record


def _split_fields(message: str) -> tuple[str, Mapping[str, Any]]:
    """A message without the object at its end, and the fields of that; `key=value` stays where it is."""
    place = message.find("{") if message.endswith("}") and len(message) <= LONGEST_MESSAGE else -1
    while place >= 0:
        fields = _read_ending(message, place)
        if fields is not None:
            return message[:place].rstrip(" \t,:-"), fields
        place = message.find("{", place + 1)
    return message, read_pairs(message) if "=" in message else {}


def _read_ending(message: str, place: int) -> dict[str, Any] | None:
    """The object that begins at `place` and ends with the message, written as JSON or by util.inspect."""
    try:
        value, end = DECODER.raw_decode(message, place)
    except (ValueError, RecursionError):
        found = INSPECTED.match(message, place)
        return {key: unquote(text) for key, text in INSPECTED_PAIR.findall(found[0])} if found else None
    return value if isinstance(value, dict) and end == len(message) else None


def _read_objects(text: str, around: Outside, depth: int = 0) -> Iterator[Record]:
    """The records of the objects that stand one behind another in a text."""
    text = text.rstrip(", \t\r\n")
    position, seen = 0, False
    while position < len(text):
        try:
            value, position = _decode(text, position)
        except (ValueError, RecursionError) as error:
            raise UnreadableError(INVALID_JSON if text.endswith("}") else CUT_OFF) from error
        if not isinstance(value, dict):
            raise UnreadableError(NOT_JSON)
        yield from _read_object(value, around, depth)
        seen = True
        while position < len(text) and text[position] in " \t,":
            position += 1
    if not seen:
        raise UnreadableError(NOT_JSON)


def _read_object(fields: dict[str, Any], around: Outside, depth: int) -> Iterator[Record]:
    """The record of an object, or those inside it."""
    shape = find_shape(tuple(fields))
    if depth < DEEPEST and (shape.lists or shape.wrappings):
        inside = list(_open(fields, around, depth))
        if inside:
            yield from inside
            return
    record = understand_record(fields, shape)
    if record.stamp is None or record.level is None or record.service is None:
        record = record._replace(
            stamp=around.stamp if record.stamp is None else record.stamp,
            level=record.level or around.level,
            service=record.service or around.service,
        )
    if depth < DEEPEST and (record.level is None or shape.is_around):
        yield from _unfold(record, depth)
    else:
        yield record


def _open(fields: dict[str, Any], around: Outside, depth: int) -> Iterator[Record]:
    """The records inside an object that holds them in a list, or is around one."""
    shape = find_shape(tuple(fields))
    for row in shape.wrappings:
        inner = fields[row.inside]
        if isinstance(inner, dict) and (find_shape(tuple(inner)).lists or understand_record(inner).message):
            outer = understand_record({key: value for key, value in fields.items() if key != row.inside})
            yield from _read_object(inner, Outside(outer.stamp or around.stamp, outer.level, outer.service), depth + 1)
            return
    for key in shape.lists:
        inner = fields[key]
        if isinstance(inner, dict):
            yield from _read_object(inner, around, depth + 1) if find_shape(tuple(inner)).lists else ()
        elif isinstance(inner, list):
            for item in inner:
                yield from _read_item(item, around, depth)


def _read_item(item: object, around: Outside, depth: int) -> Iterator[Record]:
    """One row of an export: an object, or Loki's pair of time and line."""
    if isinstance(item, dict):
        yield from (record for record in _read_object(item, around, depth + 1) if record.message)
    elif isinstance(item, list) and len(item) >= 2 and isinstance(item[1], str):
        yield from _unfold(Record(item[0], mend_text(item[1][:LONGEST_MESSAGE]), None, around.service, {}), depth)


def _unfold(record: Record, depth: int) -> Iterator[Record]:
    """The line that a collector put into a record without taking it apart, or the record itself."""
    text = record.message.strip()
    around = Outside(record.stamp, record.level, record.service)
    if text.startswith("{") and text.endswith("}"):
        try:
            inside = list(_read_objects(text, around, depth + 1))
        except UnreadableError:
            inside = []
        if inside and all(found.message for found in inside):
            yield from inside
            return
    text = strip_colours(text)
    head = read_head(text) if CLOCK.search(text[:NEAR].encode()) else None
    if head is None and PAIRS_LINE.match(text) and (pairs := understand_record(read_pairs(text))).message:
        own_stamp, level, service = pairs.stamp or record.stamp, pairs.level or record.level, pairs.service
        yield _complete(pairs._replace(stamp=own_stamp, level=level, service=service or record.service), record)
        return
    if head is None:
        message, own = _open_message(text, around)
        yield record if own is around else record._replace(message=message, level=own.level, service=own.service)
        return
    own = _describe(head)
    for found in _read_message(
        head.message.strip(), Outside(own.stamp, own.level or around.level, own.service or around.service)
    ):
        yield _complete(found, record)


def _complete(found: Record, record: Record) -> Record:
    """A record taken out of another one: it has the fields of that too, and its stamp if its own lacks the day."""
    form = find_stamp_form(found.stamp) if isinstance(found.stamp, str) else None
    stamp = record.stamp if form is not None and form.lacks and record.stamp is not None else found.stamp
    return found._replace(stamp=stamp, fields={**record.fields, **found.fields})
