"""JSON dialects and what stands around them."""

from __future__ import annotations

from typing import Any

from logdiag.parsers.forms.dialects import (
    DIALECTS,
    LONGEST_MESSAGE,
    Record,
    find_nested,
    mend_text,
    normalize_level,
    understand_record,
)
from tests.folding import each
from tests.winston import BUILT_IN

STAMP = "2025-11-14 16:00:00.000"
MILLIS = 1_763_136_000_000
EXPECTED = ("Connected to master", "info", "socket-client")


def facts(found: Record) -> tuple[str, str | None, str | None]:
    return found.message, found.level, found.service


@each(
    ("fields", "stamp"),
    [
        ({"level": "info", "message": "Connected to master", "service": "socket-client", "timestamp": STAMP}, STAMP),
        ({"level": "info", "message": "Connected to master", "label": "socket-client", "timestamp": STAMP}, STAMP),
        (
            {
                "level": "info",
                "message": "Connected to master",
                "metadata": {"service": "socket-client", "timestamp": STAMP},
            },
            STAMP,
        ),
        (
            {
                "level": "info",
                "message": "Connected to master",
                "msg": "a frame",
                "service": "socket-client",
                "time": 12,
                "timestamp": STAMP,
            },
            STAMP,
        ),
        (
            {"level": 30, "time": MILLIS, "pid": 1, "hostname": "h", "name": "socket-client", "msg": EXPECTED[0]},
            MILLIS,
        ),
        ({"level": 30, "time": MILLIS, "service": "socket-client", "msg": EXPECTED[0]}, MILLIS),
        (
            {
                "name": "socket-client",
                "hostname": "h",
                "pid": 1,
                "level": 30,
                "msg": "Connected to master",
                "time": "2025-11-14T16:00:00.000Z",
                "v": 0,
            },
            "2025-11-14T16:00:00.000Z",
        ),
        (
            {
                "startTime": "2025-11-14T16:00:00.000Z",
                "categoryName": "socket-client",
                "data": ["Connected to", "master"],
                "level": {"level": 20000, "levelStr": "INFO", "colour": "green"},
            },
            "2025-11-14T16:00:00.000Z",
        ),
        ({"ts": 1763136000.0, "severity": "INFO", "text": EXPECTED[0], "logger": "socket-client"}, 1763136000.0),
        ({"@timestamp": STAMP, "log.level": "INFO", "message": EXPECTED[0], "service": "socket-client"}, STAMP),
        (
            {"@timestamp": STAMP, "log": {"level": "Info"}, "message": EXPECTED[0], "component": "socket-client"},
            STAMP,
        ),
    ],
    ids=[
        "winston", "label", "format.metadata", "winston with msg and time", "pino", "pino service", "bunyan", "log4js",
        "generic", "ecs", "ecs nested",
    ],
)  # fmt: skip
def test_dialects_say_the_same(fields: dict[str, Any], stamp: object) -> None:
    """Whatever the keys and the level scheme, a record reads alike."""
    found = understand_record(fields)
    assert facts(found) == EXPECTED
    assert found.stamp == stamp


def test_dialects_are_rows_that_end_with_any() -> None:
    """The last one takes what no other does."""
    assert DIALECTS[-1].marks == frozenset()
    assert all(row.marks for row in DIALECTS[:-1])
    assert len({(row.name, row.marks) for row in DIALECTS}) == len(DIALECTS)


def test_nested_keys_are_none_of_the_records() -> None:
    """A message, a level and a time stamp within an object are metadata."""
    inner = {"level": "error", "message": "Disconnected from master", "timestamp": "1999-01-01 00:00:00.000"}
    found = understand_record({"err": inner, "level": "info", "message": "tick", "timestamp": STAMP})
    assert (found.stamp, found.message, found.level) == (STAMP, "tick", "info")
    assert understand_record({"err": inner, "message": "tick"}).stamp is None


@each(
    ("message", "text"),
    [
        ("x", "x"),
        (None, ""),
        (42, "42"),
        ({"event": "tick", "a": 1}, '{"a": 1, "event": "tick"}'),
        (["Push failed:", {"code": "E"}], 'Push failed: {"code": "E"}'),
        (["a", "b"], "a b"),
        ("x" * 30_000, "x" * LONGEST_MESSAGE),
        ("cut \ud83d", "cut \ufffd"),
        ("whole \U0001f600", "whole \U0001f600"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_message_of_any_type_is_text(message: object, text: str) -> None:
    """Objects, lists, numbers, null and halves of emoji."""
    found = understand_record({"level": "info", "message": message, "timestamp": STAMP})
    assert found.message == text
    found.message.encode("utf-8")


@each(
    ("level", "name"),
    [
        ("WARN", "warn"),
        ("warning", "warn"),
        ("\x1b[33mwarn\x1b[39m", "warn"),
        ("critical", "fatal"),
        ("notice", "notice"),
        (30, "info"),
        (50.0, "error"),
        (35, "35"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (10**400, "1" + "0" * 19),
        (True, None),
        (None, None),
        ("", None),
        ([], None),
        ("x" * 99, "x" * 20),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_levels_have_one_name_each(level: object, name: str | None) -> None:
    """Numbers, colours and synonyms; nonsense does no harm."""
    assert understand_record({"level": level, "message": "x", "timestamp": STAMP}).level == name


def test_level_of_a_rule_is_that_of_a_record() -> None:
    """What a user writes in a rule meets what a record says."""
    assert [normalize_level(text) for text in ("WARNING", "Err", "info")] == ["warn", "error", "info"]


def test_service_is_text_or_none() -> None:
    """A service that is an object names nothing."""
    assert understand_record({"level": "info", "message": "x", "service": {"name": "y"}}).service is None


INNER = '{"level":"info"}'


def test_plain_text_in_an_envelope_is_a_message() -> None:
    """With the envelope's time."""
    found = understand_record({"log": "Connected to master\n", "stream": "stdout", "time": STAMP})
    assert (found.message.strip(), found.stamp) == ("Connected to master", STAMP)


def test_nested_values_are_found_by_path() -> None:
    """And only through objects."""
    fields = {"context": {"statusText": {"code": "ECONNREFUSED"}}, "a": [1]}
    assert find_nested(fields, "context.statusText.code") == "ECONNREFUSED"
    assert [find_nested(fields, path) for path in ("context.code", "a.0", "context.statusText.code.x", "")] == [
        None
    ] * 4


def test_mending_touches_nothing_whole() -> None:
    """Only lone surrogates are replaced."""
    assert mend_text("a推\U0001f600") == "a推\U0001f600"
    assert mend_text("\udc00x\ud800") == "\ufffdx\ufffd"


def test_records_of_mongod_are_of_mongod_whatever_their_file_is_called() -> None:
    """`Connection ended` is a database's, though the record has no word for it; the stamp lies in an object."""
    fields = {
        "t": {"$date": "2025-11-14T16:25:52.756+00:00"}, "s": "I", "c": "NETWORK", "id": 22944, "ctx": "conn12",
        "msg": "Connection ended", "attr": {"remote": "127.0.0.1:51000", "connectionId": 12, "connectionCount": 3},
    }  # fmt: skip
    record = understand_record(fields)
    assert (record.service, record.message, record.level) == ("mongod", "Connection ended", "info")
    assert record.stamp == "2025-11-14T16:25:52.756+00:00"
    assert BUILT_IN.match(record.message, record.service, record.fields) is None
