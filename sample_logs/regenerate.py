"""Rebuild the sample logs, byte for byte; with --check, say which files differ from what it would write.

    python sample_logs/regenerate.py [--check] [--into FOLDER]

Only logs (and the two files in `malformed/` that are none) are written; the README.md files and expected.toml
are written by hand, so that what logdiag must say about the logs never comes from the code that made them.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import io
import json
import math
import random
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import zstandard

Files = dict[str, bytes]
Span = tuple[int, int]

ACCOUNT = "acc-98296c87-2e42-447a-9d8b-8be008ddb6e4"
MANAGER = f"data-manager:{ACCOUNT}"
MONITOR = "douyin-realtime-monitor"
REFUSED = "Socket is not connected"
ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FOREVER = 10**12


def utc(text: str) -> datetime:
    """Return the instant that a stamp without a zone names, read as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def winston(when: datetime) -> str:
    """Write an instant the way the services do: local time (here UTC), milliseconds, no zone."""
    return f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03d}"


def iso(when: datetime) -> str:
    """Write an instant as JavaScript's toISOString does."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def as_line(fields: dict[str, object]) -> bytes:
    """Encode one record as winston does: keys sorted, compact, characters as they are."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def record(service: str, level: str, message: str, timestamp: object, **more: object) -> bytes:
    """Encode one record of a service."""
    return as_line({"level": level, "message": message, "service": service, "timestamp": timestamp, **more})


def gzipped(data: bytes) -> bytes:
    """Compress without a name or a time in the header, so that equal input gives equal bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as stream:
        stream.write(data)
    return buffer.getvalue()


class Dice:
    """Seeded chance built on `random.random()` alone, whose sequence Python promises to keep."""

    def __init__(self, seed: int) -> None:
        self._next = random.Random(seed).random  # noqa: S311  sample data, not secrets

    def between(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return low + int(self._next() * (high - low + 1))

    def waiting_time(self, mean_ms: float) -> int:
        """Return a memoryless waiting time."""
        return round(-math.log(1.0 - self._next()) * mean_ms)

    def reconnect_delay(self) -> int:
        """Return Socket.IO's first back-off (backo2: 1000 ms, factor 0.5) plus a handshake."""
        u = self._next()
        deviation = int(u * 500)
        return (1000 - deviation if int(u * 10) % 2 == 0 else 1000 + deviation) + self.between(8, 60)

    def socket_id(self, ordinal: int) -> str:
        """Return an id as engine.io makes them: random, then a counter of the server's connections."""
        tail = "".join(ID_LETTERS[ordinal >> shift & 63] for shift in (12, 6, 0))
        return "".join(ID_LETTERS[self.between(0, 63)] for _ in range(16)) + "A" + tail


class Journal:
    """What the processes of one machine logged; times are milliseconds since `start`."""

    def __init__(self, start: str) -> None:
        self._start = utc(start)
        self._rows: list[tuple[int, str, str, str, dict[str, object]]] = []

    def add(self, at: int, service: str, level: str, message: str, **more: object) -> None:
        """Note one record."""
        self._rows.append((at, service, level, message, more))

    def error(self, at: int, service: str, message: str, caller: str) -> None:
        """Note one `logger.error(text, new Error(...))`: winston appends the error's message and its stack."""
        frames = (
            "sendToMaster (/app/src/worker.js:19:33)",
            f"{caller} (/app/src/worker.js:33:5)",
            "listOnTimeout (node:internal/timers:581:17)",
            "process.processTimers (node:internal/timers:519:7)",
        )
        stack = "".join([f"Error: {REFUSED}", *(f"\n    at {frame}" for frame in frames)])
        self.add(at, service, "error", f"{message}: {REFUSED}", stack=stack)

    def lines(
        self, service: str, first: int = 0, end: int = FOREVER, stamp: Callable[[datetime], str] = winston
    ) -> bytes:
        """Return what a service logged from `first` to before `end`, in order of time."""
        rows = sorted((r for r in self._rows if r[1] == service and first <= r[0] < end), key=lambda r: r[0])
        return b"".join(
            record(name, level, message, stamp(self._start + timedelta(milliseconds=at)), **more)
            for at, name, level, message, more in rows
        )

    def files(self, services: Iterable[str], folder: str) -> Files:
        """Return one file a service, and beside it the second copy that winston writes of each error."""
        files: Files = {}
        for service in services:
            data, name = self.lines(service), f"{folder}/{service.replace(':', '_')}"
            files[f"{name}.log"] = data
            errors = [line for line in data.splitlines(keepends=True) if b'"level":"error"' in line]
            if errors:
                files[f"{name}-error.log"] = b"".join(errors)
        return files


