"""CPU time of the analysis alone, without reading, over fleets of growing size.

    python -m benchmarks.analysis [--quick] [--size 3000/50] [--drops mixed]

Writes the logs of workers and a master into a temporary folder, diagnoses them, and counts the CPU seconds of all that
is not reading files. Each cell is a process of its own. Seeds are fixed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.random import Generator

from benchmarks.baselines import Floats
from logdiag.pipeline import explaining, stages
from logdiag.renderers.json import render_json

SEED: Final = 3
START_S: Final = 1_763_137_552.0
GAP_S: Final = 40.0  # mean time between the disconnects of a connection
SIZES: Final = ((300, 1), (3_000, 50), (10_000, 1), (10_000, 200), (30_000, 1_000))
READERS: Final = (  # these open files
    (stages, "find_log_files"),
    (stages, "read_inputs"),
    (explaining, "read_surroundings"),
    (explaining, "quote"),
)
NOISE_COUNT: Final = 20
WORKER: Final = (("heartbeat", 10.0, "Heartbeat sent: {} tasks"), ("cache", 7.0, "cache miss key=room:{}"))


class Size(NamedTuple):
    """How many disconnects, over how many connections."""

    drops_count: int
    connections_count: int


def drop_on_beat(generator: Generator, delays_s: Floats, owner: int) -> Floats:
    """Return times on one timer of the fleet: each connection meets three beats in four; one drop in ten is off it."""
    count = len(delays_s)
    beats = np.cumsum(generator.geometric(0.75, count))
    times = 13.0 + 30.006 * beats + generator.normal(0.0, 0.004, count) + 0.003 * (owner % 7)
    return np.sort(times + np.where(generator.random(count) < 0.1, generator.uniform(3.0, 25.0, count), 0.0))


def drop_by_age(generator: Generator, delays_s: Floats, _: int) -> Floats:
    """Return times at which the connections reach an age of 38.5 s; `delays_s` (n,) lead from drop to reconnect."""
    ages = 38.5 + generator.normal(0.0, 0.004, len(delays_s))
    return generator.uniform(0.0, GAP_S) + np.cumsum(ages + np.concatenate([[0.0], delays_s[:-1]]))


def drop_at_random(generator: Generator, delays_s: Floats, _: int) -> Floats:
    """Return memoryless times."""
    return np.cumsum(3.0 + generator.exponential(GAP_S - 3.0, len(delays_s)))


def drop_mixed(generator: Generator, delays_s: Floats, owner: int) -> Floats:
    """Return the times of one of the other laws, by turns."""
    return (drop_on_beat, drop_by_age, drop_at_random)[owner % 3](generator, delays_s, owner)


DROPS: Final[dict[str, Callable[[Generator, Floats, int], Floats]]] = {
    "beat": drop_on_beat,
    "age": drop_by_age,
    "random": drop_at_random,
    "mixed": drop_mixed,
}


def make_fleet(folder: Path, size: Size, law: str) -> None:
    """Write the logs of every worker and of the master."""
    master: list[tuple[float, str, str]] = [(0.0, "master", "Master Server Started (Port: 4106)")]
    for owner in range(size.connections_count):
        generator = np.random.default_rng([SEED, size.drops_count, owner])
        count = size.drops_count // size.connections_count
        delays = generator.uniform(1.0, 1.5, count)
        drops = DROPS[law](generator, delays, owner)
        opens = np.concatenate([[0.5], drops + delays])
        end_s = float(opens[-1]) + 10.0
        rows = list(_write_worker(generator, drops, opens, end_s))
        for number, opened_s in enumerate(opens.tolist()):
            socket = f"{law}{owner:04d}x{number:06d}".ljust(20, "A")[:20]
            rows.append((opened_s, "socket-client", f"Connected to master (socket ID: {socket})"))
            master.append((opened_s - 0.004, "socket-server", f"Worker connected: {socket}"))
            joined = f"Worker worker{owner} (socket {socket}) joined room: worker:worker{owner}"
            master.append((opened_s + 0.006, "socket-server", joined))
            if number < count:
                closed_s = float(drops[number])
                rows.append((closed_s, "socket-client", "Disconnected from master: transport close"))
                master.append((closed_s + 0.002, "socket-server", f"Worker disconnected: {socket} (transport close)"))
        _write_logs(folder / f"worker{owner}", rows)
    _write_logs(folder / "master", master)


def _write_worker(
    generator: Generator, drops_s: Floats, opens_s: Floats, end_s: float
) -> Iterator[tuple[float, str, str]]:
    """Yield all but connects and disconnects: timers, pushes that fail in outages, refused connects, noise."""
    for service, period_s, text in WORKER:
        times = np.arange(generator.uniform(0.0, period_s), end_s, period_s) + 0.003 * generator.random()
        yield from ((time_s, service, text.format(number)) for number, time_s in enumerate(times.tolist()))
    for time_s in np.arange(generator.uniform(0.0, 30.0), end_s, 30.0).tolist():
        is_down = np.searchsorted(drops_s, time_s) == np.searchsorted(opens_s, time_s)
        result = "Failed to push data sync: Socket is not connected" if is_down else "Data sync pushed successfully"
        yield time_s, "data-pusher", "Pushing data sync"
        yield time_s + 0.004, "data-pusher", result
    refused = drops_s[generator.random(len(drops_s)) < 0.3] + 0.5
    yield from ((time_s, "socket-client", "Connection error: xhr poll error") for time_s in refused.tolist())
    kinds = generator.integers(0, NOISE_COUNT, int(end_s / 5.0))
    for time_s, kind in zip(generator.uniform(0.0, end_s, len(kinds)).tolist(), kinds.tolist(), strict=True):
        yield time_s, "monitor", f"stage {chr(97 + kind)} of the room is done"


def _write_logs(folder: Path, rows: list[tuple[float, str, str]]) -> None:
    folder.mkdir(parents=True)
    by_service: dict[str, list[str]] = {}
    for time_s, service, message in sorted(rows):
        stamp = datetime.fromtimestamp(round(START_S + time_s, 3), UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        record = {"level": "info", "message": message, "service": service, "timestamp": stamp}
        by_service.setdefault(service, []).append(json.dumps(record, separators=(",", ":")) + "\n")
    for service, lines in by_service.items():
        (folder / f"{service}.log").write_text("".join(lines), "utf-8")


class _Meter:
    """CPU seconds spent in the functions that it wraps."""

    def __init__(self) -> None:
        self.spent_s = 0.0

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*arguments: Any, **options: Any) -> Any:
            start = time.process_time()
            try:
                return function(*arguments, **options)
            finally:
                self.spent_s += time.process_time() - start

        return measured


def measure(size: Size, law: str) -> tuple[int, float, float]:
    """Return the disconnects found, the CPU seconds of their analysis, and those of writing them as JSON."""
    meter = _Meter()
    for module, name in READERS:
        setattr(module, name, meter.wrap(getattr(module, name)))
    with TemporaryDirectory() as folder:
        make_fleet(Path(folder), size, law)
        start = time.process_time()
        diagnosis = stages.diagnose(stages.Request((folder,))).diagnosis
        spent_s = time.process_time() - start - meter.spent_s
    start = time.process_time()
    render_json(diagnosis, generated_at=datetime.fromtimestamp(START_S, UTC), version="")
    return len(diagnosis.disconnects), spent_s, time.process_time() - start


def read_size(text: str) -> Size:
    """Return the size that `3000/50` means."""
    drops, _, connections = text.partition("/")
    return Size(int(drops), int(connections))


def main() -> None:
    """Print a row for each size, a column for each law of the drops."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the two smallest sizes only")
    parser.add_argument("--size", type=read_size, help="this size only: disconnects/connections")
    parser.add_argument("--drops", choices=DROPS, help="this law only")
    options = parser.parse_args()
    sizes = [options.size] if options.size else [Size(*size) for size in (SIZES[:2] if options.quick else SIZES)]
    laws = [options.drops] if options.drops else list(DROPS)
    print("CPU seconds of the analysis / of writing JSON\n")
    print("| disconnects | connections |", " | ".join(laws), "|\n|--:" + "|--:" * (1 + len(laws)) + "|")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for size in sizes:
            cells = []
            for law in laws:
                _, spent_s, written_s = pool.submit(measure, size, law).result()
                cells.append(f"{spent_s:.2f} / {written_s:.2f}")
            print(f"| {size.drops_count:,} | {size.connections_count:,} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
