"""Ends that several lines tell while the outage lasts, further apart than a moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logdiag.analyzers.sides.outage_ends import join_ends_of_an_outage
from logdiag.events import Event, EventKind
from tests.analyzers.cases import event

UP, DOWN = EventKind.CONNECTED, EventKind.DISCONNECTED


def _follow(*rows: tuple[float, EventKind, str, str], outages_count: int = 5, pause_s: float = 60.0) -> list[Event]:
    """So many times the same lines, each (second, kind, service, message)."""
    told = [
        event(pause_s * number + second, kind, service=service, message=message)
        for number in range(outages_count)
        for second, kind, service, message in rows
    ]
    return [replace(one, line=place + 1) for place, one in enumerate(told)]


def _list_ends(events: list[Event]) -> list[str]:
    return [one.message for one in join_ends_of_an_outage(events) if one.kind is DOWN]


CONNECT = (0.0, UP, "engineio.client", "Engine.IO connection established")
READ = (30.0, DOWN, "engineio.client", "WebSocket connection was closed, aborting")
WRITE = (30.4, DOWN, "engineio.client", "packet queue is empty, aborting")
LATER = (50.0, *WRITE[1:])
OWN = (30.5, DOWN, "camera", "disconnected from server")


def test_lines_of_one_outage_tell_one_end() -> None:
    """What a library's loops and the program say of an end, half a second apart, is one end for each connect."""
    assert _list_ends(_follow(CONNECT, READ, WRITE, OWN)) == [READ[3]] * 5


def test_what_a_later_line_adds_is_kept() -> None:
    """The reason that the second line states is that of the end."""
    told = [
        replace(one, reason="io client disconnect") if one.message == OWN[3] else one
        for one in _follow(CONNECT, READ, OWN)
    ]
    assert [one.reason for one in join_ends_of_an_outage(told) if one.kind is DOWN] == ["io client disconnect"] * 5


@pytest.mark.parametrize(
    "rows",
    [
        (CONNECT, READ, (45.0, UP, "engineio.client", "Engine.IO connection established"), LATER),
        ((0.0, UP, "feed", "connected"), (30.0, DOWN, "feed", "feed lost"), (30.4, DOWN, "chat", "chat lost")),
        (READ, WRITE),
    ],
    ids=["a connect between", "two programs", "no connects"],
)
def test_what_may_be_two_ends_stays_two(rows: tuple[tuple[float, EventKind, str, str], ...]) -> None:
    """A connect between two ends, programs with a logger each, or no connects at all: each line is an end."""
    assert len(_list_ends(_follow(*rows))) == 10


def test_two_outages_are_too_few() -> None:
    """What happened twice is no habit of a program."""
    assert len(_list_ends(_follow(CONNECT, READ, WRITE, outages_count=2))) == 4


def test_end_a_minute_and_more_later_is_another() -> None:
    """A library's loops wait for each other, but no longer than a ping timeout."""
    late = (95.0, DOWN, "engineio.client", "packet queue is empty, aborting")
    assert len(_list_ends(_follow(CONNECT, READ, late, pause_s=200.0))) == 10


def test_ends_with_ids_are_left_to_the_ids() -> None:
    """Where an end names its socket, ids tell which lines are of one."""
    told = [replace(one, socket_id="s1") if one.message == READ[3] else one for one in _follow(CONNECT, READ, WRITE)]
    assert len(_list_ends(told)) == 10
