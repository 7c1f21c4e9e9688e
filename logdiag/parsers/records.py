"""From one raw line to its records and their instants, or the reason why it has none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from logdiag.parsers.dialects import (
    Record,
    has_prefix,
    open_envelope,
    read_envelope_stamp,
    split_prefix,
    understand_record,
)
from logdiag.times.stamps import parse_timestamp

NOT_JSON: Final = "not a JSON object"
CUT_OFF: Final = "cut off"
NUL_BYTES: Final = "NUL bytes"
INVALID_JSON: Final = "not valid JSON"
NO_TIMESTAMP: Final = "no usable time stamp"
BLANK: Final = b" \t\n\r\x0b\x0c\0"
DECODER: Final = json.JSONDecoder(strict=False)


class UnreadableError(ValueError):
    """A line cannot be understood; the argument is the reason."""


def decode_records(raw: bytes, zone: tzinfo = UTC) -> list[tuple[datetime, Record]]:
    """The records of one line, stripped of BLANK, with their instants. Raises UnreadableError with the reason.

    A record without a stamp takes that of the envelope or prefix around it.
    """
    found = []
    try:
        for fields, outer in _decode_objects(raw, None):
            record = understand_record(fields)
            if record.stamp is None:
                record = record._replace(stamp=outer)
            moment = parse_timestamp(record.stamp, zone)
            if moment is None:
                raise UnreadableError(NO_TIMESTAMP)
            found.append((moment, record))
    except RecursionError as error:
        raise UnreadableError(INVALID_JSON) from error
    return found


def find_time(raw: bytes, zone: tzinfo = UTC) -> datetime | None:
    """The latest instant in one line, stripped of BLANK, or None if it cannot be read."""
    try:
        return max(moment for moment, _ in decode_records(raw, zone)) if find_shape_fault(raw) is None else None
    except UnreadableError:
        return None


def find_shape_fault(raw: bytes) -> str | None:
    """Why a line stripped of BLANK cannot be a JSON object, by its first and last byte and NUL alone."""
    if not raw or b"\0" in raw:
        return NUL_BYTES
    if raw[0] != 0x7B and not has_prefix(raw):
        return NOT_JSON
    return None if raw[-1] == 0x7D or raw.endswith(b"},") else CUT_OFF


def _decode_objects(raw: bytes, stamp: object) -> Iterator[tuple[dict[str, Any], object]]:
    """The objects of one line, each with the stamp of what stands around it."""
    text = raw.decode("utf-8", "replace").rstrip(", \t")
    if raw[0] != 0x7B:
        prefixed, text = split_prefix(text)
        stamp = prefixed or stamp
    position, seen = 0, False
    while position < len(text):
        try:
            value, position = DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            raise UnreadableError(INVALID_JSON if text.endswith("}") else CUT_OFF) from error
        if not isinstance(value, dict):
            raise UnreadableError(NOT_JSON)
        inner = open_envelope(value)
        if inner is None:
            yield value, stamp
        else:
            inside = inner.encode("utf-8", "surrogatepass").strip(BLANK)
            yield from _decode_objects(inside, read_envelope_stamp(value))
        seen = True
        while position < len(text) and text[position] in " \t,":
            position += 1
    if not seen:
        raise UnreadableError(NOT_JSON)
