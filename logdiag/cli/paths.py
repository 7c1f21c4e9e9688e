"""What the commands that read logs share: which paths, which standard input, which output."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import glob
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from logdiag.errors import InputError

STANDARD_STREAM: Final = "-"


def require_paths(paths: list[str] | None, command: str) -> tuple[str, ...]:
    """Return the paths named, patterns expanded. Raises InputError, with the remedy, for none or an idle pattern."""
    if not paths:
        raise InputError("input.none_named", command=command)
    named = expand_patterns(paths)
    idle = next((path for path in named if _is_pattern(path)), None)
    if idle is not None:
        from logdiag.reading import refuse_unmatched

        raise refuse_unmatched(idle)
    return named


def expand_patterns(paths: Sequence[str]) -> tuple[str, ...]:
    """Replace each pattern that a shell left alone, as in quotes and on Windows, by the paths it matches, sorted.

    What exists under its own name is no pattern; one that matches nothing stays, to be refused by name.
    """
    return tuple(found for path in paths for found in (_match(path) if _is_pattern(path) else [path]))


def _is_pattern(path: str) -> bool:
    return glob.has_magic(path) and "://" not in path and not Path(path).exists()


def _match(pattern: str) -> list[str]:
    return sorted(glob.glob(pattern, recursive=True)) or [pattern]  # noqa: PTH207  Path.glob takes no absolute pattern


def looks_like_path(text: str) -> bool:
    """Tell whether a word is meant as a path: it exists, or is written as only paths are."""
    written_as_path = text == STANDARD_STREAM or any(sign in text for sign in ("/", "\\", "*", "://"))
    return written_as_path or Path(text).exists()


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
