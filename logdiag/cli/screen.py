"""What a watcher sees: a page that stands still until something changes, plain lines, or lines of JSON."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from logdiag import __version__
from logdiag.cli import clock, language, streams
from logdiag.cli.language import Language
from logdiag.cli.options import ListFormat

if TYPE_CHECKING:
    from rich.live import Live

    from logdiag.renderers.watch import NoticeWriter
    from logdiag.results.observation import Notice
    from logdiag.watching.watch import Watch


class Screen(Protocol):
    """Where notices go."""

    def show(self, notices: Iterable[Notice], watch: Watch) -> bool:
        """Show what is new; False if nobody looks any more. Raises OutputError."""


@contextlib.contextmanager
def open_screen(form: ListFormat, lang: Language | None, zone: str, *, quiet: bool) -> Iterator[Screen]:
    """Choose by who looks: a person at a terminal gets the page, all others get lines; `quiet` nothing."""
    from logdiag.renderers.watch import NoticeWriter

    is_data = form is ListFormat.JSON
    spoken = language.for_data(lang) if is_data else language.choose(lang, sys.stdout)
    writer = NoticeWriter(language=spoken, zone=zone, version=__version__)
    if quiet:
        yield NoScreen()
    elif is_data:
        yield JsonLines(writer)
    elif not streams.is_terminal(sys.stdout) or os.environ.get("TERM", "").lower() in streams.DUMB_TERMINALS:
        yield PlainLines(writer)
    else:
        with _open_live() as live:
            yield LivePage(writer, live)


class NoScreen:
    """Shows nothing."""

    def show(self, notices: Iterable[Notice], watch: Watch) -> bool:
        """Let all pass."""
        del watch
        for _ in notices:
            pass
        return True


class PlainLines:
    """A line for each notice."""

    def __init__(self, writer: NoticeWriter) -> None:
        self._writer = writer

    def show(self, notices: Iterable[Notice], watch: Watch) -> bool:
        """Write the lines."""
        encoding = streams.encoding_of(sys.stdout)
        lines = (self._writer.write_line(notice, watch.diagnosis, encoding) for notice in notices)
        return streams.write_at_once(lines)


class JsonLines:
    """An object of JSON for each notice."""

    def __init__(self, writer: NoticeWriter) -> None:
        self._writer = writer

    def show(self, notices: Iterable[Notice], watch: Watch) -> bool:
        """Write the objects."""
        now = clock.generated_at
        return streams.write_at_once(
            self._writer.write_json(notice, watch.diagnosis, generated_at=now()) for notice in notices
        )


class LivePage:
    """The state of things, drawn anew when it has changed."""

    def __init__(self, writer: NoticeWriter, live: Live) -> None:
        self._writer, self._live = writer, live

    def show(self, notices: Iterable[Notice], watch: Watch) -> bool:
        """Draw the page if there is news."""
        from rich.text import Text

        from logdiag.renderers.terminal import write_text

        before = watch.diagnosis
        if not sum(1 for _ in notices) and watch.diagnosis is before:
            return True
        rows_count = shutil.get_terminal_size((streams.PLAIN_WIDTH_COLUMNS, 24)).lines
        page = write_text(
            self._writer.build_screen(watch.outlook, rows_count=rows_count),
            width=streams.width_columns(to_file=False) - 1,
            color=streams.wants_color(sys.stdout),
            encoding=streams.encoding_of(sys.stdout),
        )
        self._live.update(Text.from_ansi(page.rstrip("\n")), refresh=True)
        return True


@contextlib.contextmanager
def _open_live() -> Iterator[Live]:
    from rich.console import Console
    from rich.live import Live

    console = Console(no_color=not streams.wants_color(sys.stdout), highlight=False)
    with Live(console=console, auto_refresh=False, transient=True, vertical_overflow="crop") as live:
        yield live
