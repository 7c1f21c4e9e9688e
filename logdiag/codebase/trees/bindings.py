"""What single statements bind and give: imports, defaults of patterns, declarations, returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from logdiag.codebase.trees.modules import Function
from logdiag.codebase.trees.syntax import (
    CLASSES,
    contains,
    enclosing,
    read_string,
    text_of,
    unwrap,
)

if TYPE_CHECKING:
    from tree_sitter import Node


class Imported(NamedTuple):
    """What an import takes: the module as it is written, and the name in it; None for all of it."""

    target: str
    name: str | None


def find_import(node: Node, name: str) -> Imported | None:
    """What an import statement binds to a name."""
    return next((imported for bound, imported in _list_imports(node) if bound == name), None)


def _list_imports(node: Node) -> Iterator[tuple[str, Imported]]:
    """Each name that an import statement binds, and to what."""
    source = node.child_by_field_name("source")
    if node.type == "import_from_statement":
        target = text_of(node.child_by_field_name("module_name"))
        for bound, inner in _list_aliases(node.children_by_field_name("name")):
            yield bound, Imported(target, inner)
    elif source is None:
        for bound, inner in _list_aliases(node.children_by_field_name("name")):
            yield bound, Imported(inner, None)
    else:
        clause = next((child for child in node.named_children if child.type == "import_clause"), None)
        for child in () if clause is None else clause.named_children:
            yield from _list_bound(child, read_string(source) or "")


def _list_aliases(items: Iterable[Node]) -> Iterator[tuple[str, str]]:
    """Python's `name` and `name as alias`: what is bound, and what it was called."""
    for item in items:
        yield text_of(item.child_by_field_name("alias") or item), text_of(item.child_by_field_name("name") or item)


def _list_bound(part: Node, target: str) -> Iterator[tuple[str, Imported]]:
    """The parts of JavaScript's `import part from target`: `x`, `* as x`, `{ x, y as z }`."""
    if part.type == "identifier":
        yield text_of(part), Imported(target, "default")
    elif part.type == "namespace_import":
        yield text_of(part).rpartition(" ")[2], Imported(target, None)
    elif part.type == "named_imports":
        for item in part.named_children:
            named = item.child_by_field_name("name")
            yield text_of(item.child_by_field_name("alias") or named), Imported(target, text_of(named))


def find_default(pattern: Node, name: str) -> Node | None:
    """What a pattern binds to a name where the object has no such key."""
    for item in pattern.named_children:
        whole = item.child_by_field_name("value") if item.type == "pair_pattern" else item
        has_default = whole is not None and whole.type in ("object_assignment_pattern", "assignment_pattern")
        if whole is not None and has_default and text_of(whole.child_by_field_name("left")) == name:
            return whole.child_by_field_name("right")
    return None


def returned_nodes(function: Function) -> Iterator[Node]:
    """What a function returns, as it is written."""
    body = function.node.child_by_field_name("body")
    if body is None:
        return
    if function.node.type in ("arrow_function", "lambda") and body.type not in ("statement_block", "block"):
        yield unwrap(body)
        return
    for child in body.named_children:
        if child.type == "return_statement" and child.named_children:
            yield unwrap(child.named_children[0])


def list_declared(declaration: Node) -> set[str]:
    """The names that a declaration binds."""
    own = declaration.child_by_field_name("name")
    if own is not None:
        return {text_of(own)}
    return {text_of(child.child_by_field_name("name")) for child in declaration.named_children}


def is_method(function: Function, owner: Node) -> bool:
    """Whether a function is a method of a class itself, not of one within it, nor within a method."""
    around = enclosing(function.node, CLASSES)
    is_inner = function.around is not None and contains(owner, function.around.node)
    return around is not None and around.id == owner.id and not is_inner
