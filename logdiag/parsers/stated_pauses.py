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
_MESSAGE_LIMIT: Final = 1_000  # characters: a pause is said in one line


def find_pause_s(message: str, fields: Mapping[str, Any]) -> tuple[float, bool] | None:
    """How many seconds a process says that it stood still, and whether its stamp is of the begin; None elsewhere."""
    headline = message[:_MESSAGE_LIMIT]
    if _PAUSE.search(headline) is None or _BESIDE.search(headline) is not None:
        return None
    lengths = [float(value) * _UNITS[unit.lower()] for value, unit in _LENGTH.findall(headline)]
    for key, value in fields.items():
        match = _KEY.match(str(key))
        if match is not None and isinstance(value, int | float) and not isinstance(value, bool):
            lengths.append(value * _UNITS[match[1].lower()])
    return None if not lengths else (round(max(lengths), 6), _BEGINS.search(headline) is not None)


def tells_pause(template: str) -> bool:
    """Whether a masked message is one of a pause with its length."""
    return "<n>" in template and _PAUSE.search(template) is not None and _BESIDE.search(template) is None
