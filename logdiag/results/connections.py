"""Connections, their sessions, what both sides say of them, and who fell silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logdiag.results.evidence import Evidence
from logdiag.results.inputs import FEWEST_MISSING, LOSSY_RATIO

UNKNOWN_KIND: Final = "other"
# Of its library's name and of its words for what may fail: no other client or server of WebSockets has them.
SOCKET_IO: Final = (
    *("socket.io", "socketio", "engine.io", "engineio", "eio="),
    *("xhr poll error", "xhr post error", "websocket error", "namespace", "session id unknown"),
    *("transport close", "transport error", "transport unknown"),
)


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """A word of the logs by which a client is known: `userId` 4711, `workerId` worker1."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Connection:
    """One client over the whole of the logs; `side` is whose log tells of it, `processes` all that tell of it.

    `identity` is None where nothing but the process, or the socket, tells it from others. `unknown_s` is for how long
    nobody knows whether it was up, as no line tells of an end: part neither of `connected_s` nor of `outage_s`, nor of
    what `availability_ratio` is a share of. Its own logs run from `logs_start` to `logs_end`: what is open counts up to
    there.
    """

    id: str
    connects_count: int
    disconnects_count: int
    unlogged_disconnects_count: int
    connected_s: float
    outage_s: float
    availability_ratio: float | None
    median_session_s: float | None
    median_outage_s: float | None
    reasons: Mapping[str, int]
    side: str = "client"
    processes: tuple[str, ...] = ()
    identity: ClientIdentity | None = None
    unknown_s: float = 0.0
    logs_start: datetime | None = None
    logs_end: datetime | None = None

    @property
    def is_outage_unknown(self) -> bool:
        """Whether no line tells of any time without a connection, nor that there was none."""
        return self.availability_ratio is None and not self.outage_s


@dataclass(frozen=True, slots=True)
class Session:
    """Connected to disconnected, and the outage that followed; None at an edge of the logs. `side`: whose log tells.

    Where no line tells of the end, `disconnected_at` is the last trace, and `unknown_s` how long after it the session
    had ended at the latest; the outage is counted from there, and None if the next connect alone shows the end.
    """

    connection: str
    connected_at: datetime | None
    disconnected_at: datetime | None
    socket_id: str | None
    session_s: float | None
    outage_s: float | None
    side: str = "client"
    unknown_s: float | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """The phase of a timer jumped by `shift_s`."""

    time: datetime
    shift_s: float


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which a process (or one file of it) that normally writes wrote nothing."""

    connection: str
    start: datetime
    end: datetime
    silence_s: float
    whole_process: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ServerTurn:
    """A process of the server says that it starts, or that it stops: `kind` is start or stop."""

    process: str
    time: datetime
    kind: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Clock:
    """Offset of a source's clock: its stamps minus the server's, with the error of that estimate.

    `stepped`: one of the two clocks was set on the way, so that no single offset is right; the error spans them all.
    """

    source: str
    offset_ms: float
    error_ms: float
    pairs_count: int
    stepped: bool = False

    @property
    def differs(self) -> bool:
        """Whether it is known to differ from the server's: 0 lies outside what the error leaves open."""
        return self.stepped or abs(self.offset_ms) > self.error_ms


@dataclass(frozen=True, slots=True)
class ReasonPair:
    """Why connections ended, as client and server say of the same ends; None where a side's line says nothing."""

    reason: str | None
    server_reason: str | None
    count: int


@dataclass(frozen=True, slots=True)
class LineLoss:
    """How many connects the logs of one side lack, of those that the other side tells of in the same time."""

    side: str
    missing_count: int
    of_count: int

    @property
    def is_telling(self) -> bool:
        """Whether so many lines are missing that a log which is silent shows no process that is."""
        return self.missing_count >= FEWEST_MISSING and self.missing_count >= LOSSY_RATIO * self.of_count


@dataclass(frozen=True, slots=True)
class FleetEvent:
    """Several connections dropped together."""

    time: datetime
    connections: tuple[str, ...]
    spread_ms: float


@dataclass(frozen=True, slots=True)
class ConnectFailure:
    """Failed connects with the same words. `told` is what the client was told in one line, `kind` what that means.

    `code` is the system's name of it or the HTTP status, `answer` the text that came back; `never_connected`: none of
    these connections has a single connect in these logs. `quote` is the first of their lines as it stands in the file;
    None where it was not read.
    """

    kind: str
    told: str
    error: str
    code: str | None
    answer: str | None
    connections: tuple[str, ...]
    never_connected: bool
    count: int
    first: datetime
    last: datetime
    evidence: tuple[Evidence, ...]
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class WorstClient:
    """A client that disconnects more often than others; `expected_count` is what its time online would explain.

    `disconnects_ratio` is its share of the disconnects of all, `reason` the most common one.
    """

    connection: str
    disconnects_count: int
    disconnects_ratio: float
    expected_count: float
    median_session_s: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class WorstClients:
    """The many clients that a server alone tells of, and the worst of those that stand out, the worst first.

    `outstanding_count` stand out in all; `above_count` have more than `limit_count` disconnects, twice the mean;
    `most_count` is the most of one. Departures and orderly stops are not counted.
    """

    clients_count: int
    disconnects_count: int
    most_count: int
    limit_count: int
    above_count: int
    outstanding_count: int
    clients: tuple[WorstClient, ...]


def rank_kinds(failures: Sequence[ConnectFailure], few_share: float) -> tuple[str, ...]:
    """The kinds of failed connects, the most frequent first, without those that few attempts met.

    What few met explains none of the others. Unknown words come last, unless most attempts met them.
    """
    counts: Counter[str] = Counter()
    for one in failures:
        counts[one.kind] += one.count
    kinds = [kind for kind, count in counts.most_common() if count > few_share * counts.total()]
    if 2 * counts[UNKNOWN_KIND] <= counts.total():
        kinds.sort(key=lambda kind: kind == UNKNOWN_KIND)
    return tuple(kinds)


def is_of_socket_io(text: str) -> bool:
    """Whether a text is in words of Socket.IO's clients or servers; `timeout` alone is how its client says so."""
    return text == "timeout" or any(word in text.lower() for word in SOCKET_IO)
