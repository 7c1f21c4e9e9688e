"""What the commands that read logs share: which paths, which standard input, which output."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO, Final

from logdiag.errors import InputError

STANDARD_STREAM: Final = "-"


def require_paths(paths: list[str] | None, command: str) -> tuple[str, ...]:
    """Return the paths named. Raises InputError, with the remedy, if there are none."""
    if not paths:
        raise InputError("input.none_named", command=command)
    return tuple(paths)


def open_stdin(paths: tuple[str, ...]) -> BinaryIO | None:
    """Return standard input if a path names it. Raises InputError if it is closed."""
    if STANDARD_STREAM not in paths:
        return None
    if sys.stdin is None:
        raise InputError("input.stdin_closed")
    return sys.stdin.buffer


def name_file(output: str | None) -> Path | None:
    """Return the file that --output names; None means standard output."""
    return None if output in {None, "", STANDARD_STREAM} else Path(str(output))
