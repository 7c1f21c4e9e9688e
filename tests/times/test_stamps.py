"""Stamps become instants in UTC, or are refused."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.times.stamps import Hints, find_bare_millis, has_zone, parse_timestamp
from tests.folding import each

MOMENT: Final = datetime(2025, 11, 14, 16, 25, 52, 756_000, tzinfo=UTC)
WHOLE: Final = MOMENT.replace(microsecond=0)
EPOCH_S: Final = 1_763_137_552


@each(
    "stamp",
    [
        "2025-11-14 16:25:52.756",
        "2025-11-14 16:25:52,756",
        "2025-11-14T16:25:52.756Z",
        "2025-11-14T16:25:52.756z",
        "2025-11-14T16:25:52.756000000Z",
        "2025-11-15T00:25:52.756+08:00",
        "2025-11-15T00:25:52.756+0800",
        "2025-11-15T00:25:52.756+08",
        "2025-11-15 00:25:52.756 +08:00",
        "2025-11-14 16:25:52 756",
        " 2025-11-14 16:25:52.756 ",
        "2025/11/14 16:25:52.756",
        "14 Nov 2025 16:25:52.756",
        EPOCH_S + 0.756,
        f"{EPOCH_S}.756",
        EPOCH_S * 1000 + 756,
        f"{EPOCH_S}756",
        float(EPOCH_S * 1000 + 756),
        EPOCH_S * 10**6 + 756_000,
        f"{EPOCH_S}756000",
        EPOCH_S * 10**9 + 756_000_000,
        f"{EPOCH_S}756000000",
    ],
)
def test_every_form_names_the_same_instant(stamp: object) -> None:
    """Text with and without zone, and epochs in four units as number and as text."""
    assert parse_timestamp(stamp) == MOMENT


@pytest.mark.parametrize(
    "stamp", ["14 Nov 16:25:52.756", "14-Nov 16:25:52.756", "14 Nov, 16:25:52,756", "11-14|16:25:52.756"]
)
def test_day_and_month_without_a_year_take_the_year_of_the_file(stamp: str) -> None:
    """The hour is no year; without a moment of the file the stamp is refused, and two digits before a clock are one."""
    assert parse_timestamp(stamp, hints=Hints(anchor=datetime(2025, 6, 1, tzinfo=UTC))) == MOMENT
    assert parse_timestamp(stamp) is None
    assert parse_timestamp("14 Nov 25 16:25:52.756") == MOMENT
    assert parse_timestamp("14/Nov/25:16:25:52.756") == MOMENT


@each(
    "stamp",
    [
        "2025-11-14 16:25:52",
        "Fri, 14 Nov 2025 16:25:52 GMT",
        "Fri Nov 14 16:25:52 2025",
        "Sat Nov 15 2025 00:25:52 GMT+0800 (China Standard Time)",
        "Sat Nov 15 2025 00:25:52 GMT+0800",
        "2025-11-15 00:25:52 UTC+8",
        "11/14/2025, 4:25:52 PM",
        "20251114162552",
        "20251114T162552Z",
        EPOCH_S,
        str(EPOCH_S),
        float(EPOCH_S),
    ],
)
def test_whole_seconds_have_no_fraction(stamp: object) -> None:
    """What python-dateutil reads is exact; `GMT+0800` lies east, as JavaScript means it."""
    assert parse_timestamp(stamp) == WHOLE


def test_missing_seconds_are_zero() -> None:
    """A stamp to the minute is complete; its seconds are none of the default's."""
    minute = WHOLE.replace(second=0)
    assert [parse_timestamp(text) for text in ("2025-11-14 16:25", "2025/11/14 16:25", "202511141625")] == [minute] * 3


def test_a_seven_in_the_text_is_no_fraction() -> None:
    """The fraction of python-dateutil's default never gets into a stamp."""
    assert parse_timestamp("2017/07/17 07:07:07") == datetime(2017, 7, 17, 7, 7, 7, tzinfo=UTC)


