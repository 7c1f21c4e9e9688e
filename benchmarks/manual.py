"""The man page, `man/logdiag.1`, from the help of the program: `python -m benchmarks.manual > man/logdiag.1`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import typer
from typer.main import get_command

from logdiag import __version__
from logdiag.cli.app import app
from logdiag.texts.sentences import load_texts

PAGE: Final = Path(__file__).parent.parent / "man" / "logdiag.1"
TEXTS: Final[Mapping[str, str]] = load_texts("help.en")
ELSEWHERE: Final = "Exit codes:"  # the epilog of a command tells them; here they have a section of their own


def write_page() -> str:
    """Return the page in the macros of man(7)."""
    group: Any = get_command(app)
    root = typer.Context(group, info_name="logdiag")
    contexts = {name: typer.Context(each, info_name=name, parent=root) for name, each in group.commands.items()}
    lines = [
        f'.TH LOGDIAG 1 "" "logdiag {__version__}" "User Commands"',
        ".SH NAME",
        r"logdiag \- say why the sockets of a Socket.IO system disconnect, from its logs alone",
        ".SH SYNOPSIS",
        *_show(
            [_write_usage(typer.Context(each, info_name=name, parent=root)) for name, each in group.commands.items()]
        ),
        ".SH DESCRIPTION",
        escape(TEXTS["command.logdiag.about"]),
        "Where a path stands in place of a command, diagnose is meant.",
        *_tell_options(root),
        ".SH COMMANDS",
    ]
    for name, context in contexts.items():
        about, epilog = TEXTS[f"command.{name}.about"], TEXTS[f"command.{name}.epilog"]
        lines += [f".SS {escape(name)}", escape(about), *_tell_options(context), *_tell_epilog(epilog)]
    codes = TEXTS["command.diagnose.epilog"].partition(ELSEWHERE)[2].strip("\n").splitlines()
    lines += [".SH EXIT STATUS", "Of diagnose; those of other commands stand with them.", *_show(codes)]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Return a text as roff reads it: no backslash, hyphen or dot in it is an order; code loses its marks."""
    plain = re.sub(r"`([^`]+)`", r"\1", " ".join(text.split()))
    return _guard(plain.replace("\\", r"\e").replace("-", r"\-"))


def _guard(line: str) -> str:
    return rf"\&{line}" if line.startswith((".", "'")) else line


def _write_usage(context: Any) -> str:
    return " ".join([context.command_path, *context.command.collect_usage_pieces(context)])


def _tell_options(context: Any) -> Iterator[str]:
    """Write a paragraph for each argument and option of a command."""
    for parameter in context.command.params:
        is_argument = parameter.param_type_name == "argument"
        opts = parameter.get_usage_pieces(context) if is_argument else (*parameter.opts, *parameter.secondary_opts)
        value = None if is_argument or parameter.is_flag else parameter.display_type_rich(context)
        names = ", ".join(rf"\fB{escape(name)}\fR" for name in opts)
        yield from (".TP", rf"{names} \fI{_part(escape(value))}\fR" if value else names)
        yield escape(TEXTS[f"option.{parameter.name}"])


def _part(choices: str) -> str:
    """Let a line end between choices."""
    return choices.replace("|", r"|\:")


def _tell_epilog(epilog: str) -> Iterator[str]:
    """Write what follows the options, without the exit codes of `diagnose`: headings, and lines shown as they are."""
    block: list[str] = []
    for line in epilog.partition(ELSEWHERE)[0].strip("\n").splitlines():
        if line.startswith("  "):
            block.append(line)
        elif line:
            yield from _show(block)
            block = []
            yield from (".PP", escape(line))
    yield from _show(block)


def _show(lines: list[str]) -> Iterator[str]:
    """Write lines that are not to be filled."""
    if lines:
        width = min(len(line) - len(line.lstrip()) for line in lines)
        code = (line[width:].replace("\\", r"\e").replace("-", r"\-") for line in lines)
        yield from (".PP", ".nf", ".RS 2", *map(_guard, code), ".RE", ".fi")


if __name__ == "__main__":
    sys.stdout.write(write_page())
