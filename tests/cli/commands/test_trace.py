"""`logdiag trace`: every form tells the same story, and it exits with 0 whatever it found."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.renderers.test_schema import list_faults, load_schema

SAMPLE = str(Path(__file__).parent.parent.parent.parent / "sample_logs" / "2025-11-14-reference")


def test_the_first_line_says_where_it_ended(run: Run) -> None:
    """In text, Markdown and Chinese; a lost message is no error of the run."""
    finished = run("trace", "757249542734", SAMPLE)
    assert (finished.code, finished.text.split(":")[0]) == (0, "FAILED")
    assert finished.text.count("\n16:29:") == 6
    assert "| 16:29:52.608 |" in run("trace", "757249542734", SAMPLE, "--format", "markdown").text
    assert run("trace", "757249542734", SAMPLE, "--lang", "zh").text.startswith("失败")


def test_json_obeys_its_schema(run: Run) -> None:
    """With a story, and with nothing found."""
    for text, count in (("757249542734", 1), ("nowhere", 0)):
        document = json.loads(run("trace", text, SAMPLE, "--format", "json").text)
        assert (document["kind"], document["matches_count"]) == ("trace", count)
        assert list_faults("trace", document) == []
        assert list(document) == list(load_schema("trace")["properties"])


def test_a_text_that_stands_nowhere_is_answered_with_what_was_looked_through(run: Run) -> None:
    """It ran, so it exits with 0."""
    finished = run("trace", "757200000000", SAMPLE)
    assert finished.code == 0
    assert "3 files" in finished.text
    assert "23 lines" in finished.text


def test_no_text_or_no_logs_is_refused(run: Run) -> None:
    """With the remedy on standard error."""
    assert run("trace", "").code == 2
    finished = run("trace", "757249542734")
    assert finished.code == 2
    assert "logdiag trace TEXT logs/" in finished.stderr
    assert run("trace", "757249542734", "nowhere/").code == 2


def test_logs_come_from_standard_input(run: Run) -> None:
    """They are read twice, and may be a stream all the same."""
    data = b"".join(sorted(path.read_bytes() for path in Path(SAMPLE).glob("*.log")))
    finished = run("trace", "757249542734", "-", stdin=data)
    assert (finished.code, finished.text.split(":")[0]) == (0, "FAILED")
