"""Instances of one program, whose logs lie in one folder: by the starts that each of them tells of."""

from __future__ import annotations

from collections.abc import Sequence

from logdiag.analyzers.processes.own_starts import find_own_starts
from logdiag.events import Event, EventKind
from tests.winston import at

STARTED, CONNECTED = EventKind.SERVER_STARTED, EventKind.SERVER_CONNECTED


def _events(
    name: str, starts: Sequence[float], words: str = "starting gateway v2", until_s: float = 900
) -> list[Event]:
    rows = [(second, STARTED, words) for second in starts] + [(until_s, CONNECTED, "player connected")]
    return [Event(at(second), kind, "pods", name, "info", said, f"{name}.log", 1) for second, kind, said in rows]


def _find(*events: list[Event]) -> set[str]:
    known = [event for own in events for event in own]
    return {name for _, name in find_own_starts(known, {event.file: event.service for event in known})}


def test_starts_at_other_moments_are_other_instances() -> None:
    """They were deployed together, and died apart."""
    assert _find(_events("a", (0, 300, 700)), _events("b", (0, 500, 800))) == {"a", "b"}


def test_two_services_of_a_process_tell_of_its_starts_together() -> None:
    """One of them may miss a start; and what they say in other words is not the same start."""
    assert _find(_events("a", (0, 300, 700)), _events("b", (0.2, 300.2))) == set()
    assert _find(_events("a", (0, 300, 700)), _events("b", (100, 400), "starting hub")) == set()


def test_a_file_for_each_run_is_no_instance() -> None:
    """The next run begins where the one before ended."""
    assert _find(_events("a", (0,), until_s=400), _events("b", (500,))) == set()
