"""One process's files, of which one names its zone and the other stands in the same local time without."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.finding_ids import FOLDER_ZONES
from tests.folding import each
from tests.winston import write


@each(
    ("first_hour", "zone", "expected"),
    [("08", "+0100", "+01:00"), ("08", "-0330", "-03:30"), ("09", "+0100", None), ("08", "+0000", None)],
)
def test_files_that_begin_and_end_together_but_for_a_zone_are_told(
    tmp_path: Path, first_hour: str, zone: str, expected: str | None
) -> None:
    """The zone that brings both together is named; where they cover other times, or no time lies between, none is."""
    folder = tmp_path / f"{first_hour}{zone}"
    own = [f"2026-02-18 08:{minute:02}:02.241 INFO Client connected: a{minute:02}" for minute in range(60)]
    write(folder / "app" / "service.log", own)
    write(
        folder / "app" / "gc.log",
        [f"[2026-02-18T{first_hour}:{minute:02}:01.885{zone}][info][gc] Pause Young {minute}" for minute in range(60)],
    )
    found = diagnose(Request((str(folder),))).diagnosis.findings
    assert [one.numbers["tz"] for one in found if one.id == FOLDER_ZONES] == ([] if expected is None else [expected])
