"""Logs of programs without a socket of ours, as real ones write: what must never be taken for a connection."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

# One row a dialect: the service that writes, and its messages; `{n}` number, `{ip}`, `{x}` hexadecimal, `{w}` a word.
DIALECTS: Final = {
    "numbers that open and close": (
        "user {n} joined", "user {n} left the room", "job {n} opened", "job {n} closed", "ticket {n} opened",
        "ticket {n} closed", "door {n} opened", "door {n} closed", "case #{n} closed", "[{n}] order opened",
        "[{n}] order closed", "opened: {n}", "closed {n}", "position {n} opened", "user {n} left", "accepted {n}",
    ),
    "mongod": (
        "Connection accepted from {ip}:{n} #{n} ({n} connections now open)", "Connected to MongoDB",
        "MongoDB connection closed, reconnecting", "MongoServerSelectionError: connect ECONNREFUSED {ip}:27017",
        "client metadata received from {ip}:{n} conn{n}", "Mongoose disconnected from the database",
        "MongoDB disconnected", "mongo replica set member {w} left", "Ending connection to mongo host {ip}",
    ),
    "postgres": (
        "connection received: host={ip} port={n}", "connection authorized: user=app database={w} application_name=api",
        "disconnection: session time: 0:00:{n} user=app database={w} host={ip}", "PostgreSQL pool connected",
        "could not connect to the primary server: connection to database failed", "Database connection lost",
        "terminating connection due to administrator command in postgres", "pg client connected",
    ),
    "redis": (
        "Redis connection closed", "Redis client connected", "[ioredis] Connection is closed.",
        "Connected to Redis server at {ip}:6379", "Redis reconnecting in {n}ms", "Redis error: connect ETIMEDOUT",
        "Client id={n} addr={ip}:{n} closed for overcoming of output buffer limits in redis",
        "Disconnected from Redis, retrying", "MASTER <-> REPLICA sync started: redis",
    ),
    "app": (  # of a database, a queue or a mount in an application's log
        "Client closed connection id={n} addr={ip}:{n} laddr={ip}:6379", "v4.2 client attached: 0x{x}",
        "v4.2 client detached: 0x{x}",
    ),
    "queues": (
        "Kafka consumer disconnected", "[kafkajs] Connection error: Connection timeout", "AMQP channel closed",
        "RabbitMQ connected", "amqp connection lost, reconnecting in {n} s", "MQTT client connected to broker {ip}",
        "Lost connection to broker", "mosquitto: New client connected from mqtt {ip}", "NATS disconnected: stale",
        "SQS consumer started, polling every {n} seconds", "Bull queue ready", "queue worker disconnected",
    ),
    "nginx": (
        "GET /socket.io/?EIO=4&transport=polling&sid={x} HTTP/1.1 200 {n}", "POST /api/{w} HTTP/2 201 {n}",
        "upstream prematurely closed connection while reading response header from upstream, client: {ip}",
        "client {ip} closed keepalive connection (104: Connection reset by peer) http",
        "recv() failed (104: Connection reset by peer) while reading response header from upstream",
        "HTTP server closed idle keep-alive connections", "worker process {n} exited with code 0",
        "Client disconnected while streaming response body", "request aborted by client after {n} ms",
    ),
    "sshd": (
        "Accepted publickey for deploy from {ip} port {n} ssh2", "Disconnected from user deploy {ip} port {n} [sshd]",
        "Connection closed by authenticating user root {ip} port {n} [preauth]", "ssh client disconnected",
        "Received disconnect from {ip} port {n}:11: disconnected by user [ssh2]", "sftp session closed for user {w}",
        "pam_unix(sshd:session): session opened for user {w}", "pam_unix(sshd:session): session closed for user {w}",
        "Timeout, client not responding from {ip} port {n} [preauth]",
    ),
    "numbers": (
        "eth{n} disconnected", "ttyUSB{n} connected", "redis-{n} disconnected", "user count: {n} connected",
        'Connection id "0HMABC123DEF4" started.', 'Connection id "0HMABC123DEF4" stopped.', "order closed: 1006",
        "ticket closed (1009)", "job {n} ended: 1011", "issue #{n} closed", "{n} clients connected", "online: {n}",
        "eth{n}: link up, 1000Mbps", "port {n} closed", "HDMI-{n} disconnected", "db-{n} connected",
        "TCP connection to broker closed in session {w}", "file {w} closed with code 4000 lines",
        "exited with code 4001",
    ),
    "ci": (
        "npm WARN deprecated {w}@{n}", "Job {n} started", "Runner picked up job {n}", "Tests: {n} passed, {n} total",
        "Waiting for pending jobs", "Uploading artifacts to coordinator... ok", "git fetch origin {x}: done",
        "docker: connected container {x} to network bridge", "fetch https://registry.example.org/{w} failed, retrying",
        "Step {n}/{n}: RUN yarn build", "Process exited with code {n}", "Test suite: should reconnect when closed",
    ),
    "kernel": (
        "usb {n}-1: USB disconnect, device number {n}", "usb {n}-1: new high-speed USB device number {n}",
        "eth0: Link is Down", "eth0: link up, 1000Mbps, full-duplex", "wlan0: disconnected from ap, reason {n}",
        "Bluetooth device connected", "systemd: Started Session {n} of user {w}", "bluetooth headset disconnected",
        "NetworkManager: device wlp2s0 state change: activated -> disconnected", "EXT4-fs (sda1): mounted",
        "Gamepad disconnected", "HDMI display connected", "printer offline", "CPU{n}: temperature above threshold",
    ),
    "browser": (
        "Browser disconnected", "puppeteer: page closed", "Chrome connected on devtools port {n}", "Target closed",
        "Fatal error in login detection: timeout", "browser context closed, {n} pages left", "WebRTC peer connected",
        "peer connection state changed: connected", "ICE connection failed", "EventSource connection closed",
        "SSE client disconnected", "Navigation timeout of {n} ms exceeded", "Playwright browser closed",
    ),
    "game": (
        "{w} joined the game", "{w} left the game", "Player {w} dropped item {n}", "{w} was slain by Zombie",
        "Saving chunks for level {w}", "Player {w} entered zone {n}", "order {n} closed", "match {n} lost by {w}",
        "User {w} registered", "user {w} left a review", "Ticket {n} closed by agent {w}", "Issue {n} reopened",
        "Account {n} linked to bank", "cart abandoned by user {w}", "User {w} joined the newsletter",
    ),
    "infra": (
        "Liveness probe failed: connection refused", "Readiness probe failed: HTTP probe failed with statuscode: 503",
        "LDAP connection established",
        "SMTP connection closed by {ip}", "VPN tunnel disconnected", "FTP client connected",
        "OpenVPN: client {w} connected", "Elasticsearch cluster connected", "Prisma connected to database",
        "connection pool exhausted ({n} of {n} in use)", "HikariPool-1 - Added connection", "gRPC channel closed",
        "Modbus device {n} disconnected", "S3 upload failed: timeout", "Failed to send email: timeout",
        "Number of connected clients: {n}", "waiting for connections", "Active sessions: {n}", "0 clients connected",
        "TLS handshake error from {ip}:{n}: EOF",
        "Discord shard {n} disconnected", "Telegram bot connected",
        "[Redis Config] Max reconnection attempts reached. Disabling Redis...", "Stored {n} records in {n}ms",
    ),
    "chinese": (
        "数据库连接成功", "数据库连接断开，正在重连", "已连接到数据库", "缓存连接失败: timeout", "浏览器已断开",
        "消息队列连接关闭",
        "任务 {n} 已完成", "等待客户端连接", "当前在线用户数: {n}", "蓝牙设备已连接",
        "邮件发送失败: timeout", "订单 {n} 已关闭",
    ),
}  # fmt: skip
WORDS: Final = ("alice", "bob42", "mira", "north", "blue-fox", "Kenji", "zoe", "r2d2", "harbor", "Lena")


def write_bystanders(draw: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """`count` messages, each with the service that writes it or one that tells nothing."""
    rows = [(service, text) for service, texts in DIALECTS.items() for text in texts]
    for _ in range(count):
        service, text = draw.choice(rows)
        message = _fill(draw, text)
        if draw.random() < 0.2:
            message = f"{draw.choice(('✅', '❌', '⚠️', '[INFO]', '[warn]'))} {message}"
        yield message, draw.choice((service, "app", "main"))


def _fill(draw: random.Random, text: str) -> str:
    parts = text.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, rest = part.split("}", 1)
        filled += [_draw(draw, name), rest]
    return "".join(filled)


def _draw(draw: random.Random, name: str) -> str:
    if name == "n":
        return str(draw.randrange(1, 9_999))
    if name == "ip":
        return ".".join(str(draw.randrange(1, 255)) for _ in range(4))
    return f"{draw.getrandbits(48):012x}" if name == "x" else draw.choice(WORDS)
