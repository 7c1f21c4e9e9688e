"""The form of a result by the ending of its file."""

from __future__ import annotations

import pytest

from logdiag.cli import forms
from logdiag.cli.options import Format, TextFormat, TimelineFormat
from tests.folding import each


@each("ending", sorted(forms.ENDINGS))
def test_every_ending_is_a_form_of_some_command(ending: str) -> None:
    """An ending names a form that at least one command writes."""
    assert forms.ENDINGS[ending] in {*Format, *TimelineFormat}


@pytest.mark.parametrize(
    ("output", "form"),
    [
        ("a/report.HTML", "html"),
        ("x.xml", Format.JUNIT),
        ("x.log", Format.TEXT),
        ("-", Format.TEXT),
        (None, "text"),
    ],
)
def test_the_ending_decides(output: str | None, form: str) -> None:
    """Without --format the ending says it, whatever its case; one that says nothing is text."""
    assert forms.choose(None, output, Format) == form


def test_what_is_asked_for_wins() -> None:
    """--format is stronger than the ending."""
    assert forms.choose(Format.JSON, "report.html", Format) is Format.JSON


def test_a_command_without_the_form_writes_text() -> None:
    """A trace knows no HTML, whatever its file is called."""
    assert forms.choose(None, "trace.html", TextFormat) is TextFormat.TEXT
