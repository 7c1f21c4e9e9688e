"""A rules file written from logs loads, and does what was understood without it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from logdiag.parsers.proposals import Proposals, propose_rules, write_file
from logdiag.parsers.rule_files import load_rules, parse_rules
from logdiag.parsers.rules import RuleSet
from logdiag.pipeline.stages import diagnose
from logdiag.reading import find_log_files
from logdiag.request import Request
from logdiag.texts.sentences import Sentence
from tests import foreign_apps
from tests.winston import BUILT_IN, at, record


def propose(folder: Path) -> Proposals:
    return propose_rules(find_log_files((str(folder),), None).files, BUILT_IN, UTC)


def test_proposed_rules_understand_the_same(tmp_path: Path) -> None:
    """With the proposed file as `--rules`, the events are those that were understood without it."""
    logs = tmp_path / "logs"
    foreign_apps.sail_lighthouses(logs / "a")
    foreign_apps.sail_ferries(logs / "b")
    before = diagnose(Request((str(logs),))).timeline
    file = tmp_path / "mine.toml"
    file.write_text(write_file(propose(logs), "en"), "utf-8")
    rules = load_rules([str(file)])
    assert len(rules.rules) == len(BUILT_IN.rules) + 8
    after = diagnose(Request((str(logs),), rules_files=(str(file),))).timeline
    columns = ["time", "kind", "socket_id", "worker_id", "reason", "file", "line"]
    assert [before[name].tolist() for name in columns] == [after[name].tolist() for name in columns]
    assert Counter(before["kind"])["server-disconnected"] == 28


def test_unknown_lines_are_proposed_by_what_they_say(tmp_path: Path) -> None:
    """Lines of warning whose words are telling come before idle talk, with their number and first place."""
    foreign_apps.sail_lighthouses(tmp_path)
    lines = [record(at(n), f"uplink refused by tower {n}", "error") for n in range(5)]
    (tmp_path / "beacon-1" / "other.log").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    first = propose(tmp_path).unknown[0]
    assert (first.message, first.count, first.place.line) == ("uplink refused by tower 0", 5, 1)


LOST = "✅ [WS] socket lost, id: Zq3vT8mWk1LrY0bNAAAB, reason: ping timeout"


def test_readings_of_the_lexicon_are_proposed_in_comments(tmp_path: Path) -> None:
    """The rule says what the lexicon says; with kind `ignored` the line is no event."""
    rows = [{"level": "warn", "message": LOST, "timestamp": f"2025-11-14 16:00:0{n}.000"} for n in range(3)]
    (tmp_path / "a.log").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    ((rule, seen),) = propose(tmp_path).readings
    assert (rule.kind, seen.count, seen.place.line) == ("disconnected", 3, 1)
    lines = write_file(propose(tmp_path), "en").split("\n")
    stub = "\n".join(line.removeprefix("# ") for line in lines[lines.index("# [[rule]]") :])
    (own,) = parse_rules(stub, "mine.toml", [])
    told, meant = RuleSet((own,)).match(LOST, None), BUILT_IN.match(LOST, None)
    assert told is not None
    assert meant is not None
    assert (told.kind, told.extracted) == (meant.kind, meant.extracted)
    assert set(told.extracted) == {"socket_id", "reason"}
    (off,) = parse_rules(stub.replace('"disconnected"', '"ignored"'), "mine.toml", [])
    silenced = replace(BUILT_IN, rules=(off, *BUILT_IN.rules))
    assert silenced.match(LOST, None) is None
    assert silenced.interpret(LOST, None) is not None


@pytest.mark.parametrize(
    "message",
    [
        'closed "by" \\ hand', "lost\x1b[31m\x7fred", "link '''down", "dropped\u2028failed\x85timeout",
        "[[rule]]\nlost", "中断 端口 \ud83d", "wire closed = \"x\" # no", "\x00closed\r\nfailed",
    ],
)  # fmt: skip
def test_hostile_messages_do_no_harm(tmp_path: Path, message: str) -> None:
    """Whatever a message holds, the file loads, and what stands in comments stays there."""
    row = {"level": "error", "message": message, "timestamp": "2025-11-14 16:00:00.000"}
    (tmp_path / "a.log").write_text(json.dumps(row) + "\n", "utf-8")
    text = write_file(propose(tmp_path), "en")
    problems: list[Sentence] = []
    assert (parse_rules(text, "mine.toml", problems), problems) == ([], [])
    assert "proposed-1" in text


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_a_proposal_without_its_marks_loads(tmp_path: Path, text: str) -> None:
    """Once the marks of its comment are taken away and its kind is set, a rule loads and matches its own example.

    What the lexicon happens to understand needs no proposal.
    """
    assume(BUILT_IN.match(f"wire lost {text}", "a", {}, "error") is None)
    row = {"level": "error", "message": f"wire lost {text}", "timestamp": "2025-11-14 16:00:00.000"}
    (tmp_path / "a.log").write_text(json.dumps(row) + "\n", "utf-8")
    lines = write_file(propose(tmp_path), "en").split("\n")
    start = next(number for number, line in enumerate(lines) if line == "# [[rule]]")
    lines = [line.removeprefix("# ").replace('kind = "?"', 'kind = "disconnected"') for line in lines]
    problems: list[Sentence] = []
    rules = parse_rules("\n".join(lines[start:]), "mine.toml", problems)
    assert problems == []
    assert RuleSet(tuple(rules)).match(f"wire lost {text}", None, {}, "error") is not None
