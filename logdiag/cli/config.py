"""Configuration files: TOML whose keys are the names of the options; and the same names in the environment.

The command line wins, then the environment (`LOGDIAG_FAIL_ON=error`), then, in this order, `logdiag.toml` beside the
logs, `logdiag.toml` in the user's configuration folder, and `[tool.logdiag]` of ./pyproject.toml. The file beside the
logs is as little to be trusted as the logs: it may set only what is harmless. So is ./pyproject.toml where the folder
that holds it is diagnosed itself.
"""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperOption

from logdiag.cli import forms, language, streams, usage
from logdiag.cli.help import HelpfulCommand
from logdiag.cli.paths import expand_patterns
from logdiag.errors import InputError, reason_of
from logdiag.texts.sentences import Sentence, say

NAME: Final = "logdiag.toml"
LIMITS: Final = "limits"  # a table: each of its keys is what `--limit` takes, `line = "2GiB"`
LIMIT: Final = "limit"
PROJECT: Final = "pyproject.toml"
PREFIX: Final = "LOGDIAG_"
NEVER: Final = frozenset({"config", "no-config", "help", "test", "open"})
# What a file beside the logs may set: the zone of their stamps, as the stamps might say it themselves, and how a result
# looks. Whatever chooses lines (a time window, a service, a level) could hide an incident from who was sent the logs;
# settings of the server decide which clock a disconnect keeps, and with it the severity that --fail-on asks for.
HARMLESS: Final = frozenset({"tz", "format", "lang", "no-color"})
TIMES: Final = ("since", "until", "around")
HEADER: Final = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
TRUTH: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}

Options = Mapping[str, TyperOption]


class OptionValue(NamedTuple):
    """A value of an option, and where it stands (`file:line`, or a variable)."""

    value: object
    place: str


class ConfigFile(NamedTuple):
    """A file that may set options: in the tables below `section`, by the commands' names or for all commands."""

    path: Path
    section: tuple[str, ...] = ()
    is_evidence: bool = False


class ConfiguredCommand(HelpfulCommand):
    """A command whose options take their defaults from the environment and from configuration files."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Find the defaults before the options are settled. Raises InputError."""
        given = self.make_parser(ctx).parse_args(args=list(args))[0]
        if not ctx.resilient_parsing and not given.get("help"):
            ctx.default_map = dict(self._find_defaults(ctx, given))
            if ctx.default_map.get("no_color"):
                streams.settle(os.environ, ("--no-color",))
            if not given.get("lang"):
                language.settle(os.environ, ctx.default_map.get("lang"))
        return super().parse_args(ctx, args)

    def _find_defaults(self, ctx: typer.Context, given: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
        """The defaults, each from the first place that has it; every value of every file is checked all the same."""
        options = list_options(self)
        commands = getattr(ctx.parent and ctx.parent.command, "commands", {self.name: self})
        known = {name: list_options(command) for name, command in commands.items()}
        layers = [read_environment(options)]
        layers += [read_settings(file, str(self.name), known) for file in list_files(given)]
        found: dict[str, object] = {}
        for layer in layers:
            for key, setting in layer.items():
                if key == "format" and forms.find_form(given.get("output")) is not None:
                    continue  # the ending of a file that is named now says more than a habit
                found.setdefault(str(options[key].name), check_value(ctx, options[key], key, setting))
        yield from found.items()


def list_options(command: object) -> Options:
    """The options of a command that may be set elsewhere, by name."""
    found = {}
    for parameter in getattr(command, "params", ()):
        names = [name.removeprefix("--") for name in getattr(parameter, "opts", ()) if name.startswith("--")]
        found.update({name: parameter for name in names if name not in NEVER})
    return found


def list_files(given: Mapping[str, Any]) -> list[ConfigFile]:
    """The configuration files of a run, the strongest first. Raises InputError if --config names none."""
    if given.get("no_config"):
        return []
    if given.get("config"):
        path = Path(given["config"])
        if not path.is_file():
            raise InputError("config.no_file", path=path)
        return [ConfigFile(path)]
    from logdiag.reading import is_url

    named = expand_patterns(given.get("paths_named") or ())
    paths = [Path(text) for text in named if text != "-" and not is_url(text)]
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in paths)
    user = find_user_folder(os.environ, sys.platform)
    files = [ConfigFile(folder / NAME, is_evidence=True) for folder in folders]
    files += [ConfigFile(user / NAME)] if user is not None else []
    files.append(ConfigFile(Path(PROJECT), ("tool", "logdiag"), is_evidence=_is_diagnosed(Path.cwd(), paths)))
    return [file for file in files if _is_there(file.path)]


