"""What else people have of an incident: one side's logs alone or cut short, shared files, lines that got lost."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.simulation.degrade import instant

LOST_SHARE: Final = 0.2
COPIED_AT: Final = 0.6
ROTATED_AT: Final = 0.4
Processes: TypeAlias = Mapping[str, Mapping[str, list[str]]]  # process → file → its lines


def write_view(name: str, incident: Path, out: Path) -> bool:
    """Write a view of an incident; whether there is such a view of it."""
    processes = {
        folder.name: {path.name: path.read_text("utf-8").splitlines() for path in sorted(folder.glob("*.log"))}
        for folder in sorted(incident.iterdir())
        if folder.is_dir()
    }
    seen = VIEWS[name](processes)
    for process, files in seen.items():
        for file, lines in files.items():
            path = out / process / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return any(lines for files in seen.values() for lines in files.values())


def keep_server(processes: Processes) -> Processes:
    """Nothing but the server's logs."""
    return {name: files for name, files in processes.items() if not _is_worker(name)}


def share_files(processes: Processes) -> Processes:
    """All workers write the same files, as forks of one process do; none if there is but one worker."""
    if sum(map(_is_worker, processes)) < 2:
        return {}
    stamped: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for name, files in processes.items():
        for file, lines in files.items() if _is_worker(name) else ():
            stamp = 0.0
            for line in lines:
                stamp = _read_stamp(line, stamp)
                stamped[file].append((stamp, line))
    shared = {file: [line for _, line in sorted(rows, key=lambda row: row[0])] for file, rows in stamped.items()}
    return {**keep_server(processes), "worker": shared}


def lose_lines(processes: Processes) -> Processes:
    """A fifth of all lines is lost, of both sides."""
    draw = random.Random(5)
    return {
        name: {file: [line for line in lines if draw.random() >= LOST_SHARE] for file, lines in files.items()}
        for name, files in processes.items()
    }


def copy_server_early(processes: Processes) -> Processes:
    """The server's logs were copied while the incident went on: they end at three fifths of the time."""
    end = _find_instant(processes, COPIED_AT)
    return {
        name: files if _is_worker(name) else {file: list(_take_until(lines, end)) for file, lines in files.items()}
        for name, files in processes.items()
    }


def rotate_clients_late(processes: Processes) -> Processes:
    """The clients' logs were rotated away: they begin at two fifths of the time, within sessions of the server's."""
    start = _find_instant(processes, ROTATED_AT)
    return {
        name: {file: list(_take_from(lines, start)) for file, lines in files.items()} if _is_worker(name) else files
        for name, files in processes.items()
    }


def _find_instant(processes: Processes, share: float) -> float:
    """The instant at such a share of the time that the logs cover; 0 where no line has a stamp."""
    stamps = [_read_stamp(line, 0.0) for files in processes.values() for lines in files.values() for line in lines]
    known = [stamp for stamp in stamps if stamp]
    return min(known) + share * (max(known) - min(known)) if known else 0.0


def _take_until(lines: Iterable[str], end: float) -> Iterator[str]:
    stamp = 0.0
    for line in lines:
        stamp = _read_stamp(line, stamp)
        if stamp > end:
            return
        yield line


def _take_from(lines: Iterable[str], start: float) -> Iterator[str]:
    stamp = 0.0
    for line in lines:
        stamp = _read_stamp(line, stamp)
        if stamp >= start:
            yield line


def _is_worker(name: str) -> bool:
    return name.startswith("worker")


def _read_stamp(line: str, before: float) -> float:
    """The instant of a line; that of the line before, where it has none."""
    try:
        record = json.loads(line)
        return instant(record.get("timestamp") or record["time"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return before


VIEWS: Final[Mapping[str, Callable[[Processes], Processes]]] = {
    "server-only": keep_server,
    "shared-file": share_files,
    "lossy": lose_lines,
    "server-early": copy_server_early,
    "clients-late": rotate_clients_late,
}
