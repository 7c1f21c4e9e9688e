"""A line of the merged timeline, and the account of how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from logdiag.results.evidence import Evidence
from logdiag.results.inputs import UnreadFile


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a log. `kind` is that of the event and None for a line that no rule knows.

    `side` is whose log says such a thing, where the kind tells: `client` or `server`. `fields` holds what the rule
    extracted, as it stands in the line. `order_unknown`: a line of another file has the same instant, among those that
    the filters let be read. `late`: it came too late to be put in its place, and stands behind lines that are younger.
    """

    time: datetime
    connection: str
    service: str
    level: str | None
    kind: str | None
    message: str
    fields: Mapping[str, str]
    evidence: Evidence
    order_unknown: bool = False
    late: bool = False
    side: str | None = None


@dataclass(slots=True)
class Skipped:
    """How many lines fell out for one reason, and where the first of them stands."""

    count: int
    first: Evidence


@dataclass(slots=True)
class Account:
    """What was read so far, and what became of it; complete when the timeline has ended.

    Lines count if they are not blank. `shown_count` is the number of entries that passed the filters.
    `services` and `connections` are the names that a filter by name was held against. `first_time` and `last_time` are
    those of the logs, where they were looked through for a time asked for. `undated` are the files whose stamps are
    clocks of a day that nothing tells.
    """

    files_count: int = 0
    lines_count: int = 0
    records_count: int = 0
    shown_count: int = 0
    duplicates_count: int = 0
    late_count: int = 0
    first_late: Evidence | None = None
    skipped: dict[str, Skipped] = field(default_factory=dict)
    unread: tuple[UnreadFile, ...] = ()
    services: set[str] = field(default_factory=set)
    connections: set[str] = field(default_factory=set)
    first_time: datetime | None = None
    last_time: datetime | None = None
    undated: frozenset[str] = frozenset()

    def skip(self, reason: str, place: Evidence, count: int = 1) -> None:
        """Note a line that has no place in time, or several of a file of which it is the first."""
        known = self.skipped.setdefault(reason, Skipped(0, place))
        known.count += count
