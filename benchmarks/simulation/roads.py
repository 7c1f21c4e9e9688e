"""Faults of the road: cuts at random, holes, flapping, broken transports, reloading proxies."""

from __future__ import annotations

import random
from functools import partial

from benchmarks.simulation.clocks import enough
from benchmarks.simulation.connection import Connection, Peer
from benchmarks.simulation.setting import Setting
from benchmarks.simulation.world import Fault, Truth

OLD_SERVER = (
    "It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are not compatible "
    "(more information here: https://socket.io/docs/v3/migrating-from-2-x-to-3-0/)"
)
HEARTBEATS = ((10.0, 8.0), (25.0, 20.0), (25.0, 5.0), (5.0, 5.0))


def heartbeat(setting: Setting, rng: random.Random) -> float:
    """Draw interval and timeout of the pings; give their sum."""
    setting.ping_interval_s, setting.ping_timeout_s = rng.choice(HEARTBEATS)
    return setting.ping_interval_s + setting.ping_timeout_s


def random_cuts(setting: Setting, rng: random.Random) -> Fault:
    """A relay cuts each connection after a memoryless lifetime."""
    mean = rng.uniform(15, 120)
    enough(setting, rng, mean)
    world = yield
    world.at_age(lambda: rng.expovariate(1 / mean), world.cut)
    yield
    return Truth(f"a relay cuts each connection after a memoryless lifetime, mean {mean:.0f} s", ["unstable-network"])


def flapping(setting: Setting, rng: random.Random) -> Fault:
    """Bad radio: bursts of cuts, some with failed attempts to reconnect."""
    setting.duration_s = max(setting.duration_s, 900)
    world = yield
    victim = rng.choice(world.workers)

    def burst() -> None:
        when = 0.0
        for _ in range(rng.randrange(3, 9)):
            when += rng.uniform(1.5, 8)
            world.engine.at(world.engine.now + when, cut)

    def cut() -> None:
        for connection in world.network.alive():
            if connection.worker is victim:
                world.cut(connection)
                if rng.random() < 0.4:
                    victim.later(rng.uniform(0.05, 0.3), fail)

    def fail() -> None:
        if not victim.online:
            status: dict[str, object] = {"code": "ENETUNREACH", "errno": -101, "syscall": "connect"}
            victim.poll_error(status, "Error: connect ENETUNREACH")

    world.irregularly(lambda: rng.expovariate(1 / 150), burst)
    yield
    injected = f"a bad radio link: {victim.name} loses its connection in bursts at random times"
    return Truth(injected, ["unstable-network"], [["transport-failure", "unstable-network"]])


def black_hole(setting: Setting, rng: random.Random) -> Fault:
    """A relay swallows all traffic from some age on, without closing."""
    patience = heartbeat(setting, rng)
    setting.fixed_reconnect_s = None
    mean = rng.uniform(0.8, 4) * setting.ping_interval_s
    fixed = rng.random() < 0.4
    enough(setting, rng, mean + patience)
    world = yield

    def swallow(connection: Connection) -> None:
        connection.hole = True
        world.hit(connection.worker)

    world.at_age(lambda: mean if fixed else mean * rng.uniform(0.5, 1.5), swallow)
    yield
    injected = f"a relay swallows all traffic about {mean:.0f} s after a connection opens; pings {patience:g} s in all"
    return Truth(injected, ["heartbeat-timeout"])


def slow_pings(setting: Setting, rng: random.Random) -> Fault:
    """Holes at irregular times, for all connections of a moment."""
    patience = heartbeat(setting, rng)
    enough(setting, rng, 2.5 * patience)
    world = yield

    def swallow() -> None:
        for connection in world.network.alive():
            connection.hole = True
            world.hit(connection.worker)

    world.irregularly(lambda: patience + rng.expovariate(1 / patience), swallow)
    yield
    injected = f"a firewall forgets all connections at irregular times; pings {patience:g} s in all"
    return Truth(injected, ["heartbeat-timeout"])


def transport_failure(setting: Setting, rng: random.Random) -> Fault:
    """The transport itself fails, and says so; attempts over websocket fail as well."""
    mean = rng.uniform(20, 90)
    enough(setting, rng, mean)
    world = yield

    def fail(connection: Connection) -> None:
        world.cut(connection, client="transport error")
        worker = connection.worker
        if rng.random() < 0.5:
            worker.later(rng.uniform(0.1, 0.5), partial(complain, worker))

    code = rng.choice((400, 502, 503))

    def complain(worker: Peer) -> None:
        description = {"message": f"Unexpected server response: {code}"}
        if not worker.online:
            worker.connect_error("websocket error", description=description, type="TransportError")

    world.at_age(lambda: rng.expovariate(1 / mean), fail)
    yield
    also = [["transport-failure", "unstable-network"]]
    injected = f"the websocket transport fails with an error, mean lifetime {mean:.0f} s"
    return Truth(injected, ["transport-failure"], also)


