"""Whatever a log holds: what a filter of `logdiag timeline` passes over undecoded, a plain reading drops as well."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from fuzz.targets import written
from logdiag.errors import InputError
from logdiag.merging import query
from logdiag.merging.narrowing import Wish
from logdiag.merging.query import Query, open_chronicle

TEXT: Final = b"2025-11-14 16:00:0%d.000 \x1b[32mINFO\x1b[0m Client \x1b[31mabc\x1b[0m disconnected: transport close\n"
BYTES: Final = json.dumps(list(b"Disconnected from master: \x1b[31mtransport close\x1b[0m")).encode()
# The first line is what is asked for: a clock time, a word of a message with its context, or nothing: events.
SEEDS: Final = (
    b"abc disconnected\n" + TEXT % 1 + TEXT % 2,
    b"\n" + b"\n".join(b'{"__REALTIME_TIMESTAMP":"176313600000000%d","MESSAGE":%s}' % (n, BYTES) for n in range(3)),
    b"16:00:01\n" + TEXT % 1 + TEXT % 2 + TEXT % 1 + TEXT % 2,
    b'(?i)LEFT Tr\n{"@t":"2025-11-14T16:00:00Z","@mt":"User {User} left {Why}","User":1,"Why":"transport"}\n',
    b's.c\n{"level":"info","message":"s\\u006fcket","timestamp":"2025-11-14 16:00:00.000"}\n[1]\n',
)
CLOCK: Final = re.compile(r"\d\d:\d\d:\d\d")


def check(data: bytes) -> None:
    """Tell a file of these bytes, but for the first line, with a filter, by way of the scan and plainly."""
    asked, _, rest = data.partition(b"\n")
    text = asked.decode("utf-8", "replace")
    filters: dict[str, Any] = {"events_only": True} if not text else {"grep": text}
    if CLOCK.fullmatch(text):
        filters = {"around": text + "/1s"}
    with written(rest, "x.log") as path:
        narrowed = _tell(path, filters)
        with _read_plainly():
            plain = _tell(path, filters)
    if narrowed != plain:
        raise AssertionError(f"another answer by way of the scan: {narrowed} and {plain}")


def _tell(path: Path, filters: dict[str, Any]) -> object:
    """The places of the entries, or how it ended."""
    try:
        with open_chronicle(Query(paths=(str(path),), **filters)) as told:
            return [(entry.evidence.line, entry.kind, entry.message) for entry in told.entries]
    except InputError:
        return "refused"


@contextmanager
def _read_plainly() -> Iterator[None]:
    usual = query._wish
    query._wish = lambda *_: Wish(None, None, None)
    try:
        yield
    finally:
        query._wish = usual
