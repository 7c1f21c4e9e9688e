"""Disconnects in a pause that the server tells of when it is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from logdiag import Diagnosis, diagnose
from logdiag.pipeline.stated_pauses import prefer_stated
from logdiag.results.connections import Silence
from tests.analyzers.cases import START, silence
from tests.winston import write


def tell(root: Path, words: str) -> Diagnosis:
    """Four times the client gives up, 12 s before the hub, which writes little, says what took 22 s."""
    own, hub = [], []

    def stamp(second: float) -> str:
        return (START + timedelta(seconds=second)).isoformat(timespec="milliseconds")

    for number in range(4):
        base = 700.0 * number
        own += [f"{stamp(base + 10)} INFO Connected to server", f"{stamp(base + 488)} WARN Disconnected: ping timeout"]
        hub += [f"{stamp(base + 10)} INFO client connected: aB{number:04d}xYzQwErTyUiOpA"]
        hub += [f"{stamp(base + 500.4 + number / 10)} WARN {words}"]
    write(root / "worker1" / "client.log", own)
    write(root / "hub" / "hub.log", hub)
    return diagnose([root])


def test_a_pause_began_as_long_before_its_line_as_it_took(tmp_path: Path) -> None:
    """The collector's line stands after the disconnects, and is no consequence of them: they fell into its pause."""
    found = tell(tmp_path / "a", "mark-sweep took 22000 ms")
    assert (found.causes[0].id, found.causes[0].explains_count) == ("event-loop-blocked", 4)
    assert not found.triggers
    other = tell(tmp_path / "b", "nightly export took 22000 ms")
    assert other.causes[0].id != "event-loop-blocked"


def test_a_pause_that_is_told_takes_the_place_of_a_guess() -> None:
    """Of another process, or another time, it says nothing."""
    guessed = (silence(2, 30), silence(2, 30, connection="hub"), silence(200, 230))
    told: Silence = silence(8, 29)
    assert prefer_stated(guessed, (told,)) == (guessed[1], told, guessed[2])
