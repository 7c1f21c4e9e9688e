"""What neighbouring lines tell of stamps without a zone, and of clocks without a date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logdiag.merging.query import Query, open_chronicle
from logdiag.parsers.forms.forms import find_layouts
from logdiag.pipeline.stages import diagnose
from logdiag.reading import find_log_files
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.inputs import Inputs
from tests.folding import each

START = datetime(2025, 11, 14, 20, 0, tzinfo=UTC)
GONE = "client disconnected id={} reason=ping timeout"
HOUR = timedelta(hours=1)


def zoned(at: datetime, hours: float, said: str) -> str:
    """As gunicorn writes it."""
    sign = "-" if hours < 0 else "+"
    minutes = round(abs(hours) * 60)
    zone = f"{sign}{minutes // 60:02d}{minutes % 60:02d}"
    return f"[{at + hours * HOUR:%Y-%m-%d %H:%M:%S} {zone}] [812] [INFO] {said}"


def bare(at: datetime, hours: float, said: str) -> str:
    """As Python's logging writes it where the clock of the host is so far ahead of UTC."""
    return f"{at + hours * HOUR:%Y-%m-%d %H:%M:%S},120 INFO chat: {said}"


def interleave(hours: float, stated: float, *, count: int = 12, step_s: int = 20, late_s: int = 0) -> list[str]:
    """Lines of both kinds in turns."""
    rows = []
    for n in range(count):
        at = START + timedelta(seconds=step_s * n + late_s)
        rows.append(zoned(at, stated, f"Booting worker with pid: {n}"))
        rows.append(bare(at + timedelta(seconds=2), hours, GONE.format(f"till-{n}")))
    return rows


def read(folder: Path, lines: list[str], zone: str | None = None) -> Diagnosis:
    """The diagnosis of one file of such lines."""
    (folder / "app.log").write_text("\n".join(lines) + "\n")
    return diagnose(Request(paths=(str(folder),), zone=zone)).diagnosis


def clock_of(inputs: Inputs) -> str:
    return inputs.clock_assumption.partition(":")[0]


@each("hours", [8, 5.5, -5, -3.5, 13])
def test_stamps_without_a_zone_are_of_that_of_their_neighbours(hours: float, tmp_path: Path) -> None:
    """Where the order of the lines fits, and contradicts UTC; the account says so, and no zone is assumed."""
    found = read(tmp_path, interleave(hours, hours))
    assert found.inputs.start == START
    assert found.disconnects[0].time == START + timedelta(seconds=2, milliseconds=120)
    assert clock_of(found.inputs) == "mixed-neighbours"
    assert "zone-assumed" not in {one.id for one in found.findings}


def test_the_timeline_shows_them_in_order(tmp_path: Path) -> None:
    """Line by line, as the file has them."""
    (tmp_path / "app.log").write_text("\n".join(interleave(8, 8)) + "\n")
    with open_chronicle(Query((str(tmp_path),))) as chronicle:
        assert [entry.evidence.line for entry in chronicle.entries] == list(range(1, 25))


def test_a_zone_that_no_stamp_names_is_measured_by_the_order_of_lines(tmp_path: Path) -> None:
    """Stamps in UTC (`Z`) beside those of a local clock: only one zone brings them into order."""
    lines = [line.replace(" +0000", "Z") for line in interleave(-7, 0)]
    found = read(tmp_path, lines)
    assert found.inputs.start == START
    assert found.disconnects[0].time == START + timedelta(seconds=2, milliseconds=120)


@pytest.mark.parametrize(
    ("lines", "clock"),
    [
        (interleave(0, 8), "mixed"),
        (interleave(0, 0), "mixed"),
        (interleave(8, 8)[:6] + interleave(8, -5)[6:], "mixed-open"),
        (interleave(6, 8), "mixed-open"),
        ([*interleave(8, 8)[1::2], *interleave(8, 8, late_s=300)[::2]], "mixed-neighbours"),
        ([*interleave(0, 8, step_s=1800)[1::2], *interleave(0, 8, step_s=1800)[::2]], "mixed-open"),
    ],
    ids=["utc-beside-local", "all-utc", "two-zones", "none-fits", "blocks-that-meet", "logs-joined"],
)
def test_where_the_order_of_lines_shows_no_zone_utc_is_assumed(lines: list[str], clock: str, tmp_path: Path) -> None:
    """Lines that are in order as they are, several zones, a zone that does not fit, a file appended to another."""
    found = read(tmp_path, lines)
    assert clock_of(found.inputs) == clock
    assert ("zone-assumed" in {one.id for one in found.findings}) is (clock != "mixed-neighbours")


def test_a_zone_that_the_user_names_overrules_the_lines(tmp_path: Path) -> None:
    """`--tz` is taken at its word."""
    found = read(tmp_path, interleave(8, 8), zone="+02:00")
    assert found.inputs.clock_assumption == "mixed-stated:+02:00"
    assert found.disconnects[-1].time > START + 5 * HOUR


def notes(at: datetime, hours: float, number: int) -> list[str]:
    """A record in JSON with a date in UTC, and what a print with a local clock says beside it."""
    clock = at + hours * HOUR + timedelta(seconds=1)
    return [
        f'{{"ts": "{at:%Y-%m-%dT%H:%M:%S.%f}", "message": "request {number}", "latency_ms": 3107}}',
        f"[{clock:%H:%M:%S}]   audio started",
        f"[{clock:%H:%M:%S}] {GONE.format(f'till-{number}')}",
    ]


@each("hours", [0, -7, 5.5])
@each("step_h", [0.1, 5])
def test_clocks_take_the_day_of_the_line_before_them(hours: float, step_h: float, tmp_path: Path) -> None:
    """Over several days, too, and from a local clock beside dates in UTC."""
    times = [START + (n + n * n % 7 / 5) * step_h * HOUR for n in range(12)]  # no regular distance looks like a zone
    found = read(tmp_path, [line for n, at in enumerate(times) for line in notes(at, hours, n)])
    assert [one.time for one in found.disconnects] == [at + timedelta(seconds=1) for at in times]
    assert found.inputs.has_dates


def test_clocks_before_the_first_date_are_of_the_day_next_to_it(tmp_path: Path) -> None:
    """The head of a log may have none."""
    first = f"[{START - HOUR:%H:%M:%S}] {GONE.format('till-0')}"
    found = read(tmp_path, [first, *(line for n in range(12) for line in notes(START + n * 5 * HOUR, 0, n))])
    assert found.disconnects[0].time == START - HOUR


def test_clocks_that_fit_no_zone_are_of_no_day(tmp_path: Path) -> None:
    """Beside dates of several days they are skipped, with a reason, and given no day."""
    lines = [line for n in range(12) for line in notes(START + n * 7 * HOUR, n * 1.75, n)]
    (tmp_path / "app.log").write_text("\n".join(lines) + "\n")
    (layout,) = find_layouts(find_log_files([str(tmp_path)]).files).values()
    assert (layout.clock_shift, layout.hints.anchor, layout.is_date_guessed) == (None, None, False)
