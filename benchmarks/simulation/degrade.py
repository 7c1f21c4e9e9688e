"""Worse copies of an incident: without its tell-tale words, cut short, or with stamps of whole seconds."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

Lines = dict[Path, list[str]]
Record = dict[str, Any]
TELL_TALES = (
    (r"(Disconnected from master: )[a-z ]+", r"\1unknown"),
    (r'"reason":"[^"]*"', '"reason":"unknown"'),
    (r"(JavaScript )?heap out of memory", "…"),
    (r"Reached heap limit Allocation failed", "…"),
    (r"ECONN(REFUSED|RESET)|ENETUNREACH", "E…"),
    (r"socket hang up", "…"),
    (r"jwt expired|Authentication error|[Ii]nvalid token|Unauthorized: token expired", "…"),
    (r"It seems you are trying to reach a Socket.IO server[^\"]*?/migrating-from-2-x-to-3-0/\)", "…"),
    (r"Scheduled connection cleanup|Rebuilding cache index|Cache index rebuilt", "…"),
)
# What remains to be said when the words are gone.
WEAKER = {
    "server-kick": ["server-timer", "unstable-network"],
    "client-close": ["server-timer"],
    "duplicate-connection": ["unstable-network", "server-kick"],
    "heartbeat-timeout": ["connection-age-limit", "unstable-network"],
    "event-loop-blocked": ["heartbeat-timeout", "server-timer"],
    "auth-rejected": ["server-timer", "unstable-network", "transport-failure"],
    "version-mismatch": ["connection-age-limit", "transport-failure"],
    "transport-failure": ["unstable-network"],
    "server-restart": ["unstable-network", "transport-failure"],
    "wall-clock-schedule": [],
}
FIVE_MINUTES_S = 300
ENOUGH_DROPS = 10


def instant(stamp: str | float) -> float:
    """Read a stamp of the simulated dialects as seconds since 1970 (zone-less ones as UTC)."""
    if not isinstance(stamp, str):
        return stamp / 1000
    when = datetime.fromisoformat(stamp)
    return when.timestamp() if when.tzinfo else datetime.fromisoformat(stamp.replace(" ", "T") + "+00:00").timestamp()


def blank_words(lines: Lines, truth: Record) -> Lines:
    """Blank the words that give the cause away."""
    changed = {}
    for path, rows in lines.items():
        text = "\n".join(rows)
        for pattern, blank in TELL_TALES:
            text = re.sub(pattern, blank, text)
        changed[path] = text.split("\n") if rows else []
    also = truth.setdefault("also_accepted", [])
    also.append([])
    for cause in truth["causes"]:
        rest = [other for other in truth["causes"] if other != cause]
        also += [sorted({*rest, weaker}) for weaker in WEAKER.get(cause, [])]
    return changed


def whole_seconds(lines: Lines, truth: Record) -> Lines:
    """Cut the milliseconds off every stamp; periods then need not be found."""
    truth.setdefault("also_accepted", []).append([])
    for key in ("period_s", "lifetime_s"):
        truth.pop(key, None)
    return {path: [_coarsen(row) for row in rows] for path, rows in lines.items()}


def _coarsen(row: str) -> str:
    row = re.sub(r'("timestamp":"[^"]*:\d\d)\.\d{3}', r"\1", row)
    return re.sub(r'("timestamp":\d{10})\d{3}', r"\g<1>000", row)


def five_minutes(lines: Lines, truth: Record) -> Lines:
    """Keep the first five minutes, and say what they still show."""
    stamps = {path: [instant(json.loads(row)["timestamp"]) for row in rows] for path, rows in lines.items()}
    # The master's clock or zone may be another one: each process counts from its own first line.
    starts: dict[Path, float] = {}
    for path, times in stamps.items():
        if times:
            starts[path.parent] = min([starts.get(path.parent, times[0]), *times])
    kept = {
        path: [row for row, when in zip(rows, stamps[path], strict=True) if when < starts[path.parent] + FIVE_MINUTES_S]
        for path, rows in lines.items()
    }
    _retell(kept, truth)
    return kept


def _retell(kept: Lines, truth: Record) -> None:
    """Fit the truth to a shortened log."""
    workers = {path: rows for path, rows in kept.items() if path.parent.name.startswith("worker")}
    drops = sum("Disconnected from master" in row for path, rows in workers.items() for row in rows)
    starts = [
        sum('"Worker Starting"' in row for row in rows) for path, rows in workers.items() if path.name == "worker.log"
    ]
    failed = any("Socket is not connected" in row for rows in workers.values() for row in rows)
    truth["logged_disconnects_count"] = drops
    per_worker = drops / max(len({path.parent for path in workers}), 1)
    if per_worker < ENOUGH_DROPS:
        alone = [[cause] for cause in truth["causes"]] if len(truth["causes"]) > 1 else []
        truth.setdefault("also_accepted", []).extend([[], *alone])
        for key in ("period_s", "lifetime_s"):
            truth.pop(key, None)
    if truth["verdict"] == "incident" and not drops and not failed and max(starts, default=0) < 2:
        truth.update(verdict="healthy", causes=[])


DEGRADATIONS: dict[str, Callable[[Lines, Record], Lines]] = {
    "blank-words": blank_words,
    "five-minutes": five_minutes,
    "seconds": whole_seconds,
}


def degrade(lab: Path, out: Path, kind: str) -> list[Path]:
    """Write a worse copy of every incident of a directory; give the copies."""
    made = []
    for file in sorted(lab.glob("*/truth.json")):
        source, target = file.parent, out / file.parent.name
        truth: Record = json.loads(file.read_text(encoding="utf-8"))
        lines = {path: path.read_text(encoding="utf-8").splitlines() for path in sorted(source.glob("*/*.log"))}
        changed = DEGRADATIONS[kind](lines, truth)
        if target.exists():
            shutil.rmtree(target)
        for path, rows in changed.items():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        truth["injected"] = f"{truth['injected']} [{kind}]"
        text = json.dumps(truth, ensure_ascii=False, indent=1)
        (target / "truth.json").write_text(text + "\n", encoding="utf-8")
        made.append(target)
    return made
