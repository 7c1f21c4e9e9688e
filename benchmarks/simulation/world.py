"""One incident: the processes, the faults' handles on them, and the truth that is written beside the logs."""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.simulation.connection import Connection, Peer
from benchmarks.simulation.master import Master
from benchmarks.simulation.network import Network
from benchmarks.simulation.process import Action, Clock, Engine
from benchmarks.simulation.setting import Setting
from benchmarks.simulation.worker import Worker

Causes = list[str]
ENOUGH_BEATS = 8
# These say it in words: two times are enough.
STATED = {"client-restart", "server-restart", "auth-rejected", "version-mismatch", "server-kick", "client-close"}
# These drops come after a push by nature.
AFTER_PUSH = {"payload-too-large", "event-loop-blocked"}
JUST_AFTER_PUSH_S = 0.4


@dataclass
class Truth:
    """What was injected, and which answers are right; `tags` name the hits that make the period and the lifetime."""

    injected: str
    causes: Causes
    also: list[Causes] = field(default_factory=list)
    workers_only: list[Causes] = field(default_factory=list)
    period_s: float | None = None
    lifetime_s: float | None = None
    verdict: str = "incident"
    period_tag: str = "hit"
    lifetime_tag: str = "hit"


# A fault adjusts the setting, then takes the world and arms it, then (after the run) says the truth.
Fault = Generator[None, "World", Truth]
FaultFunction = Callable[[Setting, random.Random], Fault]


