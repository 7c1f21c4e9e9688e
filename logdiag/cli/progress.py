"""How far the reading has come: a bar for whoever sits at the terminal, a sentence for whoever interrupts."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from logdiag.cli import language, streams
from logdiag.texts.sentences import Sentence, say

Progress: TypeAlias = Callable[[int, int], None]


@contextlib.contextmanager
def show_progress(*, quiet: bool) -> Iterator[Progress | None]:
    """Give a callback for the bytes read, of all bytes: it draws a bar on standard error where that is a terminal.

    Whoever interrupts is told how far the reading had come.
    """
    if quiet:
        yield None
        return
    course = _Course()
    spoken = language.choose(None, sys.stderr)
    try:
        with contextlib.ExitStack() as stack:
            if streams.is_terminal(sys.stderr) and os.environ.get("TERM", "").lower() not in streams.DUMB_TERMINALS:
                course.draw = stack.enter_context(_draw_bar(spoken))
            yield course.note
    except KeyboardInterrupt:
        said = say("progress.interrupted", course=_describe_course(course.done_bytes, course.total_bytes))
        streams.say(f"logdiag: {said.write(spoken)}")
        raise


@dataclass(slots=True)
class _Course:
    """How far the reading has come."""

    done_bytes: int = 0
    total_bytes: int = 0
    draw: Progress | None = None

    def note(self, done_bytes: int, total_bytes: int) -> None:
        self.done_bytes, self.total_bytes = done_bytes, total_bytes
        if self.draw is not None:
            self.draw(done_bytes, total_bytes)


def _describe_course(done_bytes: int, total_bytes: int) -> Sentence:
    if not total_bytes:
        return say("progress.before")
    if done_bytes >= total_bytes:
        return say("progress.all", total_mb=total_bytes / 1e6)
    return say("progress.part", done_mb=done_bytes / 1e6, total_mb=total_bytes / 1e6, share=done_bytes / total_bytes)


@contextlib.contextmanager
def _draw_bar(spoken: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True, no_color=not streams.wants_color(sys.stderr))
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Bar(*columns, TimeRemainingColumn(compact=True), console=console, transient=True) as bar:
        reading, analyzing = say("progress.reading").write(spoken), say("progress.analyzing").write(spoken)
        task = bar.add_task(reading, total=None)

        def draw(done_bytes: int, total_bytes: int) -> None:
            stage = reading if done_bytes < total_bytes else analyzing
            bar.update(task, completed=done_bytes, total=total_bytes or None, description=stage)

        yield draw
