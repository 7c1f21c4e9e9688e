"""JSON log dialects and the envelopes around them: a new one is a row of DIALECTS, ENVELOPES or PREFIXES."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

LONGEST_MESSAGE: Final = 20_000
PINO_LEVELS: Final = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
LOG4JS_LEVELS: Final = {5000: "trace", 10000: "debug", 20000: "info", 30000: "warn", 40000: "error", 50000: "fatal"}
SAME_LEVEL: Final = {"warning": "warn", "err": "error", "critical": "fatal", "crit": "fatal", "information": "info"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one logging library names things. A record is of the first dialect all of whose `marks` it has."""

    name: str
    marks: tuple[str, ...]
    time: tuple[str, ...]
    message: tuple[str, ...]
    level: tuple[str, ...]
    service: tuple[str, ...]
    level_numbers: Mapping[int, str]


WINSTON_TIME: Final = ("timestamp", "@timestamp", "time", "ts", "datetime", "date")
ANY_TIME: Final = (*WINSTON_TIME, "t", "created", "asctime", "eventTime")
ANY_MESSAGE: Final = ("message", "msg", "text", "event", "log", "body")
ANY_LEVEL: Final = ("level", "severity", "lvl", "levelname", "log.level", "loglevel")
ANY_SERVICE: Final = ("service", "logger", "name", "component", "module", "label", "app_name")
LOG4JS_LEVEL: Final = ("level.levelStr", "level")

DIALECTS: Final = (
    Dialect("bunyan", ("v", "name", "time", "msg"), ("time",), ("msg",), ("level",), ("name",), PINO_LEVELS),
    Dialect("log4js", ("startTime", "data"), ("startTime",), ("data",), LOG4JS_LEVEL, ("categoryName",), LOG4JS_LEVELS),
    Dialect("pino", ("time", "msg"), ("time",), ("msg",), ("level",), ("service", "name"), PINO_LEVELS),
    Dialect("winston", ("level", "message"), WINSTON_TIME, ("message",), ("level",), ("service", "label"), PINO_LEVELS),
    Dialect("generic", (), ANY_TIME, ANY_MESSAGE, ANY_LEVEL, ANY_SERVICE, PINO_LEVELS),
)


class Envelope(NamedTuple):
    """A JSON object that carries a log line as text: Docker's json-file driver, pm2 --log-type json."""

    name: str
    marks: tuple[str, ...]
    line: str


ENVELOPES: Final = (
    Envelope("docker", ("log", "stream", "time"), "log"),
    Envelope("pm2", ("message", "type", "process_id", "app_name"), "message"),
)

PREFIXES: Final = (
    ("containerd", re.compile(r"^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) (?P<tag>[FP]) (?=.)")),
    ("docker-compose", re.compile(r"^[\w.-]+ +\| (?=\{)")),
    (
        "pm2",
        re.compile(r"^(?:\d+\|\S+ +\| )?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?\S*(?: [+-]\d\d:?\d\d)?: )(?=\{)"),
    ),
    ("pm2-logs", re.compile(r"^\d+\|[^|{]+\| (?=\{)")),
)
PREFIX_SHAPE: Final = re.compile(rb"^[\w.:|+ TZ-]{3,80}(?=\{)")


class Record(NamedTuple):
    """A decoded line in one vocabulary; `stamp` is the time stamp as the log has it, not yet an instant."""

    stamp: object
    message: str
    level: str | None
    service: str | None
    fields: Mapping[str, Any]


def understand_record(fields: Mapping[str, Any]) -> Record:
    """Read a decoded object as the first dialect that fits."""
    dialect = next(row for row in DIALECTS if all(mark in fields for mark in row.marks))
    message = _first(fields, dialect.message)
    service = _first(fields, dialect.service)
    return Record(
        _first(fields, dialect.time),
        _as_text(message),
        _name_level(_first(fields, dialect.level), dialect.level_numbers),
        service if isinstance(service, str) else None,
        fields,
    )


def open_envelope(fields: Mapping[str, Any]) -> str | None:
    """The log line inside an envelope, or None if `fields` is no envelope around a JSON line."""
    for envelope in ENVELOPES:
        if all(mark in fields for mark in envelope.marks):
            inner = fields[envelope.line]
            if isinstance(inner, str) and inner.lstrip().startswith("{"):
                return inner
    return None


def strip_prefix(line: str) -> str:
    """The line without what containerd, docker compose or pm2 wrote before it."""
    for _, pattern in PREFIXES:
        if match := pattern.match(line):
            return line[match.end() :]
    return line


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
        return message[:LONGEST_MESSAGE]
    if message is None:
        return ""
    if isinstance(message, list) and all(isinstance(part, str) for part in message):
        return " ".join(message)[:LONGEST_MESSAGE]
    return json.dumps(message, ensure_ascii=False, sort_keys=True)[:LONGEST_MESSAGE]


def _name_level(level: object, numbers: Mapping[int, str]) -> str | None:
    if isinstance(level, str):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", level).strip().lower()
        return SAME_LEVEL.get(plain, plain)[:20] or None
    if isinstance(level, (int, float)) and not isinstance(level, bool):
        return numbers.get(int(level), str(level))
    return None
