"""`logdiag rules`: what a message means."""

from __future__ import annotations

from pathlib import Path

from logdiag.cli.commands.rules import describe_trial, learn_from, try_message
from tests import foreign_apps
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
