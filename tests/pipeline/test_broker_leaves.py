"""Clients of an MQTT broker that leave in order, and those that are lost."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Verdict

START_S = 1_747_794_000


def _read(folder: Path, *rows: tuple[int, str]) -> Diagnosis:
    """What is told of a broker's log with such lines: (seconds after its start, the message)."""
    lines = [f"{START_S + second}: {message}\n" for second, message in rows]
    (folder / "broker.log").write_text("".join(lines))
    return diagnose(Request(paths=(str(folder / "broker.log"),))).diagnosis


def _connect(second: int, name: str = "node_a") -> tuple[int, str]:
    return second, f"New client connected from 172.19.0.5:49695 as {name} (p2, c1, k60)."


def test_a_log_of_leaves_alone_is_no_incident(tmp_path: Path) -> None:
    """Mosquitto writes `Client X disconnected.` of who sent DISCONNECT, and other words of who was lost."""
    rows = [row for at in range(0, 3000, 600) for row in (_connect(at), (at + 60, "Client node_a disconnected."))]
    found = _read(tmp_path, *rows)
    assert found.verdict is not Verdict.INCIDENT
    assert not found.minded


def test_the_goodbye_and_the_end_that_it_leads_to_are_one_leave(tmp_path: Path) -> None:
    """With log_type debug both stand there; who comes back a second later took nobody's place."""
    rows = [(0, "mosquitto version 2.0.21 starting")]
    for at in range(0, 1200, 60):
        for second, name in ((at, "node_a"), (at + 20, "node_b")):
            rows += [_connect(second + 1, name), (second + 60, f"Received DISCONNECT from {name}")]
            rows += [(second + 60, f"Client {name} disconnected.")]
    found = _read(tmp_path, *sorted(rows, key=lambda row: row[0]))
    assert len(found.disconnects) == 40
    assert {drop.server_reason for drop in found.disconnects} == {"client disconnect"}
    assert "duplicate-connection" not in {cause.id for cause in found.asserted}


def test_who_is_lost_did_not_leave(tmp_path: Path) -> None:
    """A connection that broke, one that fell silent, and one that the broker cut off have words of their own."""
    ends = {
        "Client node_a closed its connection.": "transport close",
        "Client node_a has exceeded timeout, disconnecting.": "ping timeout",
        "Client node_a disconnected due to protocol error.": "protocol error",
        "Bad socket read/write on client node_a: Connection reset by peer.": "transport error",
        "Client node_a disconnected.": "client disconnect",
    }
    rows = [row for place, end in enumerate(ends) for row in (_connect(place * 30), (place * 30 + 25, end))]
    found = _read(tmp_path, *rows, _connect(200))
    assert [drop.server_reason for drop in found.disconnects] == list(ends.values())[:4]


def test_while_the_broker_is_off_nobody_is_served(tmp_path: Path) -> None:
    """Who left, and came back when the broker had started anew a day later, was not down of itself."""
    rows = [(0, "mosquitto version 2.0.21 starting"), (86_400, "mosquitto version 2.0.21 starting")]
    for at in (0, 600, 1200, 86_400, 87_000):
        rows += [_connect(at + 1), (at + 590, "Client node_a closed its connection.")]
    rows += [(1792, "mosquitto version 2.0.21 terminating"), _connect(87_600)]
    found = _read(tmp_path, *sorted(rows, key=lambda row: row[0]))
    numbers = {finding.id: finding.numbers for finding in found.findings}
    assert numbers["server-off"]["off_s"] == 86_400 - 1792
    assert "low-availability" not in numbers
