"""`logdiag schema`: the JSON Schema that the output of `--format json` obeys."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

from logdiag.cli import exits, options, streams
from logdiag.cli.options import SchemaKind


def schema(kind: options.SchemaName = SchemaKind.DIAGNOSIS) -> exits.ExitCode:
    """Print the JSON Schema (draft 2020-12) of what --format json writes."""
    from logdiag.renderers.schema import read_schema

    streams.write_stdout(read_schema(kind.value))
    return exits.ExitCode.OK
