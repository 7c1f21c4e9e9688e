"""The worker's Socket.IO client: how it connects, loses the connection, and comes back."""

from __future__ import annotations

import math
import random

from benchmarks.simulation.connection import Connection, Peer
from benchmarks.simulation.network import Network
from benchmarks.simulation.process import Clock, Engine

MODULES = "/app/src/node_modules"
XHR_STACK = f"""Error: xhr poll error
    at XHR.onError ({MODULES}/engine.io-client/build/cjs/transport.js:48:37)
    at Request.<anonymous> ({MODULES}/engine.io-client/build/cjs/transports/polling-xhr.js:64:18)
    at Emitter.emit ({MODULES}/@socket.io/component-emitter/lib/cjs/index.js:143:20)
    at Request._onError ({MODULES}/engine.io-client/build/cjs/transports/polling-xhr.js:173:14)
    at Timeout._onTimeout ({MODULES}/engine.io-client/build/cjs/transports/polling-xhr.js:146:30)
    at listOnTimeout (node:internal/timers:581:17)
    at process.processTimers (node:internal/timers:519:7)"""
STATES = {"DONE": 4, "HEADERS_RECEIVED": 2, "LOADING": 3, "OPENED": 1, "UNSENT": 0, "readyState": 4}
RETURN_S = {"io server disconnect": (0.82, 1.42), "io client disconnect": (0.3, 0.87)}


def backoff(rng: random.Random, attempt: int) -> float:
    """Give the delay in seconds before a reconnection attempt (backo2 with Socket.IO's defaults)."""
    delay = 1000 << min(attempt, 10)
    share = rng.random()
    deviation = math.floor(share * 0.5 * delay)
    return min(delay - deviation if math.floor(share * 10) % 2 == 0 else delay + deviation, 5000) / 1000


class Client(Peer):
    """A process with one Socket.IO client."""

    def __init__(self, engine: Engine, network: Network, name: str, clock: Clock) -> None:
        super().__init__(engine, name, clock, engine.setting.worker_stamps)
        self.network = network
        self.identity = name
        self.connection: Connection | None = None
        self.attempt = 0
        self.tries = 0
        self.retry_s = 4.0
        self.drops: list[float] = []

    @property
    def online(self) -> bool:
        """Whether the client believes itself connected."""
        return self.connection is not None and self.connection.client_open

    def try_connect(self, delay_s: float) -> None:
        """Plan a connection attempt."""
        self.attempt += 1
        attempt = self.attempt
        self.later(delay_s, lambda: self._dial(attempt))

    def _dial(self, attempt: int) -> None:
        if self.attempt == attempt:
            self.network.connect(self, attempt)

    def connected(self, connection: Connection) -> None:
        """Take note of a connection."""
        self.connection = connection
        self.tries = 0
        self.attempt += 1
        self.log("socket-client", "info", f"Connected to master (socket ID: {connection.sid})")

    def disconnected(self, reason: str) -> None:
        """Take note of its end; reconnect by Socket.IO's law, or after a while where the library does not."""
        self.log("socket-client", "warn", f"Disconnected from master: {reason}")
        self.connection = None
        self.drops.append(self.engine.now)
        if self.network.return_delay is not None:
            self.try_connect(self.network.return_delay(reason))
        elif reason in RETURN_S:
            self.try_connect(self.rng.uniform(*RETURN_S[reason]))
        else:
            self._reconnect()

    def _reconnect(self) -> None:
        fixed = self.engine.setting.fixed_reconnect_s
        delay = backoff(self.rng, self.tries) if fixed is None else fixed
        self.tries += 1
        self.try_connect(delay + self.rng.uniform(0.001, 0.004))

    def refused(self, attempt: int, behind_relay: bool) -> None:  # noqa: FBT001
        """Log that nobody listens (or that the relay hung up), and try again."""
        if self.attempt != attempt:
            return
        port = self.network.master.port
        status: dict[str, object] = {"code": "ECONNRESET"}
        response = "Error: socket hang up\n    at Socket.socketOnEnd (node:_http_client:528:25)"
        if not behind_relay:
            status = {"address": "127.0.0.1", "code": "ECONNREFUSED", "errno": -111, "port": port, "syscall": "connect"}
            hook = "TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)"
            response = f"Error: connect ECONNREFUSED 127.0.0.1:{port}\n    at {hook}"
        self.poll_error(status, response)
        self._reconnect()

    def poll_error(self, status: dict[str, object], response: str) -> None:
        """Log a failed poll in the nested shape of engine.io's client."""
        context = {
            **STATES,
            "response": {"data": [], "type": "Buffer"},
            "responseText": response,
            "responseXML": "",
            "status": 0,
            "statusText": status,
        }
        fields = {"context": context, "description": 0, "stack": XHR_STACK, "type": "TransportError"}
        self.log("socket-client", "error", "Connection error: xhr poll error", 0, **fields)

    def rejected(self, attempt: int, message: str) -> None:
        """Log that the server turned us away; the library does not retry, the application does."""
        if self.attempt == attempt:
            self.connect_error(message)
            self.try_connect(self.retry_s + self.rng.uniform(0.002, 0.012))

    def timed_out(self, attempt: int) -> None:
        """Log that a connection attempt had no answer."""
        if self.attempt == attempt:
            self.connect_error("timeout")
            self._reconnect()

    def connect_error(self, message: str, **fields: object) -> None:
        """Log a connect_error of the application's or the library's own."""
        stack = f"Error: {message}\n    at Socket.onpacket ({MODULES}/socket.io-client/build/cjs/socket.js:524:29)"
        self.log("socket-client", "error", f"Connection error: {message}", 0, stack=stack, **fields)
