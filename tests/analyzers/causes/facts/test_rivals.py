"""Who took the place of a connection that ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from logdiag.analyzers.causes.facts.rivals import Rival, find_replaced, find_rivals, name_shared, pair_rivals
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Event, EventKind, Side
from logdiag.results.connections import Clock
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import (
    CLIENT,
    SERVER,
    at,
    connected,
    event,
    facts_of,
    far_session,
    nothing_far,
    server_view,
    session,
    timeline,
)
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


OTHER = "worker2/socket-client.log"


def _joined(second: float, worker: str, file: str) -> Event:
    return event(second, EventKind.JOINED, file, worker_id=worker)


@pytest.mark.parametrize(("join", "rival"), [(32.0, "worker2"), (32.01, None), (28.0, "worker2"), (27.99, None)])
def test_a_rival_joins_under_the_same_id_within_2_s(join: float, rival: str | None) -> None:
    """Exactly two seconds before or after the disconnect."""
    frame = timeline(_joined(0, "w", CLIENT), _joined(join, "w", OTHER))
    found = pair_rivals(frame, [session(30), session(None, connection="worker2")], nothing_far())
    assert found.get(("worker1", at(30))) == (None if rival is None else Rival(rival, "w"))


@pytest.mark.parametrize(("end_line", "is_rival"), [(3, True), (1, False)])
def test_who_joins_after_the_end_in_the_same_file_takes_nobodys_place(end_line: int, is_rival: bool) -> None:
    """One log tells both on one clock: a second that came once the first was gone did not throw it out."""
    frame = timeline(_joined(0, "w", CLIENT), replace(_joined(30, "w", CLIENT), source="worker2"))
    own = replace(session(30), evidence=Evidence(CLIENT, end_line))
    found = pair_rivals(frame, [own, session(None, connection="worker2")], nothing_far())
    assert found == ({("worker1", at(30)): RIVAL} if is_rival else {})


def test_the_servers_word_for_a_client_is_no_rival_of_it() -> None:
    """A client whose sockets the server's log does not have may be the one that this tells of; else they are two."""
    joins = timeline(_joined(0, "w", CLIENT), _joined(30.5, "w", "master/worker1.log"))
    told = session(60, opened=30.4, connection="master", socket_id="b", side=Side.SERVER)
    assert pair_rivals(joins, [session(30), told], SEEN) == {}
    assert pair_rivals(joins, [session(30, socket_id="a"), told], SEEN)[("worker1", at(30))] == Rival("master", "w")


def test_workers_with_ids_of_their_own_are_no_rivals() -> None:
    """Joining at the same moment under another id, or one's own rejoin, is nothing."""
    frame = timeline(_joined(0, "w1", CLIENT), _joined(30, "w2", OTHER), _joined(31, "w1", CLIENT))
    assert pair_rivals(frame, [session(30), session(None, connection="worker2")], nothing_far()) == {}


def test_joins_of_the_servers_log_count_on_the_clients_clock() -> None:
    """The server says who joined; its stamps are 5 s behind the clients'."""
    sockets = [
        far_session("a", 0.0, joined=at(0.1), worker_id="w"),
        far_session("b", 25.0, joined=at(25.1), worker_id="w"),
    ]
    server = server_view(*sockets, clocks=[Clock("worker1", 5000.0, 1.0, 2), Clock("worker2", 5000.0, 1.0, 2)])
    sessions = [session(30, socket_id="a"), session(None, socket_id="b", connection="worker2")]
    assert pair_rivals(timeline(), sessions, server) == {("worker1", at(30)): Rival("worker2", "w")}


@pytest.mark.parametrize(("opened", "line", "is_rival"), [(29.0, 9, True), (30.0, 7, True), (30.0, 9, False)])
def test_who_returns_in_the_second_of_its_end_takes_nobodys_place(opened: float, line: int, is_rival: bool) -> None:
    """Stamps in whole seconds do not part a kick from the return after it; the order of the lines in the file does."""
    seen: dict[str, Any] = {"side": Side.SERVER, "connection": "worker1"}
    older = replace(session(30, socket_id="a", **seen), evidence=Evidence(SERVER, 8))
    newer = session(60, opened=opened, socket_id="b", open_evidence=Evidence(SERVER, line), **seen)
    assert find_replaced([older, newer]) == ({("worker1", at(30)): Rival("b")} if is_rival else {})


def test_of_two_under_one_id_the_one_with_a_name_of_its_own_is_the_stranger() -> None:
    """worker2 logs in as worker1; where neither name is the id, or three share it, no one is."""
    one, other = facts_of(2)
    drops = [
        replace(one, drop=replace(one.drop, connection="worker1"), rival="worker2", shared_id="worker1"),
        replace(other, drop=replace(other.drop, connection="worker2"), rival="worker1", shared_id="worker1"),
    ]
    assert name_shared(drops)["stranger"] == "worker2"
    assert name_shared([replace(drop, shared_id="w") for drop in drops])["stranger"] is None
    assert name_shared([*drops, replace(drops[0], rival="worker3")])["stranger"] is None
    assert name_shared([replace(drop, shared_id=None) for drop in drops])["stranger"] is None
