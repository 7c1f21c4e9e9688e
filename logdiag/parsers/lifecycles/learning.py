"""From the files to rules for this run: what opens and closes like a connection where no word is known."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind, Interpreter
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.lexicon.fields import THROWN_OUT
from logdiag.parsers.lexicon.replaced import REPLACED, REPLACING
from logdiag.parsers.lifecycles.messages import find_received
from logdiag.parsers.lifecycles.pairs import (
    MOST_BROKEN_WITH_IDS,
    Pair,
    Series,
    are_socket_ids,
    collect_series,
    find_pairs,
    list_slots,
    measure_broken,
)
from logdiag.parsers.lifecycles.reasons import BEFORE_CODE, CODES, MESSAGE, REASON, TRANSPORTS, is_code
from logdiag.parsers.lifecycles.refused import find_place, find_refused, is_unanswered
from logdiag.parsers.lifecycles.samples import SOCKET_ID, Sample, find_tokens, read_sample
from logdiag.parsers.lifecycles.sides import Side, decide_side, guess_side
from logdiag.parsers.lifecycles.sightings import CLOSING, Decoder
from logdiag.parsers.lifecycles.sizes import MOST_FILES, SENDS, find_fatal_sends, find_sized_sends
from logdiag.parsers.lifecycles.turned_away import find_turned_away
from logdiag.parsers.lifecycles.unanswered import find_unanswered_sends
from logdiag.parsers.lifecycles.wordings import QUOTES, Wording
from logdiag.parsers.rules import ESCAPED_IN_JSON, Rule, RuleSet
from logdiag.reading import LogFile

LEARNED: Final = Interpreter.LIFECYCLE.value
SHORTEST_NEEDLE: Final = 2  # a rule must not have to look at every line
CHECKED: Final = 100  # lines that show whether blanks were tabs
STATED: Final = {"<reason>": "reason", "<code>": "code"}  # which field each mask of an end fills
_REASON: Final = compile_later(REASON)
SPACED_MASKS: Final = frozenset({"<str>", "<time>", "<path>"})
MOST_OF_A_FOLDER: Final = 400  # files, a choice for speed: small files of 20 lines are then learned from in 0.4 CPU s
LEAST_ALIKE: Final = 16  # files of one service
KINDS: Final = {
    Side.CLIENT: (EventKind.CONNECTED, EventKind.DISCONNECTED),
    Side.SERVER: (EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED),
}


def learn_rules(files: Sequence[LogFile], rules: RuleSet, layouts: Mapping[LogFile, Layout]) -> tuple[Rule, ...]:
    """Rules for what the files tell of connections in words that `rules` do not know.

    Folder by folder, from a sample of each file. What one folder taught is known in the next: of a fleet that speaks
    alike, one folder is taken apart. Where all is known, a few lines are.
    """
    folders: dict[str, list[LogFile]] = defaultdict(list)
    for file in files:
        folders[file.source].append(file)
    course = _Course(rules, layouts)
    read: list[Sample] = []
    for group in folders.values():
        samples = [read_sample(file, len(files)) for file in choose_files(group)]
        read += samples[: MOST_FILES - len(read)]
        for learn in (_learn_lifecycles, _learn_messages, _learn_fatal_sends, _learn_unanswered_sends):
            course.take(learn(samples, course.decoder))
    if len(folders) > 1:
        course.take(_learn_sized_sends(read, course.decoder))
    return course.decoder.rules.learned


def choose_files(group: Sequence[LogFile]) -> list[LogFile]:
    """The files of a folder that are looked at: of each service as many, evenly taken where there are too many."""
    by_service: dict[str, list[LogFile]] = defaultdict(list)
    for file in group:
        by_service[file.service].append(file)
    most = max(LEAST_ALIKE, MOST_OF_A_FOLDER // max(len(by_service), 1))
    return [file for files in by_service.values() for file in files[:: -(-len(files) // most)]]


class _Lesson(NamedTuple):
    """A wording, what it means, and where socket id (of a send its size) and client's name stand in it."""

    one: Series
    kind: EventKind
    slot: str | None
    name: str | None
    is_side_sure: bool = True


class _Course:
    """The lessons so far, and what decodes lines by them: that remembers what it has read until there is a new one."""

    def __init__(self, rules: RuleSet, layouts: Mapping[LogFile, Layout]) -> None:
        self.decoder = Decoder(rules.with_learned(()), layouts)
        self._lessons: list[_Lesson] = []

    def take(self, lessons: Iterable[_Lesson]) -> None:
        """Learn something, or nothing."""
        found = list(lessons)
        if found:
            self._lessons += found
            known = self.decoder.rules.with_learned(_write_rules(self._lessons))
            self.decoder = self.decoder._replace(rules=known)


