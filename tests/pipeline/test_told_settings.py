"""What a server says of its settings as it starts."""

from __future__ import annotations

import json
from pathlib import Path

from logdiag import Diagnosis, diagnose
from logdiag.results.finding_ids import CHANGED_SETTINGS


def tell(folder: Path, *starts: tuple[int, dict[str, int], str]) -> Diagnosis:
    """Ten short connections an hour for two hours, and a hub that starts so."""
    lines = [(f"10:{minute:02}:00.000", {"message": word, **keys}) for minute, keys, word in starts]
    for minute in range(3, 30, 3):
        sid = f"aB{minute:04d}xYzQwErTyUiOpA"
        lines.append((f"10:{minute:02}:07.123", {"message": f"client connected: {sid}"}))
        lines.append(
            (f"10:{minute + 1:02}:09.456", {"message": f"client disconnected: {sid}, reason: transport close"})
        )
    folder.mkdir(exist_ok=True)
    texts = [
        json.dumps({"timestamp": f"2026-01-02T{time}Z", "level": "info", "service": "hub", **rest})
        for time, rest in sorted(lines, key=lambda line: line[0])
    ]
    (folder / "hub.log").write_text("\n".join(texts) + "\n")
    return diagnose([folder])


def test_a_setting_of_the_start_is_no_blind_spot(tmp_path: Path) -> None:
    """The key of the record says it, whatever word the application has for its start."""
    told = tell(tmp_path / "a", (0, {"pingInterval": 25_000}, "Depot on air"))
    bare = tell(tmp_path / "b", (0, {}, "Depot on air"))
    assert "settings-unknown" not in {spot.id for spot in told.blind_spots}
    assert told.find(CHANGED_SETTINGS) is None
    assert bare.find(CHANGED_SETTINGS) is None


def test_a_change_of_a_setting_is_told_with_its_time(tmp_path: Path) -> None:
    """The hub came back with another value: what was changed, when, and the disconnects on either side."""
    starts = ((0, {"pingInterval": 70_000}, "server listening"), (20, {"pingInterval": 25_000}, "server listening"))
    found = tell(tmp_path / "a", *starts).find(CHANGED_SETTINGS)
    assert found is not None
    assert (found.numbers["was"], found.numbers["now"]) == ("70,000", "25,000")
    assert str(found.numbers["change_time"]).startswith("2026-01-02T10:20:00")
    assert int(found.numbers["before_count"] or 0) > int(found.numbers["after_count"] or 0) > 0
