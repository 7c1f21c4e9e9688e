"""Places at which a push can be lost, each beside code that looks alike and loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.codebase.weaknesses import find_weaknesses
from logdiag.results.code import WeaknessKind
from tests.codebase.made_trees import survey

HEAD = "const { io } = require('socket.io-client');\nconst logger = make();\nconst socket = io('http://hub');\n"
THROWS, RETURNS = WeaknessKind.THROWS_WHEN_DOWN, WeaknessKind.RETURNS_WHEN_DOWN
WEAK = {
    # kind, first and last line below the head, the code
    "function push(m) { if (!socket.connected) throw new Error('down');\n socket.emit('m', m); }": (THROWS, 1, 1),
    "function push(m) {\n if (!socket || !socket.connected) {\n  throw new Error('down');\n }\n"
    " socket.emit('m', m);\n}": (
        THROWS, 2, 4,
    ),
    "const push = (m) => new Promise((resolve, reject) => {\n if (socket.disconnected) return reject(new Error('x'));\n"
    " socket.emit('m', m, resolve);\n});": (THROWS, 2, 2),
    "class Bridge {\n async push(m) {\n  if (this.socket?.connected) {\n   this.socket.emit('m', m);\n  } else {\n"
    "   throw new Error('down');\n  }\n }\n}": (THROWS, 3, 7),
    "class Call {\n ask(m, force) {\n  if (!this.hub.socket.connected && !force)\n   throw new Error('down');\n"
    "  return new Promise((done) => { this.hub.emit('m', m); });\n }\n}": (THROWS, 3, 4),
    "function push(m) {\n if (this.ws.readyState !== WebSocket.OPEN) {\n  logger.warn('off');\n  return false;\n }\n"
    " this.ws.send(m);\n}": (RETURNS, 2, 5),
    "function push(m) {\n if (socket.connected) {\n  socket.emit('m', m);\n }\n}": (RETURNS, 2, 4),
    "function push(m) {\n if (socket.connected === false) return;\n socket.emit('m', m);\n}": (RETURNS, 2, 2),
    "function push(m) {\n socket.emit('m', m);\n logger.info(`Pushed ${m.id} to hub`);\n}": (
        WeaknessKind.UNACKNOWLEDGED, 2, 3,
    ),
    "function push(m) {\n socket.emit('m', m);\n count += 1;\n logger.info('消息发送成功');\n}": (
        WeaknessKind.UNACKNOWLEDGED, 2, 4,
    ),
    "function later() {\n for (const m of queue) {\n  socket.emit('m', m);\n }\n}\nsocket.on('connect', later);": (
        WeaknessKind.RESENDS_AT_ONCE, 2, 4,
    ),
    "function flush() {\n pending.forEach((m) => socket.emit('m', m));\n pending.length = 0;\n}": (
        WeaknessKind.CLEARED_EARLY, 3, 3,
    ),
    "function flush() {\n while (outbox.length) {\n  socket.emit('m', outbox.shift());\n }\n}": (
        WeaknessKind.CLEARED_EARLY, 3, 3,
    ),
    "socket.on('connect', () => {\n socket.on('task', run);\n});": (WeaknessKind.LISTENERS_PILE_UP, 2, 2),
    "socket.on('connect', () => {\n bus.on('task', (t) => socket.emit('t', t));\n});": (
        WeaknessKind.LISTENERS_PILE_UP, 2, 2,
    ),
}  # fmt: skip
SOUND = [
    "function read(q) { if (!db.connected) throw new Error('down');\n socket.emit('q', q); }",  # another connection
    "function push(m) { if (!bus.db.connected) throw new Error('down');\n bus.emit('m', m); }",  # of no socket
    "function push(m) { if (!socket.connected) { queue.push(m); return; }\n socket.emit('m', m); }",  # keeps it
    "async function push(m) { if (!socket.connected) await waitForConnect();\n socket.emit('m', m); }",  # waits
    "function push(m) { if (!m.id) throw new Error('no id');\n socket.emit('m', m); }",  # no matter of connections
    "function push(m) { if (socket.connected) { socket.emit('m', m); return; }\n queue.push(m); }",
    "function sendHeartbeat() { if (!socket.connected) return;\n socket.emit('heartbeat'); }",  # a sign of life
    "function start() { if (socket.connected) return;\n socket.connect(); }",  # sends nothing
    "function push(m) { socket.emit('m', m, (ack) => logger.info('sent')); }",
    "function push(m) { socket.emit('m', m);\n logger.info('message not sent'); }",
    "function push(m) { socket.emit('m', m);\n logger.info('listening'); }",
    "async function push(m) { await socket.emitWithAck('m', m);\n logger.info('Sent'); }",
    "function push(m) { bus.emit('m', m);\n logger.info('Sent'); }",  # the application's own events
    "socket.on('connect', () => { for (const room of rooms) socket.emit('join', room); });",  # joins again
    "socket.on('connect', () => { for (const m of queue) { if (m.attempts++ < 3) socket.emit('m', m); } });",
    "function flush() { pending.forEach((m) => socket.emit('m', m, () => pending.delete(m)));\n pending.clear(); }",
    "function flush() { while (outbox.length) { db.save(outbox.shift()); } }",
    "socket.on('connect', () => { logger.info('up'); });\nsocket.on('task', run);",
    "socket.on('connect', () => { socket.off('task');\n socket.on('task', run); });",
    "hub.on('connection', (one) => { one.on('task', run); });",  # each connection its own
    "socket.on('connect', () => { socket.once('hello', greet); });",
]


@pytest.mark.parametrize("text", WEAK)
def test_weak_places_are_found(tmp_path: Path, text: str) -> None:
    """Each kind in several forms, from its first line to its last."""
    (found,) = find_weaknesses(survey(tmp_path, {"a.js": HEAD + text}))
    assert (found.kind, found.line - 3, found.end_line - 3) == WEAK[text]


@pytest.mark.parametrize("text", SOUND)
def test_sound_places_are_not(tmp_path: Path, text: str) -> None:
    """What keeps the message, waits, asks for an acknowledgement, or is no socket's, is no weakness."""
    assert find_weaknesses(survey(tmp_path, {"a.js": HEAD + text})) == []


