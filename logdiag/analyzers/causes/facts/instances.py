"""Which ends fall on one instance of the server while others ran on and let clients in, as in a rolling deploy."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, NamedTuple

from logdiag.analyzers.causes.case import Instances
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.server_starts import LONGEST_RESTART
from logdiag.analyzers.processes.server_turns import list_server_turns, list_servers
from logdiag.events import EventKind
from logdiag.results.connections import ServerTurn
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows

LATE: Final = timedelta(seconds=1)  # as for stops: what the clocks and the order of lines may differ by
LEAST: Final = 2  # one that others outlive


class Arrival(NamedTuple):
    """A client that an instance let in."""

    time: datetime
    unit: str
    evidence: Evidence


@dataclass
class _Unit:
    """One instance: when it wrote first, its own starts and stops in the order of time.

    `words` are those that all its lines of clients that it let in have in common.
    """

    first: datetime
    starts: list[datetime] = field(default_factory=list)
    stops: list[datetime] = field(default_factory=list)
    words: set[str] | None = None

    def let_in(self, message: str) -> None:
        """Take in a line by which it let a client in."""
        words = {word for word in message.split() if word.isalpha()}
        self.words = words if self.words is None else self.words & words

    def speaks_as(self, other: _Unit) -> bool:
        """Whether both let clients in by the same words, but for a name: they run the same program."""
        own, theirs = self.words or set(), other.words or set()
        return min(len(own), len(theirs)) > 0 and (own <= theirs or theirs <= own)

    def is_ending(self, moment: datetime) -> bool:
        """Whether it stops or starts anew around a moment; one that started since it stopped, or stops later, is up."""
        stopped_count = bisect_right(self.stops, moment + LATE)
        last = self.stops[stopped_count - 1] if stopped_count else None
        if last is not None and last >= moment - LONGEST_RESTART and not _is_within(self.starts, last, moment):
            return True
        place = bisect_left(self.starts, moment)
        if place == len(self.starts) or (start := self.starts[place]) > moment + LONGEST_RESTART:
            return False
        return not _is_within(self.stops, moment + LATE, start)


class Fleet:
    """All instances of the server: a process each; of a folder whose files tell of starts of their own, each file."""

    def __init__(self, timeline: Rows) -> None:
        servers = list_servers(timeline)
        turns = list_server_turns(timeline, servers)
        self._shared = _find_shared(turns)
        rows = timeline[timeline["source"].isin(servers)]
        self._units: dict[str, _Unit] = {}
        for source, of_source in rows.part("source"):
            for file, first in of_source.first_by("file").items():
                unit = self._units.setdefault(self.name(source, file), _Unit(first))
                unit.first = min(unit.first, first)
        for turn in turns:
            unit = self._units[self.name(turn.process, turn.evidence.file)]
            (unit.starts if turn.kind == "start" else unit.stops).append(turn.time)
        self._arrivals = self._list_arrivals(rows)

    def name(self, source: str, file: str) -> str:
        """The instance that wrote a line of this file."""
        return file if source in self._shared else source

    def _list_arrivals(self, rows: Rows) -> list[Arrival]:
        rows = rows.of_kinds({EventKind.SERVER_CONNECTED}).sort_by_time()
        columns = (rows[name].tolist() for name in ("source", "message", "file", "line"))
        found = []
        for moment, source, message, file, line in zip(rows.moments(), *columns, strict=True):
            one = Arrival(moment, self.name(source, file), Evidence(file, int(line)))
            self._units[one.unit].let_in(message)
            found.append(one)
        return found

    def count(self) -> Instances:
        """How many there are, and how many of them ended or started anew in these logs."""
        known = [unit for unit in self._units.values() if unit.words is not None or unit.starts or unit.stops]
        return Instances(len(known), sum(bool(unit.stops) for unit in known))

    def find_taken_over(self, ending: Ending) -> Evidence | None:
        """The first line by which another instance, up since before an end, let a client in until this one was back."""
        if len(self._units) < LEAST or not self._arrivals:
            return None
        moment, away_s = ending.on_server, ending.drop.outage_s
        own = None if ending.drop.server_evidence is None else ending.drop.server_evidence.file
        source = None if ending.socket is None else ending.socket.source
        gone = {name for name, unit in self._units.items() if unit.is_ending(moment)}
        gone |= set() if own is None or source is None else {self.name(source, own)}
        ended = [self._units[name] for name in gone if name in self._units]
        last = moment + LATE + (LONGEST_RESTART if away_s is None else timedelta(seconds=away_s))
        for one in self._arrivals[bisect_left(self._arrivals, moment, key=attrgetter("time")) :]:
            if one.time > last:
                return None
            unit = self._units[one.unit]
            if one.unit not in gone and unit.first <= moment and any(map(unit.speaks_as, ended)):
                return one.evidence
        return None


def _find_shared(turns: Sequence[ServerTurn]) -> set[str]:
    """The folders of several processes: more than one of their files tells of a start."""
    files: Mapping[str, set[str]] = defaultdict(set)
    for turn in turns:
        if turn.kind == "start":
            files[turn.process].add(turn.evidence.file)
    return {source for source, own in files.items() if len(own) > 1}


def _is_within(moments: Sequence[datetime], first: datetime, last: datetime) -> bool:
    place = bisect_left(moments, first)
    return place < len(moments) and moments[place] <= last
