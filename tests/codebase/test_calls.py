"""Whether a timer's callback reaches the socket, and by which way."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.codebase.survey import find_timers, open_survey
from tests.codebase.made_trees import timers_of
from tests.folders import SAMPLES

CLIENT = "const { io } = require('socket.io-client');\nconst link = io('http://hub');\n"
REACHING = {
    "setInterval(() => link.emit('a', 1), 1000);": "emit",
    "setInterval(tick, 1000);\nfunction tick() { link.disconnect(); }": "disconnect",
    "const beat = { tick() { link.emit('a'); } };\nsetInterval(() => beat.tick(), 1000);": "emit",
    "function send() { link.emit('a'); }\nsetInterval(async () => { await go().then(() => send()); }, 1000);": "emit",
    "class A { connect() { this.socket = io('a'); return this.socket; } }\nconst socket = new A().connect();\n"
    "setInterval(() => socket.emit('a', 1), 1000);": "emit",
    "class FarService { open() { link.connect(); } }\nclass DbService { close() {} }\n"
    "setInterval(() => services.forEach((one) => { if (!one.up) one.open(); }), 1000);": "connect",
    "class FarService { open() { link.connect(); } }\n"
    "setInterval(() => { for (const one of services.values()) one.open(); }, 1000);": "connect",
    "class A { tick() { this.go(); } go() { link.emit('a'); } \n"
    "run() { setInterval(this.tick.bind(this), 1000); } }": "emit",
}
NOT_REACHING = [
    "const bus = new (require('events'))();\nsetInterval(() => bus.emit('a'), 1000);",
    "class FarService { open() { link.connect(); } }\nsetInterval(() => doors.forEach((one) => one.open()), 1000);",
    "class FarService { open() { link.connect(); } }\nsetInterval(() => services.forEach((one) => two.open()), 1000);",
    "const rows = [];\nsetInterval(() => rows.push(1), 1000);",
    "setInterval(() => process.send('a'), 1000);",
    "setInterval(() => db.close(), 1000);",
    "setInterval(() => bus.on('a', () => link.emit('a')), 1000);",
    "class A { emit() {} run() { setInterval(() => this.emit('a'), 1000); } }",
]
OTHER_SOCKETS = [
    "const socket = require('dgram').createSocket('udp4');\nsetInterval(() => socket.send('a', 514), 1000);",
    "import net from 'node:net';\nconst socket = net.connect(9);\nsetInterval(() => socket.write('a'), 1000);",
    "const net = require('net');\nnet.createServer(socket => setInterval(() => socket.write('a'), 1000)).listen(9);",
    (
        "class A { constructor() { this.sock = new (require('net').Socket)(); } "
        "run() { setInterval(() => this.sock.write('a'), 1000); } }"
    ),
    (
        "const { EventEmitter } = require('events');\nconst socketEvents = new EventEmitter();\n"
        "setInterval(() => socketEvents.emit('a'), 1000);"
    ),
    (
        "class Hub extends require('events') {}\nconst socketHub = new Hub();\n"
        "setInterval(() => socketHub.emit('a'), 1000);"
    ),
    "app.get('/', (req, res) => setInterval(() => res.send('a'), 1000));",
    "app.get('/', (req, res) => setInterval(() => req.socket.destroy(), 1000));",
    (
        "const http = require('http').createServer();\n"
        "http.on('upgrade', (req, socket) => setInterval(() => socket.destroy(), 1000));"
    ),
]


@pytest.mark.parametrize("text", REACHING)
def test_reaches(tmp_path: Path, text: str) -> None:
    """Directly, by name, through objects, promises and bound methods."""
    (timer,) = timers_of(tmp_path, {"a.js": CLIENT + text})
    assert (timer.reaches_socket, timer.does) == (True, REACHING[text])


@pytest.mark.parametrize("with_client", [False, True])
@pytest.mark.parametrize("text", OTHER_SOCKETS)
def test_other_sockets_are_none(tmp_path: Path, text: str, *, with_client: bool) -> None:
    """UDP, TCP, emitters, answers to requests: the same verbs, beside a Socket.IO client in the file and without."""
    (timer,) = timers_of(tmp_path, {"a.js": (CLIENT if with_client else "") + text})
    assert not timer.reaches_socket


@pytest.mark.parametrize("text", NOT_REACHING)
def test_does_not_reach(tmp_path: Path, text: str) -> None:
    """An emitter of its own, a list, the parent process, a database: no sockets. No handler is run at once."""
    (timer,) = timers_of(tmp_path, {"a.js": CLIENT + text})
    assert not timer.reaches_socket


def test_an_own_event_leads_on_to_its_handlers(tmp_path: Path) -> None:
    """`bus.emit('snapshot')` runs `bus.on('snapshot', …)`, which is a guess by the event's name."""
    text = CLIENT + "setInterval(() => bus.emit('snapshot'), 1000);\nbus.on('snapshot', () => link.emit('a'));\n"
    (timer,) = timers_of(tmp_path, {"a.js": text})
    assert timer.does == "emit"
    assert [step.is_guess for step in timer.way] == [False, True]


def test_the_way_leads_through_files() -> None:
    """The sample's snapshot timer: manager, pusher, bridge; its decoys of 30 s lead nowhere."""
    found = [timer for timer, _ in find_timers(open_survey((str(SAMPLES / "2025-11-14-source"),)))]
    thirty = {timer.function: timer.reaches_socket for timer in found if timer.seconds == 30.0}
    assert thirty == {
        "DataManager.startAutoSnapshot": True,
        "DataManager.startCacheCleanup": False,
        "RealtimeMonitor.start": False,
        "RegistrySweeper.start": False,
    }
    (snapshot,) = (timer for timer in found if timer.function == "DataManager.startAutoSnapshot")
    assert [step.function for step in snapshot.way][1:] == [
        "DataManager.pushSnapshot", "DataPusher.pushDataSync", "WorkerBridge.sendToMaster",
    ]  # fmt: skip
    assert (snapshot.side, snapshot.line) == ("client", 25)


def test_an_object_that_takes_in_itself_ends_the_search(tmp_path: Path) -> None:
    """`{ ...options }` and shorthands that lead back to themselves are read to an end; what they hold is found."""
    text = """
let options = { periodMs: 4000 };
options = { ...options, deep: true };
function go({ every }) { const { every: again } = { every }; go({ every: again }); setInterval(tick, every); }
setInterval(tick, options.periodMs);
setInterval(tick, options.missing);
"""
    files = {
        "a.js": text,
        "b.js": "import { x } from './c'; export { x }; setInterval(tick, x);\n",
        "c.js": "import { x } from './b'; export { x };\n",
        "p/__init__.py": "from . import beat\nfrom p import beat\nimport time\nwhile True:\n    time.sleep(beat)\n",
    }
    found = {(timer.expression, timer.seconds) for timer in timers_of(tmp_path, files)}
    assert found == {("options.periodMs", 4.0)}
