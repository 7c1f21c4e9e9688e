"""Settings in force: what the code hands to Socket.IO on both sides, its defaults, timeouts of proxies in the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.codebase.later_settings import find_assigned, find_set
from logdiag.codebase.proxies import read_proxy
from logdiag.codebase.sockets import find_library_names
from logdiag.codebase.survey import Survey
from logdiag.codebase.trees.definitions import Definition
from logdiag.codebase.trees.modules import Module
from logdiag.codebase.trees.syntax import (
    MEMBERS,
    OBJECTS,
    arguments_of,
    called_chain,
    callee_of,
    entries_of,
    find_required,
    line_of,
    object_of,
    spreads_of,
    text_of,
    write_short,
)
from logdiag.codebase.trees.tree import holds_any, is_test
from logdiag.codebase.trees.values import Constant, Value
from logdiag.codebase.versions import LAST, Version, Versions, find_versions
from logdiag.events import Side
from logdiag.results.code import CodeSetting

if TYPE_CHECKING:
    from tree_sitter import Node

OF_INTEREST: Final = (b"socket.io", b"socketio", b"WebSocketGateway", b".eio.ping_", b".engine.opts.")
SERVER: Final = re.compile(r"^(socket\.io|@nestjs/websockets)$")
CLIENT: Final = re.compile(r"^socket\.io-client$")
PYTHON: Final = re.compile(r"^socketio$")
MAKERS: Final = {
    Side.SERVER: frozenset({"Server", "WebSocketGateway", "AsyncServer", "listen", "attach"}),
    Side.CLIENT: frozenset({"io", "connect", "Manager", "Client", "AsyncClient"}),
}


class Option(NamedTuple):
    """An option and its defaults: version of the library from which on each holds, the newest last."""

    name: str
    side: Side
    defaults: Mapping[Version, Constant]


# Defaults as the libraries' own code has them: socket.io 2.0 stands on engine.io 3.1, 2.1 to 2.4 on 3.2 to 3.5, 2.5 on
# 3.6, 3.x on 4.x, 4.0 on 5.0, 4.1 and later on 6.x (lib/server.js and lib/server.ts there); socket.io-client alike.
OPTIONS: Final = (
    Option("pingInterval", Side.SERVER, {(1, 0): 25000.0}),
    Option(
        "pingTimeout", Side.SERVER, {(1, 0): 60000.0, (2, 1): 5000.0, (2, 5): 20000.0, (3, 0): 5000.0, (4, 0): 20000.0}
    ),
    Option("maxHttpBufferSize", Side.SERVER, {(1, 0): 1e8, (2, 5): 1e6}),
    Option("upgradeTimeout", Side.SERVER, {(1, 0): 10000.0}),
    Option("connectTimeout", Side.SERVER, {(3, 0): 45000.0}),
    Option("transports", Side.SERVER, {}),
    Option("connectionStateRecovery", Side.SERVER, {}),
    Option("allowEIO3", Side.SERVER, {}),
    Option("perMessageDeflate", Side.SERVER, {}),
    Option("reconnection", Side.CLIENT, {(1, 0): True}),
    Option("reconnectionDelay", Side.CLIENT, {(1, 0): 1000.0}),
    Option("reconnectionDelayMax", Side.CLIENT, {(1, 0): 5000.0}),
    Option("reconnectionAttempts", Side.CLIENT, {(1, 0): "Infinity"}),
    Option("randomizationFactor", Side.CLIENT, {}),
    Option("timeout", Side.CLIENT, {(1, 0): 20000.0}),
    Option("transports", Side.CLIENT, {}),
    Option("upgrade", Side.CLIENT, {}),
    Option("forceNew", Side.CLIENT, {}),
    Option("retries", Side.CLIENT, {}),
    Option("ackTimeout", Side.CLIENT, {}),
)
# `require("socket.io")(http)`, `require("socket.io").listen(http)`
MADE_AT_ONCE: Final = frozenset({"require", "connect", "listen", "Server"})
ATTACHING: Final = ("attach", "listen")
WHOLES: Final = frozenset({"array", "list", *OBJECTS})
OPTIONS_NAME: Final = re.compile(r"(?i)opt|conf|setting")  # what may hold options, where it is no literal
PYTHON_NAMES: Final = {
    "pingInterval": "ping_interval", "pingTimeout": "ping_timeout", "maxHttpBufferSize": "max_http_buffer_size",
    "transports": "transports", "reconnection": "reconnection", "reconnectionDelay": "reconnection_delay",
    "reconnectionDelayMax": "reconnection_delay_max", "reconnectionAttempts": "reconnection_attempts",
    "randomizationFactor": "randomization_factor",
}  # fmt: skip
# The same of python-socketio: 4.x stands on python-engineio 3.x, 5.x on 4.x (engineio/server.py, base_server.py).
PYTHON_DEFAULTS: Final[Mapping[str, Mapping[Version, Constant]]] = {
    "pingInterval": {(1, 0): 25.0}, "pingTimeout": {(1, 0): 60.0, (5, 0): 20.0},
    "maxHttpBufferSize": {(1, 0): 1e8, (5, 0): 1e6}, "reconnection": {(1, 0): True},
    "reconnectionDelay": {(1, 0): 1.0}, "reconnectionDelayMax": {(1, 0): 5.0},
    "reconnectionAttempts": {(1, 0): 0.0},
}  # fmt: skip
PYTHON_NEWEST: Final = Versions((5, 0), (LAST, 0))  # where no file says which: older ones date from before 2020
PYTHON_SECONDS: Final = frozenset({"pingInterval", "pingTimeout", "reconnectionDelay", "reconnectionDelayMax"})


def find_settings(survey: Survey) -> tuple[CodeSetting, ...]:
    """All settings, in the order of their places."""
    sources = [file for file in survey.application.tree.sources if holds_any(file.data, OF_INTEREST)]
    files = [file for file in sources if not is_test(file.way)]
    survey.application.load(files)
    modules = [module for file in files if (module := survey.application.module(file.path)) is not None]
    assigned = (name for module in modules if not _makes_server(module) for name in find_assigned(module))
    reader = _Reader(survey, frozenset(assigned))
    found = [row for module in modules for row in reader.read(module)]
    configurations = [file for file in survey.application.tree.configurations if not is_test(file.way)]
    proxies = [row for file in configurations for row in read_proxy(file)]
    return tuple(sorted({*found, *proxies}, key=lambda row: (row.file, row.line, row.name)))


def list_makers(module: Module) -> Iterator[tuple[Node, Side]]:
    """The calls that make a server or a client, each with which it makes."""
    for side, pattern in ((Side.SERVER, SERVER), (Side.CLIENT, CLIENT)):
        makers = find_library_names(module, PYTHON if module.is_python else pattern)
        for call in module.calls if makers else ():
            is_made = pattern.match(find_required(callee_of(call)) or "") and called_chain(call)[-1] in MADE_AT_ONCE
            if is_made or _makes(called_chain(call), makers, side, is_python=module.is_python):
                yield call, side


def _makes_server(module: Module) -> bool:
    return any(side is Side.SERVER for _, side in list_makers(module))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads modules; `assigned` are the options that any of them gives a server that another one made."""

    survey: Survey
    assigned: frozenset[str]

    def read(self, module: Module) -> Iterator[CodeSetting]:
        """The settings of every server and client that a module makes; what it gives a server of another module."""
        makers = list(list_makers(module))
        for call, side in makers:
            yield from self._read_call(module, call, side)
        if not any(side is Side.SERVER for _, side in makers):
            given = find_assigned(module)
            for option in OPTIONS:
                name = PYTHON_NAMES.get(option.name) if module.is_python else option.name
                if option.side is Side.SERVER and name in given:
                    yield from self._write(given[name], option, module, name)

    def _read_call(self, module: Module, call: Node, side: Side) -> Iterator[CodeSetting]:
        given = self._given(module, call)
        is_open = self._is_open(module, call)
        for attaching in self._attachments(module, call) if side is Side.SERVER else ():
            given = self._given(module, attaching) | given
            is_open = is_open or self._is_open(module, attaching)
        if side is Side.SERVER:
            given |= find_assigned(module) | ({} if module.is_python else find_set(module))
        versions = self._find_versions(module, side)
        for option in OPTIONS:
            if option.side is not side:
                continue
            name = PYTHON_NAMES.get(option.name) if module.is_python else option.name
            if name is None:
                continue
            defaults = PYTHON_DEFAULTS.get(option.name, {}) if module.is_python else option.defaults
            if name in given:
                yield from self._write(given[name], option, module, name)
            elif (default := find_default(defaults, versions)) is not None:
                path, line = module.file.path, line_of(call)
                value, is_guess = default
                is_guess = is_guess or is_open or (side is Side.SERVER and name in self.assigned)
                yield CodeSetting(name, value, default=True, side=side, file=path, line=line, is_guess=is_guess)

    def _attachments(self, module: Module, made: Node) -> Iterator[Node]:
        """The calls that hand options to a server once it is made: `io.listen(http, options)`, `io.attach(…)`."""
        for call in (one for name in ATTACHING for one in module.called.get(name, ())):
            callee = callee_of(call)
            left = None if callee is None or callee.type not in MEMBERS else object_of(callee)
            wholes = [] if left is None or call.id == made.id else self.survey.values.names.find(module, left)
            if any(one.node is not None and one.node.id == made.id and one.module is module for one in wholes):
                yield call

    def _find_versions(self, module: Module, side: Side) -> Versions | None:
        tree = self.survey.application.tree
        if module.is_python:
            return find_versions(tree, module.file, "python-socketio") or PYTHON_NEWEST
        return find_versions(tree, module.file, "socket.io" if side is Side.SERVER else "socket.io-client")

    def _given(self, module: Module, call: Node) -> dict[str, Definition]:
        """The options that a call is given: name → where its value stands."""
        found: dict[str, Definition] = {}
        for item in arguments_of(call):
            if item.name is not None:
                found.setdefault(item.name, Definition(module, item.value))
                continue
            for whole in self.survey.values.names.find(module, item.value):
                if whole.node is not None and whole.node.type in OBJECTS:
                    for name, value in entries_of(whole.node).items():
                        found.setdefault(name, Definition(whole.module, value, whole.is_guess))
                    self._spread(whole.module, whole.node, found)
        return found

    def _is_open(self, module: Module, call: Node) -> bool:
        """Whether a call is given options of which not all can be told: then any default may be overruled."""
        return any(not self._is_known(module, item.value) for item in arguments_of(call)[-1:] if item.name is None)

    def _is_known(self, module: Module, node: Node) -> bool:
        if node.type not in OBJECTS and OPTIONS_NAME.search(text_of(node)) is None:
            return True  # an address, a port, an HTTP server
        wholes = [found for found in self.survey.values.names.find(module, node) if found.node is not None]
        known_wholes = [found for found in wholes if found.node is not None and found.node.type in OBJECTS]
        spread = [
            (found.module, part) for found in known_wholes if found.node is not None for part in spreads_of(found.node)
        ]
        return len(known_wholes) == len(wholes) > 0 and all(self._is_known_whole(other, part) for other, part in spread)

    def _is_known_whole(self, module: Module, node: Node) -> bool:
        found = self.survey.values.names.find(module, node)
        return bool(found) and all(one.node is not None and one.node.type in OBJECTS for one in found)

    def _spread(self, module: Module, node: Node, found: dict[str, Definition]) -> None:
        for part in spreads_of(node):
            for whole in self.survey.values.names.find(module, part):
                if whole.node is not None and whole.node.type in OBJECTS:
                    for name, value in entries_of(whole.node).items():
                        found.setdefault(name, Definition(whole.module, value, whole.is_guess))

    def _write(self, given: Definition, option: Option, module: Module, name: str) -> Iterator[CodeSetting]:
        node = given.node
        if node is None:
            return
        if node.type == "tuple" and option.name == "pingInterval" and node.named_children:
            node = node.named_children[0]  # python-engineio: the interval, and what the server adds to it at random
        value = self.survey.values.fold(given.module, node)
        constant: Constant | None = None
        is_guess = given.is_guess
        if value is not None:
            constant, is_guess = value.constant, is_guess or value.is_guess
        else:  # a list or an object, here or where its name stands for one
            wholes = self.survey.values.names.find(given.module, node)
            whole = next((one for one in wholes if one.node is not None and one.node.type in WHOLES), None)
            if whole is not None and whole.node is not None:
                constant, is_guess = write_short(whole.node), is_guess or whole.is_guess
        if constant is None:
            return
        if isinstance(constant, float) and constant == float("inf"):
            constant = "Infinity"
        path, line, text = given.module.file.path, line_of(node), write_short(node)
        yield CodeSetting(name, constant, default=False, side=option.side, file=path, line=line, expression=text,
                      is_guess=is_guess)  # fmt: skip


