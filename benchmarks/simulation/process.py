"""The engine: a queue of events in true time, and processes with clocks, timers and log files of their own."""

from __future__ import annotations

import heapq
import itertools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.simulation.setting import Setting, Stamps

Action = Callable[[], None]
# After a freeze Node runs overdue timers first, then what the network brought, and the watchdog of the pings last.
TIMER, NETWORK, WATCHDOG = 0.001, 0.006, 0.010
ROTATED_LINES = 40
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Engine:
    """Run events in the order of their times; equal times in the order of their making."""

    def __init__(self, setting: Setting, rng: random.Random) -> None:
        self.setting = setting
        self.rng = rng
        self.now = 0.0
        self._queue: list[tuple[float, int, Action]] = []
        self._serial = itertools.count()

    def at(self, when: float, action: Action) -> None:
        """Schedule an action for an instant of true time (seconds since the start)."""
        heapq.heappush(self._queue, (max(when, self.now), next(self._serial), action))

    def run(self) -> None:
        """Run until the end of the setting's duration."""
        while self._queue and self._queue[0][0] < self.setting.duration_s:
            self.now, _, action = heapq.heappop(self._queue)
            action()


@dataclass
class Clock:
    """A wall clock: offset and rate error against true time, and steps made by NTP."""

    start: float
    offset_s: float = 0.0
    rate_ppm: float = 0.0
    steps: list[tuple[float, float]] = field(default_factory=list)

    def read(self, true_s: float) -> float:
        """Give what the clock shows at an instant of true time."""
        stepped = sum(by for when, by in self.steps if when <= true_s)
        return self.start + true_s * (1 + self.rate_ppm * 1e-6) + self.offset_s + stepped

    def true_time_of(self, shown: float) -> float:
        """Give the true time at which the clock shows an instant (no steps considered)."""
        return (shown - self.start - self.offset_s) / (1 + self.rate_ppm * 1e-6)


class Process:
    """One Node process: it may freeze, die and start again; its timers and lines obey that."""

    def __init__(self, engine: Engine, name: str, clock: Clock, stamps: Stamps) -> None:
        self.engine = engine
        self.rng = engine.rng
        self.name = name
        self.clock = clock
        self.stamps = stamps
        self.alive = False
        self.life = 0
        self.frozen_until = -1.0
        self.files: dict[str, list[str]] = {}

    def later(self, delay_s: float, action: Action, phase: float = TIMER) -> None:
        """Run an action after a delay, unless the process dies before; a frozen process runs it when it thaws."""
        life = self.life

        def run() -> None:
            if self.life != life or not self.alive:
                return
            if self.engine.now < self.frozen_until:
                self.engine.at(self.frozen_until + phase, run)
                return
            action()

        self.engine.at(self.engine.now + max(delay_s, 0.0), run)

    def every(self, first_s: float, period_s: float, action: Action) -> None:
        """Start a setInterval: each round is late by a little, and the lateness adds up."""

        def tick() -> None:
            action()
            self.later(period_s + self.rng.expovariate(1000 / self.engine.setting.drift_ms), tick)

        self.later(first_s, tick)

    def freeze(self, seconds: float) -> None:
        """Block the event loop."""
        self.frozen_until = self.engine.now + seconds

    def end_life(self) -> None:
        """Stop everything that this life of the process had planned."""
        self.alive = False
        self.life += 1
        self.frozen_until = -1.0

    def log(self, service: str, level: str, message: str, after_ms: float = 0.0, /, **fields: object) -> None:
        """Write one winston line (keys sorted); an error goes to the -error file as well."""
        setting = self.engine.setting
        hidden = (level == "debug" and not setting.debug) or (level in {"debug", "info"} and setting.warnings_only)
        if self.engine.now < setting.skip_s or hidden:
            return
        stamp = self.stamps.write(self.clock.read(self.engine.now + after_ms / 1000))
        record = {"level": level, "message": message, "service": service, "timestamp": stamp, **fields}
        line = ENCODER.encode(dict(sorted(record.items())))
        stem = service.replace(":", "_")
        self.files.setdefault(stem, []).append(line)
        errors = self.files.setdefault(f"{stem}-error", [])
        if level == "error":
            errors.append(line)

    def write(self, directory: Path) -> None:
        """Write the log files of all lives of this process."""
        directory.mkdir(parents=True, exist_ok=True)
        for stem, lines in self.files.items():
            # winston's maxsize: X.log is full, and X1.log goes on.
            half = len(lines) // 2 if self.engine.setting.rotated and len(lines) > ROTATED_LINES else len(lines)
            for name, part in ((stem, lines[:half]), (f"{stem}1", lines[half:])):
                if part or name == stem:
                    text = "".join(f"{line}\n" for line in part)
                    (directory / f"{name}.log").write_text(text, encoding="utf-8")
