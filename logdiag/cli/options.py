"""The options: one alias for each, so that a name, its help and its unit are the same in every command.

Nothing here but declarations. Annotations are evaluated by Typer, so no import may hide behind TYPE_CHECKING.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import typer

from logdiag import __version__
from logdiag.cli.language import Language
from logdiag.events import EventKind
from logdiag.verdict import Severity

READING: Final = "What to read"
CHOOSING: Final = "What to show of it"
WRITING: Final = "What to write"
SCRIPTING: Final = "In scripts"
SETTINGS: Final = "Settings that logs do not hold"


class Format(StrEnum):
    """The forms of a report."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    CSV = "csv"
    JUNIT = "junit"
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


class Level(StrEnum):
    """The levels that can be asked for, in ascending order."""

    TRACE = "trace"
    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"
    FATAL = "fatal"


class SchemaKind(StrEnum):
    """The results that have a schema."""

    DIAGNOSIS = "diagnosis"
    TIMELINE = "timeline"


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


Version = Annotated[
    bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and leave.")
]
Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Log files, directories of them (any depth), URLs of either (s3://, https://), or - for standard input.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        rich_help_panel=READING,
        help='Leave out all that is earlier: "2025-11-14 16:25", or "-30m" counted back from the end of the logs.',
    ),
]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", rich_help_panel=READING, help="Leave out all that is later.")
]
Around = Annotated[
    str | None,
    typer.Option(metavar="TIME", rich_help_panel=READING, help="Keep only the minutes before and after a moment."),
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--tz",
        metavar="ZONE",
        rich_help_panel=READING,
        help="Zone of the stamps that name none, such as Asia/Shanghai. Without it they are taken as UTC.",
    ),
]
RulesFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        rich_help_panel=READING,
        help="More event rules (TOML); they come before the built-in ones. Repeatable.",
        show_default=False,
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        rich_help_panel=READING,
        help="Let the workers of this Dask cluster read the files, such as tcp://host:8786.",
    ),
]
ReportFormat = Annotated[
    Format, typer.Option("--format", "-f", rich_help_panel=WRITING, help="Form of the report.", show_default=True)
]
RulesFormat = Annotated[
    ListFormat, typer.Option("--format", "-f", rich_help_panel=WRITING, help="Form of the list.", show_default=True)
]
ExplainFormat = Annotated[
    ListFormat,
    typer.Option("--format", "-f", rich_help_panel=WRITING, help="Form of the explanation.", show_default=True),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        rich_help_panel=WRITING,
        help="Write the report there (UTF-8), whole or not at all, and never over a log.",
    ),
]
CsvDirectory = Annotated[
    str | None,
    typer.Option(
        "--csv", metavar="DIR", rich_help_panel=WRITING, help="Write every table there as CSV, besides the report."
    ),
]
CsvRaw = Annotated[
    bool,
    typer.Option(
        "--csv-raw",
        rich_help_panel=WRITING,
        help="Leave cells as they are that a spreadsheet would run as a formula.",
    ),
]
NoColor = Annotated[
    bool,
    typer.Option("--no-color", rich_help_panel=WRITING, help="Plain text, as with NO_COLOR=1 in the environment."),
]
Lang = Annotated[
    Language | None,
    typer.Option(
        "--lang",
        rich_help_panel=WRITING,
        help="Language of what people read. Without it that of the locale, and English in JSON.",
        show_default=False,
    ),
]
FailOn = Annotated[
    Severity | None,
    typer.Option(
        rich_help_panel=SCRIPTING,
        help="Exit with 1 on a finding this severe or worse, with 3 if the logs do not allow a judgement.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", rich_help_panel=SCRIPTING, help="No progress and no hints.")]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", rich_help_panel=SCRIPTING, help="Say on standard error what was read and what was skipped."
    ),
]
Config = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="FILE",
        expose_value=False,
        rich_help_panel=SCRIPTING,
        help="Take defaults from this TOML file, and from no other; its keys are the names of the options.",
    ),
]
NoConfig = Annotated[
    bool,
    typer.Option(
        "--no-config", expose_value=False, rich_help_panel=SCRIPTING, help="Leave out all configuration files."
    ),
]
PingInterval = Annotated[
    int | None,
    typer.Option(
        "--server-ping-interval-ms",
        callback=require_positive,
        metavar="MS",
        rich_help_panel=SETTINGS,
        help="pingInterval of the server.",
    ),
]
PingTimeout = Annotated[
    int | None,
    typer.Option(
        "--server-ping-timeout-ms",
        callback=require_positive,
        metavar="MS",
        rich_help_panel=SETTINGS,
        help="pingTimeout of the server.",
    ),
]
MaxBufferSize = Annotated[
    int | None,
    typer.Option(
        "--max-http-buffer-size-bytes",
        callback=require_positive,
        metavar="BYTES",
        rich_help_panel=SETTINGS,
        help="maxHttpBufferSize of the server.",
    ),
]
TestMessage = Annotated[
    str | None,
    typer.Option(
        "--test",
        metavar="MESSAGE",
        help="Say which rule would fire on this message, or on this whole JSON line, and what it extracts.",
    ),
]
Service = Annotated[
    str | None, typer.Option(metavar="NAME", help="Service that the --test message comes from; any, if not given.")
]
Topic = Annotated[
    str | None,
    typer.Argument(
        metavar="ID",
        help="A cause (payload-too-large), a check (push-moves-beat) or a word (suspect).",
        show_default=False,
    ),
]
SchemaName = Annotated[SchemaKind, typer.Argument(metavar="KIND", help="The result whose schema to print.")]
EventsOnly = Annotated[
    bool, typer.Option("--events", rich_help_panel=CHOOSING, help="Only lines that a rule understands.")
]
Services = Annotated[
    list[str] | None,
    typer.Option(
        "--service",
        metavar="NAME",
        rich_help_panel=CHOOSING,
        help='Only lines of this service; "data-*" names several. Repeatable.',
        show_default=False,
    ),
]
Connections = Annotated[
    list[str] | None,
    typer.Option(
        "--connection",
        metavar="NAME",
        rich_help_panel=CHOOSING,
        help="Only lines of this connection, which is the folder of a client. Repeatable.",
        show_default=False,
    ),
]
AtLeast = Annotated[
    Level | None, typer.Option("--level", rich_help_panel=CHOOSING, help="Only lines of this level or a worse one.")
]
Kinds = Annotated[
    list[EventKind] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        rich_help_panel=CHOOSING,
        help="Only events of this kind. Repeatable.",
        show_default=False,
    ),
]
Grep = Annotated[
    str | None,
    typer.Option(
        "--grep",
        metavar="REGEX",
        rich_help_panel=CHOOSING,
        help='Only lines whose message matches; "(?i)close" ignores case.',
    ),
]
TimelineForm = Annotated[
    TimelineFormat,
    typer.Option("--format", "-f", rich_help_panel=WRITING, help="Form of the timeline.", show_default=True),
]
