"""Values that are of an option's type as they stand: for those Typer need not load pydantic, a tenth of a short run."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, get_args, get_origin

_NO_VALUE: Any = object()


class PlainValues:
    """Takes the values of one option or argument; whatever is not plainly of its type is left to Typer."""

    def __init__(self, parameter: Any) -> None:
        self._annotation = parameter.type_descriptor.annotation
        self._leave_to_typer = parameter.get_runtime_param

    def __call__(self) -> PlainValues:
        """Stand in for Typer's own way to what coerces."""
        return self

    def coerce(self, value: object, param: Any, ctx: Any) -> object:
        """Return the value for the command. Raises BadParameter."""
        taken = self._take(value, is_multiple=param.multiple or param.nargs == -1)
        return self._leave_to_typer().coerce(value, param=param, ctx=ctx) if taken is _NO_VALUE else taken

    def _take(self, value: object, *, is_multiple: bool) -> object:
        if value is None:
            return () if is_multiple else None
        if not is_multiple:
            return _take_one(self._annotation, value)
        if get_origin(self._annotation) is not list or not isinstance(value, (list, tuple)):
            return _NO_VALUE
        taken = [_take_one(get_args(self._annotation)[0], one) for one in value]
        return _NO_VALUE if _NO_VALUE in taken else taken


def _take_one(annotation: Any, value: object) -> object:
    if type(value) is str and annotation is str:
        return value
    is_choice = isinstance(annotation, type) and issubclass(annotation, StrEnum)
    return annotation(value) if is_choice and value in list(annotation) else _NO_VALUE


def take_plainly(parameters: list[Any]) -> list[Any]:
    """Let PlainValues stand between the parameters of a command and Typer. Returns the parameters."""
    for parameter in parameters:
        if not isinstance(parameter.get_runtime_param, PlainValues):
            vars(parameter)["get_runtime_param"] = PlainValues(parameter)
    return parameters
