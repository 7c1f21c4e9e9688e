"""The master process."""

from __future__ import annotations

from benchmarks.simulation.process import Clock, Engine, Process

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Master(Process):
    """The server process."""

    def __init__(self, engine: Engine, clock: Clock, port: int) -> None:
        super().__init__(engine, "master", clock, engine.setting.master_stamps)
        self.port = port
        self._accepted = 0

    def start(self) -> None:
        """Begin (another) life: listen, and watch over the workers."""
        self.alive = True
        self._accepted = 0
        for service in ("master", "socket-server", "heartbeat-monitor", "data-sync-receiver"):
            self.files.setdefault(service, [])
            self.files.setdefault(f"{service}-error", [])
        self.log("master", "info", f"Master Server Started (Port: {self.port})")
        self.every(10, 10, lambda: self.log("heartbeat-monitor", "debug", "Checking worker health"))
        self.every(300, 300, lambda: self.log("master", "info", "Persisting DataStore"))

    def new_sid(self) -> str:
        """Make a socket id in engine.io's way: random, then a counter."""
        n, self._accepted = self._accepted, self._accepted + 1
        counter = "".join(BASE64[n >> shift & 63] for shift in (18, 12, 6, 0))
        return "".join(self.rng.choice(BASE64) for _ in range(16)) + counter
