"""What logs without connect lines say of the age of connections: nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from logdiag.pipeline.stages import diagnose
from logdiag.renderers.markdown import render_markdown
from logdiag.request import Request
from logdiag.results.causes import CauseStatus, Outcome
from logdiag.results.diagnosis import Diagnosis
from tests.winston import connect, drop, write

LIMIT_S = 40.0


def read(folder: Path, *, with_connects: bool) -> Diagnosis:
    """Thirty connections, each cut at the same age."""
    lines, begins, pauses = [], 0.0, np.random.default_rng(1)
    for n in range(30):
        lines += [connect(begins, n)] if with_connects else []
        lines.append(drop(begins + LIMIT_S))
        begins += LIMIT_S + pauses.uniform(0.5, 3.0)
    write(folder / "worker1/socket-client.log", lines)
    return diagnose(Request((str(folder),))).diagnosis


def test_an_age_limit_is_not_ruled_out_where_no_connect_is_logged(tmp_path: Path) -> None:
    """Neither age nor idle limit is refuted, and the loop is called what it may be."""
    found = read(tmp_path, with_connects=False)
    causes = {cause.id: cause for cause in found.causes}
    for name, checked in (("connection-age-limit", "age-pattern"), ("limit-on-the-way", "lifetime-pattern")):
        assert causes[name].status is not CauseStatus.RULED_OUT
        assert {check.outcome for check in causes[name].checks if check.id == checked} == {Outcome.UNKNOWN}
    assert found.patterns[0].kind == "regular-loop"
    assert "a timer or an age limit" in render_markdown(found, version="0.1.0")


@pytest.mark.parametrize("limit", ["connection-age"])
def test_the_same_disconnects_with_their_connects_show_the_age(tmp_path: Path, limit: str) -> None:
    """With connect lines the pattern is an age."""
    assert read(tmp_path, with_connects=True).patterns[0].kind == limit
