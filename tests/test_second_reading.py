"""The samples counted a second time, as naively as can be: loops over json.loads, nothing of logdiag, no pandas.

What both say must agree: a difference is a fault of one of the two.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
import zstandard

from tests.folders import SAMPLES, diagnose_once

NAMES = ("2025-11-14-reference", "healthy", "random-drops", "rotated-gzipped")


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


@pytest.mark.parametrize("name", NAMES)
def test_counts_and_lines_agree(name: str) -> None:
    """As many lines, and as many connects and disconnects of each process."""
    diagnosis = diagnose_once(SAMPLES / name).diagnosis
    rows = read_messages(SAMPLES / name)
    assert diagnosis.inputs.lines_count == sum(map(len, rows.values()))
    meant = {folder: follow(rows[folder]) for folder in rows if is_worker(rows[folder])}
    assert sum(row.connects_count for row in diagnosis.connections) == sum(len(one.connects) for one in meant.values())
    assert sum(row.disconnects_count for row in diagnosis.connections) == sum(len(one.drops) for one in meant.values())


@pytest.mark.parametrize("name", NAMES)
def test_sessions_intervals_and_outages_agree(name: str) -> None:
    """To the millisecond, one by one."""
    diagnosis = diagnose_once(SAMPLES / name).diagnosis
    for folder, rows in read_messages(SAMPLES / name).items():
        if not is_worker(rows):
            continue
        meant = follow(rows)
        found = diagnosis.disconnects
        assert [row.time.replace(tzinfo=None) for row in found] == meant.drops, folder
        assert [row.session_s for row in found if row.session_s is not None] == pytest.approx(meant.sessions_s)
        assert [row.outage_s for row in found if row.outage_s is not None] == pytest.approx(meant.outages_s)
        intervals_s = [(b - a).total_seconds() for a, b in zip(meant.drops, meant.drops[1:], strict=False)]
        assert [row.interval_s for row in found if row.interval_s is not None] == pytest.approx(intervals_s)


@pytest.mark.parametrize("name", NAMES)
def test_availability_agrees(name: str) -> None:
    """The time connected, as a share of the time connected and that of the outages."""
    diagnosis = diagnose_once(SAMPLES / name).diagnosis
    every = read_messages(SAMPLES / name)
    last = max(row[0] for rows in every.values() for row in rows)
    (meant,) = (follow(rows) for rows in every.values() if is_worker(rows))
    (row,) = diagnosis.connections
    connected_s, outage_s = sum(meant.sessions_s), sum(meant.outages_s)
    if meant.connects[-1:] > meant.drops[-1:]:
        connected_s += (last - meant.connects[-1]).total_seconds()
    else:
        outage_s += (last - meant.drops[-1]).total_seconds()
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


@pytest.mark.parametrize("name", NAMES)
def test_push_ledger_agrees(name: str) -> None:
    """As many pushes succeeded and failed, and every one of them was attempted."""
    pushes = diagnose_once(SAMPLES / name).diagnosis.pushes
    every = [count_pushes(rows) for rows in read_messages(SAMPLES / name).values() if is_worker(rows)]
    ok_count, failed_count = (sum(column) for column in zip(*every, strict=True))
    assert (pushes.ok_count, pushes.failed_count) == (ok_count, failed_count)
    assert pushes.attempted_count == ok_count + failed_count + pushes.suspect_count + pushes.unknown_count
