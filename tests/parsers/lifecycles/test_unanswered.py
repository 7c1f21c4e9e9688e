"""Sends that are told by their fate: what ends the connection, and what is answered in the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.events import EventKind
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.foreign_apps import name_socket
from tests.parsers.lifecycles.samples import learn
from tests.winston import at, record, write

EVERY = 4  # one of so many is of the kind that is lost
COUNT = 60


def _fly(folder: Path, sent: str, *, fatal: str, answer: str) -> None:
    """A balloon that announces what it sends by number: each fourth of another kind, 70 ms before its line is cut."""
    lines = [(0.0, record(at(0.0), f"tether holds, knot {name_socket(0)}"))]
    for number in range(1, COUNT + 1):
        second = 41.0 * number + number * number % 17
        if number % EVERY:
            lines.append((second, record(at(second), f"{sent} {number:04d}")))
            if answer:
                lines.append((second + 0.15, record(at(second + 0.15), f"{answer} {number:04d}")))
            continue
        lines.append((second, record(at(second), f"{fatal} {number:04d}")))
        lines.append((second + 0.07, record(at(second + 0.07), "tether slipped: transport close")))
        lines.append((second + 1.2, record(at(second + 1.2), f"tether holds, knot {name_socket(number)}")))
    write(folder / "balloon" / "player.log", [line for _, line in sorted(lines)])


def test_what_ends_each_connection_is_a_send_where_its_like_is_answered(tmp_path: Path) -> None:
    """A panorama in the words of a reading: readings are answered by their number, no panorama ever is."""
    _fly(tmp_path, "winding down reading", fatal="winding down panorama", answer="ground has reading")
    result = diagnose(Request((str(tmp_path),)))
    assert (result.timeline["kind"] == "push-started").sum() == COUNT // EVERY
    assert [cause.id for cause in result.diagnosis.asserted] == ["payload-too-large"]


@pytest.mark.parametrize(
    ("sent", "fatal", "answer"),
    [
        ("winding down reading", "winding down panorama", ""),
        ("winding down reading", "crossing cloud", "ground has reading"),
        ("opening valve", "closing valve", "ground has valve"),
    ],
)
def test_what_no_answer_shows_to_be_a_send_is_none(tmp_path: Path, sent: str, fatal: str, answer: str) -> None:
    """Without an answer to its like, in words of its own, or what a client does to its connection itself."""
    _fly(tmp_path, sent, fatal=fatal, answer=answer)
    result = diagnose(Request((str(tmp_path),)))
    assert "push-started" not in set(result.timeline["kind"])
    assert not result.diagnosis.asserted
    telling = result.diagnosis.telling_trigger
    assert telling is not None
    assert (telling.preceded_count, telling.of_count) == (COUNT // EVERY, COUNT // EVERY)


@pytest.mark.parametrize(("dead_count", "lag_s", "is_learned"), [(5, 1.9, True), (4, 1.9, False), (5, 2.1, False)])
def test_five_that_end_the_connection_within_two_seconds_are_sends(
    tmp_path: Path, dead_count: int, lag_s: float, *, is_learned: bool
) -> None:
    """Four may be chance, and what comes later is no consequence."""
    rows = [(0.0, f"tether holds, knot {name_socket(0)}")]
    for number in range(1, EVERY * dead_count + 1):
        second = 41.0 * number + number * number % 17
        if number % EVERY:
            rows += [
                (second, f"winding down reading {number:04d}"),
                (second + 0.15, f"ground has reading {number:04d}"),
            ]
            continue
        rows += [
            (second, f"winding down panorama {number:04d}"),
            (second + lag_s, "tether slipped: transport close"),
            (second + lag_s + 1, f"tether holds, knot {name_socket(number)}"),
        ]
    assert (EventKind.PUSH_STARTED in {rule.kind for rule in learn(tmp_path, rows)}) is is_learned
