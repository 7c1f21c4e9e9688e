"""`logdiag rules`: what a message means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logdiag.cli.commands.rules import describe_trial, learn_from, try_message
from tests import foreign_apps
from tests.cli.conftest import Run
from tests.renderers.test_schema import list_faults, list_misplaced, load_schema
from tests.winston import BUILT_IN


def test_a_message_is_tried_against_what_logs_teach(tmp_path: Path) -> None:
    """Words that nobody knows mean what their lifecycles in the logs named beside say, and that is told."""
    foreign_apps.sail_lighthouses(tmp_path)
    message = f"my lamp burns, wick {foreign_apps.name_socket(1)}"
    assert try_message(BUILT_IN, message, None).match is None
    trial = try_message(learn_from(BUILT_IN, (str(tmp_path),)), message, None)
    assert trial.match is not None
    assert (trial.match.by, trial.match.kind) == ("lifecycle", "connected")
    assert "a lifecycle" in next(describe_trial(trial, "en"))


@pytest.mark.parametrize(
    "message", [None, "Disconnected from master: transport close", "client 7 got disconnected", "nothing of the kind"]
)
def test_json_obeys_its_schema(message: str | None, run: Run) -> None:
    """The list, and a message that a rule, the lexicon or nobody understands, are valid, keys in the schema's order."""
    document = json.loads(run("rules", *([] if message is None else ["--test", message]), "--format", "json").text)
    schema = load_schema("rules")
    assert list_faults("rules", document) == []
    assert list(list_misplaced(schema, schema, document)) == []
    assert (document["test"] is None) == (message is None)
