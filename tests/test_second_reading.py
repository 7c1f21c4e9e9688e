"""The samples, and the lab where it is there, counted again, as naively as can be: nothing of logdiag, no pandas.

Loops over json.loads. What both say must agree: a difference is a fault of one of the two.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
import zstandard

from tests.folders import LAB, LAB_NAMES, SAMPLES, diagnose_once

NAMES: Final = ("2025-11-14-reference", "healthy", "random-drops", "rotated-gzipped")
FOLDERS: Final = [*(SAMPLES / name for name in NAMES), *(LAB / name for name in LAB_NAMES)]


@dataclass
class Connection:
    """What the lines of one process say of its connection to the master, in the order of time."""

    connects: list[datetime] = field(default_factory=list)
    drops: list[datetime] = field(default_factory=list)
    sessions_s: list[float] = field(default_factory=list)
    outages_s: list[float] = field(default_factory=list)


def read_text(path: Path) -> str:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().stream_reader(data).read()
    return data.decode("utf-8", "replace")


def read_messages(folder: Path) -> dict[str, list[tuple[datetime, str, str]]]:
    """Time, service and message of every record, by the folder that it lies in, in the order of time."""
    found: dict[str, list[tuple[datetime, str, str]]] = {}
    for path in sorted(folder.rglob("*.log*")):
        for line in read_text(path).split("\n"):
            if line.strip():
                record = json.loads(line)
                moment = datetime.fromisoformat(record["timestamp"].removesuffix("Z"))  # all in one zone
                found.setdefault(path.parent.name, []).append((moment, record["service"], str(record["message"])))
    for rows in found.values():
        rows.sort(key=lambda row: row[0])
    return found


def follow(rows: list[tuple[datetime, str, str]]) -> Connection:
    """Connects and disconnects, one after the other."""
    connection = Connection()
    up: datetime | None = None
    down: datetime | None = None
    for moment, _service, message in rows:
        if message.startswith("Connected to master"):
            connection.connects.append(moment)
            if down is not None:
                connection.outages_s.append((moment - down).total_seconds())
            up, down = moment, None
        if message.startswith("Disconnected from master"):
            connection.drops.append(moment)
            if up is not None:
                connection.sessions_s.append((moment - up).total_seconds())
            up, down = None, moment
    return connection


def is_worker(rows: list[tuple[datetime, str, str]]) -> bool:
    return any("onnected to master" in message or "onnected from master" in message for _, _, message in rows)


def follow_workers(every: dict[str, list[tuple[datetime, str, str]]]) -> dict[str, Connection]:
    return {name: follow(rows) for name, rows in every.items() if is_worker(rows)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_connects_and_disconnects_agree(folder: Path) -> None:
    """As many lines and connects of each process; each disconnect at its millisecond, and how long after the last."""
    diagnosis = diagnose_once(folder).diagnosis
    every = read_messages(folder)
    assert diagnosis.inputs.lines_count == sum(map(len, every.values()))
    for name, meant in follow_workers(every).items():
        (connection,) = (row for row in diagnosis.connections if row.id == name)
        assert connection.connects_count == len(meant.connects)
        found = [row for row in diagnosis.disconnects if row.connection == name]
        assert [row.time.replace(tzinfo=None) for row in found if row.logged] == meant.drops
        gaps_s = [(b.time - a.time).total_seconds() for a, b in pairwise(found)]
        assert [row.interval_s for row in found if row.interval_s is not None] == pytest.approx(gaps_s)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_sessions_and_outages_agree(folder: Path) -> None:
    """One by one, to the millisecond."""
    diagnosis = diagnose_once(folder).diagnosis
    for name, meant in follow_workers(read_messages(folder)).items():
        found = [row for row in diagnosis.disconnects if row.connection == name and row.logged]
        assert [row.session_s for row in found if row.session_s is not None] == pytest.approx(meant.sessions_s)
        assert [row.outage_s for row in found if row.outage_s is not None] == pytest.approx(meant.outages_s)


@pytest.mark.parametrize("folder", FOLDERS[: len(NAMES)], ids=lambda folder: folder.name)
def test_availability_agrees(folder: Path) -> None:
    """The time connected, as a share of that and the outages, up to the last line of its own process."""
    diagnosis = diagnose_once(folder).diagnosis
    every = read_messages(folder)
    ((name, meant),) = follow_workers(every).items()
    last = max(row[0] for row in every[name])
    (row,) = diagnosis.connections
    connected_s, outage_s = sum(meant.sessions_s), sum(meant.outages_s)
    if meant.connects[-1:] > meant.drops[-1:]:
        connected_s += (last - meant.connects[-1]).total_seconds()
    else:
        outage_s += (last - meant.drops[-1]).total_seconds()
    assert name in {row.id, folder.name}
    assert row.outage_s == pytest.approx(outage_s)
    assert row.connected_s == pytest.approx(connected_s)
    assert row.availability_ratio == pytest.approx(connected_s / (connected_s + outage_s))


def count_pushes(rows: list[tuple[datetime, str, str]]) -> tuple[int, int]:
    """How many pushes succeeded and failed: each begins, then succeeds or fails, which several services may tell.

    Where no line tells of beginnings each failure is one.
    """
    ok_count = failed_count = 0
    is_open = {"items": False, "data sync": False}
    has_beginnings = any("] Pushing " in message for _, _, message in rows)
    for _moment, _service, message in rows:
        channel = "data sync" if "ata sync" in message else "items"
        if "] Pushing " in message:
            is_open[channel] = True
        elif "] Push completed" in message or "] Data sync pushed" in message:
            ok_count += 1
            is_open[channel] = False
        elif "Push failed:" in message or "Failed to push" in message:
            failed = [one for one, open_now in is_open.items() if open_now]
            failed_count += len(failed) if has_beginnings else 1
            is_open.update(dict.fromkeys(failed, False))
    return ok_count, failed_count


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_push_ledger_agrees(folder: Path) -> None:
    """As many pushes succeeded and failed; those suspected to be lost were said to have succeeded."""
    pushes = diagnose_once(folder).diagnosis.pushes
    every = [count_pushes(rows) for rows in read_messages(folder).values() if is_worker(rows)]
    ok_count, failed_count = (sum(column) for column in zip(*every, strict=True))
    assert (pushes.ok_count + pushes.suspect_count, pushes.failed_count) == (ok_count, failed_count)
    assert pushes.attempted_count == ok_count + failed_count + pushes.unknown_count
