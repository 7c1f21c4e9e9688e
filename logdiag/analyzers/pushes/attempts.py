"""Every attempt to push, from its start to its answer, as the lines of the client tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from logdiag.analyzers.processes.processes import ECHO
from logdiag.analyzers.pushes.accounts import find_accounts
from logdiag.analyzers.pushes.retold import drop_retold
from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
from logdiag.results.pushes import PushOutcome
from logdiag.rows import Rows

INFERRED_START: Final = timedelta(seconds=1)  # the second of docs/methods.md, “Which push failed?”
LONGEST_ATTEMPT: Final = timedelta(seconds=30)  # a choice: an answer later than this belongs to another push
WAITED: Final = compile_later(
    r"(?i)(?:time[sd]?[ -]?out|no ack|超时)[^\d\n]{0,40}(?<![\d.])(?P<length>\d{1,6}(?:\.\d{1,3})?)"
    r" ?(?P<unit>ms\b|milli|毫秒|s\b|sec|秒)"
)
PUSH_KINDS: Final = frozenset(
    {
        EventKind.PUSH_STARTED,
        EventKind.PUSH_OK,
        EventKind.PUSH_ACKNOWLEDGED,
        EventKind.PUSH_FAILED,
        EventKind.MESSAGE_CAPTURED,
        EventKind.MESSAGE_PROCESSED,
        EventKind.PROCESS_STARTED,
    }
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One push of one connection: it began at `started`, and its result was logged at `ended` (None: never).

    `received`: whether the server has it, where it acknowledged it (`is_acknowledged`) or logs what it receives; None:
    nobody says.
    `sent_bytes` is how large it was, where the line of its start says so. `is_joined`: that it began with the message
    handed over before it follows from their nearness alone. `accounts`: for whose it is, as its lines and those of its
    messages name them.
    """

    connection: str
    channel: str | None
    started: datetime
    ended: datetime | None
    outcome: PushOutcome
    error: str | None
    message_ids: tuple[str, ...]
    inferred: bool
    evidence: tuple[Evidence, ...]
    received: bool | None = None
    sent_bytes: float | None = None
    is_acknowledged: bool = False
    is_joined: bool = False
    accounts: frozenset[str] = frozenset()

    @property
    def acquits(self) -> bool | None:
        """Whether it arrived, if it was the last before a disconnect; None where that is unknown.

        Where only acknowledgements are logged, what was sent last and never answered left no line.
        """
        return None if self.is_acknowledged and not self.has_start_line else self.received

    @property
    def has_start_line(self) -> bool:
        """Whether a line marks its start: all but that of an answer which came without one."""
        return not self.inferred and (self.ended is None or len(self.evidence) > 1)


@dataclass(slots=True)
class _Ledger:
    """What is pending on one connection while its lines go by."""

    connection: str
    items_exist: bool
    pending: dict[str | None, list[tuple[datetime, Evidence]]] = field(default_factory=lambda: defaultdict(list))
    captured: dict[str, Evidence] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    processed: tuple[datetime, Evidence] | None = None
    ids_of_start: dict[Evidence, tuple[str, ...]] = field(default_factory=dict)
    bytes_of_start: dict[Evidence, float] = field(default_factory=dict)
    name_of_start: dict[Evidence, str] = field(default_factory=dict)
    failure: Mapping[str, Any] | None = None  # the row of the last attempt, while nothing but a failure may retell it
    failed_places: dict[str, int] = field(default_factory=dict)  # in `attempts`, of messages that were not begun again
    attempts: list[Attempt] = field(default_factory=list)


def find_attempts(timeline: Rows) -> tuple[Attempt, ...]:
    """Pair the start and result lines of every connection's pushes, in the order of their starts.

    A failure without a start line of its own began before it by the time that it says to have waited; else when the
    message that it carries was handed over, if that was less than a second before; else when it was logged.
    A failure that a second service passes on is the same one, and so is a success that it tells again.
    """
    rows = timeline.of_kinds(PUSH_KINDS)
    names = ("kind", "channel", "error", "message_id", "value", "file", "line", "service", "message")
    columns = {"time": rows.moments(), **{name: rows[name].tolist() for name in names}}
    attempts: list[Attempt] = []
    for connection, places in rows.group("connection"):
        part = [{column: values[place] for column, values in columns.items()} for place in places]
        told = drop_retold(part)
        attempts += _name_accounts(_pair(connection, told), told)
    return tuple(sorted(attempts, key=lambda push: (push.started, push.connection, push.evidence[0].line)))


def _pair(connection: str, rows: Sequence[Mapping[str, Any]]) -> list[Attempt]:
    ledger = _Ledger(connection, any(row["channel"] == "items" for row in rows))
    for row in rows:
        _note(ledger, row["time"], row)
    _leave_unanswered(ledger)
    return ledger.attempts


