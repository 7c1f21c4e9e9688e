"""A file is a log by its name or by its first lines."""

from __future__ import annotations

import json
from pathlib import Path

from logdiag.reading import find_log_files
from logdiag.reading.sniffing import is_log

JOURNAL = [
    {"__REALTIME_TIMESTAMP": str(1795458681677000 + number), "PRIORITY": "6", "MESSAGE": "Worker connected: a1"}
    for number in range(5)
]


def _write(rows: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def test_lines_of_objects_with_instants_are_a_log_whatever_the_name(tmp_path: Path) -> None:
    """`journalctl -o json > master.json` is a log, in a folder too; so are objects whose keys are an application's."""
    assert is_log("master.json", _write(JOURNAL))
    assert is_log(
        "events.json", _write([{"when": f"2025-03-03T08:00:0{second}Z", "what": "up"} for second in range(4)])
    )
    assert is_log("cut.json", _write(JOURNAL)[:-20])
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "master.json").write_bytes(_write(JOURNAL))
    (tmp_path / "logs" / "package.json").write_text('{\n  "name": "app",\n  "version": "1.0.0"\n}\n')
    assert [Path(file.path).name for file in find_log_files([str(tmp_path)]).files] == ["master.json"]


def test_settings_and_data_without_instants_are_none() -> None:
    """Neither manifests and settings, on one line or many, nor lines of data that nothing places in time."""
    assert not is_log("package.json", b'{\n  "name": "app",\n  "time": "2025-03-03T08:00:00Z"\n}\n')
    assert not is_log("tsconfig.json", b'{"compilerOptions":{"target":"es2022"}}\n')
    assert not is_log("state.json", b'{"saved":"2025-03-03T08:00:00Z"}\n')
    assert not is_log("rows.json", _write([{"id": str(number), "name": "x"} for number in range(9)]))


def test_a_clock_to_the_millisecond_before_words_makes_a_log() -> None:
    """DeCONZ writes no date, and a colon before the milliseconds; subtitles have clocks and no words behind them."""
    assert is_log("log.txt", b"".join(b"12:01:4%d:360 New websocket 10.0.0.7:51791\n" % number for number in range(4)))
    cue = b"1\n00:00:0%d,000 --> 00:00:04,000\nHello there\n\n"
    assert not is_log("film.txt", b"".join(cue % number for number in range(4)))
