"""The options for time become a window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from logdiag.errors import InputError
from logdiag.times.window import TimeWindow, parse_duration, parse_zone, resolve_window
from tests.folding import each

END: Final = datetime(2025, 11, 14, 16, 30, tzinfo=UTC)


def resolve(since: str | None = None, until: str | None = None, around: str | None = None) -> TimeWindow:
    window = resolve_window(since, until, around, end=END, zone=UTC)
    assert window is not None
    return window


@pytest.mark.parametrize("text", [None, "UTC", "utc", "Z", "GMT"])
def test_utc_has_several_names(text: str | None) -> None:
    """And it is the default."""
    assert parse_zone(text) is UTC


@pytest.mark.parametrize("text", ["+08:00", "+0800", "+8", "UTC+8", "GMT+08:00"])
def test_offsets_are_zones(text: str) -> None:
    """East is positive."""
    assert parse_zone(text) == timezone(timedelta(hours=8))


def test_zones_have_iana_names() -> None:
    """With their summer time."""
    assert parse_zone("Europe/Berlin") == ZoneInfo("Europe/Berlin")
    assert parse_zone("-03:30") == timezone(-timedelta(hours=3, minutes=30))


@each("text", ["", "Nowhere/City", "+25:00", "+08:99", "../../etc/passwd", "a\0b", "8"])
def test_unknown_zone_is_refused_by_name(text: str) -> None:
    """The message names the option and the remedy."""
    with pytest.raises(InputError, match=r"--tz .*: no such zone; use Asia/Shanghai"):
        parse_zone(text)


@each(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("10min", 600),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("2d", 172_800),
        ("250ms", 0.25),
        ("1.5s", 1.5),
        ("-10m", 600),
        ("10m ago", 600),
        ("0s", 0),
    ],
)
def test_durations_add_up(text: str, seconds: float) -> None:
    """Parts in any unit."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@each("text", ["", "10", "m", "10 fortnights", "16:25", "10m later", "9" * 30 + "d", "2025-11-14"])
def test_what_is_no_duration_is_none(text: str) -> None:
    """Absurd lengths included."""
    assert parse_duration(text) is None


def test_no_option_is_no_window() -> None:
    """None rather than a window that holds everything."""
    assert resolve_window(None, None, None, end=END, zone=UTC) is None


@each(
    ("text", "moment"),
    [
        ("10m", END - timedelta(minutes=10)),
        ("16:25", END.replace(minute=25)),
        ("6:05", END.replace(hour=6, minute=5)),
        ("16:25:52", END.replace(minute=25, second=52)),
        ("16:25:52.756", END.replace(minute=25, second=52, microsecond=756_000)),
        ("16:25:52,7", END.replace(minute=25, second=52, microsecond=700_000)),
        ("2025-11-14", END.replace(hour=0, minute=0)),
        ("2025-11-14 16:25", END.replace(minute=25)),
        ("2025-11-14T16:25:52Z", END.replace(minute=25, second=52)),
        ("2025-11-15T00:25+08:00", END.replace(minute=25)),
        ("1763137552", datetime(2025, 11, 14, 16, 25, 52, tzinfo=UTC)),
    ],
)
def test_times_are_absolute_or_count_back_from_the_end(text: str, moment: datetime) -> None:
    """A clock time is of the day of the end of the logs."""
    assert resolve(since=text).since == moment


def test_clock_times_are_of_the_zone() -> None:
    """Both the hour and the day of the end are those of --tz."""
    window = resolve_window("00:10", None, None, end=END, zone=ZoneInfo("Asia/Shanghai"))
    assert window == TimeWindow(datetime(2025, 11, 14, 16, 10, tzinfo=UTC), None)


@each("text", ["", "soon", "10", "99:99", "Nov 14", "2025-13-01", "16:25 tomorrow", "9" * 40 + "d"])
@each("option", ["--since", "--until", "--around"])
def test_what_is_no_time_is_refused_by_option(option: str, text: str) -> None:
    """With the option, the text and the forms that work."""
    with pytest.raises(InputError, match=f"{option} .*: not a time; use"):
        resolve(**{option.removeprefix("--"): text})


def test_both_ends_are_included() -> None:
    """A window holds its own bounds and nothing beyond."""
    window = resolve(since="16:20", until="16:25")
    step = timedelta(microseconds=1)
    moments = [END.replace(minute=20), END.replace(minute=25)]
    assert [window.holds(moment) for moment in (moments[0] - step, *moments, moments[1] + step)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert resolve(until="16:25").holds(datetime.min.replace(tzinfo=UTC))


@each(
    ("text", "half_s"),
    [("16:20", 300), ("16:20/30s", 30), ("16:20/0s", 0), ("10m", 300), ("10m/1m", 60), ("11/14/2025 16:20/2m", 120)],
)
def test_around_reaches_to_either_side(text: str, half_s: int) -> None:
    """Five minutes, or what stands behind the slash; slashes of a date are none."""
    middle = END.replace(minute=20)
    half = timedelta(seconds=half_s)
    assert resolve(around=text) == TimeWindow(middle - half, middle + half)


def test_around_stands_alone() -> None:
    """It names both ends itself."""
    with pytest.raises(InputError, match="--around: cannot be used together"):
        resolve(since="10m", around="16:20")


def test_window_must_not_be_upside_down() -> None:
    """--since after --until is a mistake, the same instant is not."""
    with pytest.raises(InputError, match="lies after"):
        resolve(since="16:25", until="16:20")
    assert resolve(since="16:25", until="16:25").holds(END.replace(minute=25))


@pytest.mark.parametrize("text", ["800000d", "999999999.9d", "16:20/999999d"])
def test_a_stretch_beyond_the_calendar_ends_with_it(text: str) -> None:
    """A very long time is all time, not an error."""
    window = resolve(since=text) if "/" not in text else resolve(around=text)
    assert window.since == datetime.min.replace(tzinfo=UTC)


def test_edges_of_the_calendar_are_no_times() -> None:
    """A date that has no instant in UTC is refused."""
    with pytest.raises(InputError, match="not a time"):
        resolve_window("0001-01-01", None, None, end=END, zone=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("text", "before_s"),
    [
        ("2 hours", 7200),
        ("now-5m", 300),
        ("now - 5 min", 300),
        ("now", 0),
        (" Now", 0),
        ("90 seconds ago", 90),
        ("1 day 2 hrs", 93600),
    ],
)
def test_spans_as_people_write_them(text: str, before_s: int) -> None:
    """Units in full, blanks, `ago`, `now` and `now-`: all count back from the end of the logs."""
    assert resolve(since=text).since == END - timedelta(seconds=before_s)


def test_days_by_name() -> None:
    """Today and yesterday are those of the end of the logs, in the zone asked for."""
    today = END.replace(hour=0, minute=0, second=0, microsecond=0)
    assert resolve(since="yesterday", until="Today") == TimeWindow(today - timedelta(days=1), today)


@pytest.mark.parametrize(
    ("asked", "near"),
    [("Berlin", "Europe/Berlin"), ("europe/berln", "Europe/Berlin"), ("new york", "America/New_York")],
)
def test_a_zone_that_is_almost_named(asked: str, near: str) -> None:
    """A city alone, or a letter missing, gets the zone that is meant."""
    with pytest.raises(InputError, match=f"did you mean .*{near}"):
        parse_zone(asked)