def _name_accounts(attempts: Sequence[Attempt], rows: Sequence[Mapping[str, Any]]) -> Iterator[Attempt]:
    """The attempts with the accounts that their lines name, or those that brought up their messages."""
    of_line: dict[Evidence, frozenset[str]] = {}
    of_message: dict[str, frozenset[str]] = {}
    for row in rows:
        accounts = find_accounts(row["message"], row["service"], row["message_id"])
        of_line[Evidence(row["file"], int(row["line"]))] = accounts
        if row["message_id"] is not None:
            of_message[row["message_id"]] = accounts | of_message.get(row["message_id"], frozenset())
    for attempt in attempts:
        own = frozenset().union(*(of_line[place] for place in attempt.evidence))
        named = frozenset().union(*(of_message.get(message, ()) for message in attempt.message_ids))
        yield replace(attempt, accounts=own or named)


def _note(ledger: _Ledger, moment: datetime, row: Mapping[str, Any]) -> None:
    failure, ledger.failure = ledger.failure, row if row["kind"] == EventKind.PUSH_FAILED else None
    place = Evidence(row["file"], int(row["line"]))
    match row["kind"]:
        case EventKind.MESSAGE_CAPTURED:
            _note_captured(ledger, place, row["message_id"])
        case EventKind.MESSAGE_PROCESSED:
            _note_processed(ledger, moment, place, row["message_id"])
        case EventKind.PUSH_STARTED:
            _note_started(ledger, moment, place, row)
        case EventKind.PROCESS_STARTED:
            _leave_unanswered(ledger)
            ledger.pending.clear()
        case _:
            name = _find_tried(ledger, failure, row)
            if name is not None:
                _note_tried_again(ledger, name, moment, place, row)
                ledger.failure = {**row, "message_id": name}
                return
            attempt = _answer(ledger, moment, place, row)
            if failure is not None and _is_passed_on(failure, row, (ledger.attempts[-1], attempt)):
                attempt = _join_failures(ledger.attempts.pop(), attempt)
            if row["kind"] == EventKind.PUSH_FAILED and row["message_id"] is not None:
                ledger.failed_places[row["message_id"]] = len(ledger.attempts)
            ledger.attempts.append(attempt)


def _find_tried(ledger: _Ledger, before: Mapping[str, Any] | None, row: Mapping[str, Any]) -> str | None:
    """The name of the push of which a failure is one more: `attempt 2/3`, at last `giving up`, named or not."""
    if row["kind"] != EventKind.PUSH_FAILED:
        return None
    name: str | None = row["message_id"]
    if name is None and before is not None and row["time"] - before["time"] <= ECHO:
        errors = ((before["error"] or "").casefold(), (row["error"] or "").casefold())
        is_same = errors[0] in errors[1] or errors[1] in errors[0]
        name = before["message_id"] if is_same and not ledger.pending[row["channel"]] else None
    return name if name in ledger.failed_places else None


def _note_tried_again(ledger: _Ledger, name: str, moment: datetime, place: Evidence, row: Mapping[str, Any]) -> None:
    """One push that fails several times is lost once, when it fails for the last time."""
    index = ledger.failed_places[name]
    first = ledger.attempts[index]
    joined = replace(first, ended=moment, error=first.error or row["error"], evidence=(*first.evidence, place))
    ledger.attempts[index] = joined


def _note_captured(ledger: _Ledger, place: Evidence, message_id: str | None) -> None:
    if message_id is not None:
        ledger.captured[message_id] = place
        ledger.taken.discard(message_id)


def _note_processed(ledger: _Ledger, moment: datetime, place: Evidence, message_id: str | None) -> None:
    ledger.processed = (moment, place)
    # The push that took it may stand before this line, with the same stamp.
    if message_id is not None and message_id not in ledger.taken:
        ledger.captured.setdefault(message_id, place)


def _note_started(ledger: _Ledger, moment: datetime, place: Evidence, row: Mapping[str, Any]) -> None:
    ledger.pending[row["channel"]].append((moment, place))
    ledger.ids_of_start[place] = _take_ids(ledger, row["channel"])
    if row["value"] is not None:
        ledger.bytes_of_start[place] = float(row["value"])
    if row["message_id"] is not None:
        ledger.name_of_start[place] = row["message_id"]
        ledger.failed_places.pop(row["message_id"], None)
    ledger.processed = None


def _leave_unanswered(ledger: _Ledger) -> None:
    """What was begun and not answered stays so."""
    for channel, starts in ledger.pending.items():
        ledger.attempts += [_unanswered(ledger, channel, start) for start in starts]


def _is_passed_on(before: Mapping[str, Any], row: Mapping[str, Any], pair: tuple[Attempt, Attempt]) -> bool:
    """Whether two failures, one right after the other, are one, which a second service passes on.

    Both name the same message; or they speak in one moment of the same error and not of different kinds of pushes.
    Where each has a line of its own for the start, there were two.
    """
    first, second = pair
    is_of_one = before["service"] == row["service"] or first.outcome != PushOutcome.FAILED
    if is_of_one or (first.has_start_line and second.has_start_line):
        return False
    names = {before["message_id"], row["message_id"]} - {None}
    if len(names) > 1 or len({first.channel, second.channel} - {None}) > 1:
        return False
    later: timedelta = row["time"] - before["time"]
    if before["message_id"] == row["message_id"] is not None:
        return later <= LONGEST_ATTEMPT
    shorter, longer = sorted(((first.error or "").casefold(), (second.error or "").casefold()), key=len)
    return later <= ECHO and longer.endswith(shorter)


