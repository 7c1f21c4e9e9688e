"""A line that says how long its process stood still: `Full GC … 2.3 secs`, `event loop blocked for 4512 ms`.

Such a line is written when the pause is over: it began that long before. What merely took long beside others (a
request, a query, a concurrent collection) held nothing up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from logdiag.deferred import compile_later

_PAUSE: Final = compile_later(
    r"(?i)\b(?:full )?gc\b|\bgarbage[ -]collect|\bmark-?(?:sweep|compact)|\bscavenge\b"
    r"|\bstop[ -]the[ -]world\b|\bsafepoint\b"
    r"|\bevent[ -]?loop\b[^\n]{0,40}\b(?:block|stall|lag|delay|late|froze|stuck)|\bloop (?:late|lag|delay|block|stall)"
    r"|\b(?:blocked|stalled|frozen|froze|paused) for\b|\bJVM pause\b|\bpause of\b"
    r"|\bexecuting <(?:handle|task|timerhandle)\b[^\n]*\btook\b"  # asyncio, in debug mode
    r"|\bcan't keep up!|\bthe server has not responded for\b"  # Minecraft's main thread, and its watchdog
    r"|垃圾回收|停顿|卡顿|(?:事件循环|主线程)[^\n]{0,10}(?:阻塞|延迟|卡住)"
)
_BESIDE: Final = compile_later(r"(?i)\bconcurrent\b|并发")
_UNITS: Final[Mapping[str, float]] = {
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "millisecond", "milliseconds", "毫秒"), 1e-3),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒"), 1.0),
}
_NAMES: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_LENGTH: Final = compile_later(rf"(?i)(?<![\w.])(\d{{1,9}}(?:\.\d{{1,9}})?) ?({_NAMES})(?![a-z0-9])")
_KEY: Final = compile_later(r"(?i)^(?:duration|pause|elapsed|took|lag|delay|blocked)_?(ms|millis|s|sec|seconds)$")
# Java 8 and older stamp the begin: `2015-05-26T14:45:37.987-0200: 151.126: [Full GC (Ergonomics) …, 2.3 secs]`.
_BEGINS: Final = compile_later(r"\[(?:Full )?GC\b[^\n]*\bsecs\]")
# Kestrel's own timer, due each second, and HikariCP's housekeeper, due each 30 s, that came late: `00:00:05.0123456`,
# `delta=45s123ms`.
_LATE_HEARTBEAT: Final = compile_later(
    r"\bthe heartbeat has been running for \W{0,2}(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d(?:\.\d{1,9})?)"
)
_LATE_HOUSEKEEPER: Final = compile_later(
    r"\bThread starvation or clock leap detected \(housekeeper delta="
    r"(?:(?P<h>\d{1,3})h)?(?:(?P<m>\d{1,2})m(?!s))?(?:(?P<s>\d{1,2})s)?(?:(?P<ms>\d{1,3})ms)?"
)
HOUSEKEEPING_S: Final = 30.0  # HikariPool, housekeepingPeriodMs
_MESSAGE_LIMIT: Final = 1_000  # characters: a pause is said in one line


def find_pause_s(message: str, fields: Mapping[str, Any]) -> tuple[float, bool] | None:
    """How many seconds a process says that it stood still, and whether its stamp is of the begin; None elsewhere."""
    headline = message[:_MESSAGE_LIMIT]
    if (late_s := _find_lateness_s(headline)) is not None:
        return late_s, False
    if _PAUSE.search(headline) is None or _BESIDE.search(headline) is not None:
        return None
    lengths = [float(value) * _UNITS[unit.lower()] for value, unit in _LENGTH.findall(headline)]
    for key, value in fields.items():
        match = _KEY.match(str(key))
        if match is not None and isinstance(value, int | float) and not isinstance(value, bool):
            lengths.append(value * _UNITS[match[1].lower()])
    return None if not lengths else (round(max(lengths), 6), _BEGINS.search(headline) is not None)


def _find_lateness_s(headline: str) -> float | None:
    """By how much a timer of a framework's own came late, where it says so in its own form of lengths."""
    if (found := _LATE_HEARTBEAT.search(headline)) is not None:
        return _add_up(found.groupdict())
    if (found := _LATE_HOUSEKEEPER.search(headline)) is None:
        return None
    late_s = round(_add_up(found.groupdict()) - HOUSEKEEPING_S, 6)
    return late_s if late_s > 0 else None


def _add_up(parts: Mapping[str, str | None]) -> float:
    in_s = {"h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 1e-3}
    return round(sum(float(text) * in_s[name] for name, text in parts.items() if text), 6)


def tells_pause(template: str) -> bool:
    """Whether a masked message is one of a pause with its length."""
    return "<n>" in template and _PAUSE.search(template) is not None and _BESIDE.search(template) is None