class Worker:
    """One worker process that writes to a journal; `sessions` are its connections, `end` the last of the log."""

    def __init__(self, journal: Journal, dice: Dice, sessions: list[Span], end: int) -> None:
        self._journal, self._dice, self._sessions, self._end = journal, dice, sessions, end
        self.socket_ids = [dice.socket_id(number) for number in range(len(sessions))]
        journal.add(
            sessions[0][0] - 480, "socket-client", "info", "Connecting to master at http://127.0.0.1:4100/worker"
        )
        for (up, down), socket_id in zip(sessions, self.socket_ids, strict=True):
            journal.add(up, "socket-client", "info", f"Connected to master (socket ID: {socket_id})")
            joined = up + dice.between(2, 50)
            if joined < down:
                journal.add(joined, "socket-client", "info", "Successfully joined room: worker:worker1")
            if down < end:
                journal.add(down, "socket-client", "warn", "Disconnected from master: transport close")

    def _connected(self, at: int) -> bool:
        return any(up <= at < down for up, down in self._sessions)

    def ticks(self, first: int, every: int) -> list[int]:
        """Return the beats of a `setInterval`, which runs late by about a millisecond each time."""
        beats, at = [], first
        while at < self._end:
            beats.append(at)
            at += every + self._dice.between(0, 2)
        return beats

    def heartbeats(self, first: int) -> list[int]:
        """Beat every 10 s, over the socket; return the beats that were sent."""
        sent = [at for at in self.ticks(first, 10_000) if self._connected(at) and self._connected(at + 2)]
        for at in sent:
            self._journal.add(at, "socket-client", "debug", "Sent message: worker:heartbeat")
            self._journal.add(at + 2, "socket-client", "debug", "Received message: worker:heartbeat:ack")
        return sent

    def _emit(self, at: int, kind: str) -> None:
        sending = f"Sending {kind} message to Master"
        self._journal.add(at, "worker-bridge", "debug", sending, hasPayload=True, type=kind)
        self._journal.add(at + 1, "worker-bridge", "debug", f"Message {kind} sent successfully")

    def snapshot(self, at: int) -> None:
        """Send a snapshot of everything, or fail to."""
        log = self._journal
        log.add(at, MANAGER, "info", "📸 Data Snapshot", snapshot={"stats": {"conversations": 41}})
        log.add(at, "data-pusher", "debug", f"[{ACCOUNT}] Pushing data sync to Master")
        if self._connected(at):
            self._emit(at, "worker:data:sync")
            log.add(at + 2, "data-pusher", "info", f"[{ACCOUNT}] Data sync pushed successfully")
            counts = {"comments": 5, "contents": 18, "conversations": 41, "messages": 105}
            log.add(at + 2, MANAGER, "info", "✅ Data synced to Master", **counts)
        else:
            log.error(at + 1, "worker-bridge", "Failed to send message to Master", "dataSync")
            log.error(at + 1, "data-pusher", "Failed to push data sync", "dataSync")
            log.error(at + 1, MANAGER, "Failed to sync data to Master", "dataSync")

    def message(self, at: int, number: int) -> None:
        """Capture a chat message and push it, or fail to."""
        log, done = self._journal, at + self._dice.between(24, 42)
        log.add(at, MONITOR, "info", f"[Realtime] Processing message: 757249542{number:03d}... (account: {ACCOUNT})")
        log.add(done, MONITOR, "info", f"✅ [Realtime] Message processed successfully: 757249542{number:03d}...")
        items = {"comments": 0, "contents": 0, "conversations": 1, "messages": 1, "notifications": 0}
        log.add(done + 1, "data-pusher", "info", f"[{ACCOUNT}] Pushing 2 items to Master", **items)
        if self._connected(done + 1):
            self._emit(done + 1, "worker:conversations:update")
            self._emit(done + 2, "worker:messages:update")
            completed = f"[{ACCOUNT}] Push completed in 2ms"
            log.add(done + 3, "data-pusher", "info", completed, conversations=1, messages=1)
        else:
            log.error(done + 2, "worker-bridge", "Failed to send message to Master", "pushItems")
            log.error(done + 2, "data-pusher", f"[{ACCOUNT}] Push failed", "pushItems")


