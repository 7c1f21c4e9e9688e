"""Expressions that are compiled by the first question to them."""

from __future__ import annotations

import copy
import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import logdiag
from logdiag.deferred import DeferredPattern, compile_later
from logdiag.parsers.rule_files import load_rules


def test_a_deferred_pattern_is_compiled_by_its_first_search() -> None:
    """A faulty one is found no sooner, which is why users' own patterns are compiled when they are read."""
    pattern = compile_later("B(?P<code>.)", re.IGNORECASE)
    assert vars(pattern).keys() == {"pattern", "_asked"}
    assert pattern.search("abc") is not None
    assert pattern.fullmatch("bc") is not None
    assert dict(compile_later("b(?P<code>.)").groupindex) == {"code": 1}
    faulty = compile_later("(")
    with pytest.raises(re.error):
        faulty.search("")
    assert all(isinstance(rule.pattern, DeferredPattern) for rule in load_rules().rules)


def test_a_deferred_pattern_goes_to_another_process() -> None:
    """It equals the one that it was, compiled here or not, and is compiled there anew."""
    for pattern in (compile_later(rb"b+"), compile_later(rb"b+")):
        pattern.search(b"")
        other = copy.deepcopy(pattern)  # as pickle does it
        assert other == pattern
        assert hash(other) == hash(pattern)
        assert other.sub(b"-", b"abbc") == b"a-c"
    assert compile_later("b") != compile_later("b", re.IGNORECASE)


def test_every_expression_of_the_package_can_be_compiled() -> None:
    """A faulty one would be noticed by the first log that needs it, no longer by the import of its module."""
    names = [one.name for one in pkgutil.walk_packages(logdiag.__path__, "logdiag.") if "__main__" not in one.name]
    found = [one for name in names for one in list_patterns([*vars(importlib.import_module(name)).values()])]
    assert len(found) > 300
    assert all(one.groups >= 0 for one in found)


def list_patterns(value: object) -> Iterator[DeferredPattern]:
    """Those that a value of a module is or holds."""
    if isinstance(value, DeferredPattern):
        yield value
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from list_patterns(item)
    elif isinstance(value, dict):
        yield from list_patterns([*value.values()])
