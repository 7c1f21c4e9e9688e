"""Connections of a server that logs no end: those of clients that come back at each of its starts."""

from __future__ import annotations

from logdiag.analyzers.names.restarted_clients import find_restarted
from logdiag.events import Event, EventKind
from tests.winston import at

OPEN, START = EventKind.SERVER_CONNECTED, EventKind.SERVER_STARTED


def tell(second: float, kind: EventKind, name: str | None = None) -> Event:
    return Event(at(second), kind, "hub", "app", "info", "m", "hub/app.log", round(second), worker_id=name)


def live(began: float, *names: str, later_s: float = 2) -> list[Event]:
    return [tell(began, START), tell(began + 0.1, START), *(tell(began + later_s, OPEN, name) for name in names)]


def find(lines: list[Event]) -> list[str | None]:
    return [lines[place].worker_id for place in find_restarted(lines, range(len(lines)))]


def test_who_comes_back_at_each_start_has_one_connection_a_life() -> None:
    """Three lives of three clients; one of them may be gone by the last."""
    lines = [*live(0, "a", "b", "c", "d", "e"), *live(600, "c", "a", "b", "d", "e"), *live(1500, "b", "a", "c", "d")]
    assert find(lines) == list("abcdecabdebacd")


def test_who_comes_an_hour_after_the_start_was_not_cut_by_it() -> None:
    """Users of one day and of the next: between them they left, and nothing tells when."""
    assert find([*live(0, "a", "b"), *live(600, "a", "b", later_s=300), *live(1500, "a", "b", later_s=300)]) == []


def test_who_comes_twice_in_one_life_has_ends_that_no_line_tells() -> None:
    """Nobody knows which connects the restarts ended."""
    assert find([*live(0, "a", "b"), *live(600, "a", "b", "a"), *live(1500, "a", "b")]) == []


def test_one_restart_one_client_or_an_end_is_not_enough() -> None:
    """After one start two may come back by chance, and the only client may come whenever its user does."""
    assert find([*live(0, "a", "b"), *live(600, "a", "b")]) == []
    assert find([*live(0, "a"), *live(600, "a"), *live(1500, "a")]) == []
    ended = [*live(0, "a", "b"), *live(600, "a", "b"), *live(1500, "a", "b")]
    assert find([*ended, tell(1600, EventKind.SERVER_DISCONNECTED, "a")]) == []
