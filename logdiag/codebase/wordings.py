"""Rules from the code: what a line means by the handler that writes it, as rules for the reader of logs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from logdiag.codebase.handlers import Handlers, Meaning
from logdiag.codebase.log_sources import SHORTEST_TEXT
from logdiag.codebase.survey import Survey
from logdiag.events import EventKind, Interpreter
from logdiag.parsers.lexicon.messages import TWINS
from logdiag.parsers.rules import ESCAPED_IN_JSON, Match, Rule, RuleSet

LETTERS: Final = re.compile(r"[^\W\d_]")
# What may stand before a text: signs, tags in brackets.
BEFORE: Final = r"^(?:[^\w\n]{0,8}|\[[^\]\n]{1,60}\]\s*){0,3}"
AFTER: Final = r"\s*(?:\n|$|[{\[(:,-])"
VALUE: Final = r"[^\n]{0,200}"
VALUES: Final = {"count": r"\d{1,9}", "socket_id": r"[\w-]{1,64}"}
# What stands for a value where a text is tried out on rules.
SAMPLES: Final = {"reason": "transport close", "socket_id": "3Kf4aYyehQFLZosjAAAA", "error": "timeout", "count": "2"}
PUSHES: Final = frozenset({EventKind.PUSH_ACKNOWLEDGED, EventKind.PUSH_FAILED})


def write_rules(survey: Survey, known: RuleSet) -> tuple[Rule, ...]:
    """A rule for each logger call in a handler whose lines `known` does not understand as the handler does."""
    meanings = Handlers(survey).find()
    known_numbers = {one.number for one in meanings if _is_known(one, known)}
    rules: dict[str, Rule] = {}
    numbers: Counter[EventKind] = Counter()
    kinds = _list_kinds(meanings)
    for one in meanings:
        pattern = _write_pattern(one)
        needle = _find_needle(one)
        if (
            one.number in known_numbers
            or pattern is None
            or not needle
            or pattern in rules
            or len(kinds[one.call.parts]) > 1
        ):
            continue
        numbers[one.kind] += 1
        rule = _write(one, pattern, needle, numbers[one.kind])
        if rule.understands(rule.examples[0]):
            rules[pattern] = rule
    return tuple(rules.values())


def with_code(rules: RuleSet, from_code: tuple[Rule, ...]) -> RuleSet:
    """The rules of the code behind the user's own, before all others."""
    own = [rule for rule in rules.rules if rule.is_own]
    others = [rule for rule in rules.rules if not rule.is_own]
    return RuleSet((*own, *from_code, *others), rules.learned, rules.has_lexicon, rules.client_key)


def _list_kinds(meanings: list[Meaning]) -> dict[tuple[str | None, ...], set[EventKind]]:
    """What lines of one text mean: a text that stands in handlers of several kinds tells nothing."""
    kinds: dict[tuple[str | None, ...], set[EventKind]] = {}
    for one in meanings:
        kinds.setdefault(one.call.parts, set()).add(one.kind)
    return kinds


def _is_known(one: Meaning, known: RuleSet) -> bool:
    """Whether the lines are understood as they are: the side of an end that words leave open the process decides."""
    found = known.interpret(_write_example(one), None, {}, one.call.level)
    if found is None:
        return False
    if one.kind in PUSHES:
        return True
    return found.kind is one.kind or _may_be_twin(found, one.kind) or (found.rule is not None and found.rule.is_own)


def _may_be_twin(found: Match, kind: EventKind) -> bool:
    return not found.is_side_sure and (TWINS.get(found.kind) is kind or TWINS.get(kind) is found.kind)


def _write(one: Meaning, pattern: str, needle: str, number: int) -> Rule:
    nested = {}
    for key, value in one.call.keys.items():
        name = one.field_of(value)
        if name is not None:
            nested[name] = (key,)
    return Rule(
        id=f"{Interpreter.CODE}-{one.kind}-{number}",
        kind=one.kind,
        contains=(needle,),
        pattern=re.compile(pattern),
        services=(),
        levels=(),
        nested=nested,
        constants={} if one.channel is None else {"channel": one.channel},
        examples=(_write_example(one),),
        origin=f"{one.module.file.path}:{one.line}",
        service_pattern=None,
        by=Interpreter.CODE,
    )


def _first_lines(one: Meaning) -> Iterator[tuple[str | None, str | None]]:
    """The parts of a text up to its first line break, each with the field that what is put in there gives."""
    inserted = iter(one.call.inserted)
    for part in one.call.parts:
        if part is None:
            yield None, one.field_of(next(inserted))
        else:
            line, newline, _ = part.lstrip("\n").partition("\n")
            yield line, None
            if newline:
                return


def _write_example(one: Meaning) -> str:
    rows = [SAMPLES.get(name or "", "x1") if part is None else part for part, name in _first_lines(one)]
    return "".join(rows).strip()


def _find_needle(one: Meaning) -> str:
    """The longest literal that stands in every such line, in the bytes of every logger."""
    texts = [text.strip() for part, _ in _first_lines(one) if part for text in ESCAPED_IN_JSON.split(part)]
    return max(texts, key=len, default="")


def _write_pattern(one: Meaning) -> str | None:
    """An expression for the whole of a line; None where too little of it is the programmer's own."""
    rows = list(_first_lines(one))
    if len(LETTERS.findall("".join(part for part, _ in rows if part))) < SHORTEST_TEXT:
        return None
    pattern, groups = BEFORE if one.call.is_direct else "", set()
    is_open = False
    for place, (part, name) in enumerate(rows):
        if part is not None:
            text = re.sub(r"(?:\\ )+", r"\\s+", re.escape(part.lstrip() if place == 0 else part))
            if place == len(rows) - 1:
                text = text.rstrip() + AFTER
            pattern += f"{text})" if is_open else text
            is_open = False
            continue
        group = name if name is not None and name not in groups else None
        groups.add(group)
        last = place == len(rows) - 1
        value = VALUES.get(group or "", VALUE if last else f"{VALUE}?")
        pattern += ")" if is_open else ""
        pattern += "(?>" + (f"(?P<{group}>{value})" if group else value)
        is_open = True
    return pattern + (")" if is_open else "")
