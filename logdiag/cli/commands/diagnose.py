"""`logdiag diagnose`: arguments into a request, the result into bytes and an exit code."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from logdiag import __version__
from logdiag.cli import (
    browser,
    clock,
    exits,
    files,
    forms,
    language,
    options,
    pager,
    paths,
    progress,
    step_summary,
    streams,
)
from logdiag.cli.language import Language
from logdiag.cli.options import Format
from logdiag.renderers import load_renderer
from logdiag.renderers.extents import Extent

if TYPE_CHECKING:  # the pipeline brings pandas along, which `logdiag --help` must not load
    from logdiag.pipeline.stages import Request, Result
    from logdiag.results.diagnosis import Diagnosis
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
    lang: Language | None
    extent: Extent = Extent.WHOLE
    is_opened: bool = False
    is_paged: bool = False
    quiet: bool = False
    csv_directory: Path | None = None
    csv_raw: bool = False
    summary: Path | None = None

    def targets(self) -> list[Path]:
        """Return the files that the result may replace."""
        tables = self.csv_directory.glob("*.csv") if self.csv_directory is not None else ()
        return [*tables, *(path for path in (self.output, self.summary) if path is not None)]


def settle(
    asked: Format | None,
    output: str | None,
    lang: Language | None,
    *,
    is_brief: bool,
    is_opened: bool,
    is_paged: bool,
    quiet: bool,
    verbose: bool,
) -> Delivery:
    """Settle the form by what is asked for, else by the ending of the file; a page to be opened is HTML."""
    form = Format.HTML if is_opened and asked is None and not output else forms.choose(asked, output, Format)
    whole = Extent.DETAILED if verbose else Extent.WHOLE
    extent = Extent.BRIEF if is_brief else Extent.VERDICT if quiet and not output else whole
    path = paths.name_file(output)
    return Delivery(form, path, lang, extent, is_opened=is_opened, is_paged=is_paged, quiet=quiet)


def diagnose(  # noqa: PLR0913  one parameter an option
    paths_named: options.Paths = None,
    *,
    since: options.Since = None,
    until: options.Until = None,
    around: options.Around = None,
    zone: options.Zone = None,
    rules_files: options.RulesFiles = None,
    limit: options.LimitTexts = None,
    side: options.Sides = None,
    client_key: options.ClientKey = None,
    source: options.Sources = None,
    report_format: options.ReportFormat = None,
    output: options.Output = None,
    csv_directory: options.CsvDirectory = None,
    csv_raw: options.CsvRaw = False,
    brief: options.Brief = False,
    open_page: options.Open = False,
    lang: options.Lang = None,
    no_color: options.NoColor = False,
    no_pager: options.NoPager = False,
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
    from logdiag.limits import parse_limits
    from logdiag.pipeline import stages as pipeline
    from logdiag.request import parse_sides

    settled = settle(
        report_format,
        output,
        lang,
        is_brief=brief,
        is_opened=open_page,
        is_paged=not no_pager,
        quiet=quiet,
        verbose=verbose,
    )
    delivery = replace(
        settled,
        csv_directory=Path(csv_directory) if csv_directory else None,
        csv_raw=csv_raw,
        summary=step_summary.find_step_summary() if settled.format is Format.GITHUB else None,
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
        limits=parse_limits(limit or ()),
        source_paths=tuple(source or ()),
    )
    return answer(request, delivery, fail_on=fail_on, verbose=verbose)


def answer(request: Request, delivery: Delivery, *, fail_on: Severity | None, verbose: bool) -> exits.ExitCode:
    """Diagnose, deliver, and return the code. Raises LogdiagError."""
    from logdiag.cli import notes
    from logdiag.pipeline import stages as pipeline

    with progress.show_progress(quiet=delivery.quiet) as on_progress:
        result = pipeline.diagnose(
            request,
            stdin=paths.open_stdin(request.paths),
            on_found=lambda found: files.refuse_inputs(delivery.targets(), found, request.rules_files),
            on_progress=on_progress,
            workers=pipeline.Workers(request.scheduler, os.cpu_count() or 1),
        )
    deliver(result, delivery)
    if not delivery.quiet:
        notes.say_notes(result.diagnosis, verbose=verbose, lang=delivery.lang)
        notes.say_unknown_names(request, (result.diagnosis,), delivery.lang)
    return exits.judge(result.diagnosis, fail_on)


def deliver(result: Result, delivery: Delivery) -> None:
    """Write the tables, the summary, then the report, and say what lies where. Raises OutputError."""
    from logdiag.cli import notes

    if delivery.csv_directory is not None:
        files.write_files(delivery.csv_directory, _render_tables(result, raw=delivery.csv_raw))
        notes.say_written(delivery.csv_directory, delivery.lang, quiet=delivery.quiet)
    if delivery.summary is not None:
        spoken = language.choose(delivery.lang, None)
        step_summary.append_step_summary(delivery.summary, result.diagnosis, spoken)
    pieces = render_pieces(result.diagnosis, delivery)
    output = browser.name_page() if delivery.is_opened and delivery.output is None else delivery.output
    if output is not None:
        files.write_pieces(output, (streams.encode(piece, "utf-8") for piece in pieces))
        notes.say_written(output, delivery.lang, quiet=delivery.quiet)
        if delivery.is_opened:
            browser.show(output)
    elif delivery.is_paged and delivery.format is Format.TEXT:
        pager.write("".join(pieces))
    else:
        streams.write_pieces(pieces, as_utf8=delivery.format in UTF8_FORMATS)


def _render_tables(result: Result, *, raw: bool) -> dict[str, bytes]:
    from logdiag.renderers.csv import render_tables, write_rows
    from logdiag.tables import list_timeline

    header, rows = list_timeline(result.timeline)
    tables = {
        "timeline": write_rows(header, cast("list[tuple[Cell, ...]]", rows), raw=raw),
        **render_tables(result.diagnosis, raw=raw),
    }
    return {f"{name}.csv": streams.encode(text, "utf-8") for name, text in tables.items()}


def render_pieces(diagnosis: Diagnosis, delivery: Delivery) -> Iterable[str]:
    """Return the report in the form asked for, in pieces: JSON, which has every session, is written as it is made."""
    if delivery.format is not Format.JSON:
        return (render(diagnosis, delivery),)
    from logdiag.renderers.json import write_pieces

    spoken = language.for_data(delivery.lang)
    return write_pieces(diagnosis, generated_at=clock.generated_at(), version=__version__, language=spoken)


def render(diagnosis: Diagnosis, delivery: Delivery) -> str:
    """Return the report in the form asked for; only text knows of widths, colours and encodings."""
    to_file = delivery.output is not None or delivery.is_opened
    spoken = language.choose(delivery.lang, None if to_file else sys.stdout)
    match delivery.format:
        case Format.JSON | Format.TRACE:
            return load_renderer(delivery.format.value)(
                diagnosis,
                generated_at=clock.generated_at(),
                version=__version__,
                language=language.for_data(delivery.lang),
            )
        case Format.JUNIT | Format.SARIF:
            return load_renderer(delivery.format.value)(
                diagnosis, version=__version__, language=language.for_data(delivery.lang)
            )
        case Format.CSV:
            from logdiag.renderers.csv import render_csv

            return render_csv(diagnosis, raw=delivery.csv_raw)
        case Format.MARKDOWN:
            from logdiag.renderers.markdown import render_markdown

            return render_markdown(diagnosis, version=__version__, language=spoken, extent=delivery.extent)
        case Format.HTML | Format.GITHUB:
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
                extent=delivery.extent,
            )
