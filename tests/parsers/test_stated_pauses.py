"""Lines that say how long their process stood still."""

from __future__ import annotations

from typing import Any

from logdiag.parsers.stated_pauses import find_pause_s
from tests.folding import each


@each(
    ("message", "fields", "expected"),
    [
        ("mark-sweep took 31921 ms", {}, (31.921, False)),
        ("GC(64) Pause Full (G1 Compaction Pause) 4095M->3871M(4096M) 22926.226ms", {}, (22.926226, False)),
        ("151.126: [Full GC (Ergonomics) 140M->100M(512M), 2.30 secs]", {}, (2.3, True)),
        ("event loop blocked for 4512 ms", {}, (4.512, False)),
        ("Sweep loop late by 19800 ms", {}, (19.8, False)),
        ("垃圾回收停顿，耗时 4512 毫秒", {}, (4.512, False)),
        ("event loop lag", {"durationMs": 6000}, (6.0, False)),
        (
            "Thread Thread[vert.x-eventloop-thread-0,5,main] has been blocked for 5023 ms, time limit is 2000 ms",
            {},
            (5.023, False),
        ),
        ("Executing <Handle Loop._read_ready() created at /a/b.py:12> took 5.213 seconds", {}, (5.213, False)),
        ("Blocked for 5213.2ms, operation started here: report.js", {}, (5.2132, False)),
        (
            'As of "11/27/2026 09:15:00 +00:00", the heartbeat has been running for "00:00:05.0123456" which is longer',
            {},
            (5.012346, False),
        ),
        ("HikariPool-1 - Thread starvation or clock leap detected (housekeeper delta=45s123ms).", {}, (15.123, False)),
        ("Can't keep up! Is the server overloaded? Running 39063ms or 781 ticks behind", {}, (39.063, False)),
        ("The server has not responded for 39 seconds! Creating thread dump", {}, (39.0, False)),
        ("Executing migration 17 took 31921 ms", {}, None),
        ("GET /orders took 31921 ms", {}, None),
        ("GC(7) Concurrent Mark Cycle 22926.226ms", {}, None),
        ("event loop blocked", {}, None),
    ],
)
def test_a_pause_is_told_with_its_length(
    message: str, fields: dict[str, Any], expected: tuple[float, bool] | None
) -> None:
    """Words of a pause and a length; a request that took long held nothing else up. Java 8 stamps the begin."""
    assert find_pause_s(message, fields) == expected
