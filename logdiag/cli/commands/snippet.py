"""`logdiag snippet`: a flight recorder for the application, so that the next report has no blind spot."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import sys

from logdiag import __version__
from logdiag.cli import clock, exits, language, options, streams
from logdiag.cli.options import CodeLanguage, ListFormat


def snippet(
    recorded_side: options.RecordedSide,
    *,
    code_language: options.CodeIn = CodeLanguage.JS,
    list_format: options.ListForm = ListFormat.TEXT,
) -> exits.ExitCode:
    """Print code that makes an application log what reports miss."""
    from logdiag.renderers.snippet import read_snippet, render_json

    is_data = list_format is ListFormat.JSON
    spoken = language.for_data(None) if is_data else language.choose(None, sys.stdout)
    found = read_snippet(recorded_side.value, code_language.value, spoken=spoken)
    if is_data:
        streams.write_stdout(render_json(found, generated_at=clock.generated_at(), version=__version__))
    else:
        streams.write_stdout(found.code)
    return exits.ExitCode.OK
