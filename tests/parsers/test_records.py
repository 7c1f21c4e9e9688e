"""What one line or object holds: records within wrappings, metadata behind messages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from logdiag.parsers.dialects import WRAPPINGS, Wrapping
from logdiag.parsers.forms import find_layouts
from logdiag.parsers.layouts import Layout
from logdiag.parsers.records import decode_records, read_line
from logdiag.reading import LogFile, find_log_files
from tests.folding import each

SAID = "Connected to master"


def lay(folder: Path, **files: list[str]) -> dict[str, tuple[LogFile, Layout]]:
    """Write `name=lines` as `name.log` and find their layouts."""
    for name, lines in files.items():
        (folder / f"{name}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = find_layouts(find_log_files([str(folder)]).files)
    return {Path(file.path).stem: (file, layout) for file, layout in found.items()}


@each("row", WRAPPINGS, ids=lambda row: row.name)
def test_wrappings_are_opened(row: Wrapping) -> None:
    """The example of each row has one record that says so, with its time."""
    ((moment, record),) = decode_records(row.example.encode())
    assert record.message == SAID
    assert moment == datetime(2025, 11, 14, 16, 25, 52, 756_000, tzinfo=UTC)


def test_metadata_behind_a_message_are_fields(tmp_path: Path) -> None:
    """JSON and what util.inspect writes leave the message; pairs stay in it."""
    tails = ['{"reason":"transport close"}', "{ reason: 'transport close' }", 'reason="transport close"']
    lines = [f"2025-11-14 16:25:52 info: gone {tail}" for tail in tails]
    _, layout = lay(tmp_path, x=lines)["x"]
    found = [record for line in lines for record in read_line(line.encode(), layout)]
    assert [record.fields.get("reason") for record in found] == ["transport close"] * 3
    assert [record.message for record in found] == ["gone", "gone", 'gone reason="transport close"']
