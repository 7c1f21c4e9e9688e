"""What a log line means by where its logger call stands: in the handler of an event, in an answer, in a catch.

A handler says one thing of its event, however many lines it writes: the first that is sure to be written, with that
which tells of the event's own values before others; of branches each its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.codebase.loggers import LogCall, Loggers
from logdiag.codebase.sockets import SENDS
from logdiag.codebase.survey import Survey
from logdiag.codebase.trees.modules import Function, Module
from logdiag.codebase.trees.syntax import (
    CALLS,
    CLASSES,
    FUNCTIONS,
    MEMBERS,
    argument,
    arguments_of,
    called_chain,
    callee_of,
    chain_of,
    descend,
    enclosing,
    line_of,
    object_of,
    parameters_of,
    pattern_of,
    read_string,
    text_of,
    unwrap,
)
from logdiag.codebase.trees.tree import holds_any, is_test
from logdiag.events import EventKind, Side

if TYPE_CHECKING:
    from tree_sitter import Node

OF_INTEREST: Final = (b"connect", b".emit(", b".emitWithAck(", b"handleConnection", b"handleDisconnect")
SOCKETS: Final = (b"ocket", b"io.", b"sio")
DEEPEST: Final = 2  # functions that a handler calls, one within the other, until one writes a line
SIGN_OF_LIFE: Final = re.compile(r"(?i)heart_?beat|keep_?alive|\bping\b|心跳")
FAILING: Final = frozenset({"warn", "warning", "error", "fatal", "critical", "exception"})
ERROR_NAME: Final = re.compile(r"(?i)^(e|err|error|ex|exc|exception)$")


class SocketEvent(NamedTuple):
    """What an event of Socket.IO means, and what its handler is handed: fields of ours, in order."""

    kind: EventKind
    hands: tuple[str, ...] = ()


CLIENT_EVENTS: Final[Mapping[str, SocketEvent]] = {
    "connect": SocketEvent(EventKind.CONNECTED),
    "disconnect": SocketEvent(EventKind.DISCONNECTED, ("reason",)),
    "connect_error": SocketEvent(EventKind.CONNECT_ERROR, ("error",)),
    "connect_timeout": SocketEvent(EventKind.CONNECT_ERROR, ("error",)),
    "reconnect_attempt": SocketEvent(EventKind.RECONNECT_ATTEMPT, ("count",)),
    "reconnecting": SocketEvent(EventKind.RECONNECT_ATTEMPT, ("count",)),
}
SERVER_EVENTS: Final[Mapping[str, SocketEvent]] = {
    "connection": SocketEvent(EventKind.SERVER_CONNECTED, ("socket",)),
    "connect": SocketEvent(EventKind.SERVER_CONNECTED, ("socket",)),
    "disconnect": SocketEvent(EventKind.SERVER_DISCONNECTED, ("reason",)),
    "connection_error": SocketEvent(EventKind.SERVER_ERROR, ("error",)),
}
PYTHON_EVENTS: Final[Mapping[Side, Mapping[str, SocketEvent]]] = {
    Side.CLIENT: {
        "connect": SocketEvent(EventKind.CONNECTED),
        "disconnect": SocketEvent(EventKind.DISCONNECTED, ("reason",)),
        "connect_error": SocketEvent(EventKind.CONNECT_ERROR, ("error",)),
    },
    Side.SERVER: {
        "connect": SocketEvent(EventKind.SERVER_CONNECTED, ("socket_id",)),
        "disconnect": SocketEvent(EventKind.SERVER_DISCONNECTED, ("socket_id", "reason")),
    },
}
# Methods by which frameworks register the same: NestJS's gateways.
GATEWAY: Final[Mapping[str, SocketEvent]] = {
    "handleConnection": SocketEvent(EventKind.SERVER_CONNECTED, ("socket",)),
    "handleDisconnect": SocketEvent(EventKind.SERVER_DISCONNECTED, ("socket",)),
}


class Meaning(NamedTuple):
    """What the lines of a logger call mean. `holds`: names of the code, each with the field whose value it holds."""

    kind: EventKind
    module: Module
    call: LogCall
    holds: Mapping[str, str]
    number: int
    channel: str | None = None

    @property
    def line(self) -> int:
        """Where the call stands."""
        return line_of(self.call.node)

    def field_of(self, node: Node) -> str | None:
        """The field of an event that an expression gives: `reason`, `socket.id`, `err.message`; None for any other."""
        node = unwrap(node)
        if node.type in CALLS:  # `String(reason)`, `str(reason)`, `reason.toString()`
            inner = argument(node, 0) or object_of(callee_of(node) or node)
            return None if inner is None else self.field_of(inner)
        chain = chain_of(node)
        held = self.holds.get(chain[0])
        if chain[-1] == "id" and len(chain) > 1 and "socket" in (self.holds.get(chain[-2]), chain[-2].lower()):
            return "socket_id"
        if held == "error":
            return {"error": "error", "message": "error", "code": "code"}.get(chain[-1] if len(chain) > 1 else "error")
        return held if held != "socket" and len(chain) == 1 else None


@dataclass(slots=True)
class Handlers:
    """Finds what lines mean, in the modules of an application that speak of sockets."""

    survey: Survey
    loggers: Loggers = field(init=False)
    _handlers_count: int = 0

    def __post_init__(self) -> None:
        self.loggers = Loggers(self.survey.values.names)

    def find(self) -> list[Meaning]:
        """All that is found, in the order of files and lines; what one handler says has one `number`."""
        application = self.survey.application
        files = [
            file for file in application.tree.sources
            if holds_any(file.data, OF_INTEREST) and holds_any(file.data, SOCKETS) and not is_test(file.way)
        ]  # fmt: skip
        application.load(files)
        found: list[Meaning] = []
        for file in files:
            module = application.module(file.path)
            if module is not None:
                found += [*self._of_events(module), *self._of_methods(module), *self._of_sends(module)]
        return sorted(found, key=lambda one: (one.module.file.path, one.line, one.kind))

    # Handlers of events

    def _of_events(self, module: Module) -> Iterator[Meaning]:
        for verb in ("on", "once"):
            for call in module.called.get(verb, ()):
                event = self._read_event(module, call)
                handler = argument(call, 1)
                if event is None:
                    continue
                handlers = [] if handler is None else self.survey.values.names.find_functions(module, handler)
                handlers += [(one, False) for one in _decorated(module, call)]
                for function, _ in handlers[:1]:
                    yield from self._list_meanings(function, event, called_chain(call)[-2])

    def _read_event(self, module: Module, call: Node) -> SocketEvent | None:
        first, callee = argument(call, 0), callee_of(call)
        name = None if first is None else read_string(first)
        receiver = None if callee is None else object_of(callee)
        if name is None or receiver is None or not (name in CLIENT_EVENTS or name in SERVER_EVENTS):
            return None
        chain = called_chain(call)
        if chain[-2:-1] == ("engine",) and name == "connection_error":
            return SERVER_EVENTS[name]
        if not self.survey.graph.sockets.is_socket(module, call):
            return None
        side = self._side_of(module, receiver, name)
        if module.is_python:
            return None if side is None else PYTHON_EVENTS[side].get(name)
        return None if side is None else (SERVER_EVENTS if side is Side.SERVER else CLIENT_EVENTS).get(name)

    def _side_of(self, module: Module, receiver: Node, name: str) -> Side | None:
        """Whose end it is: that of what made the socket, then that of the file; a client knows no `connection`."""
        maker = self.survey.graph.sockets.find_maker(module, receiver)
        if maker is not None and maker.side is not None:
            return maker.side
        if name == "connection":
            return Side.SERVER
        return Side.CLIENT if name not in SERVER_EVENTS else self.survey.sides.of(module.file)

    def _of_methods(self, module: Module) -> Iterator[Meaning]:
        """Handlers that are known by their own name: of NestJS, and of python-socketio."""
        for function in module.functions:
            if function.name in GATEWAY and b"WebSocketGateway" in module.file.data:
                yield from self._list_meanings(function, GATEWAY[function.name])
            elif module.is_python and (event := self._python_event(module, function)) is not None:
                yield from self._list_meanings(function, event)

    def _python_event(self, module: Module, function: Function) -> SocketEvent | None:
        """`@sio.event def disconnect(sid)`, and `on_disconnect` of a namespace."""
        around = function.node.parent
        for decorator in () if around is None else around.named_children:
            if decorator.type == "decorator" and decorator.named_children:
                chain = chain_of(decorator.named_children[0])
                left = object_of(decorator.named_children[0]) if chain[-1] == "event" else None
                maker = None if left is None else self.survey.graph.sockets.find_maker(module, left)
                if maker is not None and maker.side is not None:
                    return PYTHON_EVENTS[maker.side].get(function.name)
        owner = enclosing(function.node, CLASSES)
        if owner is None or not function.name.startswith("on_"):
            return None
        bases = re.findall(r"\w+", text_of(owner.child_by_field_name("superclasses")))
        is_ours = any(module.packages.get(base) in ("socketio", "flask_socketio") for base in bases)
        sides = {"ClientNamespace": Side.CLIENT, "AsyncClientNamespace": Side.CLIENT}
        side = next((sides[base] for base in bases if base in sides), Side.SERVER)
        return PYTHON_EVENTS[side].get(function.name.removeprefix("on_")) if is_ours else None

    def _list_meanings(self, function: Function, event: SocketEvent, socket: str = "socket") -> Iterator[Meaning]:
        """What a handler says of its event, which the socket of this name tells it."""
        names = [text_of(pattern_of(parameter)) for parameter in parameters_of(function.node)]
        holds = {socket: "socket"} | dict(zip(names, event.hands, strict=False))
        self._handlers_count += 1
        for module, call, renamed in self._first_said(function, holds, 0):
            yield Meaning(event.kind, module, call, renamed, self._handlers_count)

    # The lines of a function

    def _first_said(
        self, function: Function, holds: Mapping[str, str], depth: int
    ) -> list[tuple[Module, LogCall, Mapping[str, str]]]:
        """What a function says first: its own lines, else those of the first function that it calls and that writes."""
        body = function.node.child_by_field_name("body")
        if body is None:
            return []
        own = self._said_in(function.module, _statements(body), holds)
        if own or depth >= DEEPEST:
            return [(function.module, call, holds) for call in own]
        for call in function.calls:
            for callee, is_guess in self.survey.graph.find_callees(function.module, call)[:1]:
                found = [] if is_guess else self._first_said(callee, _rename(call, callee, holds), depth + 1)
                if found:
                    return found
        return []

    def _said_in(self, module: Module, statements: list[Node], holds: Mapping[str, str]) -> list[LogCall]:
        """The lines of a block: the one that it is sure to write, and those of branches that end before it."""
        sure: list[LogCall] = []
        branched: list[LogCall] = []
        for statement in statements:
            if statement.type == "if_statement":
                branches = [self._said_in(module, branch, holds) for branch in _branches(statement)]
                ends = any(_ends(branch) for branch in _branches(statement))
                if (not branched or ends) and (not sure or ends):
                    branched += [call for rows in branches for call in rows]
            elif statement.type == "try_statement":
                inner = statement.child_by_field_name("body")
                sure += [] if inner is None else self._said_in(module, _statements(inner), holds)
            elif statement.type in ("switch_statement", "match_statement"):
                cases = [
                    one for one in descend(statement) if one.type in ("switch_case", "switch_default", "case_clause")
                ]
                rows = [self._said_in(module, list(one.named_children), holds) for one in cases]
                branched += [] if branched else [call for found in rows for call in found]
            elif (call := self._written_by(module, statement)) is not None:
                sure.append(call)
        own = {name for name, held in holds.items() if held != "socket"}
        telling = [call for call in sure if any(chain_of(unwrap(one))[0] in own for one in call.inserted)]
        return [*branched, *(telling or sure)[:1]]

    def _written_by(self, module: Module, statement: Node) -> LogCall | None:
        inner = unwrap(statement.named_children[0]) if statement.type == "expression_statement" else unwrap(statement)
        return self.loggers.read(module, inner) if inner.type in CALLS else None

    # What becomes of what is sent

    def _of_sends(self, module: Module) -> Iterator[Meaning]:
        """Answers to what is sent, and catches of it, on the side of the client; signs of life are no pushes."""
        for verb in sorted(SENDS & module.called.keys()):
            for call in module.called[verb]:
                event = argument(call, 0)
                channel = None if event is None else read_string(event)
                callee = callee_of(call)
                receiver = None if callee is None or callee.type not in MEMBERS else object_of(callee)
                if channel is None or receiver is None or verb not in ("emit", "emitWithAck"):
                    continue
                function = module.function_at(call)
                named = "" if function is None else function.label
                if SIGN_OF_LIFE.search(channel) or SIGN_OF_LIFE.search(named):
                    continue
                if self.survey.graph.sockets.is_socket(module, call) and (
                    self._side_of(module, receiver, "disconnect") is Side.CLIENT
                ):
                    yield from self._answered(module, call, channel)
                    yield from self._caught(module, call, channel)

    def _answered(self, module: Module, call: Node, channel: str) -> Iterator[Meaning]:
        last = arguments_of(call)[-1].value
        if last.type not in FUNCTIONS or (body := last.child_by_field_name("body")) is None:
            return
        names = [text_of(pattern_of(parameter)) for parameter in parameters_of(last)]
        holds = {name: "error" for name in names[:1] if ERROR_NAME.match(name)}
        self._handlers_count += 1
        for said in self._said_in(module, _statements(body), holds):
            is_failed = said.level in FAILING
            kind = EventKind.PUSH_FAILED if is_failed else EventKind.PUSH_ACKNOWLEDGED
            yield Meaning(kind, module, said, holds, self._handlers_count, channel)

    def _caught(self, module: Module, call: Node, channel: str) -> Iterator[Meaning]:
        attempt = enclosing(call, frozenset({"try_statement"}) | FUNCTIONS)
        catch = None
        if attempt is not None and attempt.type == "try_statement":
            kinds = ("catch_clause", "except_clause")
            catch = next((child for child in attempt.named_children if child.type in kinds), None)
        body = None if catch is None else catch.child_by_field_name("body") or catch.named_children[-1]
        if catch is None or body is None:
            return
        name = text_of(catch.child_by_field_name("parameter"))
        self._handlers_count += 1
        holds = {name: "error"} if name else {}
        for said in self._said_in(module, _statements(body), holds):
            yield Meaning(EventKind.PUSH_FAILED, module, said, holds, self._handlers_count, channel)


def _decorated(module: Module, call: Node) -> list[Function]:
    """The function below `@sio.on('disconnect')`."""
    decorator = call.parent
    whole = None if decorator is None or decorator.type != "decorator" else decorator.parent
    below = None if whole is None else whole.child_by_field_name("definition")
    return [module.by_node[below.id]] if below is not None and below.id in module.by_node else []


def _statements(body: Node) -> list[Node]:
    return list(body.named_children) if body.type in ("statement_block", "block") else [body]


def _branches(statement: Node) -> list[list[Node]]:
    """The blocks of an `if`, of its `else if` and `else`."""
    found: list[list[Node]] = []
    then = statement.child_by_field_name("consequence")
    found += [] if then is None else [_statements(then)]
    for other in statement.children_by_field_name("alternative"):
        inner = other.child_by_field_name("body") or next(iter(other.named_children), None)
        if other.type == "elif_clause":
            inner = other.child_by_field_name("consequence")
        if inner is not None:
            found.append(_statements(inner))
    return found


def _ends(statements: list[Node]) -> bool:
    return bool(statements) and statements[-1].type in ("return_statement", "throw_statement", "raise_statement")


def _rename(call: Node, callee: Function, holds: Mapping[str, str]) -> dict[str, str]:
    """What the parameters of a function hold, where a handler hands its own values on."""
    names = [text_of(pattern_of(parameter)) for parameter in parameters_of(callee.node)]
    given = [chain_of(item.value) for item in arguments_of(call) if item.name is None]
    pairs = zip(names, given, strict=False)
    kept = {name: held for name, held in holds.items() if held == "socket"}
    return kept | {name: holds[chain[0]] for name, chain in pairs if len(chain) == 1 and chain[0] in holds}
