"""Rule files of users: which are loaded, which are refused, and what they replace."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from logdiag.errors import RuleError
from logdiag.events import EventKind
from logdiag.parsers.rule_files import load_rules
from tests.parsers.test_rules import EXACT, GOOD, write_rules
from tests.winston import BUILT_IN


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_user_rules_come_first(tmp_path: Path, encoding: str) -> None:
    """A new rule adds to the table; Windows editors write a byte order mark."""
    rules = load_rules([write_rules(tmp_path, GOOD, encoding=encoding)])
    assert [rule.id for rule in rules.rules] == ["uplink-lost", *(rule.id for rule in BUILT_IN.rules)]
    found = rules.match("uplink lost (code 7)", "any", {"context": {"cause": "rain", "tries": 3}})
    assert found is not None
    assert found.extracted == {"reason": "uplink", "error": "rain", "count": "3", "code": "7"}


def test_user_rule_replaces_the_built_in_one_of_its_id(tmp_path: Path) -> None:
    """What is left of its wording is the lexicon's to read."""
    text = GOOD.replace("uplink-lost", "client-disconnected")
    rules = load_rules([write_rules(tmp_path, text)])
    assert sum(rule.id == "client-disconnected" for rule in rules.rules) == 1
    found = rules.match("Disconnected from master: quota", "x")
    assert found is not None
    assert found.by == "lexicon"
    assert replace(rules, has_lexicon=False).match("Disconnected from master: quota", "x") is None


def test_later_file_replaces_earlier_one(tmp_path: Path) -> None:
    """Of two user rules with one id the last given counts."""
    files = [
        write_rules(tmp_path, GOOD),
        write_rules(tmp_path, GOOD.replace('"disconnected"', '"connected"'), "b.toml"),
    ]
    found = load_rules(files).match("uplink lost (code 7)", "x")
    assert found is not None
    assert found.kind is EventKind.CONNECTED


def test_levels_and_services_of_users_are_understood(tmp_path: Path) -> None:
    """`WARNING` means warn, and a shell pattern may use ? and [] without failing its own examples."""
    text = GOOD + 'services = ["worker[12]", "w?"]\nlevels = ["WARNING"]\n'
    rules = load_rules([write_rules(tmp_path, text)])
    services = ("worker1", "w2", "worker3")
    assert [rules.match("uplink lost (code 7)", name, {}, "warn") is None for name in services] == [False, False, True]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Each with file, rule, key and reason."""
    bad = write_rules(
        tmp_path,
        """
color = "red"
[[rule]]
id = "Bad Id"
kind = "gone"
contains = ['a "b"', ""]
pattern = '(?P<colour>x'
examples = []
price = 3
set = { colour = "red" }
fields = { code = 3 }
[[rule]]
id = "twice"
kind = "connected"
contains = ["x"]
examples = ["x"]
[[rule]]
id = "twice"
kind = "connected"
contains = ["x"]
examples = ["y"]
[[rule]]
id = "twice"
kind = "connected"
contains = ["x"]
examples = ["x"]
[[rule]]
id = "groups"
kind = "connected"
contains = ["x"]
pattern = '(?P<colour>x)'
examples = ["x"]
[[rule]]
id = "escapes"
kind = "connected"
contains = ["a/b"]
examples = ["a/b"]

