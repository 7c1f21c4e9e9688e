"""What logdiag knows, for people and for programs: the index of causes, checks, findings and words, and each entry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from itertools import chain
from typing import Any, Final

from logdiag.renderers.document import (
    Block,
    Bullets,
    Document,
    FactList,
    Inline,
    Paragraph,
    Section,
    Span,
    Style,
    Subheading,
    Table,
    flatten,
    plain,
)
from logdiag.renderers.json import envelope, write_json
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.remedies import say_pros_and_cons

# The floor of each word for a weight in nats: 1 nat makes a cause 2.7 times likelier, 2.5 twelve times, 4 fifty times.
STRENGTHS: Final = ((4.0, "decisive"), (2.5, "strong"), (1.0, "some"), (0.01, "slight"))
OUTCOMES: Final = ("supports", "refutes", "unknown")
KINDS: Final = "kinds"  # the word whose entry lists the kinds of events
REMEDIES: Final = "remedies"  # the word whose entry lists what helps against any outage
GENERAL_REMEDIES: Final = ("poison", "retry", "acknowledge", "queue")
EVENT_KIND: Final = "event_kind."
CLOSE_CODE_DIGITS: Final = 4  # RFC 6455: 1000 to 4999
CLOSE_CODES: Final = "close-codes"  # the word whose entry tells the codes apart
SUGGESTIONS_SHOWN: Final = 3
# Which text of an id is its title.
TITLES: Final = {"check": "ask", "blind_spot": "text"}
# Tables of the texts whose words stand in reports, and the entry that tells of each; None: that of the key itself.
WORD_TABLES: Final[Mapping[str, str | None]] = {
    "verdict": "verdict",
    "confidence": "confidence",
    "severity": "finding",
    "kind": KINDS,
    "event_kind": KINDS,
    "pattern_kind": None,
    "role": None,
    "outcome": "push",
    "fate": None,
}


@dataclass(frozen=True, slots=True)
class Weight:
    """What a check counts for a cause, in nats; `is_hard`: a no rules it out, `is_needed`: it takes a yes."""

    check: str
    supports_nats: float
    refutes_nats: float
    is_hard: bool
    is_needed: bool


@dataclass(frozen=True, slots=True)
class CauseSource:
    """Where a cause is described."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class ExplainedCause:
    """A cause of the catalogue."""

    id: str
    weights: tuple[Weight, ...]
    sources: tuple[CauseSource, ...]


class Explainer:
    """The catalogue and the words, in one language."""

    def __init__(self, entries: Sequence[ExplainedCause], language: str = "en") -> None:
        self.phrases = Phrases(language)
        self.entries: Mapping[str, ExplainedCause] = {entry.id: entry for entry in entries}
        checks = dict.fromkeys(weight.check for entry in entries for weight in entry.weights)
        self.ids: Mapping[str, tuple[str, ...]] = {
            "cause": tuple(self.entries),
            "check": tuple(checks),
            "finding": self._list_ids("finding", "title"),
            "blind_spot": self._list_ids("blind_spot", "text"),
            "term": self._list_ids("term", "title"),
        }
        self._words = self._list_words()

    def _list_ids(self, table: str, part: str) -> tuple[str, ...]:
        pieces = (key.split(".") for key in self.phrases.texts)
        return tuple(piece[1] for piece in pieces if len(piece) == 3 and (piece[0], piece[2]) == (table, part))

    def _list_words(self) -> dict[str, str]:
        """The ids as people may write them, and the words of reports: written alike -> the id of an entry."""
        words: dict[str, str] = {}
        for table, entry in WORD_TABLES.items():
            for key, text in self.phrases.texts.items():
                if key.startswith(f"{table}.") and (known := entry or self._find_id(key.partition(".")[2])):
                    words |= {_write_alike(key.partition(".")[2]): known, _write_alike(text): known}
        for kind, ids in self.ids.items():
            words |= {_write_alike(self.title(kind, name)): name for name in ids}
        return words | {name: name for ids in self.ids.values() for name in ids}

    def _find_id(self, name: str) -> str | None:
        return name if self.kind_of(name) is not None else None

    def find(self, asked: str) -> str | None:
        """Return the id of what a person asked for: an id, however written, or a word or title that reports show."""
        if asked.isdecimal() and len(asked) == CLOSE_CODE_DIGITS:
            return CLOSE_CODES
        return self._words.get(asked) or self._words.get(_write_alike(asked))

    def kind_of(self, identifier: str) -> str | None:
        """Tell whether an id is that of a cause, a check, a finding, a blind spot or a term; None if of none."""
        return next((kind for kind, ids in self.ids.items() if identifier in ids), None)

    def suggest(self, identifier: str) -> list[str]:
        """Return the known ids closest to a wrong one, best first."""
        known = [name for ids in self.ids.values() for name in ids]
        words = "-".join(identifier.lower().replace("_", "-").split())
        near = get_close_matches(words, known, SUGGESTIONS_SHOWN, cutoff=0.5)
        parts = [part for part in words.split("-") if len(part) > 2]
        near += [name for name in known if any(part in name for part in parts) and name not in near]
        return near[:SUGGESTIONS_SHOWN]

    def title(self, kind: str, identifier: str) -> str:
        """Return the short text of an id."""
        return flatten(self.phrases.outline(f"{kind}.{identifier}.{TITLES.get(kind, 'title')}", identifier))

    def group(self, kind: str, identifier: str) -> str:
        """Return the heading under which an id is listed."""
        group = self.phrases.texts.get(f"{kind}.{identifier}.group")
        return self.phrases.text(f"explain_group.{group or 'other'}")

    def strength(self, nats: float) -> str:
        """Put a weight into a word."""
        name = next((name for floor, name in STRENGTHS if nats >= floor), "none")
        return self.phrases.text(f"strength.{name}")

    def shape(self, key: str) -> Inline:
        """Return a text of a report with its numbers left open."""
        return self.phrases.outline(key, key.rpartition(".")[0])


