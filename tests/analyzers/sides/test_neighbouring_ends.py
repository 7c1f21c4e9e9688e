"""One close that two layers of a program log on neighbouring lines."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.sides.neighbouring_ends import join_neighbouring_ends
from logdiag.events import Event, EventKind, Identity
from tests.analyzers.cases import SERVER, event

CLOSED = EventKind.SERVER_DISCONNECTED
REASONS = {"1000": "replaced", "1001": "going away", "1006": None}


def _close(second: float, message: str, code: str, **fields: object) -> Event:
    return event(second, CLOSED, SERVER, message=message, code=code, reason=REASONS[code], **fields)


def _number(events: list[Event]) -> list[Event]:
    return [replace(one, line=place + 1) for place, one in enumerate(events)]


def _layers(count: int, alone: int = 0, codes: tuple[str, ...] = ("1000", "1001")) -> list[Event]:
    """So many closes of the lower layer, stamped with its connection's beginning, and those that the upper one adds."""
    rows = [_close(60.0 * number, "[App] closed", "1006") for number in range(alone)]
    for number in range(count):
        second, code = 3600 + 60.0 * number, codes[number % len(codes)]
        rows += [_close(second - 40, "[Socket] closed", code), _close(second, "[App] closed", code)]
    return _number(rows)


def test_a_layer_that_is_younger_than_the_log_tells_again_of_ends() -> None:
    """Ten closes of both layers after thirty of one: forty ends, all in the words that come more often."""
    joined = join_neighbouring_ends(_layers(10, alone=30))
    assert [one.message for one in joined] == ["[App] closed"] * 40


def test_the_line_that_stays_has_what_the_other_one_adds() -> None:
    """The lower layer alone knows the client."""
    rows = [
        replace(one, client=Identity("user", "u1")) if one.message == "[Socket] closed" else one
        for one in _layers(10, alone=1)
    ]
    joined = join_neighbouring_ends(rows)
    assert [one.client is not None for one in joined] == [False] + [True] * 10


def test_one_code_for_all_proves_nothing() -> None:
    """Two sockets of each page that end side by side with 1001 may be two; so may seven pairs, and other codes."""
    same = _layers(10, codes=("1001",))
    few = _layers(7)
    other = [replace(one, code="1006") if one.message == "[Socket] closed" else one for one in _layers(10)]
    assert [len(join_neighbouring_ends(rows)) for rows in (same, few, other)] == [20, 14, 20]


def test_named_sockets_are_told_apart_by_their_names() -> None:
    """Each line names a socket: nothing is left out."""
    rows = [replace(one, socket_id=f"s{one.line}") for one in _layers(10)]
    assert join_neighbouring_ends(rows) == rows


def test_lines_apart_are_two_ends() -> None:
    """Another line between the two layers' lines: what does not stand side by side is not joined."""
    rows = [replace(one, line=2 * one.line) for one in _layers(10)]
    assert join_neighbouring_ends(rows) == rows
