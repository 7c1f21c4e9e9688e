"""Faults of the applications: payloads over the limit, kicks, tokens, doubles, sockets made anew."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from benchmarks.simulation.clocks import enough
from benchmarks.simulation.connection import Connection, Peer
from benchmarks.simulation.setting import Setting
from benchmarks.simulation.worker import Worker
from benchmarks.simulation.world import Fault, Truth, World

REFUSALS = ("jwt expired", "Authentication error", "invalid token", "Unauthorized: token expired")


def _oversize(world: World, too_large: Callable[[], bool]) -> None:
    """Let the snapshots of all workers exceed the limit when the dice say so."""
    world.network.upload_s = world.rng.uniform(0.001, 0.01) + 10 * world.rng.random() ** 3 * world.setting.latency_s

    def struck(worker: Worker) -> bool:
        if too_large():
            world.hit(worker)
            return True
        return False

    for worker in world.workers:
        worker.limit_exceeded = partial(struck, worker)


def oversized_push(setting: Setting, rng: random.Random) -> Fault:
    """Snapshots over the limit, by a timer and with captured messages."""
    setting.snapshot_with_messages = True
    setting.message_gap_s = max(setting.message_gap_s, 20.0)
    return (yield from _timed_oversize(setting, rng, []))


def oversized_timer(setting: Setting, rng: random.Random) -> Fault:
    """Snapshots over the limit by a timer only: like a master's timer, but for the missing receipts."""
    return (yield from _timed_oversize(setting, rng, [[]]))


def _timed_oversize(setting: Setting, rng: random.Random, workers_only: list[list[str]]) -> Fault:
    every = rng.choice((17.0, 20.0, 30.0, 30.0, 45.0, 60.0))
    setting.snapshot_s = every
    enough(setting, rng, every)
    world = yield
    _oversize(world, lambda: True)
    yield
    injected = f"every {every:g} s a timer pushes a snapshot over the master's limit"
    also: list[list[str]] = [[]] if workers_only and not setting.debug else []
    return Truth(injected, ["payload-too-large"], also, workers_only, period_s=every)


def oversized_event(setting: Setting, rng: random.Random) -> Fault:
    """No timer: captured messages push a snapshot, which exceeds the limit."""
    setting.snapshot_s = None
    setting.snapshot_with_messages = True
    setting.message_gap_s = rng.choice((15.0, 25.0, 40.0, 60.0))
    enough(setting, rng, setting.message_gap_s * 1.3)
    world = yield
    _oversize(world, lambda: True)
    yield
    return Truth("captured messages push a snapshot over the master's limit", ["payload-too-large"])


def sometimes_big(setting: Setting, rng: random.Random) -> Fault:
    """Snapshots of many sizes, some over the limit, on a bad network."""
    setting.snapshot_with_messages = True
    setting.snapshot_s = 30.0
    setting.message_gap_s = max(setting.message_gap_s, 20.0)
    setting.duration_s = max(setting.duration_s, 900)
    share = rng.uniform(0.3, 0.7)
    mean = rng.uniform(40, 120)
    world = yield
    _oversize(world, lambda: rng.random() < share)
    world.at_age(lambda: rng.expovariate(1 / mean), lambda connection: world.cut(connection, "random"))
    yield
    both = ["payload-too-large", "unstable-network"]
    injected = f"{share:.0%} of the snapshots exceed the limit, while a relay cuts at random (mean {mean:.0f} s)"
    return Truth(injected, both, [["payload-too-large"]])


def payload_and_age(setting: Setting, rng: random.Random) -> Fault:
    """Snapshots over the limit, and a relay that limits the age."""
    every = rng.choice((30.0, 45.0, 60.0))
    setting.snapshot_s = every
    limit = every * rng.uniform(0.4, 0.8)
    setting.duration_s = max(setting.duration_s, 20 * every)
    setting.fixed_reconnect_s = None
    world = yield
    _oversize(world, lambda: True)
    world.at_age(lambda: limit, lambda connection: world.cut(connection, "age"))
    yield
    both = ["connection-age-limit", "payload-too-large"]
    injected = f"every {every:g} s a snapshot over the limit; a relay cuts each connection at age {limit:.2f} s"
    return Truth(injected, both, [], [[], ["connection-age-limit"]], every, limit, lifetime_tag="age")


def oversized_fixed(setting: Setting, rng: random.Random) -> Fault:
    """Large snapshots within the limit: nothing breaks."""
    setting.skip_s = 0.0
    setting.snapshot_with_messages = rng.random() < 0.5
    world = yield
    world.network.upload_s = rng.uniform(0.002, 0.01)
    yield
    return Truth("large snapshots within the limit: nothing breaks", [], verdict="healthy")


def client_recreate(setting: Setting, rng: random.Random) -> Fault:
    """A job of the worker disconnects and reconnects its own socket."""
    every = rng.choice((30.0, 45.0, 60.0, 90.0, rng.uniform(25, 100)))
    enough(setting, rng, every)
    world = yield

    def recreate(worker: Worker) -> None:
        if worker.connection and worker.connection.client_open:
            world.hit(worker)
            world.network.client_closes(worker.connection, "io client disconnect", "client namespace disconnect")

    for worker in world.workers:
        start = rng.uniform(12, 12 + every)
        world.engine.at(start, partial(worker.every, 0, every, partial(recreate, worker)))
    yield
    injected = f"every {every:g} s the worker disconnects and reconnects its own socket"
    return Truth(injected, ["client-close"], period_s=every)