def _write_alike(text: str) -> str:
    """Write an id, a word or a title so that case, marks and what joins its words make no difference."""
    return "-".join(re.findall(r"[^\W_]+", text.lower()))


def build_index(explainer: Explainer) -> Document:
    """List causes, checks, findings, blind spots and terms, one section each, grouped."""
    phrases = explainer.phrases
    sections = [
        Section(kind, phrases.text(f"explain.{kind}s"), tuple(_list_groups(explainer, kind))) for kind in explainer.ids
    ]
    hint = Section("summary", "", (Paragraph(phrases.inline("explain.hint")),))
    title = phrases.text("explain.index")
    return Document(title, plain(title), (hint, *sections))


def _list_groups(explainer: Explainer, kind: str) -> list[Block]:
    groups: dict[str, list[tuple[str, Inline]]] = {}
    for name in explainer.ids[kind]:
        groups.setdefault(explainer.group(kind, name), []).append((name, plain(explainer.title(kind, name))))
    blocks: list[Block] = []
    for group, rows in groups.items():
        blocks += [Subheading(plain(group))] if len(groups) > 1 else []
        blocks.append(FactList(tuple(rows)))
    return blocks


def build_entry(explainer: Explainer, identifier: str) -> Document:
    """Tell all about one cause, check, finding, blind spot or term. Raises KeyError for an id that is none."""
    kind = explainer.kind_of(identifier)
    if kind is None:
        raise KeyError(identifier)
    builders = {
        "cause": _tell_cause,
        "check": _tell_check,
        "finding": _tell_finding,
        "blind_spot": _tell_blind_spot,
        "term": _tell_term,
    }
    phrases = explainer.phrases
    title = explainer.title(kind, identifier)
    name = phrases.text(f"explain.kind_{kind}")
    headline = (
        Span(identifier, Style.STRONG),
        *plain(phrases.text("explain.headline", id="", kind=name, title=title)),
    )
    # A blind spot has the id of the check that it leaves without an answer.
    sections = (builders[each](explainer, identifier) for each, ids in explainer.ids.items() if identifier in ids)
    return Document(identifier, headline, tuple(chain.from_iterable(sections)))


def _section(explainer: Explainer, name: str, *blocks: Block) -> Section:
    return Section(name, explainer.phrases.text(f"explain.{name}"), blocks)


