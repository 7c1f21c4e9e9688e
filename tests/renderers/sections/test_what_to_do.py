"""What the first screen says to do where the ends have no cause, and the attempts to come back do."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.pipeline.stages import diagnose
from logdiag.renderers.document import flatten
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.material import Material
from logdiag.renderers.sections.what_to_do import say_first, say_why
from logdiag.request import Request
from tests.winston import DROP, at, connect, record, write

UNKNOWN_NAME = "getaddrinfo ENOTFOUND master.example.net"


def _write(folder: Path, attempts_count: int) -> Material:
    """Three clients that are cut at different moments, and come back after so many failed attempts."""
    for number in range(3):
        cut = 700.0 + 211.0 * number**2
        tries = [
            record(at(cut + 5.0 * n), f"Connection error: {UNKNOWN_NAME}", "error", service="socket-client")
            for n in range(1, attempts_count + 1)
        ]
        lines = [
            connect(17.0 * number, number),
            record(at(cut), DROP, service="socket-client"),
            *tries,
            connect(cut + 60.0, 10 + number),
        ]
        write(folder / f"worker{number}" / "socket-client.log", lines)
    return Material(diagnose(Request((str(folder),))).diagnosis, Phrases("en"), "0")


@pytest.mark.parametrize(("attempts_count", "is_told"), [(6, True), (1, False)])
def test_what_keeps_clients_away_is_told_where_the_cause_of_the_ends_is_not_known(
    tmp_path: Path, attempts_count: int, *, is_told: bool
) -> None:
    """A name that does not resolve, a certificate: the attempts say so, again and again."""
    material = _write(tmp_path, attempts_count)
    assert (material.diagnosis.kept_away_by is not None) is is_told
    assert (UNKNOWN_NAME in flatten(say_why(material))) is is_told
    assert ("resolve the name" in flatten(say_first(material))) is is_told
