"""Where no id joins the two records of a connection, their instants do, unless chance or another client could."""

from __future__ import annotations

from logdiag.analyzers.connections.joined_sessions import join_by_time
from logdiag.analyzers.connections.server_side import ServerSocket
from logdiag.analyzers.connections.sessions import SessionRecord
from tests.analyzers.cases import at, session

CONNECTS = (0.0, 47.0, 111.0, 160.0, 233.0, 290.0)


def own(*seconds: float, connection: str = "worker1", socket_id: str | None = None) -> list[SessionRecord]:
    return [session(at_s + 20, opened=at_s, connection=connection, socket_id=socket_id) for at_s in seconds]


def told(*seconds: float, prefix: str = "s") -> dict[str, ServerSocket]:
    names = [f"{prefix}{number}" for number in range(len(seconds))]
    return {
        name: ServerSocket(name, "master", at(second), None, at(second + 20), "transport close", None, None)
        for name, second in zip(names, seconds, strict=True)
    }


def ids(sessions: tuple[SessionRecord, ...]) -> list[str | None]:
    return [one.socket_id for one in sessions]


def test_sessions_get_the_sockets_that_opened_with_them() -> None:
    """Each connect of the client has one of the server's within a second: they are the same."""
    sockets = told(*(second - 0.1 for second in CONNECTS))
    assert ids(join_by_time(own(*CONNECTS), sockets)) == ["s0", "s1", "s2", "s3", "s4", "s5"]


def test_two_clients_never_share_a_socket() -> None:
    """Where two clients connect in the same moment and the server tells of one socket, it is nobody's."""
    sessions = [*own(*CONNECTS), *own(*(second + 0.3 for second in CONNECTS), connection="worker2")]
    assert not any(ids(join_by_time(sessions, told(*CONNECTS))))


def test_two_sockets_of_one_moment_settle_nothing() -> None:
    """A connect that two sockets fit is left alone, and so is a client of which most connects are so."""
    sockets = {**told(*CONNECTS), **told(*(second + 0.5 for second in CONNECTS), prefix="t")}
    assert not any(ids(join_by_time(own(*CONNECTS), sockets)))


def test_few_meetings_are_chance() -> None:
    """Three connects beside the server's, of six, or all of a busy server's, are not this client's sockets."""
    assert not any(ids(join_by_time(own(*CONNECTS), told(*CONNECTS[:3]))))
    busy = told(*(2.5 * number for number in range(125)))
    assert not any(ids(join_by_time(own(*CONNECTS), busy)))


def test_an_id_goes_before_time() -> None:
    """A socket that a line of a client names is not given to another one."""
    sessions = [*own(*CONNECTS), *own(0.2, connection="worker2", socket_id="s0")]
    assert ids(join_by_time(sessions, told(*CONNECTS)))[0] is None


def test_ends_join_where_a_client_logs_no_connects() -> None:
    """Each end of the client has one of the server's beside it; where it logs connects, its ends join nothing."""
    sessions = [session(at_s, opened=None) for at_s in CONNECTS]
    sockets = told(*(second - 20.1 for second in CONNECTS))
    assert ids(join_by_time(sessions, sockets)) == ["s0", "s1", "s2", "s3", "s4", "s5"]
    assert not any(ids(join_by_time([*sessions, session(400.0, opened=380.0)], sockets)))


def test_ends_of_two_clients_join_no_socket() -> None:
    """Two clients that end in one moment, and one socket of the server's: it is nobody's."""
    sessions = [session(at_s, opened=None, connection=name) for name in ("worker1", "worker2") for at_s in CONNECTS]
    assert not any(ids(join_by_time(sessions, told(*(second - 20.1 for second in CONNECTS)))))