def reference() -> Files:
    """Reconstruct the incident from the stamps of the document; README.md lists what had to be filled in."""
    incident = [
        ("25:52.756", "25:54.117", "pL0x3mZQh7Tn2cWbAABe"),
        ("26:22.768", "26:24.034", "Yk8dRw1VtJq5sHfGAABg"),
        ("26:52.774", "26:54.221", "c7NuE4aXzB9mKoLjAABi"),
        ("27:16.051", "27:17.384", "Qf2ThV6yPs0iDgRwAABk"),
        ("27:22.784", "27:24.019", "M5bJxU8eCnZ3lAqtAABm"),
        ("27:52.788", "27:54.256", "w9KrSy7HdF1vOpGcAABo"),
        ("28:22.790", "28:24.063", "Zi4BtL6mXeQ0uNjWAABq"),
        ("28:52.795", "28:54.178", "a3PhVk9RsYo7fTcDAABs"),
        ("29:22.799", "29:24.284", "43vrxawwGJ52m2v_AABt"),  # this connect and the next are quoted
        ("29:52.608", "29:53.826", "ReUg8Bn4XkldSwyTAABy"),
    ]
    client = b"".join(
        record("socket-client", "warn", "Disconnected from master: transport close", f"2025-11-14 16:{drop}")
        + record("socket-client", "info", f"Connected to master (socket ID: {socket_id})", f"2025-11-14 16:{connect}")
        for drop, connect, socket_id in incident
    )
    processing = "[Realtime] Processing message: 757249542734..."
    processed = "✅ [Realtime] Message processed successfully: 757249542734..."
    failed = f"Failed to push data sync: {REFUSED}"
    return {
        "2025-11-14-reference/socket-client.log": client,
        f"2025-11-14-reference/{MONITOR}.log": record(MONITOR, "info", processing, "2025-11-14 16:29:52.569")
        + record(MONITOR, "info", processed, "2025-11-14 16:29:52.602"),
        "2025-11-14-reference/data-pusher.log": record("data-pusher", "error", failed, "2025-11-14 16:29:52.783"),
    }


def healthy() -> Files:
    """Six quiet minutes of a worker and its master."""
    dice, end = Dice(1), 360_000
    log = Journal("2025-11-16 14:20:00.000")
    log.add(0, "master", "info", "Master Server Started (Port: 4100)")
    log.add(300_004, "master", "info", "Persisting DataStore")
    log.add(1_310, "worker", "info", "Worker Starting", workerId="worker1")
    worker = Worker(log, dice, [(1_795, FOREVER)], end)
    socket_id = worker.socket_ids[0]
    log.add(1_788, "socket-server", "info", f"Worker connected: {socket_id}")
    log.add(1_796, "socket-server", "info", f"Worker worker1 (socket {socket_id}) joined room: worker:worker1")

    def received(at: int, kind: str) -> None:
        log.add(at, "socket-server", "debug", f"Worker {socket_id} message: worker:{kind}")

    for at in worker.heartbeats(11_702):
        log.add(at + 1, "worker-heartbeat", "debug", "Heartbeat sent", active_tasks=2, memory_mb=90)
        beat = {"active_tasks": 2, "memory_usage": 90}
        log.add(at + 1, "heartbeat-monitor", "debug", "Heartbeat received from worker1", **beat)
    for at in worker.ticks(10_003, 10_000):
        log.add(at, "heartbeat-monitor", "debug", "Checking worker health")
    log.add(6_940, MANAGER, "info", "Data snapshot started (interval: 30000ms)")
    for at in worker.ticks(36_941, 30_000):
        worker.snapshot(at)
        log.add(at + 3, "data-sync-receiver", "info", f"Data sync completed for {ACCOUNT}")
    for at in worker.ticks(66_530, 60_000):
        log.add(at, "account-status-reporter", "info", "Reporting status for 2 accounts")
        received(at + 2, "account:status")
    captured = (48_219, 91_466, 118_032, 173_905, 205_710, 244_387, 301_658, 338_124)
    for number, at in enumerate(captured, start=301):
        worker.message(at, number)
        received(at + 45, "conversations:update")
        received(at + 46, "messages:update")
    ours = ["account-status-reporter", MANAGER, "data-pusher", MONITOR, "socket-client", "worker", "worker-bridge"]
    files = log.files([*ours, "worker-heartbeat"], "healthy/worker1")
    return files | log.files(["data-sync-receiver", "heartbeat-monitor", "master", "socket-server"], "healthy/master")


