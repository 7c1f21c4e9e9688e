"""The options: one alias for each, so that a name, its help and its unit are the same in every command.

Nothing here but declarations. Annotations are evaluated by Typer, so no import may hide behind TYPE_CHECKING.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import typer

from logdiag import __version__
from logdiag.cli.language import Language
from logdiag.events import EventKind, Side
from logdiag.verdict import Severity

READING: Final = "reading"
CHOOSING: Final = "choosing"
WRITING: Final = "writing"
SCRIPTING: Final = "scripting"
SETTINGS: Final = "settings"


class Format(StrEnum):
    """The forms of a report."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    CSV = "csv"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    TRACE = "trace"


class ListFormat(StrEnum):
    """The forms of a list."""

    TEXT = "text"
    JSON = "json"


class TimelineFormat(StrEnum):
    """The forms of a timeline."""

    TEXT = "text"
    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"


class TextFormat(StrEnum):
    """The forms of an answer that fits on a page."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


class Level(StrEnum):
    """The levels that can be asked for, in ascending order."""

    TRACE = "trace"
    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"
    FATAL = "fatal"


class CodeLanguage(StrEnum):
    """The languages of code for applications."""

    JS = "js"
    TS = "ts"


class SchemaKind(StrEnum):
    """The results that have a schema."""

    DIAGNOSIS = "diagnosis"
    TIMELINE = "timeline"
    VERIFY = "verify"
    TRACE = "trace"
    SUSPECT = "suspect"
    WATCH = "watch"
    REPLAY = "replay"
    SNIPPET = "snippet"
    EXPLAIN = "explain"
    RULES = "rules"


def print_version(value: bool) -> None:
    """Print the version and leave."""
    if value:
        typer.echo(f"logdiag {__version__}")
        raise typer.Exit


def require_positive(value: int | None) -> int | None:
    """Return a number that can be a duration or a size. Raises BadParameter."""
    if value is not None and value < 1:
        raise typer.BadParameter(f"{value} is not 1 or more")
    return value


def require_side(values: list[str] | None) -> list[str] | None:
    """Return texts of the form NAME=client or NAME=server. Raises BadParameter."""
    for value in values or ():
        name, _, side = value.rpartition("=")
        if not name or side not in set(Side):
            raise typer.BadParameter(f"{value} is not NAME=client or NAME=server")
    return values


def require_duration(value: str | None) -> str | None:
    """Return a text that is a duration. Raises BadParameter."""
    from logdiag.times.window import parse_duration  # noqa: PLC0415  --help shall not load it

    duration = None if value is None else parse_duration(value)
    if value is not None and not duration:
        raise typer.BadParameter(f"{value} is not a duration like 90s, 10m or 2h")
    return value


def require_limits(values: list[str] | None) -> list[str] | None:
    """Return texts of the form NAME=VALUE that set limits. Raises BadParameter."""
    from logdiag.limits import parse_limits  # noqa: PLC0415  --help shall not load it

    try:
        parse_limits(values or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return values


Version = Annotated[bool, typer.Option("--version", callback=print_version, is_eager=True)]
Paths = Annotated[list[str] | None, typer.Argument(metavar="PATH", show_default=False)]
Since = Annotated[str | None, typer.Option(metavar="TIME", rich_help_panel=READING)]
Until = Annotated[str | None, typer.Option(metavar="TIME", rich_help_panel=READING)]
Around = Annotated[str | None, typer.Option(metavar="TIME", rich_help_panel=READING)]
Zone = Annotated[str | None, typer.Option("--tz", metavar="ZONE", rich_help_panel=READING)]
RulesFiles = Annotated[
    list[str] | None, typer.Option("--rules", metavar="FILE", rich_help_panel=READING, show_default=False)
]
Sides = Annotated[
    list[str] | None,
    typer.Option("--side", callback=require_side, metavar="NAME=SIDE", rich_help_panel=READING, show_default=False),
]
ClientKey = Annotated[str | None, typer.Option(metavar="KEY", rich_help_panel=READING)]
Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="DIR", rich_help_panel=READING, show_default=False)
]
LimitTexts = Annotated[
    list[str] | None,
    typer.Option("--limit", callback=require_limits, metavar="NAME=VALUE", rich_help_panel=READING, show_default=False),
]
Scheduler = Annotated[str | None, typer.Option("--scheduler", metavar="ADDRESS", rich_help_panel=READING)]
ReportFormat = Annotated[Format | None, typer.Option("--format", "-f", rich_help_panel=WRITING, show_default=False)]
ListForm = Annotated[ListFormat, typer.Option("--format", "-f", rich_help_panel=WRITING, show_default=True)]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", rich_help_panel=WRITING)]
CsvDirectory = Annotated[str | None, typer.Option("--csv", metavar="DIR", rich_help_panel=WRITING)]
CsvRaw = Annotated[bool, typer.Option("--csv-raw", rich_help_panel=WRITING)]
Brief = Annotated[bool, typer.Option("--brief", "-b", rich_help_panel=WRITING)]
Open = Annotated[bool, typer.Option("--open", rich_help_panel=WRITING)]
NoPager = Annotated[bool, typer.Option("--no-pager", rich_help_panel=WRITING)]
NoColor = Annotated[bool, typer.Option("--no-color", rich_help_panel=WRITING)]
Lang = Annotated[Language | None, typer.Option("--lang", rich_help_panel=WRITING, show_default=False)]
FailOn = Annotated[Severity | None, typer.Option(rich_help_panel=SCRIPTING)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", rich_help_panel=SCRIPTING)]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", rich_help_panel=SCRIPTING)]
Config = Annotated[str | None, typer.Option("--config", metavar="FILE", expose_value=False, rich_help_panel=SCRIPTING)]
NoConfig = Annotated[bool, typer.Option("--no-config", expose_value=False, rich_help_panel=SCRIPTING)]
PingInterval = Annotated[
    int | None,
    typer.Option("--server-ping-interval-ms", callback=require_positive, metavar="MS", rich_help_panel=SETTINGS),
]
PingTimeout = Annotated[
    int | None,
    typer.Option("--server-ping-timeout-ms", callback=require_positive, metavar="MS", rich_help_panel=SETTINGS),
]
MaxBufferSize = Annotated[
    int | None,
    typer.Option("--max-http-buffer-size-bytes", callback=require_positive, metavar="BYTES", rich_help_panel=SETTINGS),
]
ProposeFrom = Annotated[
    list[str] | None, typer.Option("--propose", metavar="PATH", rich_help_panel=CHOOSING, show_default=False)
]
MorePaths = Annotated[list[str] | None, typer.Argument(metavar="PATH", show_default=False)]
TestMessage = Annotated[str | None, typer.Option("--test", metavar="MESSAGE", rich_help_panel=CHOOSING)]
Service = Annotated[str | None, typer.Option(metavar="NAME", rich_help_panel=CHOOSING)]
Changed = Annotated[list[str] | None, typer.Argument(metavar="BEFORE AFTER", show_default=False)]
ChangedAt = Annotated[str | None, typer.Option("--at", metavar="TIME", rich_help_panel=READING)]
Traced = Annotated[str | None, typer.Argument(metavar="TEXT", show_default=False)]
Suspected = Annotated[str | None, typer.Argument(metavar="TEXT", show_default=False)]
EveryLine = Annotated[bool, typer.Option("--every-line", rich_help_panel=CHOOSING)]
Lasting = Annotated[
    str | None, typer.Option("--for", callback=require_duration, metavar="DURATION", rich_help_panel=SCRIPTING)
]
Policies = Annotated[
    list[str] | None, typer.Option("--policy", metavar="POLICY", rich_help_panel=CHOOSING, show_default=False)
]
Topic = Annotated[str | None, typer.Argument(metavar="ID", show_default=False)]
RecordedSide = Annotated[Side, typer.Argument(metavar="SIDE", show_default=False)]
CodeIn = Annotated[CodeLanguage, typer.Option("--lang", rich_help_panel=WRITING, show_default=True)]
SchemaName = Annotated[SchemaKind, typer.Argument(metavar="KIND")]
EventsOnly = Annotated[bool, typer.Option("--events", rich_help_panel=CHOOSING)]
Services = Annotated[
    list[str] | None, typer.Option("--service", metavar="NAME", rich_help_panel=CHOOSING, show_default=False)
]
Connections = Annotated[
    list[str] | None, typer.Option("--connection", metavar="NAME", rich_help_panel=CHOOSING, show_default=False)
]
AtLeast = Annotated[Level | None, typer.Option("--level", rich_help_panel=CHOOSING)]
Kinds = Annotated[
    list[EventKind] | None, typer.Option("--kind", metavar="KIND", rich_help_panel=CHOOSING, show_default=False)
]
Grep = Annotated[str | None, typer.Option("--grep", metavar="REGEX", rich_help_panel=CHOOSING)]
AnswerForm = Annotated[TextFormat | None, typer.Option("--format", "-f", rich_help_panel=WRITING, show_default=False)]
TimelineForm = Annotated[
    TimelineFormat | None, typer.Option("--format", "-f", rich_help_panel=WRITING, show_default=False)
]
