"""Rules as they stand in TOML files: loaded, validated, the built-in ones extended or overridden by the user's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.errors import RuleError, reason_of
from logdiag.events import EventKind
from logdiag.parsers.forms.dialects import normalize_level
from logdiag.parsers.patterns import SlowPatternError, compile_pattern
from logdiag.parsers.rules import BUILT_IN, ESCAPED_IN_JSON, FIELDS, Rule, RuleSet
from logdiag.reading.toml import LARGEST_BYTES, TomlError, TooLargeError, parse_toml, read_toml
from logdiag.texts.plain_toml import parse_plain_toml
from logdiag.texts.sentences import Sentence, say

KEYS: Final = {
    "id",
    "kind",
    "contains",
    "pattern",
    "services",
    "levels",
    "fields",
    "set",
    "where",
    "examples",
    "either_side",
}
BAD_PATTERN: Final = (re.error, OverflowError, RecursionError)


def load_rules(files: Sequence[str] = ()) -> RuleSet:
    """The built-in rules and those of `files`, which come first and replace built-in ones of the same id.

    Raises RuleError with every fault of every file.
    """
    problems: list[Sentence] = []
    rules: dict[str, Rule] = {}
    for name in files:
        for rule in _read_user_file(name, problems):
            rules.pop(rule.id, None)
            rules[rule.id] = rule
    built_in = _read_built_in()
    problems += built_in.problems
    for rule in built_in.rules:
        rules.setdefault(rule.id, rule)
    if problems:
        raise RuleError(problems)
    return RuleSet(tuple(rules.values()), has_lexicon=True)


class _BuiltIn(NamedTuple):
    rules: tuple[Rule, ...]
    problems: tuple[Sentence, ...]


@cache
def _read_built_in() -> _BuiltIn:
    """Read once a process: a seventh of what the diagnosis of a small folder takes, and always the same."""
    folder = resources.files("logdiag.parsers").joinpath("rules")
    rules: list[Rule] = []
    problems: list[Sentence] = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            content = parse_plain_toml(file.read_text("utf-8"))
            rules += _parse_rows(content, f"{BUILT_IN}:{file.name}", problems)
    return _BuiltIn(tuple(rules), tuple(problems))


def _read_user_file(name: str, problems: list[Sentence]) -> Iterable[Rule]:
    try:
        text = read_toml(Path(name))
    except TooLargeError:
        problems.append(say("rule_fault.too_large", place=name, limit_bytes=LARGEST_BYTES))
    except OSError as error:
        problems.append(say("rule_fault.unreadable", place=name, why=reason_of(error)))
    except UnicodeDecodeError as error:
        problems.append(say("rule_fault.not_utf8", place=name, why=error.reason, offset_bytes=error.start))
    else:
        yield from parse_rules(text, name, problems)


def parse_rules(text: str, origin: str, problems: list[Sentence]) -> list[Rule]:
    """The valid rules of one TOML text; every fault is appended to `problems` as `file: key: reason`."""
    try:
        content = parse_toml(text)
    except TomlError as error:
        problems.append(say("rule_fault.bad_toml", place=f"{origin}:{error.line}", why=error.why))
        return []
    return _parse_rows(content, origin, problems)


def _parse_rows(content: Mapping[str, Any], origin: str, problems: list[Sentence]) -> list[Rule]:
    problems += [say("rule_fault.no_key_of_file", place=origin, key=key) for key in sorted(content.keys() - {"rule"})]
    rows = content.get("rule")
    if rows is None:
        problems.append(say("rule_fault.no_rules", place=origin))
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.append(say("rule_fault.no_tables", place=origin))
        return []
    rules: dict[str, Rule] = {}
    for number, row in enumerate(rows, 1):
        place = f"{origin}: rule {number}" + (f" ({row['id']})" if isinstance(row.get("id"), str) else "")
        rule = _parse_rule(row, place, origin, problems)
        if rule is not None and rule.id in rules:
            problems.append(say("rule_fault.twice", place=place))
        elif rule is not None:
            rules[rule.id] = rule
    return list(rules.values())


@dataclass(frozen=True, slots=True)
class _Faults:
    """What is wrong with one rule."""

    place: str
    sentences: list[Sentence]

    def add(self, key: str, /, **values: object) -> None:
        self.sentences.append(say(f"rule_fault.{key}", place=self.place, **values))


def _parse_rule(row: Mapping[str, Any], place: str, origin: str, problems: list[Sentence]) -> Rule | None:
    found = _Faults(place, [])
    for key in sorted(row.keys() - KEYS):
        found.add("no_key", key=key, known=tuple(sorted(KEYS)))
    identifier = _parse_identifier(row, found)
    kind = _parse_kind(row, found)
    contains = _parse_texts(row, "contains", found, required=True)
    services = _parse_texts(row, "services", found)
    levels = tuple(normalize_level(text) for text in _parse_texts(row, "levels", found))
    examples = _parse_texts(row, "examples", found, required=True)
    is_own = not origin.startswith(BUILT_IN)
    pattern = _parse_pattern(row, contains, found, is_own=is_own)
    nested = _parse_paths(row, found)
    constants = _parse_mapping(row, "set", found)
    where = _parse_where(row, found)
    either_side = row.get("either_side", False)
    if not isinstance(either_side, bool):
        found.add("no_flag", key="either_side")
    for text in contains:
        if ESCAPED_IN_JSON.search(text.removeprefix('"')):  # of an escaped quote the last byte is one
            found.add("escaped", text=text)
    service_pattern = compile_later("|".join(translate(text) for text in services)) if services else None
    if found.sentences or identifier is None or kind is None or pattern is None:
        problems += found.sentences
        return None
    rule = Rule(
        identifier,
        kind,
        contains,
        pattern,
        services,
        levels,
        nested,
        constants,
        examples,
        origin,
        service_pattern,
        where,
        is_side_sure=not either_side,
    )
    missed = [text for text in examples if not rule.understands(text)] if is_own else ()  # of the others a test asks it
    problems += [say("rule_fault.own_example", place=place, text=text) for text in missed]
    return None if missed else rule


def _parse_identifier(row: Mapping[str, Any], found: _Faults) -> str | None:
    value = row.get("id")
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
        return value
    found.add("no_id")
    return None


def _parse_kind(row: Mapping[str, Any], found: _Faults) -> EventKind | None:
    try:
        return EventKind(row.get("kind"))  # type: ignore[arg-type]
    except ValueError:
        found.add("no_kind", text=row.get("kind"), known=tuple(EventKind))
        return None


def _parse_texts(row: Mapping[str, Any], key: str, found: _Faults, *, required: bool = False) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        found.add("no_texts", key=key)
        return ()
    if required and not value:
        found.add("lacks_texts", key=key)
    return tuple(value)


def _parse_pattern(
    row: Mapping[str, Any], contains: tuple[str, ...], found: _Faults, *, is_own: bool
) -> re.Pattern[str] | None:
    """The pattern; that it is sound, and not searched for ever, is asked of users' own: of the others tests ask it."""
    text = row.get("pattern", "|".join(re.escape(part) for part in contains))
    if not isinstance(text, str):
        found.add("no_pattern")
        return None
    if not is_own:
        return compile_later(text)
    try:
        pattern = compile_pattern(text) if "pattern" in row else re.compile(text)
    except BAD_PATTERN as error:
        found.add("bad_pattern", why=error)
        return None
    except SlowPatternError as error:
        found.add("slow_pattern", why=error.sentence)
        return None
    for name in pattern.groupindex:
        if name not in FIELDS:
            found.add("no_group", text=name, known=FIELDS)
    return pattern


