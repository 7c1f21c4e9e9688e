"""Announced timers: `Data snapshot started (interval: 30000ms)` says which clock a process will keep."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from logdiag.deferred import compile_later

MILLISECONDS: Final = {
    "ms": 1.0, "msec": 1.0, "millis": 1.0, "millisecond": 1.0, "milliseconds": 1.0, "毫秒": 1.0,
    "s": 1e3, "sec": 1e3, "secs": 1e3, "second": 1e3, "seconds": 1e3, "秒": 1e3, "segundos": 1e3,
    "sekunden": 1e3,
    "secondes": 1e3, "secondi": 1e3, "saniye": 1e3, "секунд": 1e3, "сек": 1e3,
    "m": 6e4, "min": 6e4, "mins": 6e4, "minute": 6e4, "minutes": 6e4, "分钟": 6e4, "minuten": 6e4, "minutos": 6e4,
}  # fmt: skip
_UNITS: Final = "|".join(sorted(MILLISECONDS, key=len, reverse=True))
_START: Final = compile_later(
    r"(?i)\bstart(?:ed|ing|s)?\b|\bschedul(?:ed|ing)\b|\b(?:enabled|begin|beginning|running|will run|armed)\b"
    r"|启动|开始|已开启|定时"
    r"|\binicia|\bdémarr|\bgestartet|\bavviat|\bbaşlat|запущ"
)
_INTERVAL: Final = compile_later(
    r"(?i)(?:\b(?:interval(?:lo|o|e|l)?|intervalle|every|each|period|cada|alle|toutes les|ogni)"
    r"|каждые|интервал|aralık|间隔|每隔?|周期)"
    rf"(?:[ _-]?(?:in )?ms)?[\s:：=(]{{0,4}}(\d{{1,9}}(?:\.\d{{1,3}})?) ?({_UNITS})?(?![\w])"
)
_SHORTEST_BARE_MS: Final = 500  # a bare number is milliseconds, as for setInterval, unless that were absurd


@lru_cache(maxsize=4096)
def may_announce(template: str) -> bool:
    """Whether a masked message can announce a timer: so that few messages are looked at twice."""
    return "<n>" in template and _START.search(template) is not None


def find_period_ms(message: str) -> float | None:
    """The period in milliseconds of a timer that the message says has started, or None.

    A timeout is none: a monitor that waits for so long looks on a clock of its own.
    """
    headline = message[:300]
    if _START.search(headline) is None:
        return None
    found = _INTERVAL.search(headline)
    if found is None:
        return None
    value, unit = float(found[1]), found[2]
    if unit is None:
        return value if value >= _SHORTEST_BARE_MS else None
    return value * MILLISECONDS[unit.lower()] or None
