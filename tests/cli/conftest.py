"""Small log folders, and a way to run the command line without a new process."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logdiag.cli import exits
from logdiag.cli.app import app

START = datetime(2025, 11, 14, 16, 25, tzinfo=UTC)
# Whatever the machine that runs the tests has set, it shall not reach a transcript.
SURROUNDINGS = (
    "NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "TTY_COMPATIBLE", "COLUMNS", "TERM",
    "LC_ALL", "LC_MESSAGES", "LANG",
)  # fmt: skip
# Nor what its user has configured.
CONFIGURING = ("HOME", "XDG_CONFIG_HOME", "APPDATA", "USERPROFILE")
APP = """const io = require('socket.io')(http, { pingTimeout: 60000 });
function push(message) {
  io.emit('message', message);
  logger.info('Message sent');
}
setInterval(() => push('snapshot'), 30000);
io.on('connection', (socket) => {
  socket.on('disconnect', () => logger.warn('lights out'));
});
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout.decode("utf-8")


class Stream(io.TextIOWrapper):
    """A standard stream of any encoding that a test can read back."""

    def __init__(self, encoding: str) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, newline="")


Run = Callable[..., Finished]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run logdiag in this process, with streams and an environment of its own."""

    def run_logdiag(
        *arguments: str, environ: dict[str, str] | None = None, stdin: bytes = b"", encoding: str = "utf-8"
    ) -> Finished:
        stdout, stderr = Stream(encoding), Stream("utf-8")
        with monkeypatch.context() as patch:
            left_out = {*SURROUNDINGS, *CONFIGURING}
            settled = {name: value for name, value in os.environ.items() if name not in left_out}
            patch.setattr(os, "environ", settled | (environ or {}))
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            patch.setattr(sys, "stdout", stdout)
            patch.setattr(sys, "stderr", stderr)
            code = exits.run(app, arguments)
        stderr.flush()
        return Finished(int(code), stdout.bytes.getvalue(), stderr.bytes.getvalue().decode("utf-8"))

    return run_logdiag


def write_lines(path: Path, lines: Sequence[tuple[float, str, str]]) -> None:
    """Write winston lines: seconds after START, level, message; the service is the name of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for second, level, message in lines:
            stamp = (START + timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
            record = {"level": level, "message": message, "service": path.stem, "timestamp": stamp}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def list_drops(count: int) -> Iterator[tuple[float, str, str]]:
    """Yield a connection that drops every 30 s and is back 1.2 s later."""
    yield 0.0, "info", "Connected to master (socket ID: AAAAAAAAAAAAAAAAAAA0)"
    for number in range(1, count + 1):
        yield 30.0 * number + 0.007 * (number % 3), "warn", "Disconnected from master: transport close"
        yield 30.0 * number + 1.2, "info", f"Connected to master (socket ID: AAAAAAAAAAAAAAAAAAA{number % 10})"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make one folder for each state of a system, and stand beside them."""
    write_lines(tmp_path / "incident" / "socket-client.log", list(list_drops(8)))
    write_lines(tmp_path / "incident" / "data-pusher.log", [(45.0, "info", "推送完成 📸 [/oops] \x1b[31m=1+1")])
    traffic = [(60.0 * minute, "debug", "Sent message: worker:heartbeat") for minute in range(1, 60)]
    calm = [(0.0, "info", "Connected to master (socket ID: BBBBBBBBBBBBBBBBBBB0)"), *traffic]
    write_lines(tmp_path / "healthy" / "socket-client.log", calm)
    write_lines(tmp_path / "silent" / "billing.log", [(1.0, "info", "invoice written"), (2.0, "info", "invoice sent")])
    (tmp_path / "empty").mkdir()
    (tmp_path / "garbage").mkdir()
    (tmp_path / "garbage" / "app.log").write_bytes(b"\x00\xffnot json\n<html>\n")
    damaged = (tmp_path / "incident" / "socket-client.log").read_bytes() + b'{"level":"info","mess\nplain text\n'
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "socket-client.log").write_bytes(damaged)
    (tmp_path / "wrong.toml").write_text('[[rule]]\nid = "A B"\nkind = "nonsense"\n', encoding="utf-8")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "package.json").write_text('{"dependencies": {"socket.io": "^4.7.0"}}', encoding="utf-8")
    (tmp_path / "app" / "push.js").write_text(APP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path
