"""Every number of a report is one of its diagnosis, and sentences that speak of one count agree."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pytest

from logdiag.diagnosis import CauseStatus, Diagnosis, Outcome
from logdiag.pipeline.stages import diagnose
from logdiag.renderers.report import build_report
from logdiag.request import Request
from logdiag.texts.sentences import load_texts
from tests.folders import LAB, LAB_NAMES, SAMPLE_NAMES, SAMPLES
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
    return diagnose(Request((name,))).diagnosis


def read(name: str) -> list[Sentence]:
    return list_sentences(build_report(build(name), version="0.1.0"))


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


def test_counts_that_differ_are_found() -> None:
    """A headline with another count, and a part of more than the whole, do not pass."""
    sentences = [Sentence("headline", "36 disconnects"), Sentence("summary", "56 disconnects; 7 of 5 keep a beat")]
    assert read_counts(sentences, CLAIMED) == [("headline", 36), ("summary", 56)]
    assert find_impossible(sentences) == [sentences[1].text]
