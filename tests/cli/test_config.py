"""Configuration files and variables: which wins, what is refused, and where the fault stands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from logdiag.cli.config import HARMLESS, find_line, find_user_folder
from tests.cli.conftest import Run
from tests.folding import each

# Places of a file, the strongest first; each sets another form of the report, which its beginning tells.
FORMS = {"json": "{", "csv": "index,", "markdown": "# ", "junit": "<?xml", "trace": '{"traceEvents"'}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("strongest", range(5))
def test_the_stronger_place_wins(strongest: int, run: Run, logs: Path) -> None:
    """The command line, the environment, the file beside the logs, the user's file, pyproject.toml: in this order."""
    names = list(FORMS)
    environ = {"XDG_CONFIG_HOME": str(logs / "home"), "HOME": str(logs / "home"), "APPDATA": str(logs / "home")}
    arguments = ["diagnose", "incident"]
    if strongest <= 0:
        arguments += ["--format", names[0]]
    if strongest <= 1:
        environ["LOGDIAG_FORMAT"] = names[1]
    if strongest <= 2:
        write(logs / "incident" / "logdiag.toml", f'[diagnose]\nformat = "{names[2]}"\n')
    if strongest <= 3:
        user = find_user_folder(environ, sys.platform)
        assert user is not None
        write(user / "logdiag.toml", f'[diagnose]\nformat = "{names[3]}"\n')
    write(logs / "pyproject.toml", f'[project]\nname = "x"\n[tool.logdiag.diagnose]\nformat = "{names[4]}"\n')
    finished = run(*arguments, environ=environ)
    assert (finished.code, finished.stderr) == (0, "")
    assert finished.text.startswith(FORMS[names[strongest]])


def test_keys_of_several_places_add_up(run: Run, logs: Path) -> None:
    """Each key is taken from the strongest place that has it."""
    write(logs / "incident" / "logdiag.toml", 'tz = "+08:00"\n')
    write(logs / "pyproject.toml", '[tool.logdiag]\ntz = "UTC"\n[tool.logdiag.diagnose]\nfail-on = "error"\n')
    finished = run("diagnose", "incident", "--format", "json")
    assert finished.code == 1
    assert '"clock_assumption": "assumed-stated:+08:00"' in finished.text


def test_a_table_is_for_its_command(run: Run, logs: Path) -> None:
    """A command's table is read by that command alone and wins over the keys for all."""
    write(logs / "logdiag.toml", 'quiet = true\n[timeline]\nkind = ["disconnected"]\nformat = "csv"\n')
    assert run("timeline", "incident", "--config", "logdiag.toml").text.count("\n") == 1 + 8
    assert run("diagnose", "incident", "--config", "logdiag.toml").text.startswith("INCIDENT")


def test_a_home_that_cannot_be_entered_holds_no_configuration(run: Run, logs: Path) -> None:
    """Where the system refuses even to look, the run goes on without that file."""
    home = str(logs / ("x" * 5000))
    finished = run("diagnose", "incident", environ={"XDG_CONFIG_HOME": home, "HOME": home, "APPDATA": home})
    assert (finished.code, finished.stderr) == (0, "")


def test_config_takes_the_place_of_all_others(run: Run, logs: Path) -> None:
    """--config FILE is the only file read; --no-config leaves out all of them."""
    write(logs / "incident" / "logdiag.toml", 'format = "csv"\n')
    write(logs / "mine.toml", 'rules = ["wrong.toml"]\n')
    assert "wrong.toml" in run("diagnose", "incident", "--config", "mine.toml").stderr
    assert run("diagnose", "incident", "--no-config").text.startswith("INCIDENT")


