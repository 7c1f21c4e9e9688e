"""Regular expressions that people write, and what of them `re` could search for ever: that is refused.

`re` tries one way through an expression after the other. Where a text has many ways through a repeat, as `aaaa` has
through `(a+)+`, it tries them all before it gives up: twice as many for each further character. An expression is laid
out as an automaton of its characters (Glushkov's, with as many edges as there are ways), in which such ambiguity shows:
as two different ways from a place to itself on one text (exponential), or as repeats in a row that share a character
(a power of the length for each).
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final, NamedTuple

from logdiag.texts.sentences import Sentence, say

SEARCHED_CHARACTERS: Final = 4_000  # of a text, by an expression with a repeat without end; by another one, all
MOST_COPIES: Final = 16  # `x{3,8}` is laid out as eight; above this many as a repeat without end
FEWEST_ENDLESS: Final = 200  # of a repeat that counts as one without end where its length is a matter of speed
MOST_PLACES: Final = 1_000  # of an automaton: to judge a larger one takes seconds
MOST_REPEATS: Final = 2  # in a row on one character; searching from every place is one: the time grows as the square
OTHERS: Final = "éß中ıſK\u00a0\u2028\u0663\U0001f600"  # of kinds that classes tell apart, beyond ASCII


class SlowPatternError(ValueError):
    """An expression that could be searched for ever; the argument is what to do about it."""

    @property
    def sentence(self) -> Sentence:
        """What is wrong, and the remedy."""
        sentence: Sentence = self.args[0]
        return sentence


def compile_pattern(text: str) -> re.Pattern[str]:
    """Compile what a person wrote. Raises SlowPatternError, and what `re.compile` raises."""
    pattern = re.compile(text)
    check_speed(text)
    return pattern


def search_pattern(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Search a text, as far as it can be done in no time."""
    return pattern.search(text, 0, SEARCHED_CHARACTERS if _is_endless(pattern.pattern) else sys.maxsize)


@cache
def _is_endless(text: str) -> bool:
    """Whether an expression has a repeat without end."""
    return any(character in text for character in "*+{")


def check_speed(text: str) -> None:
    """Raise SlowPatternError if there are texts on which an expression takes for ever."""
    parsed = _parser.parse(text)
    plan = _Plan()
    whole = plan.lay_out(parsed, parsed.state.flags)
    plans = [(plan, whole)]
    while plan.aside:  # what is looked for ahead or behind is searched by itself
        inner, flags = plan.aside.pop()
        other = _Plan(aside=plan.aside)
        plans.append((other, other.lay_out(inner, flags)))
    for one, part in plans:
        _judge(one, part)


def _judge(plan: _Plan, whole: _Part) -> None:
    if any(_is_exponential(plan, component) for component in _find_components(plan.edges)):
        raise SlowPatternError(say("pattern.exponential"))
    for sample in range(len(_list_samples())):
        if _count_repeats(plan, whole, 1 << sample) > MOST_REPEATS:
            raise SlowPatternError(say("pattern.repeats"))


class _Part(NamedTuple):
    """A part of an expression: the places that it may begin and end at, and being empty, each in so many ways."""

    first: Counter[int]
    last: Counter[int]
    empty_count: int


EMPTY: Final = _Part(Counter(), Counter(), 1)
MANY: Final = 2  # ways: more are no worse


