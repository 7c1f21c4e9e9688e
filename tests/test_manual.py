"""The man page against the program: it is the help, as roff."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
from typer.main import get_command

from benchmarks.manual import PAGE, escape, write_page
from logdiag.cli.app import app


def test_the_page_is_that_of_the_help(request: pytest.FixtureRequest) -> None:
    """What is installed is what the help says now, byte for byte."""
    page = write_page()
    if request.config.getoption("--update-golden"):
        PAGE.write_bytes(page.encode("utf-8"))
    assert PAGE.read_bytes().decode("utf-8") == page, "stale; look at it, then run pytest --update-golden"


def test_the_page_names_every_command_and_option() -> None:
    """Each command has a part of its own, in which each of its options stands."""
    commands: Any = getattr(get_command(app), "commands")  # noqa: B009  Typer's own Group
    parts = dict(re.findall(r"^\.SS (\S+)\n(.*?)(?=^\.S[SH] )", write_page(), re.MULTILINE | re.DOTALL))
    assert list(parts) == list(commands)
    for name, command in commands.items():
        shown = set(re.findall(r"\\fB(\\-\S*?)\\fR", parts[name]))
        assert shown == {escape(option) for each in command.params for option in each.opts if option.startswith("-")}


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
@pytest.mark.parametrize("damage", ["", ".FI\n"])
def test_the_page_is_sound_roff(damage: str) -> None:
    """The formatter has nothing to warn of; an order that there is not would be seen."""
    command = ["groff", "-man", "-ww", "-Tutf8", "-z"]
    done = subprocess.run(command, input=write_page() + damage, capture_output=True, encoding="utf-8", check=True)
    assert bool(done.stderr) is bool(damage), done.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (".log files", r"\&.log files"),
        ("'logs/*.log'", r"\&'logs/*.log'"),
        (r"C:\logs", r"C:\elogs"),
        ("the `--tz` of\n  it", r"the \-\-tz of it"),
    ],
)
def test_text_is_no_order(text: str, shown: str) -> None:
    """Nothing in a text of the help acts as roff."""
    assert escape(text) == shown
