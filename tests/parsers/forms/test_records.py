"""What one line or object holds: records within wrappings, metadata behind messages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from logdiag.events import EventKind
from logdiag.parsers.forms.dialects import WRAPPINGS, Wrapping
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import CUT_OFF, decode_records, find_shape_fault, read_line, read_unstamped
from logdiag.reading import LogFile, find_log_files
from tests.folding import each
from tests.winston import BUILT_IN

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


def test_the_stamp_of_the_platform_is_taken_where_the_own_one_has_neither_zone_nor_fraction(tmp_path: Path) -> None:
    """Render's nanoseconds in UTC go before whole seconds of nobody knows where; a finer own stamp stays."""
    lines = [
        f"2026-04-29T23:47:{n}.812178407Z 2026-04-29 23:47:{n} [info] Disconnected from server" for n in range(10, 14)
    ]
    fine = [line.replace(" [info]", ".500Z [info]") for line in lines]
    laid = lay(tmp_path, coarse=lines, fine=fine)
    for name, rows, micros in (("coarse", lines, 812178), ("fine", fine, 500000)):
        moments = [moment for line in rows for moment, _ in decode_records(line.encode(), laid[name][1])]
        assert [moment.microsecond for moment in moments] == [micros] * 4, name


def test_an_error_that_was_written_out_behind_a_message_tells_of_the_end() -> None:
    """What has a stack beside its message is an error; what it says of the connection stands in no other words."""
    shown = '{"message":"Used disallowed intents","stack":"Error: Used disallowed intents\\\\n    at onClose"}'
    record = read_unstamped(f"Fehler beim Starten des Bots: {shown}")
    found = BUILT_IN.match(record.message, "bot", record.fields, "error")
    assert found is not None
    assert (found.kind, found.extracted["code"]) == (EventKind.DISCONNECTED, "4014")


def test_an_object_that_a_line_begins_is_not_cut_off(tmp_path: Path) -> None:
    """What Node shows of an error goes on over the lines below; in a log of JSON such a line is a piece."""
    text = [f"2025-11-14 16:25:5{n} error: socket gone" for n in range(5)]
    laid = lay(tmp_path, text=[*text, " {", "  errno: 'ECONNABORTED',", "}"], json=['{"a":1'])
    assert find_shape_fault(b"{", laid["text"][1]) is None
    assert list(read_line(b"{", laid["text"][1])) == []
    assert find_shape_fault(b'{"a"', laid["json"][1]) == CUT_OFF
