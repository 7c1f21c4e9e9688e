"""Help that teaches: examples that run, grouped options, completion in every shell, and nothing heavy loaded."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from typer.main import get_command

from logdiag.cli.app import app
from logdiag.cli.options import Format
from tests import processes
from tests.cli.conftest import Run
from tests.folding import each

ROOT: Final = Path(__file__).parent.parent.parent
SAMPLE: Final = ROOT / "sample_logs" / "2025-11-14-reference"
PROGRAM: Final[Any] = get_command(app)
COMMANDS: Final[dict[str, Any]] = dict(PROGRAM.commands)
RULE: Final = """[[rule]]
id = "uplink-lost"
kind = "disconnected"
contains = ["uplink lost"]
examples = ["uplink lost"]
"""
BARE: Final = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "VIRTUAL_ENV") if name in os.environ}
SHELLS: Final = ("bash", "zsh", "fish", "powershell", "pwsh")
# What help and completion may load beside the standard library and logdiag. NumPy and pandas take ten times as long.
LIGHT: Final = {
    "typer", "rich", "annotated_doc", "shellingham", "typing_extensions", "pygments", "markdown_it", "mdurl",
    "colorama",
    "linkify_it", "attr",  # markdown-it-py takes these where they are: here, for the tests of Markdown
    "org",  # what `platform` tries for Jython
}  # fmt: skip


def list_examples() -> list[str]:
    """The command lines that help shows, of logdiag and of each command."""
    texts = [str(PROGRAM.epilog), *(str(command.epilog) for command in COMMANDS.values())]
    return [line.strip() for text in texts for line in text.splitlines() if re.match(r"  (\w+.* \| )?logdiag ", line)]


def test_every_command_has_examples() -> None:
    """Each command shows at least one example of its own."""
    shown = {line.partition("logdiag ")[2].split()[0] for line in list_examples()}
    assert shown >= set(COMMANDS)


@pytest.mark.parametrize(
    "line", sorted(set(list_examples()) - {"logdiag COMMAND --help shows the options of a command."})
)
def test_examples_run(line: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example does what it promises: it ends with 0, or with 1 where it asks for that, and says something."""
    monkeypatch.chdir(tmp_path)
    for folder in ("logs", "worker1", "worker2", "master", "before", "after"):
        shutil.copytree(SAMPLE, tmp_path / folder)
    (tmp_path / "mine.toml").write_text(RULE, encoding="utf-8")
    data = (SAMPLE / "socket-client.log").read_bytes() if line.split(maxsplit=1)[0] != "logdiag" else b""
    own = line[line.index("logdiag ") :]
    words = shlex.split(re.split(r" [|>] ", own)[0])
    if "watch" in words and not {"--for", "-"}.intersection(words):
        words += ["--for", "100ms"]  # it goes on until somebody ends it
    finished = run(*words[1:], stdin=data)
    expected = 3 if "verify" in words else 0  # ten drops are too few to call two rates the same
    assert finished.code == (1 if "--fail-on" in words else expected), finished.stderr
    written = [tmp_path / words[words.index("--output") + 1]] if "--output" in words else []
    assert finished.stdout or all(path.stat().st_size for path in written)
    assert bool(finished.stdout) is not bool(written)


@each("name", sorted(COMMANDS))
def test_options_are_grouped(name: str) -> None:
    """Where a command has more than a handful of options, each stands in a panel that says what it is for."""
    options = [item for item in COMMANDS[name].params if item.param_type_name == "option" and item.name != "help"]
    if len(options) > 5:
        assert [item.name for item in options if not item.rich_help_panel] == []
    assert [item.name for item in options if not item.help] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_show_completion(shell: str, run: Run) -> None:
    """--show-completion prints the script of a shell (which Typer detects, unless this variable keeps it from it)."""
    environ = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # heeded as the commands are built
    finished = processes.run("--show-completion", shell, environ=environ)
    assert finished.returncode == 0, finished.stderr
    text = finished.stdout.decode("utf-8")
    assert "_LOGDIAG_COMPLETE" in text
    assert run(environ={"_LOGDIAG_COMPLETE": f"source_{shell}"}).text.strip() == text.strip()


