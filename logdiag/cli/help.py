"""Help for people: colours that can be read on white and on black, and no types that only a programmer knows."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that commands are quick
from __future__ import annotations

from typing import Any, Final

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from logdiag.cli.values import take_plainly

# Typer's own are cyan, green and yellow, which drown in white.
STYLES: Final = {
    "STYLE_OPTION": "bold",
    "STYLE_SWITCH": "bold",
    "STYLE_TYPES": "magenta",
    "STYLE_USAGE": "bold",
    "STYLE_COMMANDS_TABLE_FIRST_COLUMN": "bold",
}


def settle_styles() -> None:
    """Give Typer the styles of our reports."""
    from typer import rich_utils

    for name, style in STYLES.items():
        setattr(rich_utils, name, style)


def hide_types(parameters: list[Any]) -> None:
    """Leave out the type of a flag (`<bool>`), and that of an argument, whose help says what it takes."""
    for parameter in parameters:
        if isinstance(parameter, TyperOption) and parameter.is_flag:
            parameter.metavar = ""
        elif isinstance(parameter, TyperArgument) and parameter.metavar:
            vars(parameter).update(display_type_rich=lambda ctx: None)


class HelpfulCommand(TyperCommand):
    """A command with help for people."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the arguments and options, that of help among them."""
        return take_plainly(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        settle_styles()
        hide_types(self.get_params(ctx))
        super().format_help(ctx, formatter)


class HelpfulGroup(TyperGroup):
    """The program itself, with help for people."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the arguments and options, that of help among them."""
        return take_plainly(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        settle_styles()
        hide_types(self.get_params(ctx))
        super().format_help(ctx, formatter)