def duplicate_worker(setting: Setting, rng: random.Random) -> Fault:
    """Two workers under one id: the master keeps the newer one and disconnects the older."""
    setting.workers = rng.choice((2, 2, 3))
    mean = rng.uniform(5, 40)
    enough(setting, rng, mean)
    world = yield
    world.workers[1].identity = world.workers[0].identity
    world.network.return_delay = lambda _: mean * rng.uniform(0.5, 1.5)

    def joined(connection: Connection) -> None:
        for other in world.network.alive():
            if other is not connection and other.worker.identity == connection.worker.identity:
                world.master_closes([other], "server namespace disconnect")

    world.network.on_join.append(joined)
    yield
    also = [["duplicate-connection", "server-kick"]]
    injected = f"two workers join under the same id; the older one is disconnected and returns after about {mean:.0f} s"
    return Truth(injected, ["duplicate-connection"], also, [["server-kick"]])


def token_expiry(setting: Setting, rng: random.Random) -> Fault:
    """The master disconnects a socket when its token is old, and refuses it until the worker renews the token."""
    refresh = rng.choice((60.0, 90.0, 120.0))
    life = refresh * rng.uniform(0.5, 0.8)
    setting.workers = min(setting.workers, 2)
    enough(setting, rng, refresh)
    words = rng.choice(REFUSALS)
    retry = rng.choice((4.0, 5.0, 3.0, 10.0))
    world = yield

    def age(_: object = None) -> float:
        return (world.engine.now - 1.0) % refresh

    world.network.gate = lambda _: words if age() > life else None

    def expire() -> None:
        world.master_closes(world.network.alive(), "server namespace disconnect")
        world.engine.at(world.engine.now + refresh, expire)

    for worker in world.workers:
        worker.retry_s = retry
    world.engine.at(1.0 + life + 0.0005, expire)
    yield
    injected = f"a token lives {life:.0f} s and is renewed every {refresh:g} s; until then refused: {words}"
    return Truth(injected, ["auth-rejected"], [["auth-rejected", "server-kick"]])


def never_admitted(setting: Setting, rng: random.Random) -> Fault:
    """A worker with a bad token: each attempt is refused."""
    setting.duration_s = rng.uniform(300, 900)
    setting.message_gap_s = 10.0
    words = rng.choice(REFUSALS)
    world = yield

    def refuse(worker: Peer) -> str:
        world.hit(worker)
        return words

    world.network.gate = refuse
    yield
    return Truth(f"the master refuses every attempt: {words}", ["auth-rejected"])


def oversized_one_worker(setting: Setting, rng: random.Random) -> Fault:
    """One worker of several has grown its snapshot over the limit; those of the others arrive."""
    setting.workers = rng.choice((2, 3, 4))
    setting.snapshot_with_messages = True
    setting.message_gap_s = max(setting.message_gap_s, 20.0)
    every = rng.choice((17.0, 20.0, 30.0, 45.0))
    setting.snapshot_s = every
    enough(setting, rng, every)
    world = yield
    victim = rng.choice(world.workers)
    world.network.upload_s = rng.uniform(0.001, 0.01)

    def struck() -> bool:
        world.hit(victim)
        return True

    victim.limit_exceeded = struck
    yield
    return Truth(
        f"the snapshots of {victim.name} alone exceed the master's limit", ["payload-too-large"], period_s=every
    )


def adapter_restart(setting: Setting, rng: random.Random) -> Fault:
    """The master loses its Redis adapter at irregular times and then disconnects every socket by its own code."""
    setting.workers = rng.choice((1, 2, 3, 4))
    mean = rng.uniform(50, 150)
    enough(setting, rng, mean)
    world = yield

    def lose() -> None:
        world.master.log("socket-server", "error", "Redis adapter error: connect ECONNREFUSED 127.0.0.1:6379")
        world.master_closes(world.network.alive(), "server namespace disconnect")

    world.irregularly(lambda: mean * rng.uniform(0.5, 1.5), lose)
    yield
    injected = f"the master loses its Redis adapter about every {mean:.0f} s and disconnects every socket"
    return Truth(injected, ["server-kick"])


def client_refresh(setting: Setting, rng: random.Random) -> Fault:
    """A timer of the worker renews its connection, with a line that says so."""
    every = rng.choice((25.0, 40.0, 60.0, 75.0))
    enough(setting, rng, every)
    world = yield

    def refresh(worker: Worker) -> None:
        if worker.connection and worker.connection.client_open:
            worker.log("worker", "info", "Refreshing connection to master")
            world.hit(worker)
            world.network.client_closes(worker.connection, "io client disconnect", "client namespace disconnect")

    for worker in world.workers:
        world.engine.at(rng.uniform(12, 12 + every), partial(worker.every, 0, every, partial(refresh, worker)))
    yield
    return Truth(f"every {every:g} s the worker renews its connection, and says so", ["client-close"], period_s=every)
