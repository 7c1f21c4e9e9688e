"""Lines that nobody understood, counted by wording."""

from __future__ import annotations

from logdiag.pipeline.unread_lines import LEAST_LINES, MOST_LINES, count_wordings, share_lines
from logdiag.results.evidence import Evidence


def test_wordings_come_by_how_often_they_stand_and_then_by_place() -> None:
    """The place of each is that of its first line."""
    lines = [("gone <n>", Evidence("b.log", 3)), ("lost", Evidence("a.log", 9)), ("gone <n>", Evidence("b.log", 7))]
    lines.append(("late", Evidence("a.log", 2)))
    assert count_wordings(lines) == (
        ("gone <n>", 2, Evidence("b.log", 3)),
        ("late", 1, Evidence("a.log", 2)),
        ("lost", 1, Evidence("a.log", 9)),
    )


def test_many_files_share_what_is_looked_at_and_each_has_its_part() -> None:
    """However many there are, the last part of each is read; of one file, all that is looked at."""
    assert share_lines(0) == share_lines(1) == MOST_LINES
    assert share_lines(10) * 10 == MOST_LINES
    assert share_lines(1_000_000) == LEAST_LINES
