"""What a reader is told of the reading itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from logdiag.analyzers.findings.reading_notes import (
    find_nothing,
    find_reading_notes,
    note_idle_rules,
    note_traffic,
)
from logdiag.results.evidence import Evidence
from logdiag.results.inputs import FileFault, InputFile, Inputs
from logdiag.verdict import Severity

NO_INPUTS: Final = Inputs((), (), 0, 0, 0, (), None, None, "zoned", "UTC", 0, 0, 0, 0, {})


@pytest.mark.parametrize(
    ("levels", "records_seen", "expected"),
    [
        ({}, False, "no-json-lines"),
        ({"warn": 3, "error": 1}, True, "hidden-by-level"),
        ({"info": 1, "warn": 3}, True, "nothing-recognised"),
        ({"debug": 1}, True, "nothing-recognised"),
        ({}, True, "nothing-recognised"),
    ],
)
def test_why_nothing_was_recognised(levels: dict[str, int], records_seen: bool, expected: str) -> None:
    """No JSON at all, a level that hides the events, or the wrong logs."""
    (found,) = find_nothing(levels, 7, records_seen=records_seen)
    assert (found.id, found.severity, found.numbers["lines_count"]) == (expected, Severity.INFO, 7)


def test_files_of_which_nothing_is_understood_are_one_note_a_reason() -> None:
    """With the first line of the first of them, the number of lines, and the place of each."""
    file = InputFile("a.log", "a", "a", 3, 0, 3, None, None, "json", (), FileFault("json-without-time", 2, "{}"))
    other = replace(file, path="b.log", lines_count=4)
    clock = replace(file, path="c.log", fault=FileFault("clock-without-date", 1, "16:00:00 a"))
    notes = find_reading_notes(replace(NO_INPUTS, files=(file, other, clock)), None)
    told = [(note.id, note.severity) for note in notes]
    assert told == [
        ("json-without-time", Severity.INFO),
        ("clock-without-date", Severity.INFO),
    ]
    assert notes[0].numbers == {"count": 2, "unplaced_count": 7, "first_line": "{}"}
    assert notes[0].evidence == (Evidence("a.log", 2), Evidence("b.log", 2))


def test_guesses_of_dates_are_notes() -> None:
    """Which file they concern first, and how many there are."""
    file = InputFile("a.log", "a", "a", 3, 0, 3, None, None, "text", ("year-assumed",))
    (note,) = find_reading_notes(replace(NO_INPUTS, files=(file, replace(file, path="b.log"))), None)
    assert (note.id, note.numbers) == ("year-assumed", {"count": 2, "path": "a.log"})


def test_learned_traffic_is_named() -> None:
    """Which wordings were taken for traffic, or that nobody looked; else nothing."""
    assert note_traffic((), is_unread=False) == ()
    (learned,) = note_traffic(("data received", "noop"), is_unread=False)
    assert learned.numbers == {"count": 2, "templates": "data received · noop", "left_count": None}
    (many,) = note_traffic([f"w{n}" for n in range(9)], is_unread=False)
    assert many.numbers == {"count": 9, "templates": "w0 · w1 · w2 · w3 · w4", "left_count": 4}
    (unread,) = note_traffic((), is_unread=True)
    assert (learned.id, unread.id) == ("traffic-learned", "traffic-unread")


def test_rules_of_the_users_that_no_line_matched_are_named() -> None:
    """Each with its file; nothing is said where all of them matched."""
    (finding,) = note_idle_rules([("mine", "a.toml"), ("yours", "b.toml")])
    assert (finding.id, finding.numbers) == ("idle-rules", {"count": 2, "rules": "mine (a.toml), yours (b.toml)"})
    assert note_idle_rules([]) == ()
