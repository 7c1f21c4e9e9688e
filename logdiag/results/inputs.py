"""What was read, and what could not be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logdiag.results.evidence import Evidence

PROXIED: Final = "proxied"  # a voice: of texts there are some for where proxies alone tell
FEWEST_MISSING: Final = 2  # one may be a cut file
LOSSY_RATIO: Final = 0.05  # of all lines: then two due in a row are missing once in 400 pairs, several times a day


@dataclass(frozen=True, slots=True)
class FileFault:
    """Why nothing of a file can be placed in time (`why` is a key of the texts `fault`), and the line that shows it."""

    why: str
    line: int
    first_line: str


YEAR_ASSUMED: Final = "year-assumed"  # a guess: the stamps of the file have no year, and nothing tells it
DATE_ASSUMED: Final = "date-assumed"  # a guess: the stamps of the file are clocks, and nothing tells their day


@dataclass(frozen=True, slots=True)
class InputFile:
    """One log file that was read."""

    path: str
    connection: str
    service: str
    lines_count: int
    events_count: int
    skipped_count: int
    first: datetime | None
    last: datetime | None
    form: str = "json"
    guesses: tuple[str, ...] = ()
    fault: FileFault | None = None


@dataclass(frozen=True, slots=True)
class FormCount:
    """So many files are laid out in a form, and so many lines of theirs, or of others'."""

    form: str
    files_count: int
    lines_count: int


@dataclass(frozen=True, slots=True, order=True)
class UnreadFile:
    """A file, or a member of an archive, that may hold logs and was not read; `why` is a key of the texts `unread`."""

    path: str
    why: str

    @property
    def is_missing(self) -> bool:
        """Whether it may hold what decides, and no one chose to leave it out."""
        return self.why in {"unreadable", "dangling"}


@dataclass(frozen=True, slots=True)
class SkippedReason:
    """How many lines fell out for one reason, and where the first of them stands."""

    reason: str
    count: int
    first: Evidence


@dataclass(frozen=True, slots=True)
class Sampling:
    """How much was read of the lines around the disconnects, where they were too many to read them all.

    Of the time outside of these stretches only the lines that a rule knows were searched for triggers.
    """

    stretches_count: int
    stretches_s: float
    lines_count: int


@dataclass(frozen=True, slots=True)
class Wording:
    """Lines that mean the same, by the rule that says so, or, where `rule` is None, by the lexicon.

    `side` is whose log says so, where the kind tells.
    """

    template: str
    kind: str
    side: str | None
    count: int
    by: str
    rule: str | None
    example: Evidence


@dataclass(frozen=True, slots=True)
class SideReading:
    """On which side of its connections a service writes, and why; `retold_count` lines had read like the other's.

    `why` is `stated` (by the user), what its lines tell (`library`, `rules`, `retries`, `crowd`, `reasons`, `words`,
    `overlaps`, `tries`, `clients`, `signs`, `ids`, `turns`, `lasted`, `listens`, `ended-together`,
    `addresses`, `last-word`), `ends` (the log of the other end is here), `process` (what other services in the same
    files say) or `name` (of the service or file: a hint, no more).
    """

    source: str
    file: str
    service: str
    side: str | None
    why: str
    retold_count: int


@dataclass(frozen=True, slots=True)
class ZoneReading:
    """A file whose stamps name no zone, read in one that lies `offset_s` ahead of the others, as sockets measure it.

    `ids_count`: how many sockets, known by their ids or by when they connect or end; 0 where it goes with the other
    files of its process.
    """

    file: str
    offset_s: float
    ids_count: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read; non-blank lines = events + unclassified + skipped, and duplicates are among the events.

    `sampling` is None where all lines around the disconnects were read. `proxied_count`: how many ends of connections
    the access lines of proxies tell of, where no application's lines tell of any.
    """

    paths: tuple[str, ...]
    files: tuple[InputFile, ...]
    lines_count: int
    events_count: int
    skipped_count: int
    skipped: tuple[SkippedReason, ...]
    start: datetime | None
    end: datetime | None
    clock_assumption: str
    display_zone: str
    unclassified_count: int
    duplicates_count: int
    outside_window_count: int
    left_alone_count: int
    levels: Mapping[str, int]
    sampling: Sampling | None = None
    unread: tuple[UnreadFile, ...] = ()
    forms: tuple[FormCount, ...] = ()
    wordings: tuple[Wording, ...] = ()
    sides: tuple[SideReading, ...] = ()
    zones: tuple[ZoneReading, ...] = ()
    proxied_count: int = 0

    @property
    def voice(self) -> str:
        """In which words to tell of the connections: where proxies alone do, no server said anything."""
        return PROXIED if self.proxied_count else ""

    @property
    def has_dates(self) -> bool:
        """Whether the day of some line is known; where all stamps are clocks, a day is only assumed."""
        timed = [file for file in self.files if file.first is not None]
        return not timed or any(DATE_ASSUMED not in file.guesses for file in timed)

    @property
    def has_years(self) -> bool:
        """Whether the year of some line is known; where all stamps lack it, it is that of the last change of a file."""
        timed = [file for file in self.files if file.first is not None]
        return not timed or any(YEAR_ASSUMED not in file.guesses for file in timed)
