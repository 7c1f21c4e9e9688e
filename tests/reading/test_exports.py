"""What log platforms hand out as tables and query answers is read like the logs that it was taken from."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logdiag.parsers.forms.forms import find_layouts, read_alone
from logdiag.parsers.forms.records import decode_records
from logdiag.reading import find_log_files, read_lines
from logdiag.reading.exports import EXPORTS, Export, begins_export, lay_out_export
from logdiag.reading.lines import Line
from logdiag.times.stamps import parse_timestamp
from tests.exported import diagnose, list_rows, show
from tests.folding import each

MOMENT = datetime(2025, 11, 14, 16, 25, 52, 756000, tzinfo=UTC)


def read(path: Path) -> list[tuple[int, datetime, str]]:
    """(line, instant, message) of every record below a path."""
    (file,) = find_log_files([str(path)]).files
    layout = find_layouts([file])[file]
    lines = [line for line in read_lines(file) if isinstance(line, Line) and line.raw.strip()]
    return [
        (line.number, moment, record.message)
        for line in lines
        for moment, record in decode_records(line.raw.strip(), layout)
    ]


@each("row", EXPORTS)
def test_every_example_is_one_record_with_its_time_and_message(row: Export) -> None:
    """The header and the row that each platform's entry shows are one record, on the line of the row."""
    example = row.example
    assert begins_export(example.encode())
    laid_out = lay_out_export(example)
    assert laid_out is not None
    assert laid_out.count("\n") == example.count("\n")
    assert laid_out.split("\n")[1].startswith("{")
    (record,) = read_alone(laid_out.strip())
    assert parse_timestamp(record.stamp) == MOMENT
    assert record.message == "Client disconnected: transport close"


WRITERS: dict[str, Callable[[datetime, str], str]] = {
    "events.csv": lambda at, said: f"{show(at)},web/1,{said}",
    "console.csv": lambda at, said: f'{round(at.timestamp() * 1000)},"{said}\n"',
    "discover.csv": lambda at, said: f'"{at.strftime("%b %-d, %Y @ %H:%M:%S.%f")[:-3]}",warn,"{said}"',
    "grid.tsv": lambda at, said: f"{at.isoformat()}\t{said}",
    "inner.csv": lambda at, said: (
        f'{show(at)},"{json.dumps({"ts": at.isoformat(), "level": "info", "msg": said})}"'.replace('"', '""').replace(
            ',""', ',"', 1
        )[:-1]
    ),
}
HEADERS = {
    "events.csv": "@timestamp,@logStream,@message",
    "console.csv": "timestamp,message",
    "discover.csv": '"@timestamp",log.level,message',
    "grid.tsv": "TimeGenerated [UTC]\tMessage",
    "inner.csv": "@timestamp,@message",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(WRITERS))
@pytest.mark.parametrize("is_newest_first", [False, True])
def test_an_export_tells_what_its_log_told(tmp_path: Path, name: str, is_newest_first: bool) -> None:
    """As many ends as the text log has, at the same age, in each platform's form and in both orders."""
    rows = list_rows()
    ordered = rows[::-1] if is_newest_first else rows
    text = "\n".join([HEADERS[name], *(WRITERS[name](*row) for row in ordered)]) + "\n"
    (tmp_path / name).write_text(text)
    found = diagnose(tmp_path)
    assert found.inputs.skipped_count == 0
    assert len(found.disconnects) == 24
    assert sorted((moment, said) for _, moment, said in read(tmp_path)) == rows


def test_a_record_stands_on_the_line_where_it_begins(tmp_path: Path) -> None:
    """Cells with line ends and doubled quotes take several lines; the place of a record is the first of them."""
    (tmp_path / "logs.csv").write_text(
        'timestamp,level,message\r\n2025-03-03T08:00:00Z,error,"boom ""x""\n  at f (a.js:1)\n  at g"\r\n'
        "2025-03-03T08:00:01Z,info,socket closed\r\n"
    )
    got = [(line, said) for line, _, said in read(tmp_path)]
    assert got == [(2, 'boom "x"\n  at f (a.js:1)\n  at g'), (5, "socket closed")]


def test_a_message_may_have_the_delimiter_unquoted(tmp_path: Path) -> None:
    """Loggers that join columns quote nothing: what follows the last column's beginning is the message."""
    (tmp_path / "app.csv").write_text("time,level,msg\n2025-03-03T08:00:00Z,warn,socket closed, code 1006, gone\n")
    assert read(tmp_path)[0][2] == "socket closed, code 1006, gone"