def _makes(chain: tuple[str, ...], makers: set[str], side: Side, *, is_python: bool) -> bool:
    """Whether a call makes a server or client: `new Server(…)`, `io(…)`, `require('socket.io')(…)`."""
    if chain in (("require",), ("import",)) or not chain or chain[0] not in makers | {"require"}:
        return chain == ("WebSocketGateway",) and side is Side.SERVER and chain[0] in makers
    if is_python:
        return chain[-1] in MAKERS[side] and (len(chain) <= 2)
    known = MAKERS[side] | {name for name in makers if name not in MAKERS[_other(side)]}
    return len(chain) <= 2 and chain[0] in makers and chain[-1] in known and chain[-1] not in ("Socket", "Namespace")


def _other(side: Side) -> Side:
    return Side.CLIENT if side is Side.SERVER else Side.SERVER


def find_default(defaults: Mapping[Version, Constant], versions: Versions | None) -> Value | None:
    """The default in the newest of the versions, a guess where older ones have another; None if nothing is known.

    >>> find_default({(2, 1): 5000.0, (2, 5): 20000.0}, Versions((2, 3), (2, 10000)))
    Value(constant=20000.0, is_guess=True)
    """
    if versions is None:
        return None
    started = [value for first, value in defaults.items() if first <= versions.first][-1:]
    later = [value for first, value in defaults.items() if versions.first < first <= versions.last]
    known = [*started, *later]
    return Value(known[-1], len(set(known)) > 1) if known else None


def feed(settings: tuple[CodeSetting, ...], name: str) -> float | None:
    """The one value of a server's setting, in its own unit; None where there are several, or a run may see another."""
    rows = [row for row in settings if row.side is Side.SERVER and row.product == "socket.io"]
    python = PYTHON_NAMES.get(name, name)
    values: set[float] = set()
    for row in rows:
        if row.name not in (name, python) or isinstance(row.value, bool | str):
            continue
        if row.is_guess:
            return None
        values.add(row.value * 1000 if row.name != name and name in PYTHON_SECONDS else row.value)
    return values.pop() if len(values) == 1 else None
