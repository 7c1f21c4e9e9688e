"""What an application's source says of its sockets: timers, settings, weaknesses of delivery, origins of log lines.

Field names and their order are those of the JSON contract (`code` of a diagnosis). Paths are the folder as the user
gave it and the way below it; lines count from 1. Nothing here was executed: all of it is read off the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from logdiag.events import Side


class CodeTimerKind(StrEnum):
    """How a timer is made to come again."""

    INTERVAL = "interval"
    REARMED = "rearmed-timeout"
    LOOP = "loop"
    CRON = "cron"


class PeriodRelation(StrEnum):
    """How the interval of a timer stands to a measured period."""

    SAME = "same"
    DIVIDES = "divides"
    MULTIPLE = "multiple"


class WeaknessKind(StrEnum):
    """A way in which code loses what it was to deliver."""

    THROWS_WHEN_DOWN = "throws-when-down"
    RETURNS_WHEN_DOWN = "returns-when-down"
    UNACKNOWLEDGED = "emit-without-ack"
    ONLY_LOGGED = "error-only-logged"
    RESENDS_AT_ONCE = "resends-into-fresh-connection"
    CLEARED_EARLY = "queue-cleared-early"
    LISTENERS_PILE_UP = "listeners-added-per-connect"


@dataclass(frozen=True, slots=True)
class CallStep:
    """A function on the way from a timer to the socket; `is_guess` where only a name joins it to the one before."""

    function: str
    file: str
    line: int
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class CodeTimer:
    """A timer of the application. `rank` is None where no measured pattern has its interval, or a part of it.

    `does` is what the call chain does to the socket in the end (emit, disconnect …) and `way` the calls that lead
    there; `is_guess`: the interval may be another at run time (the environment, an argument). `log_lines` are the texts
    of its loggers that stand in these logs. `answer`, `answer_why` and `chance_ratio` are those of the diagnosis' timer
    that this code announces or whose lines it writes, if there is one: what its phase says. `excess_s` is set where a
    timer of this kind cannot keep the measured period: what that is longer (shorter, if negative) than `seconds`.
    Timers that neither the logs nor the source tell apart share a rank.
    """

    seconds: float
    kind: CodeTimerKind
    function: str
    expression: str
    side: Side | None
    reaches_socket: bool
    matches_pattern: str | None
    rank: int | None
    file: str
    line: int
    relation: PeriodRelation | None = None
    does: str | None = None
    way: tuple[CallStep, ...] = ()
    is_guess: bool = False
    log_lines: tuple[str, ...] = ()
    answer: str | None = None
    answer_why: str | None = None
    chance_ratio: float | None = None
    excess_s: float | None = None


@dataclass(frozen=True, slots=True)
class Patch:
    """A change to review: the lines from `first_line` on, as they are and as they might be."""

    first_line: int
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeSetting:
    """A setting in force; where `default`, nobody sets it and `line` is that of the call that might."""

    name: str
    value: float | bool | str
    default: bool
    side: Side | None
    file: str
    line: int
    expression: str | None = None
    is_guess: bool = False
    product: str = "socket.io"
    patch: Patch | None = None


@dataclass(frozen=True, slots=True)
class Weakness:
    """A place at which a push can be lost; `explains_count` pushes of this incident were lost that way."""

    kind: WeaknessKind
    file: str
    line: int
    explains_count: int
    end_line: int = 0
    function: str = ""
    side: Side | None = None
    patch: Patch | None = None


@dataclass(frozen=True, slots=True)
class LogSource:
    """The logger call that writes the lines of a template."""

    template: str
    text: str
    file: str
    line: int
    function: str
    handler: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """So many files were not read, for one reason."""

    reason: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Code:
    """All that was found in the source trees."""

    settings: tuple[CodeSetting, ...] = ()
    timers: tuple[CodeTimer, ...] = ()
    weaknesses: tuple[Weakness, ...] = ()
    log_sources: tuple[LogSource, ...] = ()
    paths: tuple[str, ...] = ()
    files_count: int = 0
    left_out: tuple[LeftOut, ...] = ()

    @property
    def suspects(self) -> tuple[CodeTimer, ...]:
        """The timers whose interval a measured pattern has, best first."""
        ranked = [timer for timer in self.timers if timer.rank is not None]
        return tuple(sorted(ranked, key=lambda timer: timer.rank or 0))
