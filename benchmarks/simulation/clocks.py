"""Faults with a clock: timers in the master, cron jobs, proxies' limits, and timers that only look guilty."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from benchmarks.simulation.connection import Connection
from benchmarks.simulation.setting import Setting
from benchmarks.simulation.world import Fault, Truth

if TYPE_CHECKING:
    from benchmarks.simulation.world import World

PERIODS = (12.0, 15.0, 20.0, 30.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0)
LIMITS = (15.0, 20.0, 30.0, 40.0, 45.0, 60.0, 100.0, 230.0, 240.0)


def enough(setting: Setting, rng: random.Random, period_s: float) -> None:
    """Make the run long enough for some 10 beats, with luck; now and then it stays short."""
    if rng.random() < 0.9:
        setting.duration_s = min(max(setting.duration_s, period_s * rng.uniform(11, 20)), 2400)


def period(setting: Setting, rng: random.Random) -> float:
    """Draw a period: a usual one or an odd one."""
    drawn = rng.choice((*PERIODS, rng.uniform(12, 100), rng.uniform(12, 100)))
    enough(setting, rng, drawn)
    return drawn


def _ambiguous(world: World) -> list[list[str]]:
    """Give [[]] when a constant reconnect delay makes timer and age alike."""
    return [[]] if world.setting.fixed_reconnect_s is not None and world.setting.workers == 1 else []


def master_timer(setting: Setting, rng: random.Random) -> Fault:
    """A timer in the master closes all connections without a line."""
    every = period(setting, rng)
    world = yield
    first = rng.uniform(8, 8 + every)
    world.engine.at(0.01, lambda: world.master.every(first, every, lambda: world.master_closes(world.network.alive())))
    yield
    injected = f"every {every:g} s a timer in the master closes all connections, without a log line"
    return Truth(injected, ["server-timer"], _ambiguous(world), period_s=every)


def master_timer_one_worker(setting: Setting, rng: random.Random) -> Fault:
    """The same, but the timer hits only one of several workers."""
    setting.workers = rng.choice((2, 3, 4))
    every = period(setting, rng)
    world = yield
    victim = rng.choice(world.workers)

    def close() -> None:
        world.master_closes([c for c in world.network.alive() if c.worker is victim])

    world.engine.at(0.01, lambda: world.master.every(rng.uniform(8, 8 + every), every, close))
    yield
    fixed = world.setting.fixed_reconnect_s is not None
    injected = f"every {every:g} s a timer in the master closes the connection of {victim.name} only"
    return Truth(injected, ["server-timer"], [[]] if fixed else [], period_s=every)


def _decoy(setting: Setting, rng: random.Random, beat_s: float, ahead: str) -> Fault:
    """Close all connections in the master a constant moment after a healthy beat of the worker."""
    setting.workers = 1
    setting.fixed_reconnect_s = None
    setting.master_logs = True
    enough(setting, rng, beat_s)
    offset = rng.uniform(0.005, 0.2) + 3 * setting.latency_s
    same_drift = rng.random() < 0.5
    own_drift = rng.uniform(0.5, 6) / 1000
    world = yield

    def close() -> None:
        world.master_closes(world.network.alive())

    def look() -> None:
        """Start the master's timer once the first beat of the worker is seen."""
        beats = world.workers[0].syncs if ahead == "snapshot" else world.workers[0].reports
        if not beats:
            world.engine.at(world.engine.now + 0.05, look)
        elif same_drift:
            world.engine.at(beats[-1] + beat_s + offset, follow)
        else:
            world.engine.at(beats[-1] + beat_s + offset, lambda: strike(world.engine.now, 0))

    def follow() -> None:
        close()
        world.engine.at(world.engine.now + beat_s + rng.expovariate(1000 / setting.drift_ms), follow)

    def strike(origin: float, beat: int) -> None:
        close()
        due = origin + (beat + 1) * (beat_s + own_drift) + rng.expovariate(2000)
        world.engine.at(due, lambda: strike(origin, beat + 1))

    world.engine.at(1.0, look)
    yield
    injected = f"{offset * 1000:.0f} ms after a healthy {ahead} of the worker a {beat_s:g} s timer in the master"
    return Truth(f"{injected} closes all connections", ["server-timer"], [], [[]], period_s=beat_s)


