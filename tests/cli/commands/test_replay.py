"""`logdiag replay`: the warning comes before any number, in every form."""

from __future__ import annotations

import json

import pytest

from logdiag.results.replay import PRESETS
from tests.cli.conftest import Run
from tests.folders import SAMPLES
from tests.renderers.test_schema import list_faults, list_misplaced, load_schema

REFERENCE = str(SAMPLES / "2025-11-14-reference")
RANDOM = str(SAMPLES / "random-drops")


@pytest.mark.parametrize("name", ["2025-11-14-reference", "random-drops", "healthy"])
def test_json_obeys_its_schema(run: Run, name: str) -> None:
    """Keys are those of the schema, in its order."""
    document = json.loads(run("replay", str(SAMPLES / name), "--format", "json").text)
    assert list_faults("replay", document) == []
    schema = load_schema("replay")
    assert list(list_misplaced(schema, schema, document)) == []


def test_without_a_policy_several_are_compared(run: Run) -> None:
    """Each preset has its row."""
    document = json.loads(run("replay", RANDOM, "--format", "json").text)
    assert [item["policy"] for item in document["policies"]] == list(PRESETS)


def test_policies_are_played_in_the_order_asked_for(run: Run) -> None:
    """--policy may be repeated; the same one twice counts once."""
    words = ("--policy", "queue", "--policy", "retry:3x2s", "--policy", "queue")
    document = json.loads(run("replay", RANDOM, *words, "--format", "json").text)
    assert [item["policy"] for item in document["policies"]] == ["queue", "retry:3x2s"]


@pytest.mark.parametrize(("lang", "warning"), [("en", "NO RETRY IS RECOMMENDED"), ("zh", "不推荐任何重试")])
def test_a_poisonous_push_is_named_first(run: Run, lang: str, warning: str) -> None:
    """The first line warns, in text and Markdown."""
    assert run("replay", REFERENCE, "--lang", lang).text.startswith(warning)
    assert warning in run("replay", REFERENCE, "--lang", lang, "--format", "markdown").text.split("\n## ")[0]


def test_what_is_no_policy_is_refused_with_the_remedy(run: Run) -> None:
    """Exit code 2, and what a policy looks like."""
    finished = run("replay", REFERENCE, "--policy", "often")
    assert finished.code == 2
    assert "retry:3x2s" in finished.stderr


def test_a_diagnosis_holds_the_numbers(run: Run) -> None:
    """`retries` tells the presets, flagged as harmful where the push is the trigger."""
    retries = json.loads(run("diagnose", REFERENCE, "--format", "json").text)["retries"]
    assert [item["policy"] for item in retries] == list(PRESETS)
    assert {(item["recovered_count"], item["of_count"], item["harmful"]) for item in retries} == {(0, 1, True)}
    retries = json.loads(run("diagnose", RANDOM, "--format", "json").text)["retries"]
    assert {(item["recovered_count"], item["of_count"], item["harmful"]) for item in retries} == {(2, 2, False)}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_name_of_a_policy_is_never_broken(run: Run, lang: str) -> None:
    """In 80 columns either: it is typed as it is read."""
    text = run("replay", REFERENCE, "--lang", lang).text
    assert all(any(line.startswith(f"{name} ") for line in text.splitlines()) for name in PRESETS)