def _is_there(path: Path) -> bool:
    """Whether there is such a file, as far as this user can tell: a home may be closed to whom it is said to be of."""
    try:
        return path.is_file()
    except OSError:
        return False


def _is_diagnosed(folder: Path, paths: Sequence[Path]) -> bool:
    """Whether one of the paths is a folder, or is above it: then what lies in it came with the logs."""
    return any(path.is_dir() and folder.resolve().is_relative_to(path.resolve()) for path in paths)


def find_user_folder(environ: Mapping[str, str], platform: str) -> Path | None:
    """The user's configuration folder for logdiag, by the custom of the platform; None if it cannot be told."""
    home = environ.get("USERPROFILE" if platform == "win32" else "HOME")
    if platform == "win32":
        base = environ.get("APPDATA")
    elif platform == "darwin":
        base = f"{home}/Library/Application Support" if home else None
    else:
        base = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else None)
    return Path(base) / "logdiag" if base else None


def read_environment(options: Options) -> dict[str, OptionValue]:
    """What the environment sets: LOGDIAG_ and the name of the option in capitals."""
    found: dict[str, OptionValue] = {}
    for key, option in options.items():
        variable = PREFIX + key.upper().replace("-", "_")
        text = os.environ.get(variable)
        if text:
            found[key] = OptionValue(_read_text(text, option), variable)
    return found


def _read_text(text: str, option: TyperOption) -> object:
    """A value as it would stand in a file; what is none is left for the check to refuse."""
    if option.is_flag:
        return TRUTH.get(text.lower(), text)
    if option.multiple:
        return [text]
    return int(text) if _is_number(option) and re.fullmatch(r"-?\d+", text) else text


def _is_number(option: TyperOption) -> bool:
    return option.type_descriptor.annotation is int


def read_settings(file: ConfigFile, command: str, known: Mapping[str, Options]) -> dict[str, OptionValue]:
    """What a file sets for a command: its own table, then the keys for all commands. Raises InputError.

    `known` has the options of every command: a key that none of them has is refused wherever it stands.
    """
    text, content = _read_section(file)
    anywhere = {name: option for options in known.values() for name, option in options.items()}
    own: dict[str, OptionValue] = {}
    common: dict[str, OptionValue] = {}
    for key, value in content.items():
        if isinstance(value, dict) and key == LIMITS:
            common |= _of_command({LIMIT: _read_limits(file, text, value)}, known[command])
        elif isinstance(value, dict) and key in known:
            places = {name: _check_key(file, text, (*file.section, key), name, known[key]) for name in value}
            own |= {name: OptionValue(value[name], place) for name, place in places.items() if key == command}
        else:
            place = _check_key(file, text, file.section, key, anywhere)
            common |= _of_command({key: OptionValue(value, place)}, known[command])
    return {**common, **own}


def _of_command(values: Mapping[str, OptionValue], options: Options) -> dict[str, OptionValue]:
    """Those that a command has an option for."""
    return {name: value for name, value in values.items() if name in options}


def _read_section(file: ConfigFile) -> tuple[str, dict[str, Any]]:
    """The text of a file, and the table of it that holds options. Raises InputError."""
    from logdiag.reading.toml import TomlError, parse_toml

    text = _read_file(file.path)
    try:
        content = parse_toml(text)
    except TomlError as error:
        raise InputError("config.bad_toml", place=f"{file.path}:{error.line}", why=error.why) from error
    for depth, part in enumerate(file.section):
        content = content.get(part, {})
        if not isinstance(content, dict):
            place = f"{file.path}:{find_line(text, file.section[:depth], part)}"
            raise InputError("config.bad_value", place=place, key=part, why=say("config.want_table"))
    return text, content


