"""Conditions on a connection: whether an expression says that a socket is down, or up, and whose socket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.codebase.trees.syntax import CALLS, MEMBERS, NAMES, called_chain, chain_of, read_string, text_of, unwrap

if TYPE_CHECKING:
    from tree_sitter import Node

UP_NAME: Final = re.compile(
    r"(?i)^(is_?|_)?(socket_?|ws_?)?(connected|online|open)$|^(is|_is_?)(Connected|Open|Online)$"
)
DOWN_NAME: Final = re.compile(r"(?i)^(is_?|_)?(disconnected|offline)$")
STATE_NAME: Final = re.compile(r"(?i)(ready_?state|status|state)$")
UP_VALUE: Final = re.compile(r"(?i)(^|\.)(open|connected|online|1)$")
DOWN_VALUE: Final = re.compile(r"(?i)(^|\.)(closed|disconnected|offline)$")
EQUAL: Final = frozenset({"==", "==="})
UNEQUAL: Final = frozenset({"!=", "!=="})
BOTH: Final = frozenset({"||", "&&", "or", "and"})


class Guard(NamedTuple):
    """What a condition says of a connection: `is_down` where it holds when the socket is not connected.

    `receiver` holds the names of what is asked, `this` left out: `this.socket.connected` → socket.
    """

    is_down: bool
    receiver: tuple[str, ...]

    @property
    def turned(self) -> Guard:
        """The opposite condition."""
        return Guard(not self.is_down, self.receiver)


def read_guard(node: Node | None) -> Guard | None:
    """What a condition says of a connection; None where it says nothing of any."""
    if node is None:
        return None
    node = unwrap(node)
    match node.type:
        case "unary_expression" | "not_operator":
            inner = read_guard(node.child_by_field_name("argument"))
            return None if inner is None else inner.turned
        case "binary_expression" | "boolean_operator" | "comparison_operator":
            return _read_binary(node)
        case kind if kind in MEMBERS | NAMES | CALLS:
            return _read_name(node)
    return None


def _read_name(node: Node) -> Guard | None:
    names = called_chain(node) if node.type in CALLS else chain_of(node)
    if not names or not (UP_NAME.search(names[-1]) or DOWN_NAME.search(names[-1])):
        return None
    return Guard(DOWN_NAME.search(names[-1]) is not None, _without_self(names[:-1]))


def _read_binary(node: Node) -> Guard | None:
    sides = [unwrap(child) for child in node.named_children if child.type != "comment"][:2]
    operator = text_of(node.child_by_field_name("operator") or node.child_by_field_name("operators"))
    if len(sides) < 2:
        return None
    if operator in BOTH:
        guards = [guard for side in sides if (guard := read_guard(side)) is not None]
        return next((guard for guard in guards if guard.is_down), guards[0] if guards else None)
    return _compare(sides[0], sides[1], operator) if operator in EQUAL | UNEQUAL else None


def _compare(left: Node, right: Node, operator: str) -> Guard | None:
    """`x.connected === false`, `ws.readyState !== WebSocket.OPEN`, `this.status !== 'connected'`."""
    value = read_string(right) or text_of(right)
    named = read_guard(left)
    if named is not None and value.lower() in ("true", "false"):
        is_same = (value.lower() == "true") == (operator in EQUAL)
        return named if is_same else named.turned
    names = chain_of(left)
    if not names or not STATE_NAME.search(names[-1]) or not (UP_VALUE.search(value) or DOWN_VALUE.search(value)):
        return None
    return Guard((operator in UNEQUAL) == (UP_VALUE.search(value) is not None), _without_self(names[:-1]))


def _without_self(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in ("this", "self", ""))
