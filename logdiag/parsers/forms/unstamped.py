"""Lines without a stamp between lines that have one: a print beside a logger is a record, a stack is part of one.

Such a record takes the time of the line before it: it was written then or later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from logdiag.deferred import compile_later
from logdiag.parsers.forms.colours import FRAME, strip_colours
from logdiag.parsers.forms.composed import is_composed
from logdiag.parsers.forms.dialects import Record, mend_text
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.neighbours import DATED, FIRST_BYTES
from logdiag.parsers.forms.records import (
    BLANK,
    CLOCK,
    NEAR,
    UnreadableError,
    find_time,
    list_records,
    read_unstamped,
)
from logdiag.times.stamps import NIGHT, parse_timestamp

DAY: Final = timedelta(days=1)
LOOK_BACK: Final = 200  # lines: a stack is shorter, and more would cost too much where nothing has a stamp
# What begins a line that belongs to the one before: an indent, what closes a block, markup, an item or a text of a
# body, a stack and the names of errors, the field of a header or of an object that is shown.
_INNER: Final = compile_later(
    rb"[\s})\]^|<\"'{~]|- |#\d|\.\.\.|at |File |Caused by|Suppressed|Traceback|Stack|Backtrace"
    rb"|goroutine |Thrown |Uncaught |During handling|The above exception|Node\.js v|node:|throw |Process |[A-Z]+ /"
    rb"|HTTP/\d"
    rb"|[\w.$:]*(?:Error|Exception|Warning|Interrupt|Fault|Exit)\b"
    rb"|\w+(?:\.[\w$]+)+(?:\(|: )|(?!\w*ed:)[\w-]{1,40}: ?\S*$|(?!\w*ed:)[a-z][\w-]{0,40}: "
)
# What python-engineio writes of a socket, by its id, looks like a field.
_OF_A_SOCKET: Final = compile_later(rb"(?:[0-9a-f]{32}|[\w-]{16}AA[\w-]{2}): ")
_OF_A_LAUNCHER: Final = compile_later(rb"- (?:Gracefully |Worker \d)")  # Puma's lines of its own look like items
# The head of an answer to a client that asked for a WebSocket, below the line of its trace that announces it.
_ANSWER: Final = compile_later(rb"\s*HTTP/1\.[01] 101 ")
_ANNOUNCED: Final = compile_later(
    rb"(?i)^(?!.*\b(?:sen[dt]|sending|writ\w+|>)\b).*\b(?:response|answer|reply|received|recv)\b"
)
_FRAME: Final = tuple(side.encode() for side in FRAME)
# Of V8, Go, the JVM and a shell, as the rules of `20-worker.toml` have them.
_LAST_WORDS: Final = compile_later(
    rb"(?:FATAL ERROR|fatal error): |(?:Terminating|Aborting) due to java\.lang\.OutOfMemoryError\b"
    rb"|(?:[^\n]{0,120}[:\s]\s*)?(?:Aborted|Segmentation fault|Bus error|Illegal instruction) {0,12}\(core dumped\)"
)
_LETTERS: Final = compile_later(rb"(?:[A-Za-z]|[\x80-\xff]){3}")
_LEADING: Final = (b":", b",", b"\\")  # a line that ends so goes on in the next one


def find_borrowed(raw: bytes, before: Iterable[bytes], layout: Layout) -> tuple[datetime, Record] | None:
    """The record of a line that has no stamp, with the time of the nearest line `before` it that has one.

    None where the line is part of the one before. `raw` and the lines before are as they stand in the file, the last
    one first.
    """
    if raw.startswith(_FRAME):
        raw = strip_colours(raw.strip(BLANK).decode("utf-8", "replace")).encode("utf-8", "replace")
    process = None
    if is_composed(raw, layout):
        name, _, raw = raw.partition(b"|")
        process, raw = name.strip().decode("utf-8", "replace"), raw.removeprefix(b" ")
    elif layout.header is None:
        return None
    is_answer = _ANSWER.match(raw) is not None
    is_own = is_answer or _OF_A_SOCKET.match(raw) or _OF_A_LAUNCHER.match(raw)
    is_inner = _INNER.match(raw) and not is_own
    if is_inner or _LETTERS.search(raw) is None:
        return None
    lines = list(islice(before, LOOK_BACK)) if layout.clock_shift is not None else islice(before, LOOK_BACK)
    for index, other in enumerate(lines):
        bare = other.strip(BLANK)
        moment = find_time(bare, layout) if bare else None
        if moment is None and isinstance(lines, list) and bare:
            moment = next((moment for moment, _ in place_clock(bare, lines[index + 1 :], layout)), None)
        if moment is not None:
            if is_answer and (index > 0 or not _ANNOUNCED.search(bare)):
                return None
            if index == 0 and bare.endswith(_LEADING) and not is_answer:
                return None
            record = read_unstamped(strip_colours(raw.strip(BLANK).decode("utf-8", "replace")))
            return moment, record if process is None else record._replace(process=mend_text(process))
    return None


def find_last_words(raw: bytes, before: Iterable[bytes], layout: Layout) -> tuple[datetime, Record] | None:
    """What a runtime writes as it dies into a file of JSON, at the time of the nearest line `before` that has one.

    None where the line is nothing of the kind, or no time is near.
    """
    if not layout.is_json or _LAST_WORDS.match(raw) is None:
        return None
    moments = (find_time(bare, layout) for other in islice(before, LOOK_BACK) if (bare := other.strip(BLANK)))
    moment = next((moment for moment in moments if moment is not None), None)
    return (
        None if moment is None else (moment, read_unstamped(strip_colours(raw.strip(BLANK).decode("utf-8", "replace"))))
    )


def place_clock(
    raw: bytes, before: Iterable[bytes], layout: Layout, *, is_head: bool = False
) -> list[tuple[datetime, Record]]:
    """The records of a line, stripped, whose stamp is a clock alone: of the day of the line before that has a date.

    A clock that stands before it is of the next day. `is_head`: no line with a date has come so far in the file, which
    may be because none does; then it is the day that brings the clock next to the first one.
    """
    if layout.clock_shift is None or CLOCK.search(raw, 0, NEAR) is None:
        return []
    shift = layout.clock_shift
    base = next((moment for line in islice(before, LOOK_BACK) if (moment := _find_dated(line, layout))), None)
    near = layout.hints.near if is_head and base is None else None
    days = [base] if base is not None else [] if near is None else [near - DAY, near - NIGHT, near + DAY]
    try:
        records = list(list_records(raw, layout))
    except (UnreadableError, RecursionError):
        return []
    found = []
    for record in records:
        hints = (layout.hints._replace(anchor=day + shift) for day in days)
        moments = [moment - shift for one in hints if (moment := parse_timestamp(record.stamp, layout.zone, one))]
        if not moments:
            return []
        found.append((min(moments, key=lambda moment: abs(moment - (base or near or moment))), record))
    return found


def _find_dated(raw: bytes, layout: Layout) -> datetime | None:
    """The instant of a line that looks as if it had a date: to read each clock would cost too much."""
    bare = raw.strip(BLANK)
    return find_time(bare, layout) if DATED.search(bare, 0, NEAR if bare[:1] != b"{" else FIRST_BYTES) else None
