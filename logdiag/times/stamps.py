"""Text or epoch number to an instant in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Final, NamedTuple

from logdiag.deferred import compile_later

FORM_WITH_TIME: Final = compile_later(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
EPOCH_TEXT: Final = compile_later(r"[0-9]{10,19}(\.[0-9]+)?")
ZONE_TEXT: Final = compile_later(
    r":\d\d(?:[.,]\d+)?(?: ?[AP]M)? ?(?:Z|UTC|GMT|(?:UTC|GMT)? ?[+-]\d\d?(?::?\d\d)?)(?: \d{4})?$", re.IGNORECASE
)
# Date.prototype.toString(): "Fri Nov 14 2025 16:25:52 GMT+0800 (China Standard Time)". python-dateutil reads the sign
# of "GMT+0800" as POSIX does, the wrong way round.
SIGNED_ZONE_NAME: Final = compile_later(r"\b(?:GMT|UTC) ?(?=[+-]\d)")
ZONE_REMARK: Final = compile_later(r" ?\([^()]*\)$")
PROBES: Final = (datetime(2001, 2, 3, 4, 5, 6, 7), datetime(2012, 9, 28, 21, 43, 54, 11))  # noqa: DTZ001
LONGEST_STAMP: Final = 64
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CENTURY: Final = 2000  # two-digit years: logs are younger than that
HALF_A_DAY_H: Final = 12
NIGHT: Final = timedelta(hours=1)  # so far behind the first line of a file may a clock stand and still be of its day
ASSUMED_DAY: Final = datetime(2000, 1, 1)  # noqa: DTZ001  of clocks alone: any day will do that nobody takes for real
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2286
DATEUTIL_FAULTS: Final = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)


_DAY_NAME: Final = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?"
_MONTH: Final = r"(?P<month>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6})\.?"
# Milliseconds behind a blank. Behind a stamp in a line such a number may be anything: only a whole file tells.
_APART: Final = r" (?=\d{1,3}$)"
_APART_IN_LINES: Final = r" (?=\d{1,3}(?![\w:.-]))"
# U+202F: what Node.js 20 and later write before AM and PM.
_CLOCK: Final = (
    r"(?P<half>上午|下午)?(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)"
    rf"(?:(?:[.,:]|{_APART})(?P<fraction>\d{{1,9}}))?)?"
    r"(?:[ \u202f]?(?P<noon>[AaPp]\.?[Mm]\b\.?))?"
)
# A colon before the fraction is one only where three digits follow: "16:25:52:756".
_FULL_CLOCK: Final = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)"
    rf"(?:(?:[.,]|:(?=\d{{3}}(?!\d))|{_APART})(?P<fraction>\d{{1,9}}))?"
)
# Two digits behind a month are a year only where a whole clock follows: "26 Sep 10:15:23" has none.
_YEAR_BEHIND: Final = r"(?P<year>\d{4}|\d\d(?!:\d\d(?::\d\d)?(?!\d|:\d)))"
_HALVES: Final = r"(?:[ \u202f]?(?P<noon>[AaPp]\.?[Mm]\b\.?))?"
_ZONE: Final = (
    r"(?: ?(?P<zone>[Zz](?![A-Za-z])|(?:GMT|UTC)?[+-]\d\d(?::?\d\d)?(?!:?\d)|(?:GMT|UTC)(?![A-Za-z+-]))"
    r"(?: \([^()]{1,40}\))?)?"
)

# Behind a clock alone, `Date.prototype.toTimeString()`: "11:01:50 GMT-0400 (Eastern Daylight Time)". A bare sign with
# digits may be anything.
_ZONE_OF_CLOCK: Final = (
    r"(?: ?(?P<zone>(?:GMT|UTC)[+-]\d\d:?\d\d(?!\d)|(?:GMT|UTC)(?![A-Za-z+-]))(?: \([^()]{1,40}\))?)?"
)


class StampForm(NamedTuple):
    """One way to write a moment, and an example of it; `lacks`: what must be known from elsewhere."""

    name: str
    pattern: str
    example: str
    lacks: str = ""

    @property
    def pattern_in_lines(self) -> str:
        """The pattern where a blank, and whatever follows, may stand on either side of the milliseconds."""
        return self.pattern.replace(_APART, _APART_IN_LINES)


STAMP_FORMS: Final = (
    StampForm(
        "year first",
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})(?:T|,? +|_|\] ?\[|\|){_CLOCK}{_ZONE}",
        "2025/11/14 16:25:52,756",
    ),
    StampForm(
        "numbers",
        rf"(?P<one>\d{{1,2}})[-/.](?P<two>\d{{1,2}})[-/.](?P<year>\d{{4}}|\d\d)(?:,? +|T|:|\] ?\[|\|){_CLOCK}{_ZONE}",
        "11/14/2025, 4:25:52 PM",
    ),
    StampForm(
        "day, month",
        rf"{_DAY_NAME}(?P<day>\d{{1,2}})[-/ ]{_MONTH}[-/ ]{_YEAR_BEHIND}[ :,]+{_CLOCK}{_ZONE}",
        "14/Nov/2025:16:25:52 +0000",
    ),
    StampForm(
        "month, day",
        rf"{_DAY_NAME}{_MONTH} +(?P<day>\d{{1,2}}),? +(?P<year>\d{{4}}),? +(?:at )?{_CLOCK}{_ZONE}",
        "Fri Nov 14 2025 16:25:52 GMT+0000 (Coordinated Universal Time)",
    ),
    StampForm(
        "year last",
        rf"{_DAY_NAME}{_MONTH} +(?P<day>\d{{1,2}}) +{_FULL_CLOCK}{_ZONE} +(?P<year>\d{{4}})(?!\d)",
        "Fri Nov 14 16:25:52 2025",
    ),
    StampForm(
        "no year", rf"{_DAY_NAME}{_MONTH} +(?P<day>\d{{1,2}}),? +{_FULL_CLOCK}{_HALVES}", "Nov 14 16:25:52", "year"
    ),
    StampForm(
        "day, month without year",
        rf"{_DAY_NAME}(?P<day>\d{{1,2}})[-/ ]{_MONTH}(?:,? +|:){_FULL_CLOCK}{_HALVES}",
        "14 Nov 16:25:52",
        "year",
    ),
    # log15, which go-ethereum writes with: the month comes first.
    StampForm(
        "month and day, bar, clock", rf"(?P<month>\d\d)-(?P<day>\d\d)\|{_FULL_CLOCK}", "11-14|16:25:52.756", "year"
    ),
    StampForm(
        "numbers without year",
        rf"(?P<one>\d{{1,2}})[-/](?P<two>\d{{1,2}}) +{_FULL_CLOCK}{_HALVES}",
        "11-14 16:25:52.756",
        "year",
    ),
    StampForm(
        "digits",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)[T _-]?(?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d)"
        rf"(?:[.,](?P<fraction>\d{{1,9}}))?{_ZONE}",
        "20251114T162552Z",
    ),
    StampForm(
        "digits of a short year", rf"(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)[ _-]{_FULL_CLOCK}", "251114 16:25:52"
    ),
    StampForm("digits without year", rf"(?P<month>\d\d)(?P<day>\d\d) {_FULL_CLOCK}", "1114 16:25:52.756123", "year"),
    StampForm("epoch", r"1\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?", "1763137552.756"),
    StampForm("clock", rf"{_FULL_CLOCK}{_HALVES}{_ZONE_OF_CLOCK}", "16:25:52.756", "date"),
)


@cache
def _compile_forms() -> tuple[tuple[StampForm, re.Pattern[str]], ...]:
    """The forms but for epochs, each compiled where a stamp is tried as it."""
    return tuple((form, compile_later(form.pattern, re.ASCII)) for form in STAMP_FORMS if form.name != "epoch")


class Hints(NamedTuple):
    """What a file's stamps leave open, from elsewhere.

    `day_first`: 01/08 is the first of August; None: not known, then it is January. `anchor`: a moment of the time at
    which the file begins, for stamps without a year or a date. `near`: a moment of a file whose stamps are whole, for
    lines of others in it that lack their year; a clock alone could be of any day. `counts_millis`: what stands behind
    the seconds is a number of milliseconds without the zeros before it (see `find_bare_millis`).
    """

    day_first: bool | None = None
    anchor: datetime | None = None
    near: datetime | None = None
    counts_millis: bool = False


NO_HINTS: Final = Hints()


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


def parse_timestamp(value: object, zone: tzinfo = UTC, hints: Hints = NO_HINTS) -> datetime | None:
    """The instant that a log's stamp names, in UTC, or None if it names none.

    Text without a zone is read in `zone`; where a clock was set back, an hour that came twice is read as the first.
    Numbers are epochs whose unit (s, ms, us, ns) follows from their size. A stamp that lacks its date, its hour or
    its minute is refused, since python-dateutil would fill it from today, unless `hints` tell the day; so is one with
    an unknown zone name, and one before 1970 or after 2286 (other languages write year 1 or 9999 for "never").
    """
    if isinstance(value, str):
        return _parse_text(value, zone, hints)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _parse_epoch(value)
    return None


def _parse_text(text: str, zone: tzinfo, hints: Hints) -> datetime | None:
    if FORM_WITH_TIME.match(text) and not hints.counts_millis:
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
    for form, pattern in _compile_forms():
        if found := pattern.fullmatch(stripped):
            return _assemble(form, found.groupdict(), zone, hints)
    return _parse_leniently(SIGNED_ZONE_NAME.sub("", ZONE_REMARK.sub("", stripped)), zone)


def _assemble(form: StampForm, parts: dict[str, str | None], zone: tzinfo, hints: Hints) -> datetime | None:
    """The instant that the parts of a stamp name together."""
    if form.lacks == "year" and hints.anchor is None:
        hints = hints._replace(anchor=hints.near)
    if form.lacks and hints.anchor is None:
        return None
    try:
        day, clock = _find_day(parts, zone, hints), _find_clock(parts, hints)
        moment = datetime(*day, *clock, tzinfo=_read_zone(parts.get("zone")))
        if form.lacks == "year":
            moment = _nearest_year(moment, zone, hints)
        elif form.lacks == "date":
            moment = _next_day(moment, zone, hints)
        return _to_utc(moment, zone)
    except (ValueError, OverflowError):
        return None


def _find_day(parts: dict[str, str | None], zone: tzinfo, hints: Hints) -> tuple[int, int, int]:
    """Year, month and day; what the stamp lacks of them is the anchor's."""
    anchor = None if hints.anchor is None else hints.anchor.astimezone(_read_zone(parts.get("zone")) or zone)
    year_text = parts.get("year")
    year = int(year_text) if year_text else anchor.year if anchor else 0
    if year_text and len(year_text) == 2:
        year += CENTURY
    if one := parts.get("one"):
        first, second = int(one), int(parts["two"] or 0)
        is_day_first = first > len(MONTHS) or (bool(hints.day_first) and second <= len(MONTHS))
        return (year, second, first) if is_day_first else (year, first, second)
    if (day := parts.get("day")) and (month := parts.get("month")):
        return year, int(month) if month.isdigit() else MONTHS.index(month[:3].lower()) + 1, int(day)
    if anchor is None:
        raise ValueError
    return anchor.year, anchor.month, anchor.day


