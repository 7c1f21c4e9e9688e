"""Servers that write at random and state `ping timeout` of several clients at once: whether they stood still before."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pytest

from logdiag.pipeline.stages import Request, diagnose
from tests.winston import at, record, stamp, write

CLIENTS_COUNT: Final = 3
BLOCKS_COUNT: Final = 10
BLOCK_S: Final = 48.0


def _write_incident(
    folder: Path,
    *,
    pause_s: float,
    stands_still: bool,
    with_clients: bool,
    clients_count: int = CLIENTS_COUNT,
    away_s: float = 1.2,
    writes_while_away: bool = False,
    blocks_count: int = BLOCKS_COUNT,
) -> None:
    """Again and again all clients end in one moment, by the server's `ping timeout`, which the clients see as a close.

    The server writes a line every `pause_s` on average, and through the 48 s before these ends unless it stands still.
    """
    rng = np.random.default_rng(7)
    server: list[tuple[float, str]] = []
    clients: list[list[tuple[float, str]]] = [[] for _ in range(clients_count)]
    start, number = 0.0, 0
    for _ in range(blocks_count):
        end = start + float(rng.uniform(300, 1200))
        wake = end + BLOCK_S
        last = end if stands_still else wake
        moments = np.cumsum(rng.exponential(pause_s, round(20 * (last - start) / pause_s))) + start + 2
        server += [(float(moment), "job finished") for moment in moments[moments < last]]
        server.append((wake, "report generated"))
        for client, lines in enumerate(clients):
            socket_id = f"{number:016d}AAAB"
            opened, closed = start + 0.3 * client, wake + 0.05 + 0.003 * client
            server += [
                (opened, f"Worker connected: {socket_id}"),
                (closed, f"Worker disconnected: {socket_id}, reason: ping timeout"),
            ]
            lines += [
                (opened + 0.005, f"Connected to master (socket ID: {socket_id})"),
                (closed + 0.005, "Disconnected from master: transport close"),
                *((float(moment), "task done") for moment in rng.uniform(opened + 1, closed, 60)),
            ]
            number += 1
        if writes_while_away:
            server += [(wake + second, "job finished") for second in np.arange(1, away_s - 1, pause_s)]
        start = wake + away_s
    _write(folder / "master" / "socket-server.log", server)
    for client, lines in enumerate(clients if with_clients else ()):
        _write(folder / f"worker{client + 1}" / "socket-client.log", lines)


def _write(path: Path, lines: list[tuple[float, str]]) -> None:
    write(path, (record(at(second), message) for second, message in sorted(lines)))


@pytest.mark.parametrize("with_clients", [True, False])
@pytest.mark.parametrize(
    ("pause_s", "stands_still", "asserted"),
    [
        (1.0, True, ["event-loop-blocked"]),
        (5.0, True, ["event-loop-blocked"]),
        (5.0, False, ["heartbeat-timeout"]),
        (60.0, True, ["heartbeat-timeout"]),
    ],
    ids=["busy", "irregular", "writes-on", "always-as-quiet"],
)
def test_a_server_that_stood_still_lost_no_heartbeats(
    tmp_path: Path, pause_s: float, stands_still: bool, asserted: list[str], with_clients: bool
) -> None:
    """Its pauses before all of the drops, longer than it ever makes, tell a block; such as it always makes do not."""
    _write_incident(tmp_path, pause_s=pause_s, stands_still=stands_still, with_clients=with_clients)
    assert [cause.id for cause in diagnose(Request((str(tmp_path),))).diagnosis.asserted] == asserted


@pytest.mark.parametrize(
    ("pause_s", "stands_still", "blocks_count", "asserted"),
    [
        (5.0, True, 4, ["event-loop-blocked"]),
        (5.0, True, 2, []),
        (5.0, True, 1, []),
        (5.0, False, 2, ["heartbeat-timeout"]),
        (60.0, True, 4, ["heartbeat-timeout"]),
    ],
    ids=["four", "two", "one", "writes-on", "always-as-quiet"],
)
def test_few_pauses_are_held_against_all_that_the_server_wrote(
    tmp_path: Path, *, pause_s: float, stands_still: bool, blocks_count: int, asserted: list[str]
) -> None:
    """Four of them are no chance beside an hour of calm; of one or two nobody knows, but no lost ping is sure either.

    The lines within 75 s of the drops hold too little calm time to tell.
    """
    _write_incident(tmp_path, pause_s=pause_s, stands_still=stands_still, with_clients=False, blocks_count=blocks_count)
    assert [cause.id for cause in diagnose(Request((str(tmp_path),))).diagnosis.asserted] == asserted


@pytest.mark.parametrize("with_clients", [True, False])
@pytest.mark.parametrize(
    ("pause_s", "stands_still", "asserted"),
    [(5.0, True, []), (5.0, False, ["heartbeat-timeout"]), (60.0, True, ["heartbeat-timeout"])],
    ids=["silent before each", "writes-on", "always-as-quiet"],
)
def test_one_client_does_not_tell_a_block_from_a_dead_way(
    tmp_path: Path, pause_s: float, stands_still: bool, asserted: list[str], with_clients: bool
) -> None:
    """A server that is silent before it gives its only client up stood still, or had nothing to write."""
    _write_incident(tmp_path, pause_s=pause_s, stands_still=stands_still, with_clients=with_clients, clients_count=1)
    assert [cause.id for cause in diagnose(Request((str(tmp_path),))).diagnosis.asserted] == asserted


@pytest.mark.parametrize(("writes_while_away", "asserted"), [(False, ["heartbeat-timeout"]), (True, [])])
def test_a_server_that_writes_of_its_only_client_alone_is_silent_when_that_is(
    tmp_path: Path, asserted: list[str], *, writes_while_away: bool
) -> None:
    """It writes nothing while the client is away either: its pauses do not show that it stood still itself."""
    _write_incident(
        tmp_path,
        pause_s=5.0,
        stands_still=True,
        with_clients=False,
        clients_count=1,
        away_s=20.0,
        writes_while_away=writes_while_away,
    )
    assert [cause.id for cause in diagnose(Request((str(tmp_path),))).diagnosis.asserted] == asserted


@pytest.mark.parametrize(
    "form", ["{stamp} UTC [61] LOG:  checkpoint starting: time", "json"], ids=["database", "queue"]
)
@pytest.mark.parametrize(
    ("pause_s", "asserted"), [(5.0, ["event-loop-blocked"]), (60.0, [])], ids=["stood still", "always-as-quiet"]
)
def test_another_program_that_writes_on_is_no_sign_of_the_servers_life(
    tmp_path: Path, form: str, pause_s: float, asserted: list[str]
) -> None:
    """What stands in the server's folder shows that the server ran on only where it is known to be the server's."""
    _write_incident(tmp_path, pause_s=pause_s, stands_still=True, with_clients=False)
    ticks = [at(float(second)) for second in range(0, 12_000, 4)]
    lines = [record(moment, "job finished") if form == "json" else form.format(stamp=stamp(moment)) for moment in ticks]
    write(tmp_path / "master" / "other.log", lines)
    causes = diagnose(Request((str(tmp_path),))).diagnosis
    assert [cause.id for cause in causes.asserted if cause.id != "heartbeat-timeout"] == asserted
