"""How many steps a search by backtracking takes: what `re` does, one way through an expression after the other."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

Items = Sequence[tuple[Any, Any]]
Then = Callable[[int], bool]  # what follows, from a place on: whether it matches
DEPTH = 20_000  # calls within each other: some for each character


class Search:
    """Searches a text for an expression without flags of its own, and counts the elements that it tried."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps_count = 0
        self.groups: dict[int, tuple[int, int]] = {}

    def match(self, items: Items, at: int, then: Then) -> bool:
        """Whether the elements match from a place on, and what follows behind them."""
        if not items:
            return then(at)
        self.steps_count += 1
        operator, argument = items[0]
        return self._match_one(operator, argument, at, lambda place: self.match(items[1:], place, then))

    def _match_one(self, operator: Any, argument: Any, at: int, then: Then) -> bool:
        match operator:
            case sre.BRANCH:
                return any(self.match(list(branch), at, then) for branch in argument[1])
            case sre.SUBPATTERN:
                number, _, _, inner = argument
                return self.match(list(inner), at, lambda place: self._keep(number, at, place) and then(place))
            case sre.MAX_REPEAT | sre.MIN_REPEAT:
                least, most, inner = argument
                return self._repeat(list(inner), least, most, at, then, is_lazy=operator is sre.MIN_REPEAT)
            case sre.ASSERT | sre.ASSERT_NOT:
                direction, inner = argument
                start = at if direction > 0 else at - inner.getwidth()[0]
                found = start >= 0 and self.match(list(inner), start, lambda _: True)
                return found is (operator is sre.ASSERT) and then(at)
            case sre.AT:
                is_there = at == 0 if argument is sre.AT_BEGINNING else at == len(self.text)
                return is_there and then(at)
            case sre.GROUPREF:
                known = self.text[slice(*self.groups.get(argument, (0, 0)))]
                return self.text.startswith(known, at) and then(at + len(known))
        return at < len(self.text) and self._fits(operator, argument, self.text[at]) and then(at + 1)

    def _keep(self, number: int | None, start: int, end: int) -> bool:
        if number is not None:
            self.groups[number] = (start, end)
        return True

    def _repeat(self, inner: Items, least: int, most: Any, at: int, then: Then, *, is_lazy: bool) -> bool:
        def go_on() -> bool:
            def again(place: int) -> bool:
                return place > at and self._repeat(inner, max(least - 1, 0), most - 1, place, then, is_lazy=is_lazy)

            return bool(most > 0) and self.match(inner, at, again)

        if least > 0:
            return go_on()
        return then(at) or go_on() if is_lazy else go_on() or then(at)

    @staticmethod
    def _fits(operator: Any, argument: Any, character: str) -> bool:
        match operator:
            case sre.ANY:
                return character != "\n"
            case sre.LITERAL:
                return bool(ord(character) == argument)
            case sre.NOT_LITERAL:
                return bool(ord(character) != argument)
        is_negated = argument[0][0] is sre.NEGATE
        return is_negated != any(_is_in(operator, within, character) for operator, within in argument[is_negated:])


def _is_in(operator: Any, argument: Any, character: str) -> bool:
    if operator is sre.LITERAL:
        return bool(ord(character) == argument)
    if operator is sre.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    names = {sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_SPACE: r"\s", sre.CATEGORY_WORD: r"\w"}
    return re.match(names[argument], character) is not None


def count_steps(expression: str, text: str) -> int:
    """The steps until the first match is found, or there is none; the answer is held against that of `re`."""
    search, items = Search(text), list(_parser.parse(expression))
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(DEPTH)
    try:
        is_found = any(search.match(items, start, lambda _: True) for start in range(len(text) + 1))
    finally:
        sys.setrecursionlimit(usual)
    assert is_found is (re.search(expression, text) is not None)
    return search.steps_count
