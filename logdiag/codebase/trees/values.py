"""Constants worked out from expressions: numbers, texts, truth, with a word on whether a run may see another value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from logdiag.codebase.trees.definitions import Definition
from logdiag.codebase.trees.modules import Module
from logdiag.codebase.trees.names import DEEPEST, FALLBACKS, Names
from logdiag.codebase.trees.syntax import (
    MEMBERS,
    NAMES,
    STRINGS,
    argument,
    called_chain,
    chain_of,
    read_string,
    text_of,
    unwrap,
)

if TYPE_CHECKING:
    from tree_sitter import Node

Constant: TypeAlias = "float | bool | str"
ARITHMETIC: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "**": lambda left, right: left**right if abs(right) <= LARGEST_POWER else 0.0,
}
LARGEST_POWER: Final = 64
READ_AS_NUMBER: Final = frozenset({"parseInt", "Number", "parseFloat", "int", "float"})
UNCHANGED: Final = frozenset({"round", "floor", "ceil", "trunc"})
CONSTANTS: Final[Mapping[str, Constant]] = {"true": True, "True": True, "false": False, "False": False,
                                            "Infinity": float("inf")}  # fmt: skip
ENVIRONMENT: Final = (("process", "env"), ("Deno", "env"), ("os", "environ"), ("os", "getenv"), ("import", "meta"))
EQUAL: Final = frozenset({"==", "==="})
UNEQUAL: Final = frozenset({"!=", "!=="})
UNSET: Final = frozenset({"null", "undefined", "none"})
DURATION: Final = re.compile(
    r"(?i)^\s*(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)?\s*$"
)
MS_OF: Final = {"ms": 1.0, "s": 1e3, "m": 60e3, "h": 3600e3, "d": 86400e3}


class Value(NamedTuple):
    """A constant; `is_guess` where a run may see another one."""

    constant: Constant
    is_guess: bool = False

    @property
    def number(self) -> float | None:
        """The constant if it is a finite number or a text that is one."""
        if isinstance(self.constant, bool):
            return None
        try:
            number = float(self.constant)
        except ValueError:
            return None
        return number if abs(number) < float("inf") else None


@dataclass(frozen=True, slots=True)
class Values:
    """Works out constants in an application.

    `given` holds what one call of a function hands in for its parameters, where only that call is asked about.
    """

    names: Names
    given: Mapping[str, Definition] = field(default_factory=dict)

    def fold(self, module: Module, node: Node, depth: int = 0) -> Value | None:
        """The constant that an expression yields; None where it cannot be told from the text."""
        node = unwrap(node)
        if depth > DEEPEST:
            return None
        literal = _read_literal(node)
        if literal is not None:
            return Value(literal)
        match node.type:
            case "binary_expression" | "binary_operator" | "boolean_operator":
                return self._fold_binary(module, node, depth)
            case "unary_expression" | "unary_operator":
                return self._fold_unary(module, node, depth)
            case "ternary_expression" | "conditional_expression":
                return self._fold_choice(module, node, depth)
            case "call_expression" | "call":
                return self._fold_call(module, node, depth)
            case kind if kind in NAMES or kind in MEMBERS:
                return self._fold_name(module, node, depth)
        return None

    def fold_number(self, module: Module, node: Node) -> Value | None:
        """The same, of numbers alone."""
        value = self.fold(module, node)
        return value if value is not None and value.number is not None else None

    def _fold_name(self, module: Module, node: Node, depth: int) -> Value | None:
        if _is_environment(node):
            return self._fold_environment(module, chain_of(node)[-1])
        handed = self.given.get(text_of(node)) if node.type in NAMES else None
        if handed is not None and handed.node is not None:
            return Values(self.names).fold(handed.module, handed.node, depth + 1)
        known: list[Value] = []
        is_open = False  # whether it may also be something that only a run knows
        for found in self.names.find(module, node):
            if found.node is None or found.node.type in UNSET or (found.module is module and found.node.id == node.id):
                continue
            value = self.fold(found.module, found.node, depth + 1)
            if value is None:
                is_open = True
            else:
                known.append(value._replace(is_guess=value.is_guess or found.is_guess))
        if not known:
            return None
        is_open = is_open or len({value.constant for value in known}) > 1
        return known[0]._replace(is_guess=known[0].is_guess or is_open)

    def _fold_environment(self, module: Module, name: str) -> Value | None:
        """What `.env` sets; the surroundings of a run stand above it."""
        text = self.names.application.find_environment(module, name)
        return None if not text else Value(text, is_guess=True)

    def _fold_binary(self, module: Module, node: Node, depth: int) -> Value | None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = text_of(node.child_by_field_name("operator"))
        if left is None or right is None:
            return None
        first, second = self.fold(module, left, depth + 1), self.fold(module, right, depth + 1)
        if operator in FALLBACKS:
            if first is not None and (first.constant or operator == "??"):
                return first
            return None if second is None else second._replace(is_guess=second.is_guess or not _is_literal(left))
        if first is None or second is None or operator not in ARITHMETIC:
            return None
        numbers = first.number, second.number
        if numbers[0] is None or numbers[1] is None or (operator == "/" and numbers[1] == 0):
            return None
        try:
            result = ARITHMETIC[operator](numbers[0], numbers[1])
        except (OverflowError, ZeroDivisionError):
            return None
        return Value(result, first.is_guess or second.is_guess) if isinstance(result, float) else None

    def _fold_unary(self, module: Module, node: Node, depth: int) -> Value | None:
        inner = node.child_by_field_name("argument")
        value = None if inner is None else self.fold(module, inner, depth + 1)
        operator = text_of(node.child_by_field_name("operator"))
        if value is None:
            return None
        if operator == "!":
            return Value(not value.constant, value.is_guess)
        if value.number is None or operator not in ("-", "+"):
            return None
        return Value(-value.number if operator == "-" else value.number, value.is_guess)

    def _fold_choice(self, module: Module, node: Node, depth: int) -> Value | None:
        children = node.named_children
        is_script = node.type == "ternary_expression"
        sides = children[1:] if is_script else children[::2]
        holds = self._compare(module, children[0 if is_script else 1], depth)
        if holds is not None:
            return self.fold(module, sides[0 if holds else 1], depth + 1)
        found = [value for side in sides if (value := self.fold(module, side, depth + 1)) is not None]
        return found[-1]._replace(is_guess=True) if found else None

    def _compare(self, module: Module, node: Node, depth: int) -> bool | None:
        """Whether two constants are the same, `unit === 'seconds'`; None where that cannot be told for sure."""
        node = unwrap(node)
        sides = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = text_of(node.child_by_field_name("operator"))
        if operator not in EQUAL | UNEQUAL or sides[0] is None or sides[1] is None:
            return None
        first, second = (self.fold(module, side, depth + 1) for side in sides if side is not None)
        if first is None or second is None or first.is_guess or second.is_guess:
            return None
        return (first.constant == second.constant) == (operator in EQUAL)

    def _fold_call(self, module: Module, node: Node, depth: int) -> Value | None:
        chain = called_chain(node)
        first = argument(node, 0)
        if not chain or first is None or _is_environment(node):
            if first is None or not _is_environment(node):
                return None
            second = argument(node, 1)  # os.environ.get("X", 30)
            set_one = self._fold_environment(module, read_string(first) or "")
            value = set_one or (None if second is None else self.fold(module, second, depth + 1))
            return None if value is None else value._replace(is_guess=True)
        if chain[-1] in READ_AS_NUMBER or (chain[0] == "Math" and chain[-1] in UNCHANGED):
            value = self.fold(module, first, depth + 1)
            return None if value is None or value.number is None else Value(value.number, value.is_guess)
        if chain[-1] == "get":  # of the package `config`
            return self._fold_name(module, node, depth)
        if chain == ("ms",) and (text := read_string(first)) is not None:
            duration = read_duration_ms(text)
            return None if duration is None else Value(duration)
        return None


def _read_literal(node: Node) -> Constant | None:
    text = text_of(node)
    if node.type in ("number", "integer", "float"):
        return _read_number(text)
    if node.type in STRINGS:
        return read_string(node)
    if node.type in ("true", "false", "identifier") and text in CONSTANTS:
        return CONSTANTS[text]
    return None


def _read_number(text: str) -> float | None:
    bare = text.replace("_", "").removesuffix("n")
    try:
        return float(int(bare, 0)) if bare[:2].lower() in ("0x", "0b", "0o") else float(bare)
    except ValueError:
        return None


def _is_literal(node: Node) -> bool:
    return _read_literal(unwrap(node)) is not None


def _is_environment(node: Node) -> bool:
    return chain_of(node)[:2] in ENVIRONMENT


def read_duration_ms(text: str) -> float | None:
    """The milliseconds of `30s`, `5 minutes`, `1500`; None for anything else.

    >>> read_duration_ms("30s"), read_duration_ms("5 minutes"), read_duration_ms("1500"), read_duration_ms("soon")
    (30000.0, 300000.0, 1500.0, None)
    """
    match = DURATION.match(text)
    if match is None:
        return None
    unit = (match[2] or "ms").lower()
    return float(match[1]) * MS_OF["ms" if unit == "ms" or unit.startswith("milli") else unit[0]]
