"""A command opens no socket, starts no program and writes nothing but the output that it was asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from logdiag.cli.app import app
from tests import processes
from tests.folders import ROOT, SAMPLES

# Told by the interpreter itself, whoever calls: what goes out, and what changes a file system.
GUARDED: Final = """
import os, sys
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.chown", "os.truncate", "os.symlink",
           "os.link", "os.utime", "os.setxattr", "shutil.", "tempfile.")
OUTSIDE = ("socket.", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.Request",
           "http.client", "ftplib", "smtplib", "webbrowser")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
allowed = os.path.realpath(sys.argv[1]) if sys.argv[1] else None
def guard(event, arguments):
    if event.startswith(OUTSIDE):
        refuse(event, arguments)
    is_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
    if (is_write or event.startswith(CHANGES)) and not is_allowed(arguments[0]):
        refuse(event, arguments)
def is_allowed(path):
    if isinstance(path, int) or os.fsdecode(path) in ("/dev/null", "/dev/tty"):
        return True
    return allowed is not None and os.path.realpath(os.fsdecode(path)).startswith(allowed)
def refuse(event, arguments):
    os.write(2, f"REFUSED {event} {arguments!r}\\n".encode())
    os._exit(99)
sys.argv[1:] = sys.argv[2:]
sys.addaudithook(guard)
from logdiag.__main__ import main
main()
"""
LOAD_ALL: Final = """
import tests.fork_server
tests.fork_server.load()
print("pandas" in sys.modules)
"""
COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "diagnose": ("logs", "--format", "html"),
    "timeline": ("logs", "--events"),
    "trace": ("transport", "logs"),
    "suspect": ("heartbeat", "logs"),
    "replay": ("logs",),
    "verify": ("logs", "--at", "2025-11-14 16:28"),
    "watch": ("logs", "--for", "1s"),
    "snippet": ("client",),
    "demo": (),
    "explain": (),
    "rules": ("--test", "Disconnected from master"),
    "schema": ("diagnosis",),
}


def run(place: Path, *arguments: str, allowed: str = "") -> subprocess.CompletedProcess[str]:
    home = place / "home"
    environ = {"HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = processes.run(allowed, *arguments, code=GUARDED, cwd=place, environ={**os.environ, **environ})
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def list_tree(place: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(place.rglob("*"))}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLES / "2025-11-14-reference", tmp_path / "logs")
    (tmp_path / "home").mkdir()
    return tmp_path


def test_every_command_is_tried() -> None:
    """A new one must be added here."""
    assert sorted(COMMANDS) == sorted(command.name or "" for command in app.registered_commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_command_needs_nothing_but_its_input(desk: Path, command: str) -> None:
    """It ends as it would with a network and a disk to write on, and leaves everything as it was."""
    before = list_tree(desk)
    done = run(desk, command, *COMMANDS[command])
    assert "REFUSED" not in done.stderr
    assert done.returncode in {0, 1, 3}, done.stderr
    assert done.stdout
    assert list_tree(desk) == before


def test_output_is_all_that_is_written(desk: Path) -> None:
    """The report and the tables stand in their places, and nothing else is new."""
    before = list_tree(desk)
    (desk / "out").mkdir()
    options = ("--output", "out/report.html", "--csv", "out/tables")
    done = run(desk, "diagnose", "logs", *options, allowed=str(desk / "out"))
    assert done.returncode == 0, done.stderr
    after = list_tree(desk)
    new = {str(Path(name).relative_to(desk)) for name in after.keys() - before.keys()}
    assert {name.split("/")[0] for name in new} == {"out"}
    assert {"out/report.html", "out/tables/disconnects.csv"} <= new
    assert {name: after[name] for name in before} == before


def test_guard_holds() -> None:
    """What is forbidden is noticed: a socket, a program, a file."""
    for code in ("import socket; socket.socket()", "import os; os.system('true')", "open('x', 'w')"):
        guarded = GUARDED.replace("from logdiag.__main__ import main\nmain()", code)
        done = processes.run("", code=guarded)
        assert (done.returncode, done.stderr.startswith(b"REFUSED")) == (99, True)


def test_loading_touches_nothing(tmp_path: Path) -> None:
    """In a fresh interpreter, too, where every module of logdiag is loaded under the same guard."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    code = GUARDED.replace("from logdiag.__main__ import main\nmain()", LOAD_ALL)
    done = processes.run("", code=code, cwd=tmp_path, environ=environ, is_fresh=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"True\n", b"")
