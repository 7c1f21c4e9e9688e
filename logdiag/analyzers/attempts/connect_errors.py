"""Failed attempts to connect, and the answers that the client got."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from logdiag.analyzers.attempts.credential_words import REFUSED_ELSEWHERE
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows

AUTH: Final = compile_later(
    r"(?i)jwt|token|auth|credential|forbidden|denied|invalid (?:key|signature|secret)|signature (?:has )?expired"
    r"|\b40[13]\b|unauthori[sz]ed|认证"
    rf"|{REFUSED_ELSEWHERE}"
)
MISMATCH: Final = compile_later(
    r"(?i)v2\.x|v3\.x|unsupported (?:protocol|version of the (?:socket|engine))|protocol version|\bEIO="
)
# Its `authentication` is that of a peer, before any token was sent: so .NET and Mono call what SslStream does.
TLS: Final = compile_later(
    r"(?i)\b(?:tls|ssl)\b|\bSslStream\b|\bSystem\.Security\.Authentication\b|\bauthentication or decryption\b"
    r"|\bsuccessfully authenticated\b"
)
SYSTEM_ERROR: Final = compile_later(
    r"\b(?:E(?:CONN|HOST|NET|ADDR)[A-Z]+|ENOTFOUND|EAI_[A-Z]+|ETIMEDOUT|EPIPE|EPROTO|net::ERR_[A-Z_]+)\b"
)
REFUSED: Final = compile_later(r"\b(?:ECONNREFUSED|ERR_CONNECTION_REFUSED)\b")  # by the system, and as Chrome calls it
QUERY: Final = compile_later(r"\?\S*")  # of an address that an answer repeats
ANSWER_MESSAGE: Final = compile_later(r'"(?:message|error)"\s*:\s*"(?P<text>(?:[^"\\]|\\.)*)"')
ANSWER_TITLE: Final = compile_later(r"(?is)<title[^>]*>(?P<text>.*?)</title>")
STATUS: Final = compile_later(r"(?i)(?:status(?: code)?|response|HTTP(?:/[\d.]+)?)\W{1,3}[1-5]\d\d\b|^[1-5]\d\d\b")
SAME_END: Final = timedelta(seconds=1)  # a choice: a process tells of one end in several lines within this
# Who says so tries no more: it tells of the attempts before, each of which had its line.
GAVE_UP: Final = compile_later(
    r"(?i)\bmax(?:imum)?\b[^\n]{0,20}\b(?:attempts|retries|tries|reconnects)\b|\bgiv(?:ing|en?) up\b"
)
LONGEST_ANSWER: Final = 160  # a choice: two lines of a terminal


@dataclass(frozen=True, slots=True)
class ConnectError:
    """One failed attempt to connect.

    `code` is what the system called it (ECONNREFUSED) or the HTTP status, `answer` the text that came back.
    """

    time: datetime
    error: str
    code: str | None
    evidence: Evidence
    answer: str | None = None

    @property
    def words(self) -> str:
        """All that the line says of it."""
        return " ".join(text for text in (self.error, self.code, self.answer) if text)

    @property
    def is_refused(self) -> bool:
        """Whether nobody listened."""
        return REFUSED.search(self.words) is not None

    @property
    def is_auth(self) -> bool:
        """Whether the server refused the credentials."""
        others = self.is_mismatch or SYSTEM_ERROR.search(self.words) or TLS.search(self.words)
        return bool(AUTH.search(self.words)) and not others

    @property
    def is_mismatch(self) -> bool:
        """Whether client and server speak different protocol versions."""
        return bool(MISMATCH.search(QUERY.sub("", self.words)))


def collect_errors(timeline: Rows, sessions: Sequence[SessionRecord] = ()) -> dict[str, list[ConnectError]]:
    """Failed attempts to connect, by connection.

    An error of a connection that is up, as its connect before and its end after it show, is none: it tells of that end,
    or of the connection's life, unless it says that nobody listened or, before that, how a server answered a connect.
    That a client gave up is none where other lines tell how its attempts failed.
    """
    lives = _list_lives(sessions)
    rows = timeline.of_kinds({EventKind.CONNECT_ERROR})
    result: dict[str, list[ConnectError]] = defaultdict(list)
    columns = [rows[name].tolist() for name in ("connection", "error", "message", "code", "reason", "file", "line")]
    for moment, connection, error, message, code, reason, file, line in zip(rows.moments(), *columns, strict=True):
        answer = _read_answer(reason)
        tried = ConnectError(moment, error or message or "", code, Evidence(file, line), answer)
        if not _is_of_a_live_one(tried, lives.get(connection, [])):
            result[connection].append(tried)
    return {name: [one for one in mine if not GAVE_UP.search(one.error)] or mine for name, mine in result.items()}


def _list_lives(sessions: Sequence[SessionRecord] = ()) -> dict[str, list[tuple[datetime, datetime]]]:
    """From the connect to the end, where lines tell of both, by connection, in order."""
    lives: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for session in sessions:
        if session.opened is not None and session.closed is not None and session.logged:
            lives[session.connection].append((session.opened, session.closed))
    return {name: sorted(mine) for name, mine in lives.items()}


def _is_of_a_live_one(tried: ConnectError, lives: Sequence[tuple[datetime, datetime]]) -> bool:
    place = bisect_right(lives, tried.time, key=lambda life: life[0]) - 1
    if place < 0 or tried.time > lives[place][1]:
        return False
    if tried.is_refused:
        return False
    is_try = tried.is_auth or tried.is_mismatch or STATUS.search(tried.words) is not None
    return lives[place][1] - tried.time <= SAME_END or not is_try


def _read_answer(text: str | None) -> str | None:
    """What an answer says in one line: the message of a JSON object, the title of a page, else its first line."""
    if text is None:
        return None
    found = ANSWER_MESSAGE.search(text) if text.lstrip().startswith("{") else ANSWER_TITLE.search(text)
    line = found["text"] if found is not None else text.strip().partition("\n")[0]
    return " ".join(line.split()).removeprefix("Error: ")[:LONGEST_ANSWER] or None


def errors_in_outage(errors: Sequence[ConnectError], session: SessionRecord) -> tuple[ConnectError, ...]:
    """The failed attempts between the end of a session and the next connect."""
    if session.closed is None:
        return ()
    start = bisect_left(errors, session.closed, key=_error_time)
    over = session.reopened or session.next_closed
    end = len(errors) if over is None else bisect_right(errors, over, key=_error_time)
    return tuple(errors[start:end])


def _error_time(error: ConnectError) -> datetime:
    return error.time
