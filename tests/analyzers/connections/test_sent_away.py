"""Who is sent away by a server that said that it stops."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.connections.sent_away import find_sent_away
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from logdiag.results.connections import ServerTurn
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import SERVER, at, session

STOP, START = (
    ServerTurn("master", at(second), kind, Evidence(SERVER, line))
    for second, kind, line in ((100, "stop", 9), (195, "start", 20))
)


def ended(closed: float, opened: float = 0.0) -> SessionRecord:
    """The session of a client that the server tells of."""
    return replace(
        session(10.0),
        connection=f"u{closed}",
        opened=at(opened),
        closed=at(closed),
        side=Side.SERVER,
        evidence=Evidence(SERVER, 10),
        open_evidence=Evidence(SERVER, 1),
    )


def test_who_ends_while_a_server_lets_its_sockets_go_is_sent_away() -> None:
    """One by one within ten seconds, not in one crowd; who ended before, or long after, was not."""
    drained = [ended(100.5), ended(104.0), ended(109.9)]
    others = [ended(99.0), ended(111.0)]
    assert find_sent_away([*drained, *others], (STOP, START)) == {id(one) for one in drained}


def test_a_server_that_lets_others_in_before_it_starts_anew_goes_on() -> None:
    """It stopped a part of itself, or its log is that of several instances."""
    assert find_sent_away([ended(100.5), ended(300.0, 120.0)], (STOP, START)) == set()


def test_without_a_stop_nobody_is_sent_away() -> None:
    """Nor behind a start."""
    assert find_sent_away([ended(100.5), ended(196.0)], (START,)) == set()
