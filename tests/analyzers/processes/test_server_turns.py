"""Which processes are servers, and when they start and stop."""

from __future__ import annotations

from logdiag.analyzers.processes.server_turns import count_stopped, list_server_turns, list_servers
from logdiag.events import EventKind
from tests.analyzers.cases import SERVER, at, connected, event, timeline


def test_a_server_tells_of_its_starts_and_stops() -> None:
    """Its own lines count, whichever rule read them; those of a client's process do not."""
    frame = timeline(
        event(0, EventKind.SERVER_STARTED, SERVER),
        connected(1.0, "a"),
        event(5, EventKind.PROCESS_STOPPING),
        event(60, EventKind.PROCESS_STOPPING, SERVER),
        event(70, EventKind.SERVER_STARTED, SERVER),
    )
    servers = list_servers(frame)
    assert servers == ("master",)
    assert count_stopped(list_server_turns(frame, servers)) == 1
    turns = [(turn.process, turn.time, turn.kind, turn.evidence.line) for turn in list_server_turns(frame, servers)]
    assert turns == [
        ("master", at(0), "start", 1),
        ("master", at(60), "stop", 2),
        ("master", at(70), "start", 3),
    ]


def test_clients_alone_have_no_server() -> None:
    """Without a line that only a server writes there is none."""
    assert list_servers(timeline(connected(1.0, "a"))) == ()
