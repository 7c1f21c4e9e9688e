"""What was understood by what, and what was not."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import diagnose
from logdiag.pipeline.wordings import count_counting, find_unread
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis
from tests import foreign_apps
from tests.winston import at, connect, drop, record, scan, write

RULES = """[[rule]]
id = "uplink-lost"
kind = "disconnected"
contains = ["uplink lost"]
examples = ["uplink lost (code 7)"]

[[rule]]
id = "never-said"
kind = "connected"
contains = ["uplink made"]
examples = ["uplink made"]
"""


def read(folder: Path, lines: list[str], *rules: str) -> Diagnosis:
    write(folder / "logs" / "app.log", lines)
    return diagnose(Request((str(folder / "logs"),), rules_files=rules)).diagnosis


def test_each_wording_names_its_rule_or_the_lexicon(tmp_path: Path) -> None:
    """Rules by their id, the lexicon by none; count, side and the first line are told."""
    lines = [connect(0), record(at(30), "✅ [WS] socket disconnected, reason: ping timeout"), connect(31, 1), drop(60)]
    found = {item.kind: item for item in read(tmp_path, lines).inputs.wordings}
    assert (found["connected"].by, found["connected"].count, found["connected"].side) == ("rule", 2, "client")
    assert found["connected"].rule == "client-connected"
    assert found["connected"].example.line == 1
    said = {(item.by, item.rule) for item in read(tmp_path, lines).inputs.wordings if item.kind == "disconnected"}
    assert said == {("rule", "client-disconnected"), ("lexicon", None)}


def test_a_rule_of_the_user_is_a_rule_whatever_its_id(tmp_path: Path) -> None:
    """A rule that was proposed from a lifecycle, and keeps its id, is the user's own."""
    mine = tmp_path / "mine.toml"
    mine.write_text(RULES.replace("uplink-lost", "lifecycle-1"), encoding="utf-8")
    found = read(tmp_path, [connect(0), record(at(30), "uplink lost (code 7)"), connect(31, 1)], str(mine))
    assert [(item.by, item.rule) for item in found.inputs.wordings if item.kind == "disconnected"] == [
        ("rule", "lifecycle-1")
    ]


def test_what_a_run_learned_is_told_as_such(tmp_path: Path) -> None:
    """Words that nobody knows are understood by their lifecycles."""
    foreign_apps.sail_lighthouses(tmp_path)
    wordings = diagnose(Request((str(tmp_path),))).diagnosis.inputs.wordings
    assert {item.by for item in wordings if item.kind.endswith("connected")} == {"lifecycle"}


def test_a_rule_of_the_user_that_never_fired_is_told(tmp_path: Path) -> None:
    """The one that fired is not; those that come with logdiag never are."""
    (tmp_path / "mine.toml").write_text(RULES, encoding="utf-8")
    lines = [connect(0), record(at(30), "uplink lost (code 7)"), connect(31, 1)]
    idle = [item for item in read(tmp_path, lines, str(tmp_path / "mine.toml")).findings if item.id == "idle-rules"]
    assert [item.numbers["count"] for item in idle] == [1]
    assert "never-said (" in str(idle[0].numbers["rules"])
    assert [item for item in read(tmp_path, lines).findings if item.id == "idle-rules"] == []


def test_a_rule_that_ignores_lines_switches_a_reading_off(tmp_path: Path) -> None:
    """What the lexicon would take for a disconnect is no event; nor is the rule told to be idle."""
    mine = tmp_path / "mine.toml"
    mine.write_text(
        '[[rule]]\nid = "off"\nkind = "ignored"\ncontains = ["socket disconn"]\nexamples = ["socket disconn"]\n'
    )
    lines = [connect(0), record(at(30), "✅ [WS] socket disconnected, reason: ping timeout"), connect(31, 1), drop(60)]
    found = read(tmp_path, lines, str(mine))
    assert [(item.kind, item.count) for item in found.inputs.wordings] == [("connected", 2), ("disconnected", 1)]
    assert [item for item in found.findings if item.id == "idle-rules"] == []


def test_where_nothing_is_understood_the_likeliest_wordings_are_shown(tmp_path: Path) -> None:
    """At most five, each with its first line."""
    lines = [record(at(n), f"zorb {name} upstairs failed", "error") for n, name in enumerate("abcdefgh")]
    (likely,) = [item for item in read(tmp_path, lines).findings if item.id == "likely-wordings"]
    assert 1 <= len(likely.evidence) <= 5
    assert str(likely.numbers["templates"]).startswith("zorb a upstairs failed · zorb b ")


def test_kinds_of_lines_that_are_as_many_come_in_the_order_of_their_first(tmp_path: Path) -> None:
    """Of two wordings that nothing understood, a line each, the one that stands first is told first."""
    scans = []
    for name, said in (("b.log", ("peer 7 lost its seat", "session 3 left us")), ("a.log", ("worker 5 dropped it",))):
        path = write(tmp_path / name, [record(at(number), text) for number, text in enumerate(said)])
        found = scan(path)
        found.unread.kinds.clear()
        for number, text in enumerate(said, start=1):
            found.unread.note(text, number)
        scans.append(found)
    assert [(Path(place.file).name, place.line) for _, _, place in find_unread(scans)] == [
        ("a.log", 1),
        ("b.log", 1),
        ("b.log", 2),
    ]


def test_lines_that_count_who_is_connected_are_counted_and_not_asked_for(tmp_path: Path) -> None:
    """`3 sockets connected` tells of a connect, but not whose: it is no wording that nobody understood."""
    lines = [record(at(9 * turn), f"{turn} sockets connected") for turn in range(1, 6)]
    scanned = scan(write(tmp_path / "app.log", lines))
    assert count_counting([scanned]) == 5
    assert find_unread([scanned]) == ()
