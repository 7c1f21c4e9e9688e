"""Event rules: which message means what, and what is taken from it; `rule_files` is where they come from.

In patterns `.` stops at a newline, and so it shall: of a message of several lines the first one says what happened,
the rest is its stack.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import Event, EventKind, Interpreter, Side
from logdiag.parsers.forms.dialects import find_nested, mend_text
from logdiag.parsers.hiding import COLOURED, HIDING_TEXTS, may_hide
from logdiag.parsers.lexicon.around import read_around
from logdiag.parsers.lexicon.close_frames import CLOSE_CODES
from logdiag.parsers.lexicon.ends import tells_of_an_end
from logdiag.parsers.lexicon.fields import (
    ENDS,
    extract,
    find_error_text,
    find_key_fields,
    find_library_reason,
    find_system_reason,
)
from logdiag.parsers.lexicon.fronts import take_off_front
from logdiag.parsers.lexicon.messages import CONNECTION_KINDS, is_foreign, names_a_party, read_message
from logdiag.parsers.lexicon.needles import NEEDLES, OPENING_WORDS, Expression, may_understand
from logdiag.parsers.lexicon.parts import STOPS, is_of_a_part
from logdiag.parsers.lexicon.sizes import find_size
from logdiag.parsers.lexicon.stated import Cut, cut_statement
from logdiag.parsers.searches import AnyText, drop_longer, find_any
from logdiag.parsers.templates import MESSAGE_LIMIT_CHARS, TEMPLATES_CACHED, level_message, mask_message

BUILT_IN: Final = "built-in"
NOT_EXTRACTED: Final = {
    "time", "kind", "source", "service", "level", "message", "file", "line", "identity", "is_service_stated",
    "is_side_sure", "client", "rule", "by", "writer", "is_upside_down",
}  # fmt: skip
FIELDS: Final = tuple(field.name for field in fields(Event) if field.name not in NOT_EXTRACTED)
ESCAPED_IN_JSON: Final = compile_later(r'["\\/\x00-\x1f\x7f]')
TOLD_BY_ERRORS: Final = ENDS | {EventKind.CONNECT_ERROR}
SENT: Final = frozenset({EventKind.PUSH_STARTED, EventKind.EMIT})
OPENING: Final = frozenset({EventKind.CONNECTED, EventKind.SERVER_CONNECTED})
# What the words of a reason may look like by themselves.
IN_REASONS: Final = STOPS | {
    EventKind.PROCESS_STARTED,
    EventKind.PROCESS_CRASHED,
    EventKind.SERVER_STARTED,
    EventKind.SERVER_ERROR,
    EventKind.SERVER_KICK,
}
# Of rules for errors that stand alone in a line: beside a message they may be of anything that it speaks of.
BARE: Final = frozenset({"bare-refused", "bare-dial-refused", "bare-status"})
MATCHED_PREFIX: Final = 2_000
SERVER_STOPS: Final = "server shutting down"  # Socket.IO's reason of a server that lets its sockets go
CUT_REASON: Final = "transport close"  # one that stands for any other
LONGEST_NESTED: Final = 500
DIGIT: Final = compile_later(r"\d")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: a message that contains one of `contains` and matches `pattern` is an event of `kind`.

    `services` and `levels` restrict the rule (shell patterns; empty: any). Named groups of `pattern` fill the
    event's fields of the same name, `nested` reads further fields from dotted paths of the record (of several, the
    first that holds anything), `constants` sets them outright. `where`: what must stand in the record, by dotted path.
    `is_side_sure` is False where client and server may both write the line: whose log it is then decides, and `kind`
    is the client's. `by` is who made the rule: a person, or this run by what opens and closes, or by the handler that
    writes the line. Every text of `examples` must be matched by the rule itself; a test holds the built-in ones to it.
    """

    id: str
    kind: EventKind
    contains: tuple[str, ...]
    pattern: re.Pattern[str]
    services: tuple[str, ...]
    levels: tuple[str, ...]
    nested: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str]
    examples: tuple[str, ...]
    origin: str
    service_pattern: re.Pattern[str] | None
    where: Mapping[str, str] = field(default_factory=dict)
    by: Interpreter = Interpreter.RULE
    is_side_sure: bool = True

    @property
    def is_own(self) -> bool:
        """Whether the user wrote it."""
        return self.by is Interpreter.RULE and not self.origin.startswith(BUILT_IN)

    def match(self, message: str, service: str | None, level: str | None) -> re.Match[str] | None:
        """The match of this rule on a message that contains one of its texts, or None."""
        if self.service_pattern is not None and not self.service_pattern.match(service or ""):
            return None
        if self.levels and level not in self.levels:
            return None
        return self.pattern.search(message[:MATCHED_PREFIX])

    def understands(self, message: str) -> bool:
        """Whether the rule matches a message of a service and level that it is for."""
        return any(text in message for text in self.contains) and self.pattern.search(message) is not None


