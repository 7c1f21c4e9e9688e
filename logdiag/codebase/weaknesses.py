"""Places at which a push can be lost: what sends, what gives up, what says "sent" without knowing it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.codebase.calls import COMMON, is_inline
from logdiag.codebase.emits import event_of, is_emit, is_sign_of_life
from logdiag.codebase.guards import Guard, read_guard
from logdiag.codebase.outcomes import (
    FAILURE,
    SENDING,
    SUCCESS,
    THROWING,
    keeps,
    list_logged,
    list_next_logs,
    list_thrown,
    only_logs,
    rejects,
)
from logdiag.codebase.queues import find_cleared_queue, find_queue_loop, list_queues_around, puts_back
from logdiag.codebase.sockets import SENDS, SOCKET_WORDS, split_words
from logdiag.codebase.survey import Survey
from logdiag.codebase.trees.modules import Function, Module
from logdiag.codebase.trees.syntax import (
    CALLS,
    FUNCTIONS,
    argument,
    arguments_of,
    called_chain,
    chain_of,
    contains,
    descend,
    end_line_of,
    line_of,
    parameters_of,
    pattern_of,
    text_of,
)
from logdiag.codebase.trees.tree import holds_any, is_test
from logdiag.results.code import WeaknessKind

if TYPE_CHECKING:
    from tree_sitter import Node

# What a file that sends over a socket has in it, read from bytes: only such files are parsed.
OF_INTEREST: Final = (
    b".emit(", b".emitWithAck(", b".send(", b".write(", b"'connect'", b'"connect"', b"'connection'", b'"connection"',
    b"'reconnect'", b'"reconnect"',
)  # fmt: skip
SOCKETS: Final = (b"ocket", b"io.", b"ws.", b"WS")
MOST_NAMES: Final = 300  # of functions whose callers are looked for
MOST_STEPS: Final = 3  # calls between a place that catches and the send that throws

CONNECTS: Final = frozenset({"connect", "connection", "reconnect"})
UNDOES: Final = frozenset({"off", "removeListener", "removeAllListeners", "removeEventListener"})
ADDS: Final = frozenset({"on", "addListener", "addEventListener"})


class FoundWeakness(NamedTuple):
    """A weak place. `thrown` and `written`: the texts of its errors and logger calls, by which log lines lead to it."""

    module: Module
    kind: WeaknessKind
    node: Node
    end_line: int
    function: Function | None
    thrown: tuple[tuple[str | None, ...], ...] = ()
    written: tuple[tuple[str | None, ...], ...] = ()
    guard: Guard | None = None
    send: Node | None = None

    @property
    def line(self) -> int:
        """The line on which it begins."""
        return line_of(self.node)

    @property
    def label(self) -> str:
        """The function that it stands in."""
        return self.module.file.name if self.function is None else self.function.label


@dataclass(slots=True)
class Weaknesses:
    """Finds weak places; modules are looked at one by one, then the callers of what was found."""

    survey: Survey
    _throwers: dict[int, bool] = field(default_factory=dict)
    _bare: dict[int, bool] = field(default_factory=dict)
    _handlers: list[Function] = field(default_factory=list)
    _emits: dict[str, list[Node]] = field(default_factory=dict)

    def find(self) -> list[FoundWeakness]:
        """All weak places in the order of files and lines."""
        application = self.survey.application
        files = [file for file in application.tree.sources if _is_of_interest(file.data) and not is_test(file.way)]
        application.load(files)
        paths = {file.path for file in files}
        modules = [module for module in application.modules if module.file.path in paths]
        found = [weak for module in modules for weak in self._of_module(module)]
        self._throwers = {id(one.function): True for one in found if one.kind is WeaknessKind.THROWS_WHEN_DOWN}
        found += [*self._resent(modules), *self._of_callers()]
        return sorted(found, key=lambda weak: (weak.module.file.path, weak.line, weak.kind))

    def _of_module(self, module: Module) -> Iterator[FoundWeakness]:
        for node in module.ifs:
            yield from self._guarded(module, node)
        for call in self._bare_emits(module):
            if (function := module.function_at(call)) is not None:
                yield from self._claims_success(function, call)
        for function in self._find_flushers(module):
            yield from self._cleared(function)
        for call in (one for name in sorted(ADDS) for one in module.called.get(name, ())):
            if len(called_chain(call)) > 1 and event_of(call) in CONNECTS:
                yield from self._at_connect(module, call)

    # A send that gives up when the socket is down

    def _guarded(self, module: Module, node: Node) -> Iterator[FoundWeakness]:
        guard = read_guard(node.child_by_field_name("condition"))
        function = module.function_at(node)
        if guard is None or function is None:
            return
        then, other = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        down, up = (then, other) if guard.is_down else (other, then)
        sends = [call for call in self._sends(function) if self._belongs(module, call, guard)]
        inside = [call for call in sends if up is not None and contains(up, call)]
        after = [call for call in sends if call.start_byte >= node.end_byte]
        is_sent = bool(inside) or (bool(after) and guard.is_down)
        kind = self._gives_up(function, node, down, sends_inside=bool(inside)) if is_sent else None
        if kind is None or is_sign_of_life(function, [*inside, *after]):
            return
        yield FoundWeakness(
            module, kind, node, end_line_of(node), function, list_thrown(down), list_logged(down), guard,
            (inside or after)[0],
        )  # fmt: skip

    def _gives_up(
        self, function: Function, node: Node, down: Node | None, *, sends_inside: bool
    ) -> WeaknessKind | None:
        """In which way a function gives up where the socket is down; None where it keeps the message, or goes on."""
        if down is None:  # `if (connected) emit`, and nothing else is done with the message anywhere
            others = [call for call in self._calls(function) if not contains(node, call)]
            is_kept = any(keeps(call) for call in others)
            return None if is_kept else WeaknessKind.RETURNS_WHEN_DOWN
        below = list(descend(down, FUNCTIONS))
        if any(keeps(one) for one in below if one.type in CALLS):
            return None
        if any(one.type in THROWING or rejects(one) for one in below):
            return WeaknessKind.THROWS_WHEN_DOWN
        leaves = any(one.type == "return_statement" for one in below)
        return WeaknessKind.RETURNS_WHEN_DOWN if leaves or sends_inside else None

    def _calls(self, function: Function) -> list[Node]:
        return list(self.survey.graph.body_calls(function))

    def _sends(self, function: Function) -> list[Node]:
        """The calls of a function that hand something to a socket, or to whatever is asked whether it is connected."""
        return [call for call in self._calls(function) if called_chain(call)[-1] in SENDS]

    def _belongs(self, module: Module, call: Node, guard: Guard) -> bool:
        """Whether a send is one over the connection that was asked for."""
        receiver = tuple(name for name in called_chain(call)[:-1] if name not in ("this", "self", ""))
        is_socket = self.survey.graph.sockets.verb(module, call) is not None
        if not guard.receiver:
            return is_socket
        if receiver[: len(guard.receiver)] == guard.receiver:
            return is_socket or any(split_words(name) & SOCKET_WORDS for name in guard.receiver) or is_emit(call)
        if receiver and guard.receiver[: len(receiver)] == receiver and is_emit(call):
            # `bridge.socket.connected` is asked, `bridge.emit(…)` sends: the bridge holds the socket
            return any(split_words(name) & SOCKET_WORDS for name in guard.receiver[len(receiver) :])
        return is_socket and any(split_words(name) & SOCKET_WORDS for name in guard.receiver)

    # Success that nobody confirmed

    def _bare_emits(self, module: Module) -> list[Node]:
        """The calls of a module that emit over a socket and ask for no acknowledgement."""
        found = self._emits.get(module.file.path)
        if found is None:
            calls = sorted(
                (*module.called.get("emit", ()), *module.called.get("send", ())), key=lambda one: one.start_byte
            )
            self._emits[module.file.path] = found = [one for one in calls if self._is_bare_emit(module, one)]
            for function in (module.function_at(one) for one in found):
                if function is not None:
                    self._bare[id(function)] = True
        return found

    def _find_flushers(self, module: Module) -> list[Function]:
        """The functions with such a call in them or in a callback of theirs."""
        found: dict[int, Function] = {}
        for call in self._bare_emits(module):
            function = module.function_at(call)
            while function is not None and is_inline(function) and function.around is not None:
                function = function.around
            if function is not None:
                found[id(function)] = function
        return list(found.values())

    def _is_bare_emit(self, module: Module, call: Node) -> bool:
        """Whether a call emits over a socket and asks for no acknowledgement."""
        chain = called_chain(call)
        if len(chain) < 2 or chain[-1] not in ("emit", "send") or "volatile" in chain:
            return False
        if self.survey.graph.sockets.verb(module, call) is None:
            return False
        last = arguments_of(call)[-1:]
        is_heard = bool(last) and (last[0].value.type in FUNCTIONS or last[0].name == "callback")
        if last and last[0].value.type in ("identifier", "member_expression") and len(arguments_of(call)) > 1:
            names = chain_of(last[0].value)
            is_heard = re.search(r"(?i)^(ack|cb|callback|done|resolve|next)|(Ack|Callback)$", names[-1]) is not None
        return not is_heard

    def _claims_success(self, function: Function, call: Node) -> Iterator[FoundWeakness]:
        for said in list_next_logs(call):
            text = "".join(part or " " for part in said.parts)
            if said.level not in ("warn", "warning", "error", "fatal") and SUCCESS.search(text):
                if not FAILURE.search(text):
                    yield FoundWeakness(
                        function.module, WeaknessKind.UNACKNOWLEDGED, call, end_line_of(said.node), function,
                        written=(said.parts,), send=call,
                    )  # fmt: skip
                return

    # Queues

    def _cleared(self, function: Function) -> Iterator[FoundWeakness]:
        if is_inline(function):
            return
        calls = self._calls(function)
        sends = [call for call in calls if self._is_bare_emit(function.module, call)]
        queues = {name for call in sends for name in list_queues_around(function, call)}
        if not queues or any(puts_back(call, queues) for call in calls):
            return
        for node in descend(function.node):
            name = find_cleared_queue(node)
            if name in queues:
                yield FoundWeakness(
                    function.module, WeaknessKind.CLEARED_EARLY, node, end_line_of(node), function, send=sends[0]
                )
                return

    # What is done at every connect

    def _at_connect(self, module: Module, hearing: Node) -> Iterator[FoundWeakness]:
        handler = argument(hearing, 1)
        handlers = [] if handler is None else self.survey.values.names.find_functions(module, handler)
        for function, is_guess in handlers:
            if not is_guess:
                yield from self._pile_up(function, hearing)
                self._handlers.append(function)

    def _pile_up(self, function: Function, hearing: Node) -> Iterator[FoundWeakness]:
        """Listeners that a connect handler adds to what lives longer than the connection."""
        module = function.module
        calls = self._calls(function)
        if any(called_chain(call)[-1] in UNDOES for call in calls):
            return
        own = {text_of(pattern_of(parameter)) for parameter in parameters_of(function.node)} | _bound_in(function)
        for call in calls:
            chain = called_chain(call)
            first = next((name for name in chain if name not in ("this", "self")), "")
            if chain[-1] in ADDS and len(chain) > 1 and first not in own and first and event_of(call) is not None:
                if _is_made_here(module, chain, function):
                    continue
                yield FoundWeakness(module, WeaknessKind.LISTENERS_PILE_UP, call, end_line_of(call), function)

    def _list_resends(self, modules: Iterable[Module]) -> dict[int, FoundWeakness]:
        """The functions that send in a loop what has waited, whoever calls them: by identity."""
        found: dict[int, FoundWeakness] = {}
        for module in modules:
            for call in (one for name in sorted(SENDS & module.called.keys()) for one in module.called[name]):
                function = module.function_at(call)
                while function is not None and is_inline(function) and function.around is not None:
                    function = function.around
                loop = None if function is None else find_queue_loop(function, call)
                if function is not None and loop is not None and self.survey.graph.sockets.verb(module, call):
                    found[id(function)] = FoundWeakness(
                        module, WeaknessKind.RESENDS_AT_ONCE, loop, end_line_of(loop), function, send=call
                    )
        return found

    def _resent(self, modules: Iterable[Module]) -> Iterator[FoundWeakness]:
        """Those of them that a connect handler is, or runs at once."""
        resends = self._list_resends(modules)
        seen: set[int] = set()
        for handler in self._handlers if resends else ():
            for reached, way in self.survey.graph.walk(handler, MOST_STEPS):
                is_sure = not any(step.is_guess for step in way)
                if is_sure and id(reached) in resends and id(reached) not in seen:
                    seen.add(id(reached))
                    yield resends[id(reached)]

    # Callers of sends that throw, or that nobody acknowledges

    def _of_callers(self) -> Iterator[FoundWeakness]:
        application = self.survey.application
        names = self._names_of_senders()
        words = tuple(f"{name}(".encode() for name in sorted(names))
        sources = [file for file in application.tree.sources if not is_test(file.way)]
        files = [file for file in sources if holds_any(file.data, words)]
        application.load(files)
        for file in files:
            module = application.module(file.path)
            if module is not None:
                yield from self._only_logged(module, names)
                yield from self._trusting(module, names)

    def _names_of_senders(self) -> frozenset[str]:
        """The names of the functions that throw or emit, and of those that call one of these."""
        functions = [
            one for module in self.survey.application.modules for one in module.functions
            if one.name and one.name not in COMMON and (self._throws(one) or self._emits_bare(one))
        ]  # fmt: skip
        return frozenset(sorted({one.name for one in functions})[:MOST_NAMES])

    def _throws(self, function: Function) -> bool:
        return id(function) in self._throwers

    def _emits_bare(self, function: Function) -> bool:
        self._bare_emits(function.module)
        return id(function) in self._bare

    def _callees(self, module: Module, call: Node, names: frozenset[str]) -> list[Function]:
        if called_chain(call)[-1] not in names:
            return []
        return [function for function, _ in self.survey.graph.find_callees(module, call)]

    def _only_logged(self, module: Module, names: frozenset[str]) -> Iterator[FoundWeakness]:
        """Catches of sends that throw, in which nothing but a line is written."""
        for catch in module.catches:
            body = catch.child_by_field_name("body") or (catch.named_children[-1] if catch.named_children else None)
            attempt = None if catch.parent is None else catch.parent.child_by_field_name("body")
            if body is None or attempt is None or not only_logs(body):
                continue
            calls = [one for one in descend(attempt, FUNCTIONS) if one.type in CALLS and called_chain(one)]
            if any(self._throws(one) for call in calls for one in self._callees(module, call, names)):
                yield FoundWeakness(
                    module, WeaknessKind.ONLY_LOGGED, catch, end_line_of(catch), module.function_at(catch),
                    written=list_logged(body),
                )  # fmt: skip

    def _trusting(self, module: Module, names: frozenset[str]) -> Iterator[FoundWeakness]:
        """Success that is logged after a function that emits without acknowledgement."""
        for call in (one for name in sorted(names) for one in module.called.get(name, ())):
            function = module.function_at(call)
            claims = (
                [] if function is None else [one for one in self._claims_success(function, call) if _is_of_sending(one)]
            )
            if claims and any(self._emits_bare(one) for one in self._callees(module, call, names)):
                yield from claims


def find_weaknesses(survey: Survey) -> list[FoundWeakness]:
    """All weak places of the application."""
    return Weaknesses(survey).find()


def _is_of_sending(claim: FoundWeakness) -> bool:
    """Whether the success that is told is one of sending: what a function did besides may succeed as well."""
    return any(SENDING.search("".join(part or " " for part in parts)) for parts in claim.written)


def _is_of_interest(data: bytes) -> bool:
    return holds_any(data, OF_INTEREST) and holds_any(data, SOCKETS)


def _bound_in(function: Function) -> set[str]:
    """The names that a function binds itself, those of its inner functions' parameters among them."""
    names = {name for name, rows in function.module.names.items()
             if any(contains(function.node, row.target) for row in rows)}  # fmt: skip
    for inner in function.inner:
        names |= {text_of(pattern_of(parameter)) for parameter in parameters_of(inner.node)}
    return names


def _is_made_here(module: Module, chain: tuple[str, ...], function: Function) -> bool:
    """Whether the field that is listened to is made anew in the same function: `this.page = …; this.page.on(…)`."""
    return any(contains(function.node, row.target) for name in chain[:-1] for row in module.fields.get(name, ()))
