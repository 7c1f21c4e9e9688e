"""Time zones by name or by offset, as users type them and reports show them."""

from __future__ import annotations

import difflib
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from logdiag.deferred import compile_later

SUGGESTED: Final = 3
LIKENESS: Final = 0.75  # of difflib: one letter wrong in four; more names nothing that is meant
OFFSET: Final = compile_later(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?")


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


def suggest_zones(name: str) -> tuple[str, ...]:
    """Return the names of the zones that may be meant by a name that is none: by the city alone, or misspelled."""
    wanted = name.strip().lower().replace(" ", "_")
    zones = list_zones()
    cities = tuple(zone for zone in zones if zone.lower().rpartition("/")[2] == wanted.rpartition("/")[2])
    if cities:
        return cities[:SUGGESTED]
    spelled = {form: zone for zone in zones for form in (zone.lower(), zone.lower().rpartition("/")[2])}
    near = difflib.get_close_matches(wanted, spelled, n=SUGGESTED, cutoff=LIKENESS)
    return tuple(dict.fromkeys(spelled[form] for form in near))


@cache
def list_zones() -> tuple[str, ...]:
    """The names of all zones, sorted; to find them takes the opening of 600 files."""
    return tuple(sorted(available_timezones()))
