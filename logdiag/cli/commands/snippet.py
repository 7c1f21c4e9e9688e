"""`logdiag snippet`: a flight recorder for the application, so that the next report has no blind spot."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

from logdiag import __version__
from logdiag.cli import clock, exits, options, streams
from logdiag.cli.options import CodeLanguage, ListFormat


def snippet(
    recorded_side: options.RecordedSide,
    *,
    code_language: options.CodeIn = CodeLanguage.JS,
    list_format: options.ListForm = ListFormat.TEXT,
) -> exits.ExitCode:
    """Print code that makes an application log what reports miss."""
    from logdiag.renderers.snippet import read_snippet, render_json

    found = read_snippet(recorded_side.value, code_language.value)
    if list_format is ListFormat.JSON:
        streams.write_stdout(render_json(found, generated_at=clock.generated_at(), version=__version__))
    else:
        streams.write_stdout(found.code)
    return exits.ExitCode.OK
