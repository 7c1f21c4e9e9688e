"""What logdiag knows, for people and for programs: the index of causes, checks, findings and words, and each entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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
from logdiag.renderers.explainer import KINDS, CauseSource, ExplainedCause, Explainer, Weight
from logdiag.renderers.json import envelope, write_json
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.remedies import say_pros_and_cons

OUTCOMES: Final = ("supports", "refutes", "unknown")
REMEDIES: Final = "remedies"  # the word whose entry lists what helps against any outage
GENERAL_REMEDIES: Final = ("poison", "retry", "acknowledge", "queue")
EVENT_KIND: Final = "event_kind."


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
