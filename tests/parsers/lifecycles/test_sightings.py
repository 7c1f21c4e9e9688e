"""Whether the rules know how a file tells of closes and connects: then nothing has to be learned."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.lifecycles.samples import read_sample
from logdiag.parsers.lifecycles.sightings import Decoder
from logdiag.reading import find_log_files
from tests.winston import BUILT_IN, at, connect, drop, record, write


@pytest.mark.parametrize(
    ("lines", "knows"),
    [
        ([connect(0.0), drop(30.0)], True),
        ([drop(30.0)], False),
        ([connect(0.0), drop(30.0), record(at(40.0), "tether slipped: transport close")], False),
        ([record(at(0.0), "berthed q7Xb2LmNPzRk9TtVAA01")], False),
        ([record(at(0.0), "table laid for four")], None),
    ],
)
def test_a_file_is_known_where_rules_understand_both_its_connects_and_its_closes(
    tmp_path: Path, lines: list[str], knows: bool | None
) -> None:
    """A close in words of its own, or connects that nothing tells of, are to be learned; None: no sign of either."""
    (file,) = files = find_log_files([str(write(tmp_path / "app.log", lines))]).files
    assert Decoder(BUILT_IN, find_layouts(files)).knows(read_sample(file, 1)) is knows
