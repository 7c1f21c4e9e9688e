"""Small logs for tests, as winston writes them: sorted keys, one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from logdiag.parsers.rule_files import load_rules
from logdiag.parsers.rules import RuleSet
from logdiag.reading import find_log_files, read_lines
from logdiag.scanning.lines import FileScan, scan_lines

START: Final = datetime(2025, 11, 14, 16, 0, tzinfo=UTC)
BUILT_IN: Final = load_rules()
DROP: Final = "Disconnected from master: transport close"


def at(seconds: float) -> datetime:
    """The instant so many seconds after START."""
    return START + timedelta(seconds=seconds)


def stamp(moment: datetime) -> str:
    """`YYYY-MM-DD HH:mm:ss.SSS`, as winston's timestamp format writes it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def record(moment: datetime, message: str, level: str = "info", /, **meta: object) -> str:
    """One line of a log, without its line end."""
    fields = {"level": level, "message": message, "timestamp": stamp(moment), **meta}
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def connect(seconds: float, number: int = 0, /, **meta: object) -> str:
    """The line of a connect."""
    meta = {"service": "socket-client", **meta}
    return record(at(seconds), f"Connected to master (socket ID: ReUg8Bn4XkldSwyT{number:04d})", "info", **meta)


def drop(seconds: float, level: str = "warn", /, **meta: object) -> str:
    """The line of a disconnect."""
    return record(at(seconds), DROP, level, **{"service": "socket-client", **meta})


def write(path: Path, lines: Iterable[str], end: str = "\n") -> Path:
    """Write a log and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    return path


def scan(path: Path, rules: RuleSet = BUILT_IN) -> FileScan:
    """Scan one file."""
    (file,) = find_log_files([str(path)]).files
    return scan_lines(file, read_lines(file), rules)
