"""`logdiag timeline`: all lines of all logs in the order of time, one by one."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from logdiag import __version__
from logdiag.cli import clock, exits, files, forms, options, paths, progress, streams
from logdiag.cli.language import Language
from logdiag.cli.options import TimelineFormat

if TYPE_CHECKING:
    from logdiag.merging.query import Chronicle, Query


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the timeline goes, and in which form; `output` None is standard output."""

    format: TimelineFormat
    output: Path | None
    csv_raw: bool
    lang: Language | None


def timeline(  # noqa: PLR0913  one parameter an option
    paths_named: options.Paths = None,
    *,
    since: options.Since = None,
    until: options.Until = None,
    around: options.Around = None,
    zone: options.Zone = None,
    rules_files: options.RulesFiles = None,
    limit: options.LimitTexts = None,
    events: options.EventsOnly = False,
    services: options.Services = None,
    connections: options.Connections = None,
    level: options.AtLeast = None,
    kinds: options.Kinds = None,
    grep: options.Grep = None,
    timeline_format: options.TimelineForm = None,
    output: options.Output = None,
    csv_raw: options.CsvRaw = False,
    lang: options.Lang = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    config: options.Config = None,  # read by ConfiguredCommand
    no_config: options.NoConfig = False,
) -> exits.ExitCode:
    """Merge all logs into one timeline: every line, or the events only, filtered, with its place in the logs."""
    del no_color  # settled before any command runs (streams.settle)
    named = paths.require_paths(paths_named, "timeline")
    from logdiag.limits import parse_limits
    from logdiag.merging.query import Query

    query = Query(
        paths=named,
        since=since,
        until=until,
        around=around,
        zone=zone,
        rules_files=tuple(rules_files or ()),
        services=tuple(services or ()),
        connections=tuple(connections or ()),
        kinds=tuple(kinds or ()),
        level=None if level is None else level.value,
        grep=grep,
        events_only=events,
        limits=parse_limits(limit or ()),
    )
    form = forms.choose(timeline_format, output, TimelineFormat)
    return answer(query, Delivery(form, paths.name_file(output), csv_raw, lang), quiet=quiet)


def answer(query: Query, delivery: Delivery, *, quiet: bool) -> exits.ExitCode:
    """Read, write as it comes, and say what had no place in time. Raises LogdiagError."""
    from logdiag.cli import notes
    from logdiag.merging.query import open_chronicle

    targets = [] if delivery.output is None else [delivery.output]
    is_seen = delivery.output is None and streams.is_terminal(sys.stdout)  # a bar would run through the lines
    with (
        progress.show_progress(quiet=quiet or is_seen) as on_progress,
        open_chronicle(
            query,
            stdin=paths.open_stdin(query.paths),
            on_found=lambda found: files.refuse_inputs(targets, found, query.rules_files),
            on_progress=on_progress,
        ) as chronicle,
        contextlib.closing(render(chronicle, query, delivery)) as pieces,
    ):
        files.allow_open_files(chronicle.account.files_count)  # those that overlap are open at once
        if delivery.output is not None:
            files.write_pieces(delivery.output, (streams.encode(piece, "utf-8") for piece in pieces))
        else:
            streams.write_pieces(pieces, as_utf8=delivery.format is TimelineFormat.CSV)
    if delivery.output is not None:
        notes.say_written(delivery.output, delivery.lang, quiet=quiet)
    if not quiet:
        notes.say_account(chronicle.account, delivery.lang)
        notes.say_misses("--service", query.services, chronicle.account.services, delivery.lang)
        notes.say_misses("--connection", query.connections, chronicle.account.connections, delivery.lang)
    return exits.ExitCode.OK


def render(chronicle: Chronicle, query: Query, delivery: Delivery) -> Generator[str, None, None]:
    """Yield the timeline in the form asked for."""
    from logdiag.reading import mask_secrets
    from logdiag.renderers import timeline as layouts

    to_file = delivery.output is not None
    match delivery.format:
        case TimelineFormat.CSV:
            yield from layouts.write_csv(chronicle.entries, raw=delivery.csv_raw)
        case TimelineFormat.JSONL:
            yield from layouts.write_json_lines(chronicle.entries)
        case TimelineFormat.JSON:
            yield from layouts.write_json(
                chronicle.entries,
                chronicle.account,
                paths=tuple(map(mask_secrets, query.paths)),
                generated_at=clock.generated_at(),
                version=__version__,
            )
        case TimelineFormat.TEXT:
            layout = layouts.TextLayout(
                zone=query.zone or "UTC",
                connections=chronicle.connections,
                services=chronicle.services,
                color=not to_file and streams.wants_color(sys.stdout),
                encoding="utf-8" if to_file else streams.encoding_of(sys.stdout),
                undated=chronicle.account.undated,
            )
            yield from layouts.write_text(chronicle.entries, layout)
