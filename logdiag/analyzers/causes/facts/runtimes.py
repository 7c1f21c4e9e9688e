"""Whether the logs show that what wrote them does not run on Node.js, so that advice for Node is none for them."""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later
from logdiag.rows import Rows

SAMPLED: Final = 5_000  # lines, a choice: who writes in another language shows it in one of so many
# What only other languages raise, by their own words: Python, Go, Java, C#; and programs that are written in one.
_OF_ANOTHER: Final = compile_later(
    r"\bname '\w{1,60}' is not defined|' object has no attribute '|\[Errno \d{1,3}\]"
    r"|\bTraceback \(most recent call last\)"
    r"|\b(?:asyncio|aiohttp|websockets|tornado|paho)\.|\bFile \"[^\"\n]{1,200}\.py\"|\bConnectionClosed(?:Error|OK)\b"
    r"|\bdial (?:tcp|udp)\b|\bread tcp \S{3,60}->|\bgoroutine \d|\bcontext (?:canceled|deadline exceeded)\b"
    r"|\b(?:java|javax|org\.\w{2,40}|io\.netty)\.[\w.]{1,100}Exception\b|\bSystem\.[\w.]{1,60}Exception\b"
    r"|--ping-(?:restart|exit)\b|^WebSocket ping timeout after \d|^New client connected from \S+ as \S+ \(p\d"
)


def is_of_another_runtime(timeline: Rows) -> bool:
    """Whether any of the lines that were understood shows so."""
    rows = timeline[:SAMPLED]
    texts = dict.fromkeys(str(text) for name in ("message", "error") for text in rows[name].tolist() if text)
    return any(_OF_ANOTHER.search(text) for text in texts)
