"""Sentences beside the report: each exists in every language, is used, and shows the same values."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from string import Formatter
from typing import Final

import pytest

import logdiag
from logdiag.cli.language import Language
from logdiag.cli.usage import WORDINGS
from logdiag.errors import InputError, RuleError
from logdiag.parsers.forms.layouts import Fault
from logdiag.parsers.untimed import Meaning
from logdiag.reading.archives import Why
from logdiag.texts.sentences import load_texts, say
from tests.renderers.test_languages import HALF_WIDTH, MISSPACED

FILES: Final = ("messages", "help")
OTHERS: Final = [language for language in Language if language is not Language.EN]
CODE: Final = "\n".join(path.read_text("utf-8") for path in Path(logdiag.__file__).parent.rglob("*.py"))


def names_of(template: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", FILES)
def test_a_language_has_every_sentence(name: str, language: str) -> None:
    """The keys are those of English, no more and no fewer, and each template shows the same values."""
    english, other = load_texts(f"{name}.en"), load_texts(f"{name}.{language}")
    assert set(english) ^ set(other) == set()
    assert [key for key in english if names_of(english[key]) != names_of(other[key])] == []


@pytest.mark.parametrize("name", FILES)
def test_chinese_sentences_obey_the_convention(name: str) -> None:
    """Full-width signs beside Chinese, one blank between Chinese and anything else; values are left aside."""
    wrong = []
    for key, template in load_texts(f"{name}.zh").items():
        shown = re.sub(r"\{\w+[^}]*\}", "☐", template)
        if key != "punctuation.list" and (HALF_WIDTH.search(shown) or MISSPACED.search(shown)):
            wrong.append(shown)
    assert wrong == []


def test_examples_are_the_same_in_every_language() -> None:
    """Only what stands around the command lines is translated."""
    for key, english in load_texts("help.en").items():
        for language in OTHERS if key.endswith("epilog") else ():
            lines = [
                [line for line in text.splitlines() if re.match(r"  (\w+.* \| )?logdiag ", line)]
                for text in (english, load_texts(f"help.{language}")[key])
            ]
            assert lines[0] == lines[1], key


def test_every_message_is_said_somewhere() -> None:
    """No template is left over, and no code names one that is not there."""
    keys = set(load_texts("messages.en"))
    named = set(re.findall(r"(?:say|\w*Error)\(\s*\"([a-z_]+(?:\.[a-z_0-9]+)?)\"", CODE)) | set(WORDINGS)
    named |= {f"unread.{why}" for why in Why}
    named |= {f"{table}.{fault}" for table in ("fault", "fault_remedy") for fault in Fault}
    named |= {f"untimed.{meaning}" for meaning in Meaning}
    named |= {f"rule_fault.{key}" for key in re.findall(r"found\.add\(\"([a-z_0-9]+)\"", CODE)}
    unused = {key for key in keys if not re.search(rf"\"{re.escape(key)}\"", CODE)} - named
    # Read by their last word.
    labels = {"rule", "kind", "only_in", "by", "side", "code", "lexicon", "lifecycle", "client", "server"}
    assert unused == {f"rules.{label}" for label in labels}
    assert {key for key in named if "." in key and key.split(".")[0] in {key.split(".")[0] for key in keys}} <= keys


def test_a_sentence_is_written_in_any_language() -> None:
    """A value stands as it is, a tuple becomes a list, a sentence within is written in the same language."""
    sentence = say(
        "config.bad_value", place="a:1", key="tz", why=say("value.no_choice", text="'{x}'", known=("a", "b"))
    )
    assert str(sentence) == "a:1: tz: '{x}' is not one of a, b."
    assert sentence.write("zh") == "a:1：tz：'{x}' 不在可用值之列：a、b。"


def test_errors_survive_the_way_from_another_machine() -> None:
    """What a worker of a cluster raises is told here in full."""
    error = InputError("cluster.unreadable", place="worker tcp://h:1: x.log", why="gone")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301
    rules = RuleError([say("rule_fault.twice", place="a")])
    assert pickle.loads(pickle.dumps(rules)).write("zh") == "a：id：在此文件中出现两次"  # noqa: S301