def _tell_cause(explainer: Explainer, identifier: str) -> list[Section]:
    phrases, entry = explainer.phrases, explainer.entries[identifier]
    key = f"cause.{identifier}"
    experiment = phrases.choose(f"{key}.next_experiment", {})
    return [
        _section(explainer, "what", Paragraph(phrases.inline(phrases.choose(f"{key}.summary", {})))),
        _section(explainer, "signs", Bullets(phrases.series(f"{key}.signs"))),
        _section(explainer, "evidence", *_weigh(explainer, entry)),
        _section(
            explainer,
            "fix",
            Paragraph(phrases.inline(phrases.choose(f"{key}.fix", {}))),
            Bullets(tuple(say_pros_and_cons(phrases, f"{key}.remedy_"))),
        ),
        _section(explainer, "experiment", Paragraph(phrases.inline(experiment))),
        _section(explainer, "sources", Bullets(tuple(_source(phrases, source) for source in entry.sources))),
    ]


def _source(phrases: Phrases, source: CauseSource) -> Inline:
    key = "source_plain" if source.url is None else "source"
    return phrases.inline(f"explain.{key}", name=source.name, url=source.url)


def _weigh(explainer: Explainer, entry: ExplainedCause) -> list[Block]:
    """Set out what each check of a cause asks, and what its yes and its no count."""
    phrases = explainer.phrases
    header = tuple(phrases.text(f"explain.{name}") for name in ("check", "for", "against", "marks"))
    rows = tuple(_weight_row(explainer, weight) for weight in entry.weights)
    blocks: list[Block] = [
        Paragraph(phrases.inline("explain.evidence_note")),
        Table(header, rows, fixed=frozenset({1, 2})),
    ]
    if any(weight.is_needed or weight.is_hard for weight in entry.weights):
        blocks.append(Paragraph(phrases.inline("explain.marks_note")))
    return blocks


def _weight_row(explainer: Explainer, weight: Weight) -> tuple[Inline, ...]:
    phrases = explainer.phrases
    marks = [name for name, is_set in (("needed", weight.is_needed), ("hard", weight.is_hard)) if is_set]
    asked = phrases.inline("explain.asked", id=weight.check, ask=explainer.title("check", weight.check))
    return (
        asked,
        plain(explainer.strength(weight.supports_nats)),
        plain(explainer.strength(weight.refutes_nats)),
        plain(phrases.mark("list").join(phrases.text(f"explain.{mark}") for mark in marks)),
    )


def _tell_check(explainer: Explainer, identifier: str) -> list[Section]:
    phrases = explainer.phrases
    uses = [
        (entry.id, weight)
        for entry in explainer.entries.values()
        for weight in entry.weights
        if weight.check == identifier
    ]
    said = [outcome for outcome in OUTCOMES if _can_say(uses, outcome)]
    says = tuple(
        (*phrases.inline(f"explain.says_{outcome}"), *explainer.shape(f"check.{identifier}.{outcome}"))
        for outcome in said
    )
    used = tuple(
        phrases.inline(
            "explain.used_item",
            id=cause,
            title=phrases.cause_title(cause),
            strength_for=explainer.strength(weight.supports_nats),
            strength_against=explainer.strength(weight.refutes_nats),
        )
        for cause, weight in uses
    )
    ask = explainer.title("check", identifier)
    return [
        _section(explainer, "what", Paragraph(plain(ask[:1].upper() + ask[1:]))),
        _section(explainer, "says", Bullets(says)),
        _section(explainer, "used", Bullets(used)),
    ]


def _can_say(uses: Sequence[tuple[str, Weight]], outcome: str) -> bool:
    if outcome == "unknown":
        return True
    return any(weight.supports_nats if outcome == "supports" else weight.refutes_nats for _, weight in uses)


def _tell_finding(explainer: Explainer, identifier: str) -> list[Section]:
    texts = tuple(map(explainer.shape, _list_texts(explainer, identifier)))
    return [_section(explainer, "says", Bullets(texts))]


def _list_texts(explainer: Explainer, identifier: str) -> list[str]:
    """The keys of all that a finding may say."""
    return [key for key in explainer.phrases.texts if key.startswith(f"finding.{identifier}.text")]


def _tell_blind_spot(explainer: Explainer, identifier: str) -> list[Section]:
    line = (Span(explainer.phrases.texts[f"blind_spot.{identifier}.add_to_logs"], Style.CODE),)
    return [_section(explainer, "line", Paragraph(line))]


