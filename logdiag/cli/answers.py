"""What the commands share that answer one question on a page: the same forms, and the same ways out."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from logdiag import __version__
from logdiag.cli import clock, files, forms, language, pager, paths, progress, streams
from logdiag.cli.language import Language
from logdiag.cli.options import TextFormat

if TYPE_CHECKING:
    from datetime import datetime

    from logdiag.pipeline.stages import Analysis
    from logdiag.renderers.document import Document
    from logdiag.request import Request


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the answer goes, and in which form; `output` None is standard output."""

    format: TextFormat
    output: Path | None
    lang: Language | None
    is_paged: bool
    quiet: bool


def settle(
    asked: TextFormat | None, output: str | None, lang: Language | None, *, is_paged: bool, quiet: bool
) -> Delivery:
    """Settle the form by what is asked for, else by the ending of the file."""
    return Delivery(forms.choose(asked, output, TextFormat), paths.name_file(output), lang, is_paged, quiet)


class WritableAnswer(Protocol):
    """An answer that can be written in every form."""

    def write_json(self, *, generated_at: datetime, version: str) -> str:
        """As the one object of docs/contracts.md, 2."""

    def build(self, *, language: str, zone: str) -> Document:
        """As a document of no format."""


@contextmanager
def open_analysis(request: Request, delivery: Delivery, *, quiet: bool) -> Iterator[Analysis]:
    """Read and analyse the logs that a question is about; they can be read again. Raises LogdiagError."""
    from logdiag.pipeline import stages

    targets = [] if delivery.output is None else [delivery.output]
    with (
        progress.show_progress(quiet=quiet) as on_progress,
        stages.open_reading(
            request,
            stdin=paths.open_stdin(request.paths),
            on_found=lambda found: files.refuse_inputs(targets, found, request.rules_files),
            on_progress=on_progress,
            processes_count=os.cpu_count() or 1,
        ) as reading,
    ):
        yield stages.analyze(reading, stages.Workers(None, os.cpu_count() or 1))


def deliver(answer: WritableAnswer, zone: str, delivery: Delivery) -> None:
    """Write the answer. Raises OutputError."""
    from logdiag.cli import notes

    text = render(answer, zone, delivery)
    if delivery.output is not None:
        files.write_file(delivery.output, streams.encode(text, "utf-8"))
        notes.say_written(delivery.output, delivery.lang, quiet=delivery.quiet)
    elif delivery.is_paged and delivery.format is TextFormat.TEXT:
        pager.write(text)
    else:
        streams.write_stdout(text)


def render(answer: WritableAnswer, zone: str, delivery: Delivery) -> str:
    """Return the answer in the form asked for."""
    to_file = delivery.output is not None
    spoken = language.choose(delivery.lang, None if to_file else sys.stdout)
    match delivery.format:
        case TextFormat.JSON:
            return answer.write_json(generated_at=clock.generated_at(), version=__version__)
        case TextFormat.MARKDOWN:
            from logdiag.renderers.markdown import write_markdown

            return write_markdown(answer.build(language=spoken, zone=zone))
        case TextFormat.TEXT:
            from logdiag.renderers.terminal import write_text

            return write_text(
                answer.build(language=spoken, zone=zone),
                width=streams.width_columns(to_file=to_file),
                color=not to_file and streams.wants_color(sys.stdout),
                encoding="utf-8" if to_file else streams.encoding_of(sys.stdout),
            )
