"""JSON log dialects and the envelopes around them: a new one is a row of DIALECTS, ENVELOPES or PREFIXES."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

LONGEST_MESSAGE: Final = 20_000
LONGEST_LEVEL: Final = 20
KNOWN_SHAPES: Final = 64  # the keys of so many kinds of record are remembered: a log has few
LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
PINO_LEVELS: Final = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
LOG4JS_LEVELS: Final = {5000: "trace", 10000: "debug", 20000: "info", 30000: "warn", 40000: "error", 50000: "fatal"}
SAME_LEVEL: Final = {"warning": "warn", "err": "error", "critical": "fatal", "crit": "fatal", "information": "info"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one logging library names things. A record is of the first dialect all of whose `marks` it has."""

    name: str
    marks: frozenset[str]
    time: tuple[str, ...]
    message: tuple[str, ...]
    level: tuple[str, ...]
    service: tuple[str, ...]
    level_numbers: Mapping[int, str]


# Last the place where winston.format.metadata() puts what it finds.
WINSTON_TIME: Final = ("timestamp", "@timestamp", "time", "ts", "datetime", "date", "metadata.timestamp")
WINSTON_SERVICE: Final = ("service", "label", "metadata.service", "metadata.label")
ANY_TIME: Final = (*WINSTON_TIME, "t", "created", "asctime", "eventTime")
ANY_MESSAGE: Final = ("message", "msg", "text", "event", "log", "body")
ANY_LEVEL: Final = ("level", "severity", "lvl", "levelname", "log.level", "loglevel")
ANY_SERVICE: Final = ("service", "logger", "name", "component", "module", "label", "app_name")
LOG4JS_LEVEL: Final = ("level.levelStr", "level")
WINSTON_MARKS: Final = frozenset(
    {"level", "message", "timestamp"}
)  # whatever `time` or `msg` may stand among its metadata

DIALECTS: Final = (
    Dialect("bunyan", frozenset({"v", "name", "time", "msg"}), ("time",), ("msg",), ("level",), ("name",), PINO_LEVELS),
    Dialect("winston", WINSTON_MARKS, ("timestamp",), ("message",), ("level",), WINSTON_SERVICE, PINO_LEVELS),
    Dialect(
        "log4js",
        frozenset({"startTime", "data"}),
        ("startTime",),
        ("data",),
        LOG4JS_LEVEL,
        ("categoryName",),
        LOG4JS_LEVELS,
    ),
    Dialect("pino", frozenset({"time", "msg"}), ("time",), ("msg",), ("level",), ("service", "name"), PINO_LEVELS),
    Dialect(
        "winston", frozenset({"level", "message"}), WINSTON_TIME, ("message",), ("level",), WINSTON_SERVICE, PINO_LEVELS
    ),
    Dialect("generic", frozenset(), ANY_TIME, ANY_MESSAGE, ANY_LEVEL, ANY_SERVICE, PINO_LEVELS),
)


class Envelope(NamedTuple):
    """A JSON object that carries a log line as text: Docker's json-file driver, pm2 --log-type json."""

    name: str
    marks: frozenset[str]
    line: str
    time: str


ENVELOPES: Final = (
    Envelope("docker", frozenset({"log", "stream", "time"}), "log", "time"),
    Envelope("pm2", frozenset({"message", "type", "process_id", "app_name"}), "message", "timestamp"),
)

# What stands before the brace. Groups: `stamp`, the time of the prefix, for lines that have none of their own.
PREFIXES: Final = (
    ("byte order mark", "^\ufeff(?=\\{)"),  # where files that have one were joined
    ("containerd", r"^(?P<stamp>\d{4}-\d\d-\d\dT\S+) (?:stdout|stderr) [FP] (?=\{)"),
    ("docker-compose", r"^[\w.-]+ +\| (?=\{)"),
    (
        "pm2",
        r"^(?:\d+\|\S+ +\| )?(?P<stamp>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?[^\s:]*(?: ?[+-]\d\d:?\d\d)?): (?=\{)",
    ),
    ("pm2-logs", r"^\d+\|[^|{]+\| (?=\{)"),
)
PREFIX_PATTERNS: Final = tuple(re.compile(pattern, re.ASCII) for _, pattern in PREFIXES)
PREFIX_SHAPES: Final = tuple(re.compile(pattern.encode()) for _, pattern in PREFIXES)


