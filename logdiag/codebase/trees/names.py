"""What a name stands for: followed through variables, parameters, fields, classes, imports and factories.

A definition is a node that is a value: a literal, an object, a function, a class, `new Class()`, or a whole module.
It `is_guess` where the way led over something that only a run could settle: an argument handed in, a name alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from logdiag.codebase.trees.application import Application
from logdiag.codebase.trees.bindings import find_default, find_import, is_method, list_declared, returned_nodes
from logdiag.codebase.trees.definitions import Definition, DefinitionCache
from logdiag.codebase.trees.modules import Binding, Function, Module
from logdiag.codebase.trees.syntax import (
    CALLS,
    CLASSES,
    FUNCTIONS,
    MEMBERS,
    NAMES,
    OBJECTS,
    argument,
    arguments_of,
    called_chain,
    callee_of,
    contains,
    default_of,
    enclosing,
    entries_of,
    holder_of,
    is_self,
    keys_of_pattern,
    object_of,
    parameters_of,
    pattern_of,
    property_of,
    read_string,
    spreads_of,
    text_of,
    unwrap,
)

if TYPE_CHECKING:
    from tree_sitter import Node

DEEPEST: Final = 12  # names in a row that are followed
MOST_NAMESAKES: Final = 4  # methods of one name beyond which the name alone tells nothing
FALLBACKS: Final = frozenset({"||", "??", "or"})


@dataclass(frozen=True, slots=True)
class Names:
    """Follows names through an application."""

    application: Application
    _known: DefinitionCache = field(default_factory=DefinitionCache)

    def find(self, module: Module, node: Node, depth: int = 0) -> list[Definition]:
        """All values that a node may stand for, the surest first; itself where it is a value."""
        node = unwrap(node)
        if depth > DEEPEST:
            return []
        found = self._known.get((node.id, depth), self.application.generation)
        if found is None:
            found = self._find(module, node, depth)
            self._known.put((node.id, depth), found, self.application.generation)
        return found

    def _find(self, module: Module, node: Node, depth: int) -> list[Definition]:
        if node.type in NAMES:
            return self._find_name(module, node, depth + 1)
        if node.type in MEMBERS:
            return self._find_member(module, node, depth + 1)
        if node.type in ("call_expression", "call"):
            return self._find_call(module, node, depth + 1)
        if node.type in ("binary_expression", "boolean_operator", "ternary_expression", "conditional_expression"):
            return [Definition(module, node), *self._find_choices(module, node, depth + 1)]
        return [Definition(module, node)]

    def _find_choices(self, module: Module, node: Node, depth: int) -> list[Definition]:
        """Both sides of `a || b`: whichever it is at run time."""
        if node.type.startswith(("ternary", "conditional")):
            sides = node.named_children[1:] if node.type.startswith("ternary") else node.named_children[::2]
        elif text_of(node.child_by_field_name("operator")) in FALLBACKS:
            sides = node.named_children
        else:
            return []
        return [found._replace(is_guess=True) for side in sides for found in self.find(module, side, depth)]

    def find_functions(self, module: Module, node: Node) -> list[tuple[Function, bool]]:
        """The functions that a node may stand for, and whether that is a guess; of a class its constructor."""
        node = unwrap(node)
        if node.type in CALLS and called_chain(node)[-1:] == ("bind",) and (callee := callee_of(node)) is not None:
            bound = object_of(callee)
            return [] if bound is None else self.find_functions(module, bound)
        found = [(self._as_function(one), one.is_guess) for one in self.find(module, node)]
        return [(function, is_guess) for function, is_guess in found if function is not None]

    def _as_function(self, found: Definition) -> Function | None:
        node = found.node
        if node is None:
            return None
        if node.type in CLASSES:
            made = self._in_class(found.module, node, "constructor" if not found.module.is_python else "__init__", 0)
            return self._as_function(made[0]) if made else None
        return found.module.by_node.get(node.id) if node.type in FUNCTIONS else None

    # Names

    def _find_name(self, module: Module, node: Node, depth: int) -> list[Definition]:
        name = text_of(node)
        function = module.function_at(node)
        while function is not None:
            found = self._in_function(module, function, name, depth)
            if found:
                return found
            function = function.around
        return self.find_top(module, name, depth)

    def _in_function(self, module: Module, function: Function, name: str, depth: int) -> list[Definition]:
        bound = [one for one in module.names.get(name, ()) if one.function is function]
        if bound:
            return [found for one in bound[:MOST_NAMESAKES] for found in self.find(module, one.value, depth)]
        for one, key in module.taken_apart.get(name, ()):
            if one.function is function:
                return self._from_pattern(module, one, name, key, depth)
        nested = [inner for inner in function.inner if inner.name == name and inner.node.type in FUNCTIONS - {"lambda"}]
        declared = [inner for inner in nested if not inner.class_name or inner.class_name == function.class_name]
        if declared:
            return [Definition(module, declared[0].node)]
        return self._from_parameters(module, function, name, depth)

    def find_top(self, module: Module, name: str, depth: int = 0) -> list[Definition]:
        """What a name at the top of a module stands for."""
        if name in module.top_functions:
            return [Definition(module, module.top_functions[name].node)]
        if name in module.classes:
            return [Definition(module, module.classes[name])]
        bound = [one for one in module.names.get(name, ()) if one.function is None]
        bound = bound or (module.names.get(name, [])[:1] if depth <= 1 else [])
        if bound:
            return [found for one in bound[:MOST_NAMESAKES] for found in self.find(module, one.value, depth)]
        for one, key in module.taken_apart.get(name, ()):
            if one.function is None:
                return self._from_pattern(module, one, name, key, depth)
        return self._from_imports(module, name, depth)

    def _from_pattern(self, module: Module, one: Binding, name: str, key: str, depth: int) -> list[Definition]:
        default = find_default(one.target, name)
        fallback = [] if default is None else self.find(module, default, depth)
        given = [found for whole in self.find(module, one.value, depth) for found in self._member(whole, key, depth)]
        return given or [found._replace(is_guess=True) for found in fallback]

    def _from_parameters(self, module: Module, function: Function, name: str, depth: int) -> list[Definition]:
        for place, parameter in enumerate(parameters_of(function.node)):
            pattern = pattern_of(parameter)
            if pattern.type in NAMES and text_of(pattern) == name:
                default = default_of(parameter)
                given = list(self._arguments(function, place, name, depth))
                fallback = [] if default is None else self.find(module, default, depth)
                typed = [] if given or fallback else self._typed(module, parameter, depth)
                return [*(found._replace(is_guess=True) for found in (*given, *fallback)), *typed]
            if pattern.type == "object_pattern" and (key := keys_of_pattern(pattern).get(name)) is not None:
                default = find_default(pattern, name)
                wholes = list(self._arguments(function, place, None, depth))
                given = [found for whole in wholes for found in self._member(whole, key, depth)]
                fallback = [] if default is None else self.find(module, default, depth)
                return [found._replace(is_guess=True) for found in (*given, *fallback)]
        return []

    def _typed(self, module: Module, parameter: Node, depth: int) -> list[Definition]:
        """The class that a parameter is declared to be of (TypeScript)."""
        name = text_of(parameter.child_by_field_name("type")).lstrip(": ").strip()
        return self._instances(module, name, depth) if name.isidentifier() else []

    def _instances(self, module: Module, name: str, depth: int) -> list[Definition]:
        return [
            one for one in self.find_top(module, name, depth + 1) if one.node is not None and one.node.type in CLASSES
        ]

    def _arguments(self, function: Function, place: int, name: str | None, depth: int) -> Iterator[Definition]:
        """What calls of a function hand in at a place, or by name."""
        called = function.class_name if function.name in ("constructor", "__init__") else function.name
        if not called or depth > DEEPEST // 2:
            return
        for module, call in self.application.calls_near(called, function.module):
            named = [item.value for item in arguments_of(call) if item.name is not None and item.name == name]
            value = named[0] if named else argument(call, place)
            if value is not None and not contains(function.node, call):
                yield from self.find(module, value, depth + 2)

    # Members

    def _find_member(self, module: Module, node: Node, depth: int) -> list[Definition]:
        name, left = property_of(node), object_of(node)
        if left is None:
            return []
        if is_self(left):
            return self._own_member(module, node, name, depth)
        if left.type == "super":
            owner = enclosing(node, CLASSES)
            return [] if owner is None else self._inherited(module, owner, name, depth)
        return [found for whole in self.find(module, left, depth) for found in self._member(whole, name, depth)]

    def _own_member(self, module: Module, node: Node, name: str, depth: int) -> list[Definition]:
        owner = enclosing(node, CLASSES)
        if owner is not None:
            return self._in_class(module, owner, name, depth)
        around = enclosing(node, OBJECTS)  # a method of an object literal
        if around is not None and name in (entries := entries_of(around)):
            return self.find(module, entries[name], depth)
        bound = module.fields.get(name, [])
        return [found for one in bound[:MOST_NAMESAKES] for found in self.find(module, one.value, depth)]

    def _member(self, whole: Definition, name: str, depth: int) -> list[Definition]:
        """The member of a value."""
        module, node = whole.module, whole.node
        if node is None:
            found = self.find_export(module, name, depth)
        elif node.type in OBJECTS:
            found = self._in_object(module, node, name, depth)
            if module.rewritten and holder_of(node) in module.rewritten:
                return [one._replace(is_guess=True) for one in found]
        elif node.type in CLASSES:
            found = self._in_class(module, node, name, depth)
        elif node.type == "new_expression" or (node.type == "call" and module.is_python):
            found = self._of_instance(module, node, name, depth)
        else:
            found = []
        return [one._replace(is_guess=one.is_guess or whole.is_guess) for one in found]

    def _in_object(self, module: Module, node: Node, name: str, depth: int) -> list[Definition]:
        if depth > DEEPEST:  # `options = { ...options, a }` takes in itself
            return []
        value = entries_of(node).get(name)
        if value is not None:
            if value.type == "shorthand_property_identifier":
                return self._find_name(module, value, depth + 1)
            return self.find(module, value, depth)
        return [
            found
            for part in reversed(spreads_of(node))
            for whole in self.find(module, part, depth + 1)
            for found in self._member(whole, name, depth + 1)
        ]

    def _of_instance(self, module: Module, node: Node, name: str, depth: int) -> list[Definition]:
        callee = callee_of(node)
        if callee is None or depth > DEEPEST:
            return []
        kinds = self.find(module, callee, depth)
        return [found for kind in kinds if kind.node is not None for found in self._member(kind, name, depth)]

    def _in_class(self, module: Module, owner: Node, name: str, depth: int) -> list[Definition]:
        if depth > DEEPEST:
            return []
        for function in module.functions:
            if function.name == name and function.node.type in FUNCTIONS and is_method(function, owner):
                return [Definition(module, function.node)]
        bound = [one for one in module.fields.get(name, ()) if contains(owner, one.target)]
        set_ones = [one for one in bound if one.value.type not in ("null", "none", "undefined")]
        found = [found for one in set_ones[:MOST_NAMESAKES] for found in self.find(module, one.value, depth + 1)]
        return found or self._declared(module, owner, name, depth) or self._inherited(module, owner, name, depth)

    def _declared(self, module: Module, owner: Node, name: str, depth: int) -> list[Definition]:
        """The class of a field that the constructor's parameters declare (`private bridge: Bridge`)."""
        makers = [one for one in module.functions if one.name == "constructor" and is_method(one, owner)]
        for maker in makers:
            for parameter in parameters_of(maker.node):
                if text_of(pattern_of(parameter)) == name:
                    return self._typed(module, parameter, depth)
        return []

    def _inherited(self, module: Module, owner: Node, name: str, depth: int) -> list[Definition]:
        heritage = next((child for child in owner.named_children if child.type == "class_heritage"), None)
        heritage = heritage or owner.child_by_field_name("superclasses")
        if heritage is None or not heritage.named_children or depth > DEEPEST:
            return []
        base = heritage.named_children[0]
        base = base.named_children[0] if base.type == "extends_clause" else base
        bases = [one for one in self.find(module, base, depth + 1) if one.node is not None and one.node.type in CLASSES]
        return [found for one in bases if one.node is not None and one.node.id != owner.id
                for found in self._in_class(one.module, one.node, name, depth + 1)]  # fmt: skip

    # Calls and modules

    def _find_call(self, module: Module, node: Node, depth: int) -> list[Definition]:
        chain = called_chain(node)
        if chain in (("require",), ("import",)):
            target = argument(node, 0)
            path = None if target is None else read_string(target)
            other = None if path is None else self._imported(module, path)
            given = [] if other is None else self._default_of(other, depth)
            return [one._replace(is_guess=True) for one in given] if path == "config" else given  # by NODE_ENV others
        if chain[-1:] == ("get",) and (value := self._configured(module, node, depth)):
            return value
        if chain[-1:] == ("freeze",) and (frozen := argument(node, 0)) is not None:
            return self.find(module, frozen, depth)
        callee = callee_of(node)
        made = [] if callee is None or depth > DEEPEST // 2 else self._returned(module, callee, depth)
        return made or [Definition(module, node)]

    def _imported(self, module: Module, target: str) -> Module | None:
        return (
            self.application.find_configured(module)
            if target == "config"
            else self.application.imported(module, target)
        )

    def _configured(self, module: Module, call: Node, depth: int) -> list[Definition]:
        """What `config.get('socket.pingInterval')` of the package `config` gives."""
        target, callee = argument(call, 0), callee_of(call)
        left = None if callee is None or callee.type not in MEMBERS else object_of(callee)
        way = None if target is None else read_string(target)
        if left is None or not way or left.type not in NAMES or module.packages.get(text_of(left)) != "config":
            return []
        found = self.find(module, left, depth)
        for name in way.split("."):
            found = [one for whole in found for one in self._member(whole, name, depth)]
        return found

    def _returned(self, module: Module, callee: Node, depth: int) -> list[Definition]:
        """The objects that a factory gives back: instances and literals, no computed values."""
        found: list[Definition] = []
        for one in self.find(module, callee, depth + 2):
            function = None if one.node is None else one.module.by_node.get(one.node.id)
            if function is None:
                if one.node is not None and one.node.type in CLASSES and one.module.is_python:
                    found.append(one)
                continue
            values = [text for text in returned_nodes(function) if text.type in NAMES | MEMBERS | OBJECTS | CALLS]
            found += [made for value in values[:2] for made in self.find(one.module, value, depth + 2)]
        return [one._replace(is_guess=True) for one in found if one.node is None or one.node.type != "call_expression"]

    def _default_of(self, module: Module, depth: int) -> list[Definition]:
        """What `require` gives: what is assigned to `module.exports`, and the module for all that is added to it."""
        whole = [one for one in module.others if text_of(one.target) == "module.exports"]
        given = [found for one in whole for found in self.find(module, one.value, depth)]
        return [*given, Definition(module, None)]

    def find_export(self, module: Module, name: str, depth: int) -> list[Definition]:
        """What a module gives away under a name."""
        if module.is_python:
            return self.find_top(module, name, depth)
        for one in module.others:
            if text_of(one.target) in (f"module.exports.{name}", f"exports.{name}"):
                return self.find(module, one.value, depth)
        for node in module.exports:
            found = self._exported(module, node, name, depth)
            if found:
                return found
        return []

    def _exported(self, module: Module, node: Node, name: str, depth: int) -> list[Definition]:
        value = node.child_by_field_name("value")
        declaration = node.child_by_field_name("declaration")
        is_default = any(child.type == "default" for child in node.children)
        if name == "default":
            if not is_default:
                return []
            whole = value or declaration
            return [] if whole is None else self.find(module, whole, depth)
        if declaration is not None and name in list_declared(declaration):
            return self.find_top(module, name, depth)
        for clause in node.named_children:
            for item in clause.named_children if clause.type == "export_clause" else ():
                shown = item.child_by_field_name("alias") or item.child_by_field_name("name")
                inner = item.child_by_field_name("name")
                if text_of(shown) == name and inner is not None:
                    return self._reexported(module, node, text_of(inner), depth)
        if any(child.type == "*" for child in node.children):
            return self._reexported(module, node, name, depth)
        return []

    def _reexported(self, module: Module, node: Node, name: str, depth: int) -> list[Definition]:
        source = node.child_by_field_name("source")
        if source is None:
            return self.find_top(module, name, depth)
        other = self.application.imported(module, read_string(source) or "")
        return [] if other is None or depth > DEEPEST else self.find_export(other, name, depth + 1)

    def _from_imports(self, module: Module, name: str, depth: int) -> list[Definition]:
        for node in module.imports if depth <= DEEPEST else ():  # two files may import a name from each other
            asked = find_import(node, name)
            if asked is not None:
                other = self._imported(module, asked.target)
                if other is None:
                    return []
                if asked.name is None:
                    return [Definition(other, None)]
                found = self.find_export(other, asked.name, depth + 1)
                given = found or (self._default_of(other, depth) if asked.name == "default" else [])
                return [one._replace(is_guess=True) for one in given] if asked.target == "config" else given
        return []
