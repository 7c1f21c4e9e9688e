"""How long connections are known to have lasted."""

from __future__ import annotations

from logdiag.analyzers.causes.facts.lives import list_lives
from logdiag.events import EventKind
from tests.analyzers.cases import SERVER, connected, event, far_session, server_view, session, timeline
from tests.analyzers.causes.facts.inputs import know


def test_what_is_open_lives_as_long_as_its_log_and_what_ended_unlogged_says_nothing() -> None:
    """An open one counts to the last line of its process, or of its server; who held it is known by the socket."""
    frame = timeline(connected(0.0), event(90.0, EventKind.CONNECTED), event(300.0, EventKind.SERVER_CONNECTED, SERVER))
    sessions = [
        session(40.0, opened=10.0),
        session(50.0, opened=41.0, logged=False),
        session(None, opened=60.0, connection="worker1"),
        session(None, opened=100.0, connection="u7", socket_id="far"),
        session(80.0, opened=None),
    ]
    known, _ = know(frame, sessions, server_view(far_session("far")))
    assert [(life.connection, life.source, life.age_s) for life in list_lives(known)] == [
        ("worker1", None, 30.0),
        ("worker1", None, 30.0),
        ("u7", "master", 200.0),
    ]
