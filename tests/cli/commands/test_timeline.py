"""`logdiag timeline`: where it goes, how it ends, and that it asks for no more than is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logdiag.cli.options import TimelineFormat
from tests import processes
from tests.cli.conftest import Run, write_lines

FORMS = tuple(TimelineFormat)


@pytest.mark.parametrize("form", FORMS)
def test_output_holds_what_stdout_would(form: str, run: Run, logs: Path) -> None:
    """--output writes the same timeline as UTF-8, and standard output stays empty."""
    pinned = {"SOURCE_DATE_EPOCH": "0"}
    shown = run("timeline", "incident", "--format", form, environ=pinned)
    finished = run("timeline", "incident", "--format", form, "-o", "told", environ=pinned, encoding="ascii")
    assert (finished.code, finished.stdout) == (0, b"")
    assert (logs / "told").read_bytes() == shown.stdout


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("folder", "expected"), [("incident", 0), ("silent", 0), ("damaged", 0), ("empty", 2), ("garbage", 2)]
)
def test_format_never_changes_the_code(folder: str, expected: int, form: str, run: Run, logs: Path) -> None:
    """Every format ends with the same code, and writes nothing where there is nothing to tell."""
    finished = run("timeline", folder, "--format", form)
    assert finished.code == expected
    assert bool(finished.stdout) is (expected == 0)


def test_failed_run_leaves_the_old_file(run: Run, logs: Path) -> None:
    """A run that fails leaves what was there, and no draft beside it."""
    (logs / "told.csv").write_text("old", encoding="utf-8")
    before = set(logs.iterdir())
    assert run("timeline", "garbage", "--format", "csv", "-o", "told.csv").code == 2
    assert ((logs / "told.csv").read_text("utf-8"), set(logs.iterdir())) == ("old", before)


def test_never_over_a_log(run: Run, logs: Path) -> None:
    """A timeline is not written over one of its logs."""
    log = logs / "incident" / "socket-client.log"
    before = log.read_bytes()
    assert run("timeline", "incident", "-o", str(log)).code == 2
    assert log.read_bytes() == before


def test_standard_input(run: Run, logs: Path) -> None:
    """`-` reads standard input, and the places name it."""
    data = (logs / "incident" / "socket-client.log").read_bytes()
    finished = run("timeline", "-", "--format", "jsonl", stdin=data)
    entries = [json.loads(line) for line in finished.text.splitlines()]
    assert len(entries) == 17
    assert {entry["evidence"]["file"] for entry in entries} == {"-"}


def test_reader_who_leaves(logs: Path, tmp_path: Path) -> None:
    """When the reader leaves, the run ends quietly with 0."""
    write_lines(tmp_path / "long" / "a.log", [(n / 100, "info", "x" * 100) for n in range(20_000)])
    process = processes.start("timeline", "long")
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"2025-11-14 16:25:00.000")
    process.stdout.close()
    process.stdout = None
    assert process.communicate(timeout=120)[1] == b""
    assert process.returncode == 0


def test_more_files_than_may_be_open(logs: Path, tmp_path: Path) -> None:
    """Many files that overlap are told without loss where the limit of open files is low but may be raised."""
    resource = pytest.importorskip("resource")
    for number in range(120):
        write_lines(tmp_path / "many" / f"s{number}.log", [(0, "info", "first"), (9, "info", "last")])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    finished = processes.run("timeline", "many", "--format", "jsonl", limits={"RLIMIT_NOFILE": (64, hard)})
    assert finished.returncode == 0
    assert finished.stdout.count(b"\n") == 240


@pytest.mark.parametrize(("asked", "is_said"), [(["--since", "2025-11-15 10:00"], True), (["--grep", "zorb"], False)])
def test_a_time_without_lines_names_the_time_of_the_logs(run: Run, logs: Path, asked: list[str], is_said: bool) -> None:
    """Who asks for a moment of another day or zone learns which time the logs cover."""
    finished = run("timeline", "incident", *asked)
    assert (finished.code, finished.stdout) == (0, b"")
    assert ("the logs cover 2025-11-14 16:25:00.000 to 2025-11-14 16:29:" in finished.stderr) is is_said
    assert "passed the filters" in finished.stderr


def test_clock_without_a_day_is_said(run: Run, logs: Path) -> None:
    """Where nothing tells the day, no line of text shows one, and standard error says which files those are."""
    (logs / "bare.log").write_text("16:25:52.100 INFO Connected to master\n16:26:22.100 WARN gone\n", encoding="utf-8")
    shown = run("timeline", "bare.log")
    assert shown.code == 0
    assert b"2000-01-01" not in shown.stdout
    assert b"16:26:22.100" in shown.stdout
    assert "1 file gives the time of day alone" in shown.stderr
