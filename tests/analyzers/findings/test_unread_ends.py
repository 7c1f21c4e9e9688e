"""Connects of a process of which nothing tells how they ended are named beside an incident."""

from __future__ import annotations

from logdiag.analyzers.findings.unread_ends import find_unread_ends
from logdiag.events import Event, EventKind
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import session, timeline
from tests.winston import at

UP, DOWN = EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED
UNREAD = (("websocket readmessage closed from <id>", 5, Evidence("hub/a.log", 9)),)


def tell(kind: EventKind, source: str, socket: str | None, second: int) -> Event:
    return Event(at(second), kind, source, "app", "info", "x", f"{source}/a.log", second, socket_id=socket)


def count(*events: Event, unread: tuple[tuple[str, int, Evidence], ...] = ()) -> list[object]:
    found = find_unread_ends(timeline(*events), unread)
    return [one.numbers["connects_count"] for one in found]


def test_a_server_without_ends_is_named() -> None:
    """Six sockets of a server, and another process's end is of none of them; three may still be open."""
    opens = [tell(UP, "hub", f"socket-{number}", number) for number in range(6)]
    end = tell(EventKind.DISCONNECTED, "browser", None, 8)
    assert count(*opens, end) == [6]
    assert count(*opens[:3], end) == []


def test_ends_that_another_log_tells_are_understood() -> None:
    """A balancer that logs connects, and the server behind it ends: the same ids."""
    opens = [tell(UP, "hub", f"socket-{number}", number) for number in range(6)]
    assert count(*opens, tell(DOWN, "relay", "socket-2", 8)) == []
    assert count(*opens, tell(DOWN, "hub", "socket-2", 8)) == []
    own = tell(EventKind.CONNECTED, "browser", "socket-2", 3)  # a client's, whose log tells how it ends
    assert count(*opens, own, tell(EventKind.DISCONNECTED, "browser", None, 8)) == []


def test_sockets_without_ids_need_lines_that_may_be_ends() -> None:
    """Whose connects name nobody may end in another log; unread lines of ends say that they do here."""
    opens = [tell(UP, "hub", None, number) for number in range(6)]
    assert count(*opens) == []
    assert count(*opens, unread=UNREAD) == [6]
    assert count(*opens, unread=(("client joined room <n>", 9, Evidence("hub/a.log", 9)),)) == []


def test_ends_that_a_restart_made_are_understood() -> None:
    """No line tells of them, but the sessions have them."""
    opens = [tell(UP, "hub", f"socket-{number}", number) for number in range(6)]
    assert find_unread_ends(timeline(*opens), (), [session(9, socket_id="socket-2")]) == ()
    assert find_unread_ends(timeline(*opens), (), [session(None, socket_id="socket-2")]) != ()
