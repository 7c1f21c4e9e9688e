"""Silences: a process that normally writes on a beat wrote nothing."""

from __future__ import annotations

import numpy as np
import pytest

from logdiag.analyzers.silences.beats import find_beats
from logdiag.analyzers.silences.process_silences import (
    ProcessLine,
    find_pulse,
    find_silences,
    find_standstill,
    group_lines,
)
from logdiag.results.connections import Silence
from tests.analyzers.cases import START

ZERO = START.timestamp()


def _lines(*seconds: float, template: str | None = "beat", source: str = "worker1") -> list[ProcessLine]:
    return [
        ProcessLine(ZERO + second, source, "a", template, (f"{source}/a.log", number))
        for number, second in enumerate(seconds, 1)
    ]


def _find(
    lines: list[ProcessLine], *, starts: tuple[float, ...] = (), windows: tuple[float, ...] = (0, 900)
) -> tuple[Silence, ...]:
    pairs = [(ZERO + a, ZERO + b) for a, b in zip(windows[::2], windows[1::2], strict=True)]
    return find_silences(group_lines(lines, pairs, {"worker1": [ZERO + second for second in starts]}))


BEATS = [5.0 * number for number in range(13)]


def test_a_beat_that_comes_late_ends_a_silence() -> None:
    """A line every 5 s, then none for 26 s: one silence with the lines on both sides."""
    (one,) = _find(_lines(*BEATS, 86.0, 90.0, 95.0))
    assert (one.connection, one.silence_s, one.whole_process) == ("worker1", 26.0, True)
    assert [place.line for place in one.evidence] == [13, 14]


def test_a_quiet_process_that_keeps_its_beat_is_not_silent() -> None:
    """One line every 30 s is no silence of 30 s."""
    assert _find(_lines(*(30.0 * number for number in range(20)))) == ()


def test_other_lines_of_the_process_break_the_silence() -> None:
    """A timer that stopped while the process goes on writing is no silence of the process."""
    other = _lines(*(0.7 + 2.3 * number for number in range(40)), template="noise")
    assert _find([*_lines(*BEATS, 86.0), *other]) == ()


@pytest.mark.parametrize(("gap_s", "count"), [(6.5, 0), (6.501, 1)])
def test_a_beat_may_be_late_by_a_tenth_and_a_second(gap_s: float, count: int) -> None:
    """A 5 s beat may come 1.5 s late; a millisecond more is a silence."""
    assert len(_find(_lines(*BEATS, 60 + gap_s))) == count


def test_a_process_without_regular_line_cannot_be_judged() -> None:
    """Random lines with a long gap are no silence."""
    seconds = np.cumsum(np.random.default_rng(3).exponential(7, 20))
    assert _find(_lines(*seconds, float(seconds[-1]) + 200)) == ()


def test_a_restart_is_not_a_silence() -> None:
    """The gap before the process started anew is an absence."""
    assert _find(_lines(*BEATS, 86.0, 91.0), starts=(85.9,)) == ()


def test_what_was_not_read_is_not_silent() -> None:
    """Between two windows of lines nothing is known."""
    assert _find(_lines(*BEATS, 86.0, 91.0), windows=(0, 61, 85, 900)) == ()


def test_an_unfinished_freeze_is_no_evidence() -> None:
    """After the last line there is no silence, and no lines are no silences."""
    assert _find(_lines(*BEATS)) == ()
    assert _find([]) == ()


def test_logs_may_end_inside_a_freeze() -> None:
    """Where another process writes on for 30 s after the last line of a beat of 5 s, the silence is open."""
    other = _lines(*(5.0 * number for number in range(19)), source="worker2")
    (one,) = _find([*_lines(*BEATS), *other])
    assert (one.connection, one.silence_s, [place.line for place in one.evidence]) == ("worker1", 30.0, [13])


