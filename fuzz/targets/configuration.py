"""Whatever a configuration file holds: settings with a place in it, or a refusal that names the place."""

from __future__ import annotations

from functools import cache
from typing import Final

import typer

from fuzz.targets import written
from logdiag.cli.app import app
from logdiag.cli.config import ConfigFile, Options, check_value, list_options, read_settings
from logdiag.errors import InputError

SEEDS: Final = (
    b'\0tz = "Asia/Shanghai"\nformat = "json"\n[diagnose]\nsince = "10m"\nfail-on = "error"\n',
    b"\0verbose = true\nrules = [\"x.toml\"]\n[timeline]\nuntil = '2025-11-14 16:00'\n",
    b'\1[tool.logdiag]\nlang = "zh"\n[tool.logdiag.diagnose]\naround = "16:00/30s"\n',
    b"\1tool = 1\n",
    b'\2tz = "UTC"\na.b.c = 1\nd = 1979-05-27T07:32:00Z\ne = 0x1F\nf = inf\n',
)


@cache
def _commands() -> tuple[typer.Context, dict[str, Options]]:
    group = typer.main.get_command(app)
    context = typer.Context(group)
    return context, {name: list_options(command) for name, command in group.commands.items()}  # type: ignore[attr-defined]


def check(data: bytes) -> None:
    """Read the settings of a file that holds all but the first byte, which says what kind of file it is."""
    context, known = _commands()
    kind = data[0] % 3 if data else 0
    with written(data[1:], "pyproject.toml" if kind == 1 else "logdiag.toml") as path:
        file = ConfigFile(path, ("tool", "logdiag") if kind == 1 else (), is_evidence=kind == 2)
        try:
            for key, setting in read_settings(file, "diagnose", known).items():
                check_value(context, known["diagnose"][key], key, setting)
        except InputError as error:
            if not str(error):
                raise AssertionError("a refusal without a word") from error
