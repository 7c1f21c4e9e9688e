"""Connects and ends by turns: which of them are the two halves of one connection."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.names.turns import Turn, list_turns, pair_turns
from logdiag.events import Event, EventKind
from tests.analyzers.cases import CLIENT, SERVER, connected, disconnected, event
from tests.folding import each


def _turns(text: str) -> list[Turn]:
    """Each `(` opens, each `)` closes, each `|` is a start of the process."""
    lives = text.split("|")
    signs = [(sign, life) for life, some in enumerate(lives) for sign in some]
    return [Turn(place, sign == "(", life) for place, (sign, life) in enumerate(signs)]


@each(
    ("text", "pairs"),
    [
        ("()()", [(0, 1), (2, 3)]),
        ("()(", [(0, 1), (2,)]),
        ("(())", []),
        ("(())()", [(4, 5)]),
        ("()((", [(0, 1)]),
        (")()", []),
        ("())()", []),
        (")|()", [(1, 2)]),
        ("(|()", [(0,), (1, 2)]),
        ("(|)", [(0,)]),
        ("", []),
    ],
)
def test_of_one_that_is_open_alone_the_end_is_certain(text: str, pairs: list[tuple[int, ...]]) -> None:
    """Of two at once it is not, until both are over; an end too many makes all of that life doubtful."""
    assert [tuple(turn.place for turn in pair) for pair in pair_turns(_turns(text))] == pairs


def test_two_lines_of_one_kind_in_one_life_repeat_each_other() -> None:
    """A start in between leaves nothing open."""
    first = Turn(0, is_open=True, starts_count=0)
    assert first.repeats(Turn(1, is_open=True, starts_count=0))
    assert not first.repeats(Turn(1, is_open=False, starts_count=0))
    assert not first.repeats(Turn(1, is_open=True, starts_count=1))


def test_a_start_is_no_turn_and_is_counted() -> None:
    """What stands behind it is of another life."""
    events = [connected(0.0), event(5.0, EventKind.PROCESS_STARTED), disconnected(6.0)]
    assert list_turns(events, range(3)) == [Turn(0, True, 0), Turn(2, False, 1)]


@each(("file", "places"), [(CLIENT, [0, 1]), (SERVER, [1, 0])])
def test_one_file_is_in_the_order_of_its_lines_and_several_in_that_of_time(file: str, places: list[int]) -> None:
    """A clock that was set back does not turn the lines of a file around."""
    events: list[Event] = [replace(connected(10.0), line=1), replace(disconnected(5.0, file=file), line=2)]
    assert [turn.place for turn in list_turns(events, [0, 1])] == places
