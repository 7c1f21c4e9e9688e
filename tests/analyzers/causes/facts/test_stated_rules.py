"""The rule by which a server ends a connection: in the words of the end, by its code, in its line before it."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.facts.stated_rules import find_stated_rule, list_places, name_rule, read_rule
from logdiag.analyzers.causes.own_words import RuleKind, Said, StatedRule
from logdiag.events import Side
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import SERVER, drop_of, session

PLACE = Evidence(SERVER, 7)
KICK = Said("send buffer full, evicting client", Evidence(SERVER, 6))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("slow_consumer", RuleKind.SLOW),
        ("send buffer full, dropping client", RuleKind.SLOW),
        ("Client unable to keep up with pending messages. Reached 4096 pending", RuleKind.SLOW),
        ("policy violation: Too many requests", RuleKind.RATE),
        ("rateLimited", RuleKind.RATE),
        ("请求过于频繁", RuleKind.RATE),
        ("policy violation", RuleKind.POLICY),
        ("kicked by moderator", RuleKind.POLICY),
        ("transport close", None),
        ("going away", None),
        ("ring buffer of 1008 entries", None),
        ("token_expired", None),
    ],
)
def test_words_name_the_rule_that_a_client_broke(text: str, kind: RuleKind | None) -> None:
    """As words or as a name in code; what happened to the transport is none."""
    assert read_rule(text) is kind


def test_the_reason_of_the_end_goes_before_its_code_and_the_line_before_it() -> None:
    """A code alone counts where nothing else is stated, and what a client sent first is its own doing."""
    one = session(30.0)
    told = drop_of(one, server_reason="rate limit exceeded", server_evidence=PLACE)
    assert find_stated_rule(told, one, KICK) == StatedRule(RuleKind.RATE, Said("rate limit exceeded", PLACE))
    bare = drop_of(one, reason=None, server_evidence=PLACE)
    assert find_stated_rule(bare, one, KICK) == StatedRule(RuleKind.SLOW, KICK)
    assert find_stated_rule(bare, one, None) is None
    coded = session(30.0, code="4429")
    assert find_stated_rule(bare, coded, None) == StatedRule(RuleKind.RATE, Said("4429", PLACE))
    own = session(30.0, code="1008", error="sent 1008 (policy violation)", side=Side.CLIENT)
    assert find_stated_rule(bare, own, None) is None


def test_a_cause_is_named_by_the_commonest_rule_where_most_of_its_ends_state_one() -> None:
    """By the words that most lines have."""
    rule = StatedRule(RuleKind.SLOW, KICK)
    assert name_rule([rule, rule, None]) == {"slow_said": KICK.text}
    assert name_rule([rule, None]) == {}
    assert list_places([rule, None]) == [KICK.evidence]
