"""`logdiag diagnose`: where the result goes."""

from __future__ import annotations

import csv
import io
import re
import shlex
from pathlib import Path

import pytest

from logdiag.cli.options import Format
from tests.cli.conftest import Run
from tests.folders import SAMPLES
from tests.folding import each
from tests.winston import at, connect, record, write

DROPS = ("16:25:30", "16:26:00", "16:26:30", "16:27:00", "16:27:30", "16:28:00", "16:28:30", "16:29:00")
FORMATS = tuple(Format)
TABLES = {"connections", "timeline", "disconnects", "sessions", "pushes", "triggers", "causes"}


@pytest.mark.parametrize("form", FORMATS)
def test_output_holds_what_stdout_would(form: str, run: Run, logs: Path) -> None:
    """--output writes the same report as UTF-8, and standard output stays empty."""
    pinned = {"SOURCE_DATE_EPOCH": "0", "FORCE_COLOR": "1"} if form != "text" else {}
    shown = run("diagnose", "incident", "--format", form, environ=pinned)
    finished = run("diagnose", "incident", "--format", form, "-o", "report", environ=pinned, encoding="ascii")
    assert (finished.code, finished.stdout) == (0, b"")
    assert (logs / "report").read_bytes() == shown.stdout


def test_output_is_never_colored(run: Run, logs: Path) -> None:
    """FORCE_COLOR colours streams, not files."""
    run("diagnose", "incident", "--output", "report.txt", environ={"FORCE_COLOR": "1"})
    assert b"\x1b" not in (logs / "report.txt").read_bytes()


COLORS = [
    ({}, (), False),
    ({"FORCE_COLOR": "1"}, (), True),
    ({"FORCE_COLOR": "0"}, (), False),
    ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
    ({"FORCE_COLOR": "1", "NO_COLOR": ""}, (), True),
    ({"FORCE_COLOR": "1"}, ("--no-color",), False),
    ({"FORCE_COLOR": "1", "TERM": "dumb"}, (), True),
    ({"GITHUB_ACTIONS": "true", "PY_COLORS": "1", "TTY_COMPATIBLE": "1"}, (), False),
]


def test_colors_change_no_word(run: Run, logs: Path) -> None:
    """Colour comes and goes by flag and environment; without its codes the report is the same to the letter."""
    plain = run("diagnose", "incident").text

    @each(("environ", "arguments", "is_colored"), COLORS)
    def compare(environ: dict[str, str], arguments: tuple[str, ...], is_colored: bool) -> None:
        shown = run("diagnose", "incident", *arguments, environ=environ).text
        assert ("\x1b[" in shown) == is_colored
        lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).split("\n")
        assert "\n".join(line.rstrip() for line in lines) == plain

    compare()


def test_output_dash_is_stdout(run: Run, logs: Path) -> None:
    """`--output -` is standard output."""
    assert run("diagnose", "incident", "--output", "-").stdout == run("diagnose", "incident").stdout


def test_failed_run_leaves_the_old_report(run: Run, logs: Path) -> None:
    """A run that fails leaves the report of the run before."""
    (logs / "report.md").write_text("old", encoding="utf-8")
    assert run("diagnose", "garbage", "--format", "markdown", "--output", "report.md").code == 2
    assert (logs / "report.md").read_text("utf-8") == "old"


def test_csv_writes_every_table(run: Run, logs: Path) -> None:
    """--csv DIR writes all tables besides the report, each with a header and rows of its length."""
    finished = run("diagnose", "incident", "--csv", "tables")
    assert finished.code == 0
    assert "16:25:30" in finished.text
    assert {path.stem for path in (logs / "tables").iterdir()} == TABLES
    for path in (logs / "tables").iterdir():
        data = path.read_bytes()
        assert data.count(b"\n") == data.count(b"\r\n")
        header, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
        assert {len(row) for row in rows} <= {len(header)}


def test_csv_tables_hold_the_facts(run: Run, logs: Path) -> None:
    """The table of disconnects has a row each; the timeline begins with what Timesketch asks for."""
    run("diagnose", "incident", "--csv", "tables")
    disconnects = (logs / "tables" / "disconnects.csv").read_text("utf-8").splitlines()
    timeline = (logs / "tables" / "timeline.csv").read_text("utf-8").splitlines()
    assert len(disconnects) == 1 + 8
    assert timeline[0].startswith("datetime,timestamp_desc,message,")


