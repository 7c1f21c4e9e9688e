"""Whatever `--since`, `--until`, `--around` and `--tz` say: a stretch of time, or a refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from logdiag.errors import InputError
from logdiag.times.window import FIRST_INSTANT, LAST_INSTANT, parse_duration, parse_zone, resolve_window

SEEDS: Final = (
    b"10m\n5 min ago\n\nUTC", b"yesterday\ntoday\n\nAsia/Shanghai", b"\n\n16:00:05.5/30s\n+08:00",
    b"now-1h30m\n\n\n-12",
    b"2025-11-14\n2025-11-14 16:00\n\nEurope/Berlin", b"\n\n2025-11-14T16:00:00Z/2 hours\n../etc/localtime",
    b"99999999999d\n\n\nEST5EDT", b"\n\n0001-01-01/9999999d\n+23:59", b"1763136000\n\n\nZ",
)  # fmt: skip
ENDS: Final = (datetime(2025, 11, 14, 16, 30, tzinfo=UTC), FIRST_INSTANT, LAST_INSTANT)


def check(data: bytes) -> None:
    """Lines are since, until, around and the zone; an empty one is not given."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    since, until, around, zone = [*(line or None for line in lines), None, None, None, None][:4]
    for text in filter(None, (since, until, around)):
        parse_duration(text)
    try:
        known = parse_zone(zone)
    except InputError as error:  # what may be meant instead takes most of the time: once is enough
        str(error)
        known = UTC
    for end in ENDS:
        try:
            window = resolve_window(since, until, around, end=end, zone=known)
        except InputError as error:
            str(error)
            continue
        if window is not None and window.since is not None and window.until is not None and window.since > window.until:
            raise AssertionError("the window ends before it begins")
