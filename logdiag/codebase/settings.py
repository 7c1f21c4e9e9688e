"""Settings in force: what the code hands to Socket.IO on both sides, its defaults, timeouts of proxies in the tree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.code import Setting
from logdiag.codebase.calls import find_library_names
from logdiag.codebase.modules import Module
from logdiag.codebase.names import Definition
from logdiag.codebase.survey import Survey, is_test
from logdiag.codebase.syntax import OBJECTS, arguments_of, called_chain, entries_of, line_of, write_short
from logdiag.codebase.tree import SourceFile
from logdiag.codebase.values import Constant
from logdiag.events import Side

if TYPE_CHECKING:
    from tree_sitter import Node

OF_INTEREST: Final = re.compile(rb"socket\.io|socketio|WebSocketGateway")
SERVER: Final = re.compile(r"^(socket\.io|@nestjs/websockets)$")
CLIENT: Final = re.compile(r"^socket\.io-client$")
PYTHON: Final = re.compile(r"^socketio$")
MAKERS: Final = {
    Side.SERVER: frozenset({"Server", "WebSocketGateway", "AsyncServer"}),
    Side.CLIENT: frozenset({"io", "connect", "Manager", "Client", "AsyncClient"}),
}


class Option(NamedTuple):
    """An option and its default by major version of the library, the newest last; None where it has none."""

    name: str
    side: Side
    defaults: Mapping[int, Constant]


# Defaults as the libraries' own code has them: engine.io 3.6 (socket.io 2), 4.1 (3), 6.6 (4); socket.io-client alike.
OPTIONS: Final = (
    Option("pingInterval", Side.SERVER, {2: 25000.0}),
    Option("pingTimeout", Side.SERVER, {2: 5000.0, 4: 20000.0}),
    Option("maxHttpBufferSize", Side.SERVER, {2: 1e8, 3: 1e6}),
    Option("upgradeTimeout", Side.SERVER, {2: 10000.0}),
    Option("connectTimeout", Side.SERVER, {3: 45000.0}),
    Option("transports", Side.SERVER, {}),
    Option("connectionStateRecovery", Side.SERVER, {}),
    Option("allowEIO3", Side.SERVER, {}),
    Option("perMessageDeflate", Side.SERVER, {}),
    Option("reconnection", Side.CLIENT, {2: True}),
    Option("reconnectionDelay", Side.CLIENT, {2: 1000.0}),
    Option("reconnectionDelayMax", Side.CLIENT, {2: 5000.0}),
    Option("reconnectionAttempts", Side.CLIENT, {2: "Infinity"}),
    Option("randomizationFactor", Side.CLIENT, {}),
    Option("timeout", Side.CLIENT, {2: 20000.0}),
    Option("transports", Side.CLIENT, {}),
    Option("upgrade", Side.CLIENT, {}),
    Option("forceNew", Side.CLIENT, {}),
    Option("retries", Side.CLIENT, {}),
    Option("ackTimeout", Side.CLIENT, {}),
)
PYTHON_NAMES: Final = {
    "pingInterval": "ping_interval", "pingTimeout": "ping_timeout", "maxHttpBufferSize": "max_http_buffer_size",
    "transports": "transports", "reconnection": "reconnection", "reconnectionDelay": "reconnection_delay",
    "reconnectionDelayMax": "reconnection_delay_max", "reconnectionAttempts": "reconnection_attempts",
    "randomizationFactor": "randomization_factor",
}  # fmt: skip
PYTHON_SECONDS: Final = frozenset({"pingInterval", "pingTimeout", "reconnectionDelay", "reconnectionDelayMax"})
MAJOR: Final = re.compile(r"(\d+)")


class Proxy(NamedTuple):
    """How a product writes its timeouts: which files are its own, and what a line with one looks like."""

    product: str
    files: re.Pattern[bytes]
    line: re.Pattern[bytes]


PROXIES: Final = (
    Proxy(
        "nginx",
        re.compile(rb"proxy_pass|server\s*\{|upstream\s+\w+\s*\{"),
        re.compile(rb"(?m)^[ \t]*(proxy_(?:read|send|connect)_timeout|keepalive_timeout|client_max_body_size)[ \t]+"
            rb"([^;\n]+);"),
    ),
    Proxy(
        "ingress-nginx",
        re.compile(rb"nginx\.ingress\.kubernetes\.io/"),
        re.compile(
            rb"(?m)^[ \t]*nginx\.ingress\.kubernetes\.io/(proxy-(?:read|send|connect)-timeout|proxy-body-size|affinity)"
            rb"[ \t]*:[ \t]*[\"']?([^\"'\n#]+)"
        ),
    ),
    Proxy(
        "HAProxy",
        re.compile(rb"(?m)^(?:frontend|backend|defaults|listen)\b"),
        re.compile(rb"(?m)^[ \t]*(timeout (?:client|server|tunnel|connect|http-keep-alive))[ \t]+(\S+)"),
    ),
    Proxy(
        "Caddy",
        re.compile(rb"reverse_proxy"),
        re.compile(rb"(?m)^[ \t]*((?:read|write|dial|response_header|keepalive)(?:_timeout)?|stream_timeout)"
            rb"[ \t]+(\d\S*)"),
    ),
    Proxy(
        "Traefik",
        re.compile(rb"respondingTimeouts|forwardingTimeouts"),
        re.compile(rb"(?m)^[ \t]*(readTimeout|writeTimeout|idleTimeout|idleConnTimeout|responseHeaderTimeout)"
            rb"[ \t]*[:=][ \t]*[\"']?([^\"'\n#]+)"),
    ),
)  # fmt: skip


def find_settings(survey: Survey) -> tuple[Setting, ...]:
    """All settings, in the order of their places."""
    sources = [file for file in survey.application.tree.sources if OF_INTEREST.search(file.data)]
    files = [file for file in sources if not is_test(file.way)]
    survey.application.load(files)
    reader = _Reader(survey)
    found = [row for file in files if (module := survey.application.module(file.path)) for row in reader.read(module)]
    proxies = [row for file in survey.application.tree.configurations for row in read_proxy(file)]
    return tuple(sorted({*found, *proxies}, key=lambda row: (row.file, row.line, row.name)))


@dataclass(frozen=True, slots=True)
class _Reader:
    survey: Survey

    def read(self, module: Module) -> Iterator[Setting]:
        """The settings of every server and client that a module makes."""
        libraries = {Side.SERVER: SERVER, Side.CLIENT: CLIENT}
        for side, pattern in libraries.items():
            makers = find_library_names(module, PYTHON if module.is_python else pattern)
            for call in module.calls if makers else ():
                if _makes(called_chain(call), makers, side, is_python=module.is_python):
                    yield from self._read_call(module, call, side)

    def _read_call(self, module: Module, call: Node, side: Side) -> Iterator[Setting]:
        given = self._given(module, call)
        major = find_major(self.survey, module.file, "socket.io" if side is Side.SERVER else "socket.io-client")
        for option in OPTIONS:
            if option.side is not side:
                continue
            name = PYTHON_NAMES.get(option.name) if module.is_python else option.name
            if name is None:
                continue
            if name in given:
                yield from self._write(given[name], option, module, name)
            elif (default := find_default(option, 4 if module.is_python else major)) is not None:
                is_seconds = module.is_python and option.name in PYTHON_SECONDS and isinstance(default, float)
                value = float(default) / 1000 if is_seconds else default
                yield Setting(name, value, default=True, side=side, file=module.file.path, line=line_of(call))

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

    def _spread(self, module: Module, node: Node, found: dict[str, Definition]) -> None:
        for part in (child.named_children[0] for child in node.named_children if child.type == "spread_element"):
            for whole in self.survey.values.names.find(module, part):
                if whole.node is not None and whole.node.type in OBJECTS:
                    for name, value in entries_of(whole.node).items():
                        found.setdefault(name, Definition(whole.module, value, whole.is_guess))

    def _write(self, given: Definition, option: Option, module: Module, name: str) -> Iterator[Setting]:
        node = given.node
        if node is None:
            return
        value = self.survey.values.fold(given.module, node)
        constant: Constant | None = write_short(node) if node.type in ("array", "list", *OBJECTS) else None
        is_guess = given.is_guess
        if value is not None:
            constant, is_guess = value.constant, is_guess or value.is_guess
        if constant is None:
            return
        if isinstance(constant, float) and constant == float("inf"):
            constant = "Infinity"
        path, line, text = given.module.file.path, line_of(node), write_short(node)
        yield Setting(name, constant, default=False, side=option.side, file=path, line=line, expression=text,
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


def find_default(option: Option, major: int | None) -> Constant | None:
    """The default of an option in a version; None where the version is not known, or has none."""
    known = [value for first, value in option.defaults.items() if major is not None and first <= major]
    return known[-1] if known else None


def find_major(survey: Survey, file: SourceFile, package: str) -> int | None:
    """The major version of a package that the nearest package.json above a file asks for."""
    manifests = {
        one.path.rpartition("/")[0]: one for one in survey.application.tree.configurations if one.name == "package.json"
    }
    folder = file.path.rpartition("/")[0]
    while folder:
        version = _asked(manifests[folder], package) if folder in manifests else None
        if version is not None and (match := MAJOR.search(version)):
            return int(match[1])
        folder = folder.rpartition("/")[0]
    return None


def _asked(manifest: SourceFile, package: str) -> str | None:
    try:
        whole = json.loads(manifest.data)
    except (ValueError, RecursionError):
        return None
    for key in ("dependencies", "devDependencies", "peerDependencies") if isinstance(whole, dict) else ():
        rows = whole.get(key)
        if isinstance(rows, dict) and isinstance(version := rows.get(package), str):
            return version
    return None


def read_proxy(file: SourceFile) -> Iterator[Setting]:
    """The timeouts of a proxy's configuration, as they are written."""
    for proxy in PROXIES:
        if not proxy.files.search(file.data):
            continue
        for match in proxy.line.finditer(file.data):
            name, value = (part.decode("utf-8", "replace").strip() for part in match.groups())
            line = file.data.count(b"\n", 0, match.start(1)) + 1
            yield Setting(
                name,
                value,
                default=False,
                side=None,
                file=file.path,
                line=line,
                expression=value,
                product=proxy.product,
            )


def feed(settings: tuple[Setting, ...], name: str) -> float | None:
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
