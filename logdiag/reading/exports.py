"""What log platforms hand out as tables and query answers, laid out anew with one JSON record a line.

As with other documents (`documents`) each record stands on the line where it begins in the file, and the lines that it
leaves are blank. Whether a file is an export is told by its head: the names of its columns and what stands below them.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later

MARK: Final = "@export"  # the key by which a dialect knows the records that are laid out here
UTF8_BOM: Final = b"\xef\xbb\xbf"
MOST_HEADER_BYTES: Final = 4096  # of the names of all columns; Azure's fifty take half of it
SHOWN_ROWS: Final = 20  # of the head tell what stands in the columns
NEARLY_ALL: Final = 0.8  # of these rows have a stamp and words; the others may be blank, or damaged
DELIMITERS: Final = (",", "\t", ";")


class Export(NamedTuple):
    """How one platform names the columns of time and message, with an example: the header and a row."""

    name: str
    times: tuple[str, ...]
    messages: tuple[str, ...]
    example: str


EXPORTS: Final = (
    Export(
        "CloudWatch Logs Insights",
        ("@timestamp",),
        ("@message",),
        "@timestamp,@logStream,@message\n2025-11-14 16:25:52.756,api/3f2a,Client disconnected: transport close\n",
    ),
    Export(
        "CloudWatch console",
        ("timestamp",),
        ("message",),
        'timestamp,message\n1763137552756,"Client disconnected: transport close\n"\n',
    ),
    Export(
        "Kibana and OpenSearch Discover",
        ("@timestamp", "timestamp"),
        ("message", "_source"),
        '"@timestamp","log.level",message\n"Nov 14, 2025 @ 16:25:52.756",info,"Client disconnected: transport close"\n',
    ),
    Export(
        "Datadog",
        ("date",),
        ("message", "content"),
        '"Date","Host","Service","Content"\n'
        '"2025-11-14T16:25:52.756Z","h1","api","Client disconnected: transport close"\n',
    ),
    Export(
        "Grafana Explore",
        ("tsns", "time"),
        ("line",),
        '"labels","Time","Line","tsNs","id"\n"{""app"":""api""}",2025-11-14 16:25:52.756,'
        "Client disconnected: transport close,1763137552756000000,1763137552756000000_ab12\n",
    ),
    Export(
        "Google Cloud Logging",
        ("timestamp", "receivetimestamp"),
        ("textpayload", "jsonpayload.message", "jsonpayload", "protopayload.status.message"),
        "timestamp,severity,textPayload\n2025-11-14T16:25:52.756Z,INFO,Client disconnected: transport close\n",
    ),
    Export(
        "Azure Log Analytics",
        ("timegenerated",),
        ("message", "renderedmessage", "logmessage", "logentry", "resultdescription", "syslogmessage", "log_s"),
        '"TimeGenerated [UTC]",Level,Message\n'
        '"11/14/2025, 4:25:52.756 PM",Information,"Client disconnected: transport close"\n',
    ),
    Export(
        "Papertrail",
        ("generated_at", "received_at"),
        ("message",),
        "id\tgenerated_at\treceived_at\tsource_id\tsource_name\tsource_ip\tfacility_name\tseverity_name\tprogram"
        "\tmessage\n5034\t2025-11-14T16:25:52.756Z\t2025-11-14T16:25:52.799Z\t42\tweb\t192.0.2.7\tUser\tInfo\tapi"
        "\tClient disconnected: transport close\n",
    ),
    Export(
        "Splunk",
        ("_time", "_indextime"),
        ("_raw",),
        '"_time","_raw",host\n"2025-11-14T16:25:52.756+0000","Client disconnected: transport close",web\n',
    ),
    Export(
        "loggers that write tables",
        ("datetime", "ts", "time", "asctime", "created", "timestamp_utc", "logged_at"),
        ("msg", "log", "log_message", "message"),
        "asctime;levelname;msg\n2025-11-14 16:25:52.756;INFO;Client disconnected: transport close\n",
    ),
)  # fmt: skip
TIMES: Final = tuple(dict.fromkeys(name for row in EXPORTS for name in row.times))
MESSAGES: Final = tuple(dict.fromkeys(name for row in EXPORTS for name in row.messages))
LEVELS: Final = ("level", "log.level", "loglevel", "severity", "severity_name", "severitytext", "levelname", "status")
SERVICES: Final = (
    "service", "service.name", "logger", "program", "app", "application", "cloud_rolename", "container_name",
    "kubernetes.container.name", "service_name", "container", "job",
)  # fmt: skip
# Who speaks to whom, and what was rated or committed: a table of messages between people, or of a tracker, is no log.
PEOPLE: Final = frozenset(
    {
        "author", "author_name", "authorid", "author_id", "sender", "recipient", "receiver", "from", "to", "cc",
        "subject", "reactions", "attachments", "commit", "hash", "sha", "rating", "sentiment", "retweets", "likes",
        "phone", "address", "email", "username", "user_name", "channel", "conversation", "thread",
    }
)  # fmt: skip
# Of tables that a logger or platform writes, which may name users as well.
LOGGED: Final = frozenset({*LEVELS, *SERVICES, "host", "hostname", "@logstream", "@log", "logstream", "pod", "_raw"})
UNWANTED: Final = frozenset({"id", "@ptr", "insertid", "tsns", "labeltypes"})  # name the row, and nothing in it
STAMP: Final = compile_later(
    r"\d{4}[-/.]\d\d[-/.]\d\d[T ,]{1,2}\d|\d\d?[-/.]\d\d?[-/.]\d{2,4}[ ,]{1,2}\d|\d{10}(?:[.,]?\d{1,9})?$"
    r"|[A-Z][a-z]{2,8} \d\d?,? (?:\d{4}|\d\d:\d\d)"
)
# Papertrail's archives have no header.
PAPERTRAIL_HEADER: Final = (
    "id\tgenerated_at\treceived_at\tsource_id\tsource_name\tsource_ip\tfacility_name\tseverity_name\tprogram\tmessage"
)
PAPERTRAIL_ROW: Final = compile_later(
    r"\d+\t(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\t]*\t){2}(?:[^\t]*\t){4}(?i:[a-z]+)\t[^\t]*\t"
)
KIBANA_CLOCK: Final = compile_later(r"(?<=\d{4}) @ (?=\d)")  # Nov 14, 2025 @ 16:25:52.756
UNIT: Final = compile_later(r" \[[^\[\]]{1,30}\]$")  # TimeGenerated [UTC]
IN_UTC: Final = compile_later(r"\[UTC\]$")
LOCAL: Final = compile_later(r"[ T,]\d\d?:\d\d(?::\d\d(?:\.\d+)?)?(?: [AP]M)?$")  # it names no zone
WORDS: Final = compile_later(r"[^\W\d_]{2}")
CLOCK_FRACTION: Final = compile_later(r"\d{3}")  # Python's stamp has a comma before its milliseconds: no cell's end

TABLE_NAME: Final = compile_later(r"\.(?:csv|tsv)$", re.IGNORECASE)
FEWEST_ROWS: Final = 3  # a choice: one or two rows tell nothing of a table
SPOKEN: Final = 0.5  # of a log's messages are sentences: one word, or one and a number, may be a message too
LEAST_COLUMNS: Final = 2  # an instant and a message
WHOLE_STAMP: Final = compile_later(
    r"\s*(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d?[-/.](?:\d\d?|[A-Z][a-z]{2})[-/.]\d{2,4})"
    r"[T ,]{1,2}\d\d?:\d\d:\d\d[^,\n]{0,16}$"
)
SENTENCE: Final = compile_later(r"[^\W\d_]{2,}\W{1,3}[^\W\d_]{2,}")
LEVEL_WORDS: Final = frozenset(
    {"trace", "debug", "info", "information", "notice", "warn", "warning", "error", "err", "critical", "fatal"}
)

# The answer of Loki's `query` and `query_range`, as `curl` saves it.
LOKI_HEAD: Final = compile_later(
    rb'\s*\{\s*(?:"status"\s*:\s*"success"\s*,\s*)?"data"\s*:\s*\{[^\[\]]{0,200}?"result(?:Type"\s*:\s*"streams)?"'
    rb'[^\[\]]{0,200}?\[\s*\{\s*"(?:stream"\s*:\s*\{|values"\s*:\s*\[\s*\[\s*"\d{19}")'
)
LOKI_KEY: Final = compile_later(r'"(stream|values)"\s*:\s*')
LOKI_NEXT: Final = compile_later(r"\s*\[?\s*,?\s*(?=\[)")
LOKI_SERVICES: Final = ("service_name", "service", "app", "container", "job")
MOST_LABELS: Final = 12  # of a stream go into each of its records: Kubernetes gives six to ten
LONGEST_LABEL: Final = 200
DECODER: Final = json.JSONDecoder(strict=False)


class Columns(NamedTuple):
    """What stands in the columns of a table: `names` as they are in the records, and the places of some of them.

    `is_utc`: the title of the time says so. `has_header`: the first line names the columns.
    """

    delimiter: str
    names: tuple[str, ...]
    time_place: int
    is_utc: bool
    message_places: tuple[int, ...]
    has_header: bool = True


def begins_export(head: bytes) -> bool:
    """Whether the first bytes of a text are those of a table of log lines, or of Loki's answer."""
    return LOKI_HEAD.match(head) is not None or find_columns(head) is not None


