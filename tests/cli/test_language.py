"""The language of what people read: asked for, or that of the locale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logdiag.cli.language import Language, of_locale
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Language.EN),
        ({"LANG": "zh_CN.UTF-8"}, Language.ZH),
        ({"LANG": "zh_TW"}, Language.ZH),
        ({"LANG": "C"}, Language.EN),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, Language.EN),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, Language.ZH),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "", "LC_MESSAGES": "de_DE"}, Language.EN),
    ],
)
def test_the_locale_decides(environ: dict[str, str], expected: Language) -> None:
    """LC_ALL comes before LC_MESSAGES, and that before LANG; an empty one counts for nothing."""
    assert of_locale(environ) is expected


@pytest.mark.parametrize(
    ("environ", "arguments", "word"),
    [
        ({}, (), "INCIDENT"),
        ({"LANG": "zh_CN.UTF-8"}, (), "故障"),
        ({"LANG": "zh_CN.UTF-8"}, ("--lang", "en"), "INCIDENT"),
        ({}, ("--lang", "zh"), "故障"),
        ({}, ("--lang", "zh", "--format", "markdown"), "## 根本原因"),
    ],
)
def test_a_report_speaks_the_language(
    environ: dict[str, str], arguments: tuple[str, ...], word: str, run: Run, logs: Path
) -> None:
    """An option comes before the locale."""
    assert word in run("diagnose", "incident", *arguments, environ=environ).text


def test_json_is_english_unless_asked(run: Run, logs: Path) -> None:
    """Programs get the same sentences whatever the locale; --lang translates them and nothing else."""
    pinned = {"SOURCE_DATE_EPOCH": "0"}
    plain = run("diagnose", "incident", "--format", "json", environ=pinned)
    assert run("diagnose", "incident", "--format", "json", environ={**pinned, "LANG": "zh_CN.UTF-8"}) == plain
    english = json.loads(plain.text)
    chinese = json.loads(run("diagnose", "incident", "--format", "json", "--lang", "zh", environ=pinned).text)
    assert english["causes"][0]["title"].isascii()
    assert not chinese["causes"][0]["title"].isascii()
    assert [cause["checks"][0]["numbers"] for cause in english["causes"]] == [
        cause["checks"][0]["numbers"] for cause in chinese["causes"]
    ]
    assert english["disconnects"] == chinese["disconnects"]


def test_an_encoding_without_chinese_gets_english(run: Run, logs: Path) -> None:
    """Where the letters cannot be written the report is in English; a file, which is UTF-8, has them."""
    assert run("diagnose", "incident", "--lang", "zh", encoding="ascii").text.startswith("INCIDENT")
    chinese = run("diagnose", "incident", "--lang", "zh", encoding="gbk").stdout
    assert chinese.decode("gbk").startswith("故障")
    run("diagnose", "incident", "--lang", "zh", "-o", "report.txt", encoding="ascii")
    assert (logs / "report.txt").read_text("utf-8").startswith("故障")


def test_explain_and_notes_speak_it_too(run: Run, logs: Path) -> None:
    """The catalogue and the notes on standard error are translated."""
    assert "推送超过服务端的大小上限" in run("explain", "payload-too-large", "--lang", "zh").text
    assert "没有这个名称的原因" in run("explain", "payload-to-large", "--lang", "zh").stderr
    assert "无法判断：没有一行涉及连接" in run("diagnose", "silent", "--lang", "zh").stderr
    assert json.loads(run("explain", "suspect", "--format", "json", environ={"LANG": "zh_CN"}).text)["terms"][0][
        "title"
    ].isascii()
