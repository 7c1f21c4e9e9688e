"""Lines in words that nobody knows by which a client's process may say that it starts, before it connects again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.causes.own_words import Said
from logdiag.analyzers.causes.reasons import ENDED_BY_CLIENT
from logdiag.analyzers.silences.process_silences import ProcessLines, was_read
from logdiag.events import Side
from logdiag.results.evidence import Evidence

LEAST_OUTAGES: Final = 3  # a choice: two may have a line in common by chance
NEARLY_ALL: Final = 0.9  # a choice: of the outages; a line may get lost
HEAD_S: Final = 5.0  # a choice: what starts connects this soon
ADDRESS: Final = "<url>"  # whoever names the address connects, anew or for the first time


class _Outage(NamedTuple):
    """An end by the client's own doing, and when it was back."""

    number: int
    closed_s: float
    back_s: float


def find_unread_starts(known: FactInput, endings: Sequence[Ending]) -> dict[int, Said]:
    """By the index of a disconnect: a line that comes once in nearly each outage, late in it, and never elsewhere.

    So does a process's first line: it stands before the first connect of its log as well, where that was read. Only
    of processes whose starts no line tells in known words.
    """
    rows: dict[str, list[_Outage]] = defaultdict(list)
    for ending in endings:
        session, process = ending.session, known.processes.get(ending.session.connection)
        is_own = session.side is Side.CLIENT and ending.drop.reason in ENDED_BY_CLIENT and session.has_end_line
        if process is None or process.starts_s or not is_own or session.reopened is None or session.orderly:
            continue
        outage = _Outage(ending.drop.index, ending.drop.time.timestamp(), session.reopened.timestamp())
        if was_read(process.windows_s, outage.closed_s, outage.back_s):
            rows[session.connection].append(outage)
    if not any(len(outages) >= LEAST_OUTAGES for outages in rows.values()):
        return {}
    understood = set(zip(known.timeline["file"].tolist(), known.timeline["line"].tolist(), strict=True))
    firsts: dict[str, datetime] = {}
    for one in known.sockets.sessions:
        if one.opened is not None:
            firsts[one.connection] = min(one.opened, firsts.get(one.connection, one.opened))
    found: dict[int, Said] = {}
    for name, outages in rows.items():
        if len(outages) >= LEAST_OUTAGES:
            first_s = firsts[name].timestamp() if name in firsts else None
            found |= _find_in(known.processes[name], outages, first_s, understood)
    return found


def _find_in(
    process: ProcessLines, outages: Sequence[_Outage], first_s: float | None, understood: set[tuple[str, int]]
) -> dict[int, Said]:
    """Of the wordings of a process that could be its first, the one that most outages have."""
    spoken: dict[str, list[tuple[float, tuple[str, int]]]] = defaultdict(list)
    for second, text, place in zip(process.times_s.tolist(), process.wordings, process.places, strict=False):
        if text is not None and ADDRESS not in text and place not in understood:
            spoken[text].append((second, place))
    is_head_read = first_s is not None and was_read(process.windows_s, first_s - HEAD_S, first_s)
    best: dict[int, Said] = {}
    for text, lines in spoken.items():
        if not NEARLY_ALL * len(outages) <= len(lines) <= len(outages) + 1:
            continue
        own = _place(text, lines, outages)
        heads_count = sum(first_s is not None and second <= first_s for second, _ in lines)
        is_elsewhere = len(own) + heads_count < len(lines)
        is_first_missing = is_head_read and _has_head(process, first_s or 0.0) and not heads_count
        if len(own) >= max(len(best) + 1, NEARLY_ALL * len(outages)) and not is_elsewhere and not is_first_missing:
            best = own
    return best


def _place(text: str, lines: Sequence[tuple[float, tuple[str, int]]], outages: Sequence[_Outage]) -> dict[int, Said]:
    """The outages in which such a line stands, nearer to the connect than to the end."""
    own: dict[int, Said] = {}
    for outage in outages:
        middle_s = (outage.closed_s + outage.back_s) / 2
        place = next((place for second, place in lines if middle_s <= second <= outage.back_s), None)
        if place is not None:
            own[outage.number] = Said(text, Evidence(*place))
    return own


def _has_head(process: ProcessLines, first_s: float) -> bool:
    """Whether the log begins before its first connect: with lines that a process writes as it starts."""
    return bool((process.times_s < first_s).any())