def random_drops(seed: int) -> Files:
    """Fifteen minutes behind something that cuts each connection after a memoryless lifetime, mean 40 s."""
    dice, end, sessions, up = Dice(seed), 900_000, [], 1_640
    while up < end:
        down = up + dice.waiting_time(40_000)
        sessions.append((up, down))
        up = down + dice.reconnect_delay()
    log = Journal("2025-11-17 10:02:00.000")
    log.add(1_150, "worker", "info", "Worker Starting", workerId="worker1")
    worker = Worker(log, dice, sessions, end)
    worker.heartbeats(11_630)
    for at in worker.ticks(26_884, 30_000):
        worker.snapshot(at)
    number, at = 400, 5_000 + dice.waiting_time(30_000)
    while at < end - 1_000:
        worker.message(at, number)
        number, at = number + 1, at + 100 + dice.waiting_time(30_000)
    services = [MANAGER, "data-pusher", MONITOR, "socket-client", "worker", "worker-bridge"]
    return log.files(services, "random-drops/worker1")


def split_by_size(data: bytes, limit: int) -> list[bytes]:
    """Cut into pieces of at most `limit` bytes, between lines, as winston's maxsize does."""
    pieces = [b""]
    for line in data.splitlines(keepends=True):
        if pieces[-1] and len(pieces[-1]) + len(line) > limit:
            pieces.append(b"")
        pieces[-1] += line
    return pieces


def rotated() -> Files:
    """Eleven minutes around midnight; a 47 s timer on the server cuts the connection, four rotations cut the logs."""
    dice, end, midnight = Dice(7), 690_000, 420_000
    sessions, up = [], 2_310
    for beat in range(14):
        down = 31_408 + 47_001 * beat + dice.between(-3, 3)
        sessions.append((up, down))
        up = down + dice.reconnect_delay()
    sessions.append((up, FOREVER))
    log = Journal("2025-11-14 23:53:00.000")
    worker = Worker(log, dice, sessions, end)
    worker.heartbeats(12_305)
    captured = (
        *(17_923, 58_314, 97_052, 112_486, 163_901, 190_277, 237_640, 281_015, 290_733),
        *(352_198, 392_504, 431_877, 476_369, 520_046, 541_912, 583_455, 629_801, 671_230),
    )
    for number, at in enumerate(captured, start=500):
        worker.message(at, number)
    folder = "rotated-gzipped"
    rows: Files = {
        f"{folder}/data-pusher.log.2.gz": gzipped(log.lines("data-pusher", 0, 240_000)),
        f"{folder}/data-pusher.log.1": log.lines("data-pusher", 240_000, 480_000),
        f"{folder}/data-pusher.log": log.lines("data-pusher", 480_000),
        f"{folder}/{MONITOR}-2025-11-14.log.gz": gzipped(log.lines(MONITOR, 0, midnight, iso)),
        f"{folder}/{MONITOR}-2025-11-15.log": log.lines(MONITOR, midnight, stamp=iso),
        f"{folder}/worker-bridge__2025-11-14_23-59-00.log.zst": zstandard.ZstdCompressor(level=9).compress(
            log.lines("worker-bridge", 0, 360_000, iso)
        ),
        f"{folder}/worker-bridge.log": log.lines("worker-bridge", 360_000, stamp=iso),
    }
    for number, piece in enumerate(split_by_size(log.lines("socket-client"), 10_000)):
        rows[f"{folder}/socket-client{number or ''}.log"] = piece
    return rows


