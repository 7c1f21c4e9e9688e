"""Runs of logdiag as processes of their own, without the half second in which each loads pandas.

`start` and `run` ask a fork server, one a test process, which has everything loaded. A run begins where the entry point
does. What lies before it only a fresh start has, `FRESH`: the order of imports, signals meanwhile, and what the
interpreter reads from the environment. Where forking is not safe or not known, every start is a fresh one.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from tests.fork_server import HEADER_BYTES, ROOT, Wanted

LOGDIAG: Final = (sys.executable, "-m", "logdiag")
CAN_FORK: Final = sys.platform == "linux"
# What the interpreter reads before any of our code runs; see also PYTHONUNBUFFERED, which the fork server obeys.
READ_BY_THE_INTERPRETER: Final = frozenset(
    {"PYTHONCOERCECLOCALE", "PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONPROFILEIMPORTTIME", "PYTHONWARNINGS"}
)
PIPE: Final = subprocess.PIPE
DEVNULL: Final = subprocess.DEVNULL
Limits = Mapping[str, tuple[int, int]]


class Forked:
    """A process of the fork server, used as `subprocess.Popen` is."""

    def __init__(self, wanted: Wanted, stdin: _Place, stdout: _Place, stderr: _Place) -> None:
        self.args = wanted.arguments
        self.returncode: int | None = None
        self.stdin, read_here = _join(stdin, is_input=True)
        self.stdout, written_here = _join(stdout)
        self.stderr, complained_here = _join(stderr)
        told, tell = os.pipe()
        files = [read_here, written_here, complained_here, tell]
        data = json.dumps(asdict(wanted)).encode()
        channel = _ask_server()
        socket.send_fds(channel, [b"%0*d" % (HEADER_BYTES, len(data))], files)
        channel.sendall(data)
        for file in files:
            os.close(file)
        self._told: IO[bytes] = open(told, "rb", 0)  # noqa: PTH123, SIM115
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        return self.returncode if self.returncode is not None or not self._is_told(0) else self.wait()

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not self._is_told(timeout):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode

    def _is_told(self, timeout: float | None) -> bool:
        return bool(select.select([self._told], [], [], timeout)[0])

    def communicate(self, data: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Write all of the input, read both outputs to their ends, and wait."""
        with ThreadPoolExecutor(2) as pool:
            reading = [pool.submit(stream.read) if stream else None for stream in (self.stdout, self.stderr)]
            try:
                self._write(data)
                self.wait(timeout)
            except BaseException:
                self.kill()
                raise
            stdout, stderr = (future.result() if future else b"" for future in reading)
        self._close()
        return stdout, stderr

    def _write(self, data: bytes | None) -> None:
        if self.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.stdin.write(data or b"")
                self.stdin.close()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _close(self) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        self.wait()


_Place = int | IO[Any] | None
Process = subprocess.Popen[bytes] | Forked


def _join(place: _Place, *, is_input: bool = False) -> tuple[IO[bytes] | None, int]:
    """Our end of a stream, if it is a pipe, and the other one's, to be closed here."""
    if place == PIPE:
        theirs, ours = os.pipe()
        if not is_input:
            theirs, ours = ours, theirs
        return open(ours, "wb" if is_input else "rb"), theirs  # noqa: PTH123
    if place == DEVNULL:
        return None, os.open(os.devnull, os.O_RDWR)
    if place is None:
        return None, os.dup(0 if is_input else 1)
    return None, os.dup(place if isinstance(place, int) else place.fileno())


@functools.cache
def _ask_server() -> socket.socket:
    """The way to this process's fork server, which is started at the first call and ends with this process."""
    ours, theirs = socket.socketpair()
    environ = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=DEVNULL,
        stdout=DEVNULL,
    )
    theirs.close()

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


def start(
    *arguments: str,
    code: str | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    limits: Limits | None = None,
    is_fresh: bool = False,
    stdin: _Place = DEVNULL,
    stdout: _Place = PIPE,
    stderr: _Place = PIPE,
) -> Process:
    """Start `logdiag ARGUMENTS`, or `code` with these arguments; the environment is this one unless another is given.

    `is_fresh` asks for a new interpreter.
    """
    surroundings = dict(os.environ if environ is None else environ)
    if CAN_FORK and not is_fresh:
        unheeded = READ_BY_THE_INTERPRETER & surroundings.keys()
        assert not unheeded, f"only a fresh start heeds {unheeded}"
        wanted = Wanted(list(arguments), str(cwd or Path.cwd()), surroundings, code, dict(limits or {}))
        return Forked(wanted, stdin, stdout, stderr)
    command = LOGDIAG if code is None else (sys.executable, "-c", code)
    return subprocess.Popen(
        [*command, *arguments],
        cwd=cwd,
        env=surroundings,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        preexec_fn=None if sys.platform == "win32" else functools.partial(_prepare, limits or {}),  # noqa: PLW1509
    )


def _prepare(limits: Limits) -> None:
    """Heed Ctrl-C, which what a shell starts in the background ignores, and so would all that it starts."""
    import resource  # noqa: PLC0415  only POSIX has it

    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name, limit in limits.items():
        resource.setrlimit(getattr(resource, name), limit)


def run(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    """Run to the end what `start` starts."""
    with start(*arguments, **settings) as process:
        stdout, stderr = process.communicate()
    assert process.returncode is not None
    return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)
