"""`logdiag diagnose`: arguments into a request, the result into bytes and an exit code."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from logdiag import __version__
from logdiag.cli import clock, exits, files, language, notes, options, streams
from logdiag.cli.language import Language
from logdiag.cli.options import Format
from logdiag.errors import InputError

if TYPE_CHECKING:  # the pipeline brings pandas along, which `logdiag --help` must not load
    from logdiag.diagnosis import Diagnosis, Severity
    from logdiag.pipeline import Request, Result
    from logdiag.renderers.csv import Cell

STANDARD_STREAM: Final = "-"
EXAMPLES: Final = """Examples:

  logdiag diagnose logs/
  logdiag diagnose worker1/ worker2/ master/ --tz Asia/Shanghai
  logdiag diagnose logs/ --around "2025-11-14 16:30"
  logdiag diagnose logs/ --format markdown --output report.md
  logdiag diagnose logs/ --format json --fail-on warning
  kubectl logs worker-1 | logdiag diagnose -

Exit codes:

    0  ran, whatever it found
    1  findings at or above --fail-on
    2  could not run: usage, a path, not one line to parse
    3  with --fail-on: not enough data to judge
   70  a bug in logdiag
   74  the output could not be written
  130  interrupted"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the result goes, and in which form; `output` None is standard output."""

    format: Format
    output: Path | None
    csv_directory: Path | None
    csv_raw: bool
    lang: Language | None

    def targets(self) -> list[Path]:
        """Return the files that the result may replace."""
        tables = self.csv_directory.glob("*.csv") if self.csv_directory is not None else ()
        return [*tables, *([self.output] if self.output is not None else [])]


def diagnose(  # noqa: PLR0913  one parameter an option
    paths: options.Paths = None,
    *,
    since: options.Since = None,
    until: options.Until = None,
    around: options.Around = None,
    zone: options.Zone = None,
    rules_files: options.RulesFiles = None,
    report_format: options.ReportFormat = Format.TEXT,
    output: options.Output = None,
    csv_directory: options.CsvDirectory = None,
    csv_raw: options.CsvRaw = False,
    lang: options.Lang = None,
    no_color: options.NoColor = False,
    fail_on: options.FailOn = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    server_ping_interval_ms: options.PingInterval = None,
    server_ping_timeout_ms: options.PingTimeout = None,
    max_http_buffer_size_bytes: options.MaxBufferSize = None,
) -> exits.ExitCode:
    """Read logs and say what happened, how often, what it cost, what caused it and what to do first."""
    named = _require_paths(paths)
    from logdiag import pipeline

    tables = Path(csv_directory) if csv_directory else None
    delivery = Delivery(
        format=report_format, output=_name_file(output), csv_directory=tables, csv_raw=csv_raw, lang=lang
    )
    request = pipeline.Request(
        paths=named,
        since=since,
        until=until,
        around=around,
        zone=zone,
        rules_files=tuple(rules_files or ()),
        server_ping_interval_ms=server_ping_interval_ms,
        server_ping_timeout_ms=server_ping_timeout_ms,
        max_http_buffer_bytes=max_http_buffer_size_bytes,
    )
    return answer(request, delivery, fail_on=fail_on, quiet=quiet, verbose=verbose)


def answer(
    request: Request, delivery: Delivery, *, fail_on: Severity | None, quiet: bool, verbose: bool
) -> exits.ExitCode:
    """Diagnose, deliver, and return the code. Raises LogdiagError."""
    from logdiag import pipeline

    files.refuse_inputs(delivery.targets(), request.paths, request.rules_files)
    with streams.show_progress(quiet=quiet) as on_progress:
        result = pipeline.diagnose(request, stdin=_open_stdin(request.paths), on_progress=on_progress)
    deliver(result, delivery)
    if not quiet:
        notes.say_notes(result.diagnosis, verbose=verbose, lang=delivery.lang)
    return exits.judge(result.diagnosis, fail_on)


def _name_file(output: str | None) -> Path | None:
    return None if output in {None, "", STANDARD_STREAM} else Path(str(output))


def _require_paths(paths: list[str] | None) -> tuple[str, ...]:
    if not paths:
        raise InputError(
            "no logs named: try `logdiag diagnose logs/` with your directory of logs, "
            "or `logdiag diagnose -` to read standard input"
        )
    return tuple(paths)


def _open_stdin(paths: tuple[str, ...]) -> BinaryIO | None:
    if STANDARD_STREAM not in paths:
        return None
    if sys.stdin is None:
        raise InputError("-: standard input is closed")
    return sys.stdin.buffer


def deliver(result: Result, delivery: Delivery) -> None:
    """Write the tables, then the report. Raises OutputError."""
    if delivery.csv_directory is not None:
        files.write_files(delivery.csv_directory, _render_tables(result, raw=delivery.csv_raw))
    text = render(result.diagnosis, delivery)
    if delivery.output is not None:
        files.write_file(delivery.output, streams.encode(text, "utf-8"))
    else:
        streams.write_stdout(text, as_utf8=delivery.format in {Format.CSV, Format.HTML})


def _render_tables(result: Result, *, raw: bool) -> dict[str, bytes]:
    from logdiag.renderers.csv import render_tables, write_rows
    from logdiag.timeline import timeline_rows

    header, rows = timeline_rows(result.timeline)
    tables = {
        "timeline": write_rows(header, cast("list[tuple[Cell, ...]]", rows), raw=raw),
        **render_tables(result.diagnosis, raw=raw),
    }
    return {f"{name}.csv": streams.encode(text, "utf-8") for name, text in tables.items()}


def render(diagnosis: Diagnosis, delivery: Delivery) -> str:
    """Return the report in the form asked for; only text knows of widths, colours and encodings."""
    to_file = delivery.output is not None
    spoken = language.choose(delivery.lang, None if to_file else sys.stdout)
    match delivery.format:
        case Format.JSON:
            from logdiag.renderers.json import render_json

            return render_json(
                diagnosis,
                generated_at=clock.generated_at(),
                version=__version__,
                language=language.for_data(delivery.lang),
            )
        case Format.CSV:
            from logdiag.renderers.csv import render_csv

            return render_csv(diagnosis, raw=delivery.csv_raw)
        case Format.MARKDOWN:
            from logdiag.renderers.markdown import render_markdown

            return render_markdown(diagnosis, version=__version__, language=spoken)
        case Format.HTML:
            from logdiag.renderers.html import render_html

            return render_html(diagnosis, version=__version__, language=spoken)
        case Format.TEXT:
            from logdiag.renderers.terminal import render_text

            return render_text(
                diagnosis,
                width=streams.width_columns(to_file=to_file),
                color=not to_file and streams.wants_color(sys.stdout),
                encoding="utf-8" if to_file else streams.encoding_of(sys.stdout),
                version=__version__,
                language=spoken,
            )
