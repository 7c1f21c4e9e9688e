"""Text or epoch number to an instant in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple

from dateutil import parser as dateutil_parser

FORM_WITH_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
EPOCH_TEXT: Final = re.compile(r"[0-9]{10,19}(\.[0-9]+)?")
ZONE_TEXT: Final = re.compile(
    r":\d\d(?:[.,]\d+)?(?: ?[AP]M)? ?(?:Z|UTC|GMT|(?:UTC|GMT)? ?[+-]\d\d?(?::?\d\d)?)(?: \d{4})?$", re.IGNORECASE
)
# Date.prototype.toString(): "Fri Nov 14 2025 16:25:52 GMT+0800 (China Standard Time)". python-dateutil reads the sign
# of "GMT+0800" as POSIX does, the wrong way round.
SIGNED_ZONE_NAME: Final = re.compile(r"\b(?:GMT|UTC) ?(?=[+-]\d)")
ZONE_REMARK: Final = re.compile(r" ?\([^()]*\)$")
PROBES: Final = (datetime(2001, 2, 3, 4, 5, 6, 7), datetime(2012, 9, 28, 21, 43, 54, 11))  # noqa: DTZ001
LONGEST_STAMP: Final = 64
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2286
DATEUTIL_FAULTS: Final = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)


class EpochUnit(NamedTuple):
    """Numbers from `lowest_count` to below ten times that count this unit: 2001-09-09 to 2286-11-20 in each of them."""

    lowest_count: int
    per_s: int


EPOCH_UNITS: Final = (
    EpochUnit(10**9, 1),
    EpochUnit(10**12, 10**3),
    EpochUnit(10**15, 10**6),
    EpochUnit(10**18, 10**9),
)


def parse_timestamp(value: object, zone: tzinfo = UTC) -> datetime | None:
    """The instant that a log's stamp names, in UTC, or None if it names none.

    Text without a zone is read in `zone`; where a clock was set back, an hour that came twice is read as the first.
    Numbers are epochs whose unit (s, ms, us, ns) follows from their size. A stamp that lacks its date, its hour or
    its minute is refused, since python-dateutil would fill it from today; so is one with an unknown zone name, and one
    before 1970 or after 2286 (other languages write year 1 or 9999 for "never").
    """
    if isinstance(value, str):
        return _parse_text(value, zone)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _parse_epoch(value)
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
        moment = _parse_epoch(int(stripped) if stripped.isdigit() else float(stripped))
        if moment is not None:
            return moment
    return _parse_leniently(SIGNED_ZONE_NAME.sub("", ZONE_REMARK.sub("", stripped)), zone)


def _parse_leniently(text: str, zone: tzinfo) -> datetime | None:
    """Whatever python-dateutil reads, unless a part of the date or the time comes from its default.

    It warns of zones that it does not know only where `tzinfos` is no function; filters of warnings are the whole
    process's and must not be changed in threads.
    """
    try:
        first, second = (dateutil_parser.parse(text, default=probe, tzinfos=_name_zone) for probe in PROBES)
        if first.replace(second=0, microsecond=0) != second.replace(second=0, microsecond=0):
            return None
        if first.second != second.second:
            first = first.replace(second=0)
        if first.microsecond != second.microsecond:
            first = first.replace(microsecond=0)
        return _to_utc(first, zone)
    except DATEUTIL_FAULTS:
        return None


def _name_zone(name: str | None, offset_s: int | None) -> tzinfo | None:
    """The zone of a stamp, never taken from this machine's own settings, as python-dateutil would."""
    if name is None and offset_s is None:
        return None
    if offset_s is None:
        raise ValueError(name)
    return timezone(timedelta(seconds=offset_s))


def _to_utc(moment: datetime, zone: tzinfo) -> datetime | None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    if moment.tzinfo is None:
        if zone is UTC:
            return moment.replace(tzinfo=UTC)
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def _parse_epoch(value: float) -> datetime | None:
    unit = next((unit for unit in EPOCH_UNITS if unit.lowest_count <= value < 10 * unit.lowest_count), None)
    if unit is None:
        return None
    micros = value * 1_000_000 // unit.per_s if isinstance(value, int) else round(value * (1_000_000 / unit.per_s))
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def has_zone(value: object) -> bool:
    """Whether a stamp says its own zone (an epoch always does)."""
    if isinstance(value, (int, float)):
        return True
    if not isinstance(value, str):
        return False
    if FORM_WITH_TIME.match(value):
        try:
            return datetime.fromisoformat(value).tzinfo is not None
        except ValueError:
            pass
    text = ZONE_REMARK.sub("", value.strip())
    if EPOCH_TEXT.fullmatch(text):
        return _parse_epoch(float(text)) is not None
    return ZONE_TEXT.search(text[-LONGEST_STAMP:]) is not None
