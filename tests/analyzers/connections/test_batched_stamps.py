"""Lines stamped when a buffer is written out, told from those of timers that go by whole seconds."""

from __future__ import annotations

import math

import numpy as np

from logdiag.analyzers.clocks.drop_table import DropSeries, build_table
from logdiag.analyzers.clocks.series import mark_batched
from logdiag.analyzers.connections.batched_stamps import find_batched_step_s
from logdiag.analyzers.connections.sessions import find_sessions
from logdiag.analyzers.statistics.resolution import find_batch_step_s
from logdiag.events import Event, EventKind
from tests.analyzers.cases import event, timeline

STEP_S = 4.0


def tell(cuts_s: list[float], back_s: float, *, heartbeat_s: float, flush_s: float | None) -> list[Event]:
    """A client's log: cut at these moments, back after a while, with heartbeats of two lines all along."""
    ends = [*cuts_s, cuts_s[-1] + 30.0]
    told = [(0.0, EventKind.CONNECTED)]
    for number, cut_s in enumerate(cuts_s):
        told += [(cut_s, EventKind.DISCONNECTED), (cut_s + back_s, EventKind.CONNECTED)]
        beats = np.arange(cut_s + back_s, ends[number + 1], heartbeat_s)
        told += [
            (beat + lag, kind) for beat in beats for lag, kind in ((0, EventKind.EMIT), (0.01, EventKind.RECEIVED))
        ]
    stamped = told if flush_s is None else [((math.floor(at / flush_s) + 1) * flush_s, kind) for at, kind in told]
    rows = enumerate(sorted(stamped, key=lambda row: row[0]))
    return [event(at + 0.003 * (number % 7), kind, reason=None) for number, (at, kind) in rows]


def measure(events: list[Event]) -> float | None:
    frame = timeline(*events)
    return find_batched_step_s(frame, find_sessions(frame))


def test_a_delay_that_a_buffer_splits_shows_its_step() -> None:
    """A client back after 1.5 s lies in the batch of its end here and in the next there: stamps are 4 s coarse."""
    cuts_s = [30.7 * number for number in range(1, 30)]
    step_s = measure(tell(cuts_s, 1.5, heartbeat_s=10.0, flush_s=STEP_S))
    assert step_s is not None
    assert abs(step_s - STEP_S) < 0.05
    assert measure(tell(cuts_s, 1.5, heartbeat_s=10.0, flush_s=None)) is None


def test_a_return_in_no_time_shows_a_buffer() -> None:
    """Cuts every 30 s and returns after 1 s always share a batch of 5 s: nothing is split, and no handshake shows."""
    told = [(0.3, EventKind.CONNECTED)]
    for cut_s in (30.3 + 30.0 * number for number in range(29)):
        told += [(cut_s - at, kind) for at in (25.0, 15.0, 10.0) for kind in (EventKind.EMIT, EventKind.RECEIVED)]
        told += [(cut_s, EventKind.DISCONNECTED), (cut_s + 1.0, EventKind.CONNECTED)]
    batches = [(math.floor(at / 5.0) + 1, kind) for at, kind in told]
    stamped = [event(5.0 * batch + 0.001 * (7 * batch % 13), kind, reason=None) for batch, kind in batches]
    step_s = measure(stamped)
    assert step_s is not None
    assert abs(step_s - 5.0) < 0.05
    assert measure([event(at, kind, reason=None) for at, kind in told]) is None


def test_timers_of_whole_seconds_are_no_buffer() -> None:
    """Cuts every minute, a return after 5 s and heartbeats every 10 s lie on a grid of 5 s, but no delay is split."""
    events = tell([60.0 * number for number in range(1, 30)], 5.0, heartbeat_s=10.0, flush_s=None)
    assert find_batch_step_s(np.array([one.time.timestamp() for one in events])) is not None
    assert measure(events) is None


def test_bursts_amid_other_lines_are_no_batches() -> None:
    """A burst every 25 s and ends at any moment: most lines lie on a grid, and those beside it rule it out."""
    rng = np.random.default_rng(3)
    bursts = np.concatenate([25.0 * number + np.arange(8) * 0.004 for number in range(40)])
    assert find_batch_step_s(bursts) is not None
    assert find_batch_step_s(np.concatenate([bursts, rng.uniform(0, 1000, 20)])) is None


def test_clocks_are_searched_in_steps_of_the_batches() -> None:
    """No clock is told finer than the batches lie apart."""
    times_s = np.array([4.003, 8.001, 20.009, 36.002])
    series = [DropSeries("worker1", times_s, times_s - 4.0, np.full(4, np.nan), 0.0, 40.0)]
    assert build_table(mark_batched(series, STEP_S), 0.01).resolution_s == STEP_S
    assert build_table(mark_batched(series, None), 0.01).resolution_s == 0.001
