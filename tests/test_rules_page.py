"""The page about rules knows every kind, every key and every field."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.cli.commands.explain import load_explainer
from logdiag.cli.language import Language
from logdiag.events import EventKind
from logdiag.parsers.rule_files import KEYS, parse_rules
from logdiag.parsers.rules import FIELDS
from logdiag.renderers.document import flatten
from logdiag.renderers.explain import build_entry
from logdiag.renderers.terminal import write_text
from logdiag.texts.sentences import Sentence
from tests.folding import each

PAGE = (Path(__file__).parents[1] / "docs" / "rules.md").read_text("utf-8")


@each("kind", EventKind)
def test_the_page_says_what_each_kind_means(kind: EventKind) -> None:
    """A kind has its row, in the words of `logdiag explain kinds`."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{kind}` |"))
    told = flatten(load_explainer().phrases.inline(f"event_kind.{kind}"))
    assert row.replace("`", "") == f"| {kind} | {told} |"


@each("key", [*sorted(KEYS), *FIELDS])
def test_the_page_knows_each_key_and_field(key: str) -> None:
    """What a rule and an event may have stands in a table."""
    assert f"| `{key}` | " in PAGE


def test_the_example_of_the_page_loads() -> None:
    """The rule that the page shows is one."""
    lines = [line[4:] for line in PAGE.splitlines() if line.startswith("    ")]
    problems: list[Sentence] = []
    rules = parse_rules("\n".join(lines[lines.index("[[rule]]") :]), "page", problems)
    assert (problems, [rule.kind for rule in rules]) == ([], [EventKind.SERVER_DISCONNECTED])


@pytest.mark.parametrize("language", Language)
def test_explain_kinds_lists_every_kind(language: Language) -> None:
    """`logdiag explain kinds` names them all, in each language."""
    entry = build_entry(load_explainer(language), "kinds")
    text = write_text(entry, width=200, color=False, encoding="utf-8")
    assert [kind for kind in EventKind if f"{kind} " not in text] == []