def test_a_cell_that_is_never_closed_does_not_swallow_the_file(tmp_path: Path) -> None:
    """Past the longest cell the lines are skipped, and reading goes on behind them."""
    filler = "x" * 997 + "\n"
    text = f'timestamp,message\n2025-03-03T08:00:00Z,socket closed\n2025-03-03T08:00:01Z,"open {filler * 140}'
    (tmp_path / "app.csv").write_text(f"{text}2025-03-03T08:00:02Z,socket closed\n")
    laid_out = lay_out_export((tmp_path / "app.csv").read_text())
    assert laid_out is not None
    assert laid_out.count("\n") == text.count("\n") + 1
    assert '"2025-03-03T08:00:02Z"' in laid_out


def answer_of_loki(rows: list[tuple[datetime, str]]) -> dict[str, object]:
    values = [[str(round(at.timestamp() * 1e3) * 1_000_000), said] for at, said in rows[::-1]]
    streams = [{"stream": {"app": "hub", "pod": f"hub-{n}"}, "values": values[n::1][:36]} for n in (0, 36)]
    return {"status": "success", "data": {"resultType": "streams", "result": streams, "stats": {"lines": 72}}}


@pytest.mark.parametrize("indent", [None, 1])
def test_the_answer_of_loki_is_a_log(tmp_path: Path, indent: int | None) -> None:
    """Each pair of nanoseconds and line is a record of its stream's pod, at the line where the pair begins."""
    rows = list_rows()
    text = json.dumps(answer_of_loki(rows), indent=indent)
    (tmp_path / "answer.json").write_text(text)
    got = read(tmp_path)
    assert sorted((moment, said) for _, moment, said in got) == rows
    shown = text.split("\n")
    assert all(json.dumps(said) in "".join(shown[line - 1 : line + 2]) for line, _, said in got)
    assert len(diagnose(tmp_path).disconnects) == 24


NO_LOGS = {
    "prices.csv": "time,line,value\n" + "2025-03-03 08:00:00,7,3.5\n" * 5,
    "load.csv": "timestamp,cpu,memory\n" + "2025-03-03T08:00:00Z,3,5\n" * 5,
    "chat.csv": "AuthorID,Author,Date,Content,Attachments,Reactions\n"
    + '7,ann,2025-03-03 08:00:00,"socket disconnected again",,\n' * 5,
    "commits.csv": "commit,author,date,message\n" + "3fa9c,ann,2025-03-03 08:00:00,socket disconnected\n" * 5,
    "empty.csv": "timestamp,message\n",
    "door.csv": "zeit,tuer\n" + "2025-03-03 08:00:00,zu\n" * 5,
}


@pytest.mark.parametrize("name", sorted(NO_LOGS))
def test_other_tables_are_no_logs(tmp_path: Path, name: str) -> None:
    """Numbers, what people write to each other, commits and a header alone are left alone."""
    (tmp_path / name).write_text(NO_LOGS[name])
    assert find_log_files([str(tmp_path)]).files == ()


def test_a_python_stamp_with_a_comma_is_no_cell() -> None:
    """Milliseconds behind a comma would be taken for a column: such a text is read line by line, as ever."""
    text = "asctime,levelname,message\n" + "2025-03-03 08:00:00,123,INFO,socket closed\n" * 4
    assert not begins_export(text.encode())


TABLES = {
    "without-header.tsv": "{number}\t{at}\t{at}\t42\tweb\t192.0.2.7\tUser\tInfo\thub\t{said}",
    "other-names.csv": '"{at}","{said}"',
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_with_other_names_is_a_log_by_its_values(tmp_path: Path, name: str) -> None:
    """Instants and sentences, with a level or nothing beside them, are a log's, whatever the columns are called."""
    lines = [TABLES[name].format(at=f"{show(at)[:19]}", said=said, number=7) for at, said in list_rows()]
    header = ["zeitpunkt,meldung"] if name.endswith("csv") else []
    (tmp_path / name).write_text("\n".join([*header, *lines]) + "\n")
    assert len(diagnose(tmp_path).disconnects) == 24


def test_a_table_with_times_that_is_no_log_is_named(tmp_path: Path) -> None:
    """It may hold what decides: the report names it, and says that naming it has it read."""
    rows = "".join(f"{show(at)},{said}\n" for at, said in list_rows())
    (tmp_path / "app.log").write_text(rows.replace(",", " "))
    (tmp_path / "load.csv").write_text("zeit,last\n" + "2025-03-03 08:00:00,3\n" * 5)
    found = diagnose(tmp_path)
    assert [(Path(file.path).name, file.why) for file in found.inputs.unread] == [("load.csv", "table")]
