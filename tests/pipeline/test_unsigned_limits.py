"""Ends that keep an exact time while no line says who ended them: it is a limit, and whose stays open."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.causes import CauseStatus
from logdiag.results.diagnosis import Diagnosis
from tests.folding import each
from tests.winston import at, write

IDLE_S = 60.0  # nginx reads no longer
CLIENTS_COUNT = 40


def _diagnose(
    folder: Path, words: str, *, is_exact: bool = True, idle_s: float = IDLE_S, scatter_s: float = 0.03
) -> Diagnosis:
    """A server's log: each client sends something a few times, then its end, after a constant silence or any."""
    draw = np.random.default_rng(3)
    lines, begin = [], 0.0
    for number in range(CLIENTS_COUNT):
        sid = f"vauvzhmasqxezy{number:04d}Bx"
        sent = (begin + np.cumsum(draw.uniform(4.0, 55.0, int(draw.integers(1, 6))))).tolist()
        silence = idle_s + float(draw.uniform(0.0, scatter_s)) if is_exact else float(draw.exponential(idle_s))
        lines.append((begin, f"ws {sid} opened"))
        lines += [(moment, f"message from {sid}: reading {number}") for moment in sent]
        end = sent[-1] + silence
        lines.append((end, f"ws {sid} closed{words}"))
        begin = end + float(draw.uniform(1.0, 3.0))
    rows = (f"{at(second).isoformat(timespec='milliseconds')} INFO {text}" for second, text in sorted(lines))
    write(folder / "hub" / "app.log", list(rows))
    return diagnose(Request((str(folder),))).diagnosis


@each(
    ("words", "asserted"),
    [
        ("", "limit-on-the-way"),
        (", code=1001 reason=Going away", "limit-on-the-way"),
        (", code 1013 (try again later)", "limit-on-the-way"),
        (", reason: transport close", "idle-timeout"),
        (", code=1006", "idle-timeout"),
    ],
)
def test_an_exact_idle_time_is_a_limit_whoever_ends_it(tmp_path: Path, words: str, asserted: str) -> None:
    """A reason that names no party neither makes it a limit on the way nor refutes one: API Gateway says 1001."""
    found = _diagnose(tmp_path, words)
    assert [cause.id for cause in found.asserted] == [asserted]
    assert found.asserted[0].numbers["period_s"] == pytest.approx(IDLE_S, abs=0.1)
    causes = {cause.id: cause for cause in found.causes}
    assert causes["idle-timeout"].status is not CauseStatus.RULED_OUT


@each(
    "words",
    [
        ", reason: client namespace disconnect",
        ", code=1000 reason=normal closure",
        ", code=1008 reason=policy violation",
        ", reason: kicked by admin",
    ],
)
def test_a_reason_that_names_a_party_is_no_limit(tmp_path: Path, words: str) -> None:
    """Who says goodbye, throws out or closes in order after an exact silence is not cut by a limit on the way."""
    asserted = {cause.id for cause in _diagnose(tmp_path, words).asserted}
    assert asserted.isdisjoint({"limit-on-the-way", "idle-timeout", "connection-age-limit", "unstable-network"})


@pytest.mark.parametrize("words", ["", ", code=1001 reason=Going away"])
def test_ends_at_any_time_without_a_party_have_no_limit(tmp_path: Path, words: str) -> None:
    """Browsers that leave say 1001, too: without a clock it is no cut, and nothing is asserted."""
    assert _diagnose(tmp_path, words, is_exact=False).asserted == ()


def test_a_time_that_lost_heartbeats_may_make_asserts_nothing(tmp_path: Path) -> None:
    """57.3 s is no default of anything, and the sum of somebody's ping interval and timeout for all these lines say.

    Timers of the server's own are exact to milliseconds; what scatters more counts from elsewhere.
    """
    assert _diagnose(tmp_path, "", idle_s=57.3, scatter_s=0.003).asserted == ()
    assert _diagnose(tmp_path, ", code=1006", idle_s=57.3, scatter_s=0.003).asserted[0].id == "idle-timeout"
    assert _diagnose(tmp_path, "", idle_s=57.3).asserted[0].id == "limit-on-the-way"


def test_an_age_that_those_who_leave_outlive_may_be_a_silence(tmp_path: Path) -> None:
    """Of 1006 at 270 s "every connection is cut at the same age" is false where those who left had stayed longer."""
    draw = np.random.default_rng(7)
    lines = []
    for number in range(234):
        is_cut = number < 14
        begin = float(draw.uniform(0.0, 25_000.0))
        age_s = 270.01 + float(draw.normal(0.03, 0.01)) if is_cut else float(draw.lognormal(5.2, 1.2))
        sid = f"sid={number:06x}"
        lines.append((begin, f"client connected {sid}"))
        lines.append((begin + age_s, f"client disconnected {sid} code={1006 if is_cut else 1000}"))
    rows = (f"{at(second).isoformat(timespec='milliseconds')} INFO {text}" for second, text in sorted(lines))
    write(tmp_path / "hub" / "app.log", list(rows))
    found = diagnose(Request((str(tmp_path),))).diagnosis
    assert [cause.id for cause in found.asserted] == ["limit-on-the-way"]


@each("words", [", reason: transport close", ""])
def test_a_life_shorter_than_the_first_ping_may_be_a_client_that_gives_up(tmp_path: Path, words: str) -> None:
    """Ten seconds of Engine.IO, by the server's log alone, are no limit of anything: another version makes them."""
    draw = np.random.default_rng(9)
    lines = []
    for number in range(200):
        begin = 12.0 * number + float(draw.uniform(0.0, 9.0))
        lines.append((begin, f"client connected vauvzhmasqxez{number:05d}Bx EIO=3"))
        lines.append(
            (begin + 10.0 + float(draw.uniform(0.0, 0.05)), f"client disconnected vauvzhmasqxez{number:05d}Bx{words}")
        )
    rows = (f"{at(second).isoformat(timespec='milliseconds')} INFO {text}" for second, text in sorted(lines))
    write(tmp_path / "hub" / "app.log", list(rows))
    asserted = {cause.id for cause in diagnose(Request((str(tmp_path),))).diagnosis.asserted}
    assert asserted.isdisjoint({"connection-age-limit", "limit-on-the-way", "idle-timeout"})
