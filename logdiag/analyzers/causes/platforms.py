"""Which ends of connections fall on the end of a process that a platform (systemd, Kubernetes, pm2) tells of."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple

from logdiag.analyzers.causes.crashes import pick_telling, tells_how
from logdiag.analyzers.causes.own_words import Said
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
from logdiag.rows import Rows

EXIT_REACH_S: Final = 3.0  # the kubelet looks each second; syslog stamps whole seconds
LONGEST_START_S: Final = 60.0  # a choice: as for the starts of a server
SAME_EXIT_S: Final = 10.0  # a choice: a platform tells of one end and restart in several lines
MOST_EXIT_CHANCE: Final = 1e-2  # a choice: the name speaks for it already
LEAST_SPAN_S: Final = 60.0  # of logs: over less no rate means anything
# What platforms add to the name that a person gave: Kubernetes' hashes of a deployment and number of a set, compose's
# number of a container, Heroku's of a dyno.
ADDED: Final = (compile_later(r"-[0-9a-z]{5,10}-[0-9a-z]{5}$"), compile_later(r"[-_.@]\d+$"))
WORDS: Final = compile_later(r"[^\W_]+(?:-[^\W_]+)*")


class Exit(NamedTuple):
    """A line by which a platform says that a process of the name `unit` ended or is started again, and how."""

    time: datetime
    unit: str
    said: Said


@dataclass(frozen=True, slots=True)
class ConnectionEnd:
    """The end of a connection: the index of its disconnect, its moment, and the error of that in seconds.

    `back` is when its client came back, if that is known: whoever starts again did so by then.
    """

    index: int
    moment: datetime
    error_s: float
    back: datetime | None = None

    def list_reach(self) -> tuple[float, float, float]:
        """From when to when its process ended, and until when it may have been started again, in seconds."""
        moment_s, reach_s = self.moment.timestamp(), EXIT_REACH_S + self.error_s
        back_s = moment_s if self.back is None else min(self.back.timestamp(), moment_s + LONGEST_START_S)
        return moment_s - reach_s, moment_s + reach_s, max(moment_s, back_s) + reach_s


def list_exits(timeline: Rows) -> list[Exit]:
    """What platforms say of the ends of processes, in the order of time."""
    rows = timeline.of_kinds({EventKind.PLATFORM_EXIT}).sort_by_time()
    columns = (rows[name].tolist() for name in ("channel", "reason", "message", "file", "line"))
    return [
        Exit(moment, unit.lower(), Said(reason or message, Evidence(file, int(line))))
        for moment, unit, reason, message, file, line in zip(rows.moments(), *columns, strict=True)
        if isinstance(unit, str)
    ]


def find_owner(unit: str, names: Mapping[str, AbstractSet[str]]) -> str | None:
    """The process that a platform calls `unit`, by the names of each: the whole name first, then a word of a name.

    None where no process has it, or more than one.
    """
    forms = [unit]
    for added in ADDED:
        forms.append(added.sub("", forms[-1]))
    for form in dict.fromkeys(forms):
        for is_named in (_is_name, _is_word):
            owners = [owner for owner, own in names.items() if any(is_named(form, name.lower()) for name in own)]
            if owners:
                return owners[0] if len(owners) == 1 else None
    return None


def _is_name(form: str, name: str) -> bool:
    return form == name


def _is_word(form: str, name: str) -> bool:
    words = WORDS.findall(name)
    return form in words or form in {part for word in words for part in word.split("-")}


def pair_exits(exits: Sequence[Exit], ends: Iterable[ConnectionEnd], span_s: float) -> dict[int, Said]:
    """The line of the end of its process for each end of a connection, by index; none if chance pairs as many.

    `exits` are those of one process, in the order of time, `ends` those of its connections, `span_s` how long the logs
    last. What one moment ends counts once. Of several lines the one counts that says most. That a process is started
    again, which says not how it ended, may come until its client is back.
    """
    found: dict[int, Said] = {}
    moments: dict[int, bool] = defaultdict(bool)
    reaches_s: list[float] = []
    times = [one.time.timestamp() for one in exits]
    for end in ends:
        first_s, last_s, start_s = end.list_reach()
        near = [
            one
            for one in exits[bisect_left(times, first_s) : bisect_right(times, start_s)]
            if one.time.timestamp() <= last_s or not tells_how(one.said.text)
        ]
        moments[round(end.moment.timestamp() / SAME_EXIT_S)] |= bool(near)
        reaches_s.append(start_s - first_s)
        if near:
            found[end.index] = pick_telling([one.said for one in near])
    exits_count = bool(times) + sum(later - earlier > SAME_EXIT_S for earlier, later in pairwise(times))
    reach_s = sum(reaches_s) / len(reaches_s) if reaches_s else 0.0
    chance = min(1.0, exits_count * reach_s / max(span_s, LEAST_SPAN_S))
    hits_count = sum(moments.values())
    is_chance = not hits_count or binomial_greater(hits_count, len(moments), chance) > MOST_EXIT_CHANCE
    return {} if is_chance else found