def complete(run: Run, shell: str, line: str) -> str:
    """What a shell is offered behind a line, by the protocol of Typer's scripts."""
    words = line.split(" ")
    environ = {"_LOGDIAG_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        environ |= {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    else:
        environ |= {
            "_TYPER_COMPLETE_ARGS": line,
            "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1],
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        }
    return run(environ=environ).text


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_offers_what_exists(shell: str, run: Run) -> None:
    """Each shell is offered the forms of a report, the commands, and the options of a command."""
    offered = complete(run, shell, "logdiag diagnose --format ")
    assert [form.value for form in Format if form.value not in offered] == []
    assert "timeline" in complete(run, shell, "logdiag t")
    assert "--since" in complete(run, shell, "logdiag diagnose --si")


@each(
    ("arguments", "environ"),
    [
        (("--help",), {}),
        (("diagnose", "--help"), {}),
        (("timeline", "--help"), {}),
        (("demo", "--help"), {}),
        (("schema",), {}),
        ((), {"_LOGDIAG_COMPLETE": "source_bash"}),
        ((), {"_LOGDIAG_COMPLETE": "complete_bash", "COMP_WORDS": "logdiag diagnose --format ", "COMP_CWORD": "3"}),
    ],
    ids=str,
)
def test_help_and_completion_are_light(arguments: tuple[str, ...], environ: dict[str, str]) -> None:
    """Neither loads anything that is not on the list."""
    finished = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "logdiag", *arguments],
        env=BARE | {"PYTHONUTF8": "1"} | environ,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    loaded = {found.split(".")[0] for found in re.findall(r"\| +([\w.]+)$", finished.stderr, re.MULTILINE)}
    installed = {name for name in loaded if not name.startswith(("_", "sitecustomize", "usercustomize"))}
    assert installed - set(sys.stdlib_module_names) - {"logdiag"} <= LIGHT
    assert not re.search(r"\| +logdiag\.renderers\.document$", finished.stderr, re.MULTILINE), "a tree of no report"
    assert io.StringIO(finished.stdout).readline()


@pytest.mark.parametrize("name", ["", *sorted(COMMANDS)])
def test_help_names_no_types(name: str, run: Run) -> None:
    """Help shows no type that only a programmer knows."""
    assert not re.search(r"<(bool|str|list)\b", run(*name.split(), "--help").text)


@pytest.mark.parametrize("name", ["", "diagnose"])
def test_help_can_be_read_on_light_and_on_dark(name: str) -> None:
    """Of the terminal's colours only magenta is used, beside weight: cyan, green and yellow drown in white."""
    environ = BARE | {"FORCE_COLOR": "1", "PYTHONUTF8": "1"}
    shown = processes.run(*name.split(), "--help", environ=environ).stdout.decode("utf-8")
    codes = {code for codes in re.findall("\x1b\\[([0-9;]*)m", shown) for code in codes.split(";")}
    assert "1" in codes
    assert codes <= {"0", "1", "2", "35"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_help_page_breaks_a_word(language: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns every word and type of a page of 1,000 columns stands in one piece."""
    monkeypatch.setenv("LC_ALL", {"en": "en_US.UTF-8", "zh": "zh_CN.UTF-8"}[language])
    for command in ([], *([name] for name in COMMANDS)):
        pages = []
        for columns in ("80", "1000"):
            monkeypatch.setenv("COLUMNS", columns)
            pages.append(re.sub(r"[│╭╮╰╯─]", " ", run(*command, "--help").stdout.decode()))
        narrow, wide = (set(re.findall(r"[!-~]+", page)) for page in pages)
        assert narrow <= wide, command
