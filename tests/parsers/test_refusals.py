"""What is said where not one line of the input could be placed in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from logdiag.parsers.forms.layouts import Fault, Layout
from logdiag.parsers.refusals import FILES_SHOWN, FIRST_LINE_CHARACTERS, REASONS_SHOWN, Unplaced, refuse
from logdiag.parsers.untimed import Meaning, Told
from logdiag.results.evidence import Evidence
from logdiag.results.inputs import UnreadFile
from logdiag.texts.sentences import Sentence, say
from tests.folding import each


def values_of(sentence: Sentence) -> dict[str, Any]:
    return dict(sentence.values)


LOOKED = say("input.found_more", left_count=1)


def unplaced(count: int, fault: Fault | None = Fault.UNTIMED_TEXT) -> list[Unplaced]:
    return [Unplaced(f"{number}.log", Layout(fault=fault, first_line="x" * 99), 7) for number in range(count)]


@each(
    ("files", "unread", "told", "key"),
    [
        ([], [], [], "input.nothing_parsed"),
        (unplaced(1, None), [], [], "input.nothing_parsed"),
        ([], [UnreadFile("a.bin", "unreadable")], [], "input.nothing_read"),
        (unplaced(1), [UnreadFile("a.bin", "unreadable")], [], "input.nothing_placed"),
        (unplaced(1), [], [Told(Meaning.END, Evidence("a.log", 7), 3, Counter())], "input.nothing_placed_but"),
    ],
)
def test_a_file_with_a_fault_is_told_before_one_that_was_not_read(
    files: Sequence[Unplaced], unread: Sequence[UnreadFile], told: Sequence[Told], key: str
) -> None:
    """With what its lines say all the same; without either, that nothing was understood."""
    assert refuse(["logs"], LOOKED, files, unread, told).sentence.key == key


@each(("count", "shown_count"), [(FILES_SHOWN, FILES_SHOWN), (FILES_SHOWN + 2, FILES_SHOWN + 1)])
def test_three_files_are_named_and_the_others_counted(count: int, shown_count: int) -> None:
    """Each fault has one remedy, however many files have it; of a first line the beginning is shown."""
    values = values_of(refuse(["logs"], LOOKED, unplaced(count)).sentence)
    assert (len(values["found"]), len(values["remedies"])) == (shown_count, 1)
    assert values["found"][0].values["first_line"] == "x" * FIRST_LINE_CHARACTERS
    if count > FILES_SHOWN:
        assert values["found"][-1].values == {"left_count": 2}
    unread = [UnreadFile(f"{number}.bin", "unreadable") for number in range(count)]
    assert len(values_of(refuse(["logs"], LOOKED, [], unread).sentence)["unread"]) == shown_count


def test_lines_that_were_not_counted_are_not_said_to_be_none() -> None:
    """A file too large to count has no number."""
    error = refuse(["logs"], LOOKED, [Unplaced("a.log", Layout(fault=Fault.TOO_LARGE))])
    (found,) = values_of(error.sentence)["found"]
    assert (found.key, "lines_count" in found.values) == ("input.found_uncounted", False)


def test_of_many_reasons_the_commonest_are_told() -> None:
    """Five of six."""
    reasons = Counter({f"reason {number}": number for number in range(1, 7)})
    error = refuse(["logs"], LOOKED, unplaced(1), [], [Told(Meaning.END, Evidence("a.log", 7), 21, reasons)])
    (row,) = values_of(error.sentence)["told"]
    assert row.values["place"] == "a.log:7"
    assert [one.values["count"] for one in row.values["reasons"]] == list(range(6, 6 - REASONS_SHOWN, -1))
