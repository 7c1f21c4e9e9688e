"""Limits on idle time of which some connections carry nothing at all, by the server's log or the clients'."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from logdiag.events import EventKind
from logdiag.parsers.proposals import propose_rules
from logdiag.pipeline.stages import Result, diagnose
from logdiag.reading import find_log_files
from logdiag.request import Request
from tests.winston import BUILT_IN, at

LIMIT_S = 90.0


def asserted(result: Result) -> list[tuple[str, int]]:
    causes = result.diagnosis.causes
    return [(cause.id, cause.explains_count) for cause in causes if cause.status == "asserted"]


def sessions(seed: int, count: int, every_silent: int) -> Iterator[tuple[float, list[float], float]]:
    """Connect, messages and end of one session after the other, in seconds; each `every_silent`-th carries nothing."""
    chance, start = random.Random(seed), 0.0  # noqa: S311  no secret
    for number in range(count):
        moments = [start]
        for _ in range(0 if number % every_silent == 0 else chance.randrange(1, 6)):
            moments.append(moments[-1] + chance.uniform(4.0, 85.0))
        end = moments[-1] + LIMIT_S + chance.uniform(0.005, 0.03)
        yield start, moments[1:], end
        start = end + chance.uniform(1.0, 3.0)


def write(path: Path, lines: list[tuple[float, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = (f"{at(second).isoformat(timespec='milliseconds')} INFO {text}\n" for second, text in sorted(lines))
    path.write_text("".join(rows), encoding="utf-8")


def write_server(path: Path) -> None:
    """A server that names its sockets and each message that comes over them."""
    lines = []
    for seed in range(3):
        for number, (start, sent, end) in enumerate(sessions(seed, 14, 7)):
            socket = f"vauvzhmasqxezy{seed}{number:02d}ABx"
            lines.append((start + seed, f"Client connected: {socket}"))
            lines += [(moment + seed, f"message from {socket}: reading {number}") for moment in sent]
            lines.append((end + seed, f"Client disconnected: {socket}, reason: transport close"))
    write(path, lines)


def write_client(path: Path, seed: int) -> None:
    """A client whose words nobody knows, and which has one connection at a time under an id of the application's."""
    lines, cask = [], 0
    for number, (start, sent, end) in enumerate(sessions(seed, 12, 6)):
        rope = f"{seed}c{number:02d}be255f"
        lines.append((start, f"moored at the quay as rope {rope}"))
        for moment in sent:
            cask += 1
            lines.append((moment, f"cask {cask:05d} ashore, {cask % 19} kg"))
        lines.append((end, f"rope {rope} parted: transport close"))
    write(path, lines)


def test_sockets_that_never_send_are_idle_from_their_connect_on(tmp_path: Path) -> None:
    """Where the server tells of the others' messages, a socket of 90 s without one is no sign of a limit on age."""
    write_server(tmp_path / "server" / "server.log")
    assert asserted(diagnose(Request((str(tmp_path),)))) == [("idle-timeout", 42)]


def test_connections_under_own_ids_one_at_a_time_are_a_client_s_and_so_are_its_lines(tmp_path: Path) -> None:
    """Two clients' logs: the ids are the connections', the clients are the folders, and what they send is traffic."""
    write_client(tmp_path / "barge-1" / "log.txt", 1)
    write_client(tmp_path / "barge-2" / "log.txt", 2)
    result = diagnose(Request((str(tmp_path),)))
    assert asserted(result) == [("idle-timeout", 24)]
    assert {item.id: item.disconnects_count for item in result.diagnosis.connections} == {"barge-1": 12, "barge-2": 12}
    assert {row.side for row in result.diagnosis.inputs.sides} == {"client"}
    proposed = propose_rules(find_log_files((str(tmp_path),), None).files, BUILT_IN, UTC)
    assert {rule.kind for rule, _ in proposed.rules} == {EventKind.CONNECTED, EventKind.DISCONNECTED}
