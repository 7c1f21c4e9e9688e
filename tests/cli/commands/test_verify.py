"""`logdiag verify`: the first line and the exit code are the answer, in every form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(("at", "obstacle"), [("16:00", "outside-before"), ("23:00", "outside-after")])
def test_a_change_outside_the_logs_is_no_change(run: Run, tmp_path: Path, at: str, obstacle: str) -> None:
    """A side without a line proves neither a mend nor harm, and has no time in which faults could have come."""
    before, _ = write_pair(tmp_path)
    moment = f"2025-11-14 {at}"
    document = json.loads(run("verify", before, "--at", moment, "--format", "json").text)
    assert (document["outcome"], [item["id"] for item in document["obstacles"]]) == ("not-enough-data", [obstacle])
    side = document["before" if obstacle == "outside-before" else "after"]
    assert (side["start"], side["observed_s"], side["connections_count"]) == (None, 0, 0)
    assert list_faults("verify", document) == []
    finished = run("verify", before, "--at", moment)
    assert (finished.code, "the logs cover 2025-11-14 16:25" in finished.text) == (3, True)


@pytest.mark.parametrize("columns", [60, 80, 130, 200])
def test_the_answer_fits_every_screen(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """The first column of the comparison has no name, wide or narrow."""
    monkeypatch.setenv("COLUMNS", str(columns))
    finished = run("verify", *write_pair(tmp_path))
    assert finished.code == 0
    assert "faults an hour" in finished.text


def test_one_set_of_logs_alone_is_refused_with_the_remedy(run: Run, tmp_path: Path) -> None:
    """Without a second set or --at there is nothing to compare."""
    before, _ = write_pair(tmp_path)
    finished = run("verify", before)
    assert finished.code == 2
    assert "--at" in finished.stderr


def test_plain_values_need_no_phrases() -> None:
    """What has no sentences is converted without them."""
    assert convert({"a": (1, None)}) == {"a": [1, None]}
