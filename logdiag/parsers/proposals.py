"""A rules file for an application, written from its logs: what was learned, and what looks as if it mattered."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind, Interpreter
from logdiag.parsers.forms.dialects import Record, mend_text
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import BLANK, UnreadableError, decode_records
from logdiag.parsers.lifecycles import learn_rules, write_pattern
from logdiag.parsers.lifecycles.wordings import split_message
from logdiag.parsers.prospects import is_of_a_database, is_of_other_work, speaks_of_connections
from logdiag.parsers.rules import ESCAPED_IN_JSON, Match, Rule, RuleSet
from logdiag.parsers.templates import mask_message
from logdiag.reading import Damage, LogFile, read_lines
from logdiag.texts.sentences import Sentence, say

LINES_READ: Final = 20_000  # of each file: proposals need examples, not totals
MOST_PROPOSED: Final = 30
LEAST_WEIGHT: Final = 1.0  # a warning alone says too little
NEAR: Final = timedelta(seconds=2)  # what tells of a close or a connect stands within moments of it
LONGEST_EXAMPLE: Final = 300
CONNECTION_KINDS: Final = frozenset({
    EventKind.CONNECTED, EventKind.DISCONNECTED, EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED,
})  # fmt: skip
ALARMING: Final = {"warn": 1.0, "error": 2.0, "fatal": 2.0}
KIND_TO_CHOOSE: Final = "?"  # no kind: a rule whose reader set none is refused, and the refusal names the kinds
CONTROLS: Final = compile_later("[\x00-\x08\x0a-\x1f\x7f]")
TELLING: Final = compile_later(
    r"(?i)connect|socket|session|link|online|offline|clos|lost|drop|fail|refus|reject|timeout|timed out|retry|"
    r"reconn|push|sync|upload|deliver|kick|expire|listen|start|stop|shut|crash|unreachable|断|连接|失败|超时|推送|掉线|上线|下线"
)


class LinePlace(NamedTuple):
    """A line: path as the user gave it, number from 1."""

    file: str
    line: int


@dataclass(slots=True)
class Seen:
    """The lines of one kind: how many, the first of them and what it says, how many near a connect or a close."""

    message: str
    level: str | None
    place: LinePlace
    count: int = 0
    near_count: int = 0
    match: Match | None = None
    times: list[datetime] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """How likely the lines matter: by words, level, and how many stand near known events; never by number."""
        near = self.near_count / self.count if self.count else 0.0
        return ALARMING.get(self.level or "", 0.0) + (2.0 if TELLING.search(self.message) else 0.0) + 2.0 * near


@dataclass(frozen=True, slots=True)
class Proposals:
    """Rules for what was understood without one, each with its lines, and other kinds of lines that may matter.

    `rules` say what was learned, `readings` what the lexicon understood: it stays as it is unless a person corrects it.
    `of_code` are those that the code states, each with the number of its lines, which may be none.
    """

    rules: tuple[tuple[Rule, Seen], ...]
    unknown: tuple[Seen, ...]
    readings: tuple[tuple[Rule, Seen], ...] = ()
    of_code: tuple[tuple[Rule, int], ...] = ()


def propose_rules(
    files: Sequence[LogFile],
    rules: RuleSet,
    zone: tzinfo,
    most: int = MOST_PROPOSED,
    *,
    has_learned: bool = False,
) -> Proposals:
    """What a rules file for these logs should hold; `has_learned`: the rules have learned from these files already."""
    layouts = find_layouts(files, zone)
    known = rules if has_learned else rules.with_learned(learn_rules(files, rules, layouts))
    is_candidate = known.find_candidate()
    understood: dict[str, Seen] = {}
    unknown: dict[str, Seen] = {}
    moments: dict[str, list[datetime]] = defaultdict(list)
    for file, place, raw, moment, record in _read_records(files, layouts):
        service = record.service or file.service
        match = known.interpret(record.message, service, record.fields, record.level) if is_candidate(raw) else None
        if match is None:
            seen = unknown.setdefault(mask_message(record.message), Seen(record.message, record.level, place))
            seen.times.append(moment)
        else:
            name = mask_message(record.message) if match.rule is None else match.rule.id
            seen = understood.setdefault(name, Seen(record.message, record.level, place, match=match))
            if match.kind in CONNECTION_KINDS:
                moments[file.source].append(moment)
        seen.count += 1
    _count_near(unknown.values(), sorted(moment for rows in moments.values() for moment in rows))
    candidates = [seen for seen in unknown.values() if find_needle(seen.message)]
    ranked = sorted(candidates, key=lambda seen: (-seen.weight, seen.count, seen.message))
    learned = tuple((rule, understood[rule.id]) for rule in known.learned if rule.id in understood)
    weighty = [seen for seen in ranked if seen.weight > LEAST_WEIGHT]
    unsure = tuple((weighty if moments else _keep_prospects(weighty, unknown.values()))[:most])
    stated = [rule for rule in known.rules if rule.by is Interpreter.CODE]
    of_code = tuple((rule, understood[rule.id].count if rule.id in understood else 0) for rule in stated)
    return Proposals(learned, unsure, tuple(islice(_write_readings(understood.values()), most)), of_code)


def _keep_prospects(kinds: Iterable[Seen], unknown: Iterable[Seen]) -> list[Seen]:
    """Those that may be of connections, in logs of which no line is known to be: of a database's own log none."""
    messages: dict[str, list[str]] = defaultdict(list)
    for seen in unknown:
        messages[seen.place.file].append(seen.message)
    databases = {file for file, own in messages.items() if is_of_a_database(own)}
    others = {file for file, own in messages.items() if is_of_other_work(own)}
    return [
        one
        for one in kinds
        if one.place.file not in databases and (one.place.file not in others or speaks_of_connections(one.message))
    ]


