"""What hits several connections at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from logdiag.analyzers.connections.fleet import Drop, count_connections, count_on_servers, find_fleet_events
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from tests.analyzers.cases import START, at, far_session

ZERO = START.timestamp()


def of(connections_count: int) -> Callable[[float], int]:
    """So many connections are up, whenever."""
    return lambda _: connections_count


def _drops(*pairs: tuple[float, str]) -> list[Drop]:
    return [Drop(number, ZERO + second, name) for number, (second, name) in enumerate(pairs, 1)]


def test_one_restart_is_one_event_not_four() -> None:
    """Four workers within 0.2 s are one event with its time, its spread and its disconnects."""
    drops = _drops((30.0, "w1"), (30.05, "w2"), (30.2, "w3"), (30.1, "w4"))
    ((one, numbers),) = find_fleet_events(drops, of(4))
    assert (one.time, one.connections, one.spread_ms) == (at(30), ("w1", "w2", "w3", "w4"), 200.0)
    assert numbers == (1, 2, 4, 3)


@pytest.mark.parametrize(("gap_s", "count"), [(1.0, 1), (1.001, 0)])
def test_together_is_within_one_second(gap_s: float, count: int) -> None:
    """Exactly a second apart is together, later is not."""
    assert len(find_fleet_events(_drops((30.0, "w1"), (30.0 + gap_s, "w2")), of(2))) == count


@pytest.mark.parametrize(("connections_count", "count"), [(4, 1), (5, 0)])
def test_an_event_hits_at_least_half_of_the_connections(connections_count: int, count: int) -> None:
    """Two of four are the fleet, two of five are not."""
    assert len(find_fleet_events(_drops((30.0, "w1"), (30.1, "w2")), of(connections_count))) == count


def test_one_connection_is_no_fleet() -> None:
    """Two drops of one worker within a second, or of the only worker, are no fleet event."""
    assert find_fleet_events(_drops((30.0, "w1"), (30.5, "w1")), of(1)) == ()
    assert find_fleet_events((), of(3)) == ()


def test_drops_that_follow_each_other_without_end_are_not_one_event() -> None:
    """Fifty workers dropping one after the other every 0.9 s are a series, not one event of 44 s."""
    drops = _drops(*((0.9 * number, f"w{number:02}") for number in range(50)))
    assert find_fleet_events(drops, of(50)) == ()


def test_events_are_listed_in_order_of_time() -> None:
    """Two restarts are two events."""
    drops = _drops((60.0, "w2"), (30.0, "w1"), (30.4, "w2"), (60.3, "w1"))
    assert [(one.time, numbers) for one, numbers in find_fleet_events(drops, of(2))] == [
        (at(30), (2, 3)),
        (at(60), (1, 4)),
    ]


def test_of_a_servers_clients_those_with_an_open_socket_are_there_to_drop() -> None:
    """A restart that ends all open sockets is an event of the fleet, though most users are away."""
    sessions = [SessionRecord(f"u{n}", at(n), at(n + 5), side=Side.SERVER) for n in range(10)]
    count = count_connections([*sessions, SessionRecord("worker1", at(0))])
    assert [count(ZERO + second) for second in (0.5, 4.5, 8.5, 30.0)] == [2, 6, 6, 1]


def test_half_of_one_servers_connections_is_an_event_too() -> None:
    """Two of the ten clients are one of four servers' own: its end is no work of single lines."""
    drops = [drop._replace(server="pod-1") for drop in _drops((30.0, "w1"), (30.1, "w2"))]
    assert len(find_fleet_events(drops, of(10), lambda _, __: 3)) == 1
    assert find_fleet_events(drops, of(10), lambda _, __: 5) == ()
    assert find_fleet_events([drops[0], drops[1]._replace(server="pod-2")], of(10), lambda _, __: 2) == ()


def test_connections_are_counted_on_each_of_several_servers() -> None:
    """Where there is one server, nothing is counted apart."""
    sessions = [SessionRecord(f"u{n}", at(n), at(n + 5), socket_id=f"s{n}", side=Side.SERVER) for n in range(4)]
    sockets = {f"s{n}": far_session(f"s{n}", n, n + 5) for n in range(4)}
    assert count_on_servers(sessions, sockets)("master", ZERO + 3.5) == 0
    apart = {name: replace(socket, source=f"pod-{name[1:]}") for name, socket in sockets.items()}
    assert [count_on_servers(sessions, apart)("pod-1", ZERO + second) for second in (0.5, 3.5, 8.0)] == [0, 1, 0]
