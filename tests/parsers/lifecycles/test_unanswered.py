"""Sends that are told by their fate: what ends the connection, and what is answered in the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.foreign_apps import name_socket
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
