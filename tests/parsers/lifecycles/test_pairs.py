"""What opens and what closes one thing: how often they must take turns before they are believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.events import EventKind
from tests.parsers.lifecycles.samples import learn

OPENS = {EventKind.CONNECTED, EventKind.SERVER_CONNECTED}


def _is_learned(folder: Path, rows: list[tuple[float, str]]) -> bool:
    """Whether what opens connections is."""
    return any(rule.kind in OPENS for rule in learn(folder, rows))


def _berth(
    count: int, *, reason: str = "transport close", stays: int = 0, apart_s: float = 100.0
) -> list[tuple[float, str]]:
    """Boats that berth and cast off by name, 70 s later, and others that only berth."""
    rows = [(100.0 * number, f"berthed boat-{number + 11}") for number in range(count + stays)]
    return rows + [(100.0 * number + 70, f"cast off boat-{number + 11}: {reason}") for number in range(count)]


@pytest.mark.parametrize(("count", "is_learned"), [(2, False), (3, True)])
def test_two_pairs_may_be_chance_and_three_are_a_lifecycle(tmp_path: Path, count: int, *, is_learned: bool) -> None:
    """By names that the application chose."""
    assert _is_learned(tmp_path, _berth(count)) is is_learned


@pytest.mark.parametrize(("stays", "is_learned"), [(6, True), (7, False)])
def test_what_mostly_ends_otherwise_is_no_connection(tmp_path: Path, stays: int, *, is_learned: bool) -> None:
    """Half of what opens must close with a reason, where ids are not Engine.IO's: jobs that end so are few of many."""
    assert _is_learned(tmp_path, _berth(6, stays=stays)) is is_learned


def test_reasons_that_others_have_too_prove_nothing_alone(tmp_path: Path) -> None:
    """A pool of databases says `ping timeout` as well."""
    assert not _is_learned(tmp_path, _berth(6, reason="ping timeout"))


def _reach(count: int, *, twice: int = 0, lost: str = "harbour lost") -> list[tuple[float, str]]:
    """One client without any id, whose connects and ends take turns; so many connects are told twice."""
    rows = [(100.0 * number, "harbour in sight") for number in range(count)]
    rows += [(100.0 * number + 70, f"{lost}: transport close") for number in range(count)]
    return rows + [(100.0 * number + 30, "harbour in sight") for number in range(twice)]


@pytest.mark.parametrize(
    ("rows", "is_learned"),
    [(_reach(3), True), (_reach(2), False), (_reach(6, twice=1), False), (_reach(6, lost="rope torn"), False)],
)
def test_without_ids_lines_that_share_a_word_and_always_take_turns_are_a_lifecycle(
    tmp_path: Path, rows: list[tuple[float, str]], *, is_learned: bool
) -> None:
    """Three times, never out of turn, and about one thing."""
    assert _is_learned(tmp_path, rows) is is_learned


def test_a_second_line_about_an_end_opens_nothing(tmp_path: Path) -> None:
    """What says that the link was closed takes turns with the ends as the next connect does, and is none."""
    rows = [(100.0 * number, "WebSocket torn: transport close") for number in range(6)]
    rows += [
        (100.0 * number + 0.01, "the far party closed the WebSocket connection without completing the close goodbye")
        for number in range(6)
    ]
    assert not _is_learned(tmp_path, rows)
