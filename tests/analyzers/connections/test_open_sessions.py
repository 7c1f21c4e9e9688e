"""What a line adds to a connection that is open."""

from __future__ import annotations

import pytest

from logdiag.analyzers.connections.sessions import find_sessions
from logdiag.events import EventKind
from tests.analyzers.cases import CLIENT, connected, disconnected, event, timeline

WORKER = "worker1/worker.log"
STARTED = EventKind.PROCESS_STARTED


def test_a_start_in_another_file_moments_after_the_connect_came_before_it() -> None:
    """A buffer stamps the start late; the connection's next word is of an end, so no process started anew under it."""
    late = event(2.5, STARTED, WORKER)
    frame = timeline(connected(0, "one"), late, disconnected(30), connected(31, "two"))
    assert [(one.session_s, one.restarted) for one in find_sessions(frame)] == [(30, False), (None, False)]


@pytest.mark.parametrize(
    ("file", "start_s", "again_s"), [(WORKER, 2.5, 4.0), (CLIENT, 2.5, None), (WORKER, 12.5, None)]
)
def test_a_start_that_the_connection_did_not_outlive_ends_it(file: str, start_s: float, again_s: float | None) -> None:
    """It connects again, or the line stands below that of the connect in one file, or long after it."""
    again = [] if again_s is None else [connected(again_s, "again")]
    frame = timeline(connected(0, "one"), event(start_s, STARTED, file), *again, disconnected(30))
    assert len(find_sessions(frame)) == 2
