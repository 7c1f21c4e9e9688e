"""Text or epoch number to an instant in UTC."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, datetime, tzinfo
from typing import Final

from dateutil import parser as dateutil_parser

FORM_WITH_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
EPOCH_TEXT: Final = re.compile(r"\d{9,19}(\.\d+)?")
EPOCH_UNITS: Final = ((1e11, 1.0), (1e14, 1e-3), (1e17, 1e-6), (1e20, 1e-9))
EARLIEST_EPOCH_S: Final = 1e8
PROBES: Final = (datetime(2001, 2, 3, 4, 5, 6, 7), datetime(2012, 9, 28, 21, 43, 54, 7))  # noqa: DTZ001
LONGEST_STAMP: Final = 64


def parse_timestamp(value: object, zone: tzinfo = UTC) -> datetime | None:
    """The instant that a log's stamp names, in UTC, or None if it names none.

    Text without a zone is read in `zone`. Numbers are epochs whose unit (s, ms, us, ns) follows from their size.
    A stamp that lacks its date, its hour or its minute is refused, since python-dateutil would fill it from today.
    """
    if isinstance(value, str):
        return _parse_text(value, zone)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _parse_epoch(float(value), value)
    return None


def _parse_text(text: str, zone: tzinfo) -> datetime | None:
    if FORM_WITH_TIME.match(text):
        try:
            return _to_utc(datetime.fromisoformat(text), zone)
        except (ValueError, OverflowError):
            pass
    stripped = text.strip()
    if len(stripped) > LONGEST_STAMP:
        return None
    if EPOCH_TEXT.fullmatch(stripped):
        return _parse_epoch(float(stripped), int(stripped) if stripped.isdigit() else float(stripped))
    return _parse_leniently(stripped, zone)


def _parse_leniently(text: str, zone: tzinfo) -> datetime | None:
    """Whatever python-dateutil reads, unless a part of the date or the time comes from its default."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            first, second = (dateutil_parser.parse(text, default=probe) for probe in PROBES)
        except (ValueError, OverflowError, TypeError, Warning, RecursionError):
            return None
    if first.replace(second=0, microsecond=0) != second.replace(second=0, microsecond=0):
        return None
    if first.second != second.second:
        first = first.replace(second=0)
    if first.microsecond == PROBES[0].microsecond and str(PROBES[0].microsecond) not in text:
        first = first.replace(microsecond=0)
    try:
        return _to_utc(first, zone)
    except (ValueError, OverflowError):
        return None


def _to_utc(moment: datetime, zone: tzinfo) -> datetime:
    if moment.tzinfo is None:
        if zone is UTC:
            return moment.replace(tzinfo=UTC)
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def _parse_epoch(value: float, exact: float) -> datetime | None:
    if not EARLIEST_EPOCH_S <= value < EPOCH_UNITS[-1][0]:
        return None
    unit = next(unit for limit, unit in EPOCH_UNITS if value < limit)
    try:
        if isinstance(exact, int):
            scale = round(1 / unit)
            seconds, rest = divmod(exact, scale)
            return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1_000_000 // scale)
        micros = round(exact * unit * 1e6)
        return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)
    except (ValueError, OverflowError, OSError):
        return None


def has_zone(value: object) -> bool:
    """Whether a stamp says its own zone (an epoch always does)."""
    if isinstance(value, (int, float)):
        return True
    if not isinstance(value, str):
        return False
    text = value.strip()
    return bool(EPOCH_TEXT.fullmatch(text) or re.search(r"(Z|UTC|GMT|[+-]\d\d:?\d\d)$", text[10:]))
