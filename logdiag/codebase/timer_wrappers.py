"""Timers behind a function or class of the application's own: `new IntervalTask(fn, 30 * 1000)`, `every(30, 's', fn)`.

The call that says what runs and how often is the timer; the one within the wrapper is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from logdiag.codebase.trees.definitions import Definition
from logdiag.codebase.trees.modules import Function, Module
from logdiag.codebase.trees.syntax import (
    NAMES,
    argument,
    callee_of,
    descend,
    parameters_of,
    pattern_of,
    text_of,
    unwrap,
    write_short,
)
from logdiag.codebase.trees.tree import is_test
from logdiag.codebase.trees.values import Value, Values

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_FILES: Final = 200  # in which calls of one wrapper are looked for: a name that more of them have is no wrapper's


class Use(NamedTuple):
    """A call of a wrapper: what it runs, and how often, in the unit of the wrapped timer."""

    module: Module
    call: Node
    callback: Node
    value: Value
    expression: str


def list_uses(values: Values, module: Module, callback: Node | None, delay: Node | None) -> list[Use]:
    """The calls of the function around a timer that hand in what it runs; none where nobody hands that in."""
    callback = None if callback is None else unwrap(callback)
    if callback is None or delay is None or callback.type not in NAMES:
        return []
    wrapper = _find_binder(module, callback)
    name = "" if wrapper is None else _called_name(wrapper)
    if wrapper is None or not name:
        return []
    return list(_read_uses(values, wrapper, name, callback, delay))


def _find_binder(module: Module, name: Node) -> Function | None:
    function = module.function_at(name)
    while function is not None:
        if text_of(name) in _parameter_names(function):
            return function
        function = function.around
    return None


def _parameter_names(function: Function) -> list[str]:
    return [text_of(pattern_of(parameter)) for parameter in parameters_of(function.node)]


def _called_name(function: Function) -> str:
    return function.class_name if function.name in ("constructor", "__init__") else function.name


def _read_uses(values: Values, wrapper: Function, name: str, callback: Node, delay: Node) -> Iterator[Use]:
    parameters = _parameter_names(wrapper)
    wanted = {text_of(one) for one in descend(delay) if one.type in NAMES} & set(parameters)
    for module, call in _list_calls(values, wrapper, name):
        handed = ((key, argument(call, place)) for place, key in enumerate(parameters))
        given = {key: Definition(module, node) for key, node in handed if node is not None}
        runs = given.get(text_of(callback))
        value = Values(values.names, given).fold_number(wrapper.module, delay)
        if runs is None or runs.node is None or value is None:
            continue
        said = [write_short(one.node) for key, one in given.items() if key in wanted and one.node is not None]
        yield Use(module, call, runs.node, value, ", ".join(said) or write_short(delay))


def _list_calls(values: Values, wrapper: Function, name: str) -> Iterator[tuple[Module, Node]]:
    """The calls of a function, by whatever module, that lead to it and to no namesake."""
    application = values.names.application
    word = f"{name}(".encode()
    files = [file for file in application.tree.sources if word in file.data and not is_test(file.way)]
    for file in files if len(files) <= MOST_FILES else ():
        module = application.module(file.path)
        for call in () if module is None else module.called.get(name, ()):
            callee = callee_of(call)
            found = [] if module is None or callee is None else values.names.find_functions(module, callee)
            if module is not None and any(function is wrapper for function, _ in found):
                yield module, call