def is_table(text: bytes) -> bool:
    """Whether a text is a table of log lines, which is read row by row: its commas are no values of one record."""
    return find_columns(text[: 4 * MOST_HEADER_BYTES].removeprefix(UTF8_BOM)) is not None


def lay_out_export(text: str) -> str | None:
    """The records of an export, each on the line where it begins; None if the text is none."""
    head = text[: 4 * MOST_HEADER_BYTES].encode("utf-8", "replace")
    if LOKI_HEAD.match(head):
        return "".join(_lay_out_loki(text))
    columns = find_columns(head)
    return None if columns is None else "".join(_lay_out_table(text, columns))


def find_columns(head: bytes) -> Columns | None:
    """The columns of a table whose header names a time and a message, if its rows bear that out; None without."""
    end = head.find(b"\n", 0, MOST_HEADER_BYTES)
    if end < 0 or head[:1] in b"{[<":
        return None
    header = head[:end].decode("utf-8", "replace").rstrip("\r")
    if PAPERTRAIL_ROW.match(header):
        named = _name_columns(PAPERTRAIL_HEADER, "\t")
        return None if named is None else named._replace(has_header=False)
    for delimiter in DELIMITERS:
        if delimiter in header and (columns := _name_columns(header, delimiter)) is not None:
            return _prove(columns, head[end + 1 :].decode("utf-8", "replace"))
    return None


