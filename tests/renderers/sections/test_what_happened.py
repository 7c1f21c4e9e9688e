"""The first screen's word on what happened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers.document import flatten
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.headline import build_headline
from logdiag.renderers.sections.material import Material
from logdiag.renderers.sections.what_happened import say_what
from logdiag.renderers.sections.what_to_do import say_first, say_why
from logdiag.results.causes import Finding
from logdiag.results.evidence import Number
from logdiag.verdict import Severity, Verdict
from tests.renderers.example import build_example, build_healthy
from tests.winston import at as stamp
from tests.winston import record, write

TLS = "WebSocketException: An error has occurred during a TLS handshake."


@pytest.mark.parametrize(
    ("error", "count", "is_told"), [(TLS, 4, True), (TLS, 2, False), ("connect ECONNREFUSED 127.0.0.1:4101", 4, False)]
)
def test_refused_attempts_of_who_came_in_otherwise_are_told(
    tmp_path: Path, error: str, count: int, *, is_told: bool
) -> None:
    """Three and more; what an outage makes is told with the outages."""
    lines = [(100.0 * turn, "Connected to server") for turn in range(4)]
    lines += [(100.0 * turn + 40.0, "Disconnected from server: transport close") for turn in range(4)]
    lines += [(1_000.0 + 60.0 * turn, f"Connection error: {error}") for turn in range(count)]
    write(tmp_path / "desk" / "client.log", [record(stamp(second), text) for second, text in sorted(lines)])
    got = diagnose(Request((str(tmp_path),))).diagnosis
    text = flatten(say_what(Material(got, Phrases("en"), "0")))
    assert ("attempts to connect failed" in text) is is_told
    assert f"{count}×" in text or not is_told


@pytest.mark.parametrize(("folder", "whom"), [("logs", "on the client ("), ("desk", "on desk (")])
def test_the_name_of_a_folder_of_logs_is_no_name_of_a_client(tmp_path: Path, folder: str, whom: str) -> None:
    """Where one client tells of itself without a name, `logs` says nothing; what a folder of its own is called may."""
    lines = [(100.0 * turn, "Connected to server") for turn in range(4)]
    lines += [(100.0 * turn + 40.0, "Disconnected from server: transport close") for turn in range(4)]
    write(tmp_path / folder / "client.log", [record(stamp(second), text) for second, text in sorted(lines)])
    got = diagnose(Request((str(tmp_path / folder),))).diagnosis
    assert whom in flatten(say_what(Material(got, Phrases("en"), "0")))


def test_pushes_lost_without_a_disconnect_are_what_the_incident_is_called_after() -> None:
    """Nobody asks about 0 disconnects where a message got lost; what to do first is for those who send."""
    healthy = build_healthy()
    pushes = replace(healthy.pushes, attempted_count=23, ok_count=21, failed_count=2, lost_certain_count=2)
    material = Material(replace(healthy, verdict=Verdict.INCIDENT, pushes=pushes), Phrases("en"), "0")
    assert flatten(build_headline(material)) == "INCIDENT: 2 pushes lost without a disconnect; cause not established"
    assert flatten(say_what(material)) == "2 of 23 pushes lost; no disconnect seen"
    assert "none was seen" in flatten(say_why(material))
    assert "queue" in flatten(say_first(material))


def test_pushes_that_nobody_answers_are_told_with_their_beginning() -> None:
    """The headline says since when none is acknowledged, why says whose fault that may be, and first where to look."""
    healthy = build_healthy()
    pushes = replace(healthy.pushes, attempted_count=23, ok_count=19, failed_count=4, lost_certain_count=4)
    numbers: dict[str, Number] = {
        "count": 4,
        "of_count": 4,
        "first_time": "2026-04-04T10:30:07+00:00",
        "last_time": "2026-04-04T10:40:07+00:00",
        "answered_before_count": 19,
        "answered_since_count": 0,
        "connections_count": 1,
        "period_s": None,
    }
    finding = Finding("unanswered-pushes", Severity.ERROR, numbers, ())
    told = replace(healthy, verdict=Verdict.INCIDENT, pushes=pushes, findings=(finding,))
    material = Material(told, Phrases("en"), "0")
    headline = flatten(build_headline(material))
    assert headline.startswith(
        "INCIDENT: 4 pushes lost without a disconnect: none of those sent since 2026-04-04 10:30:07"
    )
    assert "did not answer 4 of 4 pushes" in flatten(say_why(material))
    assert "acknowledgement" in flatten(say_first(material))


@pytest.mark.parametrize(("unknown_count", "is_told"), [(0, True), (2, True), (10, False), (20, False)])
def test_no_lost_message_is_said_only_of_pushes_whose_fate_is_told(unknown_count: int, *, is_told: bool) -> None:
    """Where lines tell what became of nearly all pushes; health else is that of the connections alone."""
    healthy = build_healthy()
    pushes = replace(healthy.pushes, attempted_count=20, ok_count=20 - unknown_count, unknown_count=unknown_count)
    headline = flatten(build_headline(Material(replace(healthy, pushes=pushes), Phrases("en"), "0")))
    assert ("no lost message" in headline) is is_told


def test_one_line_of_several_clients_is_told_with_all_of_them() -> None:
    """The same wording of the same service before the disconnects of two workers counts with both."""
    first, *_ = build_example().triggers
    second = replace(first, id="T9", connection="worker2", preceded_count=3, of_count=4, occurrences_count=7)
    pooled = first.pool((first, second, replace(second, id="T8", template="another line")))
    assert (pooled.preceded_count, pooled.of_count, pooled.occurrences_count) == (12, 14, 16)
