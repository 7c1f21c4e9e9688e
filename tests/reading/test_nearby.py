"""Paths that are not there, and patterns that match nothing: what was perhaps meant, and what lies there."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.errors import InputError
from logdiag.reading import find_log_files, refuse_unmatched
from logdiag.reading.nearby import NAMED, refuse_missing


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with logs/server.log, notes.txt and a hidden file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    for name in ("logs/server.log", "notes.txt", ".hidden"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("log", "did you mean logs/?"),
        ("LOGS", "did you mean logs/?"),
        ("lgos/server.log", "did you mean logs/server.log?"),
        ("lgos/other.log", "did you mean logs/?"),
        ("logs/sever.log", "did you mean logs/server.log?"),
        ("logs/x.gz", "logs/ holds server.log"),
        ("somewhere/else", "./ holds logs/, notes.txt"),
        ("notes.txt/x", "did you mean notes.txt?"),
    ],
)
def test_missing_path(asked: str, told: str) -> None:
    """A path that is not there is answered with those alike, wherever it is misspelt, else with what lies there."""
    with pytest.raises(InputError) as raised:
        find_log_files((asked,))
    assert str(raised.value) == f"{asked}: no such file or folder; {told}"


def test_missing_absolute_path(desk: Path) -> None:
    """What is asked for from the root on is suggested from the root on; an empty folder suggests nothing."""
    assert str(refuse_missing(desk / "lgs")).endswith(f"did you mean {desk.as_posix()}/logs/?")
    (desk / "empty").mkdir()
    assert str(refuse_missing(desk / "empty" / "x")).endswith("give a log file or a folder of logs")


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("logs/*.gz", "logs/*.gz: this pattern matches no file or folder; logs/ holds server.log"),
        ("*.log", "*.log: this pattern matches no file or folder; ./ holds logs/, notes.txt"),
        ("lgos/*.log", "lgos: no such file or folder; did you mean logs/?"),
        ("empty/*", "empty/*: this pattern matches no file or folder; empty/ is empty"),
    ],
)
def test_pattern_that_matches_nothing(asked: str, told: str) -> None:
    """It is called a pattern, with what lies in its folder; where the folder is not there, that is what is wrong."""
    Path("empty").mkdir()
    assert str(refuse_unmatched(asked)) == told.replace("logs/, notes.txt", "empty/, logs/, notes.txt")


def test_many_names(desk: Path) -> None:
    """Of a folder of many files as many are named as are read at a glance; the others are counted."""
    for number in range(20):
        (desk / "logs" / f"{number:02}.log").touch()
    assert str(refuse_missing(desk / "logs" / "x")).endswith(f"11.log, {21 - NAMED} more")


def test_a_link_that_leads_nowhere_is_not_suggested(desk: Path) -> None:
    """What was asked for lies there, and is not: it cannot have been meant."""
    (desk / "loop.log").symlink_to(desk / "gone")
    assert "loop.log?" not in str(refuse_missing(desk / "loop.log"))
