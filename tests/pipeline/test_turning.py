"""A file that begins with the newest line says the same as the one that ends with it."""

from __future__ import annotations

from pathlib import Path

from logdiag.results.diagnosis import Diagnosis
from tests.exported import diagnose, list_rows, show


def _diagnose(folder: Path, lines: list[str]) -> Diagnosis:
    folder.mkdir()
    (folder / "app.log").write_text("".join(f"{line}\n" for line in lines))
    return diagnose(folder)


def _list_lines() -> list[str]:
    """A client that is back in the second in which it lost its connection, each time; no line has an id."""
    lines = []
    for number, (at, _) in enumerate(list_rows()[::3]):
        second = show(at)[:-4]
        lines += [
            f"{second} INFO [client] job {number} done",
            f"{second} WARN [client] Disconnected from master: transport close",
            f"{second} INFO [client] Connected to master",
        ]
    return lines


def test_newest_first_says_the_same(tmp_path: Path) -> None:
    """Lines of one stamp are taken from the last to the first as well: a connect follows the end before it."""
    lines = _list_lines()
    one, other = _diagnose(tmp_path / "one", lines), _diagnose(tmp_path / "other", lines[::-1])
    assert [drop.time for drop in one.disconnects] == [drop.time for drop in other.disconnects]
    assert [(session.connected_at, session.socket_id) for session in one.sessions] == [
        (session.connected_at, session.socket_id) for session in other.sessions
    ]
    assert [(cause.id, cause.confidence) for cause in one.causes] == [
        (cause.id, cause.confidence) for cause in other.causes
    ]
