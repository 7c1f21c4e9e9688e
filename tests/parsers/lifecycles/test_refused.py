"""Attempts that were refused: those that stand where the connection is down are for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.events import EventKind
from tests.parsers.lifecycles.samples import learn

UNREACHED = "no answer from quay: connect ECONNREFUSED 10.0.0.2:7300"


def _is_learned(folder: Path, seconds: tuple[float, ...], text: str = UNREACHED) -> bool:
    """Six connections of 70 s, each followed by 30 s without one; the refusals at these seconds."""
    rows = [(100.0 * number, "harbour in sight") for number in range(6)]
    rows += [(100.0 * number + 70, "harbour lost: transport close") for number in range(6)]
    rows += [(second, text) for second in seconds]
    return EventKind.CONNECT_ERROR in {rule.kind for rule in learn(folder, rows)}


@pytest.mark.parametrize(
    ("seconds", "is_learned"),
    [
        ((75.0, 175.0, 176.0), True),
        ((75.0, 175.0), False),
        ((75.0, 76.0, 77.0), False),
        ((75.0, 175.0, 275.0, 250.0), False),
    ],
)
def test_three_refusals_in_two_outages_and_none_beside_are_refused_connects(
    tmp_path: Path, seconds: tuple[float, ...], *, is_learned: bool
) -> None:
    """Two are few, one outage may be another service's, and who is refused while connected asked for something else."""
    assert _is_learned(tmp_path, seconds) is is_learned


@pytest.mark.parametrize(
    ("text", "is_learned"),
    [
        ("quay says jwt expired", True),
        ("quay says the tide is out", False),
        ("GET /tides: jwt expired", False),
        ("redis: connect ECONNREFUSED 10.0.0.2:6379", False),
    ],
)
def test_only_the_words_of_systems_and_token_libraries_refuse(tmp_path: Path, text: str, *, is_learned: bool) -> None:
    """What is asked over HTTP, or of another service, is no connect."""
    assert _is_learned(tmp_path, (75.0, 175.0, 275.0, 375.0), text) is is_learned
