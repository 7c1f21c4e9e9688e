"""Pauses of processes that write without a beat, held against their own calm pauses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from logdiag.analyzers.silences.pauses import NoticedEnd, find_longest, find_stops
from logdiag.analyzers.silences.process_silences import ProcessLine, ProcessLines, group_lines

STOP_S: Final = 42.0
EVERY_S: Final = 1000.0


def _process(stops_count: int, *, pause_s: float = 4.0, seed: int = 8) -> ProcessLines:
    """A process that writes at random, on average every `pause_s`, and not at all for 42 s at each 1,000 s."""
    draw = np.random.default_rng(seed)
    end = EVERY_S * (stops_count + 1)
    times = np.cumsum(draw.exponential(pause_s, int(2 * end / pause_s)))
    stood = (times % EVERY_S < STOP_S) & (times > EVERY_S / 2)
    lines = [ProcessLine(float(time), "master", "server", "job done", ("m.log", 1)) for time in times[~stood]]
    (process,) = group_lines([line for line in lines if line.time_s < end], [(0.0, end)], {})
    return process


def _notices(numbers: Sequence[int], late_s: float = 2.0, error_s: float = 0.01) -> list[NoticedEnd]:
    return [NoticedEnd(n, EVERY_S * n + STOP_S - late_s, EVERY_S * n + STOP_S, error_s) for n in numbers]


def test_pauses_longer_than_any_other_are_stops() -> None:
    """Each of five ends was noticed late, at the end of a pause ten times the usual."""
    stops = find_stops(_process(5), _notices(range(1, 6)))
    assert sorted(stops) == [1, 2, 3, 4, 5]
    assert all(stop.silence_s >= STOP_S - 1 for stop in stops.values())


def test_a_process_may_tell_what_held_it_up_before_it_notices_the_end() -> None:
    """A second after it wakes, not two; what began before the lines that were read is known from there on."""
    ends = [NoticedEnd(n, EVERY_S * n + STOP_S - 30.0, EVERY_S * n + STOP_S + 0.9, 0.01) for n in range(1, 6)]
    assert len(find_stops(_process(5, pause_s=0.3), ends)) == 5
    assert find_stops(_process(5, pause_s=0.3), [one._replace(end_s=one.end_s + 2.0) for one in ends]) == {}


def test_two_stops_are_too_few() -> None:
    """Two pauses at two ends are an anecdote."""
    assert find_stops(_process(2), _notices(range(1, 3))) == {}


def test_a_process_that_often_pauses_as_long_did_not_stop() -> None:
    """A process that writes every 40 s is often quiet for 42 s: that says nothing."""
    assert find_stops(_process(5, pause_s=40.0), _notices(range(1, 6))) == {}


def test_what_was_noticed_in_time_ended_in_no_stop() -> None:
    """Ends noticed within a second, or within the error of the clocks, may have ended the pause themselves."""
    process = _process(5)
    assert find_stops(process, _notices(range(1, 6), late_s=0.9)) == {}
    assert find_stops(process, _notices(range(1, 6), error_s=1.0)) == {}
    assert len(find_stops(process, _notices(range(1, 6), late_s=1.1))) == 5


def test_few_stops_among_many_ends_are_chance() -> None:
    """Three ends in long pauses among two hundred that are not are no habit of the process."""
    others = [NoticedEnd(100 + n, EVERY_S / 2 + n, EVERY_S / 2 + n, 0.01) for n in range(400)]
    assert find_stops(_process(20), [*_notices(range(1, 4)), *others]) == {}


def test_pause_that_began_before_what_was_read_is_not_calm() -> None:
    """Where the lines that were read begin within the pause of an end, it is no pause of calm times either."""
    ends_s = [EVERY_S * number + STOP_S for number in range(1, 9)]
    windows = [(end - 75.0, end + 20.0) for end in ends_s]
    lines = [
        ProcessLine(time_s, "master", "server", "job done", ("m.log", 1))
        for time_s in _process(8).times_s.tolist()
        if time_s > ends_s[0] and any(low <= time_s <= high for low, high in windows)
    ]
    (process,) = group_lines(lines, windows, {})
    assert sorted(find_stops(process, _notices(range(1, 9), late_s=15.0))) == [2, 3, 4, 5, 6, 7, 8]


def test_the_longest_pauses_of_a_process_are_told_though_they_are_few() -> None:
    """Two at ends, ten times the usual: no habit, but nothing like it elsewhere. A process as quiet anyway has none."""
    assert sorted(find_longest(_process(2), _notices(range(1, 3)))) == [1, 2]
    assert find_longest(_process(2, pause_s=40.0), _notices(range(1, 3))) == {}
