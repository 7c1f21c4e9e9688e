"""The answer of `logdiag trace`: where the message ended, the steps that led there, and what is taken for granted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from logdiag.renderers.document import (
    Block,
    Bullets,
    Document,
    Inline,
    Paragraph,
    Section,
    Span,
    Style,
    Table,
    code,
    plain,
)
from logdiag.renderers.json import convert, envelope, write_json
from logdiag.renderers.phrases import Phrases
from logdiag.results.journey import Hop, Journey, JourneyEnd, LinkState, Mention, Story, Subject, Tie

STYLES: Final = {
    JourneyEnd.DELIVERED: Style.GOOD,
    JourneyEnd.RESENT: Style.GOOD,
    JourneyEnd.FAILED: Style.BAD,
    JourneyEnd.SUSPECT: Style.BAD,
    JourneyEnd.UNKNOWN: Style.WARN,
}
LINK_STYLES: Final = {LinkState.UP: Style.PLAIN, LinkState.DOWN: Style.BAD, LinkState.UNKNOWN: Style.MUTED}
QUOTED_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class JourneyAnswer:
    """The answer in its forms."""

    journey: Journey

    def write_json(self, *, generated_at: datetime, version: str) -> str:
        """Write the result as the one object of docs/contracts.md, 2."""
        document: dict[str, Any] = envelope("trace", generated_at=generated_at, version=version)
        return write_json(document | convert(self.journey))

    def build(self, *, language: str = "en", zone: str = "UTC") -> Document:
        """Build the answer as a document of no format."""
        phrases, journey = Phrases(language, zone), self.journey
        sections = _tell(journey.story, phrases) if journey.story else _list(journey, phrases)
        title = phrases.text("journey.title.report", text=journey.text)
        return Document(title, _headline(journey, phrases), tuple(item for item in sections if item.blocks))


def _headline(journey: Journey, phrases: Phrases) -> Inline:
    if journey.story is not None:
        subject = journey.story.subject
        end = phrases.text(f"journey.end.{subject.end.value}", name=_name(subject, phrases))
        return (Span(end, STYLES[subject.end]),)
    key = "several" if journey.matches_count else "none"
    return (Span(phrases.text(f"journey.{key}", count=journey.matches_count, text=journey.text), Style.WARN),)


def _name(subject: Subject, phrases: Phrases) -> str:
    return phrases.text("journey.nameless") if subject.message_id is None else subject.message_id


def _tell(story: Story, phrases: Phrases) -> list[Section]:
    why = phrases.choose(f"journey.why.{story.subject.why}", story.numbers)
    others: list[Block] = [Bullets(tuple(_say_other(other, phrases) for other in story.others))] if story.others else []
    if story.others_count > len(story.others):
        left = story.others_count - len(story.others)
        others.append(Paragraph(phrases.inline("journey.more_lines", left_count=left)))
    if not others:
        others.append(Paragraph(phrases.inline("journey.nothing_else")))
    taken = [phrases.inline(f"journey.assumption.{item.id}", **item.numbers) for item in story.assumptions]
    told = [Paragraph(phrases.inline(why, **story.numbers))]
    if resent_by := story.numbers.get("resent_by"):
        told.append(Paragraph(phrases.inline("journey.resent_by", resent_by=resent_by)))
    return [
        Section("summary", phrases.text("journey.title.summary"), tuple(told)),
        Section("way", phrases.text("journey.title.way"), tuple(_show_way(story, phrases))),
        Section("others", phrases.text("journey.title.others"), tuple(others)),
        Section("assumed", phrases.text("journey.title.assumed"), (Bullets(tuple(taken)),) if taken else ()),
    ]


def _show_way(story: Story, phrases: Phrases) -> list[Block]:
    header = tuple(phrases.text(f"journey.column.{name}") for name in ("time", "after", "event", "link", "line"))
    rows = tuple(
        (
            plain(phrases.formats.clock(hop.time)),
            plain(phrases.text("journey.after", after_ms=hop.after_ms)),
            _say_role(hop, phrases),
            _say_link(hop, phrases),
            code(_quote(hop)),
        )
        for hop in story.hops
    )
    subject, blocks = story.subject, [Table(header, rows, numeric=frozenset({1}), fixed=frozenset({0, 1}))]
    day = phrases.inline(
        "journey.day", time=subject.time, connection=subject.connection or phrases.text("unit.unknown")
    )
    left = story.hops_count - len(story.hops)
    return [
        Paragraph(day),
        *blocks,
        *([Paragraph(phrases.inline("journey.more_lines", left_count=left))] if left else ()),
    ]


def _say_role(hop: Hop, phrases: Phrases) -> Inline:
    key = f"journey.role.{hop.role}"
    text = phrases.text(key) if phrases.has(key) else phrases.identified("kind", hop.role)
    return (Span(text, Style.PLAIN if hop.tie is Tie.SOCKET else Style.STRONG),)


def _say_link(hop: Hop, phrases: Phrases) -> Inline:
    is_known = hop.link_since is not None
    key = f"journey.link.{hop.link.value}" + ("" if is_known or hop.link is LinkState.UNKNOWN else "_before")
    return (Span(phrases.text(key, link_since=hop.link_since), LINK_STYLES[hop.link]),)


def _quote(hop: Hop) -> str:
    place = "" if hop.evidence is None else f"{hop.evidence.file}:{hop.evidence.line}"
    return f"{place} {_cut(hop.message)}".strip()


def _cut(message: str) -> str:
    return message if len(message) <= QUOTED_CHARACTERS else message[:QUOTED_CHARACTERS] + "…"


def _say_other(other: Mention, phrases: Phrases) -> Inline:
    place = f"{other.evidence.file}:{other.evidence.line}"
    return phrases.inline(
        "journey.other", time=other.time, service=other.service, message=_cut(other.message), place=place
    )


def _list(journey: Journey, phrases: Phrases) -> list[Section]:
    looked = journey.looked
    counts: dict[str, float | int | str | None] = {
        "files_count": looked.files_count,
        "lines_count": looked.lines_count,
        "matched_count": looked.matched_count,
        "messages_count": looked.messages_count,
        "pushes_count": looked.pushes_count,
    }
    found: list[Block] = [Paragraph(phrases.inline("journey.looked", **counts))]
    if not journey.matches_count:
        found.append(Paragraph(phrases.inline("journey.try")))
        return [Section("summary", phrases.text("journey.title.summary"), tuple(found))]
    items = tuple(
        phrases.inline(
            "journey.match",
            time=subject.time,
            name=_name(subject, phrases),
            end=phrases.text(f"journey.end_word.{subject.end.value}"),
            connection=subject.connection or phrases.text("unit.unknown"),
        )
        for subject in journey.matches
    )
    left = journey.matches_count - len(items)
    more: list[Block] = [Paragraph(phrases.inline("journey.more_messages", left_count=left))] if left else []
    names = {subject.message_id for subject in journey.matches}
    is_one_id = len(names) == 1 < len(journey.matches) and None not in names
    found.append(Paragraph(phrases.inline("journey.name_same" if is_one_id else "journey.name_one")))
    return [
        Section("summary", phrases.text("journey.title.summary"), tuple(found)),
        Section("matches", phrases.text("journey.title.matches"), (Bullets(items), *more)),
    ]
