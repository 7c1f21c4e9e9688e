"""A file that repeats another of its folder word for word is no second end of the connections."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logdiag.pipeline.stages import diagnose as run
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis

START = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)
SENTENCES = ("socket connected id=s{0}aQ9x", "job {0} done", "socket disconnected id=s{0}aQ9x")


def diagnose(folder: Path) -> Diagnosis:
    return run(Request((str(folder),))).diagnosis


def list_rows(count: int = 24) -> list[tuple[datetime, str]]:
    """So many connections, each of 25 s, and something else between."""
    rows = []
    for number in range(count):
        begin = START + timedelta(seconds=41 * number + (number * number) % 7)
        moments = (begin, begin + timedelta(seconds=9), begin + timedelta(seconds=25))
        rows += [(moment, said.format(number + 10)) for moment, said in zip(moments, SENTENCES, strict=True)]
    return sorted(rows)


def show(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


@pytest.mark.parametrize("name", ["export.csv", "second.log"])
def test_an_export_beside_its_log_counts_once(tmp_path: Path, name: str) -> None:
    """The same messages at the same instants are no second end of the connections: nothing changes but the account."""
    rows = list_rows()
    text = "".join(f"{show(at)} {said}\n" for at, said in rows)
    (tmp_path / "alone").mkdir()
    (tmp_path / "both").mkdir()
    for folder in ("alone", "both"):
        (tmp_path / folder / "app.log").write_text(text)
    copy = "timestamp,message\n" + re.sub(r"(?m)^(\S+ \S+) ", r"\1,", text) if name.endswith("csv") else text
    (tmp_path / "both" / name).write_text(copy)
    alone, both = (diagnose(tmp_path / folder) for folder in ("alone", "both"))
    assert len(both.disconnects) == len(alone.disconnects) == 24
    assert both.inputs.duplicates_count == 48
    assert [one.time for one in both.disconnects] == [one.time for one in alone.disconnects]
