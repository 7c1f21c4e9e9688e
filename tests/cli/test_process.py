"""What only a real process can show: pipes, signals, encodings, terminals, other users, and what is loaded."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from logdiag.cli.options import Format
from tests import processes
from tests.processes import LOGDIAG, Process

POSIX: Final = pytest.mark.skipif(sys.platform == "win32", reason="signals, terminals and devices of POSIX")
TIMEOUT_S: Final = 120
# Where Python finds logdiag, and nothing else of the environment that the tests run in.
BARE: Final = {
    name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ
}


def start(*arguments: str, environ: dict[str, str] | None = None, **settings: Any) -> Process:
    return processes.start(*arguments, environ=BARE | (environ or {}), **settings)


def finish(process: Process, stdin: bytes | None = None) -> tuple[int, bytes, str]:
    stdout, stderr = process.communicate(stdin, timeout=TIMEOUT_S)
    return process.wait(), stdout or b"", (stderr or b"").decode("utf-8")


def call(*arguments: str, environ: dict[str, str] | None = None, is_fresh: bool = False) -> tuple[int, bytes, str]:
    return finish(start(*arguments, environ=environ, is_fresh=is_fresh))


@pytest.mark.parametrize(("arguments", "expected"), [(("--version",), 0), (("rules",), 0), (("diagnose",), 2)])
def test_light_commands_load_neither_pandas_nor_rich(arguments: tuple[str, ...], expected: int) -> None:
    """A version, a list in a pipe and wrong usage need no data frame and no terminal (for help, see test_help)."""
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "logdiag", *arguments],
        env=BARE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    code, _, stderr = finish(process)
    assert code == expected
    assert not re.search(r"\| +(pandas|numpy|dateutil|rich)$", stderr, re.MULTILINE)
    assert ("typer" in stderr) == (arguments != ("--version",))  # which says a word that is known at once


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--help",), 0),
        (("rules",), 0),
        (("diagnose", "incident", "--fail-on", "warning"), 1),
        (("diagnose", "incident", "--format", "json"), 0),
        (("diagnose", "silent", "--fail-on", "error", "--quiet"), 3),
    ],
)
def test_closed_pipe(arguments: tuple[str, ...], expected: int, logs: Path) -> None:
    """When the reader leaves, as `| head -1` does, the run ends quietly with the code it would have had."""
    process = start(*arguments, is_fresh=expected == 1)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert finish(process) == (expected, b"", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("rules",), ("diagnose", "incident")])
def test_full_disk(arguments: tuple[str, ...], logs: Path) -> None:
    """Output that cannot be written is 74, said in one line."""
    with Path("/dev/full").open("wb") as full:
        code, _, stderr = finish(start(*arguments, stdout=full))
    assert code == 74
    assert re.fullmatch(r"logdiag: [\w ]*output: No space left on device\n", stderr)


@POSIX
@pytest.mark.parametrize("environ", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    "arguments",
    [("diagnose", "--help"), ("rules",), ("diagnose", "incident", "--format", "json"), ("timeline", "incident")],
)
def test_room_for_a_part_only(arguments: tuple[str, ...], environ: dict[str, str], logs: Path) -> None:
    """Where the beginning fits and the rest does not, it is 74 as well, with and without Python's buffers."""
    import resource  # noqa: PLC0415  only POSIX has it

    with (logs / "result").open("wb") as file:
        process = start(
            *arguments,
            environ={**environ, "PYTHONDONTWRITEBYTECODE": "1"},  # compiled modules would be cut as well
            stdout=file,
            limits={"RLIMIT_FSIZE": (1000, resource.getrlimit(resource.RLIMIT_FSIZE)[1])},
            is_fresh=arguments[0] == "timeline",
        )
        code, _, stderr = finish(process)
    assert code == 74
    assert re.fullmatch(r"logdiag: [\w ]*output: File too large\n", stderr)


@pytest.mark.parametrize("arguments", [("diagnose", "--help"), ("diagnose", "incident"), ("timeline", "incident")])
def test_unbuffered_output_is_the_same(arguments: tuple[str, ...], logs: Path) -> None:
    """PYTHONUNBUFFERED changes not a byte."""
    fresh = call(*arguments, environ={"PYTHONUNBUFFERED": "1"}, is_fresh=True)
    assert fresh == call(*arguments) == call(*arguments, environ={"PYTHONUNBUFFERED": "1"})


@pytest.mark.parametrize(
    "environ",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp936"},
    ],
    ids=str,
)
def test_same_facts_in_every_locale(environ: dict[str, str], logs: Path) -> None:
    """Whatever the locale, the report names every disconnect, without colour codes or a traceback."""
    code, stdout, stderr = call("diagnose", "incident", environ=environ, is_fresh=True)
    assert (code, stderr) == (0, "")
    assert b"\x1b" not in stdout
    text = stdout.decode(environ.get("PYTHONIOENCODING", "utf-8"))
    for clock in ("16:25:30", "16:26:00", "16:26:30", "16:27:00", "16:27:30", "16:28:00", "16:28:30", "16:29:00"):
        assert clock in text


