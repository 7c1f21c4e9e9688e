"""Clients that tell of ends alone, of connections of which the server tells everything."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.connections.connectless_clients import take_lives_of_server
from logdiag.analyzers.connections.server_side import ServerSocket
from tests.analyzers.cases import at, session

SOCKETS = {
    name: ServerSocket(name, "hub", at(opened), None, at(60), "service restart", client, None)
    for name, opened, client in (("s1", 3, "agent01"), ("s2", 5, "agent02"), ("s3", 62, "agent01"))
}
ENDS = session(60.02, opened=None, connection="logs/agent01", socket_id="s1")


def test_the_server_tells_the_lives_of_a_client_that_tells_of_ends_alone() -> None:
    """All sockets of that name are of its connection, those that it says nothing of too."""
    sessions, sockets = take_lives_of_server([ENDS], SOCKETS)
    assert sessions == ()
    assert [sockets[name].connection for name in ("s1", "s2", "s3")] == ["logs/agent01", None, "logs/agent01"]


def test_a_client_that_tells_of_its_connects_keeps_its_sessions() -> None:
    """So does one of whose ends the server lacks one, or that shares its name with another one."""
    for own in (
        [replace(ENDS, opened=at(3))],
        [ENDS, session(90, opened=None, connection="logs/agent01")],
        [ENDS, replace(ENDS, connection="other/agent01", socket_id="s3")],
    ):
        assert take_lives_of_server(own, SOCKETS) == (tuple(own), SOCKETS)