BRIDGE = (
    HEAD + "exports.deliver = (m) => {\n if (!socket.connected) throw new Error('down');\n socket.emit('m', m);\n};\n"
)
CALLERS = {
    "try { deliver(m); } catch (error) { logger.error('no luck', error); }": {WeaknessKind.ONLY_LOGGED},
    "try { deliver(m); } catch { }": {WeaknessKind.ONLY_LOGGED},
    "try { deliver(m); } catch (error) { logger.error('no luck'); throw error; }": set(),
    "try { deliver(m); } catch (error) { logger.error('no luck'); keep(m); }": set(),
    "try { deliver(m); } catch (error) { logger.error('no luck'); return false; }": set(),
    "try { other(m); } catch (error) { logger.error('no luck', error); }": set(),
    "deliver(m);\n logger.info('Synced');": {WeaknessKind.UNACKNOWLEDGED},
    "other(m);\n logger.info('Synced');": set(),
    "deliver(m);\n logger.info('Added monitor successfully');": set(),
}


@pytest.mark.parametrize("text", CALLERS)
def test_callers_in_other_files(tmp_path: Path, text: str) -> None:
    """Who swallows the error of a send in another file, or takes it for a delivery."""
    caller = f"const {{ deliver, other }} = require('./a');\nconst logger = make();\nfunction push(m) {{ {text} }}\n"
    found = find_weaknesses(survey(tmp_path, {"a.js": BRIDGE + "exports.other = () => 1;\n", "b.js": caller}))
    assert {weak.kind for weak in found if weak.module.file.name == "b.js"} == CALLERS[text]


def test_python(tmp_path: Path) -> None:
    """`raise` when the client is not connected; one that waits is sound."""
    text = """
import socketio
sio = socketio.Client()
def push(m):
    if not sio.connected:
        raise RuntimeError("down")
    sio.emit("m", m)
def push_later(m):
    if not sio.connected:
        sio.wait()
    sio.emit("m", m)
"""
    (found,) = find_weaknesses(survey(tmp_path, {"a.py": text}))
    assert (found.kind, found.line, found.thrown) == (THROWS, 5, (("down",),))
