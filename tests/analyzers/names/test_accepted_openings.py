"""Access lines of accepted sockets name the connects and the ends beside them that name nobody."""

from __future__ import annotations

from logdiag.analyzers.names.accepted_openings import ACCEPTED, name_accepted
from logdiag.events import Event, EventKind
from tests.folding import each
from tests.winston import at

OPEN, CLOSE = EventKind.CONNECTED, EventKind.DISCONNECTED


def _event(second: float, kind: EventKind, message: str, line: int, rule: str | None = None) -> Event:
    return Event(at(second), kind, "hub", "app", "info", message, "hub/app.log", line, rule=rule)


def _write(*turns: tuple[float, str, str]) -> list[Event]:
    """Turns of (second, path, host), an end where the path is empty; of a connect both lines."""
    events: list[Event] = []
    for port, (second, path, host) in enumerate(turns, start=51000):
        if path:
            said = f"('{host}', {port}) - \"WebSocket {path}\" [accepted]"
            events.append(_event(second, EventKind.SERVER_CONNECTED, said, len(events) + 1, ACCEPTED))
            events.append(_event(second + 0.002, OPEN, "connection open", len(events) + 1))
        else:
            events.append(_event(second, CLOSE, "connection closed", len(events) + 1))
    return events


def _tell(events: list[Event]) -> list[tuple[bool, str | None, str | None]]:
    """Of each event whether it opens, whose it is, and by which port it came."""
    return [
        (one.kind is not CLOSE, one.client_name, (one.socket_id or ":").rpartition(":")[2] or None)
        for one in name_accepted(events)
    ]


def _come_and_go(paths: tuple[str, ...], hosts: tuple[str, ...]) -> list[tuple[float, str, str]]:
    """Each comes; then one after the other ends and is back after two seconds."""
    turns = [(float(n), path, host) for n, (path, host) in enumerate(zip(paths, hosts, strict=True))]
    for n, (path, host) in enumerate(zip(paths, hosts, strict=True)):
        turns += [(100.0 * (n + 1), "", ""), (100.0 * (n + 1) + 2.0, path, host)]
    return turns


PROXY = ("10.0.0.5",) * 3


@each(
    ("paths", "hosts", "names"),
    [
        (("/ws/till-1", "/ws/till-2", "/ws/till-3"), PROXY, ["till-1", "till-2", "till-3"]),
        (("/ws", "/ws", "/ws"), ("10.0.0.5", "10.0.0.6", "10.0.0.7"), ["10.0.0.5", "10.0.0.6", "10.0.0.7"]),
        (("/ws/room-1?t=a", "/ws/room-1?t=b", "/ws/room-2"), PROXY, [None, None, None]),
    ],
)
def test_the_path_names_the_client_where_each_has_its_own(
    paths: tuple[str, ...], hosts: tuple[str, ...], names: list[str | None]
) -> None:
    """Else its address does; where a proxy's is the only one, nothing."""
    assert [name for is_open, name, _ in _tell(_write(*_come_and_go(paths, hosts)))[:3] if is_open] == names


def test_both_lines_of_a_connect_are_one() -> None:
    """`connection open` behind the access line is no second connect."""
    events = _write(*_come_and_go(("/ws/a", "/ws/b", "/ws/c"), PROXY))
    assert sum(is_open for is_open, *_ in _tell(events)) == 6


def test_an_end_is_of_who_comes_again() -> None:
    """Three are open, one ends, till-2 is back: it was its, by the port of its connect before."""
    ends = [
        one for one in _tell(_write(*_come_and_go(("/ws/till-1", "/ws/till-2", "/ws/till-3"), PROXY))) if not one[0]
    ]
    assert ends == [(False, "till-1", "51000"), (False, "till-2", "51001"), (False, "till-3", "51002")]


def test_ends_after_which_nobody_comes_stay_nameless() -> None:
    """Who of three left is not said."""
    turns = [(float(n), f"/ws/till-{n}", "10.0.0.5") for n in range(3)] + [(100.0 + n, "", "") for n in range(2)]
    assert {name for is_open, name, _ in _tell(_write(*turns)) if not is_open} == {None}


def test_where_the_application_tells_the_access_lines_add_nothing() -> None:
    """Its own connects are the better ones, and no handshake is told twice."""
    events = [one for one in _write(*_come_and_go(("/ws/a", "/ws/b", "/ws/c"), PROXY)) if one.kind is not OPEN]
    own = [_event(0.5 + n, EventKind.SERVER_CONNECTED, f"a{n} joined", 90 + n) for n in range(6)]
    assert ACCEPTED not in {one.rule for one in name_accepted([*events, *own])}
