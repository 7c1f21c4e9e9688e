"""`logdiag explain`: what logdiag knows of a cause, a check or a word, without a single log."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from logdiag import __version__
from logdiag.cli import clock, exits, language, options, streams
from logdiag.cli.language import Language
from logdiag.cli.options import ListFormat
from logdiag.errors import InputError

if TYPE_CHECKING:
    from logdiag.renderers.explainer import Explainer


def explain(
    identifier: options.Topic = None,
    *,
    list_format: options.ListForm = ListFormat.TEXT,
    lang: options.Lang = None,
    no_color: options.NoColor = False,
) -> exits.ExitCode:
    """Explain a cause, a check, a finding or a word of the reports; without an ID, list them all."""
    del no_color  # settled before any command runs (streams.settle)
    is_json = list_format is ListFormat.JSON
    explainer = load_explainer(language.for_data(lang) if is_json else language.choose(lang, sys.stdout))
    known = None if identifier is None else explainer.find(identifier)
    if identifier is not None and known is None:
        near = tuple(explainer.suggest(identifier))
        raise InputError("input.no_topic_but" if near else "input.no_topic", id=identifier, near=near)
    if is_json:
        from logdiag.renderers.explain import render_json

        text = render_json(explainer, known, generated_at=clock.generated_at(), version=__version__)
    else:
        text = render(explainer, known)
    streams.write_stdout(text)
    return exits.ExitCode.OK


def load_explainer(spoken: Language = Language.EN) -> Explainer:
    """Read the catalogue into what the renderer shows."""
    from logdiag.analyzers.causes.catalogue import CheckRow, find_source_url, load_catalogue
    from logdiag.renderers.explainer import CauseSource, ExplainedCause, Explainer, Weight

    def weigh(row: CheckRow) -> Weight:
        return Weight(row.id, row.supports_nats, row.refutes_nats, is_hard=row.hard, is_needed=row.needed)

    return Explainer(
        [
            ExplainedCause(
                id=row.id,
                weights=tuple(weigh(check) for check in row.checks),
                sources=tuple(CauseSource(name, find_source_url(name)) for name in row.sources),
            )
            for row in load_catalogue()
        ],
        spoken,
    )


def render(explainer: Explainer, identifier: str | None) -> str:
    """Return the index or one entry for the terminal."""
    from logdiag.renderers.explain import build_entry, build_index
    from logdiag.renderers.terminal import write_text

    return write_text(
        build_index(explainer) if identifier is None else build_entry(explainer, identifier),
        width=streams.width_columns(to_file=False),
        color=streams.wants_color(sys.stdout),
        encoding=streams.encoding_of(sys.stdout),
    )