class Match(NamedTuple):
    """What a message means, and what was extracted: by the rule that fired, or, where `rule` is None, by the lexicon.

    `side` is whose log says so, if the lexicon knows or guesses; a guess has `is_side_sure` False.
    """

    kind: EventKind
    extracted: dict[str, str]
    rule: Rule | None = None
    side: Side | None = None
    is_side_sure: bool = True

    @property
    def by(self) -> Interpreter:
        """Who understood the message."""
        return Interpreter.LEXICON if self.rule is None else self.rule.by


# What a set of rules finds out about its rules, whatever was learned beside them.
OF_THE_RULES: Final = ("_candidates", "_places_of_text", "_places_without_text", "_any_text", "_always_tried")


@dataclass(frozen=True)  # without slots: what its texts are is asked for each file, and found out once
class RuleSet:
    """Rules in the order in which they are tried: the first that matches wins.

    Behind them comes the lexicon, if there is one, and last those `learned` for this run. `client_key` is the key by
    which a line names its client, where the user says so.
    """

    rules: tuple[Rule, ...]
    learned: tuple[Rule, ...] = ()
    has_lexicon: bool = False
    client_key: str | None = None
    _candidates: dict[str, tuple[Rule, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def with_learned(self, learned: tuple[Rule, ...]) -> RuleSet:
        """The same rules with these learned; what was found out about the texts of `rules` serves both."""
        other = replace(self, learned=learned)
        for name in OF_THE_RULES:
            vars(other)[name] = getattr(self, name)
        return other

    def match(
        self, message: str, service: str | None, record: Mapping[str, Any] | None = None, level: str | None = None
    ) -> Match | None:
        """What a message means, None if it is no event: because nothing understands it, or a rule ignores it."""
        found = self.interpret(message, service, record, level)
        return None if found is None or found.kind is EventKind.IGNORED else found

    def interpret(
        self, message: str, service: str | None, record: Mapping[str, Any] | None = None, level: str | None = None
    ) -> Match | None:
        """What is said of a message: by the first rule that fires, else by the lexicon, else by what this run learned.

        Of a message that a rule ignores it is said that it is ignored.
        """
        found = self._interpret(message, service, record or {}, level)
        cut = _cut_reason(found, message) if self.has_lexicon else None
        if cut is None:
            return found
        end = self._read_end_before(cut, message, service, record or {}, level)
        if end is not None:
            return end
        if found is None or not cut.is_named or not tells_of_an_end(mask_message(cut.before)):
            return found
        return _find_rule(self.learned, message, service, record or {}, level)

    def _read_end_before(
        self, cut: Cut, message: str, service: str | None, fields: Mapping[str, Any], level: str | None
    ) -> Match | None:
        """The end that stands before a reason whose words are an event by themselves, or hide it.

        `WebSocket closed, reason=Server shutting down` stops no server.
        """
        end = _find_rule(self._list_candidates(cut.before), cut.before, service, fields, level)
        if end is None and (reading := read_message(cut.before, service, fields)) is not None:
            end = Match(reading.kind, reading.extracted, None, reading.side, reading.is_side_sure)
        if end is None and cut.is_named and SERVER_STOPS in message[len(cut.before) :].lower():
            # `Node detached …, reason: …` is an end by its reason alone, and this one's words are those of a stop.
            reading = read_message(f"{cut.before} reason: {CUT_REASON}", service, fields)
            end = None if reading is None else Match(EventKind.SERVER_DISCONNECTED, {}, None, Side.SERVER)
        if end is None or end.kind not in ENDS or is_foreign(message[:MATCHED_PREFIX]):
            return None
        return end._replace(extracted=end.extracted | extract(end.kind, message[:MATCHED_PREFIX], fields))

    def _interpret(
        self, message: str, service: str | None, fields: Mapping[str, Any], level: str | None
    ) -> Match | None:
        found = _find_rule(self._list_candidates(message), message, service, fields, level)
        if found is not None:
            return _add_sentence(found, message[:MATCHED_PREFIX], service, fields) if self.has_lexicon else found
        reading = read_message(message[:MATCHED_PREFIX], service, fields) if self.has_lexicon else None
        if reading is not None:
            return Match(reading.kind, reading.extracted, None, reading.side, reading.is_side_sure)
        learned = _find_rule(self.learned, message, service, fields, level)
        if learned is not None or not self.has_lexicon:
            return learned
        return self._read_behind_front(message, service, fields, level) or self._read_error(message, service, fields)

    def _read_behind_front(
        self, message: str, service: str | None, fields: Mapping[str, Any], level: str | None
    ) -> Match | None:
        """What the sentence says behind who and where (`fronts`): of a connection, or nothing."""
        front = take_off_front(message[:MATCHED_PREFIX])
        if front is None or (not front.is_whole and not names_a_party(front.message)):
            return None
        inner, speaker = front.message, front.name or service
        known = {**fields, **front.fields}
        found = _find_rule(self._list_candidates(inner), inner, speaker, known, level) if front.is_whole else None
        if found is None and (reading := read_message(inner, speaker, known)) is not None:
            found = Match(reading.kind, reading.extracted, None, reading.side, reading.is_side_sure)
        if found is None or found.kind not in CONNECTION_KINDS:
            return None
        who = {} if front.who is None or "worker_id" in found.extracted else {"worker_id": front.who}
        return found._replace(extracted=found.extracted | who)

    def _read_error(self, message: str, service: str | None, fields: Mapping[str, Any]) -> Match | None:
        """What the error says beside a message that says nothing: `msg="proxy error" error="websocket: close …"`.

        Of an end or of a failed attempt alone, by a rule: its words are a protocol's, whoever writes them.
        """
        if not self.has_lexicon or not fields or (error := find_error_text(fields)) is None or error == message:
            return None
        found = _find_rule(self._list_candidates(error), error, service, fields, None)
        if found is None or found.rule is None or found.kind not in TOLD_BY_ERRORS or found.rule.is_own:
            return None
        return None if found.rule.id in BARE else found

    def _list_candidates(self, message: str) -> Sequence[Rule]:
        """Those of `rules` that may have a text in the message: looked for once for all that differ in numbers or ids.

        An id of a socket holds no text of a rule; of a text with a digit no shape can say whether a message has it.
        """
        if len(message) > MESSAGE_LIMIT_CHARS:
            return self.rules
        shape = level_message(message)
        found = self._candidates.get(shape)
        if found is None:
            found = self._list_by_shape(shape)
            if len(self._candidates) >= TEMPLATES_CACHED:
                self._candidates.clear()
            self._candidates[shape] = found
        return found

    def _list_by_shape(self, shape: str) -> tuple[Rule, ...]:
        """Those of `rules` that may have a text in a message of this shape: most shapes have none, one pass says so."""
        if not self._any_text.is_in(shape.encode("utf-8", "surrogatepass")):
            return self._always_tried
        places = {place for text, own in self._places_of_text.items() if text in shape for place in own}
        return tuple(self.rules[place] for place in sorted(places.union(self._places_without_text)))

    @cached_property
    def _texts_by_rule(self) -> list[tuple[Rule, tuple[str, ...]]]:
        """Each of `rules` with its texts, or none where one of them has a digit."""
        return [(rule, () if any(map(DIGIT.search, rule.contains)) else rule.contains) for rule in self.rules]

    @cached_property
    def _places_of_text(self) -> dict[str, list[int]]:
        """Where in `rules` those stand that need a text: each text is looked for once, not once a rule."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, (_, texts) in enumerate(self._texts_by_rule):
            for text in texts:
                places[text].append(place)
        return dict(places)

    @cached_property
    def _places_without_text(self) -> list[int]:
        """Where in `rules` those stand that `_places_of_text` does not know."""
        return [place for place, (_, texts) in enumerate(self._texts_by_rule) if not texts]

    @cached_property
    def _any_text(self) -> AnyText:
        """A search for any text of `rules`: the one that raw lines are put to, as long as none is learned."""
        return find_any(_list_texts(self.rules))

    @cached_property
    def _always_tried(self) -> tuple[Rule, ...]:
        """The rules of `_texts_by_rule` without texts."""
        return tuple(rule for rule, texts in self._texts_by_rule if not texts)

    @cached_property
    def texts(self) -> tuple[bytes, ...]:
        """What a raw line must contain one of, if any rule shall match it (see `scanner`)."""
        return _list_texts((*self.rules, *self.learned))

    @property
    def opening_texts(self) -> tuple[str, ...]:
        """What a message contains one of, if a rule shall take it for a connect."""
        rules = (*self.rules, *self.learned)
        texts = tuple(text for rule in rules if rule.kind in OPENING for text in rule.contains)
        return texts + (OPENING_WORDS if self.has_lexicon else ())

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """What else a raw line may match, whatever the case: something for the lexicon, or what may hide a text."""
        hiding = (*map(Expression, map(re.escape, HIDING_TEXTS)), Expression(COLOURED))
        return (*NEEDLES, *hiding) if self.has_lexicon else hiding

    def needles(self) -> AnyText:
        """A search for any of `texts`."""
        return find_any(self.texts)

    def find_candidate(self) -> Callable[[bytes], bool]:
        """A function that tells whether a raw line holds any of `texts` or `expressions`."""
        is_needed = self.needles().is_in
        if not self.has_lexicon:
            return lambda raw: is_needed(raw) or may_hide(raw)
        return lambda raw: is_needed(raw) or may_hide(raw) or may_understand(raw)


def _add_sentence(found: Match, message: str, service: str | None, fields: Mapping[str, Any]) -> Match:
    """A built-in rule's end of either side, with what the application's sentence around its words says of it."""
    if found.is_side_sure or found.kind not in ENDS or found.rule is None or found.rule.is_own:
        return found
    around = read_around(found.kind, message, service, fields)
    found = found._replace(extracted=around.who | found.extracted)
    if not around.is_servers:
        return found
    return found._replace(kind=EventKind.SERVER_DISCONNECTED, side=Side.SERVER, is_side_sure=True)


def _cut_reason(found: Match | None, message: str) -> Cut | None:
    """What stands before a reason whose words may be what was understood, or why nothing was; None elsewhere.

    A rule of the user's own says what it says.
    """
    if found is not None and (found.kind not in IN_REASONS or (found.rule is not None and found.rule.is_own)):
        return None
    cut = cut_statement(message[:MATCHED_PREFIX])
    is_stop = found is not None and found.kind in STOPS
    return cut if cut is not None and (cut.is_named or is_stop) else None


def _list_texts(rules: Iterable[Rule]) -> tuple[bytes, ...]:
    """The texts of some rules, without those that contain another one: a third less to compile a search for."""
    return drop_longer(frozenset(text for rule in rules for text in rule.contains))


def _find_rule(
    rules: Iterable[Rule],
    message: str,
    service: str | None,
    fields: Mapping[str, Any],
    level: str | None,
) -> Match | None:
    """The first of `rules` that fires, with what it extracts."""
    for rule in rules:
        for text in rule.contains:
            if text in message:
                found = rule.match(message, service, level)
                if found is not None and _holds(rule.where, fields) and not _is_void(rule, found):
                    return Match(rule.kind, _extract(rule, found, fields), rule, is_side_sure=rule.is_side_sure)
                break
    return None


def _is_void(rule: Rule, found: re.Match[str]) -> bool:
    """Whether a built-in rule fired on the connection of something that is no socket, or on the stop of a part.

    What an error names may be anything.
    """
    if not rule.origin.startswith(BUILT_IN):
        return False
    if rule.kind not in CONNECTION_KINDS:
        return rule.kind in STOPS and is_of_a_part(rule.kind, found.string)
    stop = found.end()  # 0 of a rule that only looks ahead: it knows its sentence
    if "error" in rule.pattern.groupindex and found["error"] is not None:
        stop = min(stop, found.start("error"))
    return is_foreign(found.string[:stop])


def _holds(where: Mapping[str, str], record: Mapping[str, Any] | None) -> bool:
    return not where or (
        record is not None and all(str(find_nested(record, path)) == text for path, text in where.items())
    )


def _extract(rule: Rule, found: re.Match[str], record: Mapping[str, Any]) -> dict[str, str]:
    extracted = dict(rule.constants)
    for name, paths in rule.nested.items():
        for path in paths:
            value = find_nested(record, path)
            if not isinstance(value, (str, int, float)) or isinstance(value, bool) or value == "":
                continue
            if value == 0 and len(paths) > 1:  # no status, no code: another place may hold one
                continue
            extracted[name] = mend_text(str(value)[:LONGEST_NESTED])
            break
    extracted.update({name: text.strip() for name, text in found.groupdict().items() if text})
    if rule.kind in SENT and "value" not in extracted and (size := find_size(found.string, {})) is not None:
        extracted["value"] = size
    if rule.kind not in CONNECTION_KINDS:
        return extracted
    extracted = find_key_fields(rule.kind, "" if rule.is_side_sure else found.string, record) | extracted
    if rule.kind in ENDS and "reason" not in extracted:
        said = CLOSE_CODES.get(extracted.get("code", "")) or find_library_reason(found.string)
        said = said or find_system_reason(extracted.get("error", ""))
        return extracted | ({"reason": said} if said else {})
    return extracted
