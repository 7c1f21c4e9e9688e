"""Which names hold a Socket.IO socket: by what they were made with, whose handler hands them over, last by their name.

Sockets of other kinds (UDP, TCP, brokers), emitters of the application's own and the raw socket of an HTTP request
have the same verbs; none of them is the connection that the logs speak of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.codebase.trees.bindings import returned_nodes
from logdiag.codebase.trees.definitions import Definition
from logdiag.codebase.trees.modules import Function, Module
from logdiag.codebase.trees.names import Names
from logdiag.codebase.trees.syntax import (
    CALLS,
    CLASSES,
    FUNCTIONS,
    MEMBERS,
    NAMES,
    argument,
    arguments_of,
    called_chain,
    callee_of,
    chain_of,
    find_required,
    is_self,
    object_of,
    parameters_of,
    pattern_of,
    property_of,
    read_string,
    text_of,
    unwrap,
)
from logdiag.events import Side

if TYPE_CHECKING:
    from tree_sitter import Node

SENDS: Final = frozenset({"emit", "send", "emitWithAck", "push", "write", "broadcast"})
ENDS: Final = frozenset({"disconnect", "close", "disconnectSockets", "terminate", "destroy", "connect", "open"})
SOCKET_WORDS: Final = frozenset({
    "socket", "sock", "sockets", "io", "sio", "ws", "wss", "websocket", "nsp", "namespace", "socketio",
})  # fmt: skip
LIBRARIES: Final = re.compile(
    r"^(socket\.io(-client)?|ws|websocket|engine\.io(-client)?|sockjs-client|socketio|flask_socketio)$"
)
# What else has sockets, clients or emitters with the same verbs.
OTHERS: Final = re.compile(
    r"^(node:)?(dgram|net|tls|http|https|http2|events|cluster|child_process|worker_threads)$"
    r"|^(mqtt|zeromq|nats|amqplib|redis|ioredis|kafkajs|eventemitter[23]|mitt|raw-socket|modbus-serial|serialport)$"
    r"|^(socket|socketserver|asyncio|zmq|paho)(\.|$)"
)
PLAIN_SOCKETS: Final = frozenset({"dgram", "net", "tls", "zeromq", "mqtt", "socket"})
HTTP_WORDS: Final = frozenset({"req", "res", "request", "response", "ctx", "reply"})
# What a chain goes through without leaving the socket or server that it begins at.
PASSING: Final = frozenset({
    "to", "in", "of", "except", "volatile", "broadcast", "timeout", "compress", "local", "sockets", "binary", "nsp",
})  # fmt: skip
WORD: Final = re.compile(r"[A-Za-z_$][\w$]*")
WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
SERVERS: Final = frozenset({"socket.io", "flask_socketio", "@nestjs/websockets"})
PYTHON_SIDES: Final = {
    "Server": Side.SERVER, "AsyncServer": Side.SERVER, "Namespace": Side.SERVER, "AsyncNamespace": Side.SERVER,
    "Client": Side.CLIENT, "AsyncClient": Side.CLIENT, "ClientNamespace": Side.CLIENT,
    "AsyncClientNamespace": Side.CLIENT,
}  # fmt: skip
COMMON_CALLS: Final = frozenset({"on", "emit", "send", "use", "get", "set", "push", "then", "map", "forEach"})
MOST_CALLS: Final = 4  # of a function, that are asked what they hand over
DEEPEST: Final = 4  # handlers in handlers, wrappers in wrappers


class Maker(NamedTuple):
    """What made something with the verbs of a socket: a package, and the name that was called; OWN is a class."""

    package: str
    name: str = ""

    @property
    def is_library(self) -> bool:
        """Whether it is one of the libraries for sockets."""
        return LIBRARIES.match(self.package) is not None

    @property
    def side(self) -> Side | None:
        """On which side of Socket.IO it stands; None for what is neither, or may be both."""
        if self.package in SERVERS:
            return Side.SERVER
        if self.package == "socket.io-client":
            return Side.CLIENT
        return PYTHON_SIDES.get(self.name) if self.package == "socketio" else None


OWN: Final = Maker("")


@dataclass(slots=True)
class SocketFinder:
    """Tells sockets in an application."""

    names: Names
    _held: dict[str, frozenset[str]] = field(default_factory=dict)
    _makers: dict[tuple[int, int], Maker | None] = field(default_factory=dict)
    _parsed_count: int = 0

    def verb(self, module: Module, call: Node) -> str | None:
        """What a call does to a socket: emit, send, disconnect …; None if it is not one's."""
        chain = called_chain(call)
        if len(chain) < 2 or chain[-1] not in SENDS | ENDS:
            return None
        return chain[-1] if self.is_socket(module, call) else None

    def is_socket(self, module: Module, call: Node) -> bool:
        """Whether what a call's last name belongs to is a socket."""
        callee = callee_of(call)
        receiver = None if callee is None or callee.type not in MEMBERS else object_of(callee)
        chain = called_chain(call)[:-1]
        if receiver is None or not chain or chain[-1] == "process" or not self._may_be(module, chain):
            return False
        maker = self.find_maker(module, receiver)
        if maker is not None:
            return maker.is_library
        last = next((name for name in reversed(chain) if name not in PASSING), chain[-1])
        is_named = bool(split_words(last) & SOCKET_WORDS) and not last[:1].isupper()
        if not is_named or HTTP_WORDS & {name.lower() for name in chain[:-1]} or _has_only_others(module):
            return last in self.held_in(module)
        return not self.names.find_functions(module, callee) if callee is not None else True

    def _may_be(self, module: Module, chain: tuple[str, ...]) -> bool:
        """Whether any name of a chain is a socket's, or holds one here: most calls need no more than this look."""
        return any(split_words(name) & SOCKET_WORDS for name in chain) or not self.held_in(module).isdisjoint(chain)

    def held_in(self, module: Module) -> frozenset[str]:
        """The names that hold a socket in a module: made by the library, or handed to a connection handler."""
        found = self._held.get(module.file.path)
        if found is None:
            makers = find_library_names(module)
            found = frozenset(_made_by(module, makers) | _handed_by(module)) if makers else frozenset()
            self._held[module.file.path] = found
        return found

    def find_maker(self, module: Module, node: Node, depth: int = 0) -> Maker | None:
        """What made that which an expression holds; None where that cannot be told."""
        if self._parsed_count != self.names.application.generation:  # what was parsed since may tell more
            self._makers.clear()
            self._parsed_count = self.names.application.generation
        node = _strip(node)
        key = (node.id, depth)
        if key not in self._makers:
            self._makers[key] = None  # whoever asks within the answer learns nothing from it
            self._makers[key] = self._find_maker(module, node, depth) if depth <= DEEPEST else None
        return self._makers[key]

    def _find_maker(self, module: Module, node: Node, depth: int) -> Maker | None:
        if node.type in MEMBERS and _is_raw(chain_of(node)):
            return Maker("net")
        defined = [Definition(module, node)] if node.type in CALLS else []
        defined += [] if is_self(node) else self.names.find(module, node)
        makers = (self._made_with(found, depth) for found in defined)
        maker_found = next((maker for maker in makers if maker is not None), None)
        return maker_found or (self._handed(module, node, depth) if node.type in NAMES else None)

    def _made_with(self, found: Definition, depth: int) -> Maker | None:
        """What a value was made with; an object of a class of the application's own is no socket itself."""
        node = found.node
        if node is None or node.type not in CALLS or (callee := callee_of(node)) is None:
            return None
        chain = chain_of(callee)
        package = find_required(callee) or found.module.packages.get(chain[0]) or ""
        if LIBRARIES.match(package) or OTHERS.match(package):
            return Maker(package, chain[-1])
        if node.type == "new_expression" and self._is_own(found.module, callee):
            return OWN
        for function, _ in self.names.find_functions(found.module, callee)[:1]:
            given = (self.find_maker(function.module, one, depth + 1) for one in returned_nodes(function))
            return next((maker for maker in given if maker is not None), None)
        left = object_of(callee) if callee.type in MEMBERS else None
        maker = None if left is None else self.find_maker(found.module, left, depth + 1)
        return None if maker is OWN else maker

    def _is_own(self, module: Module, callee: Node) -> bool:
        """Whether a class is the application's own: its methods lead on, and what it emits itself stays within it."""
        classes = [one for one in self.names.find(module, callee) if one.node is not None and one.node.type in CLASSES]
        bases = [base for one in classes if one.node is not None for base in WORD.findall(_base_of(one.node))]
        return bool(classes) and not any(base in find_library_names(one.module) for one in classes for base in bases)

    def _handed(self, module: Module, node: Node, depth: int) -> Maker | None:
        """Where a parameter of a handler comes from: `io.on('connection', socket => …)`, `net.createServer(s => …)`."""
        function = _binds(module, node)
        call = None if function is None else _call_with(function)
        if function is None or call is None or (callee := callee_of(call)) is None:
            return None if function is None else self._given(function, node, depth)
        package = module.packages.get(chain_of(callee)[0], "")
        if OTHERS.match(package):
            return Maker(package)
        left = object_of(callee) if callee.type in MEMBERS else None
        return None if left is None else self.find_maker(module, left, depth + 1)

    def _given(self, function: Function, node: Node, depth: int) -> Maker | None:
        """What the calls of a function hand it: `register(io, socket)`."""
        names = [text_of(pattern_of(parameter)) for parameter in parameters_of(function.node)]
        called = function.class_name if function.name in ("constructor", "__init__") else function.name
        if not called or called in COMMON_CALLS:
            return None
        place = names.index(text_of(node))
        for other, call in self.names.application.calls_near(called, function.module)[:MOST_CALLS]:
            value = argument(call, place)
            maker = None if value is None else self.find_maker(other, value, depth + 1)
            if maker is not None:
                return maker
        return None