def test_no_color_is_settled(run: Run, logs: Path) -> None:
    """`no-color = true` does what --no-color does."""
    write(logs / "mine.toml", "no-color = true\n")
    forced = {"FORCE_COLOR": "1"}
    assert "\x1b" in run("diagnose", "incident", environ=forced).text
    assert "\x1b" not in run("diagnose", "incident", "--config", "mine.toml", environ=forced).text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\nfail-on = \n", "mine.toml:2: not valid TOML: Invalid value"),
        ('a = "', "mine.toml:1: not valid TOML"),
        ('tz = "UTC"\nfial-on = "error"\n', "mine.toml:2: fial-on: no such option"),
        ('[diagnose]\n\nlevel = "warn"\n', "mine.toml:3: level: no such option"),
        ("[nonsense]\nx = 1\n", "mine.toml:1: nonsense: no such option"),
        ('[diagnose]\nfail-on = "bad"\n', "mine.toml:2: fail-on: 'bad' is not one of 'info', 'warning', 'error'"),
        ("fail-on = 3\n", "mine.toml:1: fail-on: must be a text"),
        ('quiet = "yes"\n', "mine.toml:1: quiet: must be true or false"),
        ('rules = "a.toml"\n', "mine.toml:1: rules: must be a list of texts"),
        ("server-ping-interval-ms = 25.5\n", "mine.toml:1: server-ping-interval-ms: must be a whole number"),
        ("server-ping-interval-ms = true\n", "mine.toml:1: server-ping-interval-ms: must be a whole number"),
        ("server-ping-interval-ms = 0\n", "mine.toml:1: server-ping-interval-ms: 0 is not 1 or more"),
        ('config = "other.toml"\n', "mine.toml:1: config: no such option"),
        ('[timeline]\nlevel = "bad"\n[diagnose]\ntz = 8\n', "mine.toml:4: tz: must be a text"),
        ('\ntz = "Asia/Nowhere"\n', "mine.toml:2: tz: Asia/Nowhere: no such zone; use Asia/Shanghai"),
        ('since = "lately"\n', "mine.toml:1: since: lately: not a time; use"),
        ('around = "noon/5m"\n', "mine.toml:1: around: noon: not a time; use"),
    ],
)
def test_faults_name_file_and_line(text: str, says: str, run: Run, logs: Path) -> None:
    """A key that does not exist, a wrong type and a bad value are refused, with the line."""
    write(logs / "mine.toml", text)
    finished = run("diagnose", "incident", "--config", "mine.toml")
    assert (finished.code, finished.stdout) == (2, b"")
    assert says in finished.stderr


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("LOGDIAG_FAIL_ON", "bad", "LOGDIAG_FAIL_ON: fail-on: 'bad' is not one of"),
        ("LOGDIAG_QUIET", "perhaps", "LOGDIAG_QUIET: quiet: must be true or false"),
        (
            "LOGDIAG_SERVER_PING_TIMEOUT_MS",
            "x",
            "LOGDIAG_SERVER_PING_TIMEOUT_MS: server-ping-timeout-ms: must be a whole",
        ),
    ],
)
def test_faults_name_the_variable(variable: str, value: str, says: str, run: Run, logs: Path) -> None:
    """A variable that cannot be understood is named."""
    finished = run("diagnose", "incident", environ={variable: value})
    assert finished.code == 2
    assert says in finished.stderr


def test_variables_have_the_types_of_their_options(run: Run, logs: Path) -> None:
    """Flags, numbers and lists are read from variables, too."""
    environ = {"LOGDIAG_QUIET": "true", "LOGDIAG_SERVER_PING_TIMEOUT_MS": "20000", "LOGDIAG_FAIL_ON": "error"}
    assert run("diagnose", "silent", environ=environ).stderr == ""
    assert run("timeline", "incident", environ={"LOGDIAG_KIND": "disconnected"}).text.count("\n") == 8


@pytest.mark.parametrize(
    "text",
    [
        'output = "x"', 'csv = "x"', "csv-raw = true", 'rules = ["/etc/passwd"]', 'fail-on = "error"', "quiet = true",
        'grep = "(a*)*b"', 'since = "1h"', 'until = "2025-11-14 15:00"', 'around = "2025-11-14 15:00"',
        "verbose = true", 'kind = ["connected"]', 'service = ["x"]', 'connection = ["x"]', 'level = "fatal"',
        "events = true",
        "server-ping-interval-ms = 1", "server-ping-timeout-ms = 1", "max-http-buffer-size-bytes = 1",
        'side = ["x=client"]', 'client-key = "x"', 'limit = ["files=1"]', '[diagnose]\nlimit = ["line=1"]',
        'scheduler = "tcp://x:1"', '[diagnose]\nuntil = "2025-11-14 15:00"',
        '[diagnose]\noutput = "x"', '[timeline]\noutput = "x"', '[timeline]\ngrep = "x"',
    ],
)  # fmt: skip
def test_evidence_sets_nothing_that_could_harm(text: str, run: Run, logs: Path) -> None:
    """A file beside the logs cannot make logdiag read or write elsewhere, nor let a job pass; it is refused aloud."""
    write(logs / "incident" / "logdiag.toml", text)
    before = set(logs.rglob("*"))
    for path in ("incident", "incident/socket-client.log"):
        finished = run("diagnose", path)
        assert (finished.code, finished.stdout) == (2, b"")
        key = text.splitlines()[-1].partition(" ")[0]
        place = f"incident/logdiag.toml:{len(text.splitlines())}: {key}"
        assert f"{place}: not allowed in a file beside the logs" in finished.stderr
    assert set(logs.rglob("*")) == before


