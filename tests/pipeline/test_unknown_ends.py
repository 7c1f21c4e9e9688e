"""What the report says of time in which nobody knows whether a connection was up."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers.terminal import render_text
from logdiag.results.diagnosis import Diagnosis
from tests.winston import at, connect, drop, record, write


def _show(got: Diagnosis) -> str:
    return " ".join(render_text(got, version="0", width=80, color=False).split())


def test_connects_alone_show_no_downtime_no_beat_and_no_age(tmp_path: Path) -> None:
    """A client that logs its connects alone, every 700 s, beside one that logs both: its ends have no moment."""
    write(tmp_path / "phone" / "socket-client.log", [connect(700 * n, n) for n in range(10)])
    whole = [connect(0, 50), drop(1800), connect(1805, 51), record(at(7000), "Status ok")]
    write(tmp_path / "worker" / "socket-client.log", whole)
    got = diagnose(Request(paths=(str(tmp_path),))).diagnosis
    phone, worker = got.connections
    assert (phone.unknown_s, phone.outage_s, phone.availability_ratio) == (6300.0, 0.0, None)
    assert (worker.unknown_s, worker.outage_s) == (0.0, 5.0)
    assert got.patterns == ()
    assert {one.id for one in got.findings}.isdisjoint({"low-availability", "some-downtime", "ended-at-once"})
    assert "1 h 45 min unknown" in _show(got)


def test_logs_of_other_hours_lower_no_availability(tmp_path: Path) -> None:
    """An outage that is open where its own log ends lasted to there, whatever other logs are in the folder."""
    own = [connect(0, 1), drop(3600), record(at(3602), "Status ok")]
    write(tmp_path / "one" / "socket-client.log", own)
    write(tmp_path / "two" / "socket-client.log", [connect(36000, 2), record(at(39600), "Status ok")])
    got = diagnose(Request(paths=(str(tmp_path),))).diagnosis
    one, two = got.connections
    assert (one.connected_s, one.outage_s, two.connected_s, two.outage_s) == (3600.0, 2.0, 3600.0, 0.0)
    assert "Not back when its log ends, 2 s later." in _show(got)


def test_rotated_files_of_a_process_are_one_log(tmp_path: Path) -> None:
    """What is open at the end of the file that tells of it counts to the last line of its process."""
    write(tmp_path / "one" / "socket-client1.log", [connect(0, 1), drop(600)])
    write(tmp_path / "one" / "socket-client.log", [record(at(700 + n), "Status ok") for n in range(101)])
    (only,) = diagnose(Request(paths=(str(tmp_path),))).diagnosis.connections
    assert (only.connected_s, only.outage_s, only.logs_end) == (600.0, 200.0, at(800))
