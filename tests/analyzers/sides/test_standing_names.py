"""Names at one place of a client's lines part its connections; what stands there of one connection does not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from logdiag.analyzers.connections.naming import name_connections
from logdiag.analyzers.sides.standing_names import find_standing_names
from logdiag.events import Event, EventKind
from tests.winston import at

OPEN, CLOSE = EventKind.CONNECTED, EventKind.DISCONNECTED
STREAMS = ("public", "private", "trade")


def event(second: float, kind: EventKind, message: str) -> Event:
    return Event(at(second), kind, "w", "bot", "info", message, "w/bot.log", int(second * 10))


def interleave(names: Sequence[str], opens: str, closes: str, count: int = 8) -> list[Event]:
    """Connections that open one after the other, and by turns end and are back after 3 s."""
    events = [event(10.0 * place, OPEN, opens.format(name)) for place, name in enumerate(names)]
    for number in range(count * len(names)):
        name, second = names[(number * 2) % len(names)], 300.0 + 100 * number
        events += [event(second, CLOSE, closes.format(name)), event(second + 3, OPEN, opens.format(name))]
    return events


@pytest.mark.parametrize(
    ("names", "opens", "closes"),
    [
        (STREAMS, "{} websocket connected", "{} websocket disconnected, reconnecting"),
        (("BTC/USDT", "ETH/USDT", "ADA/USDT"), "Websocket for {} connected", "Websocket for {} closed unexpectedly"),
        (("/ws/a", "/ws/b", "/ws/c"), "open {}", "socket closed with a reason of some words: {}"),
        (("🟦", "🟩", "🟥"), "{} socket connected", "{} socket disconnected: transport close"),
    ],
)
def test_a_name_that_opens_and_closes_by_turns_is_a_connection(names: Sequence[str], opens: str, closes: str) -> None:
    """A stream, a pair, a path at the end of the line, an emoji: each names one of several connections."""
    found = name_connections(interleave(names, opens, closes))
    assert set(found) == {f"w/{name}" for name in names}


def test_attempts_and_traffic_that_name_a_connection_are_of_it() -> None:
    """What a process tries for one stream is no sign of another one."""
    events = interleave(STREAMS, "{} websocket connected", "{} websocket disconnected")
    events.append(event(9000, EventKind.CONNECTING, "connecting private websocket"))
    assert name_connections(events)[-1] == "w/private"


def test_one_connection_to_changing_places_is_one() -> None:
    """Who leaves one region before it connects to the next has one connection at a time."""
    places = ["fra1", "ams2", "lon1"] * 10
    events = [
        one
        for number, name in enumerate(places)
        for one in (
            event(100.0 * number, OPEN, f"connected to {name}"),
            event(100.0 * number + 90, CLOSE, f"left {name}"),
        )
    ]
    del events[11], events[23], events[35]  # a few ends are lost
    assert not find_standing_names(events)


def test_two_lines_of_one_connect_are_no_connections() -> None:
    """The layers of one connection tell of each connect and each end in the same second."""
    events = []
    for number in range(20):
        second = 100.0 * number
        events += [event(second, OPEN, "transport connected"), event(second + 0.4, OPEN, "session connected")]
        events += [event(second + 50, CLOSE, "session closed"), event(second + 50.4, CLOSE, "transport closed")]
    assert not find_standing_names(events)


def test_few_lines_prove_no_names() -> None:
    """Two names that fit a handful of lines may fit by chance."""
    assert not find_standing_names(interleave(STREAMS[:2], "{} connected", "{} disconnected", count=2))