@pytest.mark.parametrize(("connect_s", "count"), [(60.9, 1), (62.0, 0)])
def test_who_still_connects_met_no_frozen_process(connect_s: float, count: int) -> None:
    """A connect to the process more than a second after its last line shows that its log ends too early, no freeze."""
    lines = [*_lines(*BEATS), *_lines(*(5.0 * number for number in range(19)), source="worker2")]
    found = find_silences(group_lines(lines, [(ZERO, ZERO + 900)], {}, {}, {"worker1": [ZERO + connect_s]}))
    assert len(found) == count


def test_lost_lines_make_no_silence() -> None:
    """Where every fourth tick is missing amid other lines, a gap of three due lines is no freeze."""
    left = [second for number, second in enumerate(5.0 * n for n in range(80)) if number % 4]
    other = _lines(*(1.7 + 5.0 * n for n in range(80) if n != 40), template="noise")
    assert _find([*_lines(*left), *other]) == ()


def test_lines_that_the_other_side_drives_keep_no_beat() -> None:
    """Receipts every 5 s without template make no beat of this process."""
    assert _find(_lines(*BEATS, 86.0, 91.0, template=None)) == ()


def test_processes_are_judged_apart() -> None:
    """worker2 writing on does not hide the freeze of worker1."""
    other = _lines(*(5.0 * number for number in range(30)), source="worker2")
    assert [one.connection for one in _find([*_lines(*BEATS, *range(86, 146, 5)), *other])] == ["worker1"]


@pytest.mark.parametrize(("count", "found"), [(5, 1), (4, 0)])
def test_a_beat_needs_five_lines(count: int, found: int) -> None:
    """Four gaps of one length make a beat, three do not."""
    assert len(find_beats([np.linspace(0.001, 5.0 * count - 4.999, count)])) == found


def test_beats_are_listed_shortest_first() -> None:
    """Two timers, each with its median gap; irregular lines are left out."""
    beats = find_beats(
        [
            np.linspace(0.3, 270.3, 10),
            np.linspace(0.1, 45.1, 10),
            np.cumsum(np.random.default_rng(1).exponential(5, 50)),
        ]
    )
    assert [beat.period_s for beat in beats] == [pytest.approx(5.0), pytest.approx(30.0)]


@pytest.mark.parametrize(("first", "count"), [(206.5, 0), (206.501, 1)])
def test_a_silence_that_began_before_what_was_read_lasted_at_least_from_there(first: float, count: int) -> None:
    """Lines were read from 200 s on; a beat of 5 s that is due and 1.5 s late shows a silence from there."""
    found = _find(_lines(*BEATS, first, first + 5), windows=(0, 61, 200, 900))
    assert [one.silence_s for one in found] == [pytest.approx(first - 200)] * count


def test_a_process_that_starts_after_a_gap_was_not_silent_before() -> None:
    """Neither if it never wrote before, nor if it started anew."""
    assert _find(_lines(*(210.0 + beat for beat in BEATS)), windows=(0, 61, 200, 900)) == ()
    assert _find(_lines(*BEATS, 220.0, 225.0), windows=(0, 61, 200, 900), starts=(219.9,)) == ()


@pytest.mark.parametrize(
    ("start", "end", "stood"), [(61.0, 86.0, True), (59.6, 86.0, True), (59.4, 86.0, False), (61.0, 86.6, False)]
)
def test_a_standstill_spans_what_is_asked_for(start: float, end: float, stood: bool) -> None:
    """Lines up to 60 s and from 86 s on, half a second of grace at either end; a line in between is a sign of life."""
    (process,) = group_lines(_lines(*BEATS, 86.0, 91.0), [(ZERO, ZERO + 900)], {})
    assert (find_standstill(process, ZERO + start, ZERO + end) is not None) is stood
    (talking,) = group_lines(_lines(*BEATS, 70.0, 86.0), [(ZERO, ZERO + 900)], {})
    assert find_standstill(talking, ZERO + start, ZERO + end) is None


