"""The state of one connection while its lines go by, and what a line that tells of it again adds to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from logdiag.analyzers.processes.start_lines import BOOT
from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence

ECHO: Final = timedelta(milliseconds=50)  # a choice: a second service's line about the same event comes this soon
HANDSHAKE: Final = timedelta(seconds=2)  # a choice: a round trip on a slow link, from the transport's open to the id
NUMBERED: Final = compile_later(r"[\w.:-]*\d[\w.:-]*")  # an id, an address, a count: what differs from line to line
OWN_WORDS: Final = frozenset({EventKind.CONNECTED, EventKind.DISCONNECTED})  # a client's, of its connection


@dataclass(slots=True)
class OpenSession:
    """The state of one connection while its lines go by."""

    opened: datetime | None = None
    socket_id: str | None = None
    evidence: Evidence | None = None
    alive: bool = False
    last_sign: datetime | None = None
    last_evidence: Evidence | None = None
    opened_text: str | None = None
    tried: bool = False
    crash: datetime | None = None
    crash_evidence: Evidence | None = None
    crash_error: str | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    closed_text: str | None = None
    closed_reason: str | None = None


def begin_session(row: Mapping[str, Any]) -> OpenSession:
    """The state after the row of a connect."""
    moment, place = row["time"], place_of(row)
    return OpenSession(
        moment,
        row["socket_id"],
        place,
        alive=True,
        last_sign=moment,
        last_evidence=place,
        opened_text=row["message"],
    )


def is_same_connect(state: OpenSession, row: Mapping[str, Any]) -> bool:
    """A second line of the same connect: of the same socket, or at the same moment and of no other socket.

    The transport is up a round trip before the socket has its id, and may say so. So may the application in words of
    its own, once it has logged in: a connection that ended in between is tried again first, and comes up in the words
    in which it came up before.
    """
    if not state.alive or state.opened is None:
        return False
    if state.socket_id is not None and row["socket_id"] is not None:
        return bool(state.socket_id == row["socket_id"])
    is_up = state.socket_id is None and row["socket_id"] is not None and state.last_sign == state.opened
    is_later_word = not state.tried and _name_wording(state.opened_text) != _name_wording(row["message"])
    return bool(row["time"] - state.opened <= (HANDSHAKE if is_up or is_later_word else ECHO))


def _name_wording(message: str | None) -> str:
    """What two lines of one kind have in common: all but the words with a digit."""
    return NUMBERED.sub("<n>", message or "")


def list_next_words(rows: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """For each row the kind of the next connect or disconnect after it that the client tells, None after the last."""
    following: list[str | None] = []
    word = None
    for row in reversed(rows):
        following.append(word)
        word = row["kind"] if row["kind"] in OWN_WORDS else word
    return following[::-1]


def is_start_before(state: OpenSession, row: Mapping[str, Any], next_word: str | None) -> bool:
    """Whether the process started before it connected, though its line stands after that of the connect.

    At one instant it did. Another file may be stamped late, when a buffer is written out: a process that really started
    anew connects again, and one whose next word is of an end never lost what it had.
    """
    if state.opened is None:
        return False
    if state.opened == row["time"]:
        return True
    is_elsewhere = state.evidence is not None and state.evidence.file != row["file"]
    return is_elsewhere and row["time"] - state.opened <= BOOT and next_word != EventKind.CONNECTED


def place_of(row: Mapping[str, Any]) -> Evidence:
    """File and line of a row."""
    return Evidence(row["file"], int(row["line"]))
