"""Sessions that the server ends as old as credentials live, by what the client says of its own as it comes back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from statistics import median
from typing import Final, NamedTuple

from logdiag.analyzers.attempts.credential_words import REFUSED_ELSEWHERE
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.facts.known import FactInput
from logdiag.analyzers.causes.own_words import Said
from logdiag.analyzers.causes.reasons import ENDED_BY_SERVER
from logdiag.analyzers.silences.process_silences import ProcessLines
from logdiag.deferred import compile_later
from logdiag.events import Side
from logdiag.results.evidence import Evidence
from logdiag.rows import find_upside_down, is_earlier

BEFORE: Final = timedelta(seconds=2)  # a choice, as `kicks.KICK_REACH`: who is turned away is gone this soon
AFTER: Final = timedelta(seconds=5)  # a choice: a client logs in as soon as it is back
LEAST_ENDS: Final = 3  # a choice, as `turned_away.LEAST_REFUSALS`
NEARLY_ALL: Final = 0.8  # a choice: a few lines get lost, and a few sessions end otherwise
AGE_RATIO: Final = 0.02  # as `limits.NEAR_SHARE`: what is checked now and then strikes that much late
AGE_S: Final = 1.0  # a choice: a login takes so long at the most, and credentials count whole seconds
_CREDENTIALS: Final = r"(?:\bjwt\b|token|credential|\bauth\w*|\blog-?in\b|凭据|凭证|令牌|认证|鉴权|登录)"
_NO_LONGER: Final = (
    r"(?:expir\w*|invalid\w*|refused|reject\w*|denied|fail\w*|error|revoked|no longer valid|abgelaufen|ungültig"
    r"|caducad\w*|scadut\w*|过期|失效|无效|失败|被拒)"
)
# What is asked over HTTP has credentials of its own, and what will expire still holds.
OF_OTHERS: Final = compile_later(r"(?i)\b(?:GET|POST|PUT|PATCH|DELETE|HEAD) +(?:https?:/)?/|\bexpires? (?:in|at|on)\b")
REFUSED: Final = compile_later(
    rf"(?i){_CREDENTIALS}.{{0,40}}?{_NO_LONGER}|{_NO_LONGER}.{{0,40}}?{_CREDENTIALS}"
    r"|unauthori[sz]ed|unauthenticated|not ?(?:authenticated|authori[sz]ed)\b"
    rf"|{REFUSED_ELSEWHERE}"
)


class _Row(NamedTuple):
    """An end by the server, how old the session was, and the client's line of it that speaks of credentials."""

    ending: Ending
    age_s: float
    said: Said | None
    is_before: bool


def find_expired(known: FactInput, endings: Sequence[Ending]) -> dict[int, Said]:
    """By the index of a disconnect: the client's line that says that its credentials hold no longer.

    Such a line stands right before an end by the server, or right after the next connect, at nearly all of them and
    hardly elsewhere. One after the connect may tell no more than that a token grew old while the session lasted, so it
    counts only where the sessions end at one age. All clients are held against this together, else each by itself.
    """
    lines = {name: _list_lines(process) for name, process in known.processes.items()}
    lines = {name: own for name, own in lines.items() if own}
    if not lines:
        return {}
    by_client: dict[str, list[_Row]] = defaultdict(list)
    upside_down = find_upside_down(known.timeline)
    for ending in endings:
        name = ending.session.connection
        if ending.session.side is Side.CLIENT and ending.drop.reason in ENDED_BY_SERVER and not ending.session.orderly:
            by_client[name].append(_hold(ending, lines.get(name, ()), upside_down))
    together = [row for rows in by_client.values() for row in rows]
    groups = [together] if _is_of_credentials(together, known.resolution_s) else list(by_client.values())
    found: dict[int, Said] = {}
    for rows in groups:
        of_group = {row.ending.session.connection for row in rows}
        if _is_of_credentials(rows, known.resolution_s) and not _stand_elsewhere(rows, of_group, lines):
            found |= {row.ending.drop.index: row.said for row in rows if row.said is not None}
    return found


def _list_lines(process: ProcessLines) -> list[tuple[float, Said]]:
    rows = zip(process.times_s.tolist(), process.wordings, process.places, strict=True) if process.wordings else ()
    return [
        (second, Said(text, Evidence(*place))) for second, text, place in rows if text is not None and _is_refusal(text)
    ]


@lru_cache(maxsize=4_096)  # a log has few wordings
def _is_refusal(text: str) -> bool:
    return REFUSED.search(text) is not None and OF_OTHERS.search(text) is None


def _hold(ending: Ending, lines: Sequence[tuple[float, Said]], upside_down: Collection[str]) -> _Row:
    """The first line of credentials near an end: right before it, else up to a login after the next connect."""
    near = _list_near(ending, lines)
    session = ending.session
    age_s = session.session_s or 0.0
    if not near:
        return _Row(ending, age_s, None, is_before=False)
    end = ending.drop.evidence
    first = near[0].evidence
    is_before = end is not None and first.file == end.file and is_earlier(first, end, upside_down)
    return _Row(ending, age_s, near[0], is_before=is_before)


def _list_near(ending: Ending, lines: Sequence[tuple[float, Said]]) -> list[Said]:
    """The lines right before an end and right after the next connect; what is refused while it is down is another's."""
    closed, back = ending.drop.time, ending.session.reopened
    spans = [(closed - BEFORE, closed)] + ([] if back is None else [(back, back + AFTER)])
    found = []
    for start, end in spans:
        first = bisect_left(lines, start.timestamp(), key=lambda line: line[0])
        last = bisect_right(lines, end.timestamp(), key=lambda line: line[0])
        found += [said for _, said in lines[first:last]]
    return found


def _is_of_credentials(rows: Sequence[_Row], resolution_s: float) -> bool:
    """Whether nearly all of these ends have such a line right before them, or one after the connect and one age."""
    told = [row for row in rows if row.said is not None]
    if len(told) < max(LEAST_ENDS, NEARLY_ALL * len(rows)):
        return False
    if sum(row.is_before for row in told) >= NEARLY_ALL * len(rows):
        return True
    usual_s = median(row.age_s for row in told)
    width_s = max(AGE_S, 2.0 * resolution_s, AGE_RATIO * usual_s)
    return sum(abs(row.age_s - usual_s) <= width_s for row in told) >= max(LEAST_ENDS, NEARLY_ALL * len(rows))


def _stand_elsewhere(
    rows: Iterable[_Row], clients: Iterable[str], lines: Mapping[str, Sequence[tuple[float, Said]]]
) -> bool:
    """Whether more than a few of these clients' lines of credentials stand by none of these ends."""
    near = {
        said.evidence for row in rows for said in _list_near(row.ending, lines.get(row.ending.session.connection, ()))
    }
    count = sum(len(lines.get(name, ())) for name in clients)
    return len(near) < NEARLY_ALL * count
