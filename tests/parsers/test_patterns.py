"""Expressions that could be searched for ever are refused; those that people write are not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from logdiag.errors import RuleError
from logdiag.parsers import patterns
from logdiag.parsers.patterns import (
    MOST_PLACES,
    SEARCHED_CHARACTERS,
    SlowPatternError,
    check_speed,
    compile_pattern,
    search_pattern,
)
from logdiag.parsers.rule_files import load_rules
from logdiag.parsers.rules import Rule
from tests.folding import each
from tests.parsers.backtracking import count_steps

RULES = load_rules().rules


@each(
    "text",
    [
        "(a+)+$",
        "(a|a)*$",
        "(?:a|ab|b)*$",
        "(a?){40}$|(a{1,3})+$",
        r"(\w+\s?)*$",
        r"(?:\s*\w+)*$",
        "(?:a?b?)*x",
        "(?:(?:a)*)*b",
        "(?=(a+)+$)",
        "(?i)(?:sx|ſx)*$",
        "(?P<reason>(?:[^,]+,?)+)x",
        "a*a*a*b",
        r"\s*,?\s*:?\s*x",
        "(.*a){12}b",
    ],
)
def test_expression_that_runs_away_is_refused(text: str) -> None:
    """A few dozen characters, or two thousand of them, would keep `re` busy for minutes to ages; the remedy is said."""
    with pytest.raises(SlowPatternError) as refused:
        check_speed(text)
    assert refused.value.sentence.key in {"pattern.exponential", "pattern.repeats"}


@each(
    "text",
    [
        "Disconnected",
        r"(\w+\s)*$",
        r"\d{4}-\d\d-\d\d (?:\d+:){3}",
        r"(?:[0-9a-f]{32} )+",
        r"(.*) from (.*), reason (.*)$",
        r"closed: (?P<reason>[^(]+?)(?: \((?P<code>\d{1,4})\))?$",
        r"^(?:[^:]+:)*\s*gone",
        r"(?:a|b|c|d)*e",
        r"(?<!not )connected(?! yet)",
        r"socket\s*-?\s*closed",
        r"(['\"]).*?\1",
    ],
)
@each("unit", ["a", " ", "a ", "1:", " from , reason ", "'", "socket - "])
def test_expression_that_people_write_is_searched_in_few_steps(text: str, unit: str) -> None:
    """It is not refused; and whatever is searched, twice as long a text takes at most about four times the steps."""
    compile_pattern(text)
    short, long = (count_steps(text, (unit * length)[:length] + "!") for length in (60, 120))
    assert long < 4.5 * short
    assert short < 60**2 * 10  # some for each place that a match may begin and go on at


def test_steps_tell_what_runs_away() -> None:
    """Of an expression that is refused a text of two characters more takes several times the steps."""
    assert count_steps("(a+)+$", "a" * 12 + "!") > 3 * count_steps("(a+)+$", "a" * 10 + "!")


@each(
    "text",
    [
        "((((a{16}){16}){16}){16}){16}",
        "(?:(?:(?:(?:(?:){16}){16}){16}){16}){16}",
        "(?:" + "a?" * 2_000 + ")+",
    ],
    ids=["repeats", "empty", "long"],
)
def test_expression_that_is_too_large_is_refused_at_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeats of repeats would grow without end when they are written out: it is given up after so many places.

    How often functions are called until then is counted with a fifth of the places.
    """
    with pytest.raises(SlowPatternError, match="over 1000 places"):
        check_speed(text)
    fewer_count = MOST_PLACES // 5
    calls_count = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls_count
        calls_count += event == "call"

    with monkeypatch.context() as patch:
        patch.setattr(patterns, "MOST_PLACES", fewer_count)
        sys.setprofile(count)
        try:
            with pytest.raises(SlowPatternError, match=f"over {fewer_count} places"):
                check_speed(text)
        finally:
            sys.setprofile(None)
    assert calls_count < 15 * fewer_count**2  # edges of the long one, or ten empty parts a place, 220 calls each


def test_a_repeat_without_end_is_searched_so_far() -> None:
    """An expression without one is searched for in the whole of a text."""
    text = "x" * SEARCHED_CHARACTERS + "needle"
    assert search_pattern(compile_pattern("needle"), text)
    assert not search_pattern(compile_pattern("nee+dle"), text)


@each("rule", RULES, ids=lambda rule: rule.id)
def test_built_in_rules_obey(rule: Rule) -> None:
    """What is asked of users' own expressions is true of those that come with logdiag."""
    check_speed(rule.pattern.pattern)


def test_users_rule_is_refused_with_its_place(tmp_path: Path) -> None:
    """The file, the rule and the remedy are named."""
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[rule]]\nid = "mine"\nkind = "disconnected"\ncontains = ["a"]\npattern = "(a+)+$"\nexamples = ["aaa"]\n'
    )
    with pytest.raises(RuleError, match=r"mine\.toml: rule 1 \(mine\): pattern: it could be searched for ever"):
        load_rules([str(path)])
