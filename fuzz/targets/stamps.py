"""Whatever stands where a stamp is expected: an instant in UTC between 1970 and 2286, or none; the same every time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from logdiag.times.stamps import find_stamp_form, has_zone, list_numbers, parse_timestamp

SEEDS: Final = tuple(
    text.encode()
    for text in (
        "2025-11-14 16:00:00.000", "2025-11-14T16:00:00Z", "2025-11-14T16:00:00,123456+08:00", "16:00:00.123",
        "14/Nov/2025:16:00:00 +0000", "Nov 14 16:00:00", "Fri Nov 14 2025 16:00:00 GMT+0800 (China Standard Time)",
        "1763136000", "1763136000000.5", "11/14/2025, 4:00:00 PM", "14.11.2025 16:00:00", "2025年11月14日 16:00:00",
        "1e999", "null", "[]", "20251114T160000Z", "Fri, 14 Nov 2025 16:00:00 EST",
    )
)  # fmt: skip
ZONES: Final = (UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)))
FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(days=1)  # in the zone that lies farthest off
LAST: Final = datetime(2286, 11, 22, tzinfo=UTC)


def check(data: bytes) -> None:
    """Read a text and, if it is JSON, its value."""
    text = data.decode("utf-8", "surrogateescape")
    values: list[object] = [text]
    try:
        values.append(json.loads(data))
    except (ValueError, RecursionError):
        pass
    find_stamp_form(text)
    list_numbers(text)
    for value in values:
        has_zone(value)
        for zone in ZONES:
            moment = parse_timestamp(value, zone)
            if moment != parse_timestamp(value, zone):
                raise AssertionError("read twice, and not the same")
            if moment is not None and (moment.tzinfo is not UTC or not FIRST <= moment <= LAST):
                raise AssertionError(f"no such instant: {moment}")