def _write_readings(understood: Iterable[Seen]) -> Iterator[tuple[Rule, Seen]]:
    """A rule for each kind of lines that the lexicon understood, the most frequent first."""
    readings = [seen for seen in understood if seen.match is not None and seen.match.by is Interpreter.LEXICON]
    ranked = sorted(readings, key=lambda seen: (-seen.count, seen.message))
    rules = ((_write_reading(seen, number), seen) for number, seen in enumerate(ranked, 1))
    return ((rule, seen) for rule, seen in rules if rule is not None)


def _write_reading(seen: Seen, number: int) -> Rule | None:
    """The lexicon's reading of a kind of lines, with what it found in the message; None if no text is common to them.

    What stands in keys a rule finds by itself.
    """
    needle = find_needle(seen.message)
    if not needle or seen.match is None:
        return None
    headline = seen.message.partition("\n")[0]
    wording, texts = split_message(headline)
    names = {text: name for name, text in seen.match.extracted.items()}
    groups: dict[int, str] = {}
    for place, text in enumerate(texts):
        if text in names and names[text] not in groups.values():
            groups[place] = names[text]
    rule = Rule(
        id=f"{Interpreter.LEXICON}-{number}",
        kind=seen.match.kind,
        contains=(needle,),
        pattern=re.compile(write_pattern(wording, groups, states_reason="reason" in seen.match.extracted)),
        services=(),
        levels=(),
        nested={},
        constants={},
        examples=(mend_text(headline[:LONGEST_EXAMPLE]),),
        origin=Interpreter.LEXICON,
        service_pattern=None,
        by=Interpreter.LEXICON,
    )
    return rule if rule.understands(rule.examples[0]) else None


def _read_records(
    files: Sequence[LogFile], layouts: Mapping[LogFile, Layout]
) -> Iterator[tuple[LogFile, LinePlace, bytes, datetime, Record]]:
    for file in files:
        for line in islice(read_lines(file), LINES_READ):
            if isinstance(line, Damage) or not (bare := line.raw.strip(BLANK)):
                continue
            try:
                records = decode_records(bare, layouts[file])
            except UnreadableError:
                continue
            for moment, record in records:
                yield file, LinePlace(file.path, line.number), bare, moment, record


def _count_near(kinds: Iterable[Seen], moments: Sequence[datetime]) -> None:
    for seen in kinds:
        for time in seen.times:
            index = bisect_left(moments, time - NEAR)
            seen.near_count += index < len(moments) and moments[index] <= time + NEAR