@dataclass(slots=True)
class _Plan:
    """The places of an expression, each with the samples that may stand there (a bit each), and the edges between."""

    places: list[int] = field(default_factory=list)
    edges: dict[int, Counter[int]] = field(default_factory=dict)
    short: set[tuple[int, int]] = field(default_factory=set)  # edges back of repeats that do not go on for long
    aside: list[tuple[Any, int]] = field(default_factory=list)
    parts_count: int = 0

    def lay_out(self, items: Iterable[tuple[Any, Any]], flags: int) -> _Part:
        """Lay out one after the other."""
        whole = EMPTY
        for operator, argument in items:
            whole = self._join(whole, self._lay_out_one(operator, argument, flags))
        return whole

    def _lay_out_one(self, operator: Any, argument: Any, flags: int) -> _Part:
        self.parts_count += 1
        if len(self.places) > MOST_PLACES or self.parts_count > 10 * MOST_PLACES:
            raise SlowPatternError(say("pattern.too_large", most_count=MOST_PLACES))
        match operator:
            case sre.LITERAL | sre.NOT_LITERAL | sre.ANY | sre.IN:
                return self._add_place(_list_accepted(operator, argument, flags))
            case sre.BRANCH:
                return self._choose([self.lay_out(branch, flags) for branch in argument[1]])
            case sre.SUBPATTERN:
                _, added, removed, inner = argument
                return self.lay_out(inner, (flags | added) & ~removed)
            case sre.ATOMIC_GROUP:
                return self.lay_out(argument, flags)
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                least, most, inner = argument
                return self._repeat(least, most, inner, flags)
            case sre.ASSERT | sre.ASSERT_NOT:
                self.aside.append((argument[1], flags))
            case sre.GROUPREF_EXISTS:
                branches = [self.lay_out(branch or (), flags) for branch in argument[1:]]
                return self._choose(branches)
        return EMPTY  # an anchor; what a group matched before

    def _add_place(self, accepted: int) -> _Part:
        place = len(self.places)
        self.places.append(accepted)
        self.edges[place] = Counter()
        return _Part(Counter([place]), Counter([place]), 0)

    def _choose(self, parts: Sequence[_Part]) -> _Part:
        first, last = Counter[int](), Counter[int]()
        for part in parts:
            first += part.first
            last += part.last
        return _Part(first, last, min(sum(part.empty_count for part in parts), MANY))

    def _join(self, left: _Part, right: _Part) -> _Part:
        self._connect(left.last, right.first)
        first = left.first + _multiply(right.first, left.empty_count)
        last = right.last + _multiply(left.last, right.empty_count)
        return _Part(first, last, min(left.empty_count * right.empty_count, MANY))

    def _connect(self, ends: Counter[int], starts: Counter[int]) -> None:
        for end, count in ends.items():
            self.edges[end].update(_multiply(starts, count))

    def _repeat(self, least: int, most: int, inner: Any, flags: int) -> _Part:
        if most <= MOST_COPIES:
            whole = EMPTY
            for number in range(most):
                part = self.lay_out(inner, flags)
                whole = self._join(whole, part if number < least else _allow_empty(part))
            return whole
        part = self.lay_out(inner, flags)
        self._connect(part.last, part.first)
        if most < FEWEST_ENDLESS:
            self.short.update((end, start) for end in part.last for start in part.first)
        part = part._replace(empty_count=min(part.empty_count, 1))  # `re` goes round no second time for nothing
        return part._replace(empty_count=1) if least == 0 else part


def _multiply(ways: Counter[int], count: int) -> Counter[int]:
    if count == 1:
        return ways
    return Counter({place: min(number * count, MANY) for place, number in ways.items() if count})


def _allow_empty(part: _Part) -> _Part:
    return part._replace(empty_count=min(part.empty_count + 1, MANY))


@cache
def _list_samples() -> str:
    """Characters of every kind that expressions tell apart."""
    return "".join(map(chr, range(128))) + OTHERS


def _list_accepted(operator: Any, argument: Any, flags: int) -> int:
    return _list_accepted_by(operator, tuple(argument) if operator is sre.IN else argument, flags)


@cache
def _list_accepted_by(operator: Any, argument: Any, flags: int) -> int:
    accepted = 0
    for number, character in enumerate(_list_samples()):
        accepted |= _accepts(operator, argument, flags, character) << number
    return accepted


def _accepts(operator: Any, argument: Any, flags: int, character: str) -> bool:
    forms = {character}
    if flags & re.IGNORECASE:
        forms |= {form for form in (character.lower(), character.upper(), character.upper().lower()) if len(form) == 1}
    match operator:
        case sre.ANY:
            return bool(flags & re.DOTALL) or character != "\n"
        case sre.LITERAL:
            return chr(argument) in forms
        case sre.NOT_LITERAL:
            return chr(argument) not in forms
    is_negated = argument[0][0] is sre.NEGATE
    return is_negated != any(_is_in(item, form, flags) for item in argument[is_negated:] for form in forms)


