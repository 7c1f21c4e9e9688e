"""The vocabulary of the timeline: what a rule can say that a log line means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple


class EventKind(StrEnum):
    """What happened. Client kinds are seen by a worker, server kinds by the master; of what is ignored is no event."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    JOINED = "joined"
    DISCONNECTED = "disconnected"
    CONNECT_ERROR = "connect-error"
    RECONNECT_ATTEMPT = "reconnect-attempt"
    SERVER_CONNECTING = "server-connecting"
    SERVER_CONNECTED = "server-connected"
    SERVER_JOINED = "server-joined"
    SERVER_DISCONNECTED = "server-disconnected"
    SERVER_ERROR = "server-error"
    SERVER_KICK = "server-kick"
    RECEIPT = "receipt"
    PUSH_STARTED = "push-started"
    PUSH_OK = "push-ok"
    PUSH_ACKNOWLEDGED = "push-acknowledged"
    PUSH_FAILED = "push-failed"
    MESSAGE_CAPTURED = "message-captured"
    MESSAGE_PROCESSED = "message-processed"
    EMIT = "emit"
    EMIT_REFUSED = "emit-refused"
    RECEIVED = "received"
    HEARTBEAT = "heartbeat"
    HEARTBEAT_SKIPPED = "heartbeat-skipped"
    PROCESS_STARTED = "process-started"
    PROCESS_STOPPING = "process-stopping"
    PROCESS_CRASHED = "process-crashed"
    SERVER_STARTED = "server-started"
    SERVER_STOPPING = "server-stopping"
    SETTING = "setting"
    TIMER_ANNOUNCED = "timer-announced"
    PROXY_TIMEOUT = "proxy-timeout"
    PROXY_RELOAD = "proxy-reload"
    PROXY_REFUSAL = "proxy-refusal"
    PROXY_SESSION = "proxy-session"
    PLATFORM_EXIT = "platform-exit"
    IGNORED = "ignored"

    @property
    def side(self) -> Side | None:
        """Whose log says such a thing; None where either side's may."""
        if self in SERVER_SAYS:
            return Side.SERVER
        return Side.CLIENT if self in CLIENT_SAYS else None


class Interpreter(StrEnum):
    """Who understood a line: a rule, built in or of the user's; the code that writes it; the lexicon; a lifecycle."""

    RULE = "rule"
    CODE = "code"
    LEXICON = "lexicon"
    LIFECYCLE = "lifecycle"


class Side(StrEnum):
    """Whose end of a connection a process is at."""

    CLIENT = "client"
    SERVER = "server"


SERVER_SAYS: Final = frozenset(kind for kind in EventKind if kind.startswith("server-")) | {EventKind.RECEIPT}
OPENINGS: Final = frozenset({EventKind.CONNECTED, EventKind.SERVER_CONNECTED})
CLOSINGS: Final = frozenset({EventKind.DISCONNECTED, EventKind.SERVER_DISCONNECTED})
BOUNDS: Final = OPENINGS | CLOSINGS  # what bounds a connection, told by either side
SERVER_BOUNDS: Final = BOUNDS & SERVER_SAYS
STARTS: Final = frozenset({EventKind.PROCESS_STARTED, EventKind.SERVER_STARTED})
CLIENT_SAYS: Final = frozenset(
    {
        EventKind.CONNECTING,
        EventKind.CONNECTED,
        EventKind.JOINED,
        EventKind.DISCONNECTED,
        EventKind.CONNECT_ERROR,
        EventKind.RECONNECT_ATTEMPT,
        EventKind.EMIT_REFUSED,
    }
)


class Identity(NamedTuple):
    """What a line says about the client that wrote it: `workerId`, `worker1`."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Event:
    """One log line that a rule or the lexicon understood.

    `time` is aware and in UTC. `source` is the folder label of the file (see `reading`), `identity` what the line
    itself says about the client that wrote it (workerId, hostname), if anything, `writer` which of several processes on
    one host or standard output wrote it (a pid, an instance, a name before the line). `file` is the path as the user
    gave it, `line` counts from 1. A field that the rule did not extract is None. `is_service_stated` is False where
    the line names no service and `service` is that of the file. `value` is what the line measures: the bytes of what is
    sent (push-started, emit), the ms that a push took (push-ok, push-acknowledged), the period in ms of a timer
    (timer-announced), the ms that a connection lasted (proxy-timeout), how long it did in the unit of its form
    (proxy-session), else the number that its rule extracts.
    `is_side_sure` is False where the words cannot tell whether a client or a server says this, and `kind` is a guess by
    the service's name: whoever knows the process may take the other side's twin.
    `client` is the user, device or address that a line names: on a server's line, whose socket it speaks of.
    `by` is who understood the line, `rule` the id of the rule that did, None where that was the lexicon.
    `is_upside_down`: the file begins with the newest line.
    """

    time: datetime
    kind: EventKind
    source: str
    service: str
    level: str | None
    message: str
    file: str
    line: int
    identity: Identity | None = None
    reason: str | None = None
    code: str | None = None
    socket_id: str | None = None
    worker_id: str | None = None
    message_id: str | None = None
    channel: str | None = None
    error: str | None = None
    count: int | None = None
    value: float | None = None
    is_service_stated: bool = True
    is_side_sure: bool = True
    client: Identity | None = None
    rule: str | None = None
    by: Interpreter = Interpreter.LEXICON
    writer: str | None = None
    is_upside_down: bool = False

    @property
    def turn(self) -> int:
        """Where the line stands in the order in which its file was written: upside down, against the numbers."""
        return -self.line if self.is_upside_down else self.line

    @property
    def client_name(self) -> str | None:
        """The client that the line names, by the worker's id before any other."""
        return self.worker_id or (None if self.client is None else self.client.value)


# How applications say that another login took the place of a connection, for an expression without regard to case: what
# reads the lines and what judges their words know the same ones.
TAKEN_OVER: Final = (
    r"(?:registered|authenticated|joined|opened|(?:logged|signed) ?in|log-?in|sign-?in|active|in use|connected)"
    r" (?:again )?(?:from|on|at|in) (?:an?other|a (?:different|new|newer|second)|other|new) "
    r"(?:connection|location|device|place|client|session|tab|window|browser|socket|computer|machine|host|instance)\b"
    r"|(?:logged|signed) ?in elsewhere|(?:connection|session|socket|login) (?:was |is |has been )?superseded"
    r"|superseded by (?:an?other|a new|new)|kicked by (?:an?other|a new)"
    r"|(?:another|a new|new|newer|second) (?:connection|session|login|client|device|tab|instance) (?:has |have )?"
    r"(?:took over|taken over|takes over|logged in|registered)"
    # `node=pk-2 already present, evicting previous sid=…`
    r"|already (?:present|connected|online|registered|attached|exists|logged ?in)\b[^\n]{0,40}"
    r"\b(?:evict|clos|kick|dropp|disconnect|terminat|remov|replac)\w{0,6}\b[^\n]{0,20}\b(?:previous|old|older|existing)\b"
    r"|\bya (?:había|hay|existe|existía|estaba)\b[^\n]{0,60}"
    r"\b(?:cierra|cerrando|expulsa|desconecta|elimina|reemplaza)\w{0,6}\b[^\n]{0,20}\b(?:anterior|previ[ao]|viej[ao])\b"
    r"|已(?:存在|在线|登录|连接)[^\n]{0,20}(?:踢|断开|关闭|替换|顶掉)[^\n]{0,6}(?:旧|之前|原有|先前)"
)
