"""Connects and ends under two names are of one teller where the names are places in the code."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.sides.sides import tell_sides
from logdiag.analyzers.sides.split_tellers import join_halves
from logdiag.events import Event, EventKind, Side
from tests.winston import at

OPEN, CLOSE = EventKind.CONNECTED, EventKind.DISCONNECTED
SERVICES = {"w/app.log": "app"}


def event(second: float, kind: EventKind, service: str, socket: str | None = None) -> Event:
    return Event(at(second), kind, "w", service, "info", "m", "w/app.log", 1, socket_id=socket, is_side_sure=False)


def crowd(opener: str, closer: str) -> list[Event]:
    """Three sockets that overlap."""
    opens = [event(10.0 * number, OPEN, opener, f"54845415547{number}") for number in range(3)]
    return [*opens, *(event(100 + 10.0 * number, CLOSE, closer, f"54845415547{number}") for number in range(3))]


def test_two_places_in_the_code_are_one_server() -> None:
    """Sockets that are open at once make a server of both places, that of the connects and that of the ends."""
    told = tell_sides(crowd("websockets.py:open()", "websockets.py:on_close()"), SERVICES)
    assert {one.side for one in told.readings} == {Side.SERVER}
    assert len(told.readings) == 2
    assert {one.kind for one in told.events} == {EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED}


def test_two_of_one_file_of_code_are_joined_beside_another() -> None:
    """A third teller joins nobody, and nobody knows which of two places of connects an end belongs to."""
    names = {event(0, kind, name).service: kind for kind, name in ((OPEN, "ws:3"), (CLOSE, "ws:9"), (OPEN, "mqtt:2"))}
    events = [event(0, kind, name) for name, kind in names.items()]
    assert join_halves(events, SERVICES) == {("w", "app", "ws:9"): ("w", "app", "ws:3")}
    assert not join_halves([replace(one, service=one.service.replace("mqtt", "ws")) for one in events], SERVICES)


def test_who_tells_of_both_is_no_half() -> None:
    """A service with connects and ends of its own stays itself."""
    assert not join_halves([event(0, OPEN, "a"), event(1, CLOSE, "a"), event(2, CLOSE, "b")], SERVICES)
