"""A file that repeats another of its folder word for word is no second end of the connections."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.exported import diagnose, list_rows, show


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
