"""Long reports in a terminal go through the user's pager, as those of git do."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from typing import Final

from logdiag.cli import streams

VARIABLES: Final = ("LOGDIAG_PAGER", "PAGER")
# Ends at once if the text fits, leaves colours as they are, and leaves the screen as it was.
FALLBACK: Final = "less -FRX"
NONE: Final = frozenset({"", "cat"})
# What less and lv take from the environment where the user has not set it, as git sets it.
FLAGS: Final = {"LESS": "FRX", "LV": "-c"}


def choose_pager(environ: Mapping[str, str]) -> list[str]:
    """Return the command of the pager, LOGDIAG_PAGER before PAGER; empty if the user wants none, or there is none."""
    asked = next((environ[name] for name in VARIABLES if name in environ), FALLBACK)
    if asked.strip() in NONE or environ.get("TERM", "").lower() in streams.DUMB_TERMINALS:
        return []
    try:
        command = shlex.split(asked)
    except ValueError:
        return []
    return command if shutil.which(command[0], path=environ.get("PATH")) else []


def is_long(text: str) -> bool:
    """Tell whether a text would scroll its first line out of the terminal."""
    return text.count("\n") >= shutil.get_terminal_size().lines


def write(text: str) -> None:
    """Write a report to standard output: through the pager if a person reads it and it is long. Raises OutputError."""
    command = choose_pager(os.environ) if streams.is_terminal(sys.stdout) and is_long(text) else []
    if not command or not _page(command, text):
        streams.write_stdout(text)


def _page(command: list[str], text: str) -> bool:
    """Show a text in a pager, and wait for its end; False if it cannot be started.

    Ctrl-C is the pager's while it runs: less stops searching, and is not left alone with the terminal.
    """
    import signal
    import subprocess

    streams.flush_stdout()
    environ = {**FLAGS, **os.environ}
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environ)  # noqa: S603  the user chose it
    except OSError:
        return False
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with contextlib.suppress(BrokenPipeError):  # left before the end was reached
            process.communicate(streams.encode(text, streams.encoding_of(sys.stdout)))
    finally:
        process.wait()
        signal.signal(signal.SIGINT, before)
    return True