@each(
    "stamp",
    [
        "10",
        "16:25",
        "16:25:52.756",
        "Nov 14 16:25:52",
        "2025-11-14",
        "2025-11",
        "2025",
        "Friday",
        "2025-11-14 16",
        "Fri 16:25:52",
        "now",
        "",
        " ",
        "2025-13-45 99:00:00.000",
        "2025-02-30 10:00:00",
        "2025-11-14 24:61:00",
        "2025-11-14 16:25:52 XYZ",
        "0001-01-01T00:00:00Z",
        "9999-12-31 23:59:59.999",
        "1969-12-31 23:59:59",
        "x" * 1000,
        "1" * 19 + "0",
        "123456789",
        "-1763137552",
        True,
        False,
        None,
        0,
        10,
        -EPOCH_S,
        999_999_999,
        10**10,
        10**13,
        10**19,
        10**400,
        -(10**400),
        1e308,
        float("nan"),
        float("inf"),
        float("-inf"),
        [EPOCH_S],
        {"$date": EPOCH_S},
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_names_no_instant_is_refused(stamp: object) -> None:
    """Incomplete, impossible and absurd stamps are None, never completed from today."""
    assert parse_timestamp(stamp) is None


@each(
    ("fractions", "is_number"),
    [
        (["7", "93", "140", "0"], True),
        (["7", "93", "14"], False),
        (["756", "140", "007"], False),
        (["7", "93", "141"], False),
        (["7", "93", "143", "053"], False),
        (["7", "93", "140", "1405"], False),
    ],
)
def test_milliseconds_may_lack_the_zeros_before_them(fractions: list[str], is_number: bool) -> None:
    """`,93` is 93 ms beside `,140`, which no decimal would end in; of three digits each nothing needs to be told."""
    assert find_bare_millis(f"2025-11-14 15:10:59,{fraction}" for fraction in fractions) is is_number
    moment = parse_timestamp("2025-11-14 15:10:59,93", hints=Hints(counts_millis=is_number))
    assert moment is not None
    assert moment.microsecond == (93_000 if is_number else 930_000)


def test_zone_is_for_naive_stamps_alone() -> None:
    """--tz moves stamps without a zone and leaves those with one."""
    shanghai = ZoneInfo("Asia/Shanghai")
    assert parse_timestamp("2025-11-15 00:25:52.756", shanghai) == MOMENT
    assert parse_timestamp("2025/11/15 00:25:52.756", shanghai) == MOMENT
    assert parse_timestamp("2025-11-14T16:25:52.756Z", shanghai) == MOMENT
    assert parse_timestamp(EPOCH_S, shanghai) == WHOLE
    assert parse_timestamp("2025-11-15 00:25:52.756", timezone(timedelta(hours=8))) == MOMENT


def test_zone_follows_summer_time() -> None:
    """One zone, two offsets; the hour that comes twice is read as the first, the one left out as before the jump."""
    berlin = ZoneInfo("Europe/Berlin")
    hours = {"2025-07-01 12:00:00": 10, "2025-12-01 12:00:00": 11, "2025-10-26 02:30:00": 0, "2025-03-30 02:30:00": 1}
    found = {text: parse_timestamp(text, berlin) for text in hours}
    assert {text: moment.hour for text, moment in found.items() if moment is not None} == hours


def test_this_machines_zone_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """An abbreviation that happens to be the machine's own zone is as unknown as elsewhere."""
    time = pytest.importorskip("time")
    if not hasattr(time, "tzset"):
        pytest.skip("this system sets no zone")
    monkeypatch.setenv("TZ", "CST-8")
    time.tzset()
    try:
        assert parse_timestamp("2025-11-14 16:25:52 CST") is None
        assert parse_timestamp("2025-11-14 16:25:52") == WHOLE
    finally:
        monkeypatch.undo()
        time.tzset()


@each(
    ("stamp", "zoned"),
    [
        ("2025-11-14 16:25:52.756", False),
        ("2025-11-14 16:25", False),
        ("14-11-2025 16:25:52", False),
        ("16:25:52 14-11-2025", False),
        ("20251114162552", False),
        ("2025-11-14T16:25:52.756Z", True),
        ("2025-11-14T16:25:52+08", True),
        ("2025-11-14T16:25:52.756+08:00", True),
        ("2025-11-14 16:25:52 UTC+8", True),
        ("Fri, 14 Nov 2025 16:25:52 GMT", True),
        ("Sat Nov 15 2025 00:25:52 GMT+0800 (China Standard Time)", True),
        (str(EPOCH_S), True),
        (EPOCH_S, True),
        (None, False),
    ],
)
def test_zone_of_a_stamp_is_known(stamp: object, zoned: bool) -> None:
    """The report must say where a zone was assumed."""
    assert has_zone(stamp) is zoned


@given(st.datetimes(datetime(2002, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_text_and_epoch_agree_to_the_microsecond(naive: datetime) -> None:
    """No unit loses a microsecond to rounding, a double of seconds none either."""
    moment = naive.replace(tzinfo=UTC)
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    for stamp in (moment.isoformat(), micros, micros * 1000, micros / 1000, micros / 1_000_000):
        assert parse_timestamp(stamp) == moment


@given(st.text("0123456789:-+/., TZapmGMTCUNov年月日'\"", max_size=24) | st.text(max_size=80))
def test_any_text_is_an_instant_or_none(text: str) -> None:
    """Nothing that a log holds makes the parser fail."""
    moment = parse_timestamp(text)
    assert moment is None or moment.tzinfo is UTC
    has_zone(text)


@given(st.integers() | st.floats())
def test_any_number_is_an_instant_or_none(value: float) -> None:
    """Numbers of any size and sort."""
    moment = parse_timestamp(value)
    assert moment is None or 2001 <= moment.year <= 2286


def test_reading_leniently_leaves_the_filters_of_warnings_alone() -> None:
    """They are the whole process's: threads that set and restore them leave them as they shall not be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen: list[object] = []
        filters = warnings.filters
        for text in ("Fri Nov 14 2025 16:25:52 GMT+0800 (China Standard Time)", "14 Nov 2025 16:25:52 XYZ"):
            seen.append(parse_timestamp(text))
            assert warnings.filters is filters
    assert seen[0] is not None
    assert seen[1] is None
