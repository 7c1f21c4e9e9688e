"""Faults that stop a process for a while: blocked event loops and paused hosts."""

from __future__ import annotations

import random

from benchmarks.simulation.clocks import enough
from benchmarks.simulation.roads import heartbeat
from benchmarks.simulation.setting import Setting
from benchmarks.simulation.world import Fault, Truth


def _block(setting: Setting, rng: random.Random, *, marked: bool) -> Fault:
    patience = heartbeat(setting, rng)
    setting.fixed_reconnect_s = None
    gap = patience * rng.uniform(2.5, 4)
    enough(setting, rng, gap)
    regular = rng.random() < 0.5
    world = yield
    victim = rng.choice(world.workers)

    def block() -> None:
        world.hit(victim)
        seconds = patience * rng.uniform(1.1, 1.5)
        if marked:
            victim.log("worker", "info", "Rebuilding cache index")
            victim.later(seconds, lambda: victim.log("worker", "info", "Cache index rebuilt"))
        victim.freeze(seconds)

    world.irregularly(lambda: gap if regular else gap * rng.uniform(0.6, 1.4), block)
    yield
    injected = f"{victim.name} blocks its event loop about every {gap:.0f} s; pings {patience:g} s in all"
    both = ["event-loop-blocked", "heartbeat-timeout"]
    dim = [] if setting.debug else [[], ["heartbeat-timeout"]]
    blind = [] if setting.debug else [["unstable-network"], ["server-timer"]]
    return Truth(injected, ["event-loop-blocked"], [both, *dim], blind)


def worker_blocked(setting: Setting, rng: random.Random) -> Fault:
    """A worker blocks its event loop, with a line before and after."""
    return (yield from _block(setting, rng, marked=True))


def worker_freeze(setting: Setting, rng: random.Random) -> Fault:
    """A worker freezes without a word."""
    setting.debug = setting.debug or rng.random() < 0.5
    return (yield from _block(setting, rng, marked=False))


def host_pause(setting: Setting, rng: random.Random) -> Fault:
    """The workers' host is paused: all of them stand still and go on together."""
    patience = heartbeat(setting, rng)
    setting.workers = rng.choice((2, 3, 4))
    setting.debug = True
    setting.fixed_reconnect_s = None
    gap = patience * rng.uniform(3, 6)
    enough(setting, rng, gap)
    world = yield

    def pause() -> None:
        seconds = patience * rng.uniform(1.1, 1.6)
        for worker in world.workers:
            world.hit(worker)
            worker.freeze(seconds)

    world.irregularly(lambda: gap * rng.uniform(0.6, 1.4), pause)
    yield
    injected = f"the workers' host is paused for {patience * 1.3:.0f} s or so at irregular times"
    return Truth(injected, ["event-loop-blocked"], [["event-loop-blocked", "heartbeat-timeout"]])


def master_blocked(setting: Setting, rng: random.Random) -> Fault:
    """The master blocks its event loop."""
    patience = heartbeat(setting, rng)
    setting.workers = rng.choice((1, 2, 3, 4))
    gap = patience * rng.uniform(2.5, 4)
    enough(setting, rng, gap)
    regular = rng.random() < 0.5
    world = yield

    def block() -> None:
        for worker in world.workers:
            world.hit(worker)
        world.master.freeze(patience * rng.uniform(1.15, 1.5))

    world.irregularly(lambda: gap if regular else gap * rng.uniform(0.6, 1.4), block)
    yield
    injected = f"the master blocks its event loop about every {gap:.0f} s; pings {patience:g} s in all"
    also = [["event-loop-blocked", "heartbeat-timeout"], *([] if setting.debug else [["heartbeat-timeout"]])]
    return Truth(injected, ["event-loop-blocked"], also, [["heartbeat-timeout"]])


def host_suspend(setting: Setting, rng: random.Random) -> Fault:
    """The workers' host sleeps for minutes, as a laptop does: what ran goes on where it stood."""
    heartbeat(setting, rng)
    setting.debug = True
    setting.fixed_reconnect_s = None
    setting.duration_s = 2400
    world = yield

    def sleep() -> None:
        seconds = rng.uniform(60, 180)
        for worker in world.workers:
            world.hit(worker)
            worker.freeze(seconds)

    world.irregularly(lambda: 200 + rng.expovariate(1 / 60), sleep)
    yield
    injected = "the workers' host is suspended for one to three minutes at irregular times"
    return Truth(injected, ["event-loop-blocked"], [["event-loop-blocked", "heartbeat-timeout"]])
