"""The static call graph, as far as names lead: whether a function reaches the socket, by which way, what it logs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.codebase.sockets import SocketFinder
from logdiag.codebase.trees.elements import MOST_DEFINERS, find_collection, is_of
from logdiag.codebase.trees.modules import Function, Module
from logdiag.codebase.trees.names import MOST_NAMESAKES, Names
from logdiag.codebase.trees.syntax import (
    argument,
    arguments_of,
    called_chain,
    callee_of,
    read_string,
)
from logdiag.results.code import CallStep

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_VISITED: Final = 400  # functions on the ways from one timer
REGISTERS: Final = frozenset({
    "on", "once", "addListener", "addEventListener", "prependListener", "setInterval", "use", "subscribe",
})  # fmt: skip
# Too common to follow by their name alone, whoever's method they are.
COMMON: Final = frozenset({
    "get", "set", "has", "add", "delete", "remove", "clear", "on", "once", "off", "emit", "send", "push", "pop", "map",
    "filter", "forEach", "reduce", "find", "some", "every", "then", "catch", "finally", "log", "info", "warn", "error",
    "debug", "start", "stop", "init", "run", "update", "close", "open", "connect", "call", "apply", "bind", "toString",
    "join", "keys", "values", "entries", "resolve", "reject", "next", "test", "exec", "replace", "create", "load",
    "save", "query", "end", "write", "read", "reset", "all", "slice", "splice", "includes", "append", "items", "format",
    "execute", "publish", "handle",
})  # fmt: skip


class Reach(NamedTuple):
    """What a call chain does to a socket in the end, and the functions on the way."""

    does: str
    way: tuple[CallStep, ...]
    has_guess: bool


@dataclass(slots=True)
class CallGraph:
    """Follows calls, one function at a time."""

    names: Names
    _edges: dict[int, list[tuple[Function, bool]]] = field(default_factory=dict)
    _parsed_count: int = 0
    sockets: SocketFinder = field(init=False)

    def __post_init__(self) -> None:
        self.sockets = SocketFinder(self.names)

    def body_calls(self, function: Function) -> Iterator[Node]:
        """The calls that a function makes, those of its inline callbacks among them, but not of handlers."""
        yield from function.calls
        for inner in function.inner:
            if is_inline(inner):
                yield from self.body_calls(inner)

    def walk(self, start: Function, most_steps: int = MOST_VISITED) -> Iterator[tuple[Function, tuple[CallStep, ...]]]:
        """All functions that a function reaches, itself first, nearest first, each with the way of so many at most."""
        if self._parsed_count != self.names.application.generation:  # what was parsed since may lead on
            self._edges.clear()
            self._parsed_count = self.names.application.generation
        queue: deque[tuple[Function, tuple[CallStep, ...]]] = deque([(start, (step_of(start, is_guess=False),))])
        seen = {id(start)}
        while queue and len(seen) <= MOST_VISITED:
            function, way = queue.popleft()
            yield function, way
            for callee, is_guess in self._called(function) if len(way) < most_steps else ():
                if id(callee) not in seen:
                    seen.add(id(callee))
                    queue.append((callee, (*way, step_of(callee, is_guess=is_guess))))

    def find_reach(self, start: Function) -> Reach | None:
        """The shortest way to the socket, one without guesses before one with them."""
        guessed: Reach | None = None
        for function, way in self.walk(start):
            does = next(
                (verb for call in self.body_calls(function) if (verb := self.sockets.verb(function.module, call))), None
            )
            if does is None:
                continue
            has_guess = any(step.is_guess for step in way)
            if not has_guess:
                return Reach(does, way, has_guess=False)
            guessed = guessed or Reach(does, way, has_guess=True)
        return guessed

    def _called(self, function: Function) -> list[tuple[Function, bool]]:
        found = self._edges.get(id(function))
        if found is None:
            self._edges[id(function)] = found = list(self._find_called(function))
        return found

    def _find_called(self, function: Function) -> Iterator[tuple[Function, bool]]:
        for call in self.body_calls(function):
            yield from self.find_callees(function.module, call)
            yield from self._handed_on(function.module, call)

    def find_callees(self, module: Module, call: Node) -> list[tuple[Function, bool]]:
        """The functions that a call may run; by its last name alone where nothing else leads there."""
        callee, chain = callee_of(call), called_chain(call)
        if callee is None or not chain[-1]:
            return []
        found = self.names.find_functions(module, callee)
        if (
            found
            or chain[-1] in COMMON
            or len(chain) == 1
            or chain[0] in ("console", "Math", "JSON", "Object", "process")
        ):
            return (
                found + self._heard(module, call, chain) + ([] if found else self._of_elements(module, call, chain[-1]))
            )
        named = self.names.application.functions_named(chain[-1], most=MOST_NAMESAKES)
        methods = [one for one in named if one.class_name or one.node.type == "method_definition"]
        likely = [one for one in methods if _is_like(chain, one)] or methods
        return [(one, True) for one in likely] if len(likely) <= MOST_NAMESAKES else []

    def _of_elements(self, module: Module, call: Node, name: str) -> list[tuple[Function, bool]]:
        """The methods of what a collection holds, where a class is named as its elements are."""
        collection = find_collection(module, call)
        named = self.names.application.functions_named(name, most=MOST_DEFINERS) if collection else []
        likely = [(one, True) for one in named if is_of(one, collection)]
        return likely if len(likely) <= MOST_NAMESAKES else []

    def _heard(self, module: Module, call: Node, chain: tuple[str, ...]) -> list[tuple[Function, bool]]:
        """The handlers of an event that an object of the application emits (no socket's)."""
        if chain[-1] != "emit" or self.sockets.verb(module, call):
            return []
        first = argument(call, 0)
        event = None if first is None else read_string(first)
        if event is None:
            return []
        handlers: list[tuple[Function, bool]] = []
        for other, hearing in self.names.application.hearings_of(event):
            handler = argument(hearing, 1)
            if handler is not None and not self.sockets.is_socket(other, hearing):
                handlers += [(function, True) for function, _ in self.names.find_functions(other, handler)]
        return handlers if len(handlers) <= MOST_NAMESAKES else []

    def _handed_on(self, module: Module, call: Node) -> Iterator[tuple[Function, bool]]:
        """Functions handed to a call by name, which it will run: `items.forEach(this.push)`."""
        if called_chain(call)[-1] in REGISTERS:
            return
        for item in arguments_of(call):
            if item.value.type in ("member_expression", "attribute") or (
                item.value.type == "identifier"
                and called_chain(call)[-1] in ("setTimeout", "setImmediate", "nextTick", "then")
            ):
                yield from self.names.find_functions(module, item.value)


def step_of(function: Function, *, is_guess: bool) -> CallStep:
    """A function as a step of a way."""
    return CallStep(function.label, function.module.file.path, function.line, is_guess)


def is_inline(function: Function) -> bool:
    """Whether a function without a name runs as part of the one around it, not as a handler of something."""
    if function.name and function.node.parent is not None and function.node.parent.type != "arguments":
        return False
    around = function.node.parent
    call = None if around is None else around.parent
    if call is None or around is None or around.type not in ("arguments", "argument_list"):
        return around is not None and around.type in ("parenthesized_expression", "arrow_function", "await_expression")
    chain = called_chain(call)
    return not chain or chain[-1] not in REGISTERS


def _is_like(chain: tuple[str, ...], function: Function) -> bool:
    """Whether the receiver is named like the class: `this.dataPusher.push` and `class DataPusher`."""
    owner = (
        (function.class_name or function.module.file.name.partition(".")[0]).lower().replace("-", "").replace("_", "")
    )
    receiver = next((name for name in reversed(chain[:-1]) if name), "").lower().replace("_", "")
    return bool(receiver) and (receiver in owner or owner in receiver)
