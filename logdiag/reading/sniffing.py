"""Whether a file is a log, by its name and its first lines."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import Final

from logdiag.deferred import compile_later
from logdiag.reading.archives import (
    SNIFF_BYTES,
)
from logdiag.reading.compression import PackedError
from logdiag.reading.exports import MARK, TABLE_NAME, holds_messages, is_timed_table
from logdiag.reading.labels import ROTATION
from logdiag.reading.remote import open_bytes
from logdiag.reading.streams import UTF8_BOM, decode, read_head

LOG_NAME: Final = compile_later(r"\.(log|jsonl|ndjson|out|err)(\W.*)?$|[-_.]log$", re.IGNORECASE)
CONTROLS: Final = bytes({*range(1, 9), *range(14, 27), *range(28, 32)})
MOST_CONTROLS_RATIO: Final = 0.01
LAID_OUT: Final = f'{{"{MARK}":'.encode()  # a record of an export, which may be cut off
JSON_KEY: Final = compile_later(rb'"(message|msg|log|level|timestamp|time)"\s*:')
# A key with an instant: a date with a clock, or seconds since 1970 (of 2001 and later) with all their decimal places.
STAMP_KEY: Final = compile_later(
    rb'"([\w@.-]{1,40})"\s*:\s*"?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|[12]\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?["\s,}])'
)
# Tables, prose and programs: what begins with a stamp there is no log line.
OTHER_NAME: Final = compile_later(
    r"\.(csv|tsv|md|rst|html?|xml|sql|ya?ml|toml|ini|conf|js|ts|py|sh|patch|diff|srt|vtt|ics)$", re.IGNORECASE
)
SNIFFED_LINES: Final = 50
FEWEST_STAMPED: Final = 3
STAMPED_RATIO: Final = 0.3  # of the first lines: the others may be stacks
# A date and a clock near the beginning of a line, a clock and a level, or a clock to the millisecond, and a word behind
# them: a log line. Android's logcat writes no year.
STAMPED_LINE: Final = compile_later(
    rb".{0,60}?(?<!\d)(?:\d{4}[-/.]\d\d[-/.]\d\d[T ,_]{1,2}\d\d?:\d\d"
    rb"|\d\d?[-/.](?:\d\d?|[A-Z][a-z]{2})[-/.]\d{2,4}[ T:,]{1,2}\d\d?:\d\d"
    rb"|[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d"
    rb"|(?<!.)\W?\d\d[-/]\d\d \d\d:\d\d:\d\d[.,]\d{3}"
    rb"|(?<!.)\d\d:\d\d:\d\d[.:]\d{3} (?=[A-Za-z])"
    rb"|(?<!.)\W{0,8}\d\d:\d\d:\d\d[.,\d]*\W{1,8}(?i:TRACE|DEBUG|INFO|WARN|ERROR|FATAL))"
    rb".{0,200}?(?:[A-Za-z]{3}|[\xc3-\xf4][\x80-\xbf])"
)
# As `logdiag timeline` ends its lines: what it wrote is no log.
TIMELINE_LINE: Final = compile_later(rb"\([^()]+:\d+\)(?:\x1b\[[0-9;]*m)*$")


def is_log_file(path: Path) -> bool:
    """A log by its name, or by what it begins with."""
    return is_log(path.name, _read_head(path))


def is_timed_table_file(path: Path) -> bool:
    """A table with instants in it: what its reader may miss where it is no log."""
    head = _read_head(path) if TABLE_NAME.search(path.name) is not None else None
    return head is not None and is_timed_table(path.name, head)


def _read_head(path: Path) -> bytes | None:
    try:
        with open_bytes(path) as plain:
            return read_head(decode(plain, SNIFF_BYTES), SNIFF_BYTES)
    except (OSError, PackedError):
        return None


def is_log(name: str, head: bytes | None) -> bool:
    """A log by its name, unless its bytes are no text; or by its first lines.

    What has the name of a log but cannot be read (`head` None) is one: reading it will say so.
    """
    has_name = LOG_NAME.search(ROTATION[0].sub("", name)) is not None
    if head is None:
        return has_name
    is_text = len(head) - len(head.translate(None, CONTROLS)) <= MOST_CONTROLS_RATIO * len(head)
    if (has_name and is_text) or _holds_json_lines(head) or _holds_stamped_objects(head):
        return True
    return is_text and _holds_text_lines(name, head)


def _holds_json_lines(head: bytes) -> bool:
    """Whether one of the first lines looks like a JSON record with a key that logs have."""
    bare = (line.strip() for line in head.removeprefix(UTF8_BOM).splitlines())
    lines = islice((line for line in bare if line), SNIFFED_LINES)
    return any(
        line.startswith(LAID_OUT)
        or (line.startswith(b"{") and line.endswith(b"}") and JSON_KEY.search(line) is not None)
        for line in lines
    )


def _holds_stamped_objects(head: bytes) -> bool:
    """Whether the first lines are objects, each with an instant under one key, whatever else their keys are called.

    So are those of `journalctl -o json`. Of settings and manifests an object takes many lines.
    """
    bare = (line.strip() for line in head.removeprefix(UTF8_BOM).splitlines()[: SNIFFED_LINES + 1])
    lines = [line for line in bare if line][:SNIFFED_LINES]
    if len(lines) > 1 and not lines[-1].endswith(b"}"):
        lines.pop()  # the head may end within a line
    objects = [line for line in lines if line.startswith(b"{") and line.endswith(b"}")]
    if len(objects) < max(FEWEST_STAMPED, len(lines)):
        return False
    keys = (set(STAMP_KEY.findall(line)) for line in objects)
    return bool(set.intersection(*keys))


def _holds_text_lines(name: str, head: bytes) -> bool:
    """Whether enough of the first lines begin as those of a text log do."""
    if OTHER_NAME.search(name):
        return TABLE_NAME.search(name) is not None and holds_messages(head)
    bare = (line.strip() for line in head.removeprefix(UTF8_BOM).splitlines())
    lines = [line for line in bare if line][:SNIFFED_LINES]
    stamped = [line for line in lines if STAMPED_LINE.match(line) and not TIMELINE_LINE.search(line)]
    return len(stamped) >= max(FEWEST_STAMPED, STAMPED_RATIO * len(lines))
