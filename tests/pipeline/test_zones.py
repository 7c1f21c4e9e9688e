"""A file without a zone that lies hours beside one with a zone may be of the same hour."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from tests.winston import write


def list_notes(folder: Path, browser: str, server: str, zone: str | None = None) -> list[object]:
    """What is noted of a browser's log of such an hour and a server's with these stamps."""
    steps = ("0:00.000 INFO Connected to server", "5:00.000 WARN Disconnected from server")
    mine = [f"{browser}:{number}{step}" for number in range(6) for step in steps]
    write(folder / "browser" / "console.log", mine)
    write(
        folder / "server" / "hub.log",
        [f"{server.format(minute=f'{number}0')} INFO Client connected: a{number}b77c{number}" for number in range(6)],
    )
    found = diagnose(Request((str(folder),), zone=zone)).diagnosis.findings
    return [round(float(str(one.numbers["apart_s"])) / 3600) for one in found if one.id == "zones-apart"]


def test_hours_apart_are_flagged(tmp_path: Path) -> None:
    """21:00 without a zone and 21:00+08:00 lie seven hours from the end of one to the start of the other."""
    assert list_notes(tmp_path, "2022-12-05T21", "2022-12-05T21:{minute}:00.000+08:00") == [7]


def test_what_overlaps_or_is_of_another_day_is_not(tmp_path: Path) -> None:
    """Neither is a file beside one that names no zone either."""
    assert list_notes(tmp_path / "a", "2022-12-05T13", "2022-12-05T21:{minute}:00.000+08:00") == []
    assert list_notes(tmp_path / "b", "2022-12-08T21", "2022-12-05T21:{minute}:00.000+08:00") == []
    assert list_notes(tmp_path / "c", "2022-12-05T21", "2022-12-05T13:{minute}:00.000") == []
    assert list_notes(tmp_path / "d", "2022-12-05T21", "2022-12-05T21:{minute}:00.000+08:00", "Asia/Shanghai") == []
