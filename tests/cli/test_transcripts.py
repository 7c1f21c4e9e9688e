"""The command line as a user meets it: arguments in, status and streams out; the cases are data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

KEYS = {
    "fact", "args", "environ", "exit", "stdout", "stdout_lacks", "stdout_empty", "stderr", "stderr_lacks",
    "stderr_empty",
}  # fmt: skip


def read_transcripts() -> Iterator[Any]:
    for path in sorted((Path(__file__).parent / "transcripts").glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["transcript"]:
            yield pytest.param(row, id=f"{path.stem}: {row['fact']}")


@pytest.mark.parametrize("row", list(read_transcripts()))
def test_transcript(row: dict[str, Any], run: Run, logs: Path) -> None:
    """The run ends, and says, as its transcript has it."""
    assert row.keys() <= KEYS
    finished = run(*row["args"], environ=row.get("environ"))
    assert finished.code == row.get("exit", 0), finished.stderr
    for text in row.get("stdout", []):
        assert text in finished.text
    for text in row.get("stderr", []):
        assert text in finished.stderr
    for text in row.get("stdout_lacks", []):
        assert text not in finished.text
    for text in row.get("stderr_lacks", []):
        assert text not in finished.stderr
    assert not (row.get("stdout_empty") and finished.stdout)
    assert not (row.get("stderr_empty") and finished.stderr)
    assert "Traceback" not in finished.stderr


def test_facts_differ() -> None:
    """No two transcripts state the same fact."""
    facts = [case.id for case in read_transcripts()]
    assert len(facts) == len(set(facts))
