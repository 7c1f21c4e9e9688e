"""Small logs as the learner of lifecycles gets them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.lifecycles import learn_rules
from logdiag.parsers.rules import Rule
from logdiag.reading import find_log_files
from tests.winston import BUILT_IN, at, record, write


def learn(folder: Path, rows: Iterable[tuple[float, str]]) -> tuple[Rule, ...]:
    """What is learned from lines of one process: (second, message)."""
    write(folder / "harbour" / "app.log", [record(at(second), text) for second, text in sorted(rows)])
    files = find_log_files((str(folder),), None).files
    return learn_rules(files, BUILT_IN, find_layouts(files))
