"""Lines become events, unclassified records or skipped lines with a reason."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import timedelta
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from logdiag.events import EventKind, Identity
from logdiag.parsers.forms import records
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import UnreadableError, decode_records, find_shape_fault
from logdiag.parsers.rule_files import load_rules
from logdiag.reading import BLOCK_BYTES, Damage, Line, LogFile
from logdiag.scanning import lines as scanner
from logdiag.scanning.lines import FileScan, scan_lines
from tests.folding import each
from tests.winston import BUILT_IN, DROP, at, connect, drop, record, scan, write

FILE = LogFile("x.log", Path("x.log"), "here", "x", 0)


def scan_raw(*lines: bytes | str) -> FileScan:
    """Scan lines as they stand."""
    raws = [line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line for line in lines]
    offsets = accumulate((len(raw) + 1 for raw in raws), initial=0)
    lines_of = [Line(number, raw, offset) for number, (raw, offset) in enumerate(zip(raws, offsets, strict=False), 1)]
    return scan_lines(FILE, lines_of, BUILT_IN)


def reasons(found: FileScan) -> dict[str, list[int]]:
    return {reason: list(numbers) for reason, numbers in found.skipped.items()}


def counts(found: FileScan) -> tuple[int, int, int, int]:
    return found.lines_count, found.event_lines_count, found.unclassified_count, found.skipped_count


def test_event_has_all_that_its_line_says() -> None:
    """Time, place, level, service and what the rule extracts."""
    (event,) = scan_raw(record(at(1.5), "Disconnected from master: Transport  close", "WARN", service="client")).events
    assert (event.time, event.kind, event.source, event.service) == (at(1.5), EventKind.DISCONNECTED, "here", "client")
    assert (event.file, event.line, event.level, event.reason) == ("x.log", 1, "warn", "transport close")
    assert event.is_service_stated


def test_service_is_the_files_if_the_line_names_none() -> None:
    """And the event says so: a copy in another file has another service."""
    (event,) = scan_raw(record(at(0), DROP)).events
    assert (event.service, event.is_service_stated) == ("x", False)


def test_numbers_are_numbers_or_none(tmp_path: Path) -> None:
    """A count is whole, a value may have a fraction, anything else is unknown."""
    write(
        tmp_path / "r.toml",
        [
            "[[rule]]",
            'id = "a"',
            'kind = "setting"',
            'contains = ["setting"]',
            'fields = { count = "n", value = "v" }',
            'examples = ["setting"]',
        ],
    )
    rules = load_rules([str(tmp_path / "r.toml")])
    cases: list[tuple[object, object, int | None, float | None]] = [
        (3, 1.5, 3, 1.5),
        ("3", "1.5", 3, 1.5),
        (-3, -2, -3, -2.0),
        (1.5, 1e400, None, None),
        (True, False, None, None),
        (10**400, "x", None, None),
        ("٣", None, None, None),
    ]
    for n, v, count, value in cases:
        line = Line(1, record(at(0), "setting", n=n, v=v).encode(), 0)
        (event,) = scan_lines(FILE, [line], rules).events
        assert (event.count, event.value) == (count, value)


@each(
    ("meta", "identity"),
    [
        ({"workerId": "w1", "hostname": "h"}, Identity("workerId", "w1")),
        ({"worker_id": 7}, Identity("worker_id", "7")),
        ({"hostname": "h"}, Identity("hostname", "h")),
        ({"clientId": "ReUg8Bn4XkldSwyT0000"}, None),
        ({"workerId": ""}, None),
        ({"workerId": True}, None),
        ({"workerId": {"id": 1}}, None),
        ({"pid": 1}, None),
        ({}, None),
    ],
)
def test_identity_is_who_wrote_the_line(meta: dict[str, object], identity: Identity | None) -> None:
    """Not the socket, which changes with each connect, nor the process id, which changes with each start."""
    (event,) = scan_raw(connect(0, **meta)).events
    assert event.identity == identity


@pytest.mark.parametrize("blank", [b"", b" ", b"\t \r", b"\x0b\x0c"])
def test_blank_line_is_neither_event_nor_skipped(blank: bytes) -> None:
    """It counts nowhere."""
    assert counts(scan_raw(blank, drop(0), blank)) == (1, 1, 0, 0)


@each(
    ("line", "reason"),
    [
        (b"Error: boom", records.NOT_JSON),
        (b"    at Socket.onclose (/app/x.js:1:2)", records.NOT_JSON),
        (b'["Disconnected from master: transport close", 1]', records.NOT_JSON),
        (b'"Disconnected from master: transport close"', records.NOT_JSON),
        (b"42", records.NOT_JSON),
        (b"null", records.NOT_JSON),
        (b"\xff\xfe\xfd", records.NOT_JSON),
        (b"Client { name: 'x' }", records.NOT_JSON),
        (b'2025-11-14T16:00:00.1Z stdout F {"level":"info"', records.CUT_OFF),
        (b'{"level":"warn","message":"Disconnected from master', records.CUT_OFF),
        (b'{"level":"warn","message":"tick', records.CUT_OFF),
        (b"\0\0\0\0", records.NUL_BYTES),
        (b'{"message":"tick\0\0"}', records.NUL_BYTES),
        (b'{"message":"Disconnected from master",}', records.INVALID_JSON),
        (b'{"message":"Disconnected from master","n":' + b"1" * 5000 + b"}", records.NO_TIMESTAMP),
        (b'{"message":"Disconnected from master","n":' + b"[" * 100_000 + b"}", records.TOO_DEEP),
        (drop(1).encode() + b'42{"a":1}', records.NOT_JSON),
        (b'{"message":"Disconnected from master: transport close"}', records.NO_TIMESTAMP),
        (b'{"message":"Disconnected from master","timestamp":"10"}', records.NO_TIMESTAMP),
        (b'{"message":"Disconnected from master","meta":{"timestamp":"2025-11-14 16:00:00"}}', records.NO_TIMESTAMP),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_line_that_cannot_be_read_is_skipped_with_its_reason(line: bytes, reason: str) -> None:
    """One bad line costs one line, wherever it stands."""
    found = scan_raw(drop(0), line, connect(1))
    assert reasons(found) == {reason: [2]}
    assert counts(found) == (3, 2, 0, 1)


@each(
    "line",
    [
        b"\0" * 64 + drop(0).encode(),
        drop(0).encode() + b"\0" * 64,
        b"\xef\xbb\xbf" + drop(0).encode(),
        drop(0).encode() + b",",
        b"  " + drop(0).encode() + b"  ",
        drop(0, note="x").encode().replace(b'"note":"x"', b'"note":"\xff\xfe"'),
        drop(0, note="x").replace('"note":"x"', '"note":"\\ud83d"').encode(),
        drop(0).replace("close", "close\\ud83d").encode(),
        drop(0).replace("Disconnected", "\\u0044isconnected").encode(),
        drop(0, "notice").encode(),
        drop(0, zzz={"message": "x", "level": "info", "timestamp": "1999"}).encode(),
        drop(0, aaa={"message": "x", "level": "info", "timestamp": "1999"}).encode(),
        json.dumps({"log": drop(0) + "\n", "stream": "stdout", "time": "2025-11-14T17:00:00Z"}).encode(),
        json.dumps({"log": DROP + "\n", "stream": "stdout", "time": "2025-11-14T16:00:00Z"}).encode(),
        json.dumps({"message": drop(0), "timestamp": "x", "type": "out", "process_id": 0, "app_name": "w"}).encode(),
        f"2025-11-14T17:00:00.123Z stdout F {drop(0)}".encode(),
        f"worker-1  | {drop(0)}".encode(),
        f"0|worker  | 2025-11-14 17:00:00: {drop(0)}".encode(),
    ],
    ids=range(18),
)
def test_odd_line_is_read_all_the_same(line: bytes) -> None:
    """NUL runs at its ends, marks, commas, invalid bytes, halves of emoji, escapes, nested keys, envelopes."""
    found = scan_raw(line)
    assert [(event.kind, event.time) for event in found.events] == [(EventKind.DISCONNECTED, at(0))]
    assert counts(found) == (1, 1, 0, 0)
    json.dumps(found.events[0].message, ensure_ascii=False).encode("utf-8")


def test_stamp_of_the_envelope_helps_where_the_line_has_none() -> None:
    """Lines of winston without a timestamp format, in a container."""
    bare = '{"level":"warn","message":"Disconnected from master: transport close"}'
    lines = [
        json.dumps({"log": bare + "\n", "stream": "stdout", "time": "2025-11-14T16:00:00.000000000Z"}),
        f"2025-11-14T16:00:00.000Z stderr F {bare}",
    ]
    assert [event.time for event in scan_raw(*lines).events] == [at(0)] * 2


def test_partial_line_of_a_container_is_cut_off() -> None:
    """Docker and containerd split lines at 16 kB; neither part is an event."""
    whole = drop(0)
    head, tail = whole[:60], whole[60:]
    found = scan_raw(f"2025-11-14T16:00:00.0Z stdout P {head}", f"2025-11-14T16:00:00.0Z stdout F {tail}")
    assert reasons(found) == {records.CUT_OFF: [1], records.NOT_JSON: [2]}


def test_two_objects_on_a_line_are_two_events_and_one_line() -> None:
    """A newline that was lost loses nothing else."""
    found = scan_raw(drop(0) + connect(1), f"{drop(2)} , {connect(3)}")
    assert [event.line for event in found.events] == [1, 1, 2, 2]
    assert counts(found) == (2, 2, 0, 0)


def test_nested_message_is_no_event() -> None:
    """An object that quotes a drop is no drop."""
    found = scan_raw(record(at(0), "Session summary", last={"level": "warn", "message": DROP}))
    assert counts(found) == (1, 0, 1, 0)


def test_lines_that_no_rule_wants_are_checked_for_shape_alone() -> None:
    """After the sample at the head, a record without a known text is not decoded: not even its faults are seen."""
    head = [record(at(number), "tick") for number in range(scanner.SAMPLED_LINES)]
    odd = ['{"message":"tick",}', '{"message":"tick"}']
    found = scan_raw(*head, *odd, "tick", '{"message":"tick"')
    assert found.unclassified_count == scanner.SAMPLED_LINES + 2
    assert reasons(found) == {records.NOT_JSON: [203], records.CUT_OFF: [204]}


MIXED = (
    drop(0), "", "garbage", record(at(1), "tick"), '{"message":"tick",}', '{"message":"tick"}', connect(2) + drop(3),
    '{"message":"Disconnected from master"}', '{"message":"Disconnected', "\0\0", '{"a":"\\u0044"}', "[]",
    record(at(4), "推送成功"), record(at(5), "x", workerId="w"), '{"message":"tick"},', "{}", "{", "}",
)  # fmt: skip


def test_every_line_is_counted_once() -> None:
    """Events, records without one and skipped lines are all the lines there are."""
    lines = MIXED * 30
    found = scan_raw(*lines)
    assert counts(found)[0] == sum(counts(found)[1:]) == sum(bool(line) for line in lines)


def test_damage_counts_as_one_line() -> None:
    """The rest of a damaged file is one skipped line, after the last that could be read."""
    lines: list[Line | Damage] = [Line(1, drop(0).encode(), 0), Damage(1, "compressed data damaged")]
    found = scan_lines(FILE, lines, BUILT_IN)
    assert reasons(found) == {"compressed data damaged": [2]}
    assert counts(found) == (2, 1, 0, 1)


def ticks(*seconds: float) -> Iterable[str]:
    return (record(at(second), "tick") for second in seconds)


def test_extent_reaches_to_lines_that_no_rule_wants() -> None:
    """First and last instant are those of the file, though its tail is cut off or a stack trace."""
    found = scan_raw("boot", *ticks(*range(1000)), "    at x", "    at y", '{"cut')
    assert (found.first, found.last) == (at(0), at(999))


def test_extent_is_found_behind_a_long_head_of_garbage() -> None:
    """A log that begins with a thousand lines of something else was still read."""
    found = scan_raw(*(["garbage"] * 1000), *ticks(*range(300)))
    assert found.records_seen
    assert (found.first, found.last) == (at(0), at(299))


def test_extent_of_joined_files_is_that_of_their_parts() -> None:
    """Later lines may be older."""
    found = scan_raw(*ticks(*range(20_000, 36_000)), *ticks(*range(100, 16_100)))
    assert found.first is not None
    assert found.last is not None
    assert found.first <= at(4000)
    assert found.last >= at(32_000)
    assert found.disorder > timedelta(seconds=8000)


def test_nothing_readable_has_no_extent() -> None:
    """And no record was seen."""
    found = scan_raw("a", '{"a":1}', "{")
    assert (found.first, found.last, found.records_seen) == (None, None, False)


def test_levels_and_zones_are_counted() -> None:
    """What the report says of the log's level and clock."""
    found = scan_raw(
        record(at(0), "x", "debug"),
        '{"level":"warn","message":"x","timestamp":"2025-11-14T16:00:00Z"}',
        '{"level":40,"msg":"x","time":1763136000000}',
    )
    assert found.levels == {"debug": 1, "warn": 2}
    assert (found.zoned_count, found.zoneless_count) == (2, 1)