class World:
    """The processes of one incident."""

    def __init__(self, setting: Setting, rng: random.Random) -> None:
        self.setting = setting
        self.rng = rng
        self.engine = Engine(setting, rng)
        clock = Clock(setting.start, setting.clock_offset_s, rng.uniform(-3, 3))
        self.master = Master(self.engine, clock, rng.randrange(3000, 9000))
        self.network = Network(self.engine, self.master)
        shared = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        worker_clock = Clock(setting.start, 0.0, rng.uniform(-3, 3))
        self.workers: list[Worker] = []
        for number in range(1, setting.workers + 1):
            own = shared if setting.same_account else str(uuid.UUID(int=rng.getrandbits(128), version=4))
            self.workers.append(Worker(self.engine, self.network, f"worker{number}", worker_clock, f"acc-{own}"))
        self.hits: Counter[tuple[str, str]] = Counter()

    def run(self) -> None:
        """Start everyone and let the time pass."""
        self.engine.at(0.0, self.master.start)
        for number, worker in enumerate(self.workers):
            self.engine.at(self.rng.uniform(0.6, 1.6) + 0.3 * number, worker.start)
        self.engine.run()

    def hit(self, worker: Peer, tag: str = "hit") -> None:
        """Count one strike of the fault against a worker."""
        if self.engine.now >= self.setting.skip_s:
            self.hits[tag, worker.name] += 1

    def beats(self, tag: str = "hit") -> int:
        """Count the strikes against the worker that had most."""
        return max((n for (t, _), n in self.hits.items() if t == tag), default=0)

    def irregularly(self, gap: Callable[[], float], action: Action) -> None:
        """Act again and again after drawn gaps of true time."""

        def strike() -> None:
            action()
            self.engine.at(self.engine.now + gap(), strike)

        self.engine.at(gap(), strike)

    def at_age(self, age: Callable[[], float], action: Callable[[Connection], None]) -> None:
        """Act on each connection some time after it was opened, if it still lives."""

        def opened(connection: Connection) -> None:
            due = connection.opened_at + age()
            self.engine.at(due, lambda: action(connection) if connection in self.network.alive() else None)

        self.network.on_open.append(opened)

    def cut(self, connection: Connection, tag: str = "hit", client: str = "transport close") -> None:
        """Cut a connection on the road."""
        self.hit(connection.worker, tag)
        self.network.cut(connection, client)

    def cut_one(self, tag: str = "hit") -> None:
        """Cut one connection of any worker."""
        if alive := self.network.alive():
            self.cut(self.rng.choice(alive), tag)

    def master_closes(self, connections: list[Connection], reason: str = "forced close", tag: str = "hit") -> None:
        """Let the master close connections without a word, or kick them."""
        kick = reason == "server namespace disconnect"
        for connection in connections:
            self.hit(connection.worker, tag)
            self.network.server_closes(connection, reason, "io server disconnect" if kick else "transport close")

    def kill_master(self, down_s: float) -> None:
        """Kill the master; it starts again after a while."""
        for worker in self.workers:
            if worker.online:
                self.hit(worker)
        self.master.end_life()
        self.network.master_died()
        self.engine.at(self.engine.now + down_s, self.master.start)

    def write(self, directory: Path, truth: Truth) -> None:
        """Write the logs and truth.json."""
        for worker in self.workers:
            worker.write(directory / worker.name)
        if self.setting.master_logs:
            self.master.write(directory / "master")
        text = json.dumps(self.record(truth), ensure_ascii=False, indent=1)
        (directory / "truth.json").write_text(text + "\n", encoding="utf-8")

    def messages(self, service: str) -> list[str]:
        """Give the lines of one service of all workers."""
        return [line for worker in self.workers for line in worker.files.get(service, [])]

    def record(self, truth: Truth) -> dict[str, object]:
        """Give truth.json: the injected causes, tempered by what these logs can show."""
        logged = sum("Disconnected from master: " in line for line in self.messages("socket-client"))
        also, only = list(truth.also), list(truth.workers_only)
        causes = truth.causes if self._happened(logged) else []
        stated = STATED.issuperset(causes)
        few = self.beats(truth.period_tag) < (2 if stated else ENOUGH_BEATS)
        if causes and (few or (self.setting.coarse and not stated)):
            also.append([])
        if causes and self._looks_pushed() and AFTER_PUSH.isdisjoint(causes):
            only.append([])
        record: dict[str, object] = {
            "injected": truth.injected,
            "verdict": truth.verdict if self._happened(logged) else self._peace(),
            "causes": causes,
            "logged_disconnects_count": logged,
        }
        if not self.setting.master_logs:
            also += only
        for key, answers in (("also_accepted", also), ("also_accepted_workers_only", only)):
            if answers:
                record[key] = [list(x) for x in sorted({tuple(sorted(answer)) for answer in answers})]
        if not self.setting.coarse:
            if truth.period_s is not None and self.beats(truth.period_tag) >= ENOUGH_BEATS:
                record["period_s"] = round(truth.period_s, 4)
            if truth.lifetime_s is not None and self.beats(truth.lifetime_tag) >= ENOUGH_BEATS:
                record["lifetime_s"] = round(truth.lifetime_s, 4)
        return record

    def _happened(self, logged: int) -> bool:
        """Whether the workers' logs show anything wrong at all."""
        refused = any("Socket is not connected" in line for line in self.messages("data-pusher"))
        return bool(logged) or refused or bool(self.hits)

    def _peace(self) -> str:
        """Give the verdict when nothing happened: health takes a connection that was seen."""
        seen = any("Connected to master" in line for line in self.messages("socket-client"))
        return "healthy" if seen else "inconclusive"

    def _looks_pushed(self) -> bool:
        """Whether most drops come right after a snapshot, so that a worker's own log may well blame the push."""
        leads = [t - worker.last_sync_before(t) for worker in self.workers for t in worker.drops]
        return sum(lead < JUST_AFTER_PUSH_S for lead in leads) > len(leads) / 2


def simulate(fault: FaultFunction, setting: Setting, rng: random.Random, directory: Path) -> None:
    """Run one fault in one setting and write what was logged."""
    script = fault(setting, rng)
    next(script)
    world = World(setting, rng)
    script.send(world)
    world.run()
    try:
        next(script)
    except StopIteration as end:
        world.write(directory, end.value)
    else:
        raise RuntimeError("a fault yields twice: once for the world, once for the run")
