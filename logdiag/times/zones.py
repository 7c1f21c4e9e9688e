"""Time zones by name or by offset, as users type them and reports show them."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

OFFSET: Final = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?")


def find_zone(name: str) -> tzinfo:
    """Return the zone of an IANA name (Asia/Shanghai), an offset (+08:00) or UTC. Raises ValueError for others."""
    if name.upper() in {"UTC", "Z", "GMT"}:
        return UTC
    if match := OFFSET.fullmatch(name):
        delta = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if delta < timedelta(hours=24):
            return timezone(-delta if match[1] == "-" else delta)
    try:
        return ZoneInfo(name)
    except (OSError, KeyError) as error:
        raise ValueError(f"no such zone: {name}") from error
