"""Nodes of the syntax trees, read alike whether they come from JavaScript, TypeScript or Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTIONS: Final = frozenset({
    "function_declaration", "function_expression", "arrow_function", "method_definition",
    "generator_function_declaration", "generator_function", "function_definition", "lambda",
})  # fmt: skip
CLASSES: Final = frozenset({"class_declaration", "class", "abstract_class_declaration", "class_definition"})
CALLS: Final = frozenset({"call_expression", "new_expression", "call"})
NAMES: Final = frozenset({"identifier", "property_identifier", "shorthand_property_identifier", "type_identifier"})
MEMBERS: Final = frozenset({"member_expression", "attribute"})
OBJECTS: Final = frozenset({"object", "dictionary"})
STRINGS: Final = frozenset({"string", "template_string"})
LOOPS: Final = frozenset({"while_statement", "for_statement", "do_statement", "for_in_statement"})
# Wrappers that leave the value inside as it is: field of the value, or None where it is the only child.
WRAPPERS: Final = frozenset({
    "parenthesized_expression", "await_expression", "await", "as_expression", "satisfies_expression",
    "non_null_expression", "type_assertion",
})  # fmt: skip
LONGEST_EXPRESSION_CHARS: Final = 80
FOLDED: Final = re.compile(r"\s+")
PLAIN_CHAIN: Final = re.compile(rb"[A-Za-z_$][\w$]*(?:\??\.#?[A-Za-z_$][\w$]*)*")
LONGEST_CHAIN_BYTES: Final = 120


class Argument(NamedTuple):
    """One argument of a call; `name` where it is passed by name."""

    name: str | None
    value: Node


def text_of(node: Node | None) -> str:
    """The text of a node; empty for none."""
    return "" if node is None or node.text is None else node.text.decode("utf-8", "replace")


def write_short(node: Node) -> str:
    """The text of a node on one line, cut where it is long."""
    text = FOLDED.sub(" ", text_of(node)).strip()
    return text if len(text) <= LONGEST_EXPRESSION_CHARS else text[: LONGEST_EXPRESSION_CHARS - 1] + "…"


def line_of(node: Node) -> int:
    """The line on which a node begins, from 1."""
    return node.start_point[0] + 1


def end_line_of(node: Node) -> int:
    """The line on which a node ends, from 1."""
    return node.end_point[0] + 1


def unwrap(node: Node) -> Node:
    """What stands inside brackets, `await`, casts and `!`."""
    while node.type in WRAPPERS and node.named_children:
        node = node.named_children[-1] if node.type == "type_assertion" else node.named_children[0]
    return node


def callee_of(call: Node) -> Node | None:
    """What a call calls."""
    found = call.child_by_field_name("function") or call.child_by_field_name("constructor")
    return None if found is None else unwrap(found)


def arguments_of(call: Node) -> list[Argument]:
    """The arguments of a call, in order."""
    listed = call.child_by_field_name("arguments")
    if listed is None:
        return []
    return [
        Argument(text_of(item.child_by_field_name("name")), value)
        if item.type == "keyword_argument" and (value := item.child_by_field_name("value")) is not None
        else Argument(None, unwrap(item))
        for item in listed.named_children
        if item.type != "comment"
    ]


def argument(call: Node, place: int) -> Node | None:
    """The argument at a place, counted from 0 among those without a name."""
    values = [item.value for item in arguments_of(call) if item.name is None]
    return values[place] if place < len(values) else None


def object_of(member: Node) -> Node | None:
    """Left of the last dot."""
    found = member.child_by_field_name("object")
    return None if found is None else unwrap(found)


def property_of(member: Node) -> str:
    """Right of the last dot."""
    return text_of(member.child_by_field_name("property") or member.child_by_field_name("attribute"))


def chain_of(node: Node | None) -> tuple[str, ...]:
    """The names along a member expression, calls and subscripts on the way left out: `io.to(x).emit` → io, to, emit."""
    plain = _read_plain_chain(node)
    if plain is not None:
        return plain
    names: list[str] = []
    while node is not None:
        node = unwrap(node)
        if node.type in MEMBERS:
            names.append(property_of(node))
            node = object_of(node)
        elif node.type in CALLS:
            node = callee_of(node)
        elif node.type in ("subscript_expression", "subscript"):
            node = node.child_by_field_name("object") or node.child_by_field_name("value")
        else:
            names.append(text_of(node) if node.type in NAMES or node.type in ("this", "super") else "")
            break
    return tuple(reversed(names))


def _read_plain_chain(node: Node | None) -> tuple[str, ...] | None:
    """The chain where it is names and dots alone, read off the text: most are, and that is several times faster."""
    if node is None or node.end_byte - node.start_byte > LONGEST_CHAIN_BYTES:
        return None
    if node.type not in MEMBERS and node.type not in NAMES:
        return None
    text = node.text or b""
    if PLAIN_CHAIN.fullmatch(text) is None:
        return None
    return tuple(text.decode("utf-8", "replace").replace("?.", ".").split("."))


def called_chain(call: Node) -> tuple[str, ...]:
    """The names along what a call calls; empty if nothing is called by name."""
    callee = callee_of(call)
    return () if callee is None or callee.type in FUNCTIONS else chain_of(callee)


def find_required(node: Node | None) -> str | None:
    """The module that `require` at the root of an expression asks for: `require('x')(a).b`, x; None for any other."""
    while node is not None:
        node = unwrap(node)
        if node.type in CALLS:
            callee = callee_of(node)
            if callee is not None and callee.type == "identifier" and callee.text == b"require":
                target = argument(node, 0)
                return None if target is None else read_string(target)
            node = callee
        elif node.type in MEMBERS:
            node = object_of(node)
        else:
            return None
    return None


def is_self(node: Node) -> bool:
    """Whether a node is the object whose method this is."""
    return node.type == "this" or (node.type == "identifier" and node.text == b"self")


def read_string(node: Node) -> str | None:
    """A literal text without its quotes; None where something is put into it."""
    if node.type not in STRINGS:
        return None
    if any(child.type in ("template_substitution", "interpolation") for child in node.named_children):
        return None
    text = text_of(node).lstrip("rbuRBU")
    for quote in ('"""', "'''"):
        if text.startswith(quote):
            return text[3:-3]
    return text[1:-1]


