"""The language of what people read: asked for, or that of the locale."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from logdiag.cli.language import Language, of_locale
from tests.cli.conftest import Run
from tests.folding import each


@each(
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
    assert "无法判断：能识别的内容不足以说明是否健康" in run("diagnose", "silent", "--lang", "zh").stderr
    assert json.loads(run("explain", "suspect", "--format", "json", environ={"LANG": "zh_CN"}).text)["terms"][0][
        "title"
    ].isascii()


@pytest.mark.parametrize("command", ["", "diagnose", "timeline", "verify", "demo", "explain", "rules", "schema"])
def test_help_is_chinese_in_a_chinese_locale(command: str, run: Run) -> None:
    """No English sentence is left in it, and rich cuts none off; the command's own --lang counts as well."""
    chinese = {"LANG": "zh_CN.UTF-8"}
    shown = run(*command.split(), "--help", environ=chinese).text
    assert "用法：logdiag" in shown
    assert "…" not in shown
    told = re.sub(r"(?m)^ *(\w+ .*\| )?logdiag .*$", "", shown)
    assert re.findall(r"[a-z]+ [a-z]+ [a-z]+", told) == []
    if command and command != "schema":
        assert run(command, "--lang", "zh", "--help").text == shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "缺少命令。"),
        (("logs",), "没有命令 'logs'。"),
        (("diagnose", "--frobnicate"), "没有选项 --frobnicate（是否为 --format）"),
        (("diagnose", "--xyzzy"), "没有选项 --xyzzy"),
        (("diagnose", "x", "--since"), "选项 '--since' 需要一个值。"),
        (("diagnose", "x", "--quiet=1"), "选项 '--quiet' 不带值。"),
        (("explain", "a", "b"), "多余的参数（b）"),
        (
            ("schema", "x"),
            (
                "'KIND' 的值无效：'x' 不在可用值之列："
                "'diagnosis', 'timeline', 'verify', 'trace', 'suspect', 'watch', 'replay', 'snippet', "
                "'explain', 'rules'。"
            ),
        ),
        (("diagnose", "x", "--server-ping-timeout-ms", "y"), "'--server-ping-timeout-ms' 的值无效：应为整数"),
        (("diagnose", "x", "--server-ping-timeout-ms", "0"), "'--server-ping-timeout-ms' 的值无效：0 小于 1"),
        (("diagnose",), "没有指定日志：请用 `logdiag diagnose logs/` 指定日志目录"),
        (("diagnose", "absent"), "absent：没有这个文件或目录；"),
        (("diagnose", "empty"), "empty：没有一行能够解析（0 个日志文件，0 行，另有 0 个文件未读）"),
        (("timeline", "incident", "--grep", "("), "--grep (：不是合法的正则表达式："),
        (("diagnose", "incident", "--tz", "Mars"), "--tz Mars：没有这个时区"),
        (("diagnose", "incident", "--around", "noon"), "--around noon：不是时间"),
        (("diagnose", "incident", "--rules", "wrong.toml"), "wrong.toml: rule 1 (A B)：id：必须是 kebab-case 文本"),
        (("diagnose", "incident", "-o", "incident/socket-client.log"), "是输入之一，logdiag 从不改动输入"),
        (("diagnose", "incident", "--config", "gone.toml"), "gone.toml：没有这个文件；--config 需要一个 TOML 文件"),
    ],
    ids=str,
)
def test_refusals_are_chinese_in_a_chinese_locale(arguments: tuple[str, ...], said: str, run: Run, logs: Path) -> None:
    """Our own and Typer's."""
    finished = run(*arguments, environ={"LANG": "zh_CN.UTF-8"})
    assert finished.code == 2
    assert finished.stderr.startswith("logdiag: ")
    assert said in finished.stderr


def test_refusals_obey_option_and_configuration(run: Run, logs: Path) -> None:
    """--lang comes before LOGDIAG_LANG, that before the configuration, and that before the locale."""
    (logs / "zh.toml").write_text('lang = "zh"\n', encoding="utf-8")
    chinese = {"LANG": "zh_CN.UTF-8"}
    assert "no such file" in run("diagnose", "absent", "--lang", "en", environ=chinese).stderr
    assert "没有这个文件" in run("diagnose", "absent", "--lang=zh").stderr
    assert "no such file" in run("diagnose", "absent", environ={"LOGDIAG_LANG": "en", **chinese}).stderr
    assert "没有这个文件" in run("diagnose", "absent", "--config", "zh.toml").stderr
    assert "no such file" in run("diagnose", "absent", "--config", "zh.toml", "--lang", "en").stderr


def test_rules_are_listed_in_chinese(run: Run) -> None:
    """Labels are padded by the width of their characters."""
    shown = run("rules", "--test", "Disconnected from master: transport close", "--lang", "zh").text
    assert (
        "规则     client-disconnected (built-in:10-socket-client.toml)\n种类     disconnected\n仅限     任意服务\n"
        in shown
    )
    assert "没有规则匹配这条消息：x" in run("rules", "--test", "x", "--lang", "zh").text
