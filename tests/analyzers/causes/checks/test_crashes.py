"""What is quoted of the errors of which processes die."""

from __future__ import annotations

from typing import Any

from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.analyzers.causes.own_words import Said
from logdiag.results.causes import Outcome
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import SERVER, case, claim, fact

HEAP = "heap out of memory"


def test_of_several_errors_of_crashes_the_commonest_is_quoted() -> None:
    """With how many of the crashes logged it; a crash without an error counts as a crash alone."""
    facts = [
        fact(number, crashed=True, logged=False, crash_error=error)
        for number, error in enumerate((HEAP, "boom", HEAP, None), 1)
    ]
    result = CHECKS["crash-line-seen"](case(facts), claim("client-restart", facts))
    assert (result.outcome, result.numbers["count"]) == (Outcome.SUPPORTS, 4)
    assert (result.numbers["error"], result.numbers["errors_count"]) == (HEAP, 2)


def test_one_crash_of_the_server_that_ends_two_connections_is_one_error() -> None:
    """Its own last words count before its platform's, of which those that tell of a start alone say nothing."""
    died = Said(HEAP, Evidence(SERVER, 7))
    killed, again = (Said(words, Evidence("node/journal.log", 3)) for words in ("status=9/KILL", "Started"))
    told: tuple[dict[str, Any], ...] = (
        {"server_crash": died},
        {"server_crash": died, "server_exit": killed},
        {"server_exit": again},
        {},
    )
    facts = [fact(number, **words) for number, words in enumerate(told, 1)]
    result = CHECKS["server-crash-seen"](case(facts), claim("server-restart", facts))
    assert (result.outcome, result.evidence) == (Outcome.SUPPORTS, (died.evidence,))
    assert result.numbers == {"count": 2, "of_count": 4, "lines_count": 0, "error": HEAP, "errors_count": 1}
    of_platform = [fact(1, server_exit=killed)]
    assert (
        CHECKS["server-crash-seen"](case(of_platform), claim("server-restart", of_platform)).numbers["error"]
        == killed.text
    )
    assert CHECKS["server-crash-seen"](case(facts), claim("server-restart", facts[2:])).outcome is Outcome.UNKNOWN
