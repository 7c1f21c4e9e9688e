"""What a check returns, and the register of checks."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.checks.result import CHECKS, EVIDENCE_SHOWN, cannot_tell, check, places, refutes, supports
from logdiag.results.causes import Outcome
from tests.analyzers.cases import facts_of


def test_a_check_has_an_id_of_its_own() -> None:
    """A second one of the same id would take its place without a word."""
    with pytest.raises(ValueError, match="silence-at-drop"):
        check("silence-at-drop")(CHECKS["ping-reason"])
    assert CHECKS["silence-at-drop"] is not CHECKS["ping-reason"]


def test_a_result_shows_the_first_five_lines() -> None:
    """In full strength, unless it says otherwise."""
    lines = places(facts_of(7))
    results = (supports({}, lines), refutes({}, lines, 0.5), cannot_tell({}, lines))
    assert [one.outcome for one in results] == [Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN]
    assert {one.evidence for one in results} == {tuple(lines[:EVIDENCE_SHOWN])}
    assert [one.strength for one in results] == [1.0, 0.5, 1.0]