def _tell_term(explainer: Explainer, identifier: str) -> list[Section]:
    text = explainer.phrases.inline(f"term.{identifier}.text")
    group = explainer.group("term", identifier)
    others = [name for name in explainer.ids["term"] if name != identifier and explainer.group("term", name) == group]
    keys = [key for key in explainer.phrases.texts if key.startswith(EVENT_KIND)] if identifier == KINDS else []
    return [
        _section(explainer, "what", Paragraph(text), *_list_kinds(explainer, keys)),
        *(_tell_remedies(explainer) if identifier == REMEDIES else ()),
        _section(explainer, "see", Paragraph(plain(explainer.phrases.mark("list").join(others)))),
    ]


def _tell_remedies(explainer: Explainer) -> list[Section]:
    """What to do against any outage, with what speaks for and against each."""
    phrases = explainer.phrases
    return [
        Section(
            name,
            phrases.text(f"remedy.{name}.title"),
            (
                Paragraph(phrases.inline(f"remedy.{name}.do")),
                Bullets(tuple(say_pros_and_cons(phrases, f"remedy.{name}."))),
            ),
        )
        for name in GENERAL_REMEDIES
    ]


def _list_kinds(explainer: Explainer, keys: Sequence[str]) -> list[Block]:
    rows = tuple((key.removeprefix(EVENT_KIND), explainer.phrases.inline(key)) for key in keys)
    return [FactList(rows)] if rows else []


def render_json(explainer: Explainer, identifier: str | None, *, generated_at: datetime, version: str) -> str:
    """Write the whole index, or one entry, as the one object of docs/contracts.md, 2."""
    content: dict[str, Any] = envelope("explain", generated_at=generated_at, version=version)
    content["id"] = identifier
    wanted = {kind: [name for name in ids if identifier in {None, name}] for kind, ids in explainer.ids.items()}
    content["causes"] = [_describe_cause(explainer, name) for name in wanted["cause"]]
    content["checks"] = [_describe_check(explainer, name) for name in wanted["check"]]
    content["findings"] = [
        {
            "id": name,
            "title": explainer.title("finding", name),
            "texts": [flatten(explainer.shape(key)) for key in _list_texts(explainer, name)],
        }
        for name in wanted["finding"]
    ]
    content["blind_spots"] = [
        {
            "id": name,
            "text": explainer.title("blind_spot", name),
            "add_to_logs": explainer.phrases.texts[f"blind_spot.{name}.add_to_logs"],
        }
        for name in wanted["blind_spot"]
    ]
    content["terms"] = [
        {"id": name, "title": explainer.title("term", name), "text": explainer.phrases.text(f"term.{name}.text")}
        for name in wanted["term"]
    ]
    return write_json(content)


def _describe_cause(explainer: Explainer, identifier: str) -> dict[str, Any]:
    phrases, entry, key = explainer.phrases, explainer.entries[identifier], f"cause.{identifier}"
    return {
        "id": identifier,
        "title": phrases.text(f"{key}.title"),
        "summary": phrases.text(phrases.choose(f"{key}.summary", {})),
        "signs": [flatten(sign) for sign in phrases.series(f"{key}.signs")],
        "checks": [
            {
                "id": weight.check,
                "ask": explainer.title("check", weight.check),
                "supports_nats": weight.supports_nats,
                "refutes_nats": weight.refutes_nats,
                "needed": weight.is_needed,
                "hard": weight.is_hard,
            }
            for weight in entry.weights
        ],
        "next_experiment": phrases.text(phrases.choose(f"{key}.next_experiment", {})),
        "fix": phrases.text(phrases.choose(f"{key}.fix", {})),
        "sources": [{"name": source.name, "url": source.url} for source in entry.sources],
    }


def _describe_check(explainer: Explainer, identifier: str) -> dict[str, Any]:
    causes = [
        entry.id for entry in explainer.entries.values() if any(weight.check == identifier for weight in entry.weights)
    ]
    return {
        "id": identifier,
        "ask": explainer.title("check", identifier),
        **{outcome: flatten(explainer.shape(f"check.{identifier}.{outcome}")) for outcome in OUTCOMES},
        "causes": causes,
    }