def malformed() -> Files:
    """Return a worker whose logs hold every kind of broken line; README.md numbers them."""
    folder = "malformed/worker1"
    return {
        f"{folder}/socket-client.log": malformed_client(),
        f"{folder}/data-pusher.log": malformed_pusher(),
        f"{folder}/{MONITOR}.log": malformed_monitor(),
        f"{folder}/worker-bridge.log": malformed_bridge(),
        f"{folder}/worker.log": malformed_worker(),
        f"{folder}/config.json": json.dumps({"pingInterval": 25000, "pingTimeout": 60000}, indent=2).encode() + b"\n",
        f"{folder}/logo.png": base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
        ),
    }


def morning(time: str) -> str:
    """Return a stamp of the malformed folder."""
    return f"2025-11-18 09:{time}"


def epoch(time: str) -> int:
    """Return the same instant in milliseconds since 1970."""
    return round(utc(morning(time)).timestamp() * 1000)


def malformed_client() -> bytes:
    """Four drops, each in a shape of its own, among lines that look like drops and are none."""
    drop, name = "Disconnected from master: transport close", "socket-client"

    def connected(when: object, socket_id: str, level: str = "info", **more: object) -> bytes:
        return record(name, level, f"Connected to master (socket ID: {socket_id})", when, **more)

    return b"".join(
        [
            record(name, "info", "Connecting to master at http://127.0.0.1:4100/worker", morning("00:00.412")),
            connected(morning("00:00.655"), "Nq7wYc2HsVb9TzKdAAAA", transport="websocket"),
            record(name, "info", "Successfully joined room: worker:worker1", morning("00:00.671")),
            b"\n",
            record(name, "warn", drop, morning("01:37.204"), attempts=0),
            as_line({"level": "warn", "message": drop, "service": name}),
            connected(morning("01:38.391"), "u4RmJx8fLpE0GaSiAAA_", level="notice"),
            record(name, "debug", "Session summary", morning("01:38.395"), last={"level": "warn", "message": drop}),
            record(name, "warn", drop, morning("03:05.918")).rstrip(b"\n")
            + connected(morning("03:07.102"), "B1tZkQ6oWyXn5DvCAAA-"),
            b" \t\n",
            record(name, "warn", drop, epoch("06:41.377")),
            record(name, "warn", drop, "10"),
            connected(epoch("06:42.511"), "h3FeUj9MrIa7PlGsAAAD"),
            record(name, "warn", drop, morning("08:19.650"), note="NETWORK").replace(b"NETWORK", b"\xff\xfe\xe7\xbd"),
            as_line({"at": morning("08:19.650")})[:-2] + b',"level":"warn","message":"' + drop.encode() + b'",}\n',
            json.dumps([drop, morning("08:19.650")]).encode() + b"\n",
            json.dumps(drop).encode() + b"\n",
            record(name, "warn", drop, "2025-13-45 99:00:00.000"),
            connected(morning("08:20.907"), "E8sOyT0kVgLd4WmQAAAE"),
            record(name, "warn", drop, morning("09:59.000"))[:68],
        ]
    )


def malformed_pusher() -> bytes:
    """Three pushes, two of them failed with a hostile text, on lines that end in CR LF."""
    name, items = "data-pusher", {"comments": 0, "contents": 0, "conversations": 1, "messages": 1, "notifications": 0}
    terminal = "\x1b[31m[bold red]Socket[/] \x1b]0;owned\x07<script>alert(1)</script> | is not\nconnected"
    formula = "=cmd|' /C calc'!A0"
    rows = [
        record(name, "info", f"[{ACCOUNT}] Pushing 2 items to Master", morning("02:10.141"), **items),
        record(name, "info", f"[{ACCOUNT}] Push completed in 2ms", morning("02:10.143"), conversations=1, messages=1),
        record(name, "info", f"[{ACCOUNT}] Pushing 2 items to Master", morning("06:41.839"), **items),
        record(name, "error", f"[{ACCOUNT}] Push failed: {terminal}", morning("06:41.841")),
        b"\n",
        record(name, "debug", f"[{ACCOUNT}] Pushing data sync to Master", morning("08:20.118")),
        record(name, "error", f"Failed to push data sync: {formula}", morning("08:20.119")),
    ]
    return b"".join(rows).replace(b"\n", b"\r\n")


