"""Errors of attempts that stand alone in a line, of the connection or of anything else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from logdiag.pipeline.stages import Request, diagnose
from tests.folding import each
from tests.winston import write

REFUSED = "Error: connect ECONNREFUSED 10.0.0.7:8080"


def _count(folder: Path, messages: list[str]) -> Counter[str]:
    write(folder / "app.log", [f"2026-10-05 10:00:{n:02} INFO {text}" for n, text in enumerate(messages)])
    return Counter(diagnose(Request((str(folder),))).timeline["kind"])


@each(
    "error",
    [
        REFUSED,
        "connect ECONNREFUSED 10.0.0.7:8080",
        "dial tcp 10.0.0.7:8080: connect: connection refused",
        "HTTP/1.1 400 Bad Request",
        "unexpected status 429",
        "Unexpected server response: 503",
    ],
)
def test_who_is_trying_has_failed(error: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Behind a line that dials, or an end, the error is that of the attempt."""
    dialled = ["connecting to ws://10.0.0.7:8080/ws", error] * 3
    assert _count(tmp_path_factory.mktemp("a"), dialled)["connect-error"] == 3


def test_who_is_connected_asks_for_something_else(tmp_path: Path) -> None:
    """A refusal while the connection is up is another request's, and so is one of another port while it is not."""
    lines = ["connecting to ws://10.0.0.7:8080/ws", "connect ECONNREFUSED 10.0.0.7:6379"]
    lines += ["Connected to server", REFUSED, REFUSED]
    assert _count(tmp_path, lines)["connect-error"] == 0


def test_a_server_asks_others(tmp_path: Path) -> None:
    """What a server of sockets is refused is no connection of a client's."""
    lines = ["client 17 connected", "client 17 disconnected", REFUSED, "WebSocket closed", REFUSED]
    assert _count(tmp_path, lines)["connect-error"] == 0
