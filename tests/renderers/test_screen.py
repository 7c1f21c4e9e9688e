"""The report on a screen: short enough to be read, and nothing lost by that."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers import report as report_module
from logdiag.renderers.extents import Extent
from logdiag.renderers.phrases import LANGUAGES
from logdiag.renderers.report import build_report
from logdiag.renderers.terminal import render_text
from logdiag.results.causes import Finding
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Severity
from tests.folders import SAMPLES, diagnose_once
from tests.renderers.ledger import Ledger, mark, read_path

MOST_LINES: Final = 220
# The numbers of the whole report that the short one leaves to `logdiag diagnose --verbose`, which it names: a margin in
# nats, what speaks for the runner-up, and how long a push took in one of its readings (its start and its end are told).
FOLDED: Final = frozenset(
    {
        ".patterns.margin_nats",
        ".causes.checks.numbers.off_s",
        ".causes.checks.numbers.round_s",
        ".pushes.items.readings.took_ms",
    }
)


def write(diagnosis: Diagnosis, language: str = "en", extent: Extent = Extent.WHOLE) -> str:
    return render_text(diagnosis, width=80, color=False, version="0.1.0", language=language, extent=extent)


@pytest.fixture(scope="module")
def reference() -> Diagnosis:
    return diagnose_once(SAMPLES / "2025-11-14-reference").diagnosis


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reference_fits_220_lines(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns, beside its folder: a longer path breaks more lines. In full it is longer by a third."""
    monkeypatch.chdir(SAMPLES.parent)
    reference = diagnose(Request((f"{SAMPLES.name}/2025-11-14-reference",))).diagnosis
    assert len(write(reference, language).splitlines()) <= MOST_LINES
    assert len(write(reference, language, Extent.DETAILED).splitlines()) > MOST_LINES * 4 / 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_screen_says_every_field_or_names_the_command_that_does(
    reference: Diagnosis, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every number of the whole report stands in the short one, but for those that `--verbose` is named for."""
    said: dict[bool, dict[float, str]] = {}
    for is_compact in (False, True):
        ledger = Ledger(language, "UTC")
        with monkeypatch.context() as patch:
            patch.setattr(report_module, "Phrases", lambda *_, ledger=ledger, **__: ledger)
            build_report(mark(reference), version="0.1.0", language=language, is_compact=is_compact)
        numbers = [number for fill in ledger.fills for _, number in fill.list_numbers()]
        said[is_compact] = {float(number): read_path(number) or "" for number in numbers}
    missing = {path for number, path in said[False].items() if number not in said[True]}
    assert missing == FOLDED
    assert "logdiag diagnose --verbose" in write(reference, language)


def test_places_and_names_stay(reference: Diagnosis) -> None:
    """Every place of a log, every blind spot and every cause of the whole report stands in the short one."""
    short = " ".join(write(reference).split())
    assert reference.worst_incident is not None
    places = {
        f"{one.evidence.file.rpartition('/')[2]}:{one.evidence.line}" for one in reference.worst_incident.excerpts
    }
    assert [place for place in places if place not in short] == []
    assert [spot.id for spot in reference.blind_spots if f" {spot.id}: " not in short] == []
    assert short.count("Why ") == short.count("Do first ") == 1


def test_what_is_ruled_out_takes_a_line_a_cause(reference: Diagnosis) -> None:
    """At 80 columns, with the number that decides; the whole sentence is one of `--verbose`."""
    lines = write(reference).split("Ruled out (")[1].split("\n\n")[0].splitlines()[1:]
    assert len(lines) == len(reference.ruled_out)
    assert all(line.startswith(" - ") for line in lines)


@pytest.mark.parametrize(("side", "is_said"), [("client", True), ("server", False)])
def test_the_cost_is_rough_where_the_logs_that_tell_of_it_lack_lines(
    reference: Diagnosis, side: str, *, is_said: bool
) -> None:
    """A connect that is gone makes an outage longer; what the other side's log lacks changes nothing."""
    lost = Finding(f"lines-missing-{side}", Severity.INFO, {"missing_count": 6, "of_count": 18}, ())
    shown = " ".join(write(replace(reference, findings=(*reference.findings, lost)), extent=Extent.BRIEF).split())
    assert ("only roughly, as lines are missing: 6 of 18 connects in the clients' logs" in shown) is is_said
    assert "only roughly" not in write(reference, extent=Extent.BRIEF)
