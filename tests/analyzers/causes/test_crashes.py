"""Errors that decide what to do about a process that ends with one: data, with a remedy for each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logdiag.analyzers.causes.crashes import load_decisive_errors, name_decisive, pick_telling
from logdiag.analyzers.causes.own_words import Said
from logdiag.renderers.document import flatten
from logdiag.renderers.phrases import Phrases
from logdiag.results.causes import Cause
from logdiag.results.evidence import Evidence

HEAP = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"


def _say(words: str) -> Said:
    return Said(words, Evidence("master/master.log", 1))


def test_every_row_has_its_source_and_its_remedy() -> None:
    """No kind of error stands twice; each has a page to read, and a sentence in both languages."""
    rows = load_decisive_errors()
    assert len({row.id for row in rows}) == len(rows)
    for row in rows:
        assert row.source.startswith("https://")
        assert all(Phrases(language).has(f"crash.{row.id}") for language in ("en", "zh"))


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (HEAP, "heap-out-of-memory"),
        ("Error: ENOSPC: no space left on device, write", "no-space"),
        ("EMFILE: too many open files, open '/x'", "too-many-files"),
        ("Cannot find module './rules'", "module-missing"),
        ("UnhandledPromiseRejection: connect ECONNREFUSED 10.0.0.5:5432", "refused"),
        ("Unhandled rejection: no such table", "unhandled-rejection"),
        ("listen EADDRINUSE: address already in use :::3000", "port-in-use"),
        ("Process exited with status 137", "killed-for-memory"),
        ("oom-kill", "killed-for-memory"),
        ("exceeds --max-memory-restart", "memory-limit"),
        ("Cannot read properties of undefined (reading 'id')", None),
    ],
)
def test_words_name_the_error(error: str, named: str | None) -> None:
    """What an error says decides its kind; of a fault of the code alone nothing more can be said."""
    assert name_decisive([_say(error)]) == named


def test_the_error_of_a_few_ends_decides_nothing() -> None:
    """Four of five ends must have the same; one that left no word has another."""
    assert name_decisive([_say(HEAP)] * 4 + [_say("boom")]) == "heap-out-of-memory"
    assert name_decisive([_say(HEAP)] * 3 + [None, None]) is None
    assert name_decisive([]) is None


def test_the_remedy_is_led_by_the_error() -> None:
    """What to do for such a process is what its error asks for; without one that decides, to find out why it ends."""
    cause = Cause("client-restart", 1, 0.98, 5, 5, (), (), (), (), {"crash": "heap-out-of-memory"})
    assert "--heapsnapshot-near-heap-limit" in flatten(Phrases("en").cause(cause, "fix"))
    plain = replace(cause, numbers={"crash": None})
    assert flatten(Phrases("en").cause(plain, "fix")).startswith("Find out why the process ends")


def test_of_what_a_platform_says_of_one_end_the_line_counts_that_says_most() -> None:
    """Why it ended, before how; that it starts again says neither."""
    again, how, why = (_say(words) for words in ("Scheduled restart job", "killed, status=9/KILL", "oom-kill"))
    assert pick_telling([again, how, why]) == why
    assert pick_telling([again, how]) == how
    assert pick_telling([again]) == again
