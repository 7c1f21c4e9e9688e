"""Which advice fits the language that the logs show."""

from __future__ import annotations

from logdiag.analyzers.causes.facts.runtimes import is_of_another_runtime
from logdiag.events import EventKind
from tests.analyzers.cases import event, timeline


def test_a_program_in_python_gets_no_advice_for_node() -> None:
    """What Python, Go or Java raise, none but they raise."""
    said = "WebSocket closed: [Errno 104] Connection reset by peer"
    assert is_of_another_runtime(timeline(event(0, EventKind.DISCONNECTED, message=said)))


def test_what_any_language_says_shows_none() -> None:
    """The advice stays."""
    assert not is_of_another_runtime(timeline(event(0, EventKind.DISCONNECTED, message="disconnected: ping timeout")))
