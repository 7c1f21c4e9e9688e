"""Every number of a report is that of what it counts, and sentences that speak of one count agree."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from logdiag.renderers.document import Document, Table
from logdiag.renderers.report import build_report
from logdiag.results.causes import CauseStatus, Outcome
from logdiag.results.connections import Clock
from logdiag.results.diagnosis import Diagnosis
from logdiag.texts.sentences import load_texts
from tests.folders import LAB, LAB_NAMES, SAMPLE_NAMES, SAMPLES, diagnose_once
from tests.renderers.count_reader import (
    find_contradictions,
    find_miscounted,
    find_strange_cells,
    find_strange_patterns,
    list_unread_tables,
    read_said,
)
from tests.renderers.example import EXAMPLES
from tests.renderers.number_reader import (
    NUMBER,
    Sentence,
    find_impossible,
    find_strange,
    list_sentences,
    read_counts,
)

FOLDERS: Final = [*(str(SAMPLES / name) for name in SAMPLE_NAMES), *(str(LAB / name) for name in LAB_NAMES)]
WHOLE: Final = frozenset({"headline", "summary", "actions"})  # they speak of all disconnects, the rest also of some
CLAIMED: Final = r"(?<!of )(?<!these )(\d[\d,]*) disconnects?(?! of)\b"


@cache
def build(name: str) -> Diagnosis:
    """A hand-built diagnosis, or that of a folder."""
    if name in EXAMPLES:
        return EXAMPLES[name]()
    return diagnose_once(Path(name)).diagnosis


@cache
def build_document(name: str) -> Document:
    return build_report(build(name), version="0.1.0")


@cache
def read(name: str) -> tuple[Sentence, ...]:
    """The sentences of its report, written and read once for all tests here."""
    return tuple(list_sentences(build_document(name)))


@pytest.mark.parametrize("name", [*EXAMPLES, *FOLDERS], ids=lambda name: Path(name).name)
def test_every_number_of_the_report_is_one_of_the_diagnosis(name: str) -> None:
    """No sentence holds a number that no field, sum or fixed text gives, nor a part larger than its whole."""
    sentences = read(name)
    assert find_strange(sentences, build(name)) == []
    assert find_impossible(sentences) == []


@pytest.mark.parametrize("name", FOLDERS, ids=lambda name: Path(name).name)
def test_sentences_about_all_disconnects_name_one_count(name: str) -> None:
    """Headline, first screen and checklist speak of as many disconnects as the diagnosis lists."""
    counts = {count for section, count in read_counts(read(name), CLAIMED) if section in WHOLE}
    assert counts <= {len(build(name).disconnects)}


@pytest.mark.parametrize("name", [*EXAMPLES, *FOLDERS], ids=lambda name: Path(name).name)
def test_nothing_speaks_against_what_no_check_refutes(name: str) -> None:
    """The report says so of as many causes as it asserts without a check that refutes them, and of no others."""
    asserted = [cause for cause in build(name).causes if cause.status is CauseStatus.ASSERTED]
    clear = [cause for cause in asserted if all(check.outcome is not Outcome.REFUTES for check in cause.checks)]
    said = [sentence for sentence in read(name) if sentence.text == load_texts("en")["root.against_none"]]
    assert len(said) == len(clear)


@pytest.mark.parametrize("name", [*EXAMPLES, *FOLDERS], ids=lambda name: Path(name).name)
def test_every_count_is_that_of_what_it_counts(name: str) -> None:
    """Disconnects, ends, pushes by outcome, messages, what a pattern explains: each where its sentence says it."""
    sentences, got = read(name), build(name)
    said = read_said(sentences)
    assert said or not got.disconnects
    assert find_miscounted(said, got) == []
    assert find_contradictions(said) == {}
    assert find_strange_patterns(sentences, got) == []


@pytest.mark.parametrize("name", [*EXAMPLES, *FOLDERS], ids=lambda name: Path(name).name)
def test_every_cell_of_a_table_is_that_of_its_row(name: str) -> None:
    """Counts and durations stand under their heads, and the rest of a row holds no number of another row."""
    report = build_document(name)
    assert list_unread_tables(report) == []
    assert find_strange_cells(report, build(name)) == []


def test_a_count_that_differs_from_what_another_sentence_says_is_found() -> None:
    """A diagnosis that counts one push more than its finding: no number is strange, but two sentences differ."""
    got = build("example")
    more = replace(got, pushes=replace(got.pushes, lost_certain_count=2))
    sentences = list_sentences(build_report(more, version="0.1.0"))
    assert find_strange(sentences, more) == []
    said = read_said(sentences)
    assert find_contradictions(said)["lost pushes"] == {"1", "2"}
    assert {one.counted for one in find_miscounted(said, more)} == {"lost pushes"}


def test_a_report_that_puts_a_number_in_the_place_of_another_is_found() -> None:
    """The renderer takes one count for another: every number is one of the diagnosis, but not of what it stands for."""
    got = build("example")
    report = build_report(got, version="0.1.0")
    (told,) = (one for one in list_sentences(report) if " attempted: " in one.text)
    counts = re.findall(r"\d+", told.text)
    swapped = told._replace(text=told.text.replace(f"{counts[1]} ok", f"{counts[2]} ok"))
    assert counts[1] != counts[2]
    assert find_strange([swapped], got) == []
    assert [one.counted for one in find_miscounted(read_said([swapped]), got)] == ["ok pushes"]
    pattern = next(one for one in list_sentences(report) if one.text.startswith("Pattern P1"))
    other = pattern._replace(text=pattern.text.replace("30.0", "25.0", 1))
    assert find_strange_patterns([other], got) == [other.text]


def test_cells_that_change_places_are_found() -> None:
    """In each table of the example two rows exchange all but their first cells."""
    got = build("example")
    report = build_report(got, version="0.1.0")
    places = [
        (section, number, block)
        for section, part in enumerate(report.sections)
        for number, block in enumerate(part.blocks)
        if isinstance(block, Table) and len({row[1:] for row in block.rows[:2]}) == 2
    ]
    assert len(places) >= 3
    for section, number, table in places:
        first, second, *rest = table.rows
        rows = ((first[0], *second[1:]), (second[0], *first[1:]), *rest)
        altered = _exchange(report, section, number, replace(table, rows=rows))
        assert find_strange_cells(altered, got) != [], table.header


@pytest.mark.parametrize("section", ["headline", "summary", "symptoms", "root-cause", "pattern", "causes", "footer"])
def test_a_number_that_is_altered_is_found(section: str) -> None:
    """Whichever number of the example a report got wrong, the reader says so."""
    altered = [
        Sentence(one.section, f"{one.text[: number.start()]}987,654{one.text[number.end() :]}")
        for one in read("example")
        if one.section == section
        for number in list(NUMBER.finditer(one.text))[:1]
    ]
    assert altered
    found = {text for number, text in find_strange(altered, build("example")) if number == "987,654"}
    assert len(found) >= 0.8 * len({one.text for one in altered})  # the rest are numbers within code or names


def _exchange(report: Document, section: int, number: int, table: Table) -> Document:
    """The report with another table in the place of one."""
    part = report.sections[section]
    blocks = (*part.blocks[:number], table, *part.blocks[number + 1 :])
    sections = (*report.sections[:section], replace(part, blocks=blocks), *report.sections[section + 1 :])
    return replace(report, sections=sections)


def test_counts_that_differ_are_found() -> None:
    """A headline with another count, and a part of more than the whole, do not pass."""
    sentences = [Sentence("headline", "36 disconnects"), Sentence("summary", "56 disconnects; 7 of 5 keep a beat")]
    assert read_counts(sentences, CLAIMED) == [("headline", 36), ("summary", 56)]
    assert find_impossible(sentences) == [sentences[1].text]


@pytest.mark.parametrize(
    ("offset_ms", "expected"),
    [
        (-40.0, ["worker1 runs 40 ms behind the server's clock, ± 27 ms (2 pairs of lines)"]),
        (28.1, ["worker1 runs 28 ms ahead of the server's clock, ± 27 ms (2 pairs of lines)"]),
        (-20.0, []),
        (0.0, []),
    ],
)
def test_a_clock_is_ahead_or_behind_by_what_is_written(offset_ms: float, expected: list[str]) -> None:
    """An offset says its side; of one that may be none nothing is said."""
    got = replace(build("example"), clocks=(Clock("worker1", offset_ms, 27.0, 2),))
    told = [one.text for one in list_sentences(build_report(got, version="0.1.0"))]
    assert [text for text in told if "pairs of lines" in text] == expected
