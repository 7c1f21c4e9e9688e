"""What lines mean by the handler of the code that writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.codebase.wordings import with_code, write_rules
from logdiag.events import EventKind, Interpreter
from logdiag.parsers.proposals import write_rule
from logdiag.parsers.rule_files import load_rules, parse_rules
from logdiag.parsers.rules import RuleSet
from logdiag.texts.sentences import Sentence
from tests.codebase.made_trees import survey

CLIENT = "const { io } = require('socket.io-client');\nconst link = io('http://hub');\n"
SERVER = "const { Server } = require('socket.io');\nconst io = new Server(3000);\n"
NEST = "import { WebSocketGateway } from '@nestjs/websockets';\n@WebSocketGateway()\nexport class Desk {\n"
SIO = "import logging, socketio\nlogger = logging.getLogger()\n"
SOCKET_ID = "3Kf4aYyehQFLZosjAAAA"
UNDERSTOOD = [
    ("a.js", CLIENT + "link.on('disconnect', r => { up = false; logger.info('till offline'); log.info('tidy'); });",
     "till offline", EventKind.DISCONNECTED, {}),
    ("a.js", CLIENT + "link.on('disconnect', (r, d) => logger.info(`lights out over ${r}`));",
     "lights out over ping timeout", EventKind.DISCONNECTED, {"reason": "ping timeout"}),
    ("a.js", CLIENT + "link.on('connect', () => console.log('till is on air as ' + link.id + '!'));",
     f"till is on air as {SOCKET_ID}!", EventKind.CONNECTED, {"socket_id": SOCKET_ID}),
    ("a.js", CLIENT + "link.on('connect_error', e => logger.warn('no way through, %s', e.message));",
     "no way through, xhr poll error", EventKind.CONNECT_ERROR, {"error": "xhr poll error"}),
    ("a.js", CLIENT + "link.io.on('reconnect_attempt', n => pino.info({ n }, `dialling, round ${n}`));",
     "dialling, round 3", EventKind.RECONNECT_ATTEMPT, {"count": "3"}),
    ("a.js", CLIENT + "class T { constructor() { link.on('disconnect', this.gone.bind(this)); }\n"
     "gone(reason) { this.up = false; this.note(reason); }\nnote(why) { logger.log('info', `till dark (${why})`); } }",
     "till dark (transport error)", EventKind.DISCONNECTED, {"reason": "transport error"}),
    ("a.js", CLIENT + "const say = m => console.log(`[till] ${m}`);\nlink.on('disconnect', () => say('lights out'));",
     "[till] lights out", EventKind.DISCONNECTED, {}),
    ("a.js", CLIENT + "link.on('disconnect', () => log.warn('till', 'lights out now'));",
     "[TILL] lights out now", EventKind.DISCONNECTED, {}),
    ("a.ts", SERVER + "io.on('connection', (socket: Socket) => { tell(socket);\n"
     "socket.on('disconnect', (reason: string) => { logger.info(`${socket.id} walked off over ${reason}`); }); });\n"
     "function tell(socket: Socket) { logger.info(`${socket.id} rang in`); }",
     f"{SOCKET_ID} walked off over client namespace disconnect", EventKind.SERVER_DISCONNECTED,
     {"socket_id": SOCKET_ID, "reason": "client namespace disconnect"}),
    ("a.ts", SERVER + "io.on('connection', (socket: Socket) => { tell(socket); });\n"
     "function tell(socket: Socket) { logger.info(`${socket.id} rang in`); }",
     f"{SOCKET_ID} rang in", EventKind.SERVER_CONNECTED, {"socket_id": SOCKET_ID}),
    ("a.ts", NEST + "handleDisconnect(client: Socket) { this.logger.log(`${client.id} walked off`); } }",
     f"{SOCKET_ID} walked off", EventKind.SERVER_DISCONNECTED, {"socket_id": SOCKET_ID}),
    ("a.py", SIO + "sio = socketio.AsyncServer()\n@sio.event\nasync def disconnect(sid, reason):\n"
     "    logger.info('%s walked off: %s', sid, reason)\n",
     f"{SOCKET_ID} walked off: transport close", EventKind.SERVER_DISCONNECTED,
     {"socket_id": SOCKET_ID, "reason": "transport close"}),
    ("a.py", SIO + "sio = socketio.Client()\n@sio.on('connect_error')\ndef failed(data):\n"
     "    logger.error(f'no way through: {data}')\n",
     "no way through: refused", EventKind.CONNECT_ERROR, {"error": "refused"}),
    ("a.py", SIO + "class Desk(socketio.Namespace):\n    def on_connect(self, sid, environ):\n"
     "        logger.info('{} rang in'.format(sid))\n",
     f"{SOCKET_ID} rang in", EventKind.SERVER_CONNECTED, {"socket_id": SOCKET_ID}),
    ("a.js", CLIENT + "link.timeout(9).emit('sale', d, err => {\n"
     "if (err) { logger.error('sale went nowhere'); return; }\nlogger.info('sale is in the books'); });",
     "sale is in the books", EventKind.PUSH_ACKNOWLEDGED, {"channel": "sale"}),
    ("a.js", CLIENT + "async function sell(d) { try { await link.emitWithAck('sale', d); }\n"
     "catch (e) { logger.error(`sale went nowhere, ${e.message}`); } }",
     "sale went nowhere, operation has timed out", EventKind.PUSH_FAILED,
     {"channel": "sale", "error": "operation has timed out"}),
]  # fmt: skip
NOT_UNDERSTOOD = [
    (CLIENT + "link.on('disconnect', () => { logger.info('till offline'); logger.info('coffee is ready'); });",
     "coffee is ready"),
    (CLIENT + "link.on('disconnect', () => log.warn('till', 'lights out now'));", "till"),
    (CLIENT + "link.on('sale', () => logger.info('coffee is ready'));", "coffee is ready"),
    ("const socket = require('mqtt').connect('mqtt://a');\nsocket.on('disconnect', () => logger.info('till dark'));",
     "till dark"),
    ("const socket = require('net').connect(1);\nsocket.on('connect', () => logger.info('printer on paper'));",
     "printer on paper"),
    (CLIENT + "setInterval(() => link.emit('heartbeat', 1, () => logger.info('tick is tock')), 9);", "tick is tock"),
    (CLIENT + "link.on('connect', () => logger.info('same words'));\n"
     "link.on('disconnect', () => logger.info('same words'));", "same words"),
]  # fmt: skip


def learn(folder: Path, file: str, text: str) -> RuleSet:
    rules = load_rules()
    return with_code(rules, write_rules(survey(folder, {file: text}), rules))


@pytest.mark.parametrize(("file", "text", "message", "kind", "extracted"), UNDERSTOOD)
def test_a_handler_says_what_its_line_means(
    tmp_path: Path, file: str, text: str, message: str, kind: EventKind, extracted: dict[str, str]
) -> None:
    """Templates, concatenation, printf, helpers; NestJS and Python; answers and catches: the code says it all."""
    found = learn(tmp_path, file, text).match(message, None)
    assert found is not None
    assert (found.kind, found.by, found.extracted) == (kind, Interpreter.CODE, extracted)


@pytest.mark.parametrize(("text", "message"), NOT_UNDERSTOOD)
def test_what_no_handler_says_has_no_rule(tmp_path: Path, text: str, message: str) -> None:
    """Second lines, other events, other sockets, signs of life, one text in two handlers."""
    assert learn(tmp_path, "a.js", text).match(message, None) is None


def test_what_is_understood_already_keeps_its_reader(tmp_path: Path) -> None:
    """The built-in rule takes more from its line than the handler could say."""
    text = CLIENT + "link.on('disconnect', r => logger.warn(`Disconnected from master: ${r}`));"
    found = learn(tmp_path, "a.js", text).match("Disconnected from master: transport close", "socket-client")
    assert found is not None
    assert found.by is Interpreter.RULE


def test_the_code_goes_before_the_lexicon(tmp_path: Path) -> None:
    """Words that sound like an end stand in the handler of a connect."""
    text = CLIENT + "link.on('connect', () => logger.info('socket closed the gap'));"
    found = learn(tmp_path, "a.js", text).match("socket closed the gap", None)
    assert found is not None
    assert found.kind is EventKind.CONNECTED


def test_users_rules_go_before_the_code(tmp_path: Path) -> None:
    """What a person wrote stands in front of what the code says."""
    own = tmp_path / "own.toml"
    own.write_text(
        '[[rule]]\nid = "mine"\nkind = "ignored"\ncontains = ["till offline"]\nexamples = ["till offline"]\n', "utf-8"
    )
    rules = load_rules([str(own)])
    text = CLIENT + "link.on('disconnect', () => logger.info('till offline'));"
    assert with_code(rules, write_rules(survey(tmp_path, {"a.js": text}), rules)).match("till offline", None) is None


def test_a_written_rule_reads_the_same(tmp_path: Path) -> None:
    """A rule of the code, written to a file and read again, matches and extracts as before."""
    text = CLIENT + "link.on('disconnect', r => logger.info(`lights \\u2603 out over ${r}`, { why: r }));"
    (rule,) = write_rules(survey(tmp_path, {"a.js": text}), load_rules())
    problems: list[Sentence] = []
    (again,) = parse_rules(write_rule(rule), "file", problems)
    assert not problems
    found = RuleSet((again,)).match("lights \u2603 out over ping timeout", None)
    assert found is not None
    assert found.extracted == {"reason": "ping timeout"}
