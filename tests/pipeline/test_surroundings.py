"""The lines around the disconnects: read whole where they are few, sampled where they are many, which is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from logdiag.ordering import build_timeline
from logdiag.pipeline.inputs import ReadLogs, measure_extent, read_inputs
from logdiag.pipeline.processes import confirm_silences, measure_silences
from logdiag.pipeline.stages import diagnose
from logdiag.pipeline.surroundings import (
    MOST_SAMPLED,
    MOST_SAMPLED_LINES,
    NEIGHBOURHOOD,
    Surroundings,
    read_surroundings,
)
from logdiag.reading import find_log_files
from logdiag.request import Request
from logdiag.results.connections import Silence
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows
from logdiag.scanning.cells import Window, estimate_lines, list_cells, merge_windows
from tests.winston import at, connect, drop, record, write

pytestmark = pytest.mark.xdist_group("busy")  # one busy log for all

PERIOD_S: Final = 30
OUTAGE_S: Final = 1.0
LEAD_S: Final = 0.01
TICKS_A_SECOND: Final = 50
UNKNOWN: Final = "snapshot handed over"


class Busy(NamedTuple):
    """A log, what was read of it, and what was said of it."""

    reading: ReadLogs
    frame: Rows
    diagnosis: Diagnosis

    def surround(self, most_lines: int) -> Surroundings:
        drops = self.diagnosis.disconnects
        return read_surroundings(self.reading, self.frame, drops, Window(*measure_extent(self.reading)), most_lines)

    def estimate(self) -> float:
        """About how many lines stand within 75 s of the disconnects."""
        moments = [drop.time for drop in self.diagnosis.disconnects]
        windows = merge_windows(Window(moment - NEIGHBOURHOOD, moment + NEIGHBOURHOOD) for moment in moments)
        return estimate_lines([cell for scan in self.reading.scans for cell in list_cells(scan)], windows)


def write_busy(folder: Path, drops_count: int) -> list[float]:
    """A client that drops every 30 s, 10 ms after a line that no rule knows, beside 50 lines a second.

    Returns the seconds of those lines that no rule knows.
    """
    beats = [PERIOD_S * (number + 1) + number * 37 % 101 / 1e3 for number in range(drops_count)]
    client = [connect(0)] + [line for beat in beats for line in (drop(beat), connect(beat + OUTAGE_S))]
    write(folder / "worker1" / "socket-client.log", client)
    ticks = [number / TICKS_A_SECOND for number in range(int((beats[-1] + 5) * TICKS_A_SECOND))]
    lines = [(tick, f"tick {number}") for number, tick in enumerate(ticks)]
    lines += [(beat - LEAD_S, UNKNOWN) for beat in beats]
    write(folder / "worker1" / "bridge.log", (record(at(second), text) for second, text in sorted(lines)))
    return sorted(second for second, _ in lines)


def read(folder: Path) -> ReadLogs:
    return read_inputs(Request((str(folder),)), find_log_files([str(folder)]))


@pytest.fixture(scope="module")
def unknown_s() -> list[float]:
    return []


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, unknown_s: list[float]) -> Busy:
    """Forty drops among 60,000 lines: more than are read whole."""
    folder = tmp_path_factory.mktemp("busy")
    unknown_s += write_busy(folder, 40)
    reading = read(folder)
    return Busy(reading, build_timeline(reading.events()).rows, diagnose(Request((str(folder),))).diagnosis)


def count_within(seconds: Sequence[float], windows: Sequence[Window]) -> int:
    return sum(any(window.start <= at(second) <= window.end for window in windows) for second in seconds)


def test_few_lines_are_read_whole(tmp_path: Path) -> None:
    """Every line within 75 s of a disconnect is there, known to a rule or not, and no report speaks of a sample."""
    unknown = write_busy(tmp_path, 3)
    result = diagnose(Request((str(tmp_path),)))
    reading = read(tmp_path)
    frame = build_timeline(reading.events()).rows
    near = read_surroundings(reading, frame, result.diagnosis.disconnects, Window(*measure_extent(reading)))
    assert near.sample is None
    assert near.sampling is None
    assert sum(line.service == "bridge" for line in near.lines) == count_within(unknown, near.windows) > 0
    assert result.diagnosis.inputs.sampling is None
    assert "sampled-surroundings" not in {finding.id for finding in result.diagnosis.findings}


def test_sampling_begins_beyond_the_limit(busy: Busy) -> None:
    """As many lines as may be read are read whole; with one line more, or a limit one lower, they are sampled."""
    estimate = busy.estimate()
    assert busy.surround(int(estimate) + 1).sample is None
    assert busy.surround(int(estimate) - 1).sample is not None


def test_a_sample_holds_every_line_of_its_stretches(busy: Busy, unknown_s: list[float]) -> None:
    """What is told apart is where was looked, not what was seen there; the whole log has the lines of the rules."""
    near = busy.surround(1000)
    assert near.sample is not None
    assert len(near.lines) == len(busy.frame)
    assert near.windows == (Window(*measure_extent(busy.reading)),)
    found = [line for line in near.sample.lines if line.service == "bridge"]
    assert len(found) == count_within(unknown_s, near.sample.windows)
    assert len(near.sample.lines) <= MOST_SAMPLED_LINES * 1.1
    assert near.sampling is not None
    assert near.sampling.stretches_count == len(near.sample.windows)
    assert near.sampling.stretches_s == pytest.approx(sum(end - start for start, end in near.sample.windows_s))
    assert near.sampling.lines_count == len(near.sample.lines)


def test_a_sample_looks_at_disconnects_and_between_them(busy: Busy) -> None:
    """About as many moments without a disconnect are read as with one: without them nothing could be compared."""
    near = busy.surround(1000)
    assert near.sample is not None
    moments = [drop.time for drop in busy.diagnosis.disconnects]
    bare = [
        window for window in near.sample.windows if not any(window.start <= moment <= window.end for moment in moments)
    ]
    assert 0 < len(bare) < len(near.sample.windows) <= 2 * MOST_SAMPLED


def test_a_sample_finds_what_no_rule_knows(busy: Busy) -> None:
    """A line without a rule that comes before each disconnect is found by the sample, as it is by reading all."""
    assert busy.estimate() > 40_000
    (trigger,) = busy.diagnosis.triggers
    assert (trigger.template, trigger.role) == (UNKNOWN, "trigger")
    assert trigger.lag_ms.median == pytest.approx(LEAD_S * 1e3, abs=1)
    assert trigger.preceded_count == trigger.of_count < len(busy.diagnosis.disconnects)


def test_a_report_says_that_lines_were_sampled(busy: Busy) -> None:
    """The account of the inputs and a finding tell how much was read; a caveat is no fault."""
    sampling = busy.diagnosis.inputs.sampling
    assert sampling is not None
    (finding,) = (one for one in busy.diagnosis.findings if one.id == "sampled-surroundings")
    assert finding.severity == "info"
    assert finding.numbers == {
        "stretches_count": sampling.stretches_count,
        "stretches_s": sampling.stretches_s,
        "lines_count": sampling.lines_count,
    }


def silence(start_s: float, end_s: float, connection: str = "worker1") -> Silence:
    return Silence(connection, at(start_s), at(end_s), end_s - start_s, True, (Evidence("x.log", 1),))


def test_silences_of_known_lines_are_held_against_all_lines(tmp_path: Path) -> None:
    """A silence that only the lines of the rules show falls if a line of that process stands within it."""
    write(tmp_path / "worker1" / "socket-client.log", [connect(0), drop(100), connect(101)])
    write(tmp_path / "worker1" / "bridge.log", [record(at(second), "tick") for second in (0, 20, 50, 90, 101)])
    write(tmp_path / "worker2" / "bridge.log", [record(at(second), "tick") for second in (0, 25, 101)])
    reading = read(tmp_path)
    windows = (Window(at(0), at(101)),)
    whole = Surroundings((), windows)
    sampled = Surroundings((), windows, whole)
    broken, kept = silence(10, 30), silence(20, 50)
    other = silence(26, 100, "worker2")
    assert confirm_silences(reading, [broken, kept, other], sampled) == (kept, other)
    assert confirm_silences(reading, [broken, kept, other], whole) == (broken, kept, other)


def test_a_silence_that_began_before_what_was_read_counts_from_its_last_line(tmp_path: Path) -> None:
    """At the edge of the stretch around a drop nothing was written: the last line of any of its files stands before."""
    write(tmp_path / "worker1" / "socket-client.log", [connect(0), drop(1000), connect(1001)])
    write(tmp_path / "worker1" / "bridge.log", [record(at(second), "tick") for second in (0, 20, 100, 990)])
    write(tmp_path / "worker2" / "bridge.log", [record(at(second), "tick") for second in (0, 500)])
    near = Surroundings((), (Window(at(925), at(1075)),))
    cut, whole = silence(925, 990), silence(930, 990)
    found, kept = measure_silences(read(tmp_path), [cut, whole], near)
    assert (found.start, found.end, found.silence_s) == (at(100), at(990), 890.0)
    assert [(place.file, place.line) for place in found.evidence] == [
        (str(tmp_path / "worker1" / "bridge.log"), 3),
        ("x.log", 1),
    ]
    assert kept == whole
    assert measure_silences(read(tmp_path), [silence(925, 990, "worker3")], near) == (silence(925, 990, "worker3"),)


def test_failed_connects_of_who_never_got_in_are_quoted(tmp_path: Path) -> None:
    """The first line of each kind, as it stands in the file; what a client met that does connect is not."""
    refused = "Connection error: xhr poll error"
    lines = [
        record(at(second), text, "error") for second, text in ((0, refused), (5, refused), (9, "Connection error: x"))
    ]
    write(tmp_path / "worker1" / "socket-client.log", lines)
    write(
        tmp_path / "worker2" / "socket-client.log", [record(at(1), refused, "error"), connect(2), drop(9), connect(10)]
    )
    failures = diagnose(Request((str(tmp_path),))).diagnosis.connect_failures
    assert {(one.never_connected, one.count, one.quote) for one in failures} == {
        (True, 2, lines[0]),
        (True, 1, lines[2]),
        (False, 1, None),
    }
