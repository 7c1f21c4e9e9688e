"""Lines passed over by filters: what is told is what a plain reading tells."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.events import EventKind
from logdiag.merging.entries import Account, Entry
from logdiag.merging.narrowing import find_text
from logdiag.merging.query import Query, open_chronicle
from logdiag.reading import BLOCK_BYTES
from tests.effort import examples
from tests.folding import each

pytestmark = pytest.mark.xdist_group("narrowing")  # the whole timeline is told once

START = datetime(2025, 11, 14, 16, tzinfo=UTC)
MESSAGES = (
    "Connected to master (socket ID: {n})",
    "Disconnected from master: transport close",
    "cache hit {n}",
    "Push failed: \u6d88\u606f {n} transport",
    'said "TRANSPORT" {n}',
)


def write_logs(folder: Path, lines_count: int, seed: int = 1) -> None:
    """Three files whose lines are a little out of order, some of them broken; one of text, one compressed."""
    chance = random.Random(seed)  # noqa: S311  not for secrets
    rows: list[tuple[datetime, str]] = []
    for number in range(lines_count):
        moment = START + timedelta(seconds=2 * number + chance.uniform(-0.9, 0.9))
        rows.append((moment, chance.choice(MESSAGES).format(n=number) + " " + "x" * chance.randrange(1_000)))
    lines = [
        json.dumps({"timestamp": f"{moment:%FT%T.%fZ}", "message": message}, ensure_ascii=chance.random() < 0.1)
        for moment, message in rows
    ]
    for place in range(7, len(lines), 97):
        lines[place] = chance.choice(["not json", '{"cut', "", '{"message":"Disconnected: no stamp"}'])
    (folder / "a.log").write_text("\n".join(lines[::3]) + "\n", encoding="utf-8")
    (folder / "b.log.gz").write_bytes(gzip.compress("\n".join(lines[1::3]).encode()))
    text = [f"{moment:%F %T}.{moment.microsecond // 1000:03} INFO {message}" for moment, message in rows[2::3]]
    (folder / "c.log").write_text("\n".join(text) + "\n", encoding="utf-8")


def tell(folder: Path, **filters: Any) -> tuple[list[Entry], Account]:
    """The entries without what depends on the lines beside them, and the account."""
    with open_chronicle(Query(paths=(str(folder),), **filters)) as told:
        entries = [replace(entry, order_unknown=False) for entry in told.entries]
        return entries, told.account


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of more than one block each."""
    folder = tmp_path_factory.mktemp("logs")
    write_logs(folder, 2_400)
    assert (folder / "a.log").stat().st_size > BLOCK_BYTES
    return folder


@pytest.fixture(scope="module")
def everything(logs: Path) -> tuple[list[Entry], Account]:
    """What is told without a filter."""
    return tell(logs)


def between(since: str, until: str) -> Callable[[Entry], bool]:
    """Whether an entry lies between two clock times of the day, ends included."""
    return lambda entry: since <= f"{entry.time:%H:%M:%S.%f}" <= until


