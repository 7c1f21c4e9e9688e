"""A line that reports a state tells of an event only where nothing else told of that change."""

from __future__ import annotations

from collections.abc import Sequence

from logdiag.analyzers.sides.state_reports import drop_state_reports, is_state_report
from logdiag.events import Event, EventKind
from tests.folding import each
from tests.winston import at

UP, DOWN, START = EventKind.CONNECTED, EventKind.DISCONNECTED, EventKind.PROCESS_STARTED
TOLD = {UP: "Websocket connected", DOWN: "Websocket closed", START: "starting"}


def keep(*steps: tuple[EventKind, bool]) -> list[int]:
    """Which of these steps stay; of each, whether it is a report."""
    texts = {UP: "WebSocket Status: connected", DOWN: "websocket_stats: {'status': 'disconnected', 'updates': 4}"}
    events: Sequence[Event] = [
        Event(at(second), kind, "bot", "app", "info", texts[kind] if is_report else TOLD[kind], "bot/a.log", second)
        for second, (kind, is_report) in enumerate(steps)
    ]
    return [event.line for event in drop_state_reports(events)]


def test_a_poll_of_the_state_tells_nothing_new() -> None:
    """A connect, its state each minute, the end and the state at the shutdown: two events."""
    assert keep((UP, False), (UP, True), (UP, True), (DOWN, False), (DOWN, True)) == [0, 3]


def test_a_change_that_only_the_report_tells_is_an_event() -> None:
    """Connected, and at the next look not any more; then once more."""
    assert keep((UP, False), (UP, True), (DOWN, True), (DOWN, True), (UP, True)) == [0, 2, 4]


def test_the_first_report_of_a_process_is_no_end() -> None:
    """It was not connected yet; after a start it is not known again."""
    assert keep((DOWN, True), (UP, False), (START, False), (DOWN, True), (UP, False)) == [1, 2, 4]


def test_reports_that_only_change_are_how_the_program_tells_of_events() -> None:
    """The first connect counts, too, where no report repeats what is known."""
    assert keep((UP, True), (DOWN, True), (UP, True)) == [0, 1, 2]
    assert keep((UP, True), (UP, True), (DOWN, True)) == [2]


@each(
    ("message", "is_report"),
    [
        ("WebSocket Status: connected", True),
        ("   websocket_stats: {'status': 'disconnected', 'uptime_seconds': 63.57}", True),
        ("connection_state=connected clients=3", True),
        ('health: {"ws_status": "connected"}', True),
        ("WebSocket status: still connected", True),
        ("WebSocket status changed to disconnected", False),
        ("new status: disconnected", False),
        ("state: connected -> reconnecting", False),
        ("Websocket connected", False),
        ("WebSocket disconnected: statusCode 1006", False),
    ],
)
def test_a_report_says_so_under_the_word_for_a_state(message: str, is_report: bool) -> None:
    """What changed, or happened, is none."""
    assert is_state_report(message) is is_report
