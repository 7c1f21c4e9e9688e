"""Most sessions end at one age, and others do not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from logdiag.analyzers.findings.alike_lifetimes import find_shared_lifetime
from logdiag.pipeline.stages import diagnose
from logdiag.renderers.markdown import render_markdown
from logdiag.request import Request
from logdiag.results.disconnects import Disconnect
from tests.analyzers.cases import drop_of, session
from tests.winston import at, record, write


def _lived(lives_s: list[float]) -> list[Disconnect]:
    return [drop_of(session(300.0 * n, opened=300.0 * n - life_s), n) for n, life_s in enumerate(lives_s, 1)]


def test_a_majority_of_equal_ages_is_counted_beside_others() -> None:
    """Twenty of 26 at 45 s by whole seconds: held against chance, with the product that has this sum by default."""
    (found,) = find_shared_lifetime(_lived([45.0] * 20 + [78.0, 131.0, 12.0, 260.0, 188.0, 95.0]), ())
    assert (found.numbers["count"], found.numbers["of_count"], found.numbers["lifetime_s"]) == (20, 26, 45.0)
    assert "pingInterval 25 s + pingTimeout 20 s" in str(found.numbers["suspects"])


@pytest.mark.parametrize("name", ["exponential", "lognormal", "uniform", "minority", "coarse"])
def test_ages_of_no_clock_show_no_majority(name: str) -> None:
    """Neither random ages, nor a third of equal ones, nor ages that whole seconds cannot tell apart."""
    draw = random.Random(14)  # noqa: S311  a simulation
    makers = {
        "exponential": lambda: draw.expovariate(1 / 60),
        "lognormal": lambda: draw.lognormvariate(4.5, 0.5),
        "uniform": lambda: draw.uniform(20, 60),
        "minority": lambda: 45.0 if draw.random() < 0.33 else draw.expovariate(1 / 300),
        "coarse": lambda: 6.0 if draw.random() < 0.8 else draw.expovariate(1 / 300),
    }
    found = [find_shared_lifetime(_lived([2.0 + round(makers[name]()) for _ in range(26)]), ()) for _ in range(20)]
    assert not any(found)


def test_the_first_screen_counts_them(tmp_path: Path) -> None:
    """Others outlive the age, so it is no limit for all, and no cause is asserted; it is told, all the same."""
    lines = []
    for n in range(26):
        opened, socket = 70.0 * n + n * 7 % 23, f"{n:02d}viRXAr7KqFwV52AAAB"
        life_s = 45.0 if n % 4 else 100.0 + 37 * n % 61
        lines += [(opened, f"Websocket Connect: {socket}"), (opened + life_s, f"Websocket Disconnect: {socket}")]
    write(tmp_path / "hub" / "app.log", [record(at(float(int(second))), text) for second, text in sorted(lines)])
    got = diagnose(Request((str(tmp_path),))).diagnosis
    assert got.asserted == ()
    text = " ".join(render_markdown(got, version="1").split())
    assert "19 of 26 ended 45 s after the connect" in text
    assert "no clock explains them" not in text
