"""Connects and ends by turns, of which only one names its socket."""

from __future__ import annotations

from typing import Any

from logdiag.analyzers.connections.alternating import name_by_turns
from logdiag.events import Event, EventKind
from tests.analyzers.cases import SERVER, event

OPENED, CLOSED = EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED


def _turns(count: int, *, is_open_named: bool) -> list[Event]:
    """Sockets one after the other, each a second long."""
    found = []
    for number in range(count):
        named: dict[str, Any] = {"socket_id": f"s{number}"}
        found.append(event(2.0 * number, OPENED, SERVER, **(named if is_open_named else {})))
        found.append(event(2.0 * number + 1, CLOSED, SERVER, **({} if is_open_named else named)))
    return found


def test_one_socket_at_a_time_is_known_by_its_other_half() -> None:
    """Whichever of the two lines has the id."""
    for is_open_named in (True, False):
        named = name_by_turns(_turns(6, is_open_named=is_open_named))
        assert [one.socket_id for one in named] == [f"s{number}" for number in range(6) for _ in range(2)]


def test_turns_that_mix_or_are_few_name_nobody() -> None:
    """Two connects in a row are of two sockets: which of them an end ends nobody knows."""
    few = _turns(5, is_open_named=False)
    mixed = [*_turns(6, is_open_named=False), event(3.5, OPENED, SERVER)]
    for events in (few, mixed):
        assert name_by_turns(events) == events


def test_a_connect_that_is_told_twice_is_one_turn() -> None:
    """Two loggers tell of each socket that opens, by its id; the ends that follow have none."""
    once = _turns(6, is_open_named=True)
    twice = [copy for one in once for copy in ([one, one] if one.kind is OPENED else [one])]
    assert [one.socket_id for one in name_by_turns(twice)] == [f"s{number}" for number in range(6) for _ in range(3)]
