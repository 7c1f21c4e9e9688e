"""The ends of all sessions as one list."""

from __future__ import annotations

import pytest

from logdiag.analyzers.connections.disconnects import list_disconnects
from logdiag.events import Side
from tests.analyzers.cases import far_session, nothing_far, server_view, session


def test_ends_are_listed_by_time_and_measured_within_their_connection() -> None:
    """An interval is that since the end before of the same connection; a session that goes on has no end."""
    sessions = [
        session(60.0, opened=31.2),
        session(40.0, connection="worker2"),
        session(30.0),
        session(None, opened=61.2),
    ]
    drops, ended = list_disconnects(sessions, nothing_far())
    assert [(drop.index, drop.connection, drop.interval_s) for drop in drops] == [
        (0, "worker1", None),
        (1, "worker2", None),
        (2, "worker1", 30.0),
    ]
    assert ended == (sessions[2], sessions[1], sessions[0])


@pytest.mark.parametrize(
    ("side", "has_end", "expected"),
    [
        (Side.CLIENT, False, ("transport close", "transport error", "both")),
        (Side.SERVER, True, (None, "transport close", "server")),
    ],
)
def test_a_reason_is_in_the_words_of_the_side_that_wrote_it(
    side: Side, has_end: bool, expected: tuple[str | None, str | None, str]
) -> None:
    """The server's own line of the end gives the server's reason, a client's gives the client's."""
    one = session(30.0, socket_id="s1", side=side, server_has_end=has_end)
    server = server_view(far_session("s1", closed=30.0, reason="transport error"))
    ((drop,), _) = list_disconnects([one], server)
    assert (drop.reason, drop.server_reason, drop.seen_by) == expected
