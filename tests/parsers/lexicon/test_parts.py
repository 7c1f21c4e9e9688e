"""What stops: a process, or what it holds."""

from __future__ import annotations

from logdiag.parsers.lexicon.messages import read_message
from logdiag.parsers.rule_files import load_rules
from tests.folding import each

LINES = [
    ("Shutting down 0 playing players.", False),
    ("Shutting down 3 sessions", False),
    ("Shutting down thread pool", False),
    ("Shutting down ExecutorService 'taskExecutor'", False),
    ("Shutting down session 4f1c", False),
    ("Shutting down idle connection", False),
    ("Shutting down", True),
    ("Shutting down gracefully...", True),
    ("Shutting down in 5 seconds", True),
    ("Shutting down worker...", True),
    ("Shutting down WebSocket server...", True),
    ("Shutting down the application", True),
    ("SIGTERM received, shutting down", True),
]


@each("message, is_stop", LINES)
def test_what_a_process_holds_is_no_process(message: str, is_stop: bool) -> None:
    """Lavalink shuts down the players of a client that left, and runs on; a pool of threads is no process either."""
    found = read_message(message)
    assert (found is not None and found.kind.value.endswith("-stopping")) is is_stop, message
    ruled = load_rules().match(message, "master", {})
    assert (ruled is not None and ruled.kind.value.endswith("-stopping")) is is_stop, message


@each(
    "message, is_start",
    [
        ("Agent started (pid 4242)", True),
        ("Client for [cache-3.internal] initialized", False),
        ("Client for tenant 7 started", False),
        ("agent live view 12 opened", False),
    ],
)
def test_a_client_that_a_program_makes_of_another_service_is_no_process(message: str, is_start: bool) -> None:
    """Nor is a live view or a live socket, whose word for what goes on says elsewhere that a process runs."""
    found = read_message(message)
    assert (found is not None and found.kind.value == "process-started") is is_start, message
