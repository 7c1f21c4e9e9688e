"""A message taken apart: what the programmer wrote, what differs, and what of that is a name."""

from __future__ import annotations

from typing import Any

from logdiag.parsers.lifecycles.wordings import (
    LONGEST_ID,
    LONGEST_WORD,
    MOST_VARIABLES,
    Wording,
    read_record,
    split_message,
)
from logdiag.parsers.templates import MESSAGE_LIMIT_CHARS
from tests.folding import each


@each(
    ("message", "template"),
    [
        ("boat 17 casts off", "boat <n> casts off"),
        ("boat  17\tcasts off", "boat <n> casts off"),
        ("boat 1.5 casts off", "boat <n> casts off"),
        ("cast off: transport close", "cast off: <reason>"),
        ("over websocket now", "over <transport> now"),
        ("over my-websocket now", "over my-websocket now"),
        ("cast off (code 1001)", "cast off (<code>)"),
        ("first line 7\nsecond line 8", "first line <n>"),
        ("no variable", "no variable"),
    ],
)
def test_what_differs_is_masked(message: str, template: str) -> None:
    """Numbers, reasons, codes and transports, of the first line alone."""
    assert split_message(message)[0].template == template


def test_each_variable_stands_between_two_literals() -> None:
    """With its text beside it."""
    wording, texts = split_message("boat 17 at pier 4")
    assert (wording.literals, wording.variables, texts) == (("boat ", " at pier ", ""), ("<n>", "<n>"), ("17", "4"))


@each(("count", "variables_count"), [(MOST_VARIABLES, MOST_VARIABLES), (MOST_VARIABLES + 1, MOST_VARIABLES)])
def test_beyond_twelve_variables_the_rest_is_text(count: int, variables_count: int) -> None:
    """A pattern with more of them would be slow."""
    wording, texts = split_message(" ".join(f"p {number}" for number in range(count)))
    assert (len(wording.variables), len(texts)) == (variables_count, variables_count)
    assert len(wording.literals) == variables_count + 1


@each(("length", "is_cut"), [(MESSAGE_LIMIT_CHARS, False), (MESSAGE_LIMIT_CHARS + 1, True)])
def test_a_message_beyond_the_limit_is_cut(length: int, is_cut: bool) -> None:
    """What stands behind it is unknown to the wording, which says so."""
    wording, _ = split_message("a" * length)
    assert wording.is_cut is is_cut


@each(
    ("fields", "words", "ids"),
    [
        ({"event": "cast off"}, (("event", "cast off"),), {}),
        ({"boat": {"state": "moored"}}, (("boat.state", "moored"),), {}),
        ({"event": "a" * LONGEST_WORD}, (("event", "a" * LONGEST_WORD),), {}),
        ({"event": "a" * (LONGEST_WORD + 1)}, (), {"event": "a" * (LONGEST_WORD + 1)}),
        ({"event": "off7"}, (), {"event": "off7"}),
        ({"boat": "Erika"}, (), {"boat": "Erika"}),
        ({"boat": "x" * LONGEST_ID}, (), {"boat": "x" * LONGEST_ID}),
        ({"boat": "x" * (LONGEST_ID + 1)}, (), {}),
        ({"boat": "the Erika"}, (), {}),
        ({"pid": 7}, (), {}),
        ({"boat": "harbour"}, (), {}),
        ({"boat": "boats"}, (), {}),
    ],
)
def test_a_key_holds_a_word_of_the_programmers_or_a_name(
    fields: dict[str, Any], words: tuple[tuple[str, str], ...], ids: dict[str, str]
) -> None:
    """By the key and the shape; the library's keys, the service and the message said again are neither."""
    found = read_record("boats", "harbour", fields, frozenset({"pid"}))
    assert (found.wording.words, found.ids) == (words, ids)


@each(
    ("message", "ids"),
    [
        ("boat 17 casts off", {"message#0": "17"}),
        ('boat "Erika" casts off', {"message#0": "Erika"}),
        ("boat waits 17ms", {}),
        ("boat at 10.0.0.7", {"message#0": "10.0.0.7"}),
    ],
)
def test_a_variable_of_a_message_is_a_name_unless_it_measures(message: str, ids: dict[str, str]) -> None:
    """Without its quotes; a length of time is none."""
    assert read_record(message, None, {}, frozenset()).ids == ids


def test_the_reason_is_no_name() -> None:
    """It is told apart, with the key that states it."""
    found = read_record("boat 17 gone", None, {"why": "transport close"}, frozenset())
    assert (found.reason, found.reason_path, found.ids) == ("transport close", "why", {"message#0": "17"})


def test_a_template_for_people_shows_the_words_of_keys() -> None:
    """Behind the message, as key=value."""
    assert Wording(("boat ", ""), ("<n>",), (("event", "off"),)).template == "boat <n> event=off"
