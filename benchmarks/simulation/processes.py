"""Faults of processes: restarts and crashes of workers and master."""

from __future__ import annotations

import random
from functools import partial

from benchmarks.simulation.clocks import enough
from benchmarks.simulation.setting import Setting
from benchmarks.simulation.worker import Worker
from benchmarks.simulation.world import Fault, Truth, World

OUT_OF_MEMORY = (
    "Uncaught exception: JavaScript heap out of memory",
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
)


def _die(world: World, worker: Worker, down_s: float, words: str | None = None) -> None:
    if worker.alive:
        world.hit(worker)
        worker.die(down_s, words)


def worker_oom(setting: Setting, rng: random.Random) -> Fault:
    """A worker runs out of memory again and again, and says so before it dies."""
    return (yield from _dies(setting, rng, rng.choice(OUT_OF_MEMORY)))


def worker_oom_silent(setting: Setting, rng: random.Random) -> Fault:
    """The same without last words: only start-up lines tell."""
    return (yield from _dies(setting, rng, None))


def _dies(setting: Setting, rng: random.Random, words: str | None) -> Fault:
    mean = rng.uniform(30, 150)
    enough(setting, rng, mean)
    world = yield
    victim = rng.choice(world.workers)
    down = rng.uniform(0.8, 6)
    world.irregularly(lambda: down + 3 + mean * rng.uniform(0.8, 1.2), lambda: _die(world, victim, down, words))
    yield
    injected = f"{victim.name} dies about every {mean:.0f} s without closing its socket, and is back {down:.1f} s later"
    return Truth(injected, ["client-restart"])


def crash_loop(setting: Setting, rng: random.Random) -> Fault:
    """A worker that dies some seconds after each start."""
    setting.duration_s = rng.uniform(300, 900)
    setting.message_gap_s = min(setting.message_gap_s, 15.0)
    world = yield
    victim = rng.choice(world.workers)
    words = rng.choice((None, "Uncaught exception: Cannot read properties of undefined (reading 'uid')"))
    world.irregularly(lambda: rng.uniform(3.5, 15), lambda: _die(world, victim, rng.uniform(0.5, 2), words))
    yield
    return Truth(f"{victim.name} crashes some seconds after each start", ["client-restart"])


def graceful_restart(setting: Setting, rng: random.Random) -> Fault:
    """A worker closes its socket, exits and is started again."""
    mean = rng.uniform(25, 120)
    enough(setting, rng, mean)
    world = yield
    victim = rng.choice(world.workers)

    def stop() -> None:
        if victim.alive:
            world.hit(victim)
            victim.stop(rng.uniform(1, 3))

    world.irregularly(lambda: 4 + mean * rng.uniform(0.7, 1.3), stop)
    yield
    injected = f"{victim.name} closes its socket, exits and is started again about every {mean:.0f} s"
    return Truth(injected, ["client-restart"], [["client-close", "client-restart"]])


def cron_restart(setting: Setting, rng: random.Random) -> Fault:
    """A process manager restarts a worker at fixed clock times."""
    every = rng.choice((60.0, 120.0, 300.0))
    enough(setting, rng, every)
    closes = rng.random() < 0.5
    world = yield
    victim = rng.choice(world.workers)
    clock = victim.clock

    def strike(due: float) -> None:
        world.hit(victim)
        down = rng.uniform(0.6, 2)
        if closes:
            victim.stop(down)
        else:
            victim.die(down)
        plan(due + every)

    def plan(due: float) -> None:
        world.engine.at(clock.true_time_of(due) + rng.uniform(0.05, 0.4), lambda: strike(due))

    first = clock.read(15.0)
    plan(first - first % every + every)
    yield
    also = [["client-close", "client-restart"], ["client-restart", "wall-clock-schedule"]]
    return Truth(f"a process manager restarts {victim.name} every {every:g} s of the clock", ["client-restart"], also)


def rolling_restart(setting: Setting, rng: random.Random) -> Fault:
    """A deploy kills all workers, one after the other."""
    setting.workers = rng.choice((2, 3, 4, 6))
    setting.duration_s = max(setting.duration_s, 900)
    world = yield

    def deploy() -> None:
        for number, worker in enumerate(world.workers):
            world.engine.at(world.engine.now + 6 * number + rng.uniform(0, 2), partial(_die, world, worker, 2.5))

    world.irregularly(lambda: rng.uniform(120, 400), deploy)
    yield
    return Truth("deploys kill and restart all workers, one after the other", ["client-restart"])


