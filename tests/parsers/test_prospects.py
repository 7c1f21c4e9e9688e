"""Which logs of which nothing was understood are those of programs that serve no sockets."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from logdiag.parsers.proposals import propose_rules, write_file
from logdiag.parsers.prospects import is_of_a_database, is_of_other_work, speaks_of_connections
from logdiag.reading import find_log_files
from tests.folding import each
from tests.winston import BUILT_IN

BUILD = ("error: step lint failed with exit code 1", "Linking target app", "Upload finished, session closed: report 7")
DATABASE = (
    "connection received: host=10.0.0.4 port=40004",
    "checkpoint starting: time",
    "duration: 3.1 ms  statement: SELECT * FROM users",
    "could not receive data from client: Connection reset by peer",
)


@each(
    ("message", "expected"),
    [
        ("sensor s7 came online", True),
        ("tablet 12 joined the relay", True),
        ("Verbindung zur Zentrale getrennt", True),
        ("与主节点的连接已断开", True),
        *((message, False) for message in BUILD),
        ("job nightly-4 started", False),
        ("retrying invoice 0", False),
    ],
)
def test_starting_failing_and_linking_are_no_words_of_connections(message: str, *, expected: bool) -> None:
    """Who connects, who is there, and sockets are spoken of in such words alone."""
    assert speaks_of_connections(message) is expected


def test_a_database_tells_of_its_own_work() -> None:
    """One slow statement in the log of an application makes it no database's."""
    assert is_of_a_database(DATABASE)
    assert not is_of_a_database(["duration: 900.0 ms  statement: SELECT 1", "device 7 came online"])


def test_a_build_and_a_queue_of_jobs_are_told_by_most_of_their_lines() -> None:
    """A server that runs a job or two serves sockets all the same."""
    assert is_of_other_work(BUILD)
    assert is_of_other_work(["job nightly-4 started", "retrying invoice 0", "queue drained, 0 items left"])
    assert not is_of_other_work(["job nightly-4 started", "wire 7 closed", "wire 8 up", "wire 9 was lost"])


@pytest.mark.parametrize("messages", [BUILD, DATABASE])
def test_no_rule_is_proposed_for_logs_without_sockets(tmp_path: Path, messages: tuple[str, ...]) -> None:
    """The file says so instead; and no screen calls their lines likely."""
    path = tmp_path / "x.log"
    lines = [f"2025-03-04T08:00:{n:02}.000Z ERROR {messages[n % len(messages)]}" for n in range(48)]
    path.write_text("".join(f"{line}\n" for line in lines))
    text = write_file(propose_rules(find_log_files((str(tmp_path),), None).files, BUILT_IN, UTC), "en")
    assert "there is no rule to propose" in text
    assert "[[rule]]" not in text
