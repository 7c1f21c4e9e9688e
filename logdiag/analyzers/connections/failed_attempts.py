"""Ends of attempts to connect: `closed` also stands where a socket never opened, and is no disconnect there.

A browser and most libraries close what they could not open, in the words of an end. Who was not connected since the
last end, and has just tried, has failed to connect, if the log tells of connects where they succeed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pandas as pd

from logdiag.events import EventKind
from logdiag.frame import list_moments, list_places, list_values

AT_ONCE: Final = timedelta(seconds=2)  # a choice: nobody listens, or a name is unknown: the answer comes this soon
PATIENCE: Final = timedelta(seconds=60)  # a choice: who waits for an answer gives up after 20 s (Socket.IO) to a minute
NEVER_OPEN: Final = frozenset({None, "1006", "1015"})  # RFC 6455: the others come with a closing handshake
TRIES: Final = frozenset({EventKind.CONNECTING, EventKind.RECONNECT_ATTEMPT})
SIGNS_OF_LIFE: Final = frozenset(
    {EventKind.JOINED, EventKind.RECEIVED, EventKind.PUSH_OK, EventKind.PUSH_ACKNOWLEDGED, EventKind.HEARTBEAT}
)
# Socket.IO tells of the end of a socket that was connected, and of no other.
_OF_THE_CONNECTED: Final = re.compile(
    r"(?i)transport (?:close|error)|ping timeout|io (?:server|client) disconnect|namespace disconnect|parse error"
)
_SAYS_SO: Final = re.compile(
    r"(?i)(?:could not|couldn't|cannot|can't|unable to|failed to) (?:establish|connect|open|resolve|find)"
    r"|before the connection|handshake|refused|not found|unreachable|no route|timed out"
    r"|\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b"
)


@dataclass(slots=True)
class _Attempt:
    """What is known of a connection that is down: when it was last tried, whether an error came since."""

    tried: datetime | None = None
    has_erred: bool = False


def tell_failed_attempts(frame: pd.DataFrame) -> pd.DataFrame:
    """The timeline, where the ends of failed attempts are connect errors, or left out beside a line that is one."""
    names = ("kind", "code", "reason", "message")
    columns = {"time": list_moments(frame["time"]), **{name: list_values(frame[name]) for name in names}}
    failed: list[int] = []
    echoes: list[int] = []
    for _, places in list_places(frame["connection"]):
        rows = [{column: values[place] for column, values in columns.items()} for place in places]
        if _tells_connects(rows):
            for place, has_erred in _find_failed(places, rows):
                (echoes if has_erred else failed).append(place)
    if not failed and not echoes:
        return frame
    told = frame.copy()
    told.loc[failed, "kind"] = EventKind.CONNECT_ERROR.value
    told.loc[failed, "error"] = told.loc[failed, "reason"].fillna(told.loc[failed, "message"])
    told.loc[failed, "reason"] = pd.NA
    return told.drop(index=echoes).reset_index(drop=True)


def _tells_connects(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a connect stands behind an attempt: else its words may be unknown, and an end may be a true one."""
    has_tried = False
    for row in rows:
        if row["kind"] == EventKind.CONNECTED and has_tried:
            return True
        has_tried = row["kind"] in TRIES or (has_tried and row["kind"] != EventKind.DISCONNECTED)
    return False


def _find_failed(places: Sequence[int], rows: Iterable[Mapping[str, Any]]) -> list[tuple[int, bool]]:
    """The places of ends that are failed attempts, each with whether a connect error stands before it."""
    found, is_up, attempt = [], False, _Attempt()
    for place, row in zip(places, rows, strict=True):
        match row["kind"]:
            case EventKind.CONNECTED:
                is_up = True
            case EventKind.CONNECT_ERROR:
                attempt.has_erred = True
            case EventKind.DISCONNECTED:
                if not is_up and _has_failed(attempt, row):
                    found.append((place, attempt.has_erred))
                is_up, attempt = False, _Attempt()
            case kind if kind in TRIES:
                attempt = _Attempt(row["time"])
            case kind if kind in SIGNS_OF_LIFE:
                attempt = _Attempt()
    return found


def _has_failed(attempt: _Attempt, row: Mapping[str, Any]) -> bool:
    """Whether an end that no connect went before is that of an attempt."""
    words = row["reason"] or row["message"] or ""
    if attempt.tried is None or row["code"] not in NEVER_OPEN or _OF_THE_CONNECTED.search(words):
        return False
    is_told = attempt.has_erred or _SAYS_SO.search(words) is not None
    return bool(row["time"] - attempt.tried <= (PATIENCE if is_told else AT_ONCE))