def write_file(proposals: Proposals, spoken: str) -> str:
    """The rules file. What is not understood stands in comments, so that the file loads as it is."""
    blocks = [_remark(say("propose.head"), spoken) + _remark(say("propose.meaning"), spoken)]
    for rule, count in proposals.of_code:
        blocks.append(_remark(say("propose.of_code", place=rule.origin, count=count), spoken) + write_rule(rule))
    for rule, seen in proposals.rules:
        remark = say("propose.understood", count=seen.count, place=_name(seen.place))
        blocks.append(_remark(remark, spoken) + write_rule(rule))
    if not proposals.rules and not proposals.of_code:
        blocks.append(_remark(say("propose.nothing"), spoken) + "rule = []\n")
    if proposals.readings:
        blocks.append(_remark(say("propose.readings"), spoken))
    for rule, seen in proposals.readings:
        remark = say("propose.reading", count=seen.count, place=_name(seen.place))
        blocks.append(_remark(remark, spoken) + _comment(write_rule(rule)))
    if not (proposals.unknown or proposals.rules or proposals.of_code or proposals.readings):
        blocks.append(_remark(say("propose.none"), spoken))
    if proposals.unknown:
        blocks.append(_remark(say("propose.unknown"), spoken))
    for number, seen in enumerate(proposals.unknown, 1):
        remark = say("propose.line", count=seen.count, near_count=seen.near_count, place=_name(seen.place))
        blocks.append(_remark(remark, spoken) + _comment(write_stub(seen, f"proposed-{number}", KIND_TO_CHOOSE)))
    return "\n".join(blocks)


def _name(place: LinePlace) -> str:
    return f"{place.file}:{place.line}"


def _remark(sentence: Sentence, spoken: str) -> str:
    return _comment(sentence.write(spoken))


def _comment(text: str) -> str:
    """The lines of a text as comments; TOML allows no control characters in them."""
    return "".join(f"# {_clean(line)}\n" for line in text.rstrip("\n").split("\n"))


def _clean(line: str) -> str:
    return CONTROLS.sub("\ufffd", mend_text(line))


def write_rule(rule: Rule) -> str:
    """A rule as a table of a rules file. Reading it gives a rule that does the same."""
    rows: dict[str, object] = {"id": rule.id, "kind": rule.kind.value, "contains": list(rule.contains)}
    rows["pattern"] = rule.pattern.pattern
    for key, texts in (("services", rule.services), ("levels", rule.levels)):
        if texts:
            rows[key] = list(texts)
    tables = {
        "fields": {name: list(paths) for name, paths in rule.nested.items()},
        "set": rule.constants,
        "where": rule.where,
    }
    rows |= {key: table for key, table in tables.items() if table}
    rows["examples"] = list(rule.examples)
    return "[[rule]]\n" + "".join(f"{key} = {write_value(value)}\n" for key, value in rows.items())


def write_stub(seen: Seen, identifier: str, kind: str) -> str:
    """A rule for lines of a kind that nobody knows yet; what it means is for its reader to say."""
    message = mend_text(seen.message.partition("\n")[0][:LONGEST_EXAMPLE]).strip()
    needle = find_needle(seen.message)
    return "[[rule]]\n" + "".join(
        f"{key} = {write_value(value)}\n"
        for key, value in (("id", identifier), ("kind", kind), ("contains", [needle]), ("examples", [message]))
    )


def find_needle(message: str) -> str:
    """The longest text that stands in every message of its kind, in the bytes of every logger; empty if none does."""
    headline = message.partition("\n")[0][:LONGEST_EXAMPLE]
    parts = re.split(r"<\w+>", mask_message(headline))
    texts = [text.strip() for part in parts for text in ESCAPED_IN_JSON.split(part)]
    texts += [word for text in texts for word in text.split()]  # what stood between them may have been two blanks
    return max((text for text in texts if text in mend_text(headline)), key=len, default="")


def write_value(value: object) -> str:
    """A value as TOML: JSON's escapes are TOML's, but for one character and the sign between key and value."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{write_value(key)} = {write_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(write_value, value)) + "]"
    return json.dumps(mend_text(str(value)), ensure_ascii=False).replace("\x7f", "\\u007f")
