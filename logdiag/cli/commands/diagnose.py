"""`logdiag diagnose`: arguments into a request, the result into bytes and an exit code."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from logdiag import __version__
from logdiag.cli import clock, exits, files, language, options, paths, progress, step_summary, streams
from logdiag.cli.language import Language
from logdiag.cli.options import Format
from logdiag.renderers import load_renderer

if TYPE_CHECKING:  # the pipeline brings pandas along, which `logdiag --help` must not load
    from logdiag.diagnosis import Diagnosis
    from logdiag.pipeline.stages import Request, Result
    from logdiag.tables import Cell
    from logdiag.verdict import Severity

UTF8_FORMATS: Final = frozenset(
    {Format.CSV, Format.HTML, Format.JUNIT, Format.GITHUB}
)  # those whose readers take nothing else


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the result goes, and in which form; `output` None is standard output, `summary` that of a CI step."""

    format: Format
    output: Path | None
    csv_directory: Path | None
    csv_raw: bool
    summary: Path | None
    lang: Language | None

    def targets(self) -> list[Path]:
        """Return the files that the result may replace."""
        tables = self.csv_directory.glob("*.csv") if self.csv_directory is not None else ()
        return [*tables, *(path for path in (self.output, self.summary) if path is not None)]


def diagnose(  # noqa: PLR0913  one parameter an option
    paths_named: options.Paths = None,
    *,
    since: options.Since = None,
    until: options.Until = None,
    around: options.Around = None,
    zone: options.Zone = None,
    rules_files: options.RulesFiles = None,
    side: options.Sides = None,
    client_key: options.ClientKey = None,
    source: options.Sources = None,
    report_format: options.ReportFormat = Format.TEXT,
    output: options.Output = None,
    csv_directory: options.CsvDirectory = None,
    csv_raw: options.CsvRaw = False,
    lang: options.Lang = None,
    no_color: options.NoColor = False,
    fail_on: options.FailOn = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    scheduler: options.Scheduler = None,
    server_ping_interval_ms: options.PingInterval = None,
    server_ping_timeout_ms: options.PingTimeout = None,
    max_http_buffer_size_bytes: options.MaxBufferSize = None,
    config: options.Config = None,  # read by ConfiguredCommand
    no_config: options.NoConfig = False,
) -> exits.ExitCode:
    """Read logs and say what happened, how often, what it cost, what caused it and what to do first."""
    named = paths.require_paths(paths_named, "diagnose")
    from logdiag.pipeline import stages as pipeline
    from logdiag.request import parse_sides

    tables = Path(csv_directory) if csv_directory else None
    delivery = Delivery(
        format=report_format,
        output=paths.name_file(output),
        csv_directory=tables,
        csv_raw=csv_raw,
        summary=step_summary.find_step_summary() if report_format is Format.GITHUB else None,
        lang=lang,
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
        scheduler=scheduler or None,
        sides=parse_sides(side or ()),
        client_key=client_key or None,
        source_paths=tuple(source or ()),
    )
    return answer(request, delivery, fail_on=fail_on, quiet=quiet, verbose=verbose)


def answer(
    request: Request, delivery: Delivery, *, fail_on: Severity | None, quiet: bool, verbose: bool
) -> exits.ExitCode:
    """Diagnose, deliver, and return the code. Raises LogdiagError."""
    from logdiag.cli import notes
    from logdiag.pipeline import stages as pipeline

    with progress.show_progress(quiet=quiet) as on_progress:
        result = pipeline.diagnose(
            request,
            stdin=paths.open_stdin(request.paths),
            on_found=lambda found: files.refuse_inputs(delivery.targets(), found, request.rules_files),
            on_progress=on_progress,
            workers=pipeline.Workers(request.scheduler, os.cpu_count() or 1),
        )
    deliver(result, delivery)
    if not quiet:
        notes.say_notes(result.diagnosis, verbose=verbose, lang=delivery.lang)
    return exits.judge(result.diagnosis, fail_on)


def deliver(result: Result, delivery: Delivery) -> None:
    """Write the tables, the summary, then the report. Raises OutputError."""
    if delivery.csv_directory is not None:
        files.write_files(delivery.csv_directory, _render_tables(result, raw=delivery.csv_raw))
    if delivery.summary is not None:
        spoken = language.choose(delivery.lang, None)
        step_summary.append_step_summary(delivery.summary, result.diagnosis, spoken)
    text = render(result.diagnosis, delivery)
    if delivery.output is not None:
        files.write_file(delivery.output, streams.encode(text, "utf-8"))
    else:
        streams.write_stdout(text, as_utf8=delivery.format in UTF8_FORMATS)


def _render_tables(result: Result, *, raw: bool) -> dict[str, bytes]:
    from logdiag.frame import timeline_rows
    from logdiag.renderers.csv import render_tables, write_rows

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
        case Format.JSON | Format.TRACE:
            return load_renderer(delivery.format.value)(
                diagnosis,
                generated_at=clock.generated_at(),
                version=__version__,
                language=language.for_data(delivery.lang),
            )
        case Format.JUNIT:
            return load_renderer("junit")(diagnosis, version=__version__, language=language.for_data(delivery.lang))
        case Format.CSV:
            from logdiag.renderers.csv import render_csv

            return render_csv(diagnosis, raw=delivery.csv_raw)
        case Format.MARKDOWN | Format.HTML | Format.GITHUB:
            return load_renderer(delivery.format.value)(diagnosis, version=__version__, language=spoken)
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
