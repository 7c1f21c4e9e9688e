"""Connects and ends by turns, of which one names its socket, or none."""

from __future__ import annotations

from typing import Any

from logdiag.analyzers.names.alternating import name_by_turns
from logdiag.events import Event, EventKind
from tests.analyzers.cases import SERVER, event

OPENED, CLOSED = EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED
STARTED = EventKind.SERVER_STARTED


def _turns(count: int, *, is_open_named: bool | None, life_s: float = 1.0) -> list[Event]:
    """Sockets one after the other, 2 s apart; None: neither line names them."""
    found = []
    for number in range(count):
        named: dict[str, Any] = {"socket_id": f"s{number}"}
        found.append(event(2.0 * number, OPENED, SERVER, **(named if is_open_named else {})))
        found.append(event(2.0 * number + life_s, CLOSED, SERVER, **(named if is_open_named is False else {})))
    return found


def _list_ids(events: list[Event]) -> list[str | None]:
    return [one.socket_id for one in name_by_turns(events)]


def test_one_socket_at_a_time_is_known_by_its_other_half() -> None:
    """Whichever of the two lines has the id."""
    for is_open_named in (True, False):
        assert _list_ids(_turns(6, is_open_named=is_open_named)) == [f"s{n}" for n in range(6) for _ in range(2)]


def test_one_socket_at_a_time_needs_no_id_at_all() -> None:
    """The turns alone say which end is whose."""
    assert _list_ids(_turns(6, is_open_named=None)) == [f"{n}@master" for n in range(1, 7) for _ in range(2)]


def test_turns_that_mix_or_are_few_name_nobody() -> None:
    """Two connects in a row are of two sockets: which of them an end ends nobody knows."""
    few = _turns(5, is_open_named=False)
    lines = _turns(6, is_open_named=False)
    mixed = [*lines[:4], event(3.5, OPENED, SERVER), *lines[4:]]
    for events in (few, mixed):
        assert name_by_turns(events) == events


def test_ends_right_behind_their_connects_are_sure_sooner() -> None:
    """Four that are refused after 0.3 s; an end that is nearer to the next connect says less, three say nothing."""
    assert None not in _list_ids(_turns(4, is_open_named=None, life_s=0.3))
    for others in (_turns(4, is_open_named=None, life_s=1.7), _turns(3, is_open_named=None, life_s=0.3)):
        assert name_by_turns(others) == others


def test_what_begins_with_an_end_has_others_open() -> None:
    """Of several clients each of which comes back at once, ends and connects come by turns, too."""
    pool = _turns(9, is_open_named=None, life_s=1.9)[1:]
    assert name_by_turns(pool) == pool


def test_a_start_of_the_server_begins_a_turn_anew() -> None:
    """What was open then is over; an end behind it is of something that the start has not ended."""
    lines = _turns(8, is_open_named=None)
    cut = [*lines[:7], event(6.5, STARTED, SERVER), *lines[8:]]
    assert [one for one in _list_ids(cut) if one is None] == [None]
    late = [*lines[:7], event(6.5, STARTED, SERVER), *lines[7:]]
    assert name_by_turns(late) == late


def test_a_connect_that_is_told_twice_is_one_turn() -> None:
    """Two loggers tell of each socket that opens, by its id; the ends that follow have none."""
    once = _turns(6, is_open_named=True)
    twice = [copy for one in once for copy in ([one, one] if one.kind is OPENED else [one])]
    assert [one.socket_id for one in name_by_turns(twice)] == [f"s{number}" for number in range(6) for _ in range(3)]