def test_a_standstill_that_began_before_what_was_read_is_known_from_there_on() -> None:
    """The last line of another stretch, half an hour before, is not where it began."""
    first = START.timestamp()
    windows = [(first, first + 10), (first + 1800, first + 1900)]
    (process,) = group_lines(_lines(1.0, 5.0, 1870.0, 1880.0), windows, {})
    found = find_standstill(process, first + 1840.0, first + 1870.0)
    assert found is not None
    assert (found.silence_s, len(found.evidence)) == (70.0, 1)


def test_a_start_sets_a_new_phase() -> None:
    """The beat before the start was due at 65 s; the new process writes its first one at 79 s, after a line at 68 s."""
    restarted = [*_lines(*BEATS, *(79.0 + beat for beat in BEATS)), *_lines(62.0, 68.0, template="banner")]
    assert _find(restarted, starts=(62.0,)) == ()
    assert len(_find(restarted)) == 1


@pytest.mark.parametrize(("outage", "count"), [((61.0, 87.0), 1), ((60.0, 86.0), 0)])
def test_a_gap_within_an_outage_is_no_silence(outage: tuple[float, float], count: int) -> None:
    """What a process writes may hang on its connection; a gap that began before the drop counts."""
    outages = {"worker1": [(ZERO + outage[0], ZERO + outage[1])]}
    processes = group_lines(_lines(*BEATS, 86.0, 91.0), [(ZERO, ZERO + 900)], {}, outages)
    assert len(find_silences(processes)) == count


@pytest.mark.parametrize(
    ("lines", "goes_on"),
    [
        ((*range(0, 100, 5),), True),
        ((*range(0, 45, 5), *range(58, 100, 5)), False),  # 18 s before the drop it had been silent for 18 s
        ((*range(0, 65, 5),), False),  # its last line stands just before the drop: the silence is open
        ((*range(45, 100, 5),), None),  # its log begins too late
        ((*range(0, 300, 18),), None),  # its beat is too slow to show 20 s
    ],
)
def test_a_pulse_goes_through_a_drop_or_not(lines: tuple[float, ...], *, goes_on: bool | None) -> None:
    """A line every 5 s up to 62 s and after it, from 20 s before; a gap, an end or a slow beat show no life."""
    (process,) = group_lines(_lines(*map(float, lines)), [(ZERO, ZERO + 900)], {})
    pulse = find_pulse(process)
    assert pulse is not None
    assert pulse.beats_through(ZERO + 62, 20.0) is goes_on


def test_what_was_not_read_shows_no_pulse() -> None:
    """The lines read begin 10 s before the drop, 20 s are asked for."""
    (process,) = group_lines(_lines(*map(float, range(0, 100, 5))), [(ZERO + 52, ZERO + 900)], {})
    pulse = find_pulse(process)
    assert pulse is not None
    assert pulse.beats_through(ZERO + 62, 20.0) is None


def test_random_lines_are_no_pulse() -> None:
    """Six lines at random instants keep no beat."""
    seconds = np.cumsum(np.random.default_rng(5).exponential(4, 6))
    (process,) = group_lines(_lines(*map(float, seconds)), [(ZERO, ZERO + 900)], {})
    assert find_pulse(process) is None


@pytest.mark.parametrize(("period_s", "first", "count"), [(40.0, 6.0, 1), (24.0, 14.0, 0)])
def test_a_slow_beat_vouches_for_no_shorter_gap(period_s: float, first: float, count: int) -> None:
    """A fast beat is missing until a slow one ends the gap in time: of 40 s it says nothing of 26, of 24 s it does."""
    fast = [*BEATS, *(86.5 + 5.0 * number for number in range(25))]
    slow = [first + period_s * number for number in range(int((206.0 - first) / period_s) + 1)]
    assert 86.0 in slow
    assert len(_find([*_lines(*fast), *_lines(*slow, template="slow")])) == count