class Record(NamedTuple):
    """A decoded line in one vocabulary; `stamp` is the time stamp as the log has it, not yet an instant."""

    stamp: object
    message: str
    level: str | None
    service: str | None
    fields: Mapping[str, Any]


def understand_record(fields: Mapping[str, Any]) -> Record:
    """Read a decoded object as the first dialect that fits."""
    dialect = _find_dialect(tuple(fields))
    message = _first(fields, dialect.message)
    service = _first(fields, dialect.service)
    return Record(
        _first(fields, dialect.time),
        _as_text(message),
        _name_level(_first(fields, dialect.level), dialect.level_numbers),
        mend_text(service) if isinstance(service, str) else None,
        fields,
    )


@lru_cache(maxsize=KNOWN_SHAPES)
def _find_dialect(keys: tuple[str, ...]) -> Dialect:
    return next(dialect for dialect in DIALECTS if dialect.marks.issubset(keys))


def open_envelope(fields: Mapping[str, Any]) -> str | None:
    """The log line inside an envelope, or None if `fields` is no envelope around a JSON line."""
    envelope = _find_envelope(fields)
    return None if envelope is None else str(fields[envelope.line])


def read_envelope_stamp(fields: Mapping[str, Any]) -> object:
    """The time stamp of an envelope, for lines inside that have none."""
    envelope = _find_envelope(fields)
    return None if envelope is None else fields.get(envelope.time)


def _find_envelope(fields: Mapping[str, Any]) -> Envelope | None:
    for envelope in _list_envelopes(tuple(fields)):
        inner = fields[envelope.line]
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            return envelope
    return None


@lru_cache(maxsize=KNOWN_SHAPES)
def _list_envelopes(keys: tuple[str, ...]) -> tuple[Envelope, ...]:
    return tuple(envelope for envelope in ENVELOPES if envelope.marks.issubset(keys))


def has_prefix(raw: bytes) -> bool:
    """Whether a raw line is a JSON object behind one of the known prefixes, by its beginning alone."""
    return any(shape.match(raw) for shape in PREFIX_SHAPES)


def strip_prefix(line: str) -> str:
    """The line without what containerd, docker compose or pm2 wrote before it."""
    return split_prefix(line)[1]


def split_prefix(line: str) -> tuple[str | None, str]:
    """The stamp of the prefix, if it has one, and the line without the prefix."""
    for pattern in PREFIX_PATTERNS:
        if match := pattern.match(line):
            return match.groupdict().get("stamp"), line[match.end() :]
    return None, line


def mend_text(text: str) -> str:
    """Half of a cut emoji, which no encoder takes, becomes the replacement character."""
    return text if text.isascii() else LONE_SURROGATE.sub("\ufffd", text)


def find_nested(fields: Mapping[str, Any], path: str) -> object:
    """The value at a dotted path, or None: `context.statusText.code`."""
    value: object = fields
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _first(fields: Mapping[str, Any], keys: tuple[str, ...]) -> object:
    for key in keys:
        value = fields.get(key)
        if value is None and "." in key:
            value = find_nested(fields, key)
        if value is not None and value != "":
            return value
    return None


def _as_text(message: object) -> str:
    if isinstance(message, str):
        return mend_text(message[:LONGEST_MESSAGE])
    if message is None:
        return ""
    parts = message if isinstance(message, list) else [message]
    return mend_text(" ".join(map(_as_word, parts))[:LONGEST_MESSAGE])


def _as_word(part: object) -> str:
    return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False, sort_keys=True)


def _name_level(level: object, numbers: Mapping[int, str]) -> str | None:
    if isinstance(level, str):
        return normalize_level(mend_text(level)) or None
    if isinstance(level, (int, float)) and not isinstance(level, bool):
        return next((name for number, name in numbers.items() if number == level), str(level)[:LONGEST_LEVEL])
    return None


@lru_cache(maxsize=1024)
def normalize_level(level: str) -> str:
    """A level in lower case, without colours, by the one name that logdiag has for it."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", level).strip().lower()
    return SAME_LEVEL.get(plain, plain)[:LONGEST_LEVEL]
