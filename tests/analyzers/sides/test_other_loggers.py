"""A library's own connection in the log of a program that tells of its own ones."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.foreign_apps import Row, write_winston

SPEAKER: dict[str, object] = {"message": "[Kitchen] Connection lost, retrying", "service": "pychromecast.socket_client"}
BROKER: dict[str, object] = {"message": "Disconnected from MQTT server core:1883 (1)", "service": "home.mqtt"}


def count_drops(folder: Path, rows: list[Row]) -> int:
    write_winston(folder / "app.log", rows)
    return len(diagnose(Request((str(folder),))).diagnosis.disconnects)


def tell_own(*, ends: int) -> list[Row]:
    """Connects and ends that the program tells of its own connection."""
    rows: list[Row] = []
    for index in range(ends):
        rows.append((index * 60.0, {"message": "Connected to server", "service": "home.link"}))
        rows.append((index * 60.0 + 41, {"message": "Disconnected from server", "service": "home.link"}))
    return rows


def test_a_speakers_or_a_brokers_ends_are_none_of_the_programs(tmp_path: Path) -> None:
    """Eight ends of the program's own and twenty of a speaker and a broker: eight."""
    others = [(index * 23.0 + 5, (SPEAKER, BROKER)[index % 2]) for index in range(20)]
    assert count_drops(tmp_path, [*tell_own(ends=8), *others]) == 8


def test_they_count_where_nothing_else_tells_of_connects_and_ends(tmp_path: Path) -> None:
    """A log about the broker alone is about the broker; connects alone of another logger take nothing from it."""
    rows: list[Row] = [(index * 23.0, BROKER) for index in range(8)]
    assert count_drops(tmp_path / "alone", rows) == 8
    connects = [row for row in tell_own(ends=8) if row[1]["message"] == "Connected to server"]
    assert count_drops(tmp_path / "beside", [*rows, *connects]) >= 8


def test_what_an_applications_own_logger_loses_is_always_counted(tmp_path: Path) -> None:
    """A logger that is no known library's may tell of the connection that matters."""
    own: Row = (500.0, {"message": "Lost connection to server", "service": "shop.master"})
    assert count_drops(tmp_path, [*tell_own(ends=8), own]) >= 9