def split_words(name: str) -> set[str]:
    """The words of a name: `dataSocket` → data, socket."""
    return {word.lower() for word in WORDS.findall(name)}


def find_library_names(module: Module, library: re.Pattern[str] = LIBRARIES) -> set[str]:
    """The names that a module takes from a library, one for sockets if none is named."""
    return {name for name, target in module.packages.items() if library.match(target)}


def _has_only_others(module: Module) -> bool:
    """Whether a module takes sockets from elsewhere, and none from Socket.IO."""
    packages = {package.removeprefix("node:") for package in module.packages.values()}
    return bool(packages & PLAIN_SOCKETS) and not any(LIBRARIES.match(package) for package in packages)


def _is_raw(chain: tuple[str, ...]) -> bool:
    """Whether this is the TCP socket below an HTTP request: `req.socket`."""
    return chain[-1] in ("socket", "connection") and chain[-2].lower() in HTTP_WORDS


def _base_of(owner: Node) -> str:
    heritage = next((child for child in owner.named_children if child.type == "class_heritage"), None)
    return text_of(heritage or owner.child_by_field_name("superclasses"))


def _strip(node: Node) -> Node:
    """The socket or server that a chain begins at: `io.of('/a').to(room)` → io."""
    node = unwrap(node)
    while True:
        inner = callee_of(node) if node.type == "call_expression" else node
        if inner is None or inner.type not in MEMBERS or property_of(inner) not in PASSING:
            return node
        left = object_of(inner)
        if left is None or is_self(left):
            return node
        node = unwrap(left)


