"""Where a statement stands in the logs and in the code: lines, excerpts, places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

Number: TypeAlias = "float | int | str | None"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in a log: the path as the user gave it, and the line, counted from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where code failed, as the stack traces of the logs say: the innermost frame that is no library's.

    `about` is `push` or `disconnect`; `count` of their lines name the place.
    """

    file: str
    line: int
    function: str | None
    about: str
    error: str | None
    count: int
    example: Evidence


SHOWN_MESSAGE: Final = 200  # characters: a report shows no more of the message of a line
LEADING_LINE: Final = "trigger"  # the kind of an excerpt that is no event: its message comes before disconnects


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line of the worst incident: `text` is the line as it stands in the file, cut at 2,000 characters."""

    time: datetime
    connection: str
    service: str
    kind: str
    message: str
    text: str
    evidence: Evidence
    order_unknown: bool
    has_more: bool = True  # than its time, level, service and message: what a timeline of messages leaves out