def _find_clock(parts: dict[str, str | None], hints: Hints) -> tuple[int, int, int, int]:
    """Hour, minute, second and microsecond."""
    hour = int(parts["hour"] or 0)
    half = parts.get("half") or parts.get("noon")
    if half is not None and hour <= HALF_A_DAY_H:
        hour = hour % HALF_A_DAY_H + (HALF_A_DAY_H if half[0] in "Pp下" else 0)
    fraction = (parts.get("fraction") or "")[:6]
    fraction = fraction.rjust(3, "0") if hints.counts_millis else fraction
    return hour, int(parts["minute"] or 0), int(parts.get("second") or 0), int(fraction.ljust(6, "0"))


def _read_zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    digits = re.sub(r"[^0-9]", "", text)
    offset = timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:4] or 0))
    return timezone(-offset if "-" in text else offset)


def _nearest_year(moment: datetime, zone: tzinfo, hints: Hints) -> datetime:
    """The same day of the year that brings it next to the anchor: December stands before January."""
    anchor = hints.anchor or moment.replace(tzinfo=zone)
    own = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    near = [own.replace(year=own.year + step) for step in (-1, 0, 1) if _has_day(own, own.year + step)]
    return min(near, key=lambda other: abs(other - anchor))


def _has_day(moment: datetime, year: int) -> bool:
    try:
        moment.replace(year=year)
    except ValueError:
        return False
    return True


