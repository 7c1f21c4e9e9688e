"""Timers: intervals, timeouts that set themselves anew, loops that sleep, cron jobs; in seconds, with what they run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.codebase.schedules import read_cron
from logdiag.codebase.timer_wrappers import list_uses
from logdiag.codebase.trees.modules import Function, Module
from logdiag.codebase.trees.syntax import (
    FUNCTIONS,
    LOOPS,
    OBJECTS,
    argument,
    arguments_of,
    called_chain,
    enclosing,
    entries_of,
    line_of,
    unwrap,
    write_short,
)
from logdiag.codebase.trees.values import Values
from logdiag.results.code import CodeTimerKind

if TYPE_CHECKING:
    from tree_sitter import Node

OF_INTEREST: Final = (
    b"setInterval", b"setTimeout", b"Cron", b"cron", b"scheduleJob", b"@Interval", b"IntervalJob", b".every(",
    b"sleep(", b"delay(", b"Timer(", b"call_later", b"add_job", b"scheduled_job",
)  # fmt: skip
SLEEPS: Final = frozenset({"sleep", "delay", "wait"})
CRONS: Final = frozenset({"schedule", "scheduleJob", "CronJob", "Cron", "cron"})
TIMED: Final = SLEEPS | CRONS | {
    "setInterval", "setTimeout", "Interval", "SimpleIntervalJob", "LongIntervalJob", "add_job", "scheduled_job",
    "Timer", "call_later",
}  # fmt: skip
SHORTEST_S: Final = 0.05  # what comes again faster paces a program, it ends no connection
LONGEST_S: Final = 7 * 86400.0
UNITS_S: Final = {"milliseconds": 1e-3, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0}


class FoundTimer(NamedTuple):
    """A timer as it stands in the code, before anything is known of what its callback reaches."""

    module: Module
    node: Node
    kind: CodeTimerKind
    seconds: float
    expression: str
    is_guess: bool
    callbacks: tuple[Function, ...]

    @property
    def line(self) -> int:
        """The line of the call."""
        return line_of(self.node)


@dataclass(frozen=True, slots=True)
class Timers:
    """Finds timers in a module."""

    values: Values

    def find(self, module: Module) -> Iterator[FoundTimer]:
        """The timers of a module whose interval is known, in the order of the text."""
        names = [name for name in module.called if name in TIMED]
        calls = (call for name in names for call in module.called[name])
        for call in sorted(calls, key=lambda one: one.start_byte):
            alone = self._read(module, call)
            for found in self._read_uses(module, call) or ([] if alone is None else [alone]):
                if SHORTEST_S <= found.seconds <= LONGEST_S:
                    yield found

    def _read_uses(self, module: Module, call: Node) -> list[FoundTimer]:
        """The timers that an interval within a wrapper is, one a call of that."""
        if called_chain(call)[-1] != "setInterval":
            return []
        return [
            FoundTimer(use.module, use.call, CodeTimerKind.INTERVAL, (use.value.number or 0.0) * 1e-3, use.expression,
                       use.value.is_guess, self._functions(use.module, use.callback))
            for use in list_uses(self.values, module, argument(call, 0), argument(call, 1))
        ]  # fmt: skip

    def _read(self, module: Module, call: Node) -> FoundTimer | None:
        chain = called_chain(call)
        match chain[-1]:
            case "setInterval" if chain[:-1] in ((), ("window",), ("global",), ("globalThis",)):
                return self._timed(module, call, CodeTimerKind.INTERVAL, argument(call, 0), argument(call, 1))
            case "setTimeout" if len(chain) == 1:
                return self._rearmed(module, call, argument(call, 0), argument(call, 1))
            case "Timer" | "call_later" if module.is_python:  # in seconds, the delay first
                return self._rearmed(module, call, argument(call, 1), argument(call, 0), 1.0)
            case name if name in SLEEPS:
                return self._sleeping(module, call, chain)
            case name if name in CRONS:
                return self._scheduled(module, call)
            case "Interval":
                return self._decorated(module, call)
            case "SimpleIntervalJob" | "LongIntervalJob" | "add_job" | "scheduled_job":
                return self._in_units(module, call)
        return None

    def _timed(
        self,
        module: Module,
        call: Node,
        kind: CodeTimerKind,
        callback: Node | None,
        delay: Node | None,
        unit_s: float = 1e-3,
    ) -> FoundTimer | None:
        value = None if delay is None else self.values.fold_number(module, delay)
        if value is None or value.number is None or delay is None:
            return None
        runs = () if callback is None else self._functions(module, callback)
        return FoundTimer(module, call, kind, value.number * unit_s, write_short(delay), value.is_guess, runs)

    def _functions(self, module: Module, callback: Node) -> tuple[Function, ...]:
        return tuple(function for function, _ in self.values.names.find_functions(module, callback))

    def _rearmed(
        self, module: Module, call: Node, callback: Node | None, delay: Node | None, unit_s: float = 1e-3
    ) -> FoundTimer | None:
        """A timeout whose callback sets it anew, or a pause in a loop."""
        around = module.function_at(call)
        if callback is None or around is None:
            return None
        if _is_pause(call, around):
            loop = enclosing(call, LOOPS)
            owner = None if loop is None else module.function_at(loop)
            return self._looped(module, call, delay, owner, unit_s)
        runs = self._functions(module, callback)
        holders = {id(one) for one in _around(around)}
        named = {one.name for one in _around(around) if one.name}
        again = any(id(run) in holders for run in runs) or any(
            called_chain(inner)[-1] in named for run in runs if run.node.type in FUNCTIONS for inner in run.calls
        )
        return self._timed(module, call, CodeTimerKind.REARMED, callback, delay, unit_s) if again else None

    def _sleeping(self, module: Module, call: Node, chain: tuple[str, ...]) -> FoundTimer | None:
        """`while (running) { …; await sleep(30000) }`; Python sleeps in seconds."""
        loop = enclosing(call, LOOPS)
        owner = module.function_at(call)
        if loop is None or owner is None or loop.start_byte < owner.node.start_byte:
            return None
        in_seconds = module.is_python and chain[0] != "page"
        return self._looped(module, call, argument(call, 0), owner, 1.0 if in_seconds else 1e-3)

    def _looped(
        self, module: Module, call: Node, delay: Node | None, owner: Function | None, unit_s: float
    ) -> FoundTimer | None:
        loop = enclosing(call, LOOPS)
        if (
            owner is None
            or delay is None
            or loop is None
            or loop.type not in ("while_statement", "do_statement", "for_statement")
        ):
            return None
        if loop.type == "for_statement" and not _is_endless(loop):
            return None
        found = self._timed(module, call, CodeTimerKind.LOOP, None, delay, unit_s)
        return None if found is None else found._replace(callbacks=(owner,))

    def _scheduled(self, module: Module, call: Node) -> FoundTimer | None:
        first = argument(call, 0)
        if first is None:
            return None
        entries = entries_of(first) if first.type in OBJECTS else {}
        timing = entries.get("cronTime", first)
        callback = entries.get("onTick", argument(call, 1))
        value = self.values.fold(module, timing)
        seconds = read_cron(value.constant) if value is not None and isinstance(value.constant, str) else None
        if value is None or seconds is None:
            return None
        runs = self._functions(module, callback) if callback is not None else _decorated_function(module, call)
        return FoundTimer(module, call, CodeTimerKind.CRON, seconds, write_short(timing), value.is_guess, runs)

    def _decorated(self, module: Module, call: Node) -> FoundTimer | None:
        """`@Interval(30000)` over a method, with or without a name before the number."""
        delay = argument(call, 1) or argument(call, 0)
        found = self._timed(module, call, CodeTimerKind.INTERVAL, None, delay)
        runs = _decorated_function(module, call)
        return found._replace(callbacks=runs) if found is not None and runs else None

    def _in_units(self, module: Module, call: Node) -> FoundTimer | None:
        """`{ seconds: 30 }` of a scheduler, or `seconds=30`."""
        rows = {item.name: item.value for item in arguments_of(call) if item.name}
        first = argument(call, 0)
        rows |= entries_of(first) if first is not None and first.type in OBJECTS else {}
        for unit, unit_s in UNITS_S.items():
            if unit in rows:
                callback = argument(call, 0) if module.is_python else argument(call, 1)
                found = self._timed(module, call, CodeTimerKind.INTERVAL, callback, unwrap(rows[unit]), unit_s)
                runs = _decorated_function(module, call)
                return found._replace(callbacks=runs) if found is not None and runs else found
        return None


def _around(function: Function) -> Iterator[Function]:
    found: Function | None = function
    while found is not None:
        yield found
        found = found.around


def _is_pause(call: Node, around: Function) -> bool:
    """Whether a timeout only resolves a promise: `new Promise(r => setTimeout(r, 1000))`."""
    outer = around.node.parent
    maker = None if outer is None else outer.parent
    return maker is not None and maker.type == "new_expression" and called_chain(maker) == ("Promise",) and bool(call)


def _is_endless(loop: Node) -> bool:
    condition = loop.child_by_field_name("condition")
    return condition is not None and condition.type == "empty_statement"


def _decorated_function(module: Module, call: Node) -> tuple[Function, ...]:
    """The method below a decorator."""
    decorator = call.parent
    if decorator is None or decorator.type != "decorator":
        return ()
    below = decorator.next_named_sibling
    while below is not None and below.type == "decorator":
        below = below.next_named_sibling
    holder = decorator.parent
    for node in (below, holder):
        if node is not None and node.id in module.by_node:
            return (module.by_node[node.id],)
    return ()
