r"""What becomes of each line of a file: an event, a record that no rule knows, or a skipped line with its reason.

A line is decoded only if it contains a text that some rule needs, or what could hide one (`hiding`). All other
lines are checked for shape alone (first and last byte, NUL) and counted: a log is large, its events are few.
`scan_lines` is the plain reading, one line at a time; `ranges` does the same to the bytes of many lines at once.
"""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from sys import intern
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, Event, EventKind
from logdiag.parsers.forms.dialects import Record
from logdiag.parsers.forms.layouts import JSON_LINES, Layout
from logdiag.parsers.forms.records import BLANK, BRACE, UnreadableError, decode_records, find_shape_fault, find_time
from logdiag.parsers.forms.unstamped import LOOK_BACK, find_borrowed, find_last_words, place_clock
from logdiag.parsers.lexicon.accepting import find_sign
from logdiag.parsers.rules import Match, RuleSet
from logdiag.reading import BLOCK_BYTES, Damage, Line, LogFile
from logdiag.results.evidence import Evidence
from logdiag.scanning.identities import find_client, find_identity, find_owner, find_writer
from logdiag.scanning.unread import UnreadLines, find_retold, lend_closes, may_tell
from logdiag.times.stamps import has_zone

SAMPLED_LINES: Final = 200
SAMPLED_WITHOUT_STAMP: Final = 10_000
SAMPLED_BYTES: Final = 1 << 20
TAIL_LINES: Final = 20
DISORDER: Final = timedelta(seconds=2)  # more than lines of one process overtake each other: logs were joined
TAIL_BYTES: Final = 65_536
NO_TIME: Final = timedelta(0)
OF_A_SOCKET: Final = frozenset({EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED})
PADDING: Final = "="  # of base64, which some patterns take for an id's and some do not: API Gateway's ids end in it
INTEGER: Final = compile_later(r"-?[0-9]{1,15}")
NUMBER: Final = compile_later(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


class BlockMark(NamedTuple):
    """The first line of a block, from which a file can be read again, and its instant (None if it has none).

    `lines_count` lines that are not blank come before it.
    """

    line: Line
    time: datetime | None
    lines_count: int


@dataclass(slots=True)
class FileScan:
    """What one file held. Lines = event lines + unclassified + skipped; blank lines count nowhere.

    `skipped` has the numbers of the lines that fell out, by reason. `first` and `last` are the earliest and the latest
    instant among the decoded lines, which the ends of the file and every marked line are; `opening` and `closing` are
    the first and the last of these in file order, and `disorder` is the furthest that one of them lay behind the one
    before it; `seams` are the numbers of those that lay further behind it than `DISORDER`, `opening_number` is that of
    the first one. `borrowed` are those of lines with an event at the time of the line
    before. `numbered_count` counts the blank lines too. `ending` is the instant of the last line that has one,
    among the last `TAIL_LINES` of the last block; it is taken into account once the whole file is scanned. `others`
    counts the decoded lines that are laid out in another form than the file's, `signs` those at its head that show a
    process which accepts connections. `is_retold`: another file tells all of it, so none of it is read a second time.
    """

    file: LogFile
    events: list[Event] = field(default_factory=list)
    lines_count: int = 0
    numbered_count: int = 0
    event_lines_count: int = 0
    unclassified_count: int = 0
    skipped: dict[str, array[int]] = field(default_factory=dict)
    levels: Counter[str] = field(default_factory=Counter)
    records_seen: bool = False
    zoned_count: int = 0
    zoneless_count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    opening: datetime | None = None
    opening_number: int = 0
    closing: datetime | None = None
    disorder: timedelta = NO_TIME
    seams: array[int] = field(default_factory=lambda: array("q"))
    borrowed: array[int] = field(default_factory=lambda: array("q"))
    marks: list[BlockMark] = field(default_factory=list)
    ending: datetime | None = None
    layout: Layout = JSON_LINES
    others: Counter[str] = field(default_factory=Counter)
    signs: Counter[str] = field(default_factory=Counter)
    unread: UnreadLines = field(default_factory=UnreadLines)
    is_retold: bool = False

    @property
    def skipped_count(self) -> int:
        """How many lines fell out."""
        return sum(map(len, self.skipped.values()))

    def note_time(self, moment: datetime, number: int | None = None) -> None:
        """Take the instant of a line into account, in file order; None: it is the last one read so far."""
        if self.closing is not None and self.closing - moment > NO_TIME:
            self.disorder = max(self.disorder, self.closing - moment)
            if self.closing - moment > DISORDER:
                self.seams.append(number or self.numbered_count)
        if self.opening is None:
            self.opening, self.opening_number = moment, number or self.numbered_count
        self.closing = moment
        self.first = moment if self.first is None else min(self.first, moment)
        self.last = moment if self.last is None else max(self.last, moment)

    def finish(self) -> FileScan:
        """The file has no more lines."""
        if self.ending is not None:
            self.note_time(self.ending)
        if self.borrowed:
            self._drop_retold()
        return self

    def _drop_retold(self) -> None:
        retold = find_retold(self.events, self.borrowed)
        self.events = lend_closes(self.events, retold)
        self.borrowed = array("q", (number for number in self.borrowed if number not in retold))
        self.event_lines_count -= len(retold)
        self.unclassified_count += len(retold)


class LineScanner:
    """Scans the lines of one file, or of a range of it, into `scan`.

    With `is_head` the lines at the head are decoded although no rule wants them: to learn when the file begins and
    what its levels are.
    """

    def __init__(self, file: LogFile, rules: RuleSet, layout: Layout = JSON_LINES, *, is_head: bool = True) -> None:
        self.scan = FileScan(file, layout=layout)
        self._rules = rules
        self._layout = layout
        self._is_head = is_head
        self._is_wanted = rules.find_candidate()
        self._has_no_record = False

    def is_sampled(self, offset_bytes: int) -> bool:
        """Whether the next line, which begins there, is decoded in any case."""
        limit = SAMPLED_LINES if self.scan.records_seen else SAMPLED_WITHOUT_STAMP
        return self._is_head and offset_bytes < SAMPLED_BYTES and self.scan.lines_count < limit

    def mark(self, raw: bytes, offset_bytes: int) -> None:
        """Remember the next line as the first of its block."""
        moment = find_time(raw.strip(BLANK), self._layout)
        if moment is not None:
            self.scan.note_time(moment, self.scan.numbered_count + 1)
        self.scan.marks.append(
            BlockMark(Line(self.scan.numbered_count + 1, b"", offset_bytes), moment, self.scan.lines_count)
        )

    def take(
        self,
        raw: bytes,
        *,
        is_candidate: bool | None = None,
        is_sampled: bool = False,
        before: Iterable[bytes] = (),
    ) -> None:
        """The next line. `is_candidate`, if known: whether it has a text that a rule needs, or what may hide one.

        `before`: the lines before it in its block, the last one first; read where this one has no stamp.
        """
        self.scan.numbered_count += 1
        bare = raw.strip(BLANK)
        if not bare and b"\0" not in raw:
            return
        self.scan.lines_count += 1
        if is_sampled and self.scan.lines_count <= SAMPLED_LINES and (sign := find_sign(bare)) is not None:
            self.scan.signs[sign] += 1
        if (fault := find_shape_fault(bare, self._layout)) is not None:
            if not self._take_last_words(raw, before):
                self._skip(fault)
            return
        if is_candidate is None:
            is_candidate = self._is_wanted(raw)  # as the fast search sees it: a blank at its end may be of a text
        if is_candidate or is_sampled:
            before = list(islice(before, LOOK_BACK)) if self._layout.clock_shift is not None else before
            self._decode(bare, before, is_candidate=is_candidate)
            if is_candidate and self._has_no_record:
                self._borrow(raw, before)
        else:
            self.scan.unclassified_count += 1

    def pass_over(self, count: int, blank_count: int = 0) -> None:
        """Of the next lines `count` have the shape of a record and nothing that a rule could want; others are blank."""
        self.scan.numbered_count += count + blank_count
        self.scan.lines_count += count
        self.scan.unclassified_count += count

    def end_damaged(self, reason: str) -> None:
        """The rest of the file cannot be read."""
        self.scan.numbered_count += 1
        self.scan.lines_count += 1
        self._skip(reason)

    def end(self, tail: Iterable[bytes]) -> None:
        """The last block ends with these lines: the last one that has a stamp tells when, though no rule wanted it."""
        times = (find_time(raw.strip(BLANK), self._layout) for raw in reversed(list(tail)) if len(raw) < TAIL_BYTES)
        self.scan.ending = next((moment for moment in times if moment is not None), None)

    def _borrow(self, raw: bytes, before: Iterable[bytes]) -> None:
        """The event of a line without a stamp, at the time of the line before it.

        Where times are rare it is none of a connection that opens or ends.
        """
        found = find_borrowed(raw, before, self._layout)
        if found is None:
            return
        event = self._find_event(*found)
        if event is None:
            self._note_unread(found[1])
        elif event.kind not in BOUNDS or not self._layout.is_time_rare:
            self.scan.events.append(event)
            self.scan.borrowed.append(self.scan.numbered_count)
            self.scan.event_lines_count += 1
            self.scan.unclassified_count -= 1

    def _take_last_words(self, raw: bytes, before: Iterable[bytes]) -> bool:
        """Whether a line of a file of JSON is a runtime's that dies: an event, at the time of the line before."""
        found = find_last_words(raw, before, self._layout)
        event = None if found is None else self._find_event(*found)
        if event is None or event.kind is not EventKind.PROCESS_CRASHED:
            return False
        self.scan.events.append(event)
        self.scan.borrowed.append(self.scan.numbered_count)
        self.scan.event_lines_count += 1
        return True

    def _note_unread(self, record: Record) -> None:
        """A line without an event; one that a rule ignores is understood."""
        if not may_tell(record.message):
            return
        service = record.service or self.scan.file.service
        if self._rules.interpret(record.message, service, record.fields, record.level) is None:
            self.scan.unread.note(record.message, self.scan.numbered_count)

    def _skip(self, reason: str) -> None:
        self.scan.skipped.setdefault(reason, array("q")).append(self.scan.numbered_count)

    def _decode(self, raw: bytes, before: Iterable[bytes], *, is_candidate: bool) -> None:
        self._has_no_record = False
        try:
            records = decode_records(raw, self._layout)
        except UnreadableError as error:
            is_opening = self._is_head and self.scan.numbered_count <= LOOK_BACK
            records = place_clock(raw, before, self._layout, is_head=is_opening)
            if not records and is_candidate:
                self._skip(str(error))
            elif not records:
                self.scan.unclassified_count += 1
            if not records:
                return
        self._has_no_record = not records
        if records and (raw[0] == BRACE) is not self._layout.has_braces:
            self.scan.others["json" if raw[0] == BRACE else "text"] += 1
        for moment, record in records:
            self._note(moment, record)
        events = [self._find_event(moment, record) for moment, record in records] if is_candidate else []
        if any(events):
            self.scan.events += filter(None, events)
            self.scan.event_lines_count += 1
        else:
            self.scan.unclassified_count += 1
            for _, record in records if is_candidate else ():
                self._note_unread(record)

    def _note(self, moment: datetime, record: Record) -> None:
        scan = self.scan
        scan.records_seen = True
        scan.note_time(moment)
        if has_zone(record.stamp):
            scan.zoned_count += 1
        else:
            scan.zoneless_count += 1
        if record.level:
            scan.levels[record.level] += 1

    def _find_event(self, moment: datetime, record: Record) -> Event | None:
        file = self.scan.file
        match = self._rules.match(record.message, record.service or file.service, record.fields, record.level)
        if match is None:
            return None
        return _build_event(
            file, moment, record, Evidence(file.path, self.scan.numbered_count), match, self._rules.client_key
        )


def scan_lines(file: LogFile, lines: Iterable[Line | Damage], rules: RuleSet, layout: Layout = JSON_LINES) -> FileScan:
    """Scan one file, line by line."""
    scanner = LineScanner(file, rules, layout)
    tail: deque[bytes] = deque(maxlen=TAIL_LINES)
    earlier: deque[bytes] = deque(maxlen=LOOK_BACK)
    block = -1
    for line in lines:
        if isinstance(line, Damage):
            scanner.end_damaged(line.reason)
            break
        if line.offset_bytes // BLOCK_BYTES != block:
            block = line.offset_bytes // BLOCK_BYTES
            scanner.mark(line.raw, line.offset_bytes)
            tail.clear()
            earlier.clear()
        scanner.take(line.raw, is_sampled=scanner.is_sampled(line.offset_bytes), before=reversed(earlier))
        tail.append(line.raw)
        earlier.append(line.raw)
    scanner.end(tail)
    return scanner.scan.finish()


def _build_event(
    file: LogFile, moment: datetime, record: Record, place: Evidence, match: Match, client_key: str | None
) -> Event:
    extracted: dict[str, Any] = dict(match.extracted)
    if (socket := extracted.get("socket_id")) is not None:
        extracted["socket_id"] = socket.rstrip(PADDING) or socket
    if match.kind in OF_A_SOCKET and "worker_id" not in extracted:
        extracted["worker_id"] = find_owner(record.message, extracted.get("socket_id"))
    count = extracted.pop("count", None)
    value = extracted.pop("value", None)
    reason = extracted.get("reason")
    if reason and match.kind is not EventKind.CONNECT_ERROR:  # there it is an answer, in its own words
        extracted["reason"] = intern(" ".join(reason.lower().split())) if reason != socket else None
    return Event(
        time=moment,
        kind=match.kind,
        source=file.source,
        service=intern((record.service or file.service)[:200]),
        level=record.level and intern(record.level),
        message=record.message,
        file=place.file,
        line=place.line,
        identity=find_identity(record, extracted.get("socket_id")),
        writer=find_writer(record),
        count=int(count) if count and INTEGER.fullmatch(count) else None,
        value=float(value) if value and NUMBER.fullmatch(value) else None,
        is_service_stated=record.service is not None,
        client=find_client(record, extracted.get("socket_id"), client_key),
        is_side_sure=match.is_side_sure,
        rule=None if match.rule is None else match.rule.id,
        by=match.by,
        **extracted,
    )