def test_csv_raw_leaves_formulas(run: Run, logs: Path) -> None:
    """A message that a spreadsheet would run is made harmless, unless --csv-raw says otherwise."""
    log = logs / "incident" / "socket-client.log"
    text = log.read_text("utf-8").replace("Disconnected from master", "=1+1 Disconnected from master", 1)
    log.write_text(text, encoding="utf-8")
    run("diagnose", "incident", "--csv", "safe")
    run("diagnose", "incident", "--csv", "raw", "--csv-raw")
    assert ",'=1+1 Disc" in (logs / "safe" / "timeline.csv").read_text("utf-8")
    assert ",=1+1 Disc" in (logs / "raw" / "timeline.csv").read_text("utf-8")


def test_logs_are_left_as_they_were(run: Run, logs: Path) -> None:
    """A run changes no byte and no time of a log."""
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (logs / "incident").iterdir()}
    run("diagnose", "incident", "--csv", "incident", "--output", "incident/report.md", "--format", "markdown")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before


@pytest.mark.parametrize(
    ("folder", "fail_on", "expected"),
    [("incident", "error", 1), ("healthy", "warning", 0), ("silent", "error", 3), ("garbage", None, 2)],
)
def test_format_never_changes_the_code(folder: str, fail_on: str | None, expected: int, run: Run, logs: Path) -> None:
    """Every format ends with the same code, whichever it is."""
    options = () if fail_on is None else ("--fail-on", fail_on)

    @each("form", FORMATS)
    def compare(form: str) -> None:
        assert run("diagnose", folder, *options, "--format", form).code == expected

    compare()


@each(
    ("folder", "fail_on", "expected"),
    [
        ("incident", "warning", 1),
        ("incident", None, 0),
        ("healthy", "info", 1),
        ("silent", None, 0),
        ("empty", "error", 2),
    ],
)
def test_the_code_is_what_was_asked_for(folder: str, fail_on: str | None, expected: int, run: Run, logs: Path) -> None:
    """Without --fail-on no verdict is an error; with it findings are, from the severity on that it names."""
    options = () if fail_on is None else ("--fail-on", fail_on)
    assert run("diagnose", folder, *options, "--format", "json").code == expected


def test_step_summary_is_appended(run: Run, logs: Path) -> None:
    """--format github adds the first screen to what the file of the runner holds; other formats leave it alone."""
    environ = {"GITHUB_STEP_SUMMARY": str(logs / "summary.md")}
    (logs / "summary.md").write_text("before\n", encoding="utf-8")
    run("diagnose", "incident", "--format", "markdown", environ=environ)
    assert (logs / "summary.md").read_text("utf-8") == "before\n"
    finished = run("diagnose", "incident", "--format", "github", environ=environ)
    screen = run("diagnose", "incident", "--format", "markdown", "--brief").text
    assert (finished.code, finished.stderr) == (0, "")
    assert (logs / "summary.md").read_text("utf-8") == "before\n" + screen


def test_step_summary_that_cannot_be_written(run: Run, logs: Path) -> None:
    """A summary that cannot be written is 74; one that is a log is refused before anything is read."""
    environ = {"GITHUB_STEP_SUMMARY": str(logs / "nowhere" / "summary.md")}
    assert run("diagnose", "incident", "--format", "github", environ=environ).code == 74
    log = logs / "incident" / "socket-client.log"
    before = log.read_bytes()
    finished = run("diagnose", "incident", "--format", "github", environ={"GITHUB_STEP_SUMMARY": str(log)})
    assert (finished.code, log.read_bytes()) == (2, before)


@pytest.mark.parametrize("encoding", ["ascii", "cp936", "latin-1"])
def test_json_says_the_same_in_every_encoding(encoding: str, run: Run, logs: Path) -> None:
    """JSON is the same bytes, whatever standard output can carry."""
    pinned = {"SOURCE_DATE_EPOCH": "0"}
    expected = run("diagnose", "incident", "--format", "json", environ=pinned).stdout
    assert run("diagnose", "incident", "--format", "json", environ=pinned, encoding=encoding).stdout == expected


@pytest.mark.parametrize("encoding", ["ascii", "cp936", "latin-1"])
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_facts_survive_every_encoding(form: str, encoding: str, run: Run, logs: Path) -> None:
    """Every disconnect is named where standard output cannot carry every character."""
    text = run("diagnose", "incident", "--format", form, encoding=encoding).stdout.decode(encoding)
    assert {clock for clock in DROPS if clock in text} == set(DROPS)


