"""Files of a second transport are joined with those that they repeat."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.exported import diagnose, list_rows, show


def test_what_a_second_transport_adds_is_counted_as_copies(tmp_path: Path) -> None:
    """All its lines are among those read, its events among the duplicates, its files under the process's one name."""
    rows = list_rows()
    late = [(at + timedelta(milliseconds=place % 3), said) for place, (at, said) in enumerate(rows)]
    for folder in ("app", "console"):
        (tmp_path / folder).mkdir()
    (tmp_path / "app" / "app.log").write_text("".join(f"{show(at)} INFO {said}\n" for at, said in rows))
    (tmp_path / "console" / "stdout.log").write_text("".join(f"[{show(at)}] [svc] info: {said}\n" for at, said in late))
    inputs = diagnose(tmp_path).inputs
    assert inputs.lines_count == 2 * len(rows)
    assert inputs.duplicates_count == 48
    assert len({file.connection for file in inputs.files}) == 1
