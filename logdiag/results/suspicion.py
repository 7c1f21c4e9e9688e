"""The result of `logdiag suspect`, frozen and free of pandas; field names and order are those of its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Lag


class Relatedness(StrEnum):
    """Whether lines have to do with the disconnects."""

    RELATED = "related"
    UNRELATED = "unrelated"
    UNDECIDED = "undecided"


class Sense(StrEnum):
    """What a text was taken to be."""

    TEXT = "text"
    TEMPLATE = "template"
    SERVICE = "service"
    TIMER = "timer"
    REGEX = "regex"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Counts:
    """Both directions. Of `of_count` disconnects `preceded_count` have the line within `window_s` before them.

    `expected_by_chance` of them would if it had nothing to do with them; `p_value` is the luck of so many, over all
    windows. `tied_count` have a line whose order is not known, the stamps being too coarse. Of `occurrences_count`
    lines written while connected a disconnect followed `followed_count` within the window. `most_ratio` is the largest
    share of the disconnects that the line can be behind (95 %), None where it is so frequent that the count says
    nothing.
    """

    of_count: int
    preceded_count: int
    tied_count: int
    expected_by_chance: float
    window_s: float
    p_value: float
    occurrences_count: int
    followed_count: int
    most_ratio: float | None


@dataclass(frozen=True, slots=True)
class LastLineLag:
    """The last such line of a session before its disconnect, however long before.

    `phase_ratio` is the median lag as a part of the period of the disconnects. `is_locked`: both keep a beat.
    `innovation_p`: early and late lines move the disconnect (small: they do); `drift_p`: the lag wanders (small: it
    does), as that of two clocks; `is_bare`: the disconnects keep the same beat where the line does not come. All three
    rest on `pairs_count` disconnects on the beat with such a line in their session.
    """

    lag_ms: Lag | None
    line_period_s: float | None
    drop_period_s: float | None
    phase_ratio: float | None
    is_locked: bool
    is_bare: bool
    pairs_count: int
    innovation_p: float | None
    drift_p: float | None


@dataclass(frozen=True, slots=True)
class TemplateRelation:
    """One template of one service, held against the disconnects; `side` is client or server.

    `why` says what decided, or what keeps it from being decided; `other` is the template that explains it better, and
    `needed_count` about how many disconnects would decide.
    """

    service: str
    template: str
    side: str
    answer: Relatedness
    why: str
    lines_count: int
    counts: Counts
    phase: LastLineLag
    other: str | None
    needed_count: int | None
    example: Evidence


@dataclass(frozen=True, slots=True)
class Suspicion:
    """The answer. `names` are the services that a text names, `announced_s` the interval of the timer that it names.

    `answer` and `why` are those of all `relations` together, surest first. `is_cut`: more lines hold the text than are
    counted.
    """

    text: str
    sense: Sense
    names: tuple[str, ...]
    announced_s: float | None
    answer: Relatedness
    why: str
    files_count: int
    lines_count: int
    matched_count: int
    is_cut: bool
    drops_count: int
    relations_count: int
    relations: tuple[TemplateRelation, ...]
