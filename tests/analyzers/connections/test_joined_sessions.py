"""Where no id joins the two records of a connection, their instants do, unless chance or another client could."""

from __future__ import annotations

from dataclasses import replace

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


def named(*seconds: float, name: str) -> dict[str, ServerSocket]:
    """Sockets that the server knows to be one client's."""
    sockets = told(*seconds, prefix=f"{name}-")
    return {key: replace(one, connection=f"master/{name}") for key, one in sockets.items()}


def test_of_clients_that_end_together_each_gets_the_sockets_of_its_name() -> None:
    """A job drops a whole fleet at once, time and again: the moments are those of all, the names are not."""
    names = ("worker1", "worker2", "worker3")
    sessions = [session(at_s + 20, opened=None, connection=name) for name in names for at_s in CONNECTS]
    sockets = {key: one for name in names for key, one in named(*CONNECTS, name=name).items()}
    assert ids(join_by_time(sessions, sockets)) == [f"{name}-{n}" for name in names for n in range(len(CONNECTS))]


def test_of_clients_that_end_together_those_of_other_names_are_joined_by_what_fits_them_alone() -> None:
    """Half of the ends of each of two clients come with the other's: the server's client that has all is the one."""
    mine, others = (*CONNECTS, 400.0, 470.0, 555.0, 640.0), (*CONNECTS, 433.0, 510.0, 590.0, 680.0)
    sessions = [session(at_s + 20, opened=None, connection="alpha") for at_s in mine]
    sessions += [session(at_s + 20, opened=None, connection="beta") for at_s in others]
    sockets = {**named(*others, name="w2"), **named(*mine, name="w1")}
    assert ids(join_by_time(sessions, sockets)) == [f"w1-{n}" for n in range(10)] + [f"w2-{n}" for n in range(10)]


def test_of_clients_that_always_end_together_none_of_another_name_is_joined() -> None:
    """Which is whose, nothing says."""
    sessions = [session(at_s + 20, opened=None, connection=name) for name in ("alpha", "beta") for at_s in CONNECTS]
    sockets = {**named(*CONNECTS, name="w1"), **named(*CONNECTS, name="w2")}
    assert not any(ids(join_by_time(sessions, sockets)))


def test_ends_of_one_name_join_in_their_order_however_late_one_side_learns_of_them() -> None:
    """A side that stood still, or waited for a heartbeat, tells of an end seconds after the other one."""
    sessions = [session(at_s + 20, opened=None) for at_s in CONNECTS]
    late = [at_s + lag_s for at_s, lag_s in zip(CONNECTS, (9.0, 17.0, 3.0, 12.0, 20.0, 8.0), strict=True)]
    assert ids(join_by_time(sessions, named(*late, name="worker1"))) == [f"worker1-{n}" for n in range(len(CONNECTS))]


def test_a_name_joins_no_other_ends() -> None:
    """The namesake's ended minutes away, or it has many more of them: then not all are this client's."""
    sessions = [session(at_s + 20, opened=None) for at_s in CONNECTS]
    assert not any(ids(join_by_time(sessions, named(*(at_s + 600 for at_s in CONNECTS), name="worker1"))))
    more = [at_s + lag_s for at_s in CONNECTS for lag_s in (9.0, 29.0)]
    assert not any(ids(join_by_time(sessions, named(*more, name="worker1"))))


def test_one_moment_is_enough_where_both_sides_know_the_client_by_one_name() -> None:
    """A cut that ends all of them leaves each with one end, as near to the others' as to its own."""
    names = [f"edge-b0{number}" for number in range(1, 6)]
    sockets = {
        f"s{name}": ServerSocket(f"s{name}", "master", at(0), None, at(90 + place / 10), "transport close", name, None)
        for place, name in enumerate(names)
    }
    sessions = [
        session(90.02 + place / 10, opened=None, connection=f"plant/{name}") for place, name in enumerate(names)
    ]
    assert ids(join_by_time(sessions, sockets)) == [f"s{name}" for name in names]
    nameless = [replace(one, connection=f"plant/worker{'s' * place}") for place, one in enumerate(sessions)]
    assert not any(ids(join_by_time(nameless, sockets)))
