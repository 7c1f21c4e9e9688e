"""What `logdiag watch` shows: a notice as a line, as an object of JSON, and the state of things as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

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
    Table,
    code,
    flatten,
    plain,
)
from logdiag.renderers.escape import disarm_commands, escape_json, escape_terminal_prose
from logdiag.renderers.json import convert, envelope, write_json
from logdiag.renderers.phrases import Phrases, Value
from logdiag.renderers.sections.material import Material
from logdiag.results.connections import Connection, Session
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Disconnect
from logdiag.results.inputs import Inputs
from logdiag.results.observation import Notice, NoticeKind, Outlook, Prediction, SeenLine
from logdiag.results.pushes import Pushes
from logdiag.verdict import Severity, Verdict

MESSAGE_CHARACTERS: Final = 120
HIGH_ROWS: Final = 45


class Shown(NamedTuple):
    """How many of each there is room for."""

    connections_count: int
    drops_count: int
    predictions_count: int
    notices_count: int


ROOMY: Final = Shown(10, 5, 4, 8)
TIGHT: Final = Shown(3, 2, 1, 4)  # with the headings 24 rows, the height that terminals had first
STYLES: Final[Mapping[NoticeKind, Style]] = {
    NoticeKind.PATTERN: Style.BAD,
    NoticeKind.CAUSE: Style.BAD,
    NoticeKind.LOSSES: Style.BAD,
    NoticeKind.FILE_TRUNCATED: Style.WARN,
    NoticeKind.INPUT_CUT: Style.WARN,
    NoticeKind.CAME_TRUE: Style.STRONG,
    NoticeKind.FAILED: Style.STRONG,
    NoticeKind.VERDICT: Style.STRONG,
}
VERDICT_STYLES: Final = {Verdict.INCIDENT: Style.BAD, Verdict.HEALTHY: Style.GOOD, Verdict.INCONCLUSIVE: Style.WARN}
SEVERITY_STYLES: Final = {Severity.ERROR: Style.BAD, Severity.WARNING: Style.WARN}

Values: TypeAlias = dict[str, Value]


class NoticeWriter:
    """Puts notices into words: of one language and zone, by the diagnosis that they were drawn from."""

    def __init__(self, *, language: str, zone: str, version: str) -> None:
        self.phrases = Phrases(language, zone)
        self._version = version

    def write_line(self, notice: Notice, diagnosis: Diagnosis | None, encoding: str = "utf-8") -> str:
        """One line for a terminal or a pipe, with its end, made harmless."""
        text = escape_terminal_prose(flatten(self.phrase(notice, diagnosis)), encoding)
        return disarm_commands(text) + "\n"

    def write_json(self, notice: Notice, diagnosis: Diagnosis | None, *, generated_at: datetime) -> str:
        """One object on one line."""
        document: dict[str, Any] = envelope("watch", generated_at=generated_at, version=self._version)
        material = self._find_material(diagnosis)
        document |= convert(notice, material)
        document["text"] = escape_json(flatten(self._say(notice, diagnosis)))
        return write_json(document, indent=None)

    def phrase(self, notice: Notice, diagnosis: Diagnosis | None) -> Inline:
        """The time by the logs, if there is one, and what is told."""
        said = self._say(notice, diagnosis)
        if notice.time is None:
            return said
        return (Span(f"{self.phrases.formats.stamp(notice.time)}  ", Style.MUTED), *said)

    def _say(self, notice: Notice, diagnosis: Diagnosis | None) -> Inline:
        values = self._number(notice, diagnosis)
        key = self.phrases.choose(f"watch.notice.{notice.event.value}", values)
        said = self.phrases.inline(key, **values)
        style = STYLES.get(notice.event) or SEVERITY_STYLES.get(notice.severity or Severity.INFO, Style.PLAIN)
        return said if notice.line is not None else tuple(_weigh(span, style) for span in said)

    def _number(self, notice: Notice, diagnosis: Diagnosis | None) -> Values:
        phrases = self.phrases
        values: Values = {
            "file": notice.file,
            "files_count": notice.files_count,
            "dropped_bytes": notice.dropped_bytes,
        }
        if notice.severity is not None:
            values["severity"] = phrases.text(f"severity.{notice.severity.value}")
        if notice.verdict is not None:
            values["verdict"] = phrases.text(f"verdict.{notice.verdict.value}")
        if notice.line is not None:
            values |= _number_line(notice.line, phrases)
        if notice.losses is not None:
            values["lost_count"] = notice.losses.lost_count
            values["attempted_count"] = notice.losses.attempted_count
        if notice.prediction is not None:
            values |= number_prediction(notice.prediction, phrases)
        if diagnosis is not None:
            values |= self._number_results(notice, Material(diagnosis, phrases, self._version))
        return values

    def _number_results(self, notice: Notice, material: Material) -> Values:
        values: Values = {}
        if (pattern := notice.pattern) is not None:
            values |= {"id": pattern.id, "kind": material.kind(pattern), "period": material.period(pattern)}
            values |= {"names": self.phrases.listed(pattern.connections)}
            values |= {"explained_count": pattern.explained_count, "of_count": pattern.of_count}
            values |= {"false_alarm_probability": pattern.false_alarm_probability}
        if (cause := notice.cause) is not None:
            values |= {"cause": self.phrases.cause_title(cause.id), "confidence_ratio": cause.confidence}
            values |= {"explains_count": cause.explains_count, "of_count": cause.of_count}
        if notice.finding is not None:
            values["title"] = material.finding(notice.finding, "title")
        return values

    def _find_material(self, diagnosis: Diagnosis | None) -> Material | None:
        return None if diagnosis is None else Material(diagnosis, self.phrases, self._version)

    def build_screen(self, outlook: Outlook, *, rows_count: int = HIGH_ROWS) -> Document:
        """The state of things as a page that fits so many rows: it stands still until something changes."""
        shown = ROOMY if rows_count >= HIGH_ROWS else TIGHT
        return _build_screen(outlook, self, self._find_material(outlook.diagnosis), shown)


def _weigh(span: Span, style: Style) -> Span:
    return Span(span.text, style) if span.style is Style.PLAIN else span


def _number_line(line: SeenLine, phrases: Phrases) -> Values:
    message = line.message
    cut = phrases.text("punctuation.ellipsis") if len(message) > MESSAGE_CHARACTERS else ""
    return {
        "source": line.source,
        "service": line.service,
        "kind": phrases.identified("kind", line.kind),
        "message": message[:MESSAGE_CHARACTERS] + cut,
        "place": f"{line.evidence.file}:{line.evidence.line}",
    }


def number_prediction(prediction: Prediction, phrases: Phrases) -> Values:
    """What a text says of a prediction."""
    hit = prediction.disconnect_at
    return {
        "id": prediction.pattern,
        "names": phrases.listed(prediction.connections),
        "expected_at": prediction.expected_at,
        "tolerance_s": prediction.tolerance_s,
        "residual_s": None if hit is None else (hit - prediction.expected_at).total_seconds(),
    }


def _build_screen(outlook: Outlook, writer: NoticeWriter, material: Material | None, shown: Shown) -> Document:
    phrases = writer.phrases
    sections: list[Section] = []
    if material is not None:
        diagnosis = material.diagnosis
        sections += [
            Section("state", phrases.text("watch.title.state"), tuple(_show_connections(diagnosis, phrases, shown))),
            Section("pattern", phrases.text("watch.title.pattern"), tuple(_show_patterns(outlook, material, shown))),
            Section("drops", phrases.text("watch.title.drops"), tuple(_show_drops(diagnosis, phrases, shown))),
            Section("losses", phrases.text("watch.title.losses"), (_show_losses(diagnosis.pushes, phrases),)),
        ]
    recent = tuple(writer.phrase(notice, outlook.diagnosis) for notice in outlook.recent[-shown.notices_count :])
    if recent:
        sections.append(Section("recent", phrases.text("watch.title.recent"), (Bullets(recent),)))
    head = _write_head(outlook, phrases)
    return Document(phrases.text("watch.title.screen"), head, tuple(item for item in sections if item.blocks))


def _write_head(outlook: Outlook, phrases: Phrases) -> Inline:
    if outlook.diagnosis is None:
        return phrases.inline("watch.head.nothing", files_count=outlook.files_count)
    verdict = outlook.diagnosis.verdict
    inputs: Inputs = outlook.diagnosis.inputs
    return (
        Span(phrases.text(f"verdict.{verdict.value}"), VERDICT_STYLES[verdict]),
        *phrases.inline(
            "watch.head.state",
            files_count=outlook.files_count,
            new_count=outlook.lines_count,
            lines_count=inputs.lines_count,
            end_time=inputs.end,
        ),
    )


def _show_connections(diagnosis: Diagnosis, phrases: Phrases, shown: Shown) -> Iterator[Block]:
    """The connections, those that are down first, then those that dropped most."""
    last = {session.connection: session for session in diagnosis.sessions}
    down = {name for name, session in last.items() if session.disconnected_at is not None}
    ranked = sorted(diagnosis.connections, key=lambda one: (one.id not in down, -one.disconnects_count, one.id))
    header = tuple(phrases.text(f"watch.column.{name}") for name in ("connection", "state", "drops", "available"))
    if ranked:
        rows = tuple(_show_connection(one, last.get(one.id), phrases) for one in ranked[: shown.connections_count])
        yield Table(header, rows, numeric=frozenset({2, 3}))
    if len(ranked) > shown.connections_count:
        yield Paragraph(phrases.inline("watch.more_connections", left_count=len(ranked) - shown.connections_count))


def _show_connection(connection: Connection, session: Session | None, phrases: Phrases) -> tuple[Inline, ...]:
    if session is None:
        state = plain(phrases.text("watch.state.unknown"))
    elif session.disconnected_at is not None:
        state = (Span(phrases.text("watch.state.down", since=session.disconnected_at), Style.BAD),)
    else:
        state = plain(
            phrases.text(phrases.choose("watch.state.up", {"since": session.connected_at}), since=session.connected_at)
        )
    return (
        code(connection.id),
        state,
        plain(phrases.formats.number(connection.disconnects_count + connection.unlogged_disconnects_count)),
        plain(phrases.formats.share(connection.availability_ratio)),
    )


def _show_patterns(outlook: Outlook, material: Material, shown: Shown) -> Iterator[Block]:
    phrases, diagnosis = material.phrases, material.diagnosis
    for pattern in diagnosis.patterns:
        yield Paragraph(material.sum_up_pattern(pattern))
    if not diagnosis.patterns:
        search = diagnosis.clock_search
        key = "watch.no_pattern" if diagnosis.disconnects else "pattern.none"
        yield Paragraph(phrases.inline(key, have_count=search.have_count, needed_count=search.needed_count))
    next_ones = outlook.predictions[: shown.predictions_count]
    rows = tuple(
        (one.pattern, phrases.inline("watch.expected", **number_prediction(one, phrases))) for one in next_ones
    )
    if rows:
        yield FactList(rows)
    if outlook.came_true_count + outlook.failed_count:
        yield Paragraph(
            phrases.inline(
                "watch.kept",
                came_true_count=outlook.came_true_count,
                of_count=outlook.came_true_count + outlook.failed_count,
            )
        )


def _show_drops(diagnosis: Diagnosis, phrases: Phrases, shown: Shown) -> Iterator[Block]:
    last: tuple[Disconnect, ...] = diagnosis.disconnects[-shown.drops_count :]
    if not last:
        return
    header = tuple(phrases.text(f"watch.column.{name}") for name in ("time", "connection", "reason", "outage"))
    yield Table(
        header,
        tuple(
            (
                plain(phrases.formats.stamp(drop.time)),
                code(drop.connection),
                code(drop.reason or drop.server_reason or phrases.formats.words["unknown"]),
                plain(phrases.formats.duration(drop.outage_s)),
            )
            for drop in reversed(last)
        ),
        fixed=frozenset({0}),
    )


def _show_losses(pushes: Pushes, phrases: Phrases) -> Paragraph:
    values: Values = {
        "attempted_count": pushes.attempted_count,
        "failed_count": pushes.failed_count,
        "suspect_count": pushes.suspect_count,
        "lost_certain_count": pushes.lost_certain_count,
        "lost_probable_count": pushes.lost_probable_count,
    }
    key = "watch.losses" if pushes.attempted_count else "watch.no_pushes"
    return Paragraph(phrases.inline(key, **values))
