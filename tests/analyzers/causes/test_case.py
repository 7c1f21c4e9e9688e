"""What is asked of all disconnects of an incident together."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import PatternKind
from tests.analyzers.cases import at, case, facts_of
from tests.folding import each


@each(("span_s", "limit"), [(100_000.0, PatternKind.IDLE), (60.0, None)])
def test_a_proxy_states_a_limit_where_chance_does_not(span_s: float, limit: PatternKind | None) -> None:
    """Ten lines of it in the moments of four ends say which limit ran out, unless such lines are everywhere."""
    line = ProxyLine((at(30),), Evidence("nginx/error.log", 7), PatternKind.IDLE)
    facts = tuple(replace(fact, proxy_timeout=line) for fact in facts_of(4, reason="transport close"))
    incident = case(facts, proxies=ProxyLines((line,) * 10, span_s=span_s))
    assert incident.find_stated_limit(incident.facts[0]) is limit
