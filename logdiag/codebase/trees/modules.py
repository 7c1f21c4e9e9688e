"""One parsed file: its functions, classes, calls and what its names are bound to."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from logdiag.codebase.trees.grammars import find_nodes, parse_bytes
from logdiag.codebase.trees.syntax import (
    CLASSES,
    MEMBERS,
    NAMES,
    argument,
    called_chain,
    chain_of,
    enclosing,
    find_required,
    is_self,
    key_of,
    keys_of_pattern,
    line_of,
    read_string,
    text_of,
    unwrap,
)
from logdiag.codebase.trees.tree import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node

NO_NAME: Final = ""
WORD: Final = re.compile(r"[A-Za-z_$][\w$]*")
MERGES: Final = ("assign", "merge", "extend", "defaultsDeep")  # of Object, lodash and deepmerge: into the first one


@dataclass(slots=True, eq=False)
class Function:
    """A function with what it is called by and where it stands; `around` is the function that it stands in."""

    module: Module
    node: Node
    name: str
    class_name: str
    around: Function | None
    calls: list[Node] = field(default_factory=list)
    inner: list[Function] = field(default_factory=list)

    @property
    def label(self) -> str:
        """`Class.method`, or that of the function around it where it has no name."""
        if self.name:
            return f"{self.class_name}.{self.name}" if self.class_name else self.name
        return self.around.label if self.around is not None else self.module.file.name

    @property
    def line(self) -> int:
        """The line on which it begins."""
        return line_of(self.node)


@dataclass(slots=True)
class Binding:
    """A name, field or pattern and the value that it is given."""

    target: Node
    value: Node
    function: Function | None


@dataclass(eq=False)
class Module:
    """A file and its nodes of interest."""

    file: SourceFile
    root: Node
    functions: list[Function] = field(default_factory=list)
    top_calls: list[Node] = field(default_factory=list)
    calls: list[Node] = field(default_factory=list)
    called: dict[str, list[Node]] = field(default_factory=lambda: defaultdict(list))
    classes: dict[str, Node] = field(default_factory=dict)
    names: dict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    fields: dict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    patterns: list[Binding] = field(default_factory=list)
    others: list[Binding] = field(default_factory=list)
    imports: list[Node] = field(default_factory=list)
    exports: list[Node] = field(default_factory=list)
    ifs: list[Node] = field(default_factory=list)
    catches: list[Node] = field(default_factory=list)
    by_node: dict[int, Function] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)

    @property
    def is_python(self) -> bool:
        """Whether it is Python."""
        return self.file.language == "python"

    @cached_property
    def taken_apart(self) -> dict[str, list[tuple[Binding, str]]]:
        """The patterns that bind a name, each with the key under which it takes it: `const { a: b } = …` → b: a."""
        found: dict[str, list[tuple[Binding, str]]] = defaultdict(list)
        for one in self.patterns:
            for name, key in keys_of_pattern(one.target).items():
                found[name].append((one, key))
        return found

    @cached_property
    def packages(self) -> dict[str, str]:
        """The names that imports and requires bind, each with the module that it is taken from, as written there."""
        found: dict[str, str] = {}
        for node in self.imports:
            source = node.child_by_field_name("source")
            target = None if source is None else read_string(source)
            written = text_of(node).partition(" from ")[0]
            if target is not None:
                found |= dict.fromkeys(set(WORD.findall(written)) - {"import", "type", "as"}, target)
            elif self.is_python:
                found |= _python_packages(node)
        for one in [*(one for rows in self.names.values() for one in rows), *self.patterns]:
            required = find_required(one.value)
            if required is not None:
                found |= dict.fromkeys(WORD.findall(text_of(one.target)), required)
        return found

    @cached_property
    def rewritten(self) -> frozenset[str]:
        """The names whose entries a run sets by keys that the text does not tell: `settings[key] = …`, `assign(…)`."""
        written = [one.target for one in self.others if one.target.type in ("subscript_expression", "subscript")]
        keyed = [one for one in written if read_string(_index_of(one)) is None and _index_of(one).type != "number"]
        merged = (argument(call, 0) for verb in MERGES for call in self.called.get(verb, ()))
        into = [one for one in merged if one is not None and one.type in NAMES | MEMBERS]
        return frozenset(chain_of(one)[-1] for one in (*keyed, *into)) - {NO_NAME}

    @cached_property
    def top_functions(self) -> dict[str, Function]:
        """The functions at the top of the file by name."""
        found: dict[str, Function] = {}
        for function in self.functions:
            if function.around is None and not function.class_name:
                found.setdefault(function.name, function)
        return found

    def function_at(self, node: Node) -> Function | None:
        """The innermost function around a node."""
        place = bisect_right(self.starts, node.start_byte) - 1
        found = self.functions[place] if place >= 0 else None
        while found is not None and (found.node.end_byte < node.end_byte or found.node.id == node.id):
            found = found.around
        return found

    def owner_of(self, node: Node) -> str:
        """The class in which a node stands; empty for none."""
        found = enclosing(node, CLASSES)
        return "" if found is None else name_class(found)


def _index_of(subscript: Node) -> Node:
    return unwrap(subscript.named_children[-1])


def _python_packages(node: Node) -> dict[str, str]:
    """What a Python import binds: `import socketio as sio`, `from socketio import AsyncServer`."""
    whole = text_of(node.child_by_field_name("module_name"))
    found: dict[str, str] = {}
    for item in node.children_by_field_name("name"):
        inner = text_of(item.child_by_field_name("name") or item)
        alias = text_of(item.child_by_field_name("alias"))
        top = inner.partition(".")[0]  # `import socketio.exceptions` binds socketio
        found[alias or top] = whole or (inner if alias else top)
    return found


def name_class(node: Node) -> str:
    """The name of a class, its own or that of what it is bound to."""
    name = text_of(node.child_by_field_name("name"))
    around = node.parent
    if not name and around is not None:
        bound = around.child_by_field_name("name") or around.child_by_field_name("left")
        name = "" if bound is None else chain_of(bound)[-1]
    return name


def read_module(file: SourceFile) -> Module:
    """Parse a file and index it."""
    language = file.language or "javascript"
    if language == "json":  # a value, on the lines that it has in its own file
        language, root = "javascript", parse_bytes(b"module.exports=" + file.data, "javascript")
    else:
        root = parse_bytes(file.data, language)
    nodes = find_nodes(root, language)
    module = Module(file, root)
    for node in nodes.get("class", ()):
        module.classes.setdefault(name_class(node), node)
    _index_functions(module, nodes.get("function", []))
    _index_calls(module, nodes.get("call", []))
    for node in nodes.get("binding", ()):
        _index_binding(module, node)
    module.imports, module.exports = nodes.get("import", []), nodes.get("export", [])
    module.ifs, module.catches = nodes.get("if", []), nodes.get("catch", [])
    return module


def _index_functions(module: Module, nodes: list[Node]) -> None:
    open_ones: list[Function] = []
    for node in nodes:
        while open_ones and open_ones[-1].node.end_byte <= node.start_byte:
            open_ones.pop()
        around = open_ones[-1] if open_ones else None
        owner = module.owner_of(node)
        found = Function(module, node, name_function(node), owner, around)
        if around is not None:
            around.inner.append(found)
        open_ones.append(found)
        module.functions.append(found)
        module.starts.append(node.start_byte)
        module.by_node[node.id] = found


def name_function(node: Node) -> str:
    """The name by which a function is called: its own, or that of the variable, field or entry that holds it."""
    own = text_of(node.child_by_field_name("name"))
    around = node.parent
    if own or around is None:
        return own
    if around.type == "variable_declarator":
        target = around.child_by_field_name("name")
        return text_of(target) if target is not None and target.type in NAMES else NO_NAME
    if around.type in ("assignment_expression", "assignment"):
        target = around.child_by_field_name("left")
        return NO_NAME if target is None else chain_of(target)[-1]
    if around.type == "pair":
        return key_of(around)
    if around.type in ("field_definition", "public_field_definition"):
        return text_of(around.child_by_field_name("property") or around.child_by_field_name("name"))
    return NO_NAME


def _index_calls(module: Module, nodes: list[Node]) -> None:
    for node in nodes:
        if chain := called_chain(node):
            module.calls.append(node)
            module.called[chain[-1]].append(node)
    for node in module.calls:
        function = module.function_at(node)
        (module.top_calls if function is None else function.calls).append(node)


def _index_binding(module: Module, node: Node) -> None:
    target = (
        node.child_by_field_name("left") or node.child_by_field_name("name") or node.child_by_field_name("property")
    )
    value = node.child_by_field_name("right") or node.child_by_field_name("value")
    if target is None or value is None:
        return
    binding = Binding(target, unwrap(value), module.function_at(node))
    if node.type in ("field_definition", "public_field_definition"):
        module.fields[text_of(target)].append(binding)
    elif target.type in NAMES:
        module.names[text_of(target)].append(binding)
    elif target.type in MEMBERS and (left := target.child_by_field_name("object")) is not None and is_self(left):
        module.fields[chain_of(target)[-1]].append(binding)
    elif target.type == "object_pattern":
        module.patterns.append(binding)
    else:
        module.others.append(binding)
