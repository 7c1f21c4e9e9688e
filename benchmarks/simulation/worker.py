"""The worker: captures messages and pushes them and snapshots to the master."""

from __future__ import annotations

import bisect
from collections.abc import Callable

from benchmarks.simulation.client import Client
from benchmarks.simulation.network import Network
from benchmarks.simulation.process import Clock, Engine

REFUSED_EMIT = "Socket is not connected"
SERVICES = ("worker", "socket-client", "worker-heartbeat", "worker-bridge", "data-pusher", "douyin-realtime-monitor")


def _stack(message: str, function: str, line: int) -> str:
    """Give the stack of a refused emit."""
    return (
        f"Error: {message}\n    at sendToMaster (/app/src/worker.js:21:33)\n"
        f"    at {function} (/app/src/worker.js:{line})\n    at Timeout._onTimeout (/app/src/worker.js:47:86)\n"
        "    at listOnTimeout (node:internal/timers:581:17)\n    at process.processTimers (node:internal/timers:519:7)"
    )


class Worker(Client):
    """One worker process."""

    def __init__(self, engine: Engine, network: Network, name: str, clock: Clock, account: str) -> None:
        super().__init__(engine, network, name, clock)
        self.account = account
        self.limit_exceeded: Callable[[], bool] = lambda: False
        self.pushed_at = 0.0
        self.syncs: list[float] = []
        self.reports: list[float] = []

    def last_sync_before(self, when: float) -> float:
        """Give the instant of the last snapshot pushed before an instant."""
        position = bisect.bisect_right(self.syncs, when)
        return self.syncs[position - 1] if position else -1e9

    def start(self) -> None:
        """Begin (another) life of the process."""
        self.alive = True
        self.tries = 0
        setting, rng = self.engine.setting, self.rng
        for service in (*SERVICES, "account-status-reporter", f"data-manager_{self.account}"):
            self.files.setdefault(service, [])
            self.files.setdefault(f"{service}-error", [])
        self.log("worker", "info", "Worker Starting", 0, workerId=self.name)
        address = f"http://127.0.0.1:{self.network.master.port}/worker"
        self.log("socket-client", "info", f"Connecting to master at {address}", 1)
        self.try_connect(0.002)
        self.every(rng.uniform(10.0, 10.6), 10, self._heartbeat)
        self.every(rng.uniform(setting.status_s, setting.status_s + 6), setting.status_s, self._status)
        self.later(rng.expovariate(1 / setting.message_gap_s), self._capture)
        if setting.snapshot_s is not None:
            self.later(rng.uniform(2, 10), self._start_snapshots)

    def _start_snapshots(self) -> None:
        period = self.engine.setting.snapshot_s or 30.0
        self._manager("info", f"Data snapshot started (interval: {int(period * 1000)}ms)")
        self.every(period, period, self._snapshot)

    def die(self, down_s: float, last_words: str | None = None) -> None:
        """End the process without closing the socket, and start it again later."""
        if last_words:
            self.log("worker", "error", last_words)
        if self.connection:
            self.network.worker_died(self.connection)
            self.connection = None
        self._restart_after(down_s)

    def stop(self, down_s: float) -> None:
        """Close the socket, end the process, and start it again later."""
        if self.connection and self.connection.client_open:
            self.network.client_closes(self.connection, "io client disconnect", "client namespace disconnect")
        self.connection = None
        self._restart_after(down_s)

    def _restart_after(self, down_s: float) -> None:
        self.end_life()
        self.attempt += 1
        self.engine.at(self.engine.now + down_s, self.start)

    def _manager(self, level: str, message: str, after_ms: float = 0.0, **fields: object) -> None:
        self.log(f"data-manager:{self.account}", level, message, after_ms, **fields)

    def _heartbeat(self) -> None:
        if not self.online:
            self.log("worker-heartbeat", "debug", "Skipping heartbeat: not connected to master")
        elif self.connection and self.engine.setting.heartbeats:
            connection, master = self.connection, self.network.master
            received = f"Heartbeat received from {self.name}"

            def arrived() -> None:
                master.log("heartbeat-monitor", "debug", received, 0, active_tasks=2, memory_usage=90)
                self.network.reply(connection, acknowledged)

            def acknowledged() -> None:
                self.log("socket-client", "debug", "Received message: worker:heartbeat:ack")

            self.log("socket-client", "debug", "Sent message: worker:heartbeat")
            self.log("worker-heartbeat", "debug", "Heartbeat sent", 0.5, active_tasks=2, memory_mb=90)
            self.network.send(connection, arrived)

    def _status(self) -> None:
        self.reports.append(self.engine.now)
        self.log("account-status-reporter", "info", "Reporting status for 2 accounts")
        if self.engine.setting.heartbeats:
            self._emit("account:status")

    def _emit(self, kind: str, extra_s: float = 0.0) -> None:
        """Send a message whose arrival the master logs by its socket id."""
        if self.connection and self.connection.client_open:
            receipt = f"Worker {self.connection.sid} message: worker:{kind}"
            master = self.network.master
            self.network.send(self.connection, lambda: master.log("socket-server", "debug", receipt), extra_s)

    def _capture(self) -> None:
        """Capture a message, and the next one some time later."""
        token = f"757249{self.rng.randrange(10**6):06d}..."
        account = f"(account: {self.account})"
        self.log("douyin-realtime-monitor", "info", f"[Realtime] Processing message: {token} {account}")
        self.later(self.rng.uniform(0.018, 0.042), lambda: self._captured(token))
        self.later(self.rng.expovariate(1 / self.engine.setting.message_gap_s), self._capture)

    def _captured(self, token: str) -> None:
        monitor, pusher = "douyin-realtime-monitor", "data-pusher"
        self.log(monitor, "info", f"✅ [Realtime] Message processed successfully: {token}")
        counts = {"comments": 0, "contents": 0, "conversations": 1, "messages": 1, "notifications": 0}
        self.pushed_at = self.engine.now
        self.log(pusher, "info", f"[{self.account}] Pushing 2 items to Master", 0.4, **counts)
        if not self.online:
            self._refuse("pushItems", f"[{self.account}] Push failed")
            return
        for kind in ("conversations:update", "messages:update"):
            self._bridge(kind)
            self._emit(kind)
        took = self.rng.choice((0, 1, 1, 1, 2))
        fields = {"conversations": 1, "messages": 1}
        self.log(pusher, "info", f"[{self.account}] Push completed in {took}ms", 0.4 + took, **fields)
        if self.engine.setting.snapshot_with_messages:
            self.later(0.002, self._sync)

    def _bridge(self, kind: str) -> None:
        name = f"worker:{kind}"
        self.log("worker-bridge", "debug", f"Sending {name} message to Master", 0.6, hasPayload=True, type=name)
        self.log("worker-bridge", "debug", f"Message {name} sent successfully", 0.8)

    def _refuse(self, function: str, title: str) -> None:
        """Log an emit that was refused because there is no connection."""
        stack = _stack(REFUSED_EMIT, function, 35)
        self.log("worker-bridge", "error", f"Failed to send message to Master: {REFUSED_EMIT}", 1, stack=stack)
        self.log("data-pusher", "error", f"{title}: {REFUSED_EMIT}", 1, stack=stack)

    def _snapshot(self) -> None:
        self._manager("info", "📸 Data Snapshot", snapshot={"stats": {"conversations": 41}})
        self._sync()

    def _sync(self) -> None:
        """Push the snapshot; a payload over the master's limit kills the connection after emit has returned."""
        self.log("data-pusher", "debug", f"[{self.account}] Pushing data sync to Master", 0.3)
        connection = self.connection
        if connection is None or not connection.client_open:
            self._refuse("dataSync", "Failed to push data sync")
            stack = _stack(REFUSED_EMIT, "dataSync", 28)
            self._manager("error", f"Failed to sync data to Master: {REFUSED_EMIT}", 1, stack=stack)
            return
        kind = "worker:data:sync"
        self.log("worker-bridge", "debug", f"Sending {kind} message to Master", 0.5, hasPayload=True, type=kind)
        self.pushed_at = self.engine.now
        self.syncs.append(self.engine.now)
        too_large = self.limit_exceeded()
        busy = self.network.upload_s
        work = self.rng.uniform(0.003, 0.016) if busy else self.rng.uniform(0, 0.003)
        self.later(work, self._synced)
        road = work * 0.8 + busy * self.rng.uniform(0.8, 1.2)
        if too_large:
            network = self.network
            network.send(connection, lambda: network.server_closes(connection, "transport error"), road)
        else:
            done = f"Data sync completed for {self.account}"
            master = self.network.master
            self.network.send(connection, lambda: master.log("data-sync-receiver", "info", done, 1), road)

    def _synced(self) -> None:
        name = "worker:data:sync"
        self.log("worker-bridge", "debug", f"Message {name} sent successfully")
        self.log("data-pusher", "info", f"[{self.account}] Data sync pushed successfully", 0.3)
        counts = {"comments": 5, "contents": 18, "conversations": 41, "messages": 105}
        self._manager("info", "✅ Data synced to Master", 0.5, **counts)
