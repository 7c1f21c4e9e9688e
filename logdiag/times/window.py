"""The stretch of time that a user asks for: absolute, or relative to the end of the logs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from logdiag.deferred import compile_later
from logdiag.errors import InputError
from logdiag.times.stamps import parse_timestamp
from logdiag.times.zones import find_zone, suggest_zones

UNITS_S: Final = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
UNIT: Final = r"ms|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?"
DURATION: Final = compile_later(rf"(\d+(?:\.\d+)?)\s*({UNIT})(?![a-z])", re.IGNORECASE)
NOW: Final = "now"
DAYS_AGO: Final = {"today": 0, "yesterday": 1}
FIRST_INSTANT: Final = datetime.min.replace(tzinfo=UTC)
LAST_INSTANT: Final = datetime.max.replace(tzinfo=UTC)
AROUND: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(days=999_999_999)  # what can be counted back as well: a part of a day more cannot
CLOCK_TIME: Final = compile_later(r"\d{1,2}:\d\d(:\d\d([.,]\d{1,6})?)?")


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Both ends included; None: open."""

    since: datetime | None
    until: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Whether the window holds an instant."""
        return (self.since is None or moment >= self.since) and (self.until is None or moment <= self.until)


def parse_zone(text: str | None) -> tzinfo:
    """An IANA name (Asia/Shanghai), an offset (+08:00) or UTC. Raises InputError."""
    try:
        return UTC if text is None else find_zone(text)
    except ValueError as error:
        near = suggest_zones(str(text))
        key = "time.no_zone_but" if near else "time.no_zone"
        raise InputError(key, asked=f"--tz {text}", near=near) from error


def parse_duration(text: str) -> timedelta | None:
    """`90s`, `10m`, `1h30m`, `2 hours`, `-5m`, `5 min ago`, `now-5m`; None if it is no duration."""
    stripped = text.strip().removeprefix(NOW).strip().lstrip("-").removesuffix(" ago").strip()
    parts = DURATION.findall(stripped)
    if not parts or DURATION.sub("", stripped).strip():
        return None
    try:
        return min(timedelta(seconds=sum(float(number) * _unit_s(unit) for number, unit in parts)), LONGEST)
    except OverflowError:
        return None


def _unit_s(unit: str) -> float:
    """The seconds of a unit however it is spelled: of all units but ms the first letter tells."""
    return UNITS_S.get(unit.lower()) or UNITS_S[unit[0].lower()]


def resolve_window(
    since: str | None, until: str | None, around: str | None, *, end: datetime, zone: tzinfo
) -> TimeWindow | None:
    """The window that the options name, or None if they name none. `end` is the last instant of the logs.

    A duration counts back from `end`, which is also `now`; a clock time without a date, `today` and `yesterday` go by
    the day of `end`.
    `--around T` is five minutes to either side, `--around T/30s` another width. Raises InputError.
    """
    if around is not None and (since is not None or until is not None):
        raise InputError("time.around_alone")
    if around is not None:
        text, _, width = around.rpartition("/")
        half = parse_duration(width) if text else None
        middle = _resolve(around if half is None else text, "--around", end, zone)
        half = AROUND if half is None else half
        return TimeWindow(_shift(middle, -half), _shift(middle, half))
    if since is None and until is None:
        return None
    first = _resolve(since, "--since", end, zone) if since is not None else None
    last = _resolve(until, "--until", end, zone) if until is not None else None
    if first is not None and last is not None and first > last:
        raise InputError("time.since_after_until", since=since, until=until)
    return TimeWindow(first, last)


def _shift(moment: datetime, by: timedelta) -> datetime:
    """The instant that lies `by` from another, at most as far as the calendar reaches."""
    try:
        return moment + by
    except OverflowError:
        return FIRST_INSTANT if by < timedelta() else LAST_INSTANT


def _resolve(text: str, option: str, end: datetime, zone: tzinfo) -> datetime:
    duration = parse_duration(text)
    if duration is not None:
        return _shift(end, -duration)
    stripped = text.strip()
    if stripped.lower() == NOW:
        return end
    try:
        if CLOCK_TIME.fullmatch(stripped):
            clock = time.fromisoformat(stripped.zfill(len(stripped) + (stripped.find(":") == 1)).replace(",", "."))
            return datetime.combine(end.astimezone(zone).date(), clock, zone).astimezone(UTC)
        if stripped.lower() in DAYS_AGO:
            day = end.astimezone(zone).date() - timedelta(days=DAYS_AGO[stripped.lower()])
            return datetime.combine(day, time(), zone).astimezone(UTC)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", stripped):
            return datetime.combine(date.fromisoformat(stripped), time(), zone).astimezone(UTC)
        moment = parse_timestamp(stripped, zone)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise InputError("time.no_time", asked=f"{option} {text}")
    return moment
