"""The commands at the end of a report: those that suit the incident, filled in, quoted, and no more than four."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from logdiag.renderers.document import CodeLines
from logdiag.renderers.phrases import LANGUAGES, Phrases
from logdiag.renderers.sections.hints import HINTS_SHOWN, LONGEST_TEXT, build_hints
from logdiag.renderers.sections.material import Material
from logdiag.renderers.snippet import list_sides
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.timers import TimerAnswer, TimerKind
from tests.folding import each
from tests.renderers.example import HOSTILE, build_example, build_healthy, build_nothing


def list_commands(diagnosis: Diagnosis, language: str = "en") -> list[list[str]]:
    """The words of each command, as a shell takes them."""
    material = Material(diagnosis, Phrases(language, diagnosis.inputs.display_zone), "0")
    blocks = [block for block in build_hints(material).blocks if isinstance(block, CodeLines)]
    return [shlex.split(line) for block in blocks for line in block.lines]


def name_lost(*ids: str) -> Diagnosis:
    example = build_example()
    return replace(example, pushes=replace(example.pushes, lost_message_ids=ids, items=()))


def test_hints_are_filled_in_with_the_incident() -> None:
    """A lost message, the trigger, the paths and the zone that the user gave."""
    diagnosis = build_example()
    commands = list_commands(diagnosis)
    logs = [*diagnosis.inputs.paths, "--tz", "Asia/Shanghai"]
    assert commands[0] == ["logdiag", "trace", "757249542734", *logs]
    assert commands[1][:2] == ["logdiag", "suspect"]
    assert commands[1][2] in [trigger.template for trigger in diagnosis.triggers]
    assert len(commands) == HINTS_SHOWN


def test_the_commands_answer_when_they_are_pasted() -> None:
    """`verify` has lines on both sides of its moment; what announces a timer, a line written once, is no suspect."""
    example = build_example()
    inputs = example.inputs
    bare = replace(example, triggers=(), pushes=replace(example.pushes, lost_message_ids=(), items=()), blind_spots=())
    commands = {command[1]: command for command in list_commands(bare)}
    assert inputs.start is not None
    assert inputs.end is not None
    moment = datetime.fromisoformat(commands["verify"][-1]).replace(tzinfo=ZoneInfo(inputs.display_zone))
    assert inputs.start < moment < inputs.end
    timer = replace(example.timers[0], answer=TimerAnswer.SUSPECT, template="tick started (interval: <n>ms)")
    announced = replace(bare, timers=(replace(timer, kind=TimerKind.ANNOUNCED),))
    assert "suspect" not in {command[1] for command in list_commands(announced)}
    lines = replace(bare, timers=(replace(timer, kind=TimerKind.LINES),))
    assert ["logdiag", "suspect", timer.template] in [command[:3] for command in list_commands(lines)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_are_the_same_in_every_language(language: str) -> None:
    """Only what stands above them is translated."""
    assert list_commands(build_example(), language) == list_commands(build_example())


@pytest.mark.parametrize("build", [build_healthy, build_nothing])
def test_without_an_incident_there_is_nothing_to_go_on_with(build: Callable[[], Diagnosis]) -> None:
    """Health and emptiness have no hints."""
    assert list_commands(build()) == []


@each("text", ["$(reboot)", "a; rm -rf b", "it's", "`id`", "a b", '"', "\\", "*", "!1", "日志"])
def test_what_a_log_says_is_one_argument(text: str) -> None:
    """No id can become a command of the shell."""
    assert list_commands(name_lost(text))[0][:3] == ["logdiag", "trace", text]


@each("text", [HOSTILE, "a\nb", "\x1b[31m", "-rf", "--output=x", "", " ", "\u202eabc", "x" * 121])
def test_what_cannot_be_typed_is_left_out(text: str) -> None:
    """Control characters, options and pages of text are no argument; the next id is taken."""
    assert len("x" * 121) > LONGEST_TEXT
    assert list_commands(name_lost(text))[0][1] != "trace"
    assert list_commands(name_lost(text, "757"))[0][:3] == ["logdiag", "trace", "757"]


def read_from(path: str) -> Diagnosis:
    example = build_example()
    return replace(example, inputs=replace(example.inputs, paths=(path,)))


def test_standard_input_leaves_the_recorder() -> None:
    """It can be read but once."""
    assert [command[:2] for command in list_commands(read_from("-"))] == [["logdiag", "snippet"]]


@pytest.mark.parametrize("path", ["a\nb", "--output", HOSTILE])
def test_a_path_that_cannot_be_typed_has_a_stand_in(path: str) -> None:
    """The command is one to complete."""
    assert list_commands(read_from(path))[0][3:] == ["logs/", "--tz", "Asia/Shanghai"]


def test_the_recorder_is_that_of_the_side_that_misses_most() -> None:
    """Blind spots decide; one of tomorrow has no recorder."""
    example = build_example()
    spot = example.blind_spots[0]
    server = tuple(replace(spot, id=name) for name in ("server-reason-missing", "receipts-missing", "close-code"))
    assert ["logdiag", "snippet", "server"] in list_commands(replace(example, blind_spots=server))
    assert list_sides("a-spot-of-tomorrow") == ()
    unknown = (replace(spot, id="a-spot-of-tomorrow"),)
    assert "snippet" not in [command[1] for command in list_commands(replace(example, blind_spots=unknown))]