def sigterm(setting: Setting, rng: random.Random) -> Fault:
    """An orderly stop or two, announced in the log: nothing is wrong."""
    setting.skip_s = 0.0
    setting.duration_s = rng.uniform(900, 1800)
    world = yield

    def terminate(worker: Worker) -> None:
        """Stop, but not right after a push, which would then look lost."""
        if world.engine.now - worker.pushed_at < 2 or not worker.online:
            world.engine.at(world.engine.now + 0.5, partial(terminate, worker))
            return
        worker.log("worker", "info", "SIGTERM received, shutting down")
        worker.stop(rng.uniform(1, 2.5))

    for worker in world.workers:
        when = rng.uniform(200, 700)
        world.engine.at(when, partial(terminate, worker))
    yield
    return Truth("each worker is stopped in good order once, and says so", [], [["client-restart"]], verdict="healthy")


def master_killed(setting: Setting, rng: random.Random) -> Fault:
    """The master is killed, is down for some seconds, and refuses connections meanwhile."""
    return (yield from _master_restarts(setting, rng, rng.uniform(40, 150), rng.uniform(2.5, 8)))


def master_rarely_killed(setting: Setting, rng: random.Random) -> Fault:
    """The same, but only a few times."""
    setting.duration_s = max(setting.duration_s, 900)
    mean = setting.duration_s / rng.choice((1.7, 2.6, 4.5))
    return (yield from _master_restarts(setting, rng, mean, rng.uniform(3, 15)))


def _master_restarts(setting: Setting, rng: random.Random, mean: float, down: float) -> Fault:
    if mean < 160:
        enough(setting, rng, mean)
    setting.workers = rng.choice((1, 2, 3, 4))
    world = yield
    world.irregularly(lambda: down + mean * rng.uniform(0.7, 1.3), lambda: world.kill_master(down))
    yield
    return Truth(f"the master is killed about every {mean:.0f} s and is down for {down:.1f} s", ["server-restart"])


def master_behind_relay(setting: Setting, rng: random.Random) -> Fault:
    """The master is killed behind a relay that goes on accepting."""
    setting.workers = rng.choice((2, 3, 4))
    mean = rng.uniform(35, 90)
    enough(setting, rng, mean)
    down = rng.uniform(1.3, 3)
    world = yield
    world.network.behind_relay = True
    world.irregularly(lambda: down + mean * rng.uniform(0.7, 1.3), lambda: world.kill_master(down))
    yield
    guesses = [["unstable-network"], ["transport-failure"]]
    injected = f"the master is killed about every {mean:.0f} s, behind a relay that goes on accepting"
    return Truth(injected, ["server-restart"], [], guesses)


def master_graceful(setting: Setting, rng: random.Random) -> Fault:
    """The master closes its sockets in good order, exits, and is started again."""
    setting.workers = rng.choice((2, 3, 4))
    mean = rng.uniform(60, 240)
    enough(setting, rng, mean)
    down = rng.uniform(3, 9)
    world = yield

    def stop() -> None:
        world.master_closes(world.network.alive(), "server shutting down")
        world.engine.at(world.engine.now + 0.02, exit_)

    def exit_() -> None:
        world.master.end_life()
        world.network.master_died()
        world.engine.at(world.engine.now + down, world.master.start)

    world.irregularly(lambda: down + mean * rng.uniform(0.7, 1.3), stop)
    yield
    injected = f"the master is restarted in good order about every {mean:.0f} s, down for {down:.1f} s"
    return Truth(injected, ["server-restart"])


def master_oom_loop(setting: Setting, rng: random.Random) -> Fault:
    """The master runs out of memory again and again, says so, and its supervisor has it back within a second or so."""
    setting.workers = rng.choice((1, 2, 3, 4))
    mean = rng.uniform(40, 150)
    enough(setting, rng, mean)
    down = rng.uniform(0.4, 1.5)
    world = yield

    def die() -> None:
        world.master.log("master", "error", rng.choice(OUT_OF_MEMORY))
        world.kill_master(down)

    world.irregularly(lambda: down + mean * rng.uniform(0.8, 1.2), die)
    yield
    injected = f"the master runs out of memory about every {mean:.0f} s and is back {down:.1f} s later"
    return Truth(injected, ["server-restart"], [], [["unstable-network"], []])
