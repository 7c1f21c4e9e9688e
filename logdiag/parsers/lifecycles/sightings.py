"""The lines of a folder that may tell of connections, taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from logdiag.events import EventKind
from logdiag.parsers.forms.dialects import ANY_LEVEL, ANY_SERVICE, ANY_TIME, Record
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import BLANK, UnreadableError, decode_records
from logdiag.parsers.lifecycles.reasons import find_reason
from logdiag.parsers.lifecycles.samples import (
    Line,
    Sample,
    find_reasons,
    find_socket_ids,
    find_texts,
)
from logdiag.parsers.lifecycles.wordings import Reading, read_record
from logdiag.parsers.rules import BARE, OPENING, RuleSet
from logdiag.reading import LogFile

CLOSING: Final = frozenset({EventKind.DISCONNECTED, EventKind.SERVER_DISCONNECTED})
MOST_TRIED: Final = 1_000  # lines of a file that are held against the rules to see whether its words are known
MOST_TAKEN: Final = 10_000  # lines of a file that are taken apart: under a second
HEAD_LINES: Final = 4_000  # of these every one, known sign or not
MOST_VALUES: Final = 1_000
PROCESS_KEYS: Final = ("pid", "process_id", "processId", "worker", "workerId", "worker_id", "hostname", "containerId")
LIBRARY_KEYS: Final = frozenset({
    *ANY_TIME, *ANY_LEVEL, *ANY_SERVICE,
    "pid", "hostname", "v", "stack", "process_id", "thread", "threadName", "ms", "stream",
}) - {"event"}  # fmt: skip


class Sighting(NamedTuple):
    """One record of a sample. `stream`: file and process, whose lines follow each other; `kind`: what rules make of it.

    `is_side_sure`: whether the words could tell whose line it is.
    Stretch `number` 0 has every line, the others only those that show a sign.
    """

    time: datetime
    stream: tuple[str, str]
    number: int
    service: str
    reading: Reading
    kind: EventKind | None
    record: Record
    is_side_sure: bool = True


class Decoder(NamedTuple):
    """How lines become sightings."""

    rules: RuleSet
    layouts: Mapping[LogFile, Layout]

    def decode(self, file: LogFile, line: Line) -> Iterator[Sighting]:
        """The records of a line."""
        bare = line.raw.strip(BLANK)
        try:
            records = decode_records(bare, self.layouts[file]) if bare else []
        except UnreadableError:
            return
        for moment, record in records:
            service = record.service or file.service
            match = self.rules.interpret(record.message, service, record.fields, record.level)
            reading = read_record(record.message, record.service, record.fields, LIBRARY_KEYS)
            process = " ".join(str(record.fields[key]) for key in PROCESS_KEYS if key in record.fields)[:100]
            is_bare = match is not None and match.rule is not None and match.rule.id in BARE
            kind = match.kind if match and not is_bare else None
            is_sure = match is None or match.is_side_sure
            yield Sighting(moment, (file.path, process), line.number, service, reading, kind, record, is_sure)

    def knows(self, sample: Sample) -> bool | None:
        """Whether the rules know how a file tells of closes and connects; None if nothing shows that it does."""
        closes = list(self._decode_some(sample, sample.find(find_reasons())))
        if any(sighting.kind is None and sighting.reading.reason for sighting in closes):
            return False
        if not closes and next(sample.find(find_socket_ids()), None) is None:
            return None
        return self._knows_opening(sample)

    def _knows_opening(self, sample: Sample) -> bool:
        lines = sample.find(find_texts(self.rules.opening_texts))
        return any(sighting.kind in OPENING for sighting in self._decode_some(sample, lines))

    def _decode_some(self, sample: Sample, lines: Iterator[Line]) -> Iterator[Sighting]:
        return (sighting for line in islice(lines, MOST_TRIED) for sighting in self.decode(sample.file, line))

    def decode_samples(self, samples: Sequence[Sample]) -> Iterator[Sighting]:
        """The lines of a folder's files that state reasons, those that name the same ids, and the heads whole."""
        values = {name for sample in samples for name in self._find_names(sample)}
        finders = [find_reasons(), find_socket_ids()]
        if values:
            finders.append(find_texts(tuple(sorted(values)[:MOST_VALUES])))
        for sample in samples:
            signs = (line for finder in finders for line in islice(sample.find(finder), MOST_TAKEN))
            found = {(line.number, line.offset_bytes): line._replace(number=line.number + 1) for line in signs}
            found |= {(line.number, line.offset_bytes): line for line in sample.read_head(HEAD_LINES)}
            for place in sorted(found)[:MOST_TAKEN]:
                yield from self.decode(sample.file, found[place])

    def _find_names(self, sample: Sample) -> Iterator[str]:
        for sighting in self._decode_some(sample, sample.find(find_reasons())):
            if find_reason(sighting.record.message, sighting.record.fields):
                yield from (name for name in sighting.reading.ids.values() if len(name) > 3)
