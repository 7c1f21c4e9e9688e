"""The simulator: equal seeds, the lab's schema, and physics that hold in every incident."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.simulate import FAULTS, make, name_of
from benchmarks.simulation.client import backoff
from benchmarks.simulation.degrade import DEGRADATIONS, degrade, instant

pytestmark = pytest.mark.xdist_group("simulation")  # simulated once for all
LONG_LOGS_BYTES = 600_000  # three of five incidents have less, and are degraded in a quarter of the time
CONNECTED = re.compile(r"Connected to master \(socket ID: ([\w-]{20})\)")


@pytest.fixture(scope="module")
def incidents(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One incident of every fault."""
    return make(tmp_path_factory.mktemp("incidents"), len(FAULTS), seed=3)


@pytest.fixture(scope="module")
def short_incidents(incidents: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of those with few lines."""
    folder = tmp_path_factory.mktemp("short")
    for incident in incidents:
        if sum(file.stat().st_size for file in incident.rglob("*.log")) < LONG_LOGS_BYTES:
            shutil.copytree(incident, folder / incident.name)
    return folder


@pytest.fixture(scope="module")
def degraded(short_incidents: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Their copies, by the kind of degradation."""
    out = tmp_path_factory.mktemp("degraded")
    return {kind: degrade(short_incidents, out / kind, kind) for kind in DEGRADATIONS}


def truth(incident: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((incident / "truth.json").read_text(encoding="utf-8"))
    return loaded


def messages(incident: Path, pattern: str) -> list[str]:
    files = sorted(incident.glob(pattern))
    return [json.loads(line)["message"] for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_every_fault_writes_logs_and_the_truth_of_the_lab(incidents: list[Path]) -> None:
    keys = {"injected", "verdict", "causes", "logged_disconnects_count"}
    optional = {"also_accepted", "also_accepted_workers_only", "period_s", "lifetime_s"}
    assert [incident.name for incident in incidents] == [f"{name_of(fault)}-00" for fault, _ in FAULTS]
    for incident in incidents:
        told = truth(incident)
        assert keys <= told.keys() <= keys | optional
        assert (incident / "worker1" / "socket-client.log").exists()


def test_the_counted_disconnects_are_in_the_clients_logs(incidents: list[Path]) -> None:
    for incident in incidents:
        lines = messages(incident, "worker*/socket-client*.log")
        assert truth(incident)["logged_disconnects_count"] == sum(m.startswith("Disconnected") for m in lines)


def test_a_client_is_disconnected_only_when_connected(incidents: list[Path]) -> None:
    for incident in (one for one in incidents if not one.name.startswith("warnings-only")):  # connects are not logged
        for file in incident.glob("worker*/socket-client*.log"):
            online = None
            for message in messages(incident, f"{file.parent.name}/socket-client*.log"):
                if message.startswith("Disconnected"):
                    assert online is not False, incident.name
                    online = False
                elif CONNECTED.match(message):
                    online = True


def test_the_master_knows_every_socket_and_receives_no_more_than_was_sent(incidents: list[Path]) -> None:
    for incident in incidents:
        if not (incident / "master").exists():
            continue
        served = " ".join(messages(incident, "master/socket-server*.log"))
        client = " ".join(messages(incident, "worker*/socket-client*.log"))
        unknown = {sid for sid in CONNECTED.findall(client) if f"Worker connected: {sid}" not in served}
        assert len(unknown) <= len(list(incident.glob("worker*"))), incident.name
        synced = sum("pushed successfully" in m for m in messages(incident, "worker*/data-pusher*.log"))
        received = len(messages(incident, "master/data-sync-receiver*.log"))
        assert received <= synced + len(list(incident.glob("worker*"))), incident.name


def test_equal_seeds_make_equal_logs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make(tmp_path / name, 3, seed=5, only="server-timer")
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))
    assert files
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


def test_unknown_fault_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no-such-fault"):
        make(tmp_path, 1, seed=1, only="no-such-fault")


def test_reconnect_delays_follow_the_comb_of_socket_io() -> None:
    rng = random.Random(1)  # noqa: S311
    first = [backoff(rng, 0) * 1000 for _ in range(2000)]
    assert min(first) >= 550
    assert max(first) < 1500
    assert not any(1100 <= delay < 1150 for delay in first)
    assert max(backoff(rng, 5) for _ in range(200)) == pytest.approx(5.0)


@pytest.mark.parametrize("kind", sorted(DEGRADATIONS))
def test_degraded_copies_keep_an_honest_count(
    kind: str, short_incidents: Path, degraded: dict[str, list[Path]]
) -> None:
    names = {incident.name for incident in short_incidents.iterdir()}
    assert {copy.name for copy in degraded[kind]} == names
    assert len(FAULTS) / 2 < len(names) < len(FAULTS)
    for copy in degraded[kind]:
        lines = messages(copy, "worker*/socket-client*.log")
        assert truth(copy)["logged_disconnects_count"] == sum(m.startswith("Disconnected") for m in lines)


def test_five_minutes_are_five_minutes(degraded: dict[str, list[Path]]) -> None:
    for copy in degraded["five-minutes"]:
        for worker in copy.glob("worker*"):
            rows = [json.loads(r) for f in worker.glob("*.log") for r in f.read_text(encoding="utf-8").splitlines()]
            stamps = [instant(row["timestamp"]) for row in rows]
            assert max(stamps) - min(stamps) <= 300