def _parse_paths(row: Mapping[str, Any], found: _Faults) -> dict[str, tuple[str, ...]]:
    """The dotted paths of each field: one, or a list of those to try in their order."""
    value = row.get("fields", {})
    if not isinstance(value, dict):
        found.add("no_mapping", key="fields")
        return {}
    lists = {name: text if isinstance(text, list) else [text] for name, text in value.items()}
    if not all(paths and all(isinstance(path, str) for path in paths) for paths in lists.values()):
        found.add("no_mapping", key="fields")
        return {}
    _check_names(value, "fields", found)
    return {name: tuple(paths) for name, paths in lists.items()}


def _parse_mapping(row: Mapping[str, Any], key: str, found: _Faults) -> dict[str, str]:
    value = row.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        found.add("no_mapping", key=key)
        return {}
    _check_names(value, key, found)
    return dict(value)


def _parse_where(row: Mapping[str, Any], found: _Faults) -> dict[str, str]:
    """What must stand at dotted paths of the record."""
    value = row.get("where", {})
    if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
        return dict(value)
    found.add("no_mapping", key="where")
    return {}


def _check_names(names: Iterable[str], key: str, found: _Faults) -> None:
    for name in names:
        if name not in FIELDS:
            found.add("no_field", key=key, text=name, known=FIELDS)