def _next_day(moment: datetime, zone: tzinfo, hints: Hints) -> datetime:
    """A clock of the anchor's day, or of the next one where it stands before the anchor: it passed midnight."""
    own = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return own + timedelta(days=1) if hints.anchor is not None and own < hints.anchor - NIGHT else own


def find_stamp_form(text: str) -> StampForm | None:
    """The row of STAMP_FORMS that a whole stamp is written in, or None."""
    stripped = text.strip()
    return next((form for form, pattern in _compile_forms() if pattern.fullmatch(stripped)), None)


def find_bare_millis(stamps: Iterable[str]) -> bool:
    """Whether a file's stamps end in plain numbers of milliseconds: `15:10:59,7`, `15:10:59,93`, `15:11:02,140`.

    Decimals of which the zeros at the end are left out vary in length, too: they may begin with a zero and never end in
    one, numbers the other way round.
    """
    texts = [fraction for stamp in stamps if (fraction := _find_fraction(stamp))]
    many = [text for text in texts if len(text) > 1]
    is_varied = len({len(text) for text in texts}) > 1 and max(map(len, texts)) == len("999")
    return is_varied and not any(text[0] == "0" for text in many) and any(text[-1] == "0" for text in many)


def _find_fraction(stamp: str) -> str | None:
    stripped = stamp.strip()
    found = next((found for _, pattern in _compile_forms() if (found := pattern.fullmatch(stripped))), None)
    return None if found is None else found.groupdict().get("fraction")