def holds_messages(head: bytes) -> bool:
    """Whether a table whose columns have other names, or none, is a log by its values.

    Most rows have an instant to the second and a sentence, and nothing else or a level: prices have no sentences,
    what people write to each other has no level. It is read as lines of text.
    """
    rows = _read_head_rows(head)
    if len(rows) < FEWEST_ROWS or PEOPLE.intersection(cell.strip().lower() for cell in rows[0]):
        return False
    told = [row for row in rows if any(map(WHOLE_STAMP.match, row)) and _has_level_or_nothing(row)]
    spoken_count = sum(any(map(SENTENCE.search, row)) for row in told)
    return len(told) >= NEARLY_ALL * (len(rows) - 1) and spoken_count >= max(FEWEST_ROWS, SPOKEN * len(told))


def _has_level_or_nothing(row: Sequence[str]) -> bool:
    return len(row) == LEAST_COLUMNS or any(cell.strip().lower() in LEVEL_WORDS for cell in row)


def is_timed_table(name: str, head: bytes) -> bool:
    """Whether a file is a table, by its name, whose rows have instants."""
    if TABLE_NAME.search(name) is None:
        return False
    return sum(any(map(WHOLE_STAMP.match, row)) for row in _read_head_rows(head)) >= FEWEST_ROWS


def _read_head_rows(head: bytes) -> list[Sequence[str]]:
    text = head.removeprefix(UTF8_BOM).decode("utf-8", "replace")
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = islice(_read_rows(text, delimiter), SHOWN_ROWS)
    return [row.cells for row in rows if len(row.cells) >= LEAST_COLUMNS]


def _name_columns(header: str, delimiter: str) -> Columns | None:
    """The columns by their names alone; the time is the first that may be one."""
    try:
        titles = next(csv.reader([header], delimiter=delimiter, skipinitialspace=True))
    except (csv.Error, StopIteration):
        return None
    known = [UNIT.sub("", title.strip()).lower() for title in titles]
    times = [known.index(name) for name in TIMES if name in known]
    messages = [known.index(name) for name in MESSAGES if name in known]
    if not times or not messages or (PEOPLE.intersection(known) and not LOGGED.intersection(known)):
        return None
    names = [UNIT.sub("", title.strip()) for title in titles]
    for role, group in (("level", LEVELS), ("service", SERVICES)):
        place = next((known.index(name) for name in group if name in known), None)
        if place is not None:
            names[place] = role
    for place, name in enumerate(known):
        if name in UNWANTED or (name.startswith("_") and place not in messages):
            names[place] = ""
    return Columns(delimiter, tuple(names), times[0], IN_UTC.search(titles[times[0]].strip()) is not None, (*messages,))


def _prove(columns: Columns, rest: str) -> Columns | None:
    """The columns if the first rows have a stamp and words in them."""
    rows = [
        row for row, _ in zip(_read_rows(rest, columns.delimiter), range(SHOWN_ROWS + 1), strict=False) if row.cells
    ]
    rows = rows[:-1] or rows  # the last one may be cut off
    fits = [_fits(row.cells, columns) for row in rows]
    return columns if fits and sum(fits) >= NEARLY_ALL * len(fits) else None


