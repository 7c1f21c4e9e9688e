"""Which pushes repeat one that failed, by the application's own numbers or by the messages that they carry."""

from __future__ import annotations

import pytest

from logdiag.analyzers.pushes.resends import find_repeats, find_sendings
from logdiag.events import Event, EventKind
from logdiag.results.pushes import Push
from tests.analyzers.cases import PUSHER, at, event, push, timeline


def _emit(second: float, number: int, *, refused: bool = False, service: str = "data-pusher") -> Event:
    kind = EventKind.EMIT_REFUSED if refused else EventKind.EMIT
    return event(second, kind, PUSHER, count=number, service=service)


def _list_retries(*events: Event) -> list[tuple[int, bool]]:
    return [(one.number, one.is_retry) for one in find_sendings(timeline(*events))]


def test_an_attempt_that_counts_on_after_a_refusal_is_a_retry() -> None:
    """Number 2 follows the refused number 1; number 1 of the next push follows nothing."""
    rows = [_emit(0.0, 1, refused=True), _emit(5.0, 2), _emit(30.0, 1)]
    assert _list_retries(*rows) == [(1, False), (2, True), (1, False)]


@pytest.mark.parametrize(
    "rows",
    [
        [_emit(0.0, 1), _emit(5.0, 2)],
        [_emit(0.0, 1, refused=True), _emit(5.0, 3)],
        [_emit(0.0, 1, refused=True), _emit(60.1, 2)],
        [_emit(0.0, 1, refused=True), _emit(5.0, 2, service="other")],
    ],
)
def test_numbers_that_no_refusal_precedes_are_no_attempts(rows: list[Event]) -> None:
    """Not after success, not out of turn, not more than a minute later, not of another service."""
    assert _list_retries(*rows) == []


def test_a_minute_after_the_refusal_is_soon_enough() -> None:
    """The pause of a back-off."""
    assert _list_retries(_emit(0.0, 1, refused=True), _emit(60.0, 2)) == [(1, False), (2, True)]


def _push(second: float, outcome: str, *message_ids: str, channel: str = "sync", connection: str = "worker1") -> Push:
    return push(0.0, outcome, time=at(second), message_ids=message_ids, channel=channel, connection=connection)


def test_a_push_of_the_messages_of_a_failed_one_repeats_it() -> None:
    """A second repeat names the first push of all, and a third follows the second within a minute."""
    pushes = [_push(0.0, "failed", "m1"), _push(50.0, "suspect", "m1"), _push(100.0, "ok", "m1")]
    assert find_repeats(pushes) == {1: 0, 2: 0}


@pytest.mark.parametrize(
    "later",
    [
        _push(60.1, "ok", "m1"),
        _push(5.0, "ok", "m2"),
        _push(5.0, "ok"),
        _push(5.0, "ok", "m1", channel="other"),
        _push(5.0, "ok", "m1", connection="worker2"),
    ],
)
def test_what_comes_late_or_carries_something_else_repeats_nothing(later: Push) -> None:
    """More than a minute later, other messages or none, another channel or connection."""
    assert find_repeats([_push(0.0, "failed", "m1"), later]) == {}


def test_what_arrived_need_not_be_repeated() -> None:
    """The same messages again after success are a new push."""
    assert find_repeats([_push(0.0, "ok", "m1"), _push(5.0, "ok", "m1")]) == {}
