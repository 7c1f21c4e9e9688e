"""Two clients that throw each other out by turns: two logins under one id, though no line names it."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.diagnosis import Diagnosis
from tests.winston import at as stamp
from tests.winston import record, write

ROUNDS = 14
KICKED = "Disconnected from server: io server disconnect"


def _diagnose(folder: Path, lines: dict[str, list[tuple[float, str]]]) -> Diagnosis:
    for name, rows in lines.items():
        write(folder / name / "client.log", [record(stamp(second), text) for second, text in sorted(rows)])
    return diagnose(Request((str(folder),))).diagnosis


def _take_turns(away_s: float) -> dict[str, list[tuple[float, str]]]:
    """Each comes back so long after it was thrown out, and the other one is then thrown out within 30 ms."""
    lines: dict[str, list[tuple[float, str]]] = {"desk": [(0.0, "Connected to server")], "home": []}
    names = ("home", "desk")
    for turn in range(2 * ROUNDS):
        moment = 100.0 + turn * away_s + 0.7 * (turn % 5)
        lines[names[turn % 2]].append((moment, "Connected to server"))
        lines[names[1 - turn % 2]].append((moment - 0.03, KICKED))
    return lines


def test_who_is_thrown_out_as_the_other_comes_is_logged_in_twice(tmp_path: Path) -> None:
    """In both directions, at nearly all ends: no call in the server's code has to be looked for."""
    got = _diagnose(tmp_path, _take_turns(20.0))
    (cause,) = got.asserted
    assert (cause.id, cause.explains_count) == ("duplicate-connection", 2 * ROUNDS)
    (check,) = [one for one in cause.checks if one.id == "same-worker-joined"]
    assert check.numbers["by_turns_count"] == 2 * ROUNDS


def test_what_ends_two_clients_at_once_is_no_second_login(tmp_path: Path) -> None:
    """They come back together, each near the other's end."""
    lines: dict[str, list[tuple[float, str]]] = {"desk": [], "home": []}
    for rows, lag_s in ((lines["desk"], 0.0), (lines["home"], 0.2)):
        for turn in range(ROUNDS):
            rows += [(97.0 * turn + lag_s, "Connected to server"), (97.0 * turn + 96.5 + lag_s, KICKED)]
    assert "duplicate-connection" not in [one.id for one in _diagnose(tmp_path, lines).asserted]


def test_who_is_thrown_out_alone_is_no_second_login(tmp_path: Path) -> None:
    """The other one comes and goes at times of its own."""
    lines: dict[str, list[tuple[float, str]]] = {"desk": [], "home": []}
    for rows, period_s in ((lines["desk"], 61.0), (lines["home"], 47.0)):
        for turn in range(ROUNDS):
            rows += [(period_s * turn, "Connected to server"), (period_s * turn + period_s - 6.0, KICKED)]
    assert "duplicate-connection" not in [one.id for one in _diagnose(tmp_path, lines).asserted]