def _learn_lifecycles(samples: Sequence[Sample], decoder: Decoder) -> Iterator[_Lesson]:
    """What the records of a folder teach, if one of its files tells of closes or connects in words not known.

    Where those are known and a token is refused, what tells of that may still be words of the application.
    """
    is_known = not any(decoder.knows(sample) is False for sample in samples)
    if is_known and not any(True for sample in samples for _ in sample.find(find_tokens())):
        return
    series = collect_series(decoder.decode_samples(samples))
    for pair in find_pairs(series):
        for lesson in _assign(pair, series):
            if lesson.one.kind is None and (not is_known or lesson.kind is EventKind.CONNECT_ERROR):
                yield lesson
    yield from (_Lesson(one, EventKind.SERVER_ERROR, None, None) for one in find_turned_away(series))


def _learn_messages(samples: Sequence[Sample], decoder: Decoder) -> Iterator[_Lesson]:
    """The wordings by which a server tells of what came over the sockets that it knows."""
    return (_Lesson(one, EventKind.RECEIPT, slot, None) for one, slot in find_received(samples, decoder))


def _learn_fatal_sends(samples: Sequence[Sample], decoder: Decoder) -> Iterator[_Lesson]:
    return (_Lesson(one, EventKind.PUSH_STARTED, slot, None) for one, slot in find_fatal_sends(samples, decoder))


def _learn_unanswered_sends(samples: Sequence[Sample], decoder: Decoder) -> Iterator[_Lesson]:
    return (_Lesson(one, EventKind.PUSH_STARTED, None, None) for one in find_unanswered_sends(samples, decoder))


def _learn_sized_sends(samples: Sequence[Sample], decoder: Decoder) -> Iterator[_Lesson]:
    return (_Lesson(one, EventKind.EMIT, slot, None) for one, slot in find_sized_sends(samples, decoder))


def _write_rules(lessons: Sequence[_Lesson]) -> tuple[Rule, ...]:
    """One rule for each wording; where folders disagree about what it means, the one with most lines decides."""
    best: dict[Wording, _Lesson] = {}
    for lesson in lessons:
        before = best.get(lesson.one.wording)
        if before is None or len(before.one.sightings) < len(lesson.one.sightings):
            best[lesson.one.wording] = lesson
    rules = (_write_rule(lesson, number) for number, lesson in enumerate(best.values(), 1))
    return tuple(rule for rule in rules if rule is not None)


def _assign(pair: Pair, series: Sequence[Series]) -> Iterator[_Lesson]:
    """Both wordings of a pair with their kinds, and those of a client's refused attempts to connect again."""
    refused = list(find_refused(pair, series))
    side = decide_side(pair, is_refused=any(map(is_unanswered, refused)))
    if side is Side.CLIENT:
        yield from (_Lesson(one, EventKind.CONNECT_ERROR, None, None) for one in refused)
    opening, closing = KINDS[side or guess_side(pair)]
    names = _find_names(pair)
    yield _Lesson(pair.opener, opening, pair.opener_slot, names[0], side is not None)
    yield _Lesson(pair.closer, closing, pair.closer_slot, names[1], side is not None)


def _find_names(pair: Pair) -> tuple[str | None, str | None]:
    """Where both lines name the client, who returns under the same name with another socket id.

    Of several such places the one whose names take turns best: a client has one connection at a time, a room or a
    version many. What all lines share, as the name of the service, is a client only where there is one.
    """
    if pair.opener_slot is None or pair.closer_slot is None:
        return None, None
    by_id = {row.reading.ids.get(pair.closer_slot, ""): row.reading.ids for row in pair.closer.sightings}
    both = [(row.reading.ids, by_id[name]) for row in pair.opener.sightings
            if (name := row.reading.ids.get(pair.opener_slot, "")) in by_id]  # fmt: skip
    found: list[tuple[bool, float, str, str]] = []
    for first in list_slots(pair.opener):
        if first == pair.opener_slot or len({opened.get(first) for opened, _ in both}) == len(both) > 1:
            continue
        for second in (slot for slot in list_slots(pair.closer) if slot != pair.closer_slot):
            values = [opened.get(first) for opened, closed in both if opened.get(first) == closed.get(second)]
            if len(values) == len(both) and not TRANSPORTS.intersection(filter(None, values)):
                is_shared = len(set(values)) == 1
                broken = measure_broken(pair, first, second)
                if not is_shared or broken <= MOST_BROKEN_WITH_IDS:
                    found.append((is_shared, broken, first, second))
    return min(found)[2:] if found else (None, None)


