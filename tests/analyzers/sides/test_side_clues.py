"""The clues to the side of a log, one by one: what each tells, and what it does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pytest

from logdiag.analyzers.sides.side_clues import CLUES, Unit, count_overlaps, is_library
from logdiag.analyzers.sides.sides import _decide_side
from logdiag.events import Event, EventKind, Interpreter, Side
from tests.analyzers.cases import event

CLUE: Final = dict(CLUES)
OPEN, CLOSE, TRY = EventKind.CONNECTED, EventKind.DISCONNECTED, EventKind.CONNECTING


def _unit(events: Iterable[Event], service: str = "app") -> Unit:
    unit = Unit(("w", "app.log", service))
    for one in events:
        unit.note(one)
    return unit


def _say(second: float, kind: EventKind, **fields: Any) -> Event:
    return event(second, kind, is_side_sure=fields.pop("is_side_sure", False), **fields)


def _turns(count: int, *, tried: int = 0) -> list[Event]:
    """Connects and ends in turn, of which the last so many connects have an attempt before them."""
    rows = []
    for number in range(count):
        rows += [_say(30.0 * number, OPEN), _say(30.0 * number + 20, CLOSE)]
        rows += [_say(30.0 * number - 1, TRY, is_side_sure=True)] if number >= count - tried else []
    return rows


@pytest.mark.parametrize(
    ("service", "side"),
    [
        ("socketio.server", Side.SERVER),
        ("engine.io:server", Side.SERVER),
        ("uvicorn.error", Side.SERVER),
        ("SingleUserLabApp", Side.SERVER),
        ("ServerApp", Side.SERVER),
        ("tornado.access", Side.SERVER),
        ("puma-client", None),
        ("socket.io-client:manager", Side.CLIENT),
        ("engineio.client", Side.CLIENT),
        ("my-socket.io-clientele", None),
        ("gateway", None),
    ],
)
def test_the_logger_of_a_library_is_of_its_side(service: str, side: Side | None) -> None:
    """By its name."""
    assert CLUE["library"](_unit([], service)) is side
    assert is_library(service) is (side is not None)


@pytest.mark.parametrize(
    ("count", "tried", "side"), [(3, 2, Side.CLIENT), (3, 1, None), (2, 1, None), (11, 9, Side.CLIENT), (11, 8, None)]
)
def test_who_tries_before_each_connect_is_a_client(count: int, tried: int, side: Side | None) -> None:
    """Three turns at least, and nine of ten of the returns with an attempt of their own."""
    assert CLUE["retries"](_unit(_turns(count, tried=tried))) is side


def test_a_server_that_is_somebodys_client_too_tries_at_other_times() -> None:
    """Attempts while the connection is up are for another one."""
    tries = [_say(30.0 * number + 10, TRY, is_side_sure=True) for number in range(6)]
    assert CLUE["retries"](_unit([*_turns(6), *tries])) is None


@pytest.mark.parametrize(
    ("client", "server", "side"), [(5, 2, Side.CLIENT), (4, 2, None), (2, 4, None), (2, 5, Side.SERVER)]
)
def test_reasons_of_one_side_count_where_they_are_more_than_twice_as_many(
    client: int, server: int, side: Side | None
) -> None:
    """A gateway is also somebody's client."""
    rows = [_say(float(number), CLOSE, reason="io server disconnect") for number in range(client)]
    rows += [_say(float(number), CLOSE, reason="server shutting down") for number in range(server)]
    rows += [_say(float(number), CLOSE, reason="transport close") for number in range(9)]
    assert CLUE["reasons"](_unit(rows)) is side


def _lives(spans: Iterable[tuple[float, float]]) -> list[Event]:
    return [
        one
        for number, (start, end) in enumerate(spans)
        for one in (_say(start, OPEN, socket_id=f"socket-{number}"), _say(end, CLOSE, socket_id=f"socket-{number}"))
    ]


@pytest.mark.parametrize(("count", "side"), [(9, None), (10, Side.SERVER)])
def test_ten_sockets_open_at_once_are_no_clients(count: int, side: Side | None) -> None:
    """Whatever the words say; who tries to connect may be a gateway."""
    rows = _lives((float(number), 100.0 + number) for number in range(count))
    assert CLUE["crowd"](_unit(rows)) is side
    assert CLUE["crowd"](_unit([*rows, _say(0.0, TRY, is_side_sure=True)])) is None


@pytest.mark.parametrize(
    ("spans", "count"),
    [
        ([(0.0, 10.0), (10.0, 20.0)], 0),
        ([(0.0, 10.0), (9.0, 20.0)], 0),
        ([(0.0, 10.0), (8.9, 20.0)], 1),
        ([(0.0, 10.0), (5.0, 5.5)], 0),
        ([(0.0, 100.0), (10.0, 20.0), (30.0, 40.0)], 2),
    ],
)
def test_sockets_overlap_where_both_are_open_for_more_than_a_second(
    spans: list[tuple[float, float]], count: int
) -> None:
    """A client that replaces its socket has two for a moment."""
    assert count_overlaps(spans) == count


@pytest.mark.parametrize(
    ("kind", "fields", "clue", "side"),
    [
        (OPEN, {"is_side_sure": True, "rule": "r"}, "rules", Side.CLIENT),
        (OPEN, {"is_side_sure": True}, "words", Side.CLIENT),
        (EventKind.SERVER_KICK, {"is_side_sure": True}, "words", Side.SERVER),
        (OPEN, {"is_side_sure": False, "rule": "r"}, "rules", None),
    ],
)
def test_words_that_only_one_side_has_tell_it(
    kind: EventKind, fields: dict[str, Any], clue: str, side: Side | None
) -> None:
    """Words that both may write tell nothing."""
    assert CLUE[clue](_unit([_say(0.0, kind, **fields)])) is side


def test_a_guess_of_this_run_yields_to_attempts_by_turns() -> None:
    """What was learned takes the connects for a server's; the attempts before them show a client."""
    rows = [
        event(
            one.time.minute * 60 + one.time.second - 1500.0,
            EventKind.SERVER_CONNECTED,
            rule="learned",
            by=Interpreter.LIFECYCLE,
        )
        if one.kind is OPEN
        else one
        for one in _turns(6, tried=6)
    ]
    assert CLUE["rules"](_unit(rows)) is None
    assert CLUE["retries"](_unit(rows)) is Side.CLIENT


@pytest.mark.parametrize(("count", "side"), [(2, None), (3, Side.CLIENT)])
def test_one_socket_at_a_time_again_and_again_is_a_client(count: int, side: Side | None) -> None:
    """Three turns, without a name; two connects in a row are out of turn."""
    assert CLUE["turns"](_unit(_turns(count))) is side
    assert CLUE["turns"](_unit([*_turns(count), _say(1000.0, OPEN), _say(1001.0, OPEN)])) is None


def _ends(names_count: int, within_s: float) -> list[Event]:
    """So many ends, each of a client of its own, evenly within a stretch of time."""
    step_s = within_s / names_count
    return [_say(step_s * number, CLOSE, worker_id=f"till-{number}") for number in range(names_count)]


def test_ten_names_that_end_within_a_second_are_a_servers_clients() -> None:
    """They were open at once, though no connect is told; fewer, or one after the other, may be anybody's."""
    assert _decide_side(_unit(_ends(12, 0.6))) == (Side.SERVER, "ended-together")
    assert _decide_side(_unit(_ends(8, 0.6))) is None
    assert _decide_side(_unit(_ends(12, 600.0))) is None
    assert _decide_side(_unit([_say(0.01 * number, CLOSE) for number in range(12)])) is None
