"""Elements of collections: whose methods `services.forEach((one) => one.connect())` calls, as far as names tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logdiag.codebase.trees.modules import Function, Module
from logdiag.codebase.trees.syntax import CALLS, LOOPS, called_chain, chain_of, parameters_of, pattern_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

EACH: Final = frozenset({"forEach", "map", "filter", "some", "every", "find", "flatMap"})
SHORTEST_NAME: Final = 4  # letters of a collection's name, in the singular, by which a class may be known
MOST_DEFINERS: Final = 16  # files that define a method of the name; in more it is anybody's


def find_collection(module: Module, call: Node) -> str:
    """The name of the collection whose element a call's receiver is, in the singular; empty if it is of none."""
    chain = called_chain(call)
    if len(chain) != 2:
        return ""
    around = call.parent
    while around is not None:
        name = _name_bound(module, around, chain[0])
        if name:
            return _to_singular(name)
        around = around.parent
    return ""


def _name_bound(module: Module, node: Node, element: str) -> str:
    """The collection that a loop, or a callback of one, takes an element of this name from."""
    if node.type in LOOPS:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        chain = chain_of(right) if text_of(left) == element else ()
        return next((name for name in reversed(chain) if name not in ("values", "entries")), "")
    function = module.by_node.get(node.id)
    listed = node.parent if function is not None else None
    caller = None if listed is None else listed.parent
    if caller is None or caller.type not in CALLS:
        return ""
    chain = called_chain(caller)
    bound = [text_of(pattern_of(parameter)) for parameter in parameters_of(node)[:1]]
    return chain[-2] if bound == [element] and len(chain) > 1 and chain[-1] in EACH else ""


def _to_singular(name: str) -> str:
    bare = name.lower().replace("_", "").removesuffix("list").removesuffix("map").removesuffix("s")
    return bare if len(bare) >= SHORTEST_NAME else ""


def is_of(function: Function, collection: str) -> bool:
    """Whether a function is a method of a class that is named after a collection: `RemoteService`, of services."""
    owner = function.class_name.lower().replace("_", "")
    return bool(owner) and owner.endswith(collection)
