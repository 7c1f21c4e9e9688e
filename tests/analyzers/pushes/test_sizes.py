"""Which sizes of messages their connections survived: the bracket of the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import comb

import pytest

from logdiag.analyzers.pushes.attempts import find_attempts
from logdiag.analyzers.pushes.sizes import Bracket, find_bracket, list_sends
from logdiag.events import Event, EventKind
from logdiag.rows import Rows
from tests.analyzers.cases import CLIENT, at, drop_of, event, session, timeline

REACH_MS = 300.0
SMALL, LARGE = 16_000_000.0, 40_000_000.0


def _of_worker1(rows: Rows) -> Rows:
    return rows.replace("connection", dict.fromkeys(range(len(rows)), "worker1"))


def _bracket(events: Sequence[Event], ends: Sequence[float]) -> Bracket | None:
    frame = _of_worker1(timeline(*events))
    drops = [replace(drop_of(session(end)), index=number) for number, end in enumerate(ends, 1)]
    return find_bracket(list_sends(frame, find_attempts(frame)), drops, REACH_MS)


def _push(second: float, size_bytes: float, name: int, answer_s: float | None = 0.4) -> list[Event]:
    lines = [event(second, EventKind.PUSH_STARTED, value=size_bytes, message_id=str(name))]
    return lines if answer_s is None else [*lines, event(second + answer_s, EventKind.PUSH_OK, message_id=str(name))]


def _incident(lag_s: float = 1.2, small: float = SMALL, large: float = LARGE) -> tuple[list[Event], list[float]]:
    """Twenty pairs of pushes, 20 s apart; each fourth second one is large, unanswered, and its connection dies."""
    events: list[Event] = []
    ends = []
    for number in range(20):
        start = 40.0 * number
        kills = number % 4 == 0
        events += _push(start, small, 2 * number)
        events += _push(start + 20, large if kills else small / 2, 2 * number + 1, None if kills else 0.4)
        ends += [start + 20 + lag_s] if kills else []
    return events, ends


@pytest.mark.parametrize("lag_s", [0.02, 1.2, 8.0])
def test_the_limit_lies_between_the_survivors_and_the_dead(lag_s: float) -> None:
    """A lag of seconds is no objection; the chance is that of the five dead being the largest of forty."""
    assert _bracket(*_incident(lag_s)) == Bracket(SMALL, LARGE, 40, 1 / comb(40, 5), frozenset({1, 2, 3, 4, 5}))


def test_an_idle_limit_may_have_ended_what_died_late() -> None:
    """From 10 s on a death tells nothing."""
    assert _bracket(*_incident(10.0)) is None


@pytest.mark.parametrize(("passed_count", "is_raised"), [(3, True), (2, False)])
def test_larger_messages_that_pass_later_show_a_raised_limit(passed_count: int, is_raised: bool) -> None:
    """The limit is then looked for among the messages before, and it is told since when how large ones pass."""
    events, ends = _incident()
    for number in range(passed_count):
        events += _push(900.0 + 20 * number, 2 * LARGE, 100 + number)
    found = _bracket(events, ends)
    assert (found is not None) is is_raised
    if found is not None:
        assert (found.largest_survivor_bytes, found.smallest_dead_bytes) == (SMALL, LARGE)
        assert (found.later_bytes, found.later_time) == (2 * LARGE, at(900))


@pytest.mark.parametrize(("small", "large"), [(4e4, 4e4), (5e4, 4e4), (90.0, 900.0)])
def test_sizes_that_cross_and_sizes_that_nobody_limits_are_no_bracket(small: float, large: float) -> None:
    """The largest survivor must be smaller than the smallest dead, and that no smaller than any real limit."""
    assert _bracket(*_incident(small=small, large=large)) is None


def test_one_small_message_that_died_spoils_the_bracket() -> None:
    """None may cross."""
    events, ends = _incident()
    assert _bracket([*events, *_push(900, SMALL / 4, 99, None)], [*ends, 901.0]) is None


def test_few_messages_are_chance() -> None:
    """Three dead of five messages are the three largest in one of ten cases."""
    events = [*_push(0, SMALL, 0), *_push(5, SMALL, 1)]
    for number in range(3):
        events += _push(20.0 * number + 20, LARGE, number + 2, None)
    assert _bracket(events, [21.0, 41.0, 61.0]) is None


def test_emits_without_answers_tell_as_much() -> None:
    """An emit was survived when another followed it on the same connection."""
    events = []
    ends = []
    for number in range(30):
        kills = number % 5 == 4
        events.append(event(20.0 * number, EventKind.EMIT, value=1.3e5 if kills else 1.2e5))
        ends += [20.0 * number + 2] if kills else []
    assert _bracket(events, ends) == Bracket(1.2e5, 1.3e5, 30, 1 / comb(30, 6), frozenset(range(1, 7)))


def test_an_emit_that_was_logged_as_done_right_before_the_end_died() -> None:
    """An emit does not wait: an answer within the reach of pushes before the end is none."""
    events, ends = _incident(0.05)
    large = [one for one in events if one.value == LARGE]
    done = [
        event(at_s - 0.04, EventKind.PUSH_OK, message_id=one.message_id) for at_s, one in zip(ends, large, strict=True)
    ]
    found = _bracket(sorted([*events, *done], key=lambda one: one.time), ends)
    assert found is not None
    assert found.smallest_dead_bytes == LARGE


def test_an_answer_belongs_to_the_push_that_it_names() -> None:
    """A push without an answer before it does not take it."""
    frame = _of_worker1(timeline(*_push(0, LARGE, 1, None), *_push(5, SMALL, 2)))
    assert [(push.sent_bytes, push.outcome) for push in find_attempts(frame)] == [(LARGE, "unknown"), (SMALL, "ok")]


def test_of_equal_stamps_the_line_below_comes_later() -> None:
    """With stamps of whole seconds the end stands at the same second as the message that died."""
    events, ends = _incident(0.0)
    frame = _of_worker1(timeline(*events))
    sends = list_sends(frame, find_attempts(frame))
    drops = [drop_of(session(end), number) for number, end in enumerate(ends, 1)]
    below = [replace(drop, evidence=replace(sends[0].evidence, file=CLIENT, line=10_000)) for drop in drops]
    above = [replace(drop, evidence=replace(sends[0].evidence, file=CLIENT, line=1)) for drop in drops]
    found = find_bracket(sends, below, REACH_MS)
    assert found is not None
    assert found.disconnect_indices == frozenset({1, 2, 3, 4, 5})
    assert find_bracket(sends, above, REACH_MS) is None


@pytest.mark.parametrize(("dead_count", "is_found"), [(2, False), (3, True)])
def test_three_dead_messages_bracket_a_limit(dead_count: int, is_found: bool) -> None:
    """Two may have been hit by chance, however many smaller ones were survived."""
    events = [line for number in range(400) for line in _push(20.0 * number, SMALL, number)]
    ends = [20.0 * number + 11.2 for number in range(dead_count)]
    events += [line for number, end in enumerate(ends) for line in _push(end - 1.2, LARGE, 1000 + number, None)]
    assert (_bracket(sorted(events, key=lambda one: one.time), ends) is not None) is is_found
