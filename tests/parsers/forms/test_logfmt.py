"""Pairs of key and value, on a line of their own and inside what a log platform exports."""

from __future__ import annotations

import json
from pathlib import Path

from logdiag.parsers.forms.logfmt import read_pairs
from tests.exported import diagnose, list_rows
from tests.folding import each


def test_pairs_in_a_line_of_an_export_are_its_message(tmp_path: Path) -> None:
    """What `logcli --output=jsonl` holds of a logfmt line is read as that line: no quote belongs to a worker's id."""
    lines = [
        json.dumps(
            {
                "labels": {"app": "w"},
                "line": f'level=info logger=sockets msg="{said}"',
                "timestamp": f"{at.isoformat()}",
            }
        )
        for at, said in list_rows()
    ]
    (tmp_path / "loki.jsonl").write_text("".join(f"{line}\n" for line in lines))
    found = diagnose(tmp_path)
    assert {one.template for one in found.inputs.wordings} == {
        "socket connected id=<id>",
        "socket disconnected id=<id>",
    }


@each(
    "text, pairs",
    [
        ("closed -- CloseStatus[code=1000, reason=]", {}),
        ("closed -- CloseStatus[code=1000, reason=null]", {"reason": "null"}),
        ("closed (code=1001, reason=)", {}),
    ],
)
def test_what_closes_an_object_is_no_value_in_it(text: str, pairs: dict[str, str]) -> None:
    """Spring shows a close without a reason as `reason=]`: the bracket is not why it closed."""
    assert read_pairs(text) == pairs