def phase_decoy(setting: Setting, rng: random.Random) -> Fault:
    """A healthy snapshot just ahead of the beat of a timer in the master."""
    setting.snapshot_s = rng.choice((20.0, 30.0, 30.0, 45.0, 60.0))
    return (yield from _decoy(setting, rng, setting.snapshot_s, "snapshot"))


def status_decoy(setting: Setting, rng: random.Random) -> Fault:
    """A status report just ahead of every second beat of a timer in the master."""
    setting.status_s = rng.choice((60.0, 60.0, 90.0, 40.0))
    return (yield from _decoy(setting, rng, setting.status_s / 2, "status report"))


def _cron(world: World, every: float, word: str | None) -> None:
    """Close all connections whenever the master's clock shows a multiple of the period."""
    clock = world.master.clock

    def strike(due: float) -> None:
        if word:
            world.master.log("master", "info", word)
        world.master_closes(world.network.alive())
        plan(due + every)

    def plan(due: float) -> None:
        late = world.rng.uniform(0, 0.011)
        world.engine.at(clock.true_time_of(due) + late, lambda: strike(due))

    first = clock.read(10.0)
    plan(first - first % every + every)


def wall_clock(setting: Setting, rng: random.Random) -> Fault:
    """A cron job in the master closes all connections at full minutes."""
    every = rng.choice((60.0, 60.0, 30.0, 120.0, 180.0))
    enough(setting, rng, every)
    return (yield from _wall_clock(setting, rng, every))


def wall_clock_sparse(setting: Setting, rng: random.Random) -> Fault:
    """The same every five or ten minutes: few beats."""
    setting.duration_s = 1800
    return (yield from _wall_clock(setting, rng, rng.choice((300.0, 300.0, 600.0))))


def _wall_clock(setting: Setting, rng: random.Random, every: float) -> Fault:
    world = yield
    _cron(world, every, rng.choice((None, "Scheduled connection cleanup")))
    yield
    off = abs(setting.clock_offset_s) > 0.5
    injected = f"at every full {every:g} s of the master's clock all connections are closed"
    return Truth(injected, ["wall-clock-schedule"], [], [["server-timer"], []] if off else [], period_s=every)


def server_kick(setting: Setting, rng: random.Random) -> Fault:
    """The master calls disconnect on every socket, by a timer."""
    every = period(setting, rng)
    world = yield

    def kick() -> None:
        world.master_closes(world.network.alive(), "server namespace disconnect")

    world.engine.at(0.01, lambda: world.master.every(rng.uniform(8, 8 + every), every, kick))
    yield
    injected = f"every {every:g} s the master calls disconnect on every socket"
    return Truth(injected, ["server-kick"], [["server-kick", "server-timer"]], period_s=every)


def max_age(setting: Setting, rng: random.Random) -> Fault:
    """A relay cuts each connection at a fixed age."""
    limit = rng.choice((*LIMITS, rng.uniform(12, 120)))
    setting.latency_s = min(setting.latency_s, 0.02)
    enough(setting, rng, limit + 1)
    world = yield
    world.at_age(lambda: limit, world.cut)
    yield
    fixed = setting.fixed_reconnect_s is not None
    also: list[list[str]] = [[]] if fixed else []
    injected = f"a relay cuts each connection {limit:g} s after it was opened"
    return Truth(injected, ["connection-age-limit"], also, lifetime_s=limit)


def idle_timeout(setting: Setting, rng: random.Random) -> Fault:
    """A proxy closes what was silent for a while; heartbeats are off and the pings too rare."""
    limit = rng.choice((15.0, 20.0, 30.0, 45.0, 60.0, rng.uniform(12, 60)))
    setting.heartbeats = False
    setting.latency_s = min(setting.latency_s, 0.01)
    setting.ping_interval_s = 25.0 if limit < 22 else limit * 4
    setting.snapshot_s = rng.choice((70.0, 90.0, limit * 3.3))
    setting.message_gap_s = rng.uniform(2, 6) * limit
    setting.fixed_reconnect_s = None
    enough(setting, rng, limit + 12)
    world = yield

    def touched(connection: Connection) -> None:
        seen = connection.traffic_at
        world.engine.at(seen + limit, lambda: expire(connection, seen))

    def expire(connection: Connection, seen: float) -> None:
        if connection.traffic_at == seen and connection in world.network.alive():
            world.cut(connection)

    world.network.on_traffic.append(touched)
    world.network.on_open.append(touched)
    yield
    injected = f"a proxy closes connections that were silent for {limit:g} s; heartbeats off"
    return Truth(injected, ["idle-timeout"], lifetime_s=limit)