def _write_rule(lesson: _Lesson, number: int) -> Rule | None:
    """A rule that matches the lines of a wording and no others; None if nothing tells its lines apart in a file."""
    one, closes = lesson.one, lesson.kind in CLOSING
    own = "value" if lesson.kind in SENDS else "socket_id"
    places = {place: group for place, group in ((lesson.name, "worker_id"), (lesson.slot, own)) if place}
    in_text = {int(place.partition("#")[2]): group for place, group in places.items() if _is_in_text(place)}
    nested = {group: (place,) for place, group in places.items() if not _is_in_text(place)}
    names = {row.reading.ids[lesson.slot] for row in one.sightings if lesson.slot and lesson.slot in row.reading.ids}
    replaced = _find_replaced(one) if closes else {}
    is_reason_read = closes and not replaced
    rule = Rule(
        id=f"{LEARNED}-{number}",
        kind=lesson.kind,
        contains=_find_needles(one),
        pattern=re.compile(
            write_pattern(one.wording, in_text, states_reason=is_reason_read, has_socket_ids=are_socket_ids(names))
        ),
        services=(),
        levels=(),
        nested=nested | (_find_reason_paths(one) if closes else _find_error_path(lesson)),
        constants=replaced,
        examples=(one.sightings[0].record.message,),
        origin=LEARNED,
        service_pattern=None,
        where=dict(one.wording.words),
        by=Interpreter.LIFECYCLE,
        is_side_sure=lesson.is_side_sure,
    )
    return rule if rule.contains and rule.understands(rule.examples[0]) else None


def _find_replaced(one: Series) -> dict[str, str]:
    """What the words of an end behind the library's say: that another login took the place of the connection."""
    reasons = {row.reading.reason for row in one.sightings}
    is_said = reasons <= THROWN_OUT and REPLACING.search(one.wording.template) is not None
    return {"reason": REPLACED} if is_said else {}


def _find_reason_paths(one: Series) -> dict[str, tuple[str, ...]]:
    """The keys beside the message that hold reasons or close codes, the commonest first, by the field they fill."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in one.sightings:
        reason, path = row.reading.reason, row.reading.reason_path
        if reason is not None and path not in {None, MESSAGE}:
            found["code" if is_code(reason) else "reason"][str(path)] += 1
    return {name: tuple(path for path, _ in paths.most_common()) for name, paths in found.items()}


def _find_error_path(lesson: _Lesson) -> dict[str, tuple[str, ...]]:
    """The key beside the message that holds the system's word for a refused attempt."""
    place = find_place(lesson.one.sightings[0]) if lesson.kind is EventKind.CONNECT_ERROR else None
    return {"error": (place,)} if place not in {None, MESSAGE} else {}


def _is_in_text(place: str) -> bool:
    return place.startswith(f"{MESSAGE}#")


def _find_needles(one: Series) -> tuple[str, ...]:
    """The longest text that all messages of a wording contain, in the same bytes in every logger's JSON.

    Where that is a sign at most (`+ tom Xk3…AAAB`), the sign with its blank; where there is none, the reasons stated.
    """
    parts = [part.strip() for literal in one.wording.literals for part in ESCAPED_IN_JSON.split(literal)]
    words = [word for part in parts for word in part.split()]
    signs = [literal for literal in one.wording.literals if literal.strip() and not ESCAPED_IN_JSON.search(literal)]
    messages = [row.record.message for row in one.sightings[:CHECKED]]
    texts = (*sorted(parts, key=len, reverse=True), *sorted(words, key=len, reverse=True), *signs)
    for text in texts:
        if len(text) >= SHORTEST_NEEDLE and all(text in message for message in messages):
            return (text,)
    stated = [found.group() for row in one.sightings if (found := _REASON.search(row.record.message))]
    return tuple(dict.fromkeys(stated)) if len(stated) == len(one.sightings) else ()


def write_pattern(
    wording: Wording, groups: Mapping[int, str], *, states_reason: bool, has_socket_ids: bool = False
) -> str:
    """Each variable ends where the text behind it first stands: hostile messages cost no more than others."""
    end = "" if wording.is_cut else r"\s*(?:\n|$)"
    literals = [re.sub(r"(?:\\ )+", r"\\s+", re.escape(literal)) for literal in wording.literals]
    literals[-1] += end
    pattern = rf"^\s*{literals[0]}"
    for place, (mask, literal) in enumerate(zip(wording.variables, literals[1:], strict=True)):
        is_first = states_reason and mask in STATED and mask not in wording.variables[:place]
        group = groups.get(place) or (STATED[mask] if is_first else None)
        is_socket_id = has_socket_ids and group == "socket_id"
        pattern += f"(?>{_write_variable(mask, group, is_socket_id=is_socket_id)}{literal})"
    return pattern


def _write_variable(mask: str, group: str | None, *, is_socket_id: bool) -> str:
    start = f"?P<{group}>" if group else "?:"
    if mask == "<reason>":
        return f"({start}{REASON})"
    if mask == "<code>":
        return f"{BEFORE_CODE}({start}{CODES})"
    if group is not None:
        text = SOCKET_ID if is_socket_id else rf"[^\s{QUOTES}]{{1,64}}?"
        return f"[{QUOTES}]?({start}{text})[{QUOTES}]?"
    return r"[^\n]{1,200}?" if mask in SPACED_MASKS else r"\S{1,200}?"
