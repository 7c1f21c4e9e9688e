"""The README against the program: what it shows is what comes out, and what it names exists."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from typer.main import get_command

import logdiag
from logdiag.analyzers.causes.catalogue import load_catalogue
from logdiag.cli.app import app
from logdiag.cli.exits import ExitCode
from logdiag.limits import STANDARD
from logdiag.parsers import patterns
from logdiag.parsers.forms.records import LONGEST_NUMBER
from logdiag.parsers.rule_files import load_rules
from logdiag.reading import compression, toml
from logdiag.results.replay import PRESETS
from tests import processes
from tests.folding import each

ROOT: Final = Path(__file__).parent.parent
README: Final = ROOT / "README.md"
PAGES: Final = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
DOCUMENTS: Final = (*PAGES, "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
TEXT: Final = "\n".join((ROOT / page).read_text("utf-8") for page in PAGES)
BLOCK: Final = re.compile(r"^```console\n\$ logdiag (?P<command>.+)\n(?P<body>(?:.*\n)*?)```$", re.MULTILINE)
HEADING: Final = re.compile(r"^[A-Z][A-Z ]+$")
LEFT_OUT: Final = "..."
REFERENCE: Final = "sample_logs/2025-11-14-reference"
# What a command may see of the environment: nothing that colours, widens or translates.
PASSED_ON: Final = ("PATH", "SYSTEMROOT", "PYTHONPATH", "VIRTUAL_ENV")
NETWORK: Final = {
    "asyncio", "dask", "distributed", "fsspec", "ftplib", "http", "httpx", "requests", "smtplib", "socket",
    "socketserver", "ssl", "upath", "webbrowser", "xmlrpc",
    "urllib", "urllib.error", "urllib.request",
}  # fmt: skip
UNNAMED_OPTIONS: Final = {"--help", "--show-completion"}


class Command(NamedTuple):
    """A command as the README shows it: its arguments, and the lines below it."""

    arguments: str
    body: str


Call = Callable[[str], str]


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Call:
    """Return a function that runs a command line where the README's reader would be, and returns its output."""
    desk = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "sample_logs", desk / "sample_logs")
    (desk / "my-rules.toml").write_text(find_file("my-rules.toml"), encoding="utf-8")
    environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"PYTHONUTF8": "1"}

    def run(arguments: str) -> str:
        finished = processes.run(*split_arguments(arguments), cwd=desk, environ=environ)
        finished.check_returncode()
        return finished.stdout.decode("utf-8").replace("\r\n", "\n")

    return run


def split_arguments(text: str) -> list[str]:
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', text)]