CATEGORIES: Final = {
    sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S", sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _is_in(item: tuple[Any, Any], character: str, flags: int) -> bool:
    operator, argument = item
    if operator is sre.LITERAL:
        return bool(ord(character) == argument)
    if operator is sre.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    return re.match(CATEGORIES[argument], character, flags & re.ASCII) is not None


def _find_components(edges: Mapping[int, Mapping[int, int]]) -> Iterator[frozenset[int]]:
    """The places that lead to each other and back: what is repeated (Tarjan's algorithm, without recursion)."""
    order: dict[int, int] = {}
    lowest: dict[int, int] = {}
    held: list[int] = []
    is_held: set[int] = set()
    for root in edges:
        if root in order:
            continue
        work: list[tuple[int, Iterator[int]]] = [(root, iter(edges[root]))]
        order[root] = lowest[root] = len(order)
        held.append(root)
        is_held.add(root)
        while work:
            place, nexts = work[-1]
            for following in nexts:
                if following not in order:
                    order[following] = lowest[following] = len(order)
                    held.append(following)
                    is_held.add(following)
                    work.append((following, iter(edges[following])))
                    break
                if following in is_held:
                    lowest[place] = min(lowest[place], order[following])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[place])
                if lowest[place] == order[place]:
                    component: set[int] = set()
                    while not component or place not in component:
                        component.add(held.pop())
                    is_held -= component
                    if len(component) > 1 or place in edges[place]:
                        yield frozenset(component)


def _is_exponential(plan: _Plan, component: frozenset[int]) -> bool:
    """Whether one text leads from a place of a repeat to itself in two ways."""
    inner = {place: {to: n for to, n in plan.edges[place].items() if to in component} for place in component}
    if any(count > 1 for following in inner.values() for count in following.values()):
        return True
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
    waiting = [(place, place) for place in component]
    while waiting:  # places that one text leads to, from one place, in two ways
        pair = waiting.pop()
        if pair in pairs:
            continue
        left, right = pair
        pairs[pair] = [(a, b) for a in inner[left] for b in inner[right] if plan.places[a] & plan.places[b]]
        waiting += pairs[pair]
    back: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for pair, following in pairs.items():
        for other in following:
            back.setdefault(other, []).append(pair)
    reached: set[tuple[int, int]] = set()
    waiting = [(place, place) for place in component]
    while waiting:  # those from which one text leads to one place again
        pair = waiting.pop()
        if pair not in reached:
            reached.add(pair)
            waiting += back.get(pair, ())
    return any(left != right for left, right in reached)


def _count_repeats(plan: _Plan, whole: _Part, sample: int) -> int:
    """How many repeats stand in a row that a run of one character may go through; searching for its start is one."""
    places = [place for place, accepted in enumerate(plan.places) if accepted & sample]
    taking = set(places)
    edges = {place: [to for to in plan.edges[place] if to in taking] for place in places}
    loops = {
        place: component
        for component in _find_components({place: dict.fromkeys(edges[place], 1) for place in places})
        if any((a, b) not in plan.short for a in component for b in edges[a] if b in component)
        for place in component
    }
    most: dict[int, int] = {}

    def count(start: int) -> int:
        """The repeats from a place on; a component counts as its places do, once."""
        waiting = [start]
        while waiting:
            place = waiting[-1]
            component = loops.get(place, frozenset({place}))
            following = [to for one in component for to in edges[one] if to not in component]
            missing = [to for to in following if to not in most]
            if missing and len(waiting) <= len(places):
                waiting += missing[:1]
                continue
            waiting.pop()
            value = max((most.get(to, 0) for to in following), default=0) + (place in loops)
            most.update(dict.fromkeys(component, value))
        return most[start]

    inside = max(map(count, places), default=0)
    from_start = max((count(place) for place in whole.first if place in taking), default=0)
    return max(inside, from_start + 1 if from_start else 0)
