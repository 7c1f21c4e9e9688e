"""The road between worker and master: handshakes, messages, pings, cuts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.simulation.connection import Connection, Peer
from benchmarks.simulation.master import Master
from benchmarks.simulation.process import NETWORK, WATCHDOG, Action, Engine

CONNECT_TIMEOUT_S = 20.0


@dataclass
class Network:
    """The connections, and the places where a fault can take hold of them."""

    engine: Engine
    master: Master
    behind_relay: bool = False
    upload_s: float = 0.0
    pings: bool = True
    gate: Callable[[Peer], str | None] = lambda _: None
    return_delay: Callable[[str], float] | None = None
    on_join: list[Callable[[Connection], None]] = field(default_factory=list)
    on_open: list[Callable[[Connection], None]] = field(default_factory=list)
    on_traffic: list[Callable[[Connection], None]] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)

    @property
    def _lag(self) -> float:
        """Draw the time that a packet takes one way, with the work of reading it."""
        return self.engine.setting.latency_s * self.engine.rng.uniform(1, 1.25) + self.engine.rng.expovariate(1500)

    def connect(self, worker: Peer, attempt: int) -> None:
        """Carry a connection attempt to the master, or its refusal back."""
        if not self.master.alive:
            worker.later(2 * self._lag, lambda: worker.refused(attempt, self.behind_relay), NETWORK)
            return
        life = self.master.life

        def knock() -> None:
            if self.master.life == life:
                self.master.later(0, lambda: self._accept(worker, attempt), NETWORK)
            else:
                worker.later(self._lag, lambda: worker.refused(attempt, self.behind_relay), NETWORK)

        self.engine.at(self.engine.now + 5 * self._lag + self.engine.rng.uniform(0.003, 0.012), knock)
        worker.later(CONNECT_TIMEOUT_S, lambda: worker.timed_out(attempt), WATCHDOG)

    def _accept(self, worker: Peer, attempt: int) -> None:
        """Take a connection at the master, or turn it away at the gate."""
        if worker.attempt != attempt or not worker.alive:
            return
        sid = self.master.new_sid()
        if refusal := self.gate(worker):
            worker.later(self._lag, lambda: worker.rejected(attempt, refusal), NETWORK)
            return
        now = self.engine.now
        connection = Connection(sid, worker, now, traffic_at=now, last_ping=now)
        self.connections.append(connection)
        self.master.log("socket-server", "info", f"Worker connected: {sid}")
        self._ping_later(connection)
        worker.later(self._lag + 0.002, lambda: self._opened(connection, attempt), NETWORK)

    def _opened(self, connection: Connection, attempt: int) -> None:
        """Tell the worker that it is connected; it joins its room at once."""
        worker = connection.worker
        if worker.attempt != attempt:
            self.master.later(self._lag, lambda: self.server_ends(connection, "transport close"), NETWORK)
            return
        connection.client_open = True
        connection.last_ping = self.engine.now
        worker.connected(connection)
        self._watch(connection)
        for hook in self.on_open:
            hook(connection)
        self.send(connection, lambda: self._join(connection), self.engine.rng.choice((0, 0, 0, 0.04)))

    def _join(self, connection: Connection) -> None:
        """Let a worker into its room."""
        for hook in self.on_join:
            hook(connection)
        worker = connection.worker
        room = f"worker:{worker.name}"
        joined = f"Worker {worker.identity} (socket {connection.sid}) joined room: {room}"
        self.master.log("socket-server", "info", joined)
        self.reply(connection, lambda: worker.log("socket-client", "info", f"Successfully joined room: {room}"))

    def send(self, connection: Connection, arrived: Action, extra_s: float = 0.0) -> None:
        """Carry a message from worker to master, in order; a dead connection swallows it."""
        if connection.hole:
            return
        due = max(connection.last_arrival, self.engine.now + self._lag + extra_s)
        connection.last_arrival = due

        def arrive() -> None:
            if connection.server_open and not connection.hole:
                self._touch(connection)
                arrived()

        self.master.later(due - self.engine.now, arrive, NETWORK)

    def reply(self, connection: Connection, arrived: Action) -> None:
        """Carry a message from master to worker."""
        if connection.hole or not connection.server_open:
            return

        def arrive() -> None:
            if connection.client_open and not connection.hole:
                self._touch(connection)
                arrived()

        connection.worker.later(self._lag, arrive, NETWORK)

    def _touch(self, connection: Connection) -> None:
        """Note that something travelled."""
        connection.traffic_at = self.engine.now
        for hook in self.on_traffic:
            hook(connection)

    def _ping_later(self, connection: Connection) -> None:
        """Plan the next ping of the server, and its patience."""
        setting = self.engine.setting
        patience = setting.ping_timeout_s
        answered = False

        def pong() -> None:
            nonlocal answered
            answered = True
            self._ping_later(connection)

        def pinged() -> None:
            connection.last_ping = self.engine.now
            self.send(connection, pong)

        def ping() -> None:
            if connection.server_open:
                self.reply(connection, pinged)
                self.master.later(patience, look)

        def look() -> None:
            if not answered:
                self.server_closes(connection, "ping timeout")

        if self.pings:
            self.master.later(setting.ping_interval_s, ping)

    def _watch(self, connection: Connection) -> None:
        """Let the client give up when no ping came for interval + timeout."""
        limit = self.engine.setting.ping_interval_s + self.engine.setting.ping_timeout_s

        def look() -> None:
            if not connection.client_open:
                return
            silence = self.engine.now - connection.last_ping
            if silence >= limit - 1e-6:
                self.client_closes(connection, "ping timeout", "transport close")
            else:
                connection.worker.later(limit - silence, look, WATCHDOG)

        connection.worker.later(limit, look, WATCHDOG)

    def server_ends(self, connection: Connection, reason: str) -> None:
        """Let the server notice the end of a connection, now."""
        if connection.server_open:
            connection.server_open = False
            extra = {"reason": reason} if self.engine.setting.server_reasons else {}
            self.master.log("socket-server", "info", f"Worker disconnected: {connection.sid}", 0, **extra)

    def client_ends(self, connection: Connection, reason: str) -> None:
        """Let the client notice the end of a connection, now."""
        if connection.client_open:
            connection.client_open = False
            connection.worker.disconnected(reason)

    def server_closes(self, connection: Connection, reason: str, client_reason: str = "transport close") -> None:
        """Close from the master's side; the worker hears of it unless a hole swallows that too."""
        self.server_ends(connection, reason)
        if not connection.hole:
            connection.worker.later(self._lag, lambda: self.client_ends(connection, client_reason), NETWORK)

    def client_closes(self, connection: Connection, reason: str, server_reason: str) -> None:
        """Close from the worker's side."""
        self.client_ends(connection, reason)
        if not connection.hole:
            self.master.later(self._lag, lambda: self.server_ends(connection, server_reason), NETWORK)

    def cut(self, connection: Connection, client: str = "transport close", server: str = "transport close") -> None:
        """Cut on the way: both sides hear of it after half the road."""
        self.master.later(self._lag / 2, lambda: self.server_ends(connection, server), NETWORK)
        connection.worker.later(self._lag / 2, lambda: self.client_ends(connection, client), NETWORK)

    def alive(self) -> list[Connection]:
        """Give the connections that both sides believe open."""
        self.connections = [c for c in self.connections if c.server_open or c.client_open]
        return [c for c in self.connections if c.server_open and c.client_open]

    def worker_died(self, connection: Connection) -> None:
        """Close the socket of a dead process: the server sees the end of the stream."""
        connection.client_open = False
        delay = self._lag + self.engine.rng.uniform(0.0, 0.06)
        self.master.later(delay, lambda: self.server_ends(connection, "transport close"), NETWORK)

    def master_died(self) -> None:
        """Close all sockets of a dead master: no line there, every client at once."""
        for connection in self.connections:
            connection.server_open = False
            if not connection.hole:
                self._break(connection)
        self.connections = []

    def _break(self, connection: Connection) -> None:
        delay = self._lag + self.engine.rng.uniform(0, 0.002)
        connection.worker.later(delay, lambda: self.client_ends(connection, "transport close"), NETWORK)
