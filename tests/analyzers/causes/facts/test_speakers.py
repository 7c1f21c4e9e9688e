"""Who speaks over the sockets of one identity, where the server alone tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from logdiag.analyzers.causes.facts.rivals import Rival, find_rivals
from logdiag.analyzers.causes.facts.speakers import find_speakers
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Event, EventKind, Side
from logdiag.rows import Rows
from tests.analyzers.cases import SERVER, event, session, timeline
from tests.analyzers.causes.facts.inputs import know

LENGTH_S = 30


def _sockets(count: int = 14, connection: str = "w") -> list[SessionRecord]:
    """Sockets of one identity, each of which comes 10 ms before the one before it ends."""
    seen: dict[str, Any] = {"connection": connection, "side": Side.SERVER}
    return [
        session(LENGTH_S * (n + 1) + 0.01, opened=float(LENGTH_S * n), socket_id=f"{connection}{n}", **seen)
        for n in range(count)
    ]


def _hear(second: float, name: str) -> Event:
    return event(second, EventKind.RECEIPT, SERVER, worker_id=name, message=f"Heartbeat received from {name}")


def _heard(speak: Callable[[int], str], count: int = 14) -> Rows:
    """A heartbeat each 10 s, of whoever speaks over this socket."""
    return timeline(*(_hear(LENGTH_S * n + s, speak(n)) for n in range(count) for s in (5, 15, 25)))


def _speak_by_turns(number: int) -> str:
    return "ab"[number % 2]


def test_two_who_speak_by_turns_share_the_identity() -> None:
    """Each new socket brings the other one: each end right after it is the work of the server."""
    sockets, heard = _sockets(), _heard(_speak_by_turns)
    assert find_speakers(heard, sockets) == {"w": ("a", "b")}
    found = find_rivals(*know(heard, sockets))
    assert found[0] == Rival("w1", "w", ("a", "b"))


def test_one_who_is_back_before_its_old_socket_ends_is_one() -> None:
    """The same one speaks over all of them; so does who came back under another name once."""
    assert find_speakers(_heard(lambda _: "a"), _sockets()) == {}
    assert find_speakers(_heard(lambda n: "a" if n < 7 else "b"), _sockets()) == {}
    assert find_rivals(*know(_heard(lambda _: "a"), _sockets()))[0] == Rival("w1")


def test_names_that_are_heard_over_one_socket_are_no_two_clients() -> None:
    """One client has several accounts, of which it speaks in turn."""
    lines = [_hear(LENGTH_S * n + s, "ab"[(n + i) % 2]) for n in range(14) for i, s in enumerate((5, 15, 25))]
    assert find_speakers(timeline(*lines), _sockets()) == {}


def test_few_turns_and_others_who_have_sockets_of_their_own_tell_nothing() -> None:
    """Nine changes in a row come by a coin once in 512 times, ten once in 1024; and the server hears everybody."""
    assert find_speakers(_heard(_speak_by_turns, 10), _sockets(10)) == {}
    assert find_speakers(_heard(_speak_by_turns, 11), _sockets(11)) != {}
    other = session(None, opened=0.0, socket_id="b0", connection="b", side=Side.SERVER)
    assert find_speakers(_heard(_speak_by_turns), [*_sockets(), other]) == {}


def test_one_line_for_each_socket_does_not_show_that_one_alone_speaks_over_it() -> None:
    """Who speaks of its accounts in turn, once in the life of each socket, would look the same."""
    heard = timeline(*(_hear(LENGTH_S * n + 5, _speak_by_turns(n)) for n in range(14)))
    assert find_speakers(heard, _sockets()) == {}


def test_the_servers_lines_need_its_own_sockets() -> None:
    """A client's log has no speakers to part."""
    assert find_speakers(_heard(_speak_by_turns), [session(30.0)]) == {}
