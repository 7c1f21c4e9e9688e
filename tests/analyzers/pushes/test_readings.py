"""A push that failed may be that of the message handed over before, or another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from logdiag.analyzers.pushes.attempts import find_attempts
from logdiag.analyzers.pushes.exposure import measure_exposure
from logdiag.analyzers.pushes.ledger import keep_ledger
from logdiag.analyzers.pushes.readings import weigh_readings
from logdiag.events import Event, EventKind
from logdiag.results.pushes import Push
from tests.analyzers.cases import PUSHER, at, drop_of, event, spans_every, timeline

MONITOR = "worker1/monitor.log"


def _start(second: float) -> Event:
    return event(second, EventKind.PUSH_STARTED, PUSHER)


def _end(second: float, kind: EventKind = EventKind.PUSH_FAILED, **fields: str) -> Event:
    return event(second, kind, PUSHER, **fields)


def _handed(second: float, message_id: str = "m") -> Event:
    return event(second, EventKind.MESSAGE_PROCESSED, MONITOR, message_id=message_id)


def _read(events: Sequence[Event], *, is_beat: bool = True) -> Push:
    """The last push; disconnects come every 30 s, the last of them, at 300 s, 200 ms early."""
    sessions = spans_every(30.0, 10)
    drops = [
        drop_of(one, number, pattern="P1" if is_beat else None, residual_s=0.0) for number, one in enumerate(sessions)
    ]
    last = drops[-1]
    drops[-1] = drop_of(sessions[-1], last.index, time=at(299.8), pattern="P1" if is_beat else None, residual_s=-0.2)
    attempts = find_attempts(timeline(*events))
    counts, pushes = keep_ledger(attempts, drops, measure_exposure(sessions, at(310)))
    read, counts = weigh_readings(attempts, pushes, counts, drops, {"P1": 30.0} if is_beat else {})
    assert [one.readings for one in counts.items] == [one.readings for one in read if one.outcome != "ok"]
    return read[-1]


def _weights(push: Push) -> list[float]:
    return [reading.weight_ratio for reading in push.readings]


def test_the_failure_of_the_reference_incident_is_read_in_both_ways() -> None:
    """181 ms after a message, 25 ms before the beat: three to one for the push of a timer, and the odds of that."""
    push = _read((_handed(299.794), _end(299.975)))
    assert _weights(push) == [0.25, 0.75]
    assert [reading.began for reading in push.readings] == [at(299.794), at(299.975)]
    assert [reading.took_ms for reading in push.readings] == [181.0, 0.0]
    assert push.readings[1].beat_ms == 25.0
    assert push.readings[1].chance_probability == pytest.approx(1 / 600, rel=0.01)


def test_a_failure_far_from_the_beat_speaks_for_the_message() -> None:
    """100 ms after the moment of the beat no timer would push that makes it."""
    assert _weights(_read((_handed(299.794), _end(300.1))))[0] > 0.6


def test_pushes_that_survive_far_from_the_beat_make_a_timer_likelier_where_one_fails_on_it_unlikelier() -> None:
    """None of twenty other pushes stands before a beat: this one then is hardly the push of a timer on the beat."""
    away = [one for n in range(20) for one in (_start(15 + 10 * n), _end(15.001 + 10 * n, EventKind.PUSH_OK))]
    near = [one for n in range(1, 9) for one in (_start(30 * n - 0.1), _end(30 * n - 0.099, EventKind.PUSH_OK))]
    last = (_handed(299.794), _end(299.975))
    assert _weights(_read((*away, *last)))[0] > 0.4
    assert _weights(_read((*near, *last)))[0] < 0.2


@pytest.mark.parametrize(("wait_s", "is_slow"), [(0.001, False), (0.15, True)])
def test_how_long_pushes_take_to_fail_weighs_on_it(wait_s: float, is_slow: bool) -> None:
    """Where pushes with a line of their start fail at once, one that failed 181 ms after a message is another."""
    known = [one for n in range(4) for one in (_start(20 + 30 * n), _end(20 + 30 * n + wait_s))]
    assert (_weights(_read((*known, _handed(299.794), _end(299.975)), is_beat=False))[0] > 0.5) is is_slow


def test_without_a_beat_and_other_pushes_both_weigh_the_same() -> None:
    """Nothing tells them apart."""
    assert _weights(_read((_handed(299.794), _end(299.975)), is_beat=False)) == [0.5, 0.5]


@pytest.mark.parametrize(
    "events",
    [
        (_start(299.79), _end(299.975)),
        (_handed(299.794), _end(299.797)),
        (_handed(299.794), _end(299.9, message_id="m")),
        (_end(299.975),),
    ],
    ids=["start-logged", "at-the-same-moment", "message-named", "nothing-before"],
)
def test_where_the_lines_tell_there_is_one_reading(events: Sequence[Event]) -> None:
    """A line of the start, the name of the message, or no message within a second leave nothing open."""
    assert _read(events, is_beat=False).readings == ()


def test_pushes_and_beats_of_other_connections_weigh_nothing() -> None:
    """The same failure reads the same beside a connection whose beat and whose pushes before it stand elsewhere."""
    sessions = spans_every(30.0, 10)
    drops = [drop_of(one, number, pattern="P1", residual_s=0.0) for number, one in enumerate(sessions)]
    near = [one for n in range(1, 9) for one in (_start(30 * n - 0.1), _end(30 * n - 0.099, EventKind.PUSH_OK))]
    attempts = find_attempts(timeline(*near, _handed(299.794), _end(299.975)))
    counts, pushes = keep_ledger(attempts, drops, measure_exposure(sessions, at(310)))
    others = [replace(one, connection="worker2", residual_s=0.02) for one in drops * 2]
    sent = find_attempts(timeline(_start(15), _end(15.001, EventKind.PUSH_OK)))
    away = [replace(one, connection="worker2") for one in sent]
    alone, _ = weigh_readings(attempts, pushes, counts, drops, {"P1": 30.0})
    beside, _ = weigh_readings((*away * 20, *attempts), pushes, counts, (*others, *drops), {"P1": 30.0})
    assert alone[-1].readings[1].beat_ms == 25.0
    assert beside == alone