def malformed_monitor() -> bytes:
    """Two captured messages after a BOM, a stack trace, mojibake, a cut emoji and a long line between them."""
    first, second = "757249542901...", "757249542902..."
    processed = "✅ [Realtime] Message processed successfully: "
    cut_emoji = "好的".encode() + rb"\ud83d"
    processing = record(MONITOR, "info", f"[Realtime] Processing message: {first}", morning("02:10.102"), preview="CUT")
    return b"\xef\xbb\xbf" + b"".join(
        [
            processing.replace(b"CUT", cut_emoji),
            record(MONITOR, "info", processed.encode().decode("cp1252") + first, morning("02:10.140")),
            b"Error: read ECONNRESET\n",
            b"    at TCP.onStreamRead (node:internal/stream_base_commons:217:20) {\n",
            b"  errno: -104,\n",
            b"}\n",
            record(MONITOR, "debug", "Webcast frame decoded", morning("04:00.000"), payload="kZ7_" * 25_000),
            record(MONITOR, "info", f"[Realtime] Processing message: {second}", morning("06:41.803")),
            record(MONITOR, "info", processed + second, morning("06:41.838")),
        ]
    )


def malformed_bridge() -> bytes:
    """Return epoch stamps, a NUL run, and an `error` object with a message of its own."""
    name, rows = "worker-bridge", [b"\0" * 64 + b"\n"]
    for second, kind in (("02:10.141", "conversations"), ("02:10.142", "messages")):
        channel = f"worker:{kind}:update"
        sending = f"Sending {channel} message to Master"
        rows.append(record(name, "debug", sending, epoch(second), hasPayload=True, type=channel))
        rows.append(record(name, "debug", f"Message {channel} sent successfully", epoch(second)))
    error = {"code": "ENOTCONN", "message": REFUSED}
    failed = f"Failed to send message to Master: {REFUSED}"
    rows.append(record(name, "error", failed, epoch("06:41.841"), error=error))
    rows.append(record(name, "error", failed, epoch("08:20.119"), error=error))
    return b"".join(rows)


def malformed_worker() -> bytes:
    """Return values that are no objects, messages that are no text, and a last line that was cut off."""
    name = "worker"
    tick = {"level": "info", "service": name, "timestamp": morning("05:00.000")}
    return b"".join(
        [
            record(name, "info", "Worker Starting", morning("00:00.120"), workerId="worker1"),
            b"42\n",
            b"null\n",
            b'["tick",1]\n',
            as_line(tick | {"message": {"event": "tick"}}),
            as_line(tick | {"message": None}),
            record(name, "info", "Memory usage 90 MB", morning("09:30.000"))[:40],
        ]
    )


# One of 100,000 seeds whose sample is typical of chance and easy to read: 18-20 drops, CV of the lifetimes near 1,
# spread evenly, no candidate period at all; both kinds of push fail once or twice; no push starts just before a drop.
RANDOM_DROPS_SEED = 87978


def sample_logs() -> Files:
    """Return every file by its path below this folder."""
    return reference() | healthy() | random_drops(RANDOM_DROPS_SEED) | rotated() | malformed()


def content(path: str, data: bytes) -> bytes:
    """Return what a file says, whatever release of a compressor packed it."""
    if path.endswith(".gz"):
        return gzip.decompress(data)
    return zstandard.ZstdDecompressor().decompress(data) if path.endswith(".zst") else data


def main() -> int:
    """Write the samples, or compare them."""
    parser = argparse.ArgumentParser(description="Rebuild the sample logs.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs in content")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, help="the folder that holds the samples")
    options = parser.parse_args()
    differing = 0
    for name, data in sample_logs().items():
        path: Path = options.into / name
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        elif not path.is_file() or content(name, path.read_bytes()) != content(name, data):
            differing += 1
            print(f"{path}: differs", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
