"""The report as one HTML file that needs no network: what the other formats say, with charts and a search.

Everything that a log says passes `finalize` (what does not print is made visible) and Jinja's escaping, or, on its way
to the scripts, `escape_script_json`; nothing else writes text into the page.
"""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from logdiag.deferred import compile_later
from logdiag.renderers.charts import draw
from logdiag.renderers.document import Block, flatten
from logdiag.renderers.escape import escape_controls, escape_script_json
from logdiag.renderers.html.assets import load_assets
from logdiag.renderers.html.copies import build_copies
from logdiag.renderers.html.crowd import build_crowd
from logdiag.renderers.html.drops import has_unexplained, is_listed, name_causes
from logdiag.renderers.html.figures import build_figures
from logdiag.renderers.html.head import split_lead, sum_up
from logdiag.renderers.html.ledger import build_ledger
from logdiag.renderers.html.plots import build_plots, list_server_marks
from logdiag.renderers.line_breaks import glue
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.report import build_report
from logdiag.renderers.sections.material import Material
from logdiag.results.diagnosis import Diagnosis

CHART_COLUMNS: Final = 80
# A date, and the time that `glue` has joined to it: Chromium would break it behind a hyphen.
DATE: Final = compile_later(r"(\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b(?:\xa0[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?)")


def render_html(diagnosis: Diagnosis, *, version: str, language: str = "en") -> str:
    """Write the report as one HTML page, ending in a newline."""
    inputs = diagnosis.inputs
    phrases = Phrases(language, inputs.display_zone, has_dates=inputs.has_dates, voices=diagnosis.voices)
    material = Material(diagnosis, phrases, version)
    whole = build_report(diagnosis, version=version, language=language)
    lead, report = split_lead(whole, material.phrases.text("summary.why"))
    data = {**build_plots(material), "copies": build_copies(whole)}
    plots = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return (
        _load_environment()
        .get_template("report.html")
        .render(
            report=report,
            lead=lead,
            figures=build_figures(material),
            ledger=build_ledger(material),
            has_course=bool(diagnosis.sessions),
            causes=name_causes(material),
            has_unexplained=has_unexplained(material),
            has_drops=bool(diagnosis.disconnects),
            crowd=None if is_listed(material) else build_crowd(material),
            server_marks=list_server_marks(diagnosis),
            plots=escape_script_json(plots),
            assets=load_assets(),
            language=language,
            say=material.phrases.text,
        )
    )


@cache
def _load_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, "."),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["flatten"] = flatten
    environment.filters["glue"] = glue
    environment.filters["part_dates"] = DATE.split
    environment.filters["draw"] = partial(draw, width_columns=CHART_COLUMNS)
    environment.filters["kind"] = _kind
    environment.filters["sum_up"] = sum_up
    return environment


def _finalize(value: Any) -> Any:
    """Make visible what does not print; markup of our own templates stays as it is."""
    return escape_controls(value) if type(value) is str else value


def _kind(block: Block) -> str:
    """Name the kind of a block, which is the name of the macro that writes it."""
    return type(block).__name__.lower()
