"""A line before each next connect, in words that nobody knows: the client's process may have started anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.causes import Outcome
from tests.winston import at as stamp
from tests.winston import record, write

ROUNDS = 8
OUTAGE_S = 2.0


def _write(folder: Path, said: str, *, at_s: float, at_head: bool, elsewhere: bool) -> None:
    lines: list[tuple[float, str]] = [(0.0, "Laden der Einstellungen")]
    if at_head:
        lines.append((OUTAGE_S - 0.2, said))
    second = OUTAGE_S
    for number in range(ROUNDS):
        lines.append((second, f"Connected to master (socket ID: ReUg8Bn4XkldSwyT{number:04d})"))
        lines.append((second + 11.0 + number, f"Messwert {number}"))
        if elsewhere:
            lines.append((second + 20.0, said))
        second += 40.0 + 7.0 * (number % 3)
        lines.append((second, "Disconnected from master: io client disconnect"))
        lines.append((second + at_s, said))
        second += OUTAGE_S
    lines.append((second, "Connected to master (socket ID: ReUg8Bn4XkldSwyT9999)"))
    write(folder / "worker1/app.log", [record(stamp(moment), text) for moment, text in sorted(lines)])


@pytest.mark.parametrize(
    ("said", "at_s", "at_head", "elsewhere", "is_asserted"),
    [
        ("Arbeiter startet", 1.8, True, False, False),
        ("Verbinde mit http://127.0.0.1:6307/worker", 1.8, True, False, True),
        ("Warte kurz", 0.1, False, False, True),
        ("Neuer Anlauf", 1.8, False, False, True),
        ("Messung startet", 1.8, True, True, True),
    ],
    ids=["banner", "address", "right-after-the-end", "not-at-the-head", "elsewhere-too"],
)
def test_what_reads_like_a_new_process_keeps_a_close_of_the_clients_own_from_being_asserted(
    tmp_path: Path, said: str, at_s: float, *, at_head: bool, elsewhere: bool, is_asserted: bool
) -> None:
    """Once in each outage, before the next connect, at the head of the log too, and nowhere else."""
    _write(tmp_path, said, at_s=at_s, at_head=at_head, elsewhere=elsewhere)
    found = diagnose(Request((str(tmp_path),))).diagnosis
    assert [cause.id for cause in found.asserted] == (["client-close"] if is_asserted else [])
    (cause,) = (one for one in found.causes if one.id == "client-close")
    (result,) = (one for one in cause.checks if one.id == "no-start-between")
    assert result.outcome is (Outcome.SUPPORTS if is_asserted else Outcome.REFUTES)
    assert is_asserted or (result.numbers["text"], result.numbers["count"]) == (said, ROUNDS)
