"""Values of options: taken as they are where they are plainly right, left to Typer where they are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from typer import BadParameter, Context
from typer.main import get_command

from logdiag.cli.app import app
from logdiag.cli.options import Format
from tests.folding import each

SAMPLE: Final = Path(__file__).parent.parent.parent / "sample_logs" / "2025-11-14-reference"
DIAGNOSE: Final[Any] = getattr(get_command(app), "commands")["diagnose"]  # noqa: B009  Typer's own Group
SCRIPT: Final = (
    "import sys; from logdiag.cli import exits; from logdiag.cli.app import app; code = exits.run(app); "
    "sys.exit(9 if 'pydantic' in sys.modules else code)"
)


def take(name: str, value: object) -> object:
    """The value that `diagnose` gets for an option."""
    context: Any = Context(DIAGNOSE)
    parameter = next(one for one in DIAGNOSE.get_params(context) if one.name == name)
    return parameter.process_value(context, value)


@each(
    ("name", "value", "taken"),
    [
        ("since", None, None),
        ("since", "16:25", "16:25"),
        ("since", b"16:25", "16:25"),
        ("rules_files", (), []),
        ("rules_files", ("a.toml", "b.toml"), ["a.toml", "b.toml"]),
        ("report_format", "json", Format.JSON),
        ("report_format", Format.JSON, Format.JSON),
        ("server_ping_interval_ms", "25000", 25000),
        ("quiet", True, True),
        ("quiet", "no", False),
    ],
)
def test_values_are_what_typer_makes_of_them(name: str, value: object, taken: object) -> None:
    """Plain values are taken as they are, and the others as Typer reads them."""
    result = take(name, value)
    assert (result, type(result)) == (taken, type(taken))


@pytest.mark.parametrize(
    ("name", "value"),
    [("report_format", "jso"), ("report_format", "JSON"), ("server_ping_interval_ms", "x"), ("quiet", "maybe")],
)
def test_wrong_values_are_refused(name: str, value: object) -> None:
    """A value that is none of its option is refused by Typer, in its words."""
    with pytest.raises(BadParameter):
        take(name, value)


def test_plain_values_load_no_pydantic(tmp_path: Path) -> None:
    """A diagnosis whose options are texts and choices never loads what Typer reads values with."""
    arguments = ["diagnose", str(SAMPLE), "--format", "json", "--tz", "UTC", "--output", str(tmp_path / "report.json")]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], env=dict(os.environ), capture_output=True, check=False
    )
    assert done.returncode == 0