def list_numbers(text: str) -> tuple[int, int] | None:
    """The two numbers of a stamp of which one is the day and one the month, in their order."""
    for form, pattern in _compile_forms():
        if form.name.startswith("numbers") and (found := pattern.fullmatch(text.strip())):
            return int(found["one"]), int(found["two"])
    return None


def _parse_leniently(text: str, zone: tzinfo) -> datetime | None:
    """Whatever python-dateutil reads, unless a part of the date or the time comes from its default.

    It warns of zones that it does not know only where `tzinfos` is no function; filters of warnings are the whole
    process's and must not be changed in threads.
    """
    from dateutil import parser as dateutil_parser  # noqa: PLC0415  few stamps need it, and it takes its time to load

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
    if moment.tzinfo is UTC:
        return moment
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


def find_zone_offset(value: object) -> timedelta | None:
    """How far the zone that a stamp names is ahead of UTC, in which an epoch counts; None: it names no number."""
    if not isinstance(value, str) or EPOCH_TEXT.fullmatch(value.strip()):
        return timedelta(0) if has_zone(value) else None
    if FORM_WITH_TIME.match(value):
        try:
            return datetime.fromisoformat(value).utcoffset()
        except ValueError:
            pass
    found = next((found for _, pattern in _compile_forms() if (found := pattern.fullmatch(value.strip()))), None)
    zone = _read_zone(found.groupdict().get("zone")) if found is not None else None
    return None if zone is None else zone.utcoffset(None)
