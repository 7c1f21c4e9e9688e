"""`logdiag suspect`: the first word is the answer, in every form, and it exits with 0 whatever it is."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run, list_drops, write_lines
from tests.renderers.test_schema import list_faults, load_schema


def write_worker(folder: Path) -> str:
    write_lines(folder / "logs" / "socket-client.log", list(list_drops(30)))
    write_lines(folder / "logs" / "report.log", [(60.004 * n + 11, "info", "account status sent") for n in range(15)])
    return str(folder / "logs")


def test_the_first_word_is_the_answer(run: Run, tmp_path: Path) -> None:
    """In text, Markdown and Chinese, with both directions of counting."""
    logs = write_worker(tmp_path)
    finished = run("suspect", "account status", logs)
    assert (finished.code, finished.text.split()[0]) == (0, "UNRELATED")
    assert "of 30 within" in finished.text
    assert "UNRELATED" in run("suspect", "account status", logs, "--format", "markdown").text
    assert run("suspect", "account status", logs, "--lang", "zh").text.startswith("无关")


def test_json_obeys_its_schema(run: Run, tmp_path: Path) -> None:
    """With relations and without."""
    logs = write_worker(tmp_path)
    for text, answer in (("account status", "unrelated"), ("nowhere", "undecided")):
        document = json.loads(run("suspect", text, logs, "--format", "json").text)
        assert (document["kind"], document["answer"]) == ("suspect", answer)
        assert list_faults("suspect", document) == []
        assert list(document) == list(load_schema("suspect")["properties"])


def test_no_text_no_logs_and_a_bad_expression_are_refused(run: Run, tmp_path: Path) -> None:
    """With the remedy on standard error."""
    assert run("suspect", " ").code == 2
    assert "logdiag suspect TEXT logs/" in run("suspect", "tick").stderr
    finished = run("suspect", "/(/", write_worker(tmp_path))
    assert finished.code == 2
    assert "regular expression" in finished.stderr