def timer_and_age(setting: Setting, rng: random.Random) -> Fault:
    """A relay's age limit and a timer in the master, both at work."""
    every = rng.choice((30.0, 45.0, 60.0))
    limit = every * rng.uniform(0.45, 0.75)
    setting.duration_s = max(setting.duration_s, 20 * every)
    setting.fixed_reconnect_s = None
    world = yield

    def close() -> None:
        world.master_closes(world.network.alive(), tag="timer")

    world.at_age(lambda: limit, lambda connection: world.cut(connection, "age"))
    world.engine.at(0.01, lambda: world.master.every(rng.uniform(8, 8 + every), every, close))
    yield
    both = ["server-timer", "connection-age-limit"]
    injected = f"a relay cuts each connection at age {limit:.2f} s; a timer in the master closes all every {every:g} s"
    return Truth(injected, both, [], [], every, limit, period_tag="timer", lifetime_tag="age")


def age_and_cuts(setting: Setting, rng: random.Random) -> Fault:
    """A relay's age limit on a bad network."""
    limit = rng.choice((30.0, 40.0, 60.0))
    setting.duration_s = max(setting.duration_s, 25 * limit)
    setting.fixed_reconnect_s = None
    mean = limit * rng.uniform(0.9, 1.6)
    world = yield
    world.at_age(lambda: limit, lambda connection: world.cut(connection, "age"))
    world.at_age(lambda: rng.expovariate(1 / mean), lambda connection: world.cut(connection, "random"))
    yield
    both = ["connection-age-limit", "unstable-network"]
    injected = f"a relay cuts each connection at age {limit:g} s, and others at random (mean {mean:.0f} s)"
    return Truth(injected, both, [["connection-age-limit"]], lifetime_s=limit, period_tag="age", lifetime_tag="age")


def read_timeout(setting: Setting, rng: random.Random) -> Fault:
    """A proxy's read timeout with pings off: only what the server sends keeps a connection open."""
    limit = rng.choice((30.0, 45.0, 60.0))
    setting.heartbeats = False
    setting.latency_s = min(setting.latency_s, 0.01)
    setting.ping_interval_s = 4000.0
    setting.fixed_reconnect_s = None
    enough(setting, rng, limit + 2)
    world = yield
    world.at_age(lambda: limit, world.cut)
    yield
    injected = (
        f"a proxy closes connections on which the server was silent for {limit:g} s; it says nothing after the join"
    )
    return Truth(injected, ["idle-timeout"], [["connection-age-limit"], []])


def timer_and_step(setting: Setting, rng: random.Random) -> Fault:
    """A timer in the master, and NTP steps the clock of the workers' host in the middle."""
    setting.fixed_reconnect_s = None
    setting.clock_offset_s = 0.0
    every = rng.choice((20.0, 30.0, 45.0, rng.uniform(15, 60)))
    setting.duration_s = max(setting.duration_s, 24 * every)
    world = yield
    world.workers[0].clock.steps.append((setting.duration_s * rng.uniform(0.4, 0.6), rng.uniform(1, 4)))
    first = rng.uniform(8, 8 + every)
    world.engine.at(0.01, lambda: world.master.every(first, every, lambda: world.master_closes(world.network.alive())))
    yield
    injected = f"every {every:g} s a timer in the master closes all connections; NTP steps the workers' clock once"
    return Truth(injected, ["server-timer"], [[]], period_s=every)


def wall_clock_hourly(setting: Setting, rng: random.Random) -> Fault:
    """A cron job at each full hour: one or two drops, which prove nothing."""
    setting.duration_s = 5000
    setting.snapshot_s = 90.0
    setting.message_gap_s = 90.0
    return (yield from _wall_clock(setting, rng, 3600.0))