def _join_failures(first: Attempt, second: Attempt) -> Attempt:
    """One attempt of the two records of its failure; the start is that of the one who knows it best."""
    best = max(first, second, key=lambda one: (one.has_start_line, one.inferred))
    return replace(
        best,
        channel=first.channel or second.channel,
        ended=first.ended,
        error=first.error or second.error,
        message_ids=tuple(dict.fromkeys(first.message_ids + second.message_ids)),
        is_joined=first.is_joined and second.is_joined,
    )


def _take_ids(ledger: _Ledger, channel: str | None) -> tuple[str, ...]:
    """The messages captured since the push before; a snapshot does not carry them where items are pushed singly."""
    if ledger.items_exist and channel != "items":
        return ()
    return _take_all(ledger)


def _take_all(ledger: _Ledger) -> tuple[str, ...]:
    taken = tuple(ledger.captured)
    ledger.taken.update(taken)
    ledger.captured.clear()
    return taken


def _answer(ledger: _Ledger, moment: datetime, place: Evidence, row: Mapping[str, Any]) -> Attempt:
    starts = ledger.pending[row["channel"]]
    own = next((one for one in starts if _is_called(ledger, one[1], row["message_id"])), None)
    if own is not None:  # those of other names wait for answers of their own
        starts.remove(own)
        starts.insert(0, own)
    while starts and own is None and moment - starts[0][0] > LONGEST_ATTEMPT:
        ledger.attempts.append(_unanswered(ledger, row["channel"], starts.pop(0)))
    outcome = PushOutcome.FAILED if row["kind"] == EventKind.PUSH_FAILED else PushOutcome.OK
    start = _find_start(ledger, moment, place, row)
    is_acknowledged = row["kind"] == EventKind.PUSH_ACKNOWLEDGED and not start.is_of_other
    ids = start.message_ids if row["message_id"] is None else (row["message_id"],)
    return Attempt(
        ledger.connection,
        row["channel"],
        start.time,
        moment,
        outcome,
        row["error"],
        ids,
        start.is_inferred,
        start.evidence,
        received=True if is_acknowledged else None,
        sent_bytes=ledger.bytes_of_start.pop(start.evidence[0], None),
        is_acknowledged=is_acknowledged,
        is_joined=start.is_joined,
    )


class _Start(NamedTuple):
    """When a push began, by which lines and with which messages; `is_of_other`: its line names another message.

    `is_joined`: the order of the lines alone says that these messages went with it.
    """

    time: datetime
    evidence: tuple[Evidence, ...]
    message_ids: tuple[str, ...]
    is_inferred: bool = False
    is_joined: bool = False
    is_of_other: bool = False


def _find_start(ledger: _Ledger, moment: datetime, place: Evidence, row: Mapping[str, Any]) -> _Start:
    """Where the push began that a line answers: its own line, the time that it waited, or the hand-over just before."""
    channel, named = row["channel"], row["message_id"]
    if starts := ledger.pending[channel]:
        started, start_place = starts.pop(0)
        is_of_other = named not in {None, ledger.name_of_start.get(start_place, named)}
        ids = ledger.ids_of_start.pop(start_place, ())
        return _Start(started, (start_place, place), ids, is_of_other=is_of_other)
    waited, handed = find_waited(row["error"]), ledger.processed
    if waited is not None:
        return _Start(moment - waited, (place,), _take_ids(ledger, channel), is_inferred=True)
    if handed is None or moment - handed[0] > INFERRED_START:
        return _Start(moment, (place,), _take_ids(ledger, channel))
    ledger.processed = None
    ids = _take_all(ledger)
    return _Start(handed[0], (handed[1], place), ids, is_inferred=True, is_joined=named not in ids)


def find_waited(error: str | None) -> timedelta | None:
    """How long a push waited for its answer, where its error says so; None where it does not.

    >>> find_waited("timeout (no ack received within 30s)")
    datetime.timedelta(seconds=30)
    """
    found = WAITED.search(error or "")
    if found is None:
        return None
    is_milli = found["unit"].lower().startswith(("m", "毫"))
    waited = timedelta(seconds=float(found["length"]) / (1e3 if is_milli else 1.0))
    return waited if waited <= LONGEST_ATTEMPT else None


def _is_called(ledger: _Ledger, start: Evidence, name: str | None) -> bool:
    """Whether the line of a start names the same message as an answer."""
    return name is not None and ledger.name_of_start.get(start) == name


def _unanswered(ledger: _Ledger, channel: str | None, start: tuple[datetime, Evidence]) -> Attempt:
    ids = ledger.ids_of_start.pop(start[1], ())
    size = ledger.bytes_of_start.pop(start[1], None)
    return Attempt(
        ledger.connection,
        channel,
        start[0],
        None,
        PushOutcome.UNKNOWN,
        None,
        ids,
        inferred=False,
        evidence=(start[1],),
        sent_bytes=size,
    )
