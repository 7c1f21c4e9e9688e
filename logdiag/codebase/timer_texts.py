"""The timers of a tree with what their code writes: plain values, found by whichever process has time for it.

Whoever asks, the answer is drawn from a survey of its own: what others had parsed before does not enter into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from logdiag.codebase.log_sources import LogCalls, matches
from logdiag.codebase.survey import Survey, find_timers, open_survey
from logdiag.codebase.timers import FoundTimer
from logdiag.results.code import CodeTimer

Text = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class WrittenTimer:
    """A timer, unranked, and the texts that its code hands to loggers; None stands for what a run puts in."""

    timer: CodeTimer
    texts: frozenset[Text]

    def find_written(self, templates: Iterable[str]) -> frozenset[str]:
        """The templates that this code writes."""
        return frozenset(template for template in templates if any(matches(parts, template) for parts in self.texts))


@dataclass(frozen=True, slots=True)
class WrittenTimers:
    """All timers of a tree, and the files that could not be parsed on the way."""

    timers: tuple[WrittenTimer, ...]
    unparsed: frozenset[str]


def read_timers(survey: Survey) -> WrittenTimers:
    """The timers of a survey that nobody has asked anything yet."""
    calls = LogCalls(survey)
    rows = tuple(WrittenTimer(timer, _collect_texts(survey, calls, found)) for timer, found in find_timers(survey))
    return WrittenTimers(rows, survey.application.unparsed)


def read_timers_of(paths: tuple[str, ...]) -> WrittenTimers:
    """The same of source trees, read anew: the task of another process. Raises InputError."""
    return read_timers(open_survey(paths))


def _collect_texts(survey: Survey, calls: LogCalls, timer: FoundTimer) -> frozenset[Text]:
    """What the code of a timer writes: its callback, all that this calls, and where it is set."""
    around = timer.module.function_at(timer.node)
    functions = [function for run in timer.callbacks for function, _ in survey.graph.walk(run)]
    functions += [] if around is None else [around]
    return frozenset(call.parts for function in functions for call in calls.of(function))
