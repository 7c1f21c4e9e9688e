"""The application's own source beside its logs: settings before the analysis, suspects and weak places after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from logdiag.codebase.log_sources import describe_log_calls
from logdiag.codebase.patches import raise_limit
from logdiag.codebase.settings import feed, find_settings
from logdiag.codebase.survey import Survey, open_survey
from logdiag.codebase.suspects import TOLERANCE, rank_timers
from logdiag.codebase.timer_texts import WrittenTimers, read_timers, read_timers_of
from logdiag.codebase.wordings import with_code, write_rules
from logdiag.events import Event, Side
from logdiag.parsers.rules import RuleSet
from logdiag.pipeline.losses import collect_messages, describe_weaknesses, list_lost
from logdiag.request import StatedSettings
from logdiag.results.code import Code, CodeSetting, CodeTimer, LogSource
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.patterns import TriggerRole
from logdiag.results.timers import Timer, TimerAnswer
from logdiag.scanning.aside import done_aside

TRIGGER_WEIGHT: Final = 3.0  # a line that comes before the disconnects says more than one that merely stands there
ANSWERS: Final = (TimerAnswer.SUSPECT, TimerAnswer.UNDECIDED, TimerAnswer.CLEARED)  # several processes run one code
RAISED: Final = 10  # times the limit in force, as the next experiment of the cause has it
SHARED_BYTES: Final = 8 << 20  # of source: below, the timers are found sooner than another process has started
MOST_LINES: Final = 5  # texts of a timer that the report can show


@dataclass(frozen=True, slots=True)
class Sources:
    """The trees as far as they matter before any log is analysed."""

    paths: tuple[str, ...]
    survey: Survey
    settings: tuple[CodeSetting, ...]
    find_timers: Callable[[], WrittenTimers]

    @property
    def stated(self) -> StatedSettings:
        """The settings that the code states."""
        interval_ms, timeout_ms = feed(self.settings, "pingInterval"), feed(self.settings, "pingTimeout")
        limit = feed(self.settings, "maxHttpBufferSize")
        return StatedSettings(
            None if not interval_ms else interval_ms / 1e3,
            None if not timeout_ms else timeout_ms / 1e3,
            None if not limit else int(limit),
        )

    def add_rules(self, rules: RuleSet) -> RuleSet:
        """The rules with those of the code: what the handlers say of their lines, behind what the user says."""
        return with_code(rules, write_rules(self.survey, rules))

    def describe(self, diagnosis: Diagnosis, events: Callable[[], Iterable[Event]]) -> Code:
        """What the code says of this incident; `events` are read again for the wording of the pushes that were lost."""
        return _describe(self, diagnosis, events)


def read_sources(paths: tuple[str, ...]) -> Sources:
    """Survey the source trees. Raises InputError."""
    survey = open_survey(paths)
    return Sources(paths, survey, find_settings(survey), lambda: read_timers(survey.start_anew()))


@contextmanager
def open_sources(
    paths: tuple[str, ...], processes_count: int = 1, shared_bytes: int = SHARED_BYTES
) -> Iterator[Sources]:
    """The same; what it says of the source may take another process, which is stopped with the context.

    In trees of `shared_bytes` and more that one looks for timers, where there may be one, while this one goes on.
    """
    survey = open_survey(paths)
    is_shared = processes_count > 1 and survey.application.tree.sources_bytes >= shared_bytes
    with done_aside(read_timers_of, paths, is_shared=is_shared) as wait_for_timers:
        find = wait_for_timers if is_shared else lambda: read_timers(survey.start_anew())
        yield Sources(paths, survey, find_settings(survey), find)


def _describe(sources: Sources, diagnosis: Diagnosis, events: Callable[[], Iterable[Event]]) -> Code:
    lost = list_lost(diagnosis)
    survey = sources.survey
    templates = list_templates(diagnosis)
    weaknesses = describe_weaknesses(survey, lost, collect_messages(events(), lost))
    log_sources = find_log_sources(survey, templates)
    found = sources.find_timers()
    written = [row.find_written(templates) for row in found.timers]
    timers = tuple(
        replace(row.timer, log_lines=_show(texts, templates)) for row, texts in zip(found.timers, written, strict=True)
    )
    timers = hear(timers, written, diagnosis.timers)
    weights = _weigh(written, templates)
    weight_of = {_place(timer): weight for timer, weight in zip(timers, weights, strict=True)}
    ranked = rank_timers(timers, diagnosis.patterns, lambda timer: weight_of[_place(timer)])
    return Code(
        settings=_suggest(sources, diagnosis),
        timers=ranked,
        weaknesses=weaknesses,
        log_sources=log_sources,
        paths=sources.paths,
        files_count=len(survey.application.tree.sources),
        left_out=survey.application.tree.list_left_out(survey.application.unparsed | found.unparsed),
    )


def _suggest(sources: Sources, diagnosis: Diagnosis) -> tuple[CodeSetting, ...]:
    """The settings; where messages are too large for the server, its limit with the change that tries this."""
    limits = ("maxHttpBufferSize", "max_http_buffer_size")
    if not any(
        cause.id == "payload-too-large" and cause.rank == 1 and not cause.is_of_client for cause in diagnosis.causes
    ):
        return sources.settings
    return tuple(
        replace(row, patch=raise_limit(sources.survey, row, RAISED * int(row.value)))
        if row.name in limits and row.side is Side.SERVER and isinstance(row.value, float)
        else row
        for row in sources.settings
    )


def list_templates(diagnosis: Diagnosis) -> dict[str, float]:
    """The message templates of this incident and what each weighs: the triggers first, then all that was understood."""
    triggers = [item.template for item in diagnosis.triggers if item.role != TriggerRole.CONSEQUENCE]
    rows = dict.fromkeys((wording.template for wording in diagnosis.inputs.wordings), 1.0)
    rows |= {timer.template: 1.0 for timer in diagnosis.timers}
    return {**rows, **dict.fromkeys(triggers, TRIGGER_WEIGHT)}


def hear(
    timers: Sequence[CodeTimer], written: Sequence[frozenset[str]], judged: Sequence[Timer]
) -> tuple[CodeTimer, ...]:
    """The timers of the code with what the logs say of them: of those that they announce, or whose lines they write.

    One template may stand for several timers of other intervals; where two of one interval write it, it is neither's.
    """
    found: list[CodeTimer] = []
    for timer, texts in zip(timers, written, strict=True):
        matching = [
            one for one in judged
            if one.template in texts and _is_alike(one.period_s, timer.seconds)
            and sum(one.template in rows and _is_alike(one.period_s, other.seconds)
                    for other, rows in zip(timers, written, strict=True)) == 1
        ]  # fmt: skip
        best = min(matching, key=lambda one: ANSWERS.index(one.answer), default=None)
        found.append(
            timer if best is None
            else replace(timer, answer=best.answer.value, answer_why=best.why, chance_ratio=best.chance_ratio)
        )  # fmt: skip
    return tuple(found)


def _is_alike(period_s: float, seconds: float) -> bool:
    return abs(period_s / seconds - 1) <= TOLERANCE


def find_log_sources(survey: Survey, templates: Iterable[str]) -> tuple[LogSource, ...]:
    """The logger call behind each template."""
    return describe_log_calls(survey, tuple(templates))


def _place(timer: CodeTimer) -> tuple[str, int, str]:
    return timer.file, timer.line, timer.expression


def _show(written: frozenset[str], templates: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(written, key=lambda template: (-templates[template], template))[:MOST_LINES])


def _weigh(written: list[frozenset[str]], templates: Mapping[str, float]) -> list[float]:
    """How much of what a timer's code logs stands in the logs; a line that many timers write tells little of each."""
    writers = Counter(template for rows in written for template in rows)
    return [round(sum(templates[row] / writers[row] for row in rows), 6) for rows in written]
