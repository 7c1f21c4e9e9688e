"""Paths on the command line: patterns in quotes, and words that are paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.cli.paths import expand_patterns, looks_like_path
from tests.cli.conftest import Run


def test_patterns_that_the_shell_left_alone(tmp_path: Path) -> None:
    """A pattern becomes what it matches, sorted; a file of that very name is no pattern; no match stays as it is."""
    for name in ("b.log", "a.log", "x.txt", "odd[1].log"):
        (tmp_path / name).touch()
    found = expand_patterns([f"{tmp_path}/?.log", f"{tmp_path}/odd[1].log", f"{tmp_path}/*.gz", "https://x/*.log"])
    assert found == (
        f"{tmp_path}/a.log", f"{tmp_path}/b.log", f"{tmp_path}/odd[1].log", f"{tmp_path}/*.gz", "https://x/*.log",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("word", "is_path"), [("logs/", True), ("*.log", True), ("-", True), ("s3://x/y", True), ("diagnos", False)]
)
def test_words_that_are_paths(word: str, is_path: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written as only paths are is one, though nothing lies there; any other word only if something does."""
    monkeypatch.chdir(tmp_path)
    assert looks_like_path(word) is is_path
    (tmp_path / "diagnos").mkdir()
    assert looks_like_path("diagnos")


@pytest.mark.parametrize("command", [("diagnose",), ("timeline",), ("timeline", "--since", "1h")])
def test_folder_of_nothing_to_read_says_what_lies_there(command: tuple[str, ...], run: Run, logs: Path) -> None:
    """Where not one line can be read the refusal names what was left alone, and how to have it read."""
    (logs / "links").mkdir()
    (logs / "links" / "current").symlink_to(logs / "incident")
    finished = run(*command, "links")
    assert (finished.code, finished.stdout) == (2, b"")
    assert "links/current: a link out of the folders given, left alone; name it" in finished.stderr


@pytest.mark.parametrize("command", ["diagnose", "timeline", "watch", "verify"])
def test_pattern_in_quotes_that_matches_nothing(command: str, run: Run, logs: Path) -> None:
    """Every command that reads logs calls it a pattern, and names what lies in that folder."""
    finished = run(command, "incident/*.nothing")
    assert finished.code == 2
    name = sorted(path.name for path in (logs / "incident").iterdir())[0]
    told = "logdiag: incident/*.nothing: this pattern matches no file or folder; incident/ holds "
    assert finished.stderr.startswith(told)
    assert name in finished.stderr