CASES: dict[str, tuple[dict[str, Any], Callable[[Entry], bool]]] = {
    "events": ({"events_only": True}, lambda entry: entry.kind is not None),
    "kind": ({"kinds": (EventKind.DISCONNECTED,)}, lambda entry: entry.kind == "disconnected"),
    "window": ({"since": "16:20", "until": "16:25:30"}, between("16:20", "16:25:30.000000")),
    "moment": ({"around": "17:00:00/3s"}, between("16:59:57", "17:00:03.000000")),
    "beginning": ({"until": "16:00:20"}, between("", "16:00:20.000000")),
    "text": ({"grep": "transport"}, lambda entry: "transport" in entry.message),
    "any case": ({"grep": "(?i)transport"}, lambda entry: "transport" in entry.message.lower()),
    "number": ({"grep": "\u6d88\u606f 1?23"}, lambda entry: re.search("\u6d88\u606f 1?23", entry.message) is not None),
    "either": ({"grep": "hit|miss"}, lambda entry: "hit" in entry.message),
    "both": (
        {"grep": "cache hit [0-9]+ x+$", "since": "16:20", "until": "17:00"},
        lambda entry: (
            between("16:20", "17:00:00.000000")(entry) and re.search("cache hit [0-9]+ x+$", entry.message) is not None
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_filters_keep_what_a_plain_reading_keeps(
    name: str, logs: Path, everything: tuple[list[Entry], Account]
) -> None:
    """Whatever is passed over undecoded, the entries are those of the whole timeline that the filter lets through."""
    filters, is_meant = CASES[name]
    told, account = tell(logs, **filters)
    assert told == [entry for entry in everything[0] if is_meant(entry)]
    assert told
    assert account.lines_count == everything[1].lines_count
    assert account.skipped["not a JSON object"] == everything[1].skipped["not a JSON object"]


@examples(40, long_count=2000)
@given(
    st.lists(
        st.sampled_from(
            ["transport", "ab", "\\d+", "(close|open)", "(?:timeout)+", "x?", "[abc]", "\u65ad\u5f00", '"', "ß", "k"]
        ),
        min_size=1,
        max_size=5,
    ),
    st.booleans(),
    st.data(),
)
def test_no_match_without_the_text(parts: list[str], ignores_case: bool, data: st.DataObject) -> None:
    """Whatever an expression matches holds the text that is looked for before the line is decoded."""
    pattern = re.compile("".join(parts), re.IGNORECASE if ignores_case else 0)
    message = data.draw(st.from_regex(pattern))
    text = find_text(pattern)
    line = json.dumps(message, ensure_ascii=False).encode()
    assert text is None or text.find(bytearray(line), 0, len(line)) < len(line)


@each(
    ("expression", "text"),
    [
        ("transport close", b"transport close"),
        ("sockets .* closed", b"sockets "),
        ("(abc)?def", b"def"),
        ("a|transport", None),
        ("(?i)disk full", b" full"),
        ("x{3}", None),
        ('id "42"', b"id "),
        ("(?!transport)", None),
    ],
)
def test_what_is_looked_for(expression: str, text: bytes | None) -> None:
    """The longest run of characters that every match has, where JSON writes it in one way alone."""
    found = find_text(re.compile(expression))
    assert (None if found is None else found.raw) == text


def colour(number: int) -> str:
    return (
        f"{START + timedelta(seconds=number):%F %T} \x1b[32mINFO\x1b[0m client \x1b[31mabc\x1b[0m disconnected {number}"
    )


def list_bytes(number: int) -> str:
    """As journald exports a message that has control characters."""
    message = list(f"\x07client abc disconnected {number}".encode())
    return json.dumps({"__REALTIME_TIMESTAMP": f"{1763136000 + number}000000", "MESSAGE": message})


def fill_in(number: int) -> str:
    return json.dumps(
        {"@t": f"{START + timedelta(seconds=number):%FT%TZ}", "@mt": "client {Id} {What} {n}", "Id": "abc"}
        | {"What": "disconnected", "n": number}
    )


@pytest.mark.parametrize("write", [colour, list_bytes, fill_in])
def test_words_that_no_line_holds_in_a_row_are_found(write: Callable[[int], str], tmp_path: Path) -> None:
    """Colours, lists of bytes and templates hide in the file what the message says; a filter finds it all the same."""
    (tmp_path / "a.log").write_text("\n".join(map(write, range(9))) + "\n", encoding="utf-8")
    told, _ = tell(tmp_path, grep="(?i)ABC disconnected [3-5]")
    assert [entry.message[-1] for entry in told] == ["3", "4", "5"]
    assert tell(tmp_path, kinds=(EventKind.SERVER_DISCONNECTED, EventKind.DISCONNECTED))[0] == tell(tmp_path)[0]


@pytest.mark.parametrize("lines_count", [50, 3_000], ids=["in one block", "in many"])
def test_window_finds_both_of_two_logs_that_were_joined(lines_count: int, tmp_path: Path) -> None:
    """Where time begins anew within a file, what lies behind is told as well as what lies before."""
    times = [START + timedelta(seconds=number) for number in range(lines_count)]
    lines = [json.dumps({"timestamp": f"{time:%FT%TZ}", "message": "x" * 400}) for time in times]
    lines[7] = lines[7].replace("xxx", "Disconnected from master")
    (tmp_path / "a.log").write_text("\n".join([*lines, *lines, *lines[: lines_count // 2]]) + "\n", encoding="utf-8")
    told, _ = tell(tmp_path, around="16:00:20/2s")
    assert sorted(f"{entry.time:%S}" for entry in told) == [f"{second}" for second in range(18, 23) for _ in range(3)]


@pytest.mark.parametrize("filters", [{"grep": "core dumped"}, {"kinds": (EventKind.PROCESS_CRASHED,)}])
def test_a_line_without_a_stamp_keeps_the_time_of_the_line_before(tmp_path: Path, filters: dict[str, Any]) -> None:
    """What the shell says of a crash is found by its words, and by what it means, as in the whole timeline."""
    lines = [f"2025-11-14 16:00:{second:02} INFO [server] tick {second}" for second in range(30)]
    lines[20:20] = ["Aborted (core dumped)", "in two lines"]
    (tmp_path / "server.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    entries, _ = tell(tmp_path, **filters)
    assert [(entry.message, entry.time, entry.evidence.line) for entry in entries] == [
        ("Aborted (core dumped)", START + timedelta(seconds=19), 21)
    ]


LAST_WORDS = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"


@pytest.mark.parametrize("filters", [{}, {"grep": "heap out"}, {"kinds": (EventKind.PROCESS_CRASHED,)}])
def test_last_words_among_json_are_told_by_every_filter(tmp_path: Path, filters: dict[str, Any]) -> None:
    """What V8 writes beside a JSON logger is a crash at the time of the line before; its trace is none."""
    lines = [json.dumps({"level": "info", "message": "tick", "timestamp": f"{START:%FT%T.000Z}"}) for _ in range(9)]
    lines[5:5] = ["<--- Last few GCs --->", LAST_WORDS, "fatal error: who knows"]
    (tmp_path / "app.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    entries, account = tell(tmp_path, **filters)
    crashes = [(entry.message, entry.time, entry.evidence.line) for entry in entries if entry.kind is not None]
    assert crashes == [(LAST_WORDS, START, 7)]
    assert sum(skipped.count for skipped in account.skipped.values()) == 2
