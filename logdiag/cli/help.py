"""Help for people: in their language, in colours for white and black, without types that only a programmer knows."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that commands are quick
from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from logdiag.cli import language
from logdiag.cli.paths import looks_like_path
from logdiag.cli.values import take_plainly
from logdiag.texts.sentences import load_texts

if TYPE_CHECKING:
    from rich.text import Text

# Typer's own are cyan, green and yellow, which drown in white.
STYLES: Final = {
    "STYLE_OPTION": "bold",
    "STYLE_SWITCH": "bold",
    "STYLE_TYPES": "magenta",
    "STYLE_USAGE": "bold",
    "STYLE_COMMANDS_TABLE_FIRST_COLUMN": "bold",
}
LONGEST_TYPE: Final = 16  # columns; a longer `<one|another>` takes the room of the help, and is broken inside a word
DEFAULT_COMMAND: Final = "diagnose"
# What Typer writes around our own texts.
FRAME: Final = {
    "ARGUMENTS_PANEL_TITLE": "panel.arguments",
    "OPTIONS_PANEL_TITLE": "panel.options",
    "COMMANDS_PANEL_TITLE": "panel.commands",
    "DEFAULT_STRING": "mark.default",
}


def settle_styles(texts: Mapping[str, str]) -> None:
    """Give Typer the styles, the words and the line breaks of our reports."""
    from typer import rich_utils

    from logdiag.renderers.line_breaks import Prose

    class ProseHighlighter(rich_utils.OptionHighlighter):
        """Highlights options, and breaks lines beside Chinese characters too."""

        highlights: ClassVar[list[str]] = [
            *rich_utils.OptionHighlighter.highlights[:-1],
            rf"(?P<usage>{re.escape(texts['usage'])})",
        ]

        def __call__(self, text: str | Text) -> Text:
            shown = super().__call__(text)
            return Prose(shown.plain, style=shown.style, spans=shown.spans)

    rich_utils.highlighter = ProseHighlighter()
    for name, style in STYLES.items():
        setattr(rich_utils, name, style)
    for name, key in FRAME.items():
        setattr(rich_utils, name, texts[key])


def hide_type(parameter: Any) -> None:
    """Leave out the type of a flag (`<bool>`), and that of an argument, whose help says what it takes."""
    if isinstance(parameter, TyperOption) and parameter.is_flag:
        parameter.metavar = ""
    elif isinstance(parameter, TyperArgument) and parameter.metavar:
        vars(parameter).update(display_type_rich=lambda ctx: None)


def describe(parameter: Any, texts: Mapping[str, str]) -> None:
    """Give a parameter its help, and its panel the title; many choices stand in the help."""
    parameter.help = texts[f"option.{parameter.name}"]
    is_typed = isinstance(parameter, TyperOption) and vars(parameter).setdefault("is_typed", parameter.metavar is None)
    choices = [str(choice) for choice in parameter.type_descriptor.choices or ()] if is_typed else []
    if len("|".join(choices)) > LONGEST_TYPE:
        parameter.metavar = max(parameter.opts, key=len).lstrip("-").upper()
        parameter.help += texts["mark.choices"].format(texts["mark.choice"].join(choices))
    panel = getattr(parameter, "rich_help_panel", None)
    if panel is not None:
        parameter.rich_help_panel = texts.get(f"panel.{panel}", panel)


class _Helpful:
    """Adds to a command of Typer the texts of its help, in the language of whoever asks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        command: Any = self
        self.help_texts = load_texts(f"help.{language.choose(None, sys.stdout)}")
        command.help = self.help_texts[f"command.{command.name}.about"]
        command.epilog = self.help_texts[f"command.{command.name}.epilog"]
        for parameter in command.params:
            describe(parameter, self.help_texts)

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the arguments and options, that of help among them."""
        command: Any = super()
        return take_plainly(command.get_params(ctx))

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the line that shows how to call it."""
        command: Any = self
        pieces = " ".join(command.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=self.help_texts["usage"])

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        command: Any = super()
        settle_styles(self.help_texts)
        for parameter in command.get_params(ctx):
            describe(parameter, self.help_texts)  # --help and the like join late
            hide_type(parameter)
        command.format_help(ctx, formatter)


class HelpfulCommand(_Helpful, TyperCommand):
    """A command with help for people."""


class HelpfulGroup(_Helpful, TyperGroup):
    """The program itself, with help for people. Where a path stands in place of a command, it is to be diagnosed."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read `logdiag logs/` as `logdiag diagnose logs/`; a folder named like a command is written ./watch."""
        if self._names_no_command(args) and any(map(looks_like_path, args)):
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)

    def _names_no_command(self, args: list[str]) -> bool:
        own = {name for parameter in self.params for name in getattr(parameter, "opts", ())}
        is_known = bool(args) and (args[0] in self.commands or args[0] in own | {"--help", "-h"})
        return not is_known and (not args or args[0].startswith("-") or looks_like_path(args[0]))
