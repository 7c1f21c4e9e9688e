"""What lines without a stamp say: counted by meaning and reason, for none of them can be placed in time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from logdiag.events import EventKind
from logdiag.parsers.colours import strip_colours
from logdiag.parsers.layouts import Layout
from logdiag.parsers.openings import find_opening
from logdiag.parsers.records import BLANK, UnreadableError, list_records
from logdiag.parsers.rules import Match, RuleSet
from logdiag.reading import Damage, LogFile, read_lines
from logdiag.results.evidence import Evidence

# What collectors write before a line of one of several processes: `[0] `, `api-1  | `, `0|api  | `.
COLLECTED: Final = re.compile(r"(?:\[[^\[\]\n]{1,40}\]|(?:\d+\|)?[\w.-]+ +\|) +(?=\S)")
RETOLD_WITHIN: Final = 20  # lines: a choice; others of a busy server may stand between two of one moment


class Meaning(StrEnum):
    """What a line without a time may tell; keys of the texts `untimed`. No side: without order none is settled."""

    END = "end"
    CONNECT = "connect"
    FAILED = "failed"
    START = "start"
    STOP = "stop"


MEANINGS: Final[Mapping[EventKind, Meaning]] = {
    EventKind.DISCONNECTED: Meaning.END,
    EventKind.SERVER_DISCONNECTED: Meaning.END,
    EventKind.CONNECTED: Meaning.CONNECT,
    EventKind.SERVER_CONNECTED: Meaning.CONNECT,
    EventKind.CONNECT_ERROR: Meaning.FAILED,
    EventKind.PROXY_REFUSAL: Meaning.FAILED,
    EventKind.SERVER_STARTED: Meaning.START,
    EventKind.PROCESS_STARTED: Meaning.START,
    EventKind.SERVER_STOPPING: Meaning.STOP,
    EventKind.PROCESS_STOPPING: Meaning.STOP,
    EventKind.PROCESS_CRASHED: Meaning.STOP,
}


OPPOSITE: Final = {Meaning.END: Meaning.CONNECT, Meaning.CONNECT: Meaning.END}


@dataclass(slots=True)
class Told:
    """How many lines tell one thing, where the first of them stands, and how many of them give which reason."""

    meaning: Meaning
    first: Evidence
    count: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def count_untimed(files: Iterable[LogFile], layouts: Mapping[LogFile, Layout], rules: RuleSet) -> list[Told]:
    """What the lines of files tell that have no time, in the order of `Meaning`."""
    told: dict[Meaning, Told] = {}
    for file in files:
        last: dict[tuple[Meaning, str], int] = {}
        for number, found in _understand(file, layouts[file], rules):
            meaning = MEANINGS.get(found.kind)
            if meaning is None or _is_retold(found, meaning, number, last):
                continue
            row = told.setdefault(meaning, Told(meaning, Evidence(file.path, number)))
            row.count += 1
            if meaning is Meaning.END and (reason := found.extracted.get("reason")):
                row.reasons[" ".join(reason.lower().split())] += 1
    return [told[meaning] for meaning in Meaning if meaning in told]


def _is_retold(found: Match, meaning: Meaning, number: int, last: dict[tuple[Meaning, str], int]) -> bool:
    """Whether a line tells again what one of the lines before said of the same socket; `last` has the line of each.

    A socket opens once, and ends once; the name of a user may return, but not within a few lines without the opposite.
    """
    socket = found.extracted.get("socket_id")
    if socket is None or meaning not in OPPOSITE:
        return False
    before = last.get((meaning, socket))
    last[meaning, socket] = number
    last.pop((OPPOSITE[meaning], socket), None)
    return before is not None and number - before <= RETOLD_WITHIN


def _understand(file: LogFile, layout: Layout, rules: RuleSet) -> Iterator[tuple[int, Match]]:
    """The numbers of the lines that mean something, with what they mean."""
    is_wanted = rules.find_candidate()
    with closing(read_lines(file)) as lines:
        for line in lines:
            if isinstance(line, Damage):
                return
            raw = line.raw.strip(BLANK)
            if raw and is_wanted(raw) and (found := _match(raw, layout, rules, file.service)) is not None:
                yield line.number, found


def _match(raw: bytes, layout: Layout, rules: RuleSet, service: str) -> Match | None:
    try:
        records = list(list_records(raw, layout))
    except (UnreadableError, RecursionError):
        records = []
    if not records:
        return match_bare(raw.decode("utf-8", "replace"), rules, service)
    matches = (rules.match(one.message, one.service or service, one.fields, one.level) for one in records)
    return next((found for found in matches if found is not None), None)


def match_bare(text: str, rules: RuleSet, service: str | None) -> Match | None:
    """What a line without a stamp means: without what a collector and Python's logging wrote before it, or as it is."""
    text = strip_colours(text)
    collected = COLLECTED.match(text)
    texts = (text,) if collected is None else (text[collected.end() :], text)
    for message in texts:
        if (found := rules.match(*open_bare(message, service))) is not None:
            return found
    return None


def open_bare(text: str, service: str | None) -> tuple[str, str | None]:
    """The message of a line without a stamp, and its service: the logger, where Python's logging names one."""
    opening = find_opening(text)
    return (text, service) if opening is None else (text[opening.place :], opening.name or service)
