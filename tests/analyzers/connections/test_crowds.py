"""Connects that follow connects and ends that follow ends are several connections at once, lost lines are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import logdiag
from logdiag.analyzers.connections.crowds import find_crowds, find_parallel_attempts, forget_crowds
from logdiag.analyzers.connections.sessions import find_sessions
from logdiag.events import Event, EventKind
from logdiag.ordering import build_timeline
from tests.winston import at, record
from tests.winston import write as write_lines

KINDS = {"c": EventKind.CONNECTED, "d": EventKind.DISCONNECTED, "s": EventKind.PROCESS_STARTED}


def write(order: str, step_s: float = 30.0) -> list[Event]:
    """One line a letter: a connect, an end or a start of the process."""
    return [
        Event(at(step_s * place), KINDS[letter], "w", "app", "info", f"socket {letter}", "w/app.log", place + 1)
        for place, letter in enumerate(order)
    ]


@pytest.mark.parametrize(
    ("order", "count"),
    [
        ("ccdd" * 4, 2),
        ("cccccc" + "dc" * 40, 6),
        ("cc" + "ddcc" * 3 + "dc" * 20, 2),
        ("ccddccdd", 1),
        ("c" * 34 + "d" + "c" * 30, 1),
        ("c" * 20 + "dc" * 3 + "c" * 20 + "dc" * 2, 1),
        ("cc" + "dc" * 40, 1),
        ("dc" * 40, 1),
        ("c" * 20, 1),
        ("cdcscdcscdscdcscd", 1),
        ("scscscscdcdcdcdc", 1),
    ],
)
def test_order_proves_how_many_were_open_at_once(order: str, count: int) -> None:
    """Pairs of connects beside pairs of ends, or many connects before any end, are of several; starts explain some."""
    found = find_crowds(build_timeline(write(order)).rows)
    assert {name: crowd.least_count for name, crowd in found.items()} == ({"w": count} if count > 1 else {})


@pytest.mark.parametrize(("order", "may_be_runs"), [("ccdd" * 4, False), ("cccccc" + "dc" * 40, True)])
def test_many_connects_before_an_end_may_be_as_many_starts(order: str, *, may_be_runs: bool) -> None:
    """A program that is stopped and run again without a word leaves the same lines; pairs of ends it does not leave."""
    assert find_crowds(build_timeline(write(order)).rows)["w"].may_be_runs is may_be_runs


def test_what_is_told_twice_is_one_connection() -> None:
    """A handler that is registered twice writes each line twice within a moment."""
    events = [
        Event(at(30.0 * (place // 2) + 0.1 * (place % 2)), KINDS[letter], "w", "a", "info", letter, "w/a.log", place)
        for place, letter in enumerate("ccdd" * 20)
    ]
    assert not find_crowds(build_timeline(events).rows)


@pytest.mark.parametrize("lost", [0.02, 0.1, 0.3])
def test_lost_lines_make_no_crowd(lost: float) -> None:
    """One connection of whose lines some are lost, at any rate, is one."""
    chance = np.random.default_rng(7)
    order = "cd" * 200
    for _ in range(20):
        kept = "".join(letter for letter in order if chance.random() >= lost)
        assert not find_crowds(build_timeline(write(kept)).rows)


def test_of_a_crowd_the_ends_alone_are_left() -> None:
    """Nobody knows when a connection of several began or was back, nor is a second connect an unlogged end."""
    frame = build_timeline(write("cccccc" + "dc" * 40)).rows
    sessions = forget_crowds(find_sessions(frame), find_crowds(frame))
    assert len(sessions) == 40
    assert all(one.opened is None and one.reopened is None and one.logged for one in sessions)


def test_the_gaps_between_the_ends_of_a_crowd_support_no_cause(tmp_path: Path) -> None:
    """The ends of several connections together come as chance would have it: no network is blamed for that."""
    chance = np.random.default_rng(11)
    lines: list[tuple[float, str]] = []
    for _ in range(6):
        second = chance.uniform(0, 30)
        while second < 20_000:
            lines.append((second, "socket connected"))
            second += 3 + chance.exponential(1500)
            lines.append((second, "socket disconnected: transport close"))
            second += chance.uniform(1, 5)
    write_lines(tmp_path / "app" / "console.log", [record(at(second), text) for second, text in sorted(lines)])
    told = logdiag.diagnose([tmp_path / "app"])
    assert told.at_once_count == 6
    assert not any(cause.status == "asserted" for cause in told.causes)
    assert all(one.availability_ratio is None for one in told.connections)


@pytest.mark.parametrize(("lag_s", "is_parallel"), [(0.003, True), (5.0, False)])
def test_an_attempt_that_is_given_up_right_after_an_end_was_made_beside_the_connection(
    lag_s: float, *, is_parallel: bool
) -> None:
    """Nobody dials anew and gives that up within 3 ms: two sockets are at work, and no availability is that of one."""
    error = "WebSocket was closed before the connection was established"
    ended = write("cd", 30)
    failed = Event(at(30 + lag_s), EventKind.CONNECT_ERROR, "w", "app", "warn", "ws error", "w/app.log", 3, error=error)
    assert find_parallel_attempts(build_timeline([*ended, failed]).rows) == ({"w"} if is_parallel else set())
