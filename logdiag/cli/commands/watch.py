"""`logdiag watch`: growing logs followed until somebody, a finding or a time limit ends it, then the report."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from logdiag import __version__
from logdiag.cli import clock, exits, language, options, paths, progress, screen, streams
from logdiag.cli.commands import diagnose
from logdiag.cli.language import Language
from logdiag.cli.options import Format, ListFormat
from logdiag.errors import InputError
from logdiag.renderers.extents import Extent
from logdiag.verdict import Severity

if TYPE_CHECKING:
    from logdiag.pipeline.stages import Result
    from logdiag.reading import Spool
    from logdiag.watching.watch import Watch

STDIN_TICK_S: Final = 0.25  # so often the other files are looked at while standard input is silent


class WatchEnd(Enum):
    """Why a watch ended."""

    INTERRUPTED = auto()
    FOUND = auto()
    OVER = auto()
    LEFT = auto()


@dataclass(frozen=True, slots=True)
class Terms:
    """How to watch: in which form and language, and what ends it."""

    form: ListFormat
    lang: Language | None
    zone: str | None
    fail_on: Severity | None
    limit: timedelta | None
    quiet: bool
    verbose: bool


def watch(  # noqa: PLR0913  one parameter an option
    paths_named: options.Paths = None,
    *,
    since: options.Since = None,
    zone: options.Zone = None,
    rules_files: options.RulesFiles = None,
    limit: options.LimitTexts = None,
    side: options.Sides = None,
    client_key: options.ClientKey = None,
    every_line: options.EveryLine = False,
    list_format: options.ListForm = ListFormat.TEXT,
    lang: options.Lang = None,
    no_color: options.NoColor = False,
    fail_on: options.FailOn = None,
    lasting: options.Lasting = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    config: options.Config = None,  # read by ConfiguredCommand
    no_config: options.NoConfig = False,
) -> exits.ExitCode:
    """Follow logs while they grow: say what happens, what becomes a pattern, what is expected next; then report."""
    del no_color  # settled before any command runs (streams.settle)
    named = paths.require_paths(paths_named, "watch")
    from logdiag.limits import parse_limits
    from logdiag.reading import Spool, is_url
    from logdiag.request import Request, parse_sides
    from logdiag.times.window import parse_duration
    from logdiag.watching.watch import Watch

    for path in named:
        if is_url(path):
            raise InputError("input.not_followed", path=path)
    request = Request(
        named,
        since=since,
        zone=zone,
        rules_files=tuple(rules_files or ()),
        sides=parse_sides(side or ()),
        client_key=client_key or None,
        limits=parse_limits(limit or ()),
    )
    duration = None if lasting is None else parse_duration(lasting)
    terms = Terms(list_format, lang, zone, fail_on, duration, quiet, verbose)
    stdin = paths.open_stdin(named)
    with contextlib.ExitStack() as stack:
        spool = None if stdin is None else stack.enter_context(contextlib.closing(Spool(stdin)))
        watched = Watch(request, spool, time.monotonic, is_complete=every_line)
        if spool is not None:
            spool.start()
        return run(watched, spool, terms)


def run(watched: Watch, spool: Spool | None, terms: Terms) -> exits.ExitCode:
    """Watch to the end, report, and return the code. Raises LogdiagError."""
    end = WatchEnd.INTERRUPTED
    with contextlib.suppress(KeyboardInterrupt), screen_of(terms) as shown:
        end = follow(watched, spool, terms, shown)
    watched.stop()
    if end is WatchEnd.LEFT:
        return exits.ExitCode.OK if watched.diagnosis is None else exits.judge(watched.diagnosis, terms.fail_on)
    result = report(watched, spool, terms)
    if end is WatchEnd.INTERRUPTED:
        return exits.ExitCode.INTERRUPTED
    return exits.ExitCode.FINDINGS if end is WatchEnd.FOUND else exits.judge(result.diagnosis, terms.fail_on)


def screen_of(terms: Terms) -> contextlib.AbstractContextManager[screen.Screen]:
    """The screen that the terms ask for."""
    return screen.open_screen(terms.form, terms.lang, terms.zone or "UTC", quiet=terms.quiet)


def follow(watched: Watch, spool: Spool | None, terms: Terms, shown: screen.Screen) -> WatchEnd:
    """Look again and again, until something ends it."""
    deadline_s = None if terms.limit is None else time.monotonic() + terms.limit.total_seconds()
    is_open = shown.show([watched.begin()], watched)
    for is_listing_due in list_wakes(watched, spool):
        is_last = spool is not None and spool.is_ended and set(watched.request.paths) == {paths.STANDARD_STREAM}
        is_open = is_open and shown.show(watched.look(is_listing_due=is_listing_due), watched)
        if not is_open:
            return WatchEnd.LEFT
        if watched.diagnosis is not None and is_found(watched, terms.fail_on):
            return WatchEnd.FOUND
        if is_last or (deadline_s is not None and time.monotonic() >= deadline_s):
            return WatchEnd.OVER
    return WatchEnd.OVER


def is_found(watched: Watch, fail_on: Severity | None) -> bool:
    """Whether there is a finding that ends the watch."""
    found = watched.diagnosis
    return found is not None and exits.judge(found, fail_on) is exits.ExitCode.FINDINGS


def list_wakes(watched: Watch, spool: Spool | None) -> Iterator[bool]:
    """Yield whenever it is time to look; True where files came or went."""
    if spool is None:
        from logdiag.watching import wakes

        yield True
        yield from wakes.list_wakes(watched.request.paths)
    while spool is not None:
        yield False
        if spool.is_ended:
            time.sleep(STDIN_TICK_S)
        else:
            spool.wait(STDIN_TICK_S)


def report(watched: Watch, spool: Spool | None, terms: Terms) -> Result:
    """Diagnose all that was watched, as `diagnose` does, tell what is new in that, and deliver it."""
    from logdiag.cli import notes
    from logdiag.pipeline import stages

    with (
        progress.show_progress(quiet=terms.quiet) as on_progress,
        contextlib.nullcontext() if spool is None else spool.open() as stdin,
    ):
        workers = stages.Workers(None, os.cpu_count() or 1)
        result = stages.diagnose(watched.request, stdin=stdin, on_progress=on_progress, workers=workers)
    is_live = terms.form is ListFormat.TEXT and streams.is_terminal(sys.stdout)
    if not is_live:
        with screen_of(terms) as shown:
            shown.show(watched.finish(result.diagnosis), watched)
    deliver(result, terms)
    if not terms.quiet:
        notes.say_notes(result.diagnosis, verbose=terms.verbose, lang=terms.lang)
        notes.say_unknown_names(watched.request, (result.diagnosis,), terms.lang)
    return result


def deliver(result: Result, terms: Terms) -> None:
    """Write the report of `diagnose`; as JSON on one line, the last one. Raises OutputError."""
    if terms.form is ListFormat.TEXT:
        if not terms.quiet and not streams.is_terminal(sys.stdout):
            streams.write_stdout("\n")  # between the lines and the report
        extent = Extent.DETAILED if terms.verbose else Extent.WHOLE
        delivery = diagnose.Delivery(Format.TEXT, None, terms.lang, extent)
        diagnose.deliver(result, delivery)
        return
    from logdiag.renderers.json import render_json

    streams.write_stdout(
        render_json(
            result.diagnosis,
            generated_at=clock.generated_at(),
            version=__version__,
            language=language.for_data(terms.lang),
            indent=None,
        )
    )
