"""What loggers write around a message: its keys are fields of the line, and no words of what is said."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Final

from logdiag.merging.query import Query, open_chronicle
from logdiag.parsers.forms.contexts import BEFORE_MESSAGE, BESIDE_COLUMNS, Context, lift, open_context, read_lifted
from logdiag.parsers.forms.dialects import Record
from logdiag.parsers.forms.forms import find_layouts, read_alone
from logdiag.parsers.forms.records import decode_records
from logdiag.parsers.lexicon.messages import read_message
from logdiag.reading import Line, find_log_files, read_lines
from tests.folding import each


@each(("row",), [(row,) for row in BESIDE_COLUMNS], ids=[row.name for row in BESIDE_COLUMNS])
def test_metadata_among_the_columns_is_taken_out(row: Context) -> None:
    """Each row of the table reads its example, alone too."""
    text, said = lift(row.example)
    assert read_lifted(said) == row.fields
    assert text.endswith(row.message)
    (record,) = read_alone(row.example)
    assert (record.message, {key: record.fields[key] for key in row.fields}) == (row.message, row.fields)


@each(("row",), [(row,) for row in BEFORE_MESSAGE], ids=[row.name for row in BEFORE_MESSAGE])
def test_context_before_a_message_is_taken_off(row: Context) -> None:
    """Each row of the table reads its example."""
    opened = open_context(row.example)
    assert opened is not None
    assert (opened.message, opened.fields) == (row.message, row.fields)


def read_file(folder: Path, lines: list[str]) -> list[Record]:
    (folder / "app.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ((file, layout),) = find_layouts(find_log_files([str(folder)]).files).items()
    bare = [line.raw.strip() for line in read_lines(file) if isinstance(line, Line)]
    return [record for raw in bare if raw for _, record in decode_records(raw, layout)]


def test_lines_with_and_without_metadata_share_a_file(tmp_path: Path) -> None:
    """Phoenix writes `request_id` where there is a request, and no key where there is none."""
    lines = [
        f"2025-11-14 16:25:{second:02}.123 {'request_id=F2Kb pid=<0.9.0> ' if second % 3 == 0 else ''}[info] JOINED x"
        for second in range(30)
    ]
    found = read_file(tmp_path, lines)
    assert {(record.level, record.message) for record in found} == {("info", "JOINED x")}
    assert sum("erlang_pid" in record.fields for record in found) == 10


@each(
    ("message",),
    [
        ('emit {"a":1}: ok',), ('{"a":{"b":1}}: x',), ("x => y",), ("state: a => b:c",), ("closed: 1006",),
        ("std::exception",), ("[0] Client connected",), ("list[0] is empty",),
    ],
)  # fmt: skip
def test_messages_with_such_signs_stay_whole(message: str) -> None:
    """An object that is shown, an arrow between states, a list."""
    assert open_context(message) is None


def test_pairs_of_a_message_are_no_metadata() -> None:
    """They stay where they are: behind words, before a word, and an id in brackets before what happened to it."""
    for said in ("user=3 connected", "INFO hello {sid=1} gone", "INFO [id=7] connected", "user=3 ERROR_CODE"):
        assert lift(f"2025-11-14 16:25:52 {said}") == (f"2025-11-14 16:25:52 {said}", "")


def test_a_record_of_net_s_console_is_one_line(tmp_path: Path) -> None:
    """Level and category stand above the message, scopes between them; a stack below stays below."""
    lines = [
        "2025-11-14T16:25:52Z info: Chat.Hub[0]",
        "      => ConnectionId:0HMVB7 => RequestPath:/hub",
        "      Client connected",
        "2025-11-14T16:25:59Z fail: Chat.Hub[3]",
        "      Client disconnected",
        "      System.IO.IOException: gone",
    ]
    found = read_file(tmp_path, lines)
    assert [(record.level, record.service, record.message) for record in found] == [
        ("info", "Chat.Hub", "Client connected"),
        ("error", "Chat.Hub", "Client disconnected"),
    ]
    with open_chronicle(Query(paths=(str(tmp_path),))) as told:
        assert [entry.evidence.line for entry in told.entries][:2] == [1, 4]


CONNECTED: Final = "client connected"
PROGRAMS: Final = {
    "spans": "2025-11-14T16:25:{at:02}Z  INFO conn{{id={id} peer=10.0.0.7:510{id}}}: server::ws: {said}",
    "json spans": json.dumps(
        {"timestamp": "2025-11-14T16:25:{at:02}Z", "level": "INFO", "fields": {"message": "{said}"}, "target": "w::s",
         "spans": [{"name": "conn", "id": "{id}"}]}
    ).replace("{", "{{").replace("}", "}}").replace("{{at:02}}", "{at:02}").replace("{{said}}", "{said}")
    .replace("{{id}}", "{id}"),
    "scopes": "2025-11-14 16:25:{at:02} info: Chat.Hub[0] => ConnectionId:{id} => RequestPath:/hub {said}",
    "MDC": "2025-11-14 16:25:{at:02},001 [http-1] [sid={id}] INFO  c.e.Hub - {said}",
    "Elixir": "2025-11-14 16:25:{at:02}.001 request_id=F2Kb pid=<0.{id}.0> [info] {said}",
    "slog": 'time=2025-11-14T16:25:{at:02}Z level=INFO msg="{said}" conn={id}',
    "zap": '2025-11-14T16:25:{at:02}Z\tINFO\tws/hub.go:42\t{said}\t{{"conn": {id}}}',
}  # fmt: skip


@each(("form",), [(form,) for form in PROGRAMS.values()], ids=list(PROGRAMS))
def test_identity_stands_in_the_context(form: str) -> None:
    """What a span, a scope or a key calls the connection is its id."""
    (record,) = read_alone(form.format(at=1, id=17, said=CONNECTED))
    found = read_message(record.message, record.service, record.fields)
    assert found is not None
    assert (record.message, found.extracted["socket_id"].strip("0.")) == (CONNECTED, "17")


def test_hostile_lines_cost_no_more() -> None:
    """Neither brackets that do not close nor scopes without an end."""
    start_s = time.process_time()
    for text in ("a{" * 5000 + "}:", 'a{b="}:' * 3000, "=> a:b " * 3000 + "\n", "a:" * 5000 + "}:", "a::b" * 3000):
        open_context(text)
    for text in ("12:00:00 " + "a=b " * 3000, "12:00:00 [a=b" * 900, "12:00:00 " + "[a] " * 200 + "="):
        lift(text)
    assert time.process_time() - start_s < 0.5  # s of the processor: 0.005 on a slow one
