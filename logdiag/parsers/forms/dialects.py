"""JSON log dialects and the objects around their records: a new one is a row of DIALECTS or WRAPPINGS."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.parsers.forms.colours import strip_colours
from logdiag.parsers.forms.spans import merge_spans

LONGEST_MESSAGE: Final = 20_000
LONGEST_LEVEL: Final = 20
MOST_KEYS: Final = 1_000  # of a shape that is remembered: a hostile one has a million
KNOWN_SHAPES: Final = 64  # the keys of so many kinds of record are remembered: a log has few
LONE_SURROGATE: Final = compile_later("[\ud800-\udfff]")
TEMPLATE_HOLE: Final = compile_later(r"\{[@$]?(?P<name>\w+)(?:[,:][^{}]*)?\}")
PINO_LEVELS: Final = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
LOG4JS_LEVELS: Final = {5000: "trace", 10000: "debug", 20000: "info", 30000: "warn", 40000: "error", 50000: "fatal"}
SYSLOG_LEVELS: Final = {0: "emerg", 1: "alert", 2: "fatal", 3: "error", 4: "warn", 5: "notice", 6: "info", 7: "debug"}
AZURE_LEVELS: Final = {0: "verbose", 1: "info", 2: "warn", 3: "error", 4: "fatal"}
SAME_LEVEL: Final = {
    "warning": "warn", "wrn": "warn", "w": "warn",
    "err": "error", "severe": "error", "e": "error",
    "critical": "fatal", "crit": "fatal", "ftl": "fatal", "f": "fatal", "panic": "fatal",
    "information": "info", "inf": "info", "log": "info", "i": "info", "success": "info",
    "dbg": "debug", "d": "debug", "fine": "debug",
    "trc": "trace", "t": "trace", "finer": "trace", "finest": "trace", "vrb": "verbose", "v": "verbose",
}  # fmt: skip


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
ANY_TIME: Final = (
    *WINSTON_TIME, "t", "created", "asctime", "eventTime",
    "Timestamp", "timeMillis", "instant", "_time", "__REALTIME_TIMESTAMP", "timeUnixNano", "TimeGenerated",
)  # fmt: skip
ANY_MESSAGE: Final = (
    "message", "msg", "text", "event", "log", "body.stringValue", "body", "line", "textPayload", "MESSAGE", "Body",
    "Message", "RenderedMessage", "MessageTemplate", "short_message", "_raw",
)  # fmt: skip
ANY_LEVEL: Final = (
    "level", "severity", "lvl", "levelname", "log.level", "loglevel", "status", "severityText",
    "SeverityText", "Level", "s",
)  # fmt: skip
ANY_SERVICE: Final = (
    "service", "logger", "name", "component", "module", "label", "app_name", "logger_name", "loggerName", "log.logger",
    "SourceContext", "Properties.SourceContext",
)  # fmt: skip
LOG4JS_LEVEL: Final = ("level.levelStr", "level")
WINSTON_MARKS: Final = frozenset(
    {"level", "message", "timestamp"}
)  # whatever `time` or `msg` may stand among its metadata
TRACING_MARKS: Final = frozenset({"timestamp", "level", "fields", "target"})

DIALECTS: Final = (
    # What `reading.exports` makes of a row of a table, or of a line that Loki found.
    Dialect("export", frozenset({"@export"}), ("timestamp",), ("message",), ("level",), ("service",), PINO_LEVELS),
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
    Dialect("tracing", TRACING_MARKS, ("timestamp",), ("fields.message",), ("level",), ("target",), {}),
    Dialect(".NET", frozenset({"LogLevel", "Category"}), ANY_TIME, ("Message",), ("LogLevel",), ("Category",), {}),
    Dialect("mongod", frozenset({"t", "s", "c", "id", "ctx", "msg"}), ("t.$date",), ("msg",), ("s",), (), {}),
    Dialect("pino", frozenset({"time", "msg"}), ("time",), ("msg",), ("level",), ("service", "name"), PINO_LEVELS),
    Dialect(
        "winston", frozenset({"level", "message"}), WINSTON_TIME, ("message",), ("level",), WINSTON_SERVICE, PINO_LEVELS
    ),
    Dialect("serilog clef", frozenset({"@t"}), ("@t",), ("@m", "@mt", "@x"), ("@l",), ("SourceContext",), PINO_LEVELS),
    Dialect(
        "journald",
        frozenset({"MESSAGE", "__REALTIME_TIMESTAMP"}),
        ("__REALTIME_TIMESTAMP",),
        ("MESSAGE",),
        ("PRIORITY",),
        ("SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT"),
        SYSLOG_LEVELS,
    ),
    Dialect(
        "gelf",
        frozenset({"short_message", "version"}),
        ("timestamp",),
        ("short_message",),
        ("level",),
        ("_logger", "facility"),
        SYSLOG_LEVELS,
    ),
    Dialect(
        "azure",
        frozenset({"severityLevel", "message"}),
        ("timestamp", "time"),
        ("message",),
        ("severityLevel",),
        ("cloud_RoleName",),
        AZURE_LEVELS,
    ),
    # The access log of Envoy and Istio: stamped with when the request began; what rules ask for stands in its fields.
    Dialect(
        "envoy", frozenset({"start_time", "response_code", "response_flags"}), ("start_time",), ("path",), (), (), {}
    ),
    # That of Traefik, and of nginx where somebody lays it out as objects, with the request as its message.
    Dialect("traefik", frozenset({"StartUTC", "DownstreamStatus"}), ("StartUTC",), ("RequestPath",), (), (), {}),
    Dialect("nginx", frozenset({"request", "request_time", "status"}), ANY_TIME, ("request",), (), (), {}),
    Dialect("tslog", frozenset({"0", "_meta"}), ("_meta.date",), ("0",), ("_meta.logLevelName",), ("_meta.name",), {}),
    Dialect("generic", frozenset(), ANY_TIME, ANY_MESSAGE, ANY_LEVEL, ANY_SERVICE, PINO_LEVELS),
)


class Wrapping(NamedTuple):
    """A JSON object around another one that is the record, with an example; `inside` is its key."""

    name: str
    marks: frozenset[str]
    inside: str
    example: str


WRAPPINGS: Final = (
    Wrapping(
        "cloud logging",
        frozenset({"jsonPayload"}),
        "jsonPayload",
        '{"jsonPayload":{"message":"Connected to master"},"severity":"INFO","timestamp":"2025-11-14T16:25:52.756Z"}',
    ),
    Wrapping(
        "elasticsearch",
        frozenset({"_source"}),
        "_source",
        '{"_index":"logs","_source":{"@timestamp":"2025-11-14T16:25:52.756Z","message":"Connected to master"}}',
    ),
    Wrapping(
        "datadog",
        frozenset({"attributes"}),
        "attributes",
        '{"id":"1","attributes":{"timestamp":"2025-11-14T16:25:52.756Z","message":"Connected to master"}}',
    ),
    Wrapping(
        "loguru",
        frozenset({"text", "record"}),
        "record",
        '{"text":"Connected to master\\n","record":{"level":{"name":"INFO"},"message":"Connected to master",'
        '"time":{"repr":"2025-11-14T16:25:52.756Z","timestamp":1763137552.756}}}',
    ),
    Wrapping(
        "lambda",
        frozenset({"time", "type", "record"}),
        "record",
        '{"time":"2025-11-14T16:25:52.756Z","type":"function",'
        '"record":{"level":"INFO","message":"Connected to master"}}',
    ),
    Wrapping(
        "splunk",
        frozenset({"result"}),
        "result",
        '{"preview":false,"result":{"_time":"2025-11-14T16:25:52.756Z","_raw":"Connected to master"}}',
    ),
)

# Keys whose lists hold the records of an export: CloudWatch, Elasticsearch, Loki, OTLP.
LISTS: Final = (
    "events", "logEvents", "hits", "Records", "records", "entries", "logs", "resourceLogs", "scopeLogs", "logRecords",
    "streams", "result", "results", "values", "rows", "data",
)  # fmt: skip
MESSAGE_KEYS: Final = frozenset(key for key in ANY_MESSAGE if "." not in key)


class Record(NamedTuple):
    """A decoded line in one vocabulary; `stamp` is the time stamp as the log has it, not yet an instant.

    `process` is what a collector of several processes' lines wrote before this one: `worker-1 | `, `0|worker | `.
    """

    stamp: object
    message: str
    level: str | None
    service: str | None
    fields: Mapping[str, Any]
    process: str | None = None


def understand_record(fields: Mapping[str, Any], shape: Shape | None = None) -> Record:
    """Read a decoded object as the first dialect that fits; `shape` is that of its keys, if it is known."""
    dialect = (shape or find_shape(tuple(fields))).dialect
    if dialect.name == "gelf":  # what the application adds has an underscore before its name
        fields = {key.removeprefix("_"): value for key, value in fields.items()} | dict(fields)
    if "spans" in fields or "span" in fields or "Scopes" in fields or dialect.name == "tracing":
        fields = merge_spans(fields)
    message = _first(fields, dialect.message)
    if isinstance(message, str) and "{" in message and "@mt" in fields and "@m" not in fields:
        message = TEMPLATE_HOLE.sub(lambda hole: _fill(hole, fields), message)
    service = _first(fields, dialect.service) if dialect.name != "mongod" else dialect.name  # no record of its says so
    return Record(
        _read_instant(_first(fields, dialect.time)),
        _as_text(message),
        _name_level(_first(fields, dialect.level), dialect.level_numbers),
        mend_text(service) if isinstance(service, str) else None,
        fields,
    )


class Shape(NamedTuple):
    """What the keys of an object tell: its dialect, the objects that it may be around, the lists that it may hold.

    Of the places that the dialect names, those that the object has: most of them it has not.
    `is_around`: it may also hold a whole line as its message, although it states a level.
    """

    dialect: Dialect
    wrappings: tuple[Wrapping, ...]
    lists: tuple[str, ...]
    is_around: bool


def find_shape(keys: tuple[str, ...]) -> Shape:
    """The shape of an object with these keys."""
    return _find_known_shape(keys) if len(keys) <= MOST_KEYS else _find_shape(keys)


def _find_shape(keys: tuple[str, ...]) -> Shape:
    known = frozenset(keys)
    dialect = _narrow(next(dialect for dialect in DIALECTS if dialect.marks <= known), known)
    wrappings = tuple(row for row in WRAPPINGS if row.marks <= known)
    lists = () if MESSAGE_KEYS & known else tuple(key for key in LISTS if key in known)
    return Shape(dialect, wrappings, lists, dialect.name in {"journald", "export"} or "process_id" in known)


_find_known_shape: Final = lru_cache(maxsize=KNOWN_SHAPES)(_find_shape)


def _narrow(dialect: Dialect, keys: frozenset[str]) -> Dialect:
    """The dialect without the places that an object with these keys cannot have."""
    if dialect.name == "gelf":  # its keys are not yet those that it is read by
        return dialect

    def keep(places: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(place for place in places if place in keys or ("." in place and place.split(".")[0] in keys))

    return replace(
        dialect,
        time=keep(dialect.time),
        message=keep(dialect.message),
        level=keep(dialect.level),
        service=keep(dialect.service),
    )


def _fill(hole: re.Match[str], fields: Mapping[str, Any]) -> str:
    """What stands in a hole of a Serilog template; the hole itself if the record does not say."""
    value = fields.get(hole["name"])
    return hole[0] if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


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


def _read_instant(stamp: object) -> object:
    """A stamp out of the object that some write instead: Log4j 2, loguru, MongoDB."""
    if not isinstance(stamp, dict):
        return stamp
    second, nanos = stamp.get("epochSecond"), stamp.get("nanoOfSecond", 0)
    if isinstance(second, int) and isinstance(nanos, int):
        return second * 10**9 + nanos
    return _first(stamp, ("timestamp", "$date", "repr"))


def _as_text(message: object) -> str:
    if isinstance(message, str):
        return mend_text(strip_colours(message[:LONGEST_MESSAGE]))
    if message is None:
        return ""
    if isinstance(message, list) and message and all(isinstance(part, int) and 0 <= part < 256 for part in message):
        return mend_text(bytes(message).decode("utf-8", "replace")[:LONGEST_MESSAGE])  # journald: not printable
    parts = message if isinstance(message, list) else [message]
    return mend_text(" ".join(map(_as_word, parts))[:LONGEST_MESSAGE])


def _as_word(part: object) -> str:
    return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False, sort_keys=True)


def _name_level(level: object, numbers: Mapping[int, str]) -> str | None:
    if isinstance(level, dict):  # loguru
        level = level.get("name")
    if isinstance(level, str):
        if len(level) <= 2 and level.isdigit() and int(level) in numbers:
            return numbers[int(level)]  # journald writes numbers as text
        return normalize_level(mend_text(level)) or None
    if isinstance(level, (int, float)) and not isinstance(level, bool):
        return next((name for number, name in numbers.items() if number == level), str(level)[:LONGEST_LEVEL])
    return None


@lru_cache(maxsize=1024)
def normalize_level(level: str) -> str:
    """A level in lower case, without colours, by the one name that logdiag has for it."""
    plain = strip_colours(level).strip().lower()
    return SAME_LEVEL.get(plain, plain)[:LONGEST_LEVEL]
