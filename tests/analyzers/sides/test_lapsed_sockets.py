"""Ends by `ping timeout` that name no socket, beside handshakes that name theirs and the limits."""

from __future__ import annotations

from collections.abc import Sequence

from logdiag.analyzers.sides.lapsed_sockets import name_lapsed_ends
from logdiag.events import Event, EventKind
from tests.winston import at

OPEN, CLOSE = EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED
BEGINS = (0, 7, 19, 33, 58, 90, 131, 147)  # s, in no rhythm


def event(second: float, kind: EventKind, socket: str | None = None, reason: str | None = None) -> Event:
    said = '{"sid":"x","pingInterval":20000,"pingTimeout":15000}' if kind is OPEN else "client close"
    return Event(at(second), kind, "hub", "app", "info", said, "hub/app.log", 1, socket_id=socket, reason=reason)


def tell(lives_s: Sequence[float], reason: str = "ping timeout") -> list[str | None]:
    """Whose the nameless ends are, of sockets that live for so long."""
    opens = [event(begin, OPEN, f"s{begin}") for begin in BEGINS]
    ends = [event(begin + life_s, CLOSE, reason=reason) for begin, life_s in zip(BEGINS, lives_s, strict=True)]
    lines = sorted([*opens, *ends], key=lambda one: one.time)
    return [one.socket_id for one in name_lapsed_ends(lines) if one.kind is CLOSE]


def test_a_socket_that_never_sent_anything_ends_when_both_limits_are_over() -> None:
    """20 s and 15 s behind the handshake: the end that comes then is its own."""
    assert tell([35.01] * 8) == [f"s{begin}" for begin in BEGINS]


def test_ends_at_other_ages_stay_nameless() -> None:
    """Who pinged before it fell silent ends later, and nobody knows whose end it is."""
    assert set(tell([35.01 + 7.3 * turn for turn in range(8)])) == {None}


def test_another_reason_has_nothing_to_do_with_the_limits() -> None:
    """A transport may close at any time, and then too."""
    assert set(tell([35.01] * 8, "transport close")) == {None}


def test_an_end_that_names_its_socket_leaves_it_no_other() -> None:
    """What has ended by name is not due any more."""
    lines = [event(0, OPEN, "s0"), event(20, CLOSE, "s0", "transport close"), event(35, CLOSE, reason="ping timeout")]
    assert name_lapsed_ends(lines) == lines