def test_no_key_of_the_evidence_changes_the_answer(run: Run, logs: Path) -> None:
    """Whatever is allowed beside the logs, the incident stays one and the job fails."""
    values = {"tz": '"+08:00"', "format": '"json"', "lang": '"zh"', "no-color": "true"}
    assert values.keys() == HARMLESS
    write(logs / "incident" / "logdiag.toml", "".join(f"{key} = {value}\n" for key, value in values.items()))
    finished = run("diagnose", "incident", "--fail-on", "error")
    assert finished.code == 1
    assert '"verdict": "incident"' in finished.text


@pytest.mark.parametrize(("named", "code"), [("incident", 0), (".", 2), ("incident/..", 2)])
def test_a_project_that_is_diagnosed_itself_is_evidence(named: str, code: int, run: Run, logs: Path) -> None:
    """./pyproject.toml may set all options, unless it lies in the folder that was given as logs."""
    write(logs / "pyproject.toml", '[tool.logdiag]\nuntil = "2025-11-14 15:00"\n')
    finished = run("diagnose", named)
    assert finished.code == code
    assert ("pyproject.toml:2: until: not allowed in a file beside the logs" in finished.stderr) == (code == 2)


@pytest.mark.parametrize(
    ("text", "says"),
    [("tool = 1\n", "pyproject.toml:1: tool: must be a table"),
     ("[tool]\nx = 1\nlogdiag = []\n", "pyproject.toml:3: logdiag: must be a table"),
     ("[[tool]]\n", "pyproject.toml:1: tool: must be a table"),
     ("[project]\ntool = 1\n[tool.other]\nlogdiag = 1\n", "")],
)  # fmt: skip
def test_what_should_be_a_table_is_one(text: str, says: str, run: Run, logs: Path) -> None:
    """Found by fuzzing: `tool = 1` ended with a traceback. The tables of others are nobody's business."""
    write(logs / "pyproject.toml", text)
    finished = run("diagnose", "incident")
    assert finished.code == (2 if says else 0)
    assert says in finished.stderr


def test_a_huge_or_odd_file_is_refused(run: Run, logs: Path) -> None:
    """What is no configuration file is refused by name, not read."""
    (logs / "incident" / "logdiag.toml").write_bytes(b"#" * (1 << 20) + b"\n")
    assert "larger than" in run("diagnose", "incident").stderr
    (logs / "incident" / "logdiag.toml").write_bytes(b"tz = '\xff'")
    assert "not UTF-8" in run("diagnose", "incident").stderr
    assert run("diagnose", "incident", "--config", "nowhere.toml").code == 2


def test_help_reads_no_file(run: Run, logs: Path) -> None:
    """--help is answered whatever the files hold."""
    write(logs / "pyproject.toml", "[tool.logdiag]\nnonsense = 1\n")
    assert run("diagnose", "--help").code == 0
    assert run("diagnose", "incident").code == 2


@each(
    ("platform", "environ", "folder"),
    [
        ("linux", {"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/logdiag"),
        ("linux", {"HOME": "/h"}, "/h/.config/logdiag"),
        ("darwin", {"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/h/Library/Application Support/logdiag"),
        ("win32", {"APPDATA": "/a", "HOME": "/h"}, "/a/logdiag"),
        ("linux", {}, None),
        ("win32", {"HOME": "/h"}, None),
    ],
)
def test_user_folder_by_platform(platform: str, environ: dict[str, str], folder: str | None) -> None:
    """The user's folder is where the platform keeps such files; without a home there is none."""
    found = find_user_folder(environ, platform)
    assert found == (None if folder is None else Path(folder))


@pytest.mark.parametrize(
    ("section", "key", "line"),
    [((), "a", 1), (("diagnose",), "b", 4), (("diagnose",), "c", 5), ((), "diagnose", 3), ((), "lost", 1)],
)
def test_lines_are_found(section: tuple[str, ...], key: str, line: int) -> None:
    """A key is found in its own table, quoted or not."""
    assert find_line('a = 1\nb = 2\n[ "diagnose" ]\n"b" = 3\nc.d = 4\n', section, key) == line
