"""Services that fell silent while the rest of their process wrote on."""

from __future__ import annotations

import math

import pytest

from logdiag.analyzers.silences.process_silences import ProcessLine, find_silences, group_lines
from logdiag.analyzers.silences.service_silences import find_file_silences
from logdiag.results.connections import Silence
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import START

ZERO = START.timestamp()
TICKS = [5.0 * number for number in range(25)]
TALK = [0.7 + 2.3 * number for number in range(120)]


def _lines(service: str, *seconds: float, template: str | None = "beat") -> list[ProcessLine]:
    return [
        ProcessLine(ZERO + second, "worker1", service, template, (f"worker1/{service}.log", number))
        for number, second in enumerate(seconds, 1)
    ]


def _find(
    lines: list[ProcessLine],
    *,
    start_s: float | None = None,
    outage: tuple[float, float] | None = None,
    read_s: float = 900.0,
) -> tuple[Silence, ...]:
    starts = {} if start_s is None else {"worker1": [ZERO + start_s]}
    outages = {} if outage is None else {"worker1": [(ZERO + outage[0], ZERO + outage[1])]}
    return find_file_silences(group_lines(lines, [(ZERO, ZERO + read_s)], starts, outages))


def test_a_timer_that_stops_while_its_process_writes_on_is_a_silence_of_its_file() -> None:
    """`sync` ticks every 5 s, pauses from 120 to 150 s; `talk` goes on: one gap, of that file alone."""
    lines = [*_lines("sync", *TICKS, 150.0, 155.0), *_lines("talk", *TALK, template="noise")]
    (one,) = _find(lines)
    assert (one.connection, one.silence_s, one.whole_process) == ("worker1", 30.0, False)
    assert one.evidence == (Evidence("worker1/sync.log", 25), Evidence("worker1/sync.log", 26))
    assert find_silences(group_lines(lines, [(ZERO, ZERO + 900)], {})) == ()


@pytest.mark.parametrize(("next_s", "count"), [(134.999, 0), (135.0, 1)])
def test_three_beats_must_be_missing(next_s: float, count: int) -> None:
    """A 5 s beat that comes after less than 15 s is late, no more."""
    lines = [*_lines("sync", *TICKS, next_s, next_s + 5), *_lines("talk", *TALK, template="noise")]
    assert len(_find(lines)) == count


def test_other_lines_of_the_service_break_the_silence() -> None:
    """The file still grows."""
    lines = [*_lines("sync", *TICKS, 150.0, 155.0), *_lines("sync", 128.0, 139.0, template="other")]
    assert _find([*lines, *_lines("talk", *TALK, template="noise")]) == ()


def test_a_freeze_of_the_whole_process_is_none_of_a_file() -> None:
    """Where nothing else was written for half of the gap, the process may have stood still."""
    quiet = [second for second in TALK if not 121 < second < 136]
    assert _find([*_lines("sync", *TICKS, 150.0, 155.0), *_lines("talk", *quiet, template="noise")]) == ()


@pytest.mark.parametrize("outage", [(100.0, 121.0), (130.0, 131.0), (149.0, math.inf)])
def test_an_outage_excuses_the_gap(outage: tuple[float, float]) -> None:
    """What a service writes may hang on the connection."""
    lines = [*_lines("sync", *TICKS, 150.0, 155.0), *_lines("talk", *TALK, template="noise")]
    assert _find(lines, outage=outage) == ()
    assert len(_find(lines, outage=(10.0, 20.0))) == 1


def test_a_start_or_unread_lines_excuse_the_gap() -> None:
    """The process began anew, or nobody looked."""
    lines = [*_lines("sync", *TICKS, 150.0, 155.0), *_lines("talk", *TALK, template="noise")]
    assert _find(lines, start_s=140.0) == ()
    assert _find(lines, read_s=149.0) == ()


def test_a_service_without_a_strict_beat_cannot_be_judged() -> None:
    """Nine gaps in ten must be alike, and ten lines must show it; what the other side drives is no beat."""
    talk = _lines("talk", *TALK, template="noise")
    assert _find([*_lines("sync", *TICKS[-9:], 150.0), *talk]) == ()
    assert _find([*_lines("sync", *(second for second in TICKS if second % 20), 150.0), *talk]) == ()
    assert _find([*_lines("sync", *TICKS, 150.0, 155.0, template=None), *talk]) == ()
