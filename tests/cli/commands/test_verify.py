"""`logdiag verify`: the first line and the exit code are the answer, in every form."""

from __future__ import annotations

import json
from pathlib import Path

from logdiag.renderers.json import convert
from tests.cli.conftest import Run, list_drops, write_lines
from tests.renderers.test_schema import list_faults

TICK = (900.0, "info", "tick")


def write_pair(folder: Path) -> tuple[str, str]:
    """Fifteen minutes with a drop every 30 s, and fifteen without any."""
    write_lines(folder / "before" / "socket-client.log", [*list_drops(29), TICK])
    write_lines(folder / "after" / "socket-client.log", [*list_drops(0), TICK])
    return str(folder / "before"), str(folder / "after")


def test_a_mend_is_fixed_and_exits_with_0(run: Run, tmp_path: Path) -> None:
    """Text, Markdown and JSON say so, and JSON obeys its schema."""
    pair = write_pair(tmp_path)
    finished = run("verify", *pair)
    assert finished.code == 0
    assert finished.text.startswith("FIXED: ")
    assert "# " in run("verify", *pair, "--format", "markdown").text
    document = json.loads(run("verify", *pair, "--format", "json").text)
    assert document["outcome"] == "fixed"
    assert list_faults("verify", document) == []


def test_what_stays_as_it_was_exits_with_1(run: Run, tmp_path: Path) -> None:
    """The same logs twice are SAME."""
    before, _ = write_pair(tmp_path)
    finished = run("verify", before, before)
    assert (finished.code, finished.text.split(":")[0]) == (1, "SAME")


def test_one_log_with_a_mend_in_the_middle(run: Run, tmp_path: Path) -> None:
    """The session that lives on through the mend counts after it, although it has no line there."""
    lines = [*list_drops(20), (1300.0, "info", "tick")]
    write_lines(tmp_path / "logs" / "socket-client.log", lines)
    finished = run("verify", str(tmp_path / "logs"), "--at", "2025-11-14 16:35:30", "--format", "json")
    document = json.loads(finished.text)
    assert (document["outcome"], document["before"]["faults_count"]) == ("fixed", 20)
    assert document["after"]["connected_s"] > 600


def test_one_set_of_logs_alone_is_refused_with_the_remedy(run: Run, tmp_path: Path) -> None:
    """Without a second set or --at there is nothing to compare."""
    before, _ = write_pair(tmp_path)
    finished = run("verify", before)
    assert finished.code == 2
    assert "--at" in finished.stderr


def test_plain_values_need_no_phrases() -> None:
    """What has no sentences is converted without them."""
    assert convert({"a": (1, None)}) == {"a": [1, None]}
