"""`logdiag demo`: the diagnosis of the incident that started the project, from logs that logdiag brings along."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

from pathlib import Path
from typing import Final

import logdiag
from logdiag.cli import exits, options
from logdiag.cli.commands import diagnose

SAMPLE: Final = "2025-11-14-reference"


def demo(
    *,
    report_format: options.ReportFormat = None,
    output: options.Output = None,
    lang: options.Lang = None,
    brief: options.Brief = False,
    open_page: options.Open = False,
    no_color: options.NoColor = False,
    no_pager: options.NoPager = False,
) -> exits.ExitCode:
    """Show what a report looks like: the reference incident, from logs that come with logdiag."""
    del no_color  # settled before any command runs (streams.settle)
    from logdiag.pipeline import stages as pipeline

    request = pipeline.Request(paths=(_shorten(find_sample()),))
    delivery = diagnose.settle(
        report_format,
        output,
        lang,
        is_brief=brief,
        is_opened=open_page,
        is_paged=not no_pager,
        quiet=False,
        verbose=False,
    )
    return diagnose.answer(request, delivery, fail_on=None, verbose=False)


def find_sample() -> Path:
    """The folder of the sample, which is part of the package."""
    return Path(logdiag.__file__).parent / "samples" / SAMPLE


def _shorten(folder: Path) -> str:
    return str(folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder)
