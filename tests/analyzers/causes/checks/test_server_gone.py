"""Whether the server was gone, and for whom."""

from __future__ import annotations

from logdiag.analyzers.causes.case import Instances
from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.renderers.document import flatten
from logdiag.renderers.phrases import Phrases
from logdiag.results.causes import Check, Outcome
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import SERVER, case, claim, facts_of


def _say(language: str, **fields: object) -> str:
    facts = facts_of(3, **fields)
    whole = case(facts, instances=Instances(4, 3))
    result = CHECKS["server-gone-seen"](whole, claim("server-restart", facts))
    assert result.outcome is Outcome.SUPPORTS
    check = Check("server-gone-seen", result.outcome, result.numbers, result.evidence)
    return flatten(Phrases(language).check(check))


def test_what_was_not_seen_is_no_evidence() -> None:
    """Numbers of zero are not said: no start followed, and no connect was refused."""
    stopped = "At 3 of 3 drops the server of that very socket says, right before or within 10 s, that it stops."
    assert _say("en", server_stop=Evidence(SERVER, 2)) == stopped
    rolled = _say("en", server_stop=Evidence(SERVER, 2), taken_over=Evidence(SERVER, 9))
    assert rolled.startswith(stopped)
    assert "3 of 4 instances stop in these logs" in rolled
    assert " 0 " not in _say("zh", server_stop=Evidence(SERVER, 2))