def version_mismatch(setting: Setting, rng: random.Random) -> Fault:
    """A v4 client at a v2 server: an error that says so, then a ping timeout each time."""
    patience = heartbeat(setting, rng)
    enough(setting, rng, patience)
    world = yield
    world.network.pings = False

    def complain(connection: Connection) -> None:
        world.hit(connection.worker)
        connection.worker.connect_error(OLD_SERVER)

    world.network.on_open.append(complain)
    yield
    also = [["heartbeat-timeout", "version-mismatch"]]
    return Truth("a client of v4 at a server of v2: no pings, an error that says so", ["version-mismatch"], also)


def version_refused(setting: Setting, rng: random.Random) -> Fault:
    """The same, but no connection ever comes about."""
    setting.duration_s = rng.uniform(300, 900)
    setting.message_gap_s = 8.0
    world = yield

    def refuse(worker: Peer) -> str:
        world.hit(worker)
        return OLD_SERVER

    world.network.gate = refuse
    yield
    return Truth("a client of v4 at a server of v2: each attempt ends in an error that says so", ["version-mismatch"])


def proxy_reload(setting: Setting, rng: random.Random) -> Fault:
    """A proxy is reloaded at irregular times: all clients at once, the master lives on."""
    setting.workers = rng.choice((3, 4, 6))
    setting.duration_s = max(setting.duration_s, 900)
    world = yield

    def reload() -> None:
        for connection in world.network.alive():
            world.engine.at(world.engine.now + rng.uniform(0, 0.04), partial(world.cut, connection))

    world.irregularly(lambda: 40 + rng.expovariate(1 / 90), reload)
    yield
    injected = "a proxy is reloaded at irregular times and cuts all clients at once"
    return Truth(injected, ["proxy-reload"], [["unstable-network"]], [[], ["server-restart"]])


def proxy_reload_timer(setting: Setting, rng: random.Random) -> Fault:
    """A proxy re-reads its configuration by a timer and cuts all clients each time."""
    setting.workers = rng.choice((2, 3, 4, 6))
    every = rng.choice((45.0, 60.0, 67.0, 90.0))
    enough(setting, rng, every)
    drift = rng.uniform(0.5, 6) / 1000
    world = yield

    def reload(origin: float, beat: int) -> None:
        for connection in world.network.alive():
            world.cut(connection)
        due = origin + (beat + 1) * (every + drift) + rng.uniform(0, 0.008)
        world.engine.at(due, lambda: reload(origin, beat + 1))

    first = rng.uniform(8, 8 + every)
    world.engine.at(first, lambda: reload(first, 0))
    yield
    also = [["proxy-reload"]]
    injected = f"every {every:g} s a proxy re-reads its configuration and cuts all clients"
    return Truth(injected, ["server-timer"], also, period_s=every)


def cuts_and_restart(setting: Setting, rng: random.Random) -> Fault:
    """A bad network, and restarts of the master."""
    mean = rng.uniform(25, 60)
    setting.duration_s = max(setting.duration_s, 20 * mean)
    setting.workers = rng.choice((2, 3, 4))
    world = yield
    world.at_age(lambda: rng.expovariate(1 / mean), lambda connection: world.cut(connection, "random"))
    world.irregularly(lambda: rng.uniform(60, 180), lambda: world.kill_master(rng.uniform(2.5, 5)))
    yield
    both = ["server-restart", "unstable-network"]
    injected = f"cuts at random (mean {mean:.0f} s), and the master is killed every two minutes or so"
    return Truth(injected, both, [["server-restart"], ["unstable-network"]], period_tag="random")


def balancer_drain(setting: Setting, rng: random.Random) -> Fault:
    """A load balancer drains its target now and then: all connections, one after the other within half a minute."""
    setting.workers = rng.choice((3, 4, 6))
    setting.duration_s = max(setting.duration_s, 1200)
    world = yield

    def drain() -> None:
        for connection in world.network.alive():
            world.engine.at(world.engine.now + rng.uniform(0, 30), partial(world.cut, connection))

    world.irregularly(lambda: 60 + rng.expovariate(1 / 120), drain)
    yield
    guesses = [["unstable-network"], ["proxy-reload"]]
    return Truth("a load balancer drains its target: all connections within 30 s, one by one", [], guesses)