def test_zone_moves_stamps_without_one() -> None:
    """--tz is for those alone."""
    lines = [Line(1, drop(0).encode(), 0), Line(2, drop(0, timestamp="2025-11-14T16:00:00Z").encode(), 0)]
    found = scan_lines(FILE, lines, BUILT_IN, Layout(zone=ZoneInfo("Asia/Shanghai")))
    assert [event.time for event in found.events] == [at(-8 * 3600), at(0)]


def test_marks_lead_back_into_the_file(tmp_path: Path) -> None:
    """The first line of each block is one, with its offset, its time and what comes before it, compressed or not."""
    plain = write(tmp_path / "x.log", ["", *ticks(*range(10_000))])
    (tmp_path / "y.log.gz").write_bytes(gzip.compress(plain.read_bytes()))
    text = plain.read_bytes()
    for path in (plain, tmp_path / "y.log.gz"):
        marks = scan(path).marks
        assert [mark.line.offset_bytes // BLOCK_BYTES for mark in marks] == list(range(len(marks)))
        assert len(marks) == len(text) // BLOCK_BYTES + 1 > 2
        for mark in marks[1:]:
            assert text[: mark.line.offset_bytes].count(b"\n") == mark.line.number - 1 == mark.lines_count + 1
            assert mark.time == at(mark.lines_count)


def test_huge_line_is_one_line() -> None:
    """20 MB of one message cost one pass; what stands around it is read."""
    huge = record(at(1), "x" * 20_000_000)
    wanted = record(at(2), "Push failed: " + "x" * 20_000_000)
    found = scan_raw(drop(0), huge, huge[:-9], wanted, connect(3))
    assert reasons(found) == {records.CUT_OFF: [3]}
    assert [event.kind.value for event in found.events] == ["disconnected", "push-failed", "connected"]
    assert all(len(event.message) <= 20_000 and len(event.error or "") <= 2000 for event in found.events)


def test_deep_nesting_is_a_bad_line() -> None:
    """However deep: a record or a reason, never a crash."""
    for depth in (100, 300, 900, 990, 1000, 5000, 200_000):
        nested = '{"a":' * depth + '"Push failed"' + "}" * depth
        line = record(at(0), "x").replace('"x"', nested)
        found = scan_raw(line)
        assert counts(found)[0] == sum(counts(found)[1:]) == 1


@each(
    ("raw", "fault"),
    [
        (b"{}", None),
        (b"{},", None),
        (b'{"', "cut off"),
        (b"x}", "not a JSON object"),
        (b"{\0}", "NUL bytes"),
        (b"", "NUL bytes"),
    ],
)
def test_shape_is_first_and_last_byte(raw: bytes, fault: str | None) -> None:
    """And no NUL in between."""
    assert find_shape_fault(raw) == fault


def test_records_of_a_line_come_with_their_instants() -> None:
    """Or the reason why not."""
    ((moment, found),) = decode_records(drop(1).encode())
    assert (moment, found.message) == (at(1), DROP)
    with pytest.raises(UnreadableError, match=records.NO_TIMESTAMP):
        decode_records(b"{}")


def test_padding_of_an_id_is_no_part_of_it() -> None:
    """API Gateway's ids end in `=`: a pattern that stops before it and a key that holds it tell of one socket."""
    ids = [
        event.socket_id
        for event in scan_raw(
            '{"timestamp":"2025-11-14 16:25:52","message":"client disconnected","connectionId":"E8VU9o129CzuAMCFaa="}',
            "2025-11-14 16:25:52 INFO client disconnected connectionId=E8VU9o129CzuAMCFaa=",
        ).events
    ]
    assert set(ids) == {"E8VU9o129CzuAMCFaa"}


def test_an_id_in_the_place_of_a_reason_is_the_sockets() -> None:
    """It keeps its letters, by which the line is found again."""
    (event,) = scan_raw(record(at(0), "Socket.IO client disconnected: cBIB0ZwWoQ4a85JbAAAC")).events
    assert (event.socket_id, event.reason) == ("cBIB0ZwWoQ4a85JbAAAC", None)


def test_mosquitto_tells_who_said_disconnect() -> None:
    """Without a reason it got a DISCONNECT; what broke has one."""
    said, broke = scan_raw(
        record(at(0), "Client node_1 [10.0.0.7:41234] disconnected."),
        record(at(1), "Client node_1 [10.0.0.7:41234] disconnected: connection closed by client."),
    ).events
    assert (said.reason, broke.reason) == ("client disconnect", "connection closed by client")
