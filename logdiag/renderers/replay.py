"""The answer of `logdiag replay`: a warning before any number, what each policy saves and costs, what is assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from logdiag.renderers.document import Block, Bullets, Document, Inline, Section, Span, Style, Table, code, plain
from logdiag.renderers.json import convert, envelope, write_json
from logdiag.renderers.phrases import Phrases
from logdiag.results.evidence import Number
from logdiag.results.replay import Assumption, PoisonRisk, PolicyReplay, RealRetry, Replay, SelfCheck

COLUMNS: Final = ("policy", "recovered", "delay")
LOAD_COLUMNS: Final = (
    "policy",
    "resends",
    "duplicates",
    "queue",
    "burst",
)  # apart, or no policy's name has room in 80 columns
HARM_COLUMNS: Final = ("policy", "killed", "outage", "harmed", "harmless")
RETRIES_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class ReplayAnswer:
    """The answer in its forms."""

    replay: Replay

    def write_json(self, *, generated_at: datetime, version: str) -> str:
        """Write the result as the one object of docs/contracts.md, 2."""
        document: dict[str, Any] = envelope("replay", generated_at=generated_at, version=version)
        return write_json(document | convert(self.replay))

    def build(self, *, language: str = "en", zone: str = "UTC") -> Document:
        """Build the answer as a document of no format."""
        phrases, replay = Phrases(language, zone), self.replay
        sections = (
            Section("summary", phrases.text("replay.title.summary"), tuple(_summarize(replay, phrases))),
            Section("policies", phrases.text("replay.title.policies"), tuple(_compare(replay, phrases))),
            Section("check", phrases.text("replay.title.check"), tuple(_show_check(replay.self_check, phrases))),
            Section("assumptions", phrases.text("replay.title.assumptions"), (_list_assumptions(replay, phrases),)),
        )
        title = phrases.text("replay.title.report")
        return Document(title, (_head(replay, phrases),), tuple(section for section in sections if section.blocks))


def _head(replay: Replay, phrases: Phrases) -> Span:
    if replay.poison is not PoisonRisk.NONE:
        text = phrases.text(f"replay.poison.{replay.poison.value}", killing_count=replay.killing_count)
        return Span(text, Style.BAD)
    if replay.recommended is not None:
        return Span(phrases.text("replay.recommended", **_number(_find_best(replay))), Style.GOOD)
    return Span(phrases.text("replay.none_recommended" if _has_failed(replay) else "replay.none_failed"), Style.WARN)


def _find_best(replay: Replay) -> PolicyReplay:
    return next(item for item in replay.policies if item.policy == replay.recommended)


def _has_failed(replay: Replay) -> bool:
    return replay.failed_count + replay.unnoticed_count > 0


def _summarize(replay: Replay, phrases: Phrases) -> list[Block]:
    counts: dict[str, Number] = {
        "pushes_count": replay.pushes_count,
        "arrived_count": replay.arrived_count,
        "failed_count": replay.failed_count,
        "unnoticed_count": replay.unnoticed_count,
        "unanswered_count": replay.unanswered_count,
    }
    sentences = [phrases.inline("replay.pushes", **counts)]
    known = "outages" if replay.median_outage_s is not None else "outages_unknown"
    sentences.append(
        phrases.inline(f"replay.{known}", outages_count=replay.outages_count, median_outage_s=replay.median_outage_s)
    )
    if replay.poison is not PoisonRisk.NONE:
        sentences.append(phrases.inline("replay.poison.what"))
    return [Bullets(tuple(sentences))]


def _number(result: PolicyReplay) -> dict[str, Number]:
    return {
        "policy": result.policy,
        "recovered_count": result.recovered_count,
        "of_count": result.of_count,
        "unknown_count": result.unknown_count,
        "low_ratio": result.share.low,
        "high_ratio": result.share.high,
        "if_harmless_count": result.if_harmless_count,
        "all_count": result.of_count + result.unknown_count,
        "median_s": result.delay_median_s,
        "p95_s": result.delay_p95_s,
        "worst_s": result.delay_worst_s,
        "resends_count": result.resends_count,
        "duplicates_count": result.duplicates_count,
        "most_count": result.duplicates_most_count,
        "queue_count": result.queue_most_count,
        "burst_count": result.burst_most_count,
        "killed_count": result.killed_count,
        "outage_s": result.outage_s,
        "harmed_count": result.harmed_count,
    }


def _compare(replay: Replay, phrases: Phrases) -> list[Block]:
    if not any(item.of_count + item.unknown_count for item in replay.policies):
        return []
    tables: list[Block] = [_tabulate(names, replay.policies, phrases) for names in (COLUMNS, LOAD_COLUMNS)]
    if replay.poison is not PoisonRisk.NONE:
        tables.append(_tabulate(HARM_COLUMNS, replay.policies, phrases))
    return tables


def _tabulate(names: Sequence[str], results: Sequence[PolicyReplay], phrases: Phrases) -> Table:
    header = tuple(phrases.text(f"replay.column.{name}") for name in names)
    rows = tuple(
        (code(item.policy), *(plain(phrases.text(_cell(name, item), **_number(item))) for name in names[1:]))
        for item in results
    )
    return Table(header, rows, fixed=frozenset({0}))  # a policy is typed as it is read


def _cell(name: str, result: PolicyReplay) -> str:
    """The key of the text of a cell."""
    if name == "recovered":
        if not result.of_count:
            return "replay.cell.recovered_unknown"
        return "replay.cell.recovered_some" if result.unknown_count else "replay.cell.recovered"
    if name == "delay":
        return "replay.cell.delay" if result.recovered_count else "replay.cell.delay_none"
    if name == "duplicates":
        is_sure = result.duplicates_count == result.duplicates_most_count
        return "replay.cell.duplicates" if is_sure else "replay.cell.duplicates_most"
    return f"replay.cell.{name}"


def _show_check(check: SelfCheck | None, phrases: Phrases) -> list[Block]:
    if check is None:
        return []
    share: dict[str, Number] = {"low_ratio": check.share.low, "high_ratio": check.share.high}
    head = phrases.inline("replay.check", agreed_count=check.agreed_count, retries_count=check.retries_count, **share)
    shown = sorted(check.items, key=lambda item: item.predicted is item.seen)[:RETRIES_SHOWN]
    return [Bullets((head, *(_say_retry(item, phrases) for item in shown)))]


def _say_retry(item: RealRetry, phrases: Phrases) -> Inline:
    return phrases.inline(
        "replay.real" if item.predicted is item.seen else "replay.real_other",
        time=item.time,
        connection=item.connection,
        predicted=phrases.identified("replay.sight", item.predicted.value),
        seen=phrases.identified("replay.sight", item.seen.value),
        place=f"{item.evidence[0].file}:{item.evidence[0].line}",
    )


def _list_assumptions(replay: Replay, phrases: Phrases) -> Bullets:
    return Bullets(tuple(_say(item, phrases) for item in replay.assumptions))


def _say(assumption: Assumption, phrases: Phrases) -> Inline:
    return phrases.inline(f"replay.assumption.{assumption.id}", **assumption.numbers)