def find_file(name: str) -> str:
    """The content of a TOML file that a page shows."""
    found = re.search(rf"^```toml\n(# {re.escape(name)}\n.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def read_section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no page has a section {title!r}"
    return found[1]


def read_codes(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def list_commands() -> Iterator[Command]:
    for found in BLOCK.finditer(TEXT):
        yield Command(found["command"], found["body"])


def split_sections(report: str) -> dict[str, str]:
    """Split a report at its headings; what stands before the first one is under the empty name."""
    sections: dict[str, list[str]] = {"": []}
    current = ""
    for line in report.splitlines():
        if HEADING.match(line):
            current = line
            sections[current] = []
        sections[current].append(line)
    return {name: "\n".join(lines).strip("\n") for name, lines in sections.items()}


def excerpt(body: str, output: str) -> str:
    """Return the output cut down to the sections that `body` shows, or all of it where nothing is left out."""
    if LEFT_OUT not in body.splitlines():
        return output
    sections = split_sections(output)
    shown = [name for name in sections if name == "" or name in body.splitlines()]
    return "".join(f"{sections[name]}\n{LEFT_OUT}\n" for name in shown)


def test_what_it_shows_is_what_comes_out(call: Call, request: pytest.FixtureRequest) -> None:
    """Each command in a console block prints what stands below it; `...` leaves out whole sections of the report."""
    commands = list(list_commands())
    assert len(commands) >= 2
    expected = {command: excerpt(command.body, call(command.arguments)) for command in commands}
    if request.config.getoption("--update-golden"):
        for path in (ROOT / page for page in PAGES):
            text = path.read_text("utf-8")
            for command, output in expected.items():
                start = f"$ logdiag {command.arguments}\n"
                text = text.replace(f"{start}{command.body}```", f"{start}{output}```")
            path.write_bytes(text.encode("utf-8"))
        return
    for command, output in expected.items():
        assert command.body == output, f"{command.arguments}: stale; look at it, then run pytest --update-golden"


def test_reference_figures_are_those_of_the_report(call: Call) -> None:
    """The figures of the first screen stand in the diagnosis of the reference incident."""
    prose = " ".join(read_section("What it found").split("```console")[0].split())
    diagnosis = json.loads(call(f"diagnose {REFERENCE} --format json"))
    drops, pattern, cause = diagnosis["disconnects"], diagnosis["patterns"][0], diagnosis["causes"][0]
    moved = next(check for check in cause["checks"] if check["id"] == "push-moves-beat")
    assert f"{pattern['period_s']:.4f} ± {pattern['period_error_s']:.4f} s" in prose
    assert (len(drops), pattern["explained_count"], pattern["reset_by_reconnect"]) == (10, 9, False)
    assert [drop["time"][11:23] for drop in drops if drop["pattern"] is None] == ["16:27:16.051"]
    assert f"lived {drops[4]['session_s']:.1f} s" in prose
    assert f"{-1000 * drops[9]['residual_s']:.0f} ms before its beat, and {drops[9]['push_lead_ms']:.0f} ms" in prose
    chance = next(value for name, value in moved["numbers"].items() if name.startswith("chance"))
    assert f"1 in {1 / chance:,.0f};" in prose
    assert f"1 in {1 / moved['numbers']['p_value']:,.0f}, since two drops" in prose
    assert f"{moved['numbers']['beat_ms']:.0f} ms before the next moment of the beat" in prose
    assert f"(1 in {1 / moved['numbers']['beat_probability']:,.0f} by chance)" in prose
    assert cause["id"] == "payload-too-large"
    assert f"{cause['confidence']:.1%}".replace("%", " %") in prose


def list_command_names() -> list[str]:
    return list(getattr(get_command(app), "commands"))  # noqa: B009  Typer's own Group


def list_options(*names: str) -> set[str]:
    command = get_command(app)
    commands = [getattr(command, "commands")[name] for name in names] or [command]  # noqa: B009  Typer's own Group
    return {
        option for each in commands for parameter in each.params for option in parameter.opts if option[:2] == "--"
    } - UNNAMED_OPTIONS


def test_options_are_those_that_exist() -> None:
    """The section on options names every option, and none that does not exist."""
    named = set(re.findall(r"--[a-z][a-z-]+", read_section("Options")))
    assert named == list_options(*list_command_names()) | list_options()


def test_commands_are_those_that_exist() -> None:
    """The table of questions has every command, and no page names one that does not exist."""
    commands = set(list_command_names())
    assert set(re.findall(r"`(?:[^`]*\| )?logdiag (\w+)", read_section("Which question, which command"))) == commands
    assert set(re.findall(r"(?:\$ |`|bin/)logdiag ([a-z]+)", TEXT)) == commands


def list_example_commands() -> list[str]:
    found = re.findall(r"`(?:[^`]*\\\| )?logdiag ([a-z][^`]*)`", read_section("Which question, which command"))
    return [command for command in found if " -" in command]


@each("command", list_example_commands())
def test_example_options_fit_their_command(command: str) -> None:
    """Each example of the table uses options that its command has."""
    used = {word for word in split_arguments(command) if word.startswith("--")}
    assert used <= list_options(command.split(maxsplit=1)[0])


@pytest.mark.parametrize("command", re.findall(r"\| `logdiag ([^`]+)` \|", README.read_text("utf-8")))
def test_the_questions_of_the_readme_have_answers(call: Call, command: str) -> None:
    """Each of its commands runs as it stands, and prints something or writes it; the code of `verify` is its answer."""
    answers = (
        {ExitCode.OK, ExitCode.FINDINGS, ExitCode.INCONCLUSIVE} if command.startswith("verify ") else {ExitCode.OK}
    )
    try:
        code, shown = 0, call(command)
    except subprocess.CalledProcessError as answered:
        code, shown = answered.returncode, answered.stdout.decode()
    assert code in answers
    assert shown or "--output" in command


def test_the_readme_is_short() -> None:
    """A stranger reads it to the end."""
    assert len(README.read_text("utf-8").splitlines()) <= 200


def test_the_lines_that_it_shows_are_understood() -> None:
    """Each line under "Is it for me?" is an event to the rules or the lexicon."""
    lines = read_section("Is it for me?").partition("```text\n")[2].partition("```")[0].splitlines()
    messages = [json.loads(lines[0])["message"], lines[1].partition(" - ")[2], lines[2].partition("2025 ")[2]]
    assert [match.kind for message in messages if (match := load_rules([]).match(message, None))] == [
        "disconnected", "server-disconnected", "connected",
    ]  # fmt: skip


def test_exit_codes_are_those_of_the_program(call: Call) -> None:
    """The table of exit codes, `diagnose --help` and the program have the same codes."""
    listed = [int(code) for code in re.findall(r"^\| (\d+) \|", read_section("Exit codes"), re.MULTILINE)]
    assert listed == [int(code) for code in ExitCode]
    shown = call("diagnose --help").partition("Exit codes:")[2]
    assert [int(code) for code in re.findall(r"^ +(\d+)  ", shown, re.MULTILINE)] == listed


def test_json_keys_are_those_written(call: Call) -> None:
    """The page on results lists the keys of a diagnosis in the order in which they are written."""
    diagnosis = json.loads(call(f"diagnose {REFERENCE} --format json"))
    listed = read_section("JSON and CSV").partition("in this order:")[2].partition(". ")[0]
    assert re.findall(r"`(\w+)`", listed) == list(diagnosis)
    assert [item["policy"] for item in diagnosis["retries"]] == list(PRESETS)
    assert diagnosis["code"] is None


def test_csv_tables_are_those_written(call: Call, tmp_path: Path) -> None:
    """The page on results lists the tables that `--csv DIR` writes."""
    call(f'diagnose {REFERENCE} --csv "{tmp_path}" --quiet')
    listed = {name for name in read_codes(read_section("JSON and CSV")) if name.endswith(".csv")}
    assert {path.name for path in tmp_path.iterdir()} == listed


def test_causes_are_those_of_the_catalogue() -> None:
    """The page on causes lists every cause that logdiag weighs."""
    listed = re.findall(r"`([a-z-]+)`", read_section("The causes it weighs").partition("\n\n")[0])
    assert listed == sorted(row.id for row in load_catalogue())


def test_rule_example_loads(tmp_path: Path) -> None:
    """The example of a rule is accepted, comes first, and understands its message."""
    path = tmp_path / "my-rules.toml"
    path.write_text(find_file("my-rules.toml"), encoding="utf-8")
    match = load_rules([str(path)]).match("uplink lost (ping timeout)", "uplink-1", {"context": {"code": 1009}})
    assert match is not None
    assert match.rule is not None
    assert match.rule.id == "uplink-lost"
    assert match.extracted == {"reason": "ping timeout", "code": "1009"}


def test_configuration_example_is_taken(call: Call, tmp_path: Path) -> None:
    """The example of a configuration is accepted, and sets what it says: a zone, rules, and the code of the run."""
    path = tmp_path / "logdiag.toml"
    path.write_text(find_file("logdiag.toml"), encoding="utf-8")
    assert "16:25:52.756" in call(f'timeline {REFERENCE} --config "{path}"')
    with pytest.raises(subprocess.CalledProcessError) as failed:
        call(f'diagnose {REFERENCE} --config "{path}"')
    assert failed.value.returncode == 1
    assert b"Asia/Shanghai" in failed.value.stdout


@each("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    """Every link points into the repository, and at something; the causes name their sources elsewhere."""
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / document).read_text("utf-8"))
    inside = [link for link in links if "://" not in link or document != "docs/causes.md"]
    assert [link for link in inside if not ((ROOT / document).parent / link).exists()] == []


@each("document", DOCUMENTS)
def test_paths_in_prose_exist(document: str) -> None:
    """A path that starts at a folder of the repository exists."""
    text = (ROOT / document).read_text("utf-8")
    paths = re.findall(r"`((?:logdiag|tests|benchmarks|sample_logs)/[\w./-]*)[*`]", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    modules = re.findall(r"python -m (benchmarks\.\w+)", text)
    assert [name for name in modules if not (ROOT / f"{name.replace('.', '/')}.py").exists()] == []


def test_versions_agree() -> None:
    """The program, the project file and the newest entry of the changelog have one version."""
    newest = re.search(r"^## \[([^]]+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert newest is not None
    assert newest[1] == project["version"] == logdiag.__version__


def test_constraints_pin_every_requirement() -> None:
    """Each direct requirement has an exact pin; the file holds pins and comments, no address and no hash."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in pins}
    assert [name for name in (re.split(r"[<>=!~ ;\[]", text)[0].lower() for text in wanted) if name not in pinned] == []


def test_promised_bounds_are_those_of_the_code() -> None:
    """The figures of SECURITY.md are those that reading obeys."""
    text = " ".join((ROOT / "SECURITY.md").read_text("utf-8").split())
    for promise in (
        f"lines up to {STANDARD.line_bytes >> 20} MiB",
        f"grown over {STANDARD.ratio} times and beyond {compression.BOMB_BYTES >> 20} MiB",
        f"archives up to {STANDARD.unpacked_bytes >> 30} GiB unpacked",
        f"archives up to {STANDARD.members_count:,} members",
        f"JSON documents up to {STANDARD.document_bytes >> 20} MiB",
        f"up to {STANDARD.values_count:,} keys and items and {STANDARD.depth_count} levels",
        f"runs up to {STANDARD.files_count:,} files",
        f"over {LONGEST_NUMBER:,} digits",
        f"configuration and rules up to {toml.LARGEST_BYTES >> 10} KiB",
        f"the first {patterns.SEARCHED_CHARACTERS:,} characters",
    ):
        assert promise in text


def test_a_major_release_of_what_is_needed_must_be_let_in() -> None:
    """Every package needed at run time has an upper bound; the zone data alone, which have no interface, have none."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert [text for text in project["dependencies"] if "<" not in text] == ["tzdata>=2025.1"]


def test_nothing_can_be_sent() -> None:
    """No module of logdiag imports a network library, but for those that ask a cluster or a URL that the user named.

    The browser is shown a file of this machine.
    """
    found = {
        f"{path.name}: {name}"
        for path in Path(logdiag.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if name in NETWORK or name.split(".")[0] in NETWORK - {"urllib"}
    }
    assert found == {"browser.py: webbrowser", "cluster.py: distributed", "remote.py: upath"}