@pytest.mark.parametrize("environ", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp936"}], ids=str)
def test_help_in_every_encoding(environ: dict[str, str]) -> None:
    """Help needs nothing but ASCII where that is all there is."""
    code, stdout, stderr = call("diagnose", "--help", environ=environ, is_fresh=True)
    assert (code, stderr) == (0, "")
    assert "--max-http-buffer-size-bytes" in stdout.decode("ascii")


def test_without_home(logs: Path) -> None:
    """No home directory, and nothing else in the environment, is needed."""
    assert "HOME" not in BARE
    code, stdout, stderr = call("diagnose", "incident", is_fresh=True)
    assert (code, stderr) == (0, "")
    assert b"16:25:30" in stdout


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become another user")
def test_as_another_user(logs: Path) -> None:
    """A user without a home directory or a name gets the same diagnosis."""
    data = (logs / "incident" / "socket-client.log").read_bytes()
    try:
        process = subprocess.Popen(
            [*LOGDIAG, "diagnose", "-"], env=BARE, user=54321, group=54321, extra_groups=[], cwd="/",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    except PermissionError:
        pytest.skip("this Python is installed where only its owner can run it")
    code, stdout, stderr = finish(process, data)
    assert (code, stderr) == (0, "")
    assert b"16:25:30" in stdout


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt(number: signal.Signals, logs: Path) -> None:
    """Ctrl-C and SIGTERM are 130, without a traceback."""
    process = start("diagnose", "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write((logs / "incident" / "socket-client.log").read_bytes() * 1000)  # more than a pipe holds
    process.stdin.flush()
    process.send_signal(number)
    code, stdout, stderr = finish(process)
    assert (code, stdout) == (130, b"")
    assert "Traceback" not in stderr


@POSIX
@pytest.mark.parametrize("module", ["logdiag.errors", "logdiag.cli.streams", "logdiag.cli.app"])
def test_interrupt_at_the_start(module: str, logs: Path) -> None:
    """Ctrl-C while logdiag is loading is 130, without a traceback."""
    process = start("diagnose", "incident", environ={"PYTHONPROFILEIMPORTTIME": "1"}, is_fresh=True)
    assert process.stderr is not None
    assert any(line.split()[-1:] == [module.encode()] for line in process.stderr)
    process.send_signal(signal.SIGINT)
    code, stdout, stderr = finish(process)
    assert (code, stdout) == (130, b"")
    assert "Traceback" not in stderr


def test_standard_input(logs: Path) -> None:
    """`-` reads standard input, and the report names it."""
    data = (logs / "incident" / "socket-client.log").read_bytes()
    code, stdout, _ = finish(start("diagnose", "-", "--format", "json", stdin=subprocess.PIPE), data)
    content = json.loads(stdout)
    assert code == 0
    assert content["inputs"]["paths"] == ["-"]
    assert len(content["disconnects"]) == 8


def test_ci_variables_color_nothing() -> None:
    """What makes rich or Typer colour a pipe on a CI server does not: neither help nor an error."""
    forced = {"GITHUB_ACTIONS": "true", "PY_COLORS": "1", "TTY_COMPATIBLE": "1", "FORCE_COLOR": "0"}
    assert b"\x1b" not in call("--help", environ=forced)[1]
    assert "\x1b" not in call("diagnose", "--nonsense", environ=forced)[2]


@POSIX
@pytest.mark.parametrize(
    ("arguments", "environ", "colored"),
    [
        (("--help",), {}, True),
        (("--help",), {"NO_COLOR": "1"}, False),
        (("--help",), {"TERM": "dumb"}, False),
        (("diagnose", "--no-color", "--help"), {}, False),
        (("diagnose", "incident"), {}, True),
        (("diagnose", "incident"), {"NO_COLOR": "1"}, False),
        (("diagnose", "incident", "--no-color"), {}, False),
        (("diagnose", "incident", "--format", "markdown"), {}, False),
    ],
)
def test_terminal(arguments: tuple[str, ...], environ: dict[str, str], colored: bool, logs: Path) -> None:
    """A terminal gets colour unless it is refused; NO_COLOR leaves neither bold nor links."""
    leader, follower = os.openpty()
    process = start(*arguments, environ={"TERM": "xterm-256color"} | environ, stdout=follower)
    os.close(follower)
    shown = b""
    while data := read_terminal(leader):
        shown += data
    os.close(leader)
    assert finish(process)[0] == 0
    assert (b"\x1b" in shown) is colored


def read_terminal(number: int) -> bytes:
    """Read what is there; Linux ends a terminal by EIO."""
    try:
        return os.read(number, 65536)
    except OSError:
        return b""


def test_completion_of_values() -> None:
    """Values of an option are completed."""
    asked = {"_LOGDIAG_COMPLETE": "complete_bash", "COMP_WORDS": "logdiag diagnose --format ", "COMP_CWORD": "3"}
    code, stdout, _ = call(environ=asked)
    assert (code, stdout.split()) == (0, [name.encode() for name in Format])
