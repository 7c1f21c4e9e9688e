"""What a server says of messages that came over its sockets is learned; what only names a socket is not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from logdiag.events import EventKind
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.foreign_apps import Row, name_socket, write_winston
from tests.parsers.lifecycles.samples import learn

SOCKETS = 6
MESSAGES = 5


def count_receipts(folder: Path, message: str, *, each: int = MESSAGES, knows: bool = True) -> int:
    """Write a server whose sockets live 40 s and send `each` messages; return how many were understood as received.

    `knows`: the server tells of the connects and disconnects of these very sockets, not of others.
    """
    rows: list[Row] = []
    for index in range(SOCKETS):
        socket, start = name_socket(index), index * 50.0
        own = socket if knows else name_socket(1000 + index)
        rows.append((start, {"message": f"Client connected: {own}"}))
        rows += [
            (start + 3 + 7.3 * turn, {"message": message.format(socket=socket, n=index * 10 + turn)})
            for turn in range(each)
        ]
        rows.append((start + 40, {"message": f"Client disconnected: {own}"}))
    write_winston(folder / "gateway" / "stdout.log", rows)
    return Counter(diagnose(Request((str(folder),))).timeline["kind"])["receipt"]


@pytest.mark.parametrize(
    "message",
    [
        "submitOrder #{n} from {socket}",
        "telemetry frame {n} <- {socket}",
        "position {n} from client {socket}",
        "got basket {n} ({socket})",
        "收到订单 {n} 来自 {socket}",
    ],
)
def test_messages_from_a_socket_are_learned(tmp_path: Path, message: str) -> None:
    """Whatever the application calls it, what comes from a socket that the server knows is a receipt."""
    assert count_receipts(tmp_path, message) == SOCKETS * MESSAGES


@pytest.mark.parametrize(
    "message",
    [
        "idle check {n} of {socket}",
        "error {n} from {socket}",
        "kept {n} bytes for {socket}",
        "handshake {n} from {socket}",
        "left room {n}: got {socket}",
    ],
)
def test_what_only_names_a_socket_is_not(tmp_path: Path, message: str) -> None:
    """Errors, checks and what else names a socket say nothing of a message that came through."""
    assert count_receipts(tmp_path, message) == 0


def test_what_comes_once_a_socket_is_no_traffic(tmp_path: Path) -> None:
    """A line that each socket has once belongs to its start or its end."""
    assert count_receipts(tmp_path, "profile {n} from {socket}", each=1) == 0


def test_ids_of_strangers_are_no_traffic(tmp_path: Path) -> None:
    """Ids that the log's own connects do not hold are somebody else's sockets."""
    assert count_receipts(tmp_path, "whisper {n} from {socket}", knows=False) == 0


def count_unasked(
    folder: Path, message: str, *, step_s: float = 0.9, scatter_s: float = 0.8, apart_s: float = 2
) -> int:
    """Write sockets that open `apart_s` apart; return how many of 5 lines for each were understood as received.

    The lines of a socket come 6 s apart, up to `scatter_s` earlier or later, and `step_s` after those of the socket
    before it.
    """
    rows: list[Row] = []
    chance = Random(7)  # noqa: S311  no secret
    for index in range(SOCKETS):
        socket, start = name_socket(index), index * apart_s
        first = (start if apart_s > 60 else 15) + index * step_s
        rows.append((start, {"message": "Socket connected", "socketId": socket}))
        rows += [
            (first + 6 * turn + chance.uniform(-scatter_s, scatter_s), {"message": message, "socketId": socket})
            for turn in range(1, MESSAGES + 1)
        ]
        rows.append((start + 60, {"message": "Socket disconnected", "socketId": socket, "reason": "transport close"}))
    write_winston(folder / "gateway" / "stdout.log", rows)
    return Counter(diagnose(Request((str(folder),))).timeline["kind"])["receipt"]


def test_what_sockets_in_use_at_once_make_the_server_write_came_over_them(tmp_path: Path) -> None:
    """The words say nothing of the way, but the lines come one by one and on no beat."""
    assert count_unasked(tmp_path, "position update") == SOCKETS * MESSAGES


@pytest.mark.parametrize(
    "message", ["position update sent", "notification", "idle check", "position update for socket -> app"]
)
def test_what_the_server_does_by_itself_is_not(tmp_path: Path, message: str) -> None:
    """By its own words it sends, or looks after its sockets."""
    assert count_unasked(tmp_path, message) == 0


@pytest.mark.parametrize(
    "pace",
    [
        {"step_s": 0.004, "scatter_s": 0.0},  # a loop over all sockets
        {"step_s": 0.004, "scatter_s": 0.01},
        {"step_s": 0.9, "scatter_s": 0.0},  # a timer for each socket
        {"apart_s": 90.0},  # one socket after the other, as a client has them
    ],
)
def test_what_keeps_the_pace_of_the_server_is_not(tmp_path: Path, pace: dict[str, float]) -> None:
    """All in one go, on a beat, or never two sockets at once."""
    assert count_unasked(tmp_path, "position update", **pace) == 0


@pytest.mark.parametrize(("last_count", "is_learned"), [(2, True), (1, False)])
def test_eight_lines_of_messages_are_enough(tmp_path: Path, last_count: int, *, is_learned: bool) -> None:
    """Four sockets with two messages each; seven lines may be of anything."""
    rows: list[tuple[float, str]] = []
    for index in range(4):
        socket, start = name_socket(index), index * 50.0
        rows += [(start, f"Client connected: {socket}"), (start + 40, f"Client disconnected: {socket}")]
        count = last_count if index == 3 else 2
        rows += [(start + 3 + 7.3 * turn, f"submitOrder #{index}{turn} from {socket}") for turn in range(count)]
    assert (EventKind.RECEIPT in {rule.kind for rule in learn(tmp_path, rows)}) is is_learned
