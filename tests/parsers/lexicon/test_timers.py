"""Timers that a line announces."""

from __future__ import annotations

from logdiag.events import EventKind
from logdiag.parsers.lexicon.messages import read_message
from logdiag.parsers.lexicon.timers import find_period_ms
from tests.folding import each


@each(
    ("message", "period_ms"),
    [
        ("Data snapshot started (interval: 30000ms)", 30_000),
        ("Starting cleanup every 5 minutes", 300_000),
        ("心跳任务已启动，间隔 30 秒", 30_000),
        ("Polling started with interval 1500", 1_500),
        ("retry interval: 30000ms", None),
        ("Job started at 12:00", None),
        ("Starting heartbeat monitor (timeout: 30000ms)", None),
        ("Starting heartbeat monitor (interval: 10000ms, timeout: 30000ms)", 10_000),
    ],
)
def test_an_announced_timer_has_a_period(message: str, period_ms: float | None) -> None:
    """Only what has started has a period, in milliseconds."""
    assert find_period_ms(message) == period_ms


def test_the_timeout_of_a_monitor_is_a_setting() -> None:
    """How long it waits is no period; with an interval beside it the line announces a timer."""
    read = [
        read_message(f"Starting heartbeat monitor ({said})")
        for said in ("timeout: 30000ms", "interval: 10000ms, timeout: 30000ms")
    ]
    assert [one.kind for one in read if one is not None] == [EventKind.SETTING, EventKind.TIMER_ANNOUNCED]