def key_of(pair: Node) -> str:
    """The name of an object's entry."""
    key = pair.child_by_field_name("key") or pair.child_by_field_name("name")
    if key is None:
        return ""
    literal = read_string(key)
    return text_of(key) if literal is None else literal


def keys_of_pattern(pattern: Node) -> dict[str, str]:
    """What a pattern binds: name → the key under which it takes it."""
    found: dict[str, str] = {}
    for item in pattern.named_children:
        if item.type == "shorthand_property_identifier_pattern":
            found.setdefault(text_of(item), text_of(item))
        elif item.type == "object_assignment_pattern":
            found.setdefault(text_of(item.child_by_field_name("left")), text_of(item.child_by_field_name("left")))
        elif item.type == "pair_pattern" and (value := item.child_by_field_name("value")) is not None:
            bound = value.child_by_field_name("left") if value.type == "assignment_pattern" else value
            found.setdefault(text_of(bound), key_of(item))
    return found


def entries_of(node: Node) -> dict[str, Node]:
    """The entries of an object literal: name → value; a method or shorthand is its own value."""
    found: dict[str, Node] = {}
    for item in node.named_children:
        if item.type == "pair" and (value := item.child_by_field_name("value")) is not None:
            found.setdefault(key_of(item), unwrap(value))
        elif item.type == "method_definition":
            found.setdefault(text_of(item.child_by_field_name("name")), item)
        elif item.type == "shorthand_property_identifier":
            found.setdefault(text_of(item), item)
    return found


def holder_of(node: Node) -> str:
    """The name that holds an object or the one that it is a part of: `const a = { b: {} }` → a; empty for none."""
    around = node.parent
    while around is not None and around.type in OBJECTS | WRAPPERS | {"pair"}:
        around = around.parent
    held = None if around is None else around.child_by_field_name("name") or around.child_by_field_name("left")
    is_bound = around is not None and around.type in ("variable_declarator", "assignment_expression", "assignment")
    return chain_of(held)[-1] if is_bound and held is not None else ""


def spreads_of(node: Node) -> list[Node]:
    """What an object takes in whole: `{ ...defaults }`."""
    kinds = ("spread_element", "dictionary_splat")
    return [child.named_children[0] for child in node.named_children if child.type in kinds and child.named_children]


def enclosing(node: Node, kinds: frozenset[str]) -> Node | None:
    """The nearest node around this one that is of one of the kinds."""
    around = node.parent
    while around is not None and around.type not in kinds:
        around = around.parent
    return around


def descend(node: Node, leave: frozenset[str] = frozenset()) -> Iterator[Node]:
    """A node and all below it, in the order of the text; of the kinds to leave only those at the top are entered."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        if found is node or found.type not in leave:
            waiting.extend(reversed(found.named_children))


def parameters_of(function: Node) -> list[Node]:
    """The parameters of a function as they are written."""
    single = function.child_by_field_name("parameter")
    if single is not None:
        return [single]
    listed = function.child_by_field_name("parameters")
    children = [] if listed is None else [child for child in listed.named_children if child.type != "comment"]
    if children and children[0].text in (b"self", b"cls"):
        return children[1:]
    return children


def pattern_of(parameter: Node) -> Node:
    """What a parameter binds: a name, or a pattern that takes an object apart."""
    for name in ("pattern", "left", "name"):
        found = parameter.child_by_field_name(name)
        if found is not None:
            return pattern_of(found)
    return parameter


def default_of(parameter: Node) -> Node | None:
    """The value of a parameter that is not given."""
    found = parameter.child_by_field_name("value") or parameter.child_by_field_name("right")
    inner = parameter.child_by_field_name("pattern")
    if found is None and inner is not None and inner.type == "assignment_pattern":
        found = inner.child_by_field_name("right")
    return None if found is None else unwrap(found)


def contains(outer: Node, inner: Node) -> bool:
    """Whether one node lies within the other, of the same file."""
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte
