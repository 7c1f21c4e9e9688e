"""Lines that name no socket and tell why it was closed as soon as it had opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.events import EventKind
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.lifecycles import learn_rules
from logdiag.reading import find_log_files
from tests.winston import BUILT_IN

REFUSED = "WARNING] Invalid token: 4f1c-{}"


@pytest.mark.parametrize(
    ("text", "place", "is_learned"),
    [
        (REFUSED, 0.2, True),
        ("WARNING] Slow token store: {}", 0.2, False),
        ("INFO] Invalid token: 4f1c-{}", 0.2, False),
        (REFUSED, 5, False),
        (REFUSED, -1, False),
    ],
)
def test_a_token_refused_between_each_connect_and_its_end_turns_clients_away(
    tmp_path: Path, text: str, place: float, *, is_learned: bool
) -> None:
    """A complaint in no words of a token, none at all, or one beside the lives of sockets, is of something else."""
    rows = []
    for number in range(5):
        rows += [(10.0 * number + 1, f"INFO] New connection from 10.0.0.{number}")]
        rows += [(10.0 * number + 1.5, "INFO] Connection closed")]
        rows += [(10.0 * number + 1 + place, text.format(number))]
    lines = [f"2025-11-14 16:25:{second:06.3f} [{said}" for second, said in sorted(rows)]
    (tmp_path / "app.log").write_text("\n".join(lines), encoding="utf-8")
    files = find_log_files((str(tmp_path),), None).files
    learned = learn_rules(files, BUILT_IN, find_layouts(files))
    assert (EventKind.SERVER_ERROR in {rule.kind for rule in learned}) is is_learned