def _read_limits(file: ConfigFile, text: str, values: Mapping[str, object]) -> OptionValue:
    """The table of limits, as if `--limit` had said each of them. Raises InputError."""
    from logdiag.limits import parse_limits

    section = (*file.section, LIMITS)
    place = f"{file.path}:{find_line(text, file.section, LIMITS)}"
    if file.is_evidence:
        raise InputError("config.not_harmless", place=place, key=LIMITS)
    for name, value in values.items():
        try:
            parse_limits([f"{name}={value}"])
        except ValueError as error:
            inner = f"{file.path}:{find_line(text, section, name)}"
            raise InputError("config.bad_value", place=inner, key=name, why=usage.find_sentence(str(error))) from None
    return OptionValue([f"{name}={value}" for name, value in values.items()], place)


def _check_key(file: ConfigFile, text: str, section: tuple[str, ...], key: str, options: Options) -> str:
    """Return the place of a key that may stand there. Raises InputError."""
    place = f"{file.path}:{find_line(text, section, key)}"
    if key not in options:
        raise InputError("config.no_option", place=place, key=key, known=tuple(sorted(options)))
    if file.is_evidence and key not in HARMLESS:
        raise InputError("config.not_harmless", place=place, key=key)
    return place


def _read_file(path: Path) -> str:
    from logdiag.reading.toml import LARGEST_BYTES, TooLargeError, read_toml

    try:
        return read_toml(path)
    except TooLargeError as error:
        raise InputError("config.too_large", path=path, limit_bytes=LARGEST_BYTES) from error
    except OSError as error:
        raise InputError("config.unreadable", path=path, why=reason_of(error)) from error
    except UnicodeDecodeError as error:
        raise InputError("config.not_utf8", path=path, why=error.reason, offset_bytes=error.start) from error


def find_line(text: str, section: Sequence[str], key: str) -> int:
    """The line on which a key of a table stands, counted from 1; where it cannot be found, the first."""
    wanted, current = ".".join(section), ""
    start = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            current = re.sub(r"[\s\"']", "", header[1])
            if current == ".".join([*section, key]):
                return number
        elif current == wanted and start.match(line):
            return number
    return 1


def check_value(ctx: typer.Context, option: TyperOption, key: str, setting: OptionValue) -> object:
    """Return a value that its option takes; raises InputError that names the place."""
    wrong: str | Sentence | None = _find_wrong_type(option, setting.value)
    if wrong is None:
        try:
            option.process_value(ctx, setting.value)
        except typer.BadParameter as error:
            wrong = usage.find_sentence(error.message)
    if wrong is None:
        wrong = _find_wrong_time(key, setting.value)
    if wrong is not None:
        raise InputError("config.bad_value", place=setting.place, key=key, why=wrong)
    return setting.value


def _find_wrong_time(key: str, value: object) -> Sentence | None:
    """What is wrong with a zone or a time, which commands understand only once they know where the logs end."""
    if not isinstance(value, str) or key not in {"tz", *TIMES}:
        return None
    from logdiag.times.window import FIRST_INSTANT, parse_zone, resolve_window

    try:
        if key == "tz":
            parse_zone(value)
        else:
            asked = {**dict.fromkeys(TIMES), key: value}
            resolve_window(asked["since"], asked["until"], asked["around"], end=FIRST_INSTANT, zone=UTC)
    except InputError as error:
        wrong = str(error.values["asked"]).removeprefix(f"--{key} ")
        return say(error.sentence.key, **{**error.values, "asked": wrong})
    return None


def _find_wrong_type(option: TyperOption, value: object) -> Sentence | None:
    """What is wrong with the type of a value; TOML's own types are meant, nothing is guessed."""
    if option.is_flag:
        return None if isinstance(value, bool) else say("config.want_truth")
    if option.multiple:
        is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return None if is_list else say("config.want_texts")
    if _is_number(option):
        return None if isinstance(value, int) and not isinstance(value, bool) else say("config.want_number")
    return None if isinstance(value, str) else say("config.want_text")