def test_report_in_a_pipe_fits_80_columns(run: Run, logs: Path) -> None:
    """No line of a report in a pipe is longer than 80 columns."""
    text = run("diagnose", "incident", encoding="ascii").stdout.decode("ascii")
    assert [line for line in text.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("name", ["2025-11-14-reference", "random-drops"])
def test_hints_can_be_run_as_they_stand(name: str, run: Run) -> None:
    """Each command at the end of a sample's report is understood: none is wrong usage, and all of them answer."""
    report = run("diagnose", str(SAMPLES / name), "--format", "markdown").text
    hints = report.partition("## Go on with logdiag")[2]
    commands = [shlex.split(line) for line in hints.splitlines() if line.startswith("logdiag ")]
    assert 3 <= len(commands) <= 4
    for command in commands:
        finished = run(*command[1:])
        assert finished.code != 2, finished.stderr
        assert finished.text


def write_restarts(folder: Path) -> None:
    """Two workers of which one dies twelve times of memory; the other stays connected."""
    starts = [60.0 * n + 7 * (n % 4) for n in range(13)]
    lines, worker = [], []
    for number, start in enumerate(starts):
        worker.append(record(at(start), "Worker started", service="worker"))
        lines.append(connect(start + 1, number))
        if number < 12:
            crash = "Uncaught exception: JavaScript heap out of memory"
            worker.append(record(at(starts[number + 1] - 2), crash, "error", service="worker"))
    write(folder / "worker1" / "socket-client.log", lines)
    write(folder / "worker1" / "worker.log", worker)


def test_the_first_screen_names_the_process_the_error_and_the_count(run: Run, tmp_path: Path) -> None:
    """Which process, its last words and how often; restarts are counted, not the disconnects that they bring."""
    write_restarts(tmp_path)
    text = " ".join(run("diagnose", str(tmp_path), "--brief").text.split())
    assert "12 restarts of the worker process" in text
    assert "worker1 ended and started again 12 times (JavaScript heap out of memory × 12)" in text
    chinese = "".join(run("diagnose", str(tmp_path), "--brief", "--lang", "zh").text.split())
    assert "Worker进程重启12次" in chinese
    assert "JavaScriptheapoutofmemory×12" in chinese


@pytest.mark.parametrize(("message", "is_taught"), [("zorb link lost", True), ("invoice written", False)])
def test_unknown_words_come_with_the_commands_that_teach_them(
    run: Run, tmp_path: Path, message: str, is_taught: bool
) -> None:
    """The first screen names them where lines look as if they told of connections, and the draft must be filled in."""
    folder = tmp_path / "my logs"
    write(folder / "app.log", [record(at(second), message, "warn" if is_taught else "info") for second in range(20)])
    write(folder / "other.log", [record(at(30), "invoice sent")])
    shown = " ".join(run("diagnose", str(folder), "--brief").text.split())
    assert shown.startswith("INCONCLUSIVE")
    assert ("logdiag rules --propose" in shown) is is_taught
    if not is_taught:
        return
    draft = re.sub(r"(?m)^# (?=\[\[|\w+ = )", "", run("rules", "--propose", str(folder)).text)
    (tmp_path / "mine.toml").write_text(draft.replace("rule = []\n", ""), encoding="utf-8")
    refused = run("diagnose", str(folder), "--rules", str(tmp_path / "mine.toml"))
    assert (refused.code, "kind: '?' is none of connecting" in refused.stderr) == (2, True)


def test_a_rule_whose_line_another_line_retells_has_fired(run: Run, tmp_path: Path) -> None:
    """Two lines tell each end at the server: neither rule is idle, nor is the server's log missing."""
    folder, rules = tmp_path / "logs", tmp_path / "mine.toml"
    ends = [20.0 + 37 * number * 1.01**number for number in range(18)]
    lines = [
        record(at(second + lag), text, service="relay")
        for second in ends
        for lag, text in ((0.0, f"zorb{{id={int(second)}}} gives up"), (0.001, f"zorb{{id={int(second)}}} is over"))
    ]
    write(folder / "relay.log", lines)
    rows = [("gives", "} gives up"), ("over", "} is over"), ("idle", "} was never")]
    rules.write_text(
        "".join(
            f'[[rule]]\nid = "{name}"\nkind = "server-disconnected"\ncontains = ["{text}"]\nexamples = ["zorb{text}"]\n'
            for name, text in rows
        ),
        encoding="utf-8",
    )
    shown = " ".join(run("diagnose", str(folder), "--rules", str(rules)).text.split())
    assert "1 rule of yours matches no line: idle" in shown
    assert "18 disconnects" in shown
    assert "no line here could be joined to these connections" not in shown
