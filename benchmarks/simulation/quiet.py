"""Nothing is wrong, or too little is seen to say what."""

from __future__ import annotations

import random

from benchmarks.simulation.setting import Setting
from benchmarks.simulation.world import Fault, Truth

NO_VERDICT = [["unstable-network"]]


def healthy(setting: Setting, rng: random.Random) -> Fault:
    """Nothing happens."""
    setting.skip_s = 0.0
    yield
    yield
    return Truth("nothing", [], verdict="healthy")


def healthy_short(setting: Setting, rng: random.Random) -> Fault:
    """Nothing happens, for a minute or less."""
    setting.skip_s = 0.0
    setting.duration_s = rng.uniform(15, 70)
    yield
    yield
    return Truth("nothing, for a short while", [], verdict="healthy")


def clock_step(setting: Setting, rng: random.Random) -> Fault:
    """NTP sets the workers' clock; nothing else happens."""
    setting.skip_s = 0.0
    step = rng.choice((rng.uniform(-30, -1), rng.uniform(1, 8)))
    world = yield
    world.workers[0].clock.steps.append((rng.uniform(60, setting.duration_s * 0.8), step))
    yield
    return Truth(f"NTP steps the clock of the workers' host by {step:+.1f} s; nothing else", [], verdict="healthy")


def few_cuts(setting: Setting, rng: random.Random) -> Fault:
    """Two or three cuts at random: not enough to name a cause."""
    setting.skip_s = 0.0
    count = rng.choice((2, 3))
    world = yield
    for _ in range(count):
        world.engine.at(rng.uniform(30, setting.duration_s - 10), world.cut_one)
    yield
    return Truth(f"{count} cuts by a relay at random times", [], NO_VERDICT)


def single_cut(setting: Setting, rng: random.Random) -> Fault:
    """One cut by a relay."""
    setting.skip_s = 0.0
    world = yield
    world.engine.at(rng.uniform(20, setting.duration_s - 10), world.cut_one)
    yield
    return Truth("one cut by a relay, once", [], NO_VERDICT)


def warnings_only(setting: Setting, rng: random.Random) -> Fault:
    """A bad network, and a log level that hides all but warnings and errors: no connect is seen."""
    setting.warnings_only = True
    mean = rng.uniform(20, 90)
    setting.duration_s = max(setting.duration_s, 12 * mean)
    world = yield
    world.at_age(lambda: rng.expovariate(1 / mean), world.cut)
    yield
    return Truth(f"a relay cuts at random (mean {mean:.0f} s); only warnings are logged", ["unstable-network"], [[]])