[[rule]]
id = "escapes-more"
kind = "connected"
contains = ['a "b']
examples = ['a "b']
""",
    )
    missing = str(tmp_path / "missing.toml")
    broken = write_rules(tmp_path, "[[rule", "broken.toml")
    with pytest.raises(RuleError) as caught:
        load_rules([bad, missing, broken])
    told = [str(problem) for problem in caught.value.problems]
    for place, reason in [
        (f"{bad}: color", "unknown key"),
        (f"{bad}: rule 1 (Bad Id): price", "unknown key"),
        (f"{bad}: rule 1 (Bad Id): id", "kebab-case"),
        (f"{bad}: rule 1 (Bad Id): kind", "'gone' is none of"),
        (f"{bad}: rule 1 (Bad Id): contains", "list of texts"),
        (f"{bad}: rule 1 (Bad Id): pattern", "not a valid regular expression"),
        (f"{bad}: rule 1 (Bad Id): examples", "is missing"),
        (f"{bad}: rule 1 (Bad Id): set", "'colour' is none of"),
        (f"{bad}: rule 1 (Bad Id): fields", "table of texts"),
        (f"{bad}: rule 3 (twice): examples", "does not match its own example 'y'"),
        (f"{bad}: rule 4 (twice): id", "stands twice"),
        (f"{bad}: rule 5 (groups): pattern", "group 'colour' is none of"),
        (f"{bad}: rule 6 (escapes): contains", "must not hold"),
        (f"{bad}: rule 7 (escapes-more): contains", "must not hold"),
        (f"{missing}: cannot be read", "No such file"),
        (f"{broken}:1: not valid TOML", ""),
    ]:
        assert any(problem.startswith(place) and reason in problem for problem in told), (place, told)
    assert str(caught.value) == "\n".join(told)
    assert len(told) == 16


def test_a_text_may_begin_with_a_quote(tmp_path: Path) -> None:
    """The text `" 499 ` stands in the bytes of a JSON line, too: the last byte of an escaped quote is a quote."""
    rule = """
[[rule]]
id = "gone"
kind = "proxy-refusal"
contains = ['" 499 ']
examples = ['"GET /own HTTP/1.1" 499 0']
"""
    path = tmp_path / "own.toml"
    path.write_text(rule, "utf-8")
    rules = load_rules([str(path)])
    message = rules.rules[0].examples[0]
    raw = json.dumps({"message": message}).encode()
    assert rules.needles().is_in(raw)
    assert rules.rules[0].understands(message)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "rule: is missing"),
        ("[rule]\nid = 'x'\n", "array of tables"),
        ("rule = [1]\n", "array of tables"),
        ("x = " + "[" * 5000, "not valid TOML"),
        ("x = " + "1" * 5000, "not valid TOML"),
        (GOOD.replace("pattern = '", "pattern = 'a{99999999999999999999}"), "not a valid regular expression"),
        (GOOD.replace("pattern = '", "pattern = 3 #'"), "pattern: must be a text"),
        (GOOD.replace('kind = "disconnected"', "kind = []"), "is none of"),
        (GOOD.replace('id = "uplink-lost"', "id = 7"), "kebab-case"),
        (GOOD.replace('contains = ["uplink lost"]', 'contains = "uplink lost"'), "list of texts"),
    ],
    ids=range(10),
)
def test_rule_file_of_the_wrong_shape_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    """Never with a traceback."""
    with pytest.raises(RuleError, match=reason):
        load_rules([write_rules(tmp_path, text)])


def test_rule_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Nor one that is a folder."""
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RuleError, match="not UTF-8"):
        load_rules([str(tmp_path / "x.toml")])
    with pytest.raises(RuleError, match="cannot be read"):
        load_rules([str(tmp_path)])


def test_needles_are_the_texts_of_all_rules_and_nothing_else(tmp_path: Path) -> None:
    """Each is found wherever it stands; what only begins like one is not."""
    rules = load_rules(
        [write_rules(tmp_path, GOOD.replace('["uplink lost"]', '["uplink lost", "uplink l+*st", "up"]'))]
    )
    search = replace(rules, has_lexicon=False).needles().is_in
    for text in (text for rule in rules.rules for text in rule.contains):
        assert search(f'{{"message":"x{text}y"}}'.encode())
    texts = [text for rule in BUILT_IN.rules for text in rule.contains]
    cut = [text[:-1] for text in texts if not any(other in text[:-1] for other in texts)]
    assert len(cut) > 50
    assert not any(EXACT.needles().is_in(text.encode()) for text in cut)
