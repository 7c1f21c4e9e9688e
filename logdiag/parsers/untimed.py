"""What lines without a stamp say: counted by meaning and reason, for none of them can be placed in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.parsers.forms.colours import strip_colours
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.openings import find_opening
from logdiag.parsers.forms.records import BLANK, UnreadableError, find_time, list_records
from logdiag.parsers.rules import Match, RuleSet
from logdiag.reading import Damage, LogFile, read_lines
from logdiag.results.evidence import Evidence

# What collectors write before a line of one of several processes: `[0] `, `api-1  | `, `0|api  | `.
COLLECTED: Final = compile_later(r"(?:\[[^\[\]\n]{1,40}\]|(?:\d+\|)?[\w.-]+ +\|) +(?=\S)")
# The namespaces of debug, which the libraries of Socket.IO for JavaScript write under: each tells of one connection.
NAMESPACE: Final = compile_later(
    r"(?:[\w.()-]{1,60}:\d{1,7} )?((?:socket\.io|engine\.io|engine)(?:-client)?(?::[a-z-]{1,30})?) "
)
# What tells once of each namespace of a connection, not once of the connection.
OF_NAMESPACES: Final = frozenset({"socket.io:socket", "socket.io-client:socket"})
FORCED: Final = "forced server close"  # Client.close of socket.io tells so what it has told as "forced close"
# The loggers of python-socketio's client: a process has one connection, of whose end each of them tells, and the
# handlers of the application besides, more than once.
OF_ONE_CLIENT: Final = frozenset({"engineio.client", "socketio.client"})
ANSWER: Final = "answer-101"  # the rule for the head of the answer, which a client's trace shows before it is connected
PORT: Final = compile_later(r"(?:(?<=:)|\bport[ :=#]{1,3})(\d{2,5})(?![\d:.])")
LONGEST_READ: Final = 300  # bytes: a server names its port at once
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


class Telling(NamedTuple):
    """A line that means something: its number, its voice (a namespace of debug's; "": any other), meaning and text."""

    number: int
    voice: str
    found: Match
    text: str = ""

    @property
    def socket(self) -> str | None:
        """The socket that the line names."""
        return self.found.extracted.get("socket_id")

    @property
    def reason(self) -> str | None:
        """The reason that the line states, in small letters."""
        return " ".join(self.found.extracted.get("reason", "").lower().split()) or None


OPPOSITE: Final = {Meaning.END: Meaning.CONNECT, Meaning.CONNECT: Meaning.END}


@dataclass(slots=True)
class Told:
    """How many lines tell one thing, where the first of them stands, and how many of them give which reason."""

    meaning: Meaning
    first: Evidence
    count: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Deed:
    """What ended or opened, as lines told so far: by which voices, of which socket, and the last of them."""

    number: int
    voices: set[str]
    socket: str | None
    reason: str | None


@dataclass(slots=True)
class _Teller:
    """Finds the lines that tell again what others told: an end of a socket has a line of each voice."""

    sockets: dict[tuple[Meaning, str], int] = field(default_factory=dict)
    deeds: dict[Meaning, list[_Deed]] = field(default_factory=dict)

    def is_new(self, told: Telling, meaning: Meaning) -> bool:
        """Whether a line is the first to tell what it tells."""
        if meaning not in OPPOSITE:
            return True
        is_retold = self._is_retold_by_name(told, meaning)
        deed = self._find_deed(told, meaning) or self._find_end_of_client(told, meaning)
        if deed is None:
            deeds = self.deeds.setdefault(meaning, [])
            deeds.append(_Deed(told.number, {told.voice}, told.socket, told.reason))
            del deeds[:-RETOLD_WITHIN]
            return not is_retold
        deed.voices.add(told.voice)
        deed.socket, deed.reason = deed.socket or told.socket, deed.reason or told.reason
        return False

    def _is_retold_by_name(self, told: Telling, meaning: Meaning) -> bool:
        """Whether a line tells again what one of the lines before said of the same socket.

        A socket opens once, and ends once; the name of a user may return, but not within a few lines without the
        opposite.
        """
        if told.socket is None:
            return False
        before = self.sockets.get((meaning, told.socket))
        self.sockets[meaning, told.socket] = told.number
        self.sockets.pop((OPPOSITE[meaning], told.socket), None)
        return before is not None and told.number - before <= RETOLD_WITHIN

    def _find_end_of_client(self, told: Telling, meaning: Meaning) -> _Deed | None:
        """The end that a client with one connection tells again: none can follow it before a connect."""
        if meaning is not Meaning.END or not (last := self.deeds.get(meaning, [])[-1:]):
            return None
        deed, opened = last[0], self.deeds.get(Meaning.CONNECT, [])[-1:]
        is_near = told.number - deed.number <= RETOLD_WITHIN
        is_again = bool(opened) and opened[0].number > deed.number
        return deed if is_near and not is_again and OF_ONE_CLIENT & {told.voice, *deed.voices} else None

    def _find_deed(self, told: Telling, meaning: Meaning) -> _Deed | None:
        """What a line tells again in another voice than those before: the first that can be meant.

        The first voice is a library's: two lines of the application may speak of two clients, and it hears of a
        connection behind the library.
        """
        near = [one for one in self.deeds.get(meaning, ()) if told.number - one.number <= RETOLD_WITHIN]
        near = [
            one for one in near if one.voices != {""} and (told.socket is None or one.socket in {None, told.socket})
        ]
        fitting = [one for one in near if one.reason in {None, told.reason} or told.reason in {None, FORCED}]
        other = (one for one in fitting if told.voice not in one.voices)
        found = next(other, None)
        if found is None and told.voice in OF_NAMESPACES:
            return next((one for one in reversed(fitting) if one.voices != {told.voice}), None)
        return found


@dataclass(slots=True)
class _Echoes:
    """Finds the lines that say in other words what one a few lines above said: of a connect, or of a start."""

    number: int | None = None
    lines: dict[str, int] = field(default_factory=dict)

    def has_told(self, told: Telling, meaning: Meaning) -> bool:
        """Whether a client is connected whose answer was told, or a server listens to a port that it had named."""
        if meaning is Meaning.CONNECT:
            before, is_answer = self.number, told.found.rule is not None and told.found.rule.id == ANSWER
            self.number = told.number if is_answer else None
            return not is_answer and before is not None and told.number - before <= RETOLD_WITHIN
        if meaning is not Meaning.START:
            return False
        ports = PORT.findall(told.text)
        is_again = any(told.number - self.lines.get(port, -RETOLD_WITHIN - 1) <= RETOLD_WITHIN for port in ports)
        self.lines |= dict.fromkeys(ports, told.number)
        return is_again


def count_untimed(files: Iterable[LogFile], layouts: Mapping[LogFile, Layout], rules: RuleSet) -> list[Told]:
    """What the lines of files tell that have no time, in the order of `Meaning`."""
    told: dict[Meaning, Told] = {}
    for file in files:
        teller, echoes = _Teller(), _Echoes()
        for one in _understand(file, layouts[file], rules):
            meaning = MEANINGS.get(one.found.kind)
            if meaning is None or not teller.is_new(one, meaning) or echoes.has_told(one, meaning):
                continue
            row = told.setdefault(meaning, Told(meaning, Evidence(file.path, one.number)))
            row.count += 1
            if meaning is Meaning.END and one.reason:
                row.reasons[one.reason] += 1
    return [told[meaning] for meaning in Meaning if meaning in told]


def _understand(file: LogFile, layout: Layout, rules: RuleSet) -> Iterator[Telling]:
    """The lines without a time that mean something."""
    is_wanted = rules.find_candidate()
    with closing(read_lines(file)) as lines:
        for line in lines:
            if isinstance(line, Damage):
                return
            raw = line.raw.strip(BLANK)
            if not raw or not is_wanted(raw) or find_time(raw, layout) is not None:
                continue
            if (found := _match(raw, layout, rules, file.service)) is not None:
                text = raw[:LONGEST_READ].decode("utf-8", "replace")
                yield Telling(line.number, _name_voice(raw, found), found, text)


def _name_voice(raw: bytes, found: Match) -> str:
    text = strip_colours(raw[:200].decode("utf-8", "replace"))
    named = NAMESPACE.match(text)
    if named is None:
        opening = find_opening(text)
        return opening.name if opening is not None and opening.name in OF_ONE_CLIENT else ""
    voice = named[1]
    return f"{voice} {FORCED}" if voice and found.extracted.get("reason") == FORCED else voice


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
