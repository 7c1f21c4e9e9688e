"""Cron expressions: how many seconds lie between two runs, where it is always as many."""

from __future__ import annotations

from typing import Final

FIELDS: Final = ((60, 1), (60, 60), (24, 3600))  # seconds, minutes, hours: values, seconds of one
NAMED: Final = {"@hourly": 3600.0, "@daily": 86400.0, "@midnight": 86400.0, "@weekly": 604800.0}


def read_cron(text: str) -> float | None:
    """The seconds between two runs of a cron expression of five fields, or six with seconds; None if they vary.

    >>> read_cron("*/30 * * * * *"), read_cron("*/5 * * * *"), read_cron("0 3 * * *"), read_cron("5,20 * * * * *")
    (30.0, 300.0, 86400.0, None)
    """
    bare = text.strip()
    if bare in NAMED:
        return NAMED[bare]
    parts = bare.split()
    if len(parts) not in (5, 6) or not all(
        set(part) <= set("0123456789*/,-?LW#ABCDEFGHIJKLMNOPRSTUVWYabcdefghijklmnoprstuvwy") for part in parts
    ):
        return None
    parts = ["0", *parts] if len(parts) == 5 else parts
    if any(part not in ("*", "?") for part in parts[3:]):
        return None
    return _gap(parts)


def _gap(parts: list[str]) -> float | None:
    """The gap of the runs within a day: all of them are listed, and differ by as much, over midnight too."""
    sets = [_values(part, most) for part, (most, _) in zip(parts, FIELDS, strict=False)]
    seconds, minutes, hours = sets
    if not seconds or not minutes or not hours:
        return None
    if len(seconds) > 1:
        return _even(seconds, 60, 1.0) if len(minutes) == 60 and len(hours) == 24 else None
    if len(minutes) > 1:
        return _even(minutes, 60, 60.0) if len(hours) == 24 else None
    return _even(hours, 24, 3600.0)


def _even(values: list[int], around: int, unit_s: float) -> float | None:
    gaps = {(after - before) % around or around for before, after in zip(values, [*values[1:], values[0]], strict=True)}
    return gaps.pop() * unit_s if len(gaps) == 1 else None


def _values(part: str, most: int) -> list[int]:
    """The values that a field allows; none where it is not understood."""
    found: set[int] = set()
    for item in part.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        try:
            start = 0 if span == "*" else int(first)
            end = most - 1 if span == "*" or (step and not last) else int(last or first)
            found |= set(range(start, min(end, most - 1) + 1, int(step or 1)))
        except ValueError:
            return []
    return sorted(found)
