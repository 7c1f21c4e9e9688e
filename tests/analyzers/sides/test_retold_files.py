"""Two transports of one logger tell each thing twice: each line counts once. Two clients are two, even in step."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.exported import diagnose, list_rows, show

Row = tuple[datetime, str]


def _write_json(rows: Sequence[Row]) -> str:
    return "".join(
        json.dumps({"level": "info", "message": said, "service": "sockets", "timestamp": show(at)}) + "\n"
        for at, said in rows
    )


def _write_console(rows: Sequence[Row]) -> str:
    return "".join(f"{show(at)} [sockets] \x1b[32minfo\x1b[39m: {said}\n" for at, said in rows)


def _delay(rows: Sequence[Row]) -> list[Row]:
    return [(at + timedelta(milliseconds=(0, 1, 0, 2)[place % 4]), said) for place, (at, said) in enumerate(rows)]


def _hide_id(said: str) -> str:
    return said.partition(" id=")[0]


def _count(folder: Path, texts: dict[str, str]) -> tuple[int, int]:
    """How many disconnects are found, and on how many connections."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    found = diagnose(folder)
    return len(found.disconnects), len({one.connection for one in found.disconnects})


@pytest.mark.parametrize("name", ["stdout.log", "logs/stdout.log"])
def test_a_console_a_few_ms_beside_the_file_counts_once(tmp_path: Path, name: str) -> None:
    """Other stamps, layout, colours and folder: what a console shows of a log adds no disconnect and no client."""
    rows = list_rows()
    alone = _count(tmp_path / "alone", {"app/app.log": _write_json(rows)})
    both = _count(tmp_path / "both", {"app/app.log": _write_json(rows), f"app/{name}": _write_console(_delay(rows))})
    assert alone == both
    assert both[0] == 24


def _keep_first(rows: Sequence[Row]) -> list[Row]:
    return list(rows[: len(rows) // 2])


def _keep_bounds(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if "job" not in row[1]]


@pytest.mark.parametrize("keep", [_keep_first, _keep_bounds])
def test_a_console_that_holds_a_part_counts_once(tmp_path: Path, keep: Callable[[Sequence[Row]], list[Row]]) -> None:
    """A console of another level, or of the first half, is still told by the file; and the file by a fuller console."""
    rows = list_rows()
    less = {"app.log": _write_json(rows), "console/stdout.log": _write_console(_delay(keep(rows)))}
    more = {"app.log": _write_json(keep(rows)), "console/stdout.log": _write_console(_delay(rows))}
    assert _count(tmp_path / "less", less)[0] == 24
    assert _count(tmp_path / "more", more)[0] == 24


def test_a_console_without_ids_counts_once(tmp_path: Path) -> None:
    """Where no line names a socket, the same words at the same instants tell."""
    rows = [(at, _hide_id(said)) for at, said in list_rows()]
    texts = {"app.log": _write_json(rows), "console/stdout.log": _write_console(_delay(rows))}
    assert _count(tmp_path, texts)[0] == 24


def test_two_clients_in_step_are_two(tmp_path: Path) -> None:
    """Sockets of other ids that come and go within the same 2 ms are of two clients, in whatever layout."""
    rows = list_rows()
    others = [(at, said.replace("aQ9x", "bW3z")) for at, said in _delay(rows)]
    named = {"a/app.log": _write_json(rows), "b/app.log": _write_console(others)}
    nameless = [(at, _hide_id(said)) for at, said in rows]
    alike = {"a/app.log": _write_json(nameless), "b/app.log": _write_json(_delay(nameless))}
    assert _count(tmp_path / "named", named)[0] == 48
    assert _count(tmp_path / "alike", alike)[0] == 48