def _fits(cells: Sequence[str], columns: Columns) -> bool:
    cells = _join_rest(cells, columns)
    if len(cells) <= columns.time_place or not STAMP.match(cells[columns.time_place].strip()):
        return False
    return any(WORDS.search(cells[place]) for place in columns.message_places if place < len(cells))


def _join_rest(cells: Sequence[str], columns: Columns) -> Sequence[str]:
    """A row without the blanks of a message that has the delimiter, unquoted; nothing if another column has it."""
    count = len(columns.names)
    if len(cells) <= count:
        return cells
    last = count - 1
    is_split_stamp = CLOCK_FRACTION.fullmatch(cells[columns.time_place + 1]) is not None
    if last not in columns.message_places or is_split_stamp:
        return ()
    return [*cells[:last], columns.delimiter.join(cells[last:])]


class _Row(NamedTuple):
    """The cells of a row and the lines that it takes; no cells: it cannot be read."""

    cells: Sequence[str]
    lines: Sequence[str]


def _read_rows(text: str, delimiter: str) -> Iterator[_Row]:
    """The rows of a table, by the csv module; a row with an overlong cell, such as one never closed, is passed over."""
    taken: list[str] = []

    def feed() -> Iterator[str]:
        for line in text.split("\n"):
            taken.append(line)
            yield f"{line.rstrip(chr(13))}\n"

    lines = feed()
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            cells: Sequence[str] = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells, reader = (), csv.reader(lines, delimiter=delimiter)
        yield _Row(cells, tuple(taken))
        taken.clear()


def _lay_out_table(text: str, columns: Columns) -> Iterator[str]:
    place = text.find("\n") + 1 if columns.has_header else 0
    for number, row in enumerate(_read_rows(text[place:], columns.delimiter)):
        yield "\n" if number or columns.has_header else ""
        record = _make_record(row.cells, columns) if any(row.cells) else None
        if record is None:
            yield "\n".join(row.lines)
        else:
            yield json.dumps(record, ensure_ascii=False) + "\n" * (len(row.lines) - 1)


def _make_record(cells: Sequence[str], columns: Columns) -> dict[str, str] | None:
    cells = _join_rest(cells, columns)
    if len(cells) <= columns.time_place:
        return None
    stamp = KIBANA_CLOCK.sub(" ", cells[columns.time_place].strip())
    stamp = f"{stamp} UTC" if columns.is_utc and LOCAL.search(stamp) else stamp
    message = next((text for at in columns.message_places if at < len(cells) and (text := cells[at].strip())), "")
    taken = {columns.time_place, *columns.message_places}
    others = {
        name: cell
        for place, (name, cell) in enumerate(zip(columns.names, cells, strict=False))
        if name and cell and place not in taken
    }
    mark = {} if "severityLevel" in others else {MARK: "table"}  # its numbers are Azure's, which has a dialect
    return mark | others | {"timestamp": stamp, "message": message}


def _lay_out_loki(text: str) -> Iterator[str]:
    """The lines of all streams, with the labels of theirs."""
    place, labels = 0, dict[str, Any]()
    while (found := LOKI_KEY.search(text, place)) is not None:
        begin = found.end()
        if found[1] == "stream":
            stream, stop = _decode(text, begin)
            if not isinstance(stream, dict):
                break
            labels = _pick_labels(stream)
            yield "\n" * text.count("\n", place, stop)
            place = stop
            continue
        yield "\n" * text.count("\n", place, begin)
        place = begin
        while (gap := LOKI_NEXT.match(text, place)) is not None:
            value, stop = _decode(text, gap.end())
            if not isinstance(value, list) or len(value) < 2 or not isinstance(value[1], str):
                break
            yield "\n" * text.count("\n", place, gap.end()) or " "
            yield json.dumps({MARK: "loki", **labels, "timestamp": value[0], "message": value[1]}, ensure_ascii=False)
            yield "\n" * text.count("\n", gap.end(), stop)
            place = stop
        if place == begin:
            break
    yield "\n" * text.count("\n", place)


def _decode(text: str, place: int) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text, place)
    except (ValueError, RecursionError):
        return None, place


def _pick_labels(stream: Mapping[str, Any]) -> dict[str, str]:
    """The first labels of a stream, that of the service by its name."""
    known = {key: value for key, value in stream.items() if isinstance(value, str) and len(value) <= LONGEST_LABEL}
    service = next((known[key] for key in LOKI_SERVICES if known.get(key)), None)
    picked = dict(list(known.items())[:MOST_LABELS])
    return picked if service is None else picked | {"service": service}
