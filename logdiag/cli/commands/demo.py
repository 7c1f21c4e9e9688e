"""`logdiag demo`: the diagnosis of the incident that started the project, from logs that logdiag brings along."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

from pathlib import Path
from typing import Final

import logdiag
from logdiag.cli import exits, options, paths
from logdiag.cli.commands import diagnose
from logdiag.cli.options import Format
from logdiag.errors import InputError

SAMPLE: Final = "2025-11-14-reference"


def demo(
    *,
    report_format: options.ReportFormat = Format.TEXT,
    output: options.Output = None,
    lang: options.Lang = None,
    no_color: options.NoColor = False,
) -> exits.ExitCode:
    """Show what a report looks like: the reference incident, from logs that come with logdiag."""
    del no_color  # settled before any command runs (streams.settle)
    from logdiag.pipeline import stages as pipeline

    request = pipeline.Request(paths=(_shorten(find_sample()),))
    delivery = diagnose.Delivery(
        format=report_format, output=paths.name_file(output), csv_directory=None, csv_raw=False, summary=None, lang=lang
    )
    return diagnose.answer(request, delivery, fail_on=None, quiet=False, verbose=False)


def find_sample() -> Path:
    """The folder of the sample: that of a checkout, or what an installed logdiag has among its data."""
    checkout = Path(logdiag.__file__).parent.parent / "sample_logs" / SAMPLE
    if checkout.is_dir():
        return checkout
    from importlib.metadata import PackageNotFoundError, files

    try:
        logs = [file.locate() for file in files("logdiag") or () if file.parent.name == SAMPLE]
    except PackageNotFoundError:
        logs = []
    if not logs:
        raise InputError("input.no_sample", sample=SAMPLE)
    return Path(str(logs[0])).resolve().parent


def _shorten(folder: Path) -> str:
    return str(folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder)
