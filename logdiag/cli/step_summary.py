"""The summary of a GitHub Actions step: Markdown appended to the file that the runner names."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logdiag import __version__
from logdiag.cli import files, streams

if TYPE_CHECKING:
    from logdiag.cli.language import Language
    from logdiag.results.diagnosis import Diagnosis

VARIABLE: Final = "GITHUB_STEP_SUMMARY"
LIMIT_BYTES: Final = 1 << 20  # of a step, docs.github.com, "Workflow commands"


def find_step_summary() -> Path | None:
    """Return the file that takes the summary; None outside GitHub Actions."""
    name = os.environ.get(VARIABLE)
    return Path(name) if name else None


def append_step_summary(path: Path, diagnosis: Diagnosis, spoken: Language) -> None:
    """Append the first screen, if GitHub still takes it. Raises OutputError."""
    from logdiag.renderers.github import render_step_summary

    taken = path.stat().st_size if path.is_file() else 0
    room_bytes = LIMIT_BYTES - taken
    text = render_step_summary(diagnosis, version=__version__, room_bytes=room_bytes, language=spoken)
    files.append_file(path, streams.encode(text, "utf-8"))
