"""Small source trees, written where a test can look at them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from logdiag.codebase.survey import Survey, find_timers, open_survey
from logdiag.results.code import CodeTimer


def survey(folder: Path, files: Mapping[str, str]) -> Survey:
    """Write the files below a folder and survey them."""
    for way, text in files.items():
        target = folder / way
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return open_survey((str(folder),))


def timers_of(folder: Path, files: Mapping[str, str]) -> list[CodeTimer]:
    """The timers of such a tree."""
    return [timer for timer, _ in find_timers(survey(folder, files))]
