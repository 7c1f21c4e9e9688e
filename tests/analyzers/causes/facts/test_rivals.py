"""Who took the place of a connection that ended."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.facts.rivals import Rival, find_rivals, pair_rivals
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from tests.analyzers.cases import at, connected, far_session, server_view, session, timeline
from tests.analyzers.causes.facts.inputs import know

RIVAL = Rival("worker2", "w")
SEEN = server_view(*(far_session(name, None, worker_id="w") for name in "ab"))


@pytest.mark.parametrize(("opened", "rivals"), [(32.0, {("worker1", at(30)): RIVAL}), (32.01, {}), (None, {})])
def test_of_a_socket_whose_beginning_the_server_does_not_tell_the_clients_connect_counts(
    opened: float | None, rivals: dict[object, Rival]
) -> None:
    """The server tells whose socket it is, and the client when it came; where neither tells when, nothing is known."""
    sessions = [session(30, socket_id="a"), session(None, opened=opened, socket_id="b", connection="worker2")]
    assert pair_rivals(timeline(connected(0.0)), sessions, SEEN) == rivals


def test_a_rival_that_is_still_there_when_the_logs_end_counts() -> None:
    """The one who throws the last one out has no end yet."""
    sessions = [session(30, socket_id="a"), session(None, opened=30.1, socket_id="b", connection="worker2")]
    facts, endings = know(timeline(connected(0.0)), sessions, server=SEEN)
    assert find_rivals(facts, endings) == [RIVAL]


def _on_server(end: float, socket: str, opened: float) -> SessionRecord:
    return session(end, opened=opened, socket_id=socket, side=Side.SERVER)


@pytest.mark.parametrize(("opened", "rival"), [(28.1, Rival("b")), (28.0, None), (30.1, None)])
def test_a_socket_that_came_within_two_seconds_before_the_end_took_its_place(
    opened: float, rival: Rival | None
) -> None:
    """The same client's own; one that came earlier lived beside it, and one that came later is the return."""
    sessions = [_on_server(30.0, "a", 0.0), _on_server(60.0, "b", opened)]
    assert find_rivals(*know(timeline(connected(0.0)), sessions)) == [rival, None]


def test_no_socket_takes_its_own_place() -> None:
    """Of one that ends a second after it came, the last socket to come before the end is itself."""
    sessions = [_on_server(30.5, "b", 29.5), _on_server(60.0, "a", 29.0)]
    assert find_rivals(*know(timeline(connected(0.0)), sessions)) == [None, None]
