"""A process that has loaded logdiag and what it builds on, and starts runs of it by forking; see `tests.processes`.

Each run has its own arguments, folder, environment, streams and limits, and calls the entry point: from there on
nothing differs from a fresh start, to the end of the interpreter, but that rules and texts of the package have been
read and compiled, which takes two thirds of a short run. No thread runs where it forks.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import locale
import os
import pkgutil
import select
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

ROOT: Final = Path(__file__).parents[1]
FILES_COUNT: Final = 4  # standard input, output and error, and where to tell of the run
HEADER_BYTES: Final = 8  # a request begins with its length in digits


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run as it is asked for; `code` is executed instead of `python -m logdiag` if there is any."""

    arguments: list[str]
    folder: str
    environ: dict[str, str]
    code: str | None
    limits: dict[str, tuple[int, int]]  # soft and hard, by the name of the constant in `resource`


def load() -> None:
    """Load all modules of logdiag, pandas and rich with them, but nothing that looks at the environment meanwhile."""
    import logdiag  # noqa: PLC0415  a process that `multiprocessing` starts for a run shall not load it twice

    for module in pkgutil.walk_packages(logdiag.__path__, "logdiag."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    importlib.import_module("pandas")
    assert "typer.rich_utils" not in sys.modules, "it decides about colours when it is loaded: for all runs alike"


def warm_up() -> None:
    """Have read what every run reads from the package and keeps; not by the command line, which knows surroundings."""
    from logdiag.pipeline.stages import Request, diagnose  # noqa: PLC0415  loaded by `load`
    from logdiag.renderers.terminal import render_text  # noqa: PLC0415

    result = diagnose(Request((str(ROOT / "sample_logs" / "2025-11-14-reference"),)))
    render_text(result.diagnosis, width=80, color=False, version="0")


def serve(channel: socket.socket) -> Wanted | None:
    """Fork for each request and tell how each run ended; return what is wanted in the child, None at the very end."""
    awake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker)
    running: dict[int, int] = {}
    while True:
        ready = select.select([channel.fileno(), awake], [], [])[0]
        if awake in ready:
            os.read(awake, 4096)
            _tell_ends(running)
        if channel.fileno() not in ready:
            continue
        received = _receive(channel)
        if received is None:
            return None
        wanted, files = received
        if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208  a lock that a thread held would stay locked
            raise AssertionError("a thread runs in the fork server")
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            _close(channel.detach(), awake, waker, *running.values())
            _become(wanted, files)
            return wanted
        status = files.pop()
        _close(*files)
        _tell(status, pid)
        running[pid] = status


def _receive(channel: socket.socket) -> tuple[Wanted, list[int]] | None:
    """The next request with its files; None where there will be no more."""
    header, files, _, _ = socket.recv_fds(channel, HEADER_BYTES, FILES_COUNT)
    if not header:
        return None
    size, data = int(header), b""
    while len(data) < size:
        data += channel.recv(size - len(data))
    return Wanted(**json.loads(data)), files


def _tell_ends(running: dict[int, int]) -> None:
    """Tell of each run that has ended: its exit code, or the negative number of the signal that ended it."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        file = running.pop(pid)
        _tell(file, os.waitstatus_to_exitcode(status))
        _close(file)


def _tell(file: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(file, f"{number}\n".encode())


def _close(*files: int) -> None:
    for file in files:
        os.close(file)


def _become(wanted: Wanted, files: list[int]) -> None:
    """Be what a process that was started for this would be, right before its first line."""
    import resource  # noqa: PLC0415  only POSIX has it

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, file in enumerate(files[:-1]):
        os.dup2(file, number)
    _close(*files)
    os.chdir(wanted.folder)
    os.environ.clear()
    os.environ.update(wanted.environ)
    time.tzset()
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_CTYPE, "")
    sys.dont_write_bytecode = bool(wanted.environ.get("PYTHONDONTWRITEBYTECODE"))
    is_unbuffered = bool(wanted.environ.get("PYTHONUNBUFFERED"))
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = _open(number, getattr(sys, name), is_unbuffered=is_unbuffered and number > 0)
        vars(sys).update({name: stream, f"__{name}__": stream})
    sys.path[0] = wanted.folder
    sys.argv = [str(ROOT / "logdiag" / "__main__.py") if wanted.code is None else "-c", *wanted.arguments]
    for name, limit in wanted.limits.items():
        resource.setrlimit(getattr(resource, name), limit)


def _open(number: int, like: TextIO, *, is_unbuffered: bool) -> TextIO:
    """A standard stream as the interpreter opens it (`create_stdio` in CPython's pylifecycle.c)."""
    reads = number == 0
    below = open(number, "rb" if reads else "wb", 0 if is_unbuffered else -1, closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(
        below,
        encoding=like.encoding,
        errors=like.errors,
        newline="\n",
        line_buffering=not is_unbuffered and (number == 2 or below.isatty()),
        write_through=is_unbuffered,
    )


def main() -> None:
    load()
    warm_up()
    gc.freeze()
    wanted = serve(socket.socket(fileno=int(sys.argv[1])))
    if wanted is None:
        return
    try:
        if wanted.code is None:
            from logdiag.__main__ import main as run  # noqa: PLC0415

            run()
        else:
            exec(wanted.code, {"__name__": "__main__"})  # noqa: S102  what `python -c` would execute
    except SystemExit as stop:
        _end(stop)
        raise


def _end(stop: SystemExit) -> None:
    """Do what the interpreter does at its end but for clearing its memory, 50 ms; return where it has more to do."""
    if isinstance(stop.code, int) and threading.active_count() == 1:
        atexit._run_exitfuncs()
        with contextlib.suppress(OSError, ValueError):  # such a fault is the interpreter's to tell
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(stop.code)


if __name__ == "__main__":
    main()