def _binds(module: Module, node: Node) -> Function | None:
    """The function of which a name is a parameter."""
    function, name = module.function_at(node), text_of(node)
    while function is not None:
        if any(text_of(pattern_of(parameter)) == name for parameter in parameters_of(function.node)):
            return function
        function = function.around
    return None


def _call_with(function: Function) -> Node | None:
    """The call to which a function is handed, where it stands or by its name within the module."""
    holder = function.node.parent
    if holder is not None and holder.type in ("arguments", "argument_list"):
        return holder.parent
    if not function.name:
        return None
    for verb in ("on", "once", "use", "createServer"):
        for call in function.module.called.get(verb, ()):
            if any(_names(item.value, function.name) for item in arguments_of(call)):
                return call
    return None


def _names(node: Node, name: str) -> bool:
    if node.type in CALLS and called_chain(node)[-1:] == ("bind",):
        return called_chain(node)[-2:-1] == (name,)
    return node.type in NAMES | MEMBERS and chain_of(node)[-1] == name


def _made_by(module: Module, makers: set[str]) -> set[str]:
    """What is bound to a call of the library: `io(url)`, `new Server(http)`, `socketio.Client()`."""
    found: set[str] = set()
    for name, bindings in [*module.names.items(), *module.fields.items()]:
        for one in bindings:
            chain = called_chain(one.value) if one.value.type in CALLS else ()
            is_made = one.value.type == "call_expression" and LIBRARIES.match(find_required(callee_of(one.value)) or "")
            if is_made or (chain and chain[0] in makers and chain != ("require",)):
                found.add(name)
    return found


def _handed_by(module: Module) -> set[str]:
    """The parameters of connection handlers."""
    found: set[str] = set()
    for call in module.called.get("on", ()):
        said = argument(call, 0)
        handler = None if said is None or read_string(said) not in ("connection", "connect") else argument(call, 1)
        if handler is not None and handler.type in FUNCTIONS:
            found |= {text_of(pattern_of(parameter)) for parameter in parameters_of(handler)[:1]}
    return found
