"""Where the server alone tells, its sockets are the sessions of its clients."""

from __future__ import annotations

from pathlib import Path

from logdiag.analyzers.connections.naming import name_connections
from logdiag.analyzers.connections.server_sessions import find_server_sessions
from logdiag.analyzers.connections.server_side import read_server_view
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Event, EventKind, Identity
from logdiag.ordering import build_timeline
from logdiag.pipeline.stages import Request, diagnose
from logdiag.rows import Rows
from tests.analyzers.cases import SERVER, at, connected, event


def frame(*events: Event) -> Rows:
    return build_timeline(events, name_connections).rows


def opened(second: float, socket: str, user: str = "u1") -> Event:
    return event(second, EventKind.SERVER_CONNECTED, SERVER, socket_id=socket, client=Identity("userId", user))


def closed(second: float, socket: str, reason: str | None = None) -> Event:
    return event(second, EventKind.SERVER_DISCONNECTED, SERVER, socket_id=socket, reason=reason)


def find(*events: Event) -> tuple[SessionRecord, ...]:
    rows = frame(*events)
    return find_server_sessions(read_server_view(rows, ()), rows)


def test_a_return_ends_the_outage() -> None:
    """The next socket of the same user ends the outage that the close of the one before began."""
    first, second = find(opened(0, "a"), closed(10, "a", "transport close"), opened(12, "b"))
    assert (first.closed, first.reopened, first.reason, first.server_has_end) == (
        at(10),
        at(12),
        "transport close",
        True,
    )
    assert (second.opened, second.closed) == (at(12), None)


def test_a_start_that_a_socket_outlives_is_another_process_s() -> None:
    """Two instances of a cluster write one file: one starts anew, the sockets of the other live on and close later."""
    events = [
        event(-5, EventKind.SERVER_STARTED, SERVER),
        opened(0, "a"),
        opened(1, "b", "u2"),
        event(30, EventKind.SERVER_STARTED, SERVER),
        closed(60, "a", "transport close"),
    ]
    first, second = find(*events)
    assert (first.closed, first.server_has_end, first.reason) == (at(60), True, "transport close")
    assert second.closed is None


def test_a_second_tab_leaves_no_outage() -> None:
    """While another socket of the user is open, the user is connected."""
    first, _ = find(opened(0, "a"), opened(5, "b"), closed(10, "a"))
    assert first.outage_s == 0


def test_a_restart_ends_open_sockets_without_a_word() -> None:
    """A server that starts anew has no socket of before; when it died in between no line tells, at the latest then."""
    events = [
        event(-5, EventKind.SERVER_STARTED, SERVER),
        opened(0, "a"),
        event(20, EventKind.RECEIPT, SERVER),
        event(30, EventKind.SERVER_STARTED, SERVER),
        opened(31, "b"),
    ]
    first, second = find(*events)
    assert (first.closed, first.server_has_end, first.reopened) == (at(30), False, at(31))
    assert second.closed is None


def test_ends_without_ids_are_told_with_their_moments() -> None:
    """Nobody knows whose they are: no length, no outage, and the server's clock."""
    events = [event(second, EventKind.SERVER_DISCONNECTED, SERVER, reason="ping timeout") for second in (10, 40)]
    sessions = find(*events)
    assert [(session.connection, session.closed, session.reason, session.server_has_end) for session in sessions] == [
        ("master", at(10), "ping timeout", True),
        ("master", at(40), "ping timeout", True),
    ]
    assert [(session.session_s, session.outage_s) for session in sessions] == [(None, None), (None, None)]


def test_ends_without_ids_are_the_clients_where_these_log() -> None:
    """Where a client's own log is here, its disconnects are told there."""
    assert find(connected(0), event(10, EventKind.SERVER_DISCONNECTED, SERVER)) == ()


def test_a_server_that_said_that_it_ends_ended_its_sockets_then() -> None:
    """Its last words, a minute before the start at the most, are nearer to the end than the start is."""
    events = [
        event(-5, EventKind.SERVER_STARTED, SERVER),
        opened(0, "a"),
        event(25, EventKind.PROCESS_CRASHED, SERVER),
        event(30, EventKind.SERVER_STARTED, SERVER),
        event(400, EventKind.SERVER_STARTED, SERVER),
    ]
    (first,) = find(*events)
    assert first.closed == at(25)


def test_a_server_that_is_stopped_may_stay_so_for_hours() -> None:
    """Nothing of it comes between its word that it stops and its start; after other events of its own it lived on."""
    turns = [event(25, EventKind.SERVER_STOPPING, SERVER), event(36_000, EventKind.SERVER_STARTED, SERVER)]
    began = [event(-5, EventKind.SERVER_STARTED, SERVER), opened(0, "a")]
    assert [one.closed for one in find(*began, *turns)] == [at(25)]
    lived = find(*began, turns[0], closed(70, "b"), turns[1])
    assert next(one for one in lived if one.socket_id == "a").closed == at(36_000)


def test_ends_without_a_name_leave_open_which_sockets_a_start_ended(tmp_path: Path) -> None:
    """Flask's handlers name the socket once its user is known, and no end: any end may be that of a named socket."""
    lines = []
    for hour in range(4):
        lines.append(f"2025-02-02 1{hour}:00:00,127 - socket_logger - INFO - SocketIO initialized")
        for number in range(3):
            lines.append(f"2025-02-02 1{hour}:0{number + 1}:00,100 - socket_logger - INFO - Client connected")
            name = f"User {number} connected with socket c5Ls6zO9hmz2S-UXAA{hour}{number}"
            lines.append(f"2025-02-02 1{hour}:0{number + 1}:00,900 - socket_logger - INFO - {name}")
            lines.append(f"2025-02-02 1{hour}:1{number}:00,100 - socket_logger - INFO - Client disconnected")
    (tmp_path / "server.log").write_text("\n".join(lines) + "\n")
    found = diagnose(Request(paths=(str(tmp_path / "server.log"),))).diagnosis
    assert len(found.disconnects) == 12
    assert "unlogged-ends" not in {finding.id for finding in found.findings}
    assert not found.asserted
