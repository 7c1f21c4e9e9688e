"""Where the server logs what it receives, that decides which pushes arrived."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import exp
from typing import Final, NamedTuple, TypeAlias

from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.pushes.exposure import Exposure
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
from logdiag.results.inputs import FEWEST_MISSING, LOSSY_RATIO
from logdiag.results.pushes import PushOutcome
from logdiag.rows import Rows

RECEIPT_WINDOW_S: Final = 2.0  # a choice: once learned, a slow server's receipt counts as well …
LEARNING_WINDOW_S: Final = 0.3  # … but while learning only what follows at once: more is met by chance
LEAST_SHARE: Final = 0.2  # a choice: an event of fewer pushes is no receipt of them
LEAST_LIFT: Final = 4.0  # a choice: times the share that chance puts there
LEAST_MATCHES: Final = 3  # two meet by chance
CLEARLY: Final = 0.8  # a choice: of two that fit about as well neither is taken
CONCURRENT: Final = 4  # a choice: so many pushes may be under way at once; more only cost time
MOST_CHANCE: Final = 1e-3  # as for pushes that move a beat

ByConnection: TypeAlias = Mapping[str, Sequence[float]]


def match_receipts(
    timeline: Rows, attempts: Sequence[Attempt], server: ServerView, sessions: Sequence[SessionRecord]
) -> dict[Evidence, bool]:
    """Whether each attempt arrived, where the server is known to log the arrival of its channel.

    Which receipts belong to which pushes is told by the client's own emits of that name during a push, else learned:
    receipts of one kind belong to the channel whose pushes they follow most often within 0.3 s (plus the error of the
    clocks), if that is at least 20 % of them, four times as often as chance would have it, and clearly more often
    than for any other channel. A receipt that names no socket may be another client's: it certifies one push, the one
    that it follows by the usual delay. A push that emits several names arrived if each of them did: what came first
    may have been small. Keyed by the last line of an attempt; attempts of other channels, those whose only receipts
    were given to others, and those one of whose names the server never acknowledges, are absent.
    """
    tried: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.outcome != PushOutcome.FAILED:
            tried[attempt.channel or ""].append(attempt)
    receipts = _group_receipts(server, sessions)
    rules = _learn_rules(tried, receipts, _match_names(timeline, attempts), server)
    return {
        line: arrived
        for rule in rules
        for line, arrived in _decide_attempts(rule, tried[rule.channel], receipts, server)
    }


class _Rule(NamedTuple):
    """Which kinds of receipts decide over the pushes of a channel; `parts` are the names that each of them emits."""

    channel: str
    kinds: Sequence[str]
    parts: Set[str]


def _learn_rules(
    tried: Mapping[str, Sequence[Attempt]],
    receipts: Mapping[str, ByConnection],
    emitted: Mapping[str, Counter[str]],
    server: ServerView,
) -> list[_Rule]:
    """Which channel the receipts of each kind belong to: by the names that are emitted, else by what they follow."""
    named = {name: max(sorted(counts), key=lambda channel: counts[channel]) for name, counts in emitted.items()}
    deciding: dict[str, list[str]] = defaultdict(list)
    for kind in sorted(receipts):
        known = kind if kind in tried else named.get(kind)
        candidates = sorted(tried) if known is None or known not in tried else [known]
        shares = sorted((_share(tried[channel], receipts[kind], server), channel) for channel in candidates)
        if shares and shares[-1][0] > 0 and (len(shares) == 1 or shares[-2][0] < CLEARLY * shares[-1][0]):
            deciding[shares[-1][1]].append(kind)
    return [
        _Rule(
            channel,
            kinds,
            {name for name, counts in emitted.items() if counts[channel] >= CLEARLY * len(tried[channel])},
        )
        for channel, kinds in deciding.items()
    ]


def _decide_attempts(
    rule: _Rule, attempts: Sequence[Attempt], receipts: Mapping[str, ByConnection], server: ServerView
) -> Iterator[tuple[Evidence, bool]]:
    """The last line of each attempt of a channel whose fate its receipts tell, and whether it arrived."""
    fates = {kind: _tell_fates(attempts, receipts[kind], server) for kind in rule.kinds}
    for place, attempt in enumerate(attempts):
        arrived = _sum_up({kind: arrivals[place] for kind, arrivals in fates.items()}, rule.parts)
        if arrived is not None:
            yield attempt.evidence[-1], arrived


def _sum_up(fates: Mapping[str, bool | None], parts: Set[str]) -> bool | None:
    """Whether a push arrived, from the fates that receipts of each kind tell; None if that is unknown.

    Receipts that bear the name of one of its `parts` speak for that part alone, others for the whole.
    """
    whole = [arrivals for kind, arrivals in fates.items() if kind not in parts]
    if whole:
        return True if any(whole) else None if None in whole else False
    arrivals = [fates.get(part) for part in sorted(parts)]
    return False if False in arrivals else None if None in arrivals else True


def _tell_fates(attempts: Sequence[Attempt], receipts: ByConnection, server: ServerView) -> list[bool | None]:
    """Whether each attempt arrived, by receipts of one kind; None where all that follow it may be those of others."""
    lags = [_find_lag_s(attempt, receipts, server) for attempt in attempts]
    known = sorted(lag for lag in lags if lag is not None)
    if not known or not receipts.get(""):
        return [lag is not None for lag in lags]
    usual_s = known[len(known) // 2]
    own = {name: times for name, times in receipts.items() if name}
    given = _give_nameless(attempts, receipts[""], server, usual_s)
    return [
        True if place in given or _find_lag_s(attempt, own, server) is not None else False if lag is None else None
        for place, (attempt, lag) in enumerate(zip(attempts, lags, strict=True))
    ]


def _give_nameless(
    attempts: Sequence[Attempt], times_s: Sequence[float], server: ServerView, usual_s: float
) -> set[int]:
    """Give each receipt that names no socket to one attempt: the one whose delay to it is nearest the usual one."""
    offsets = {attempt.connection: server.offset_s(attempt.connection) for attempt in attempts}
    starts = sorted(
        (attempt.started.timestamp() - offsets[attempt.connection][0], n) for n, attempt in enumerate(attempts)
    )
    widest = max(error for _, error in offsets.values()) + 0.001
    given: set[int] = set()
    for time in times_s:
        near = starts[
            bisect_left(starts, (time - RECEIPT_WINDOW_S - widest, 0)) : bisect_right(
                starts, (time + widest, len(attempts))
            )
        ]
        if near:
            given.add(min(near, key=lambda start: abs(time - start[0] - usual_s))[1])
    return given


def _match_names(timeline: Rows, attempts: Sequence[Attempt]) -> dict[str, Counter[str]]:
    """For each name that is emitted on the socket, during how many attempts of which push channel."""
    emits = timeline.of_kinds({EventKind.EMIT})
    emits = emits[emits["channel"].notna()]
    by_connection: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_connection[attempt.connection].append(attempt)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for moment, name, connection in zip(emits.moments(), emits["channel"], emits["connection"], strict=True):
        mine = by_connection[connection]
        index = bisect_right(mine, moment, key=lambda attempt: attempt.started)
        near = mine[max(index - CONCURRENT, 0) : index]
        under_way = {attempt.channel or "" for attempt in near if moment <= (attempt.ended or attempt.started)}
        if len(under_way) == 1:
            votes[name][under_way.pop()] += 1
    return dict(votes)


def _group_receipts(server: ServerView, sessions: Sequence[SessionRecord]) -> dict[str, ByConnection]:
    """Sorted times of receipts by kind, then by the connection whose socket they name ("" where they name none)."""
    owners = {session.socket_id: session.connection for session in sessions if session.socket_id is not None}
    result: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    clients = set(owners.values())
    rows = server.receipts
    columns = (rows["channel"], rows["socket_id"], rows["connection"])
    for seconds, kind, socket, connection in zip(rows.seconds(), *columns, strict=True):
        owner = owners.get(socket, "")
        if not owner and connection in clients:  # its line names the client by another id
            owner = connection
        result[str(kind)][owner].append(float(seconds))
    return {kind: dict(groups) for kind, groups in result.items()}


def _share(attempts: Sequence[Attempt], receipts: ByConnection, server: ServerView) -> float:
    """Share of the attempts that a receipt follows at once; 0 if chance could do it."""
    error = max(server.offset_s(attempt.connection)[1] for attempt in attempts)
    lags = [_find_lag_s(attempt, receipts, server, LEARNING_WINDOW_S) for attempt in attempts]
    matched = sum(lag is not None for lag in lags)
    times = [time for group in receipts.values() for time in group]
    span_s = max(max(times) - min(times), 1.0)
    chance = 1 - exp(-len(times) / span_s * (LEARNING_WINDOW_S + 2 * error))
    share = matched / len(attempts)
    return share if matched >= LEAST_MATCHES and share >= max(LEAST_SHARE, LEAST_LIFT * chance) else 0.0


def _find_lag_s(
    attempt: Attempt, receipts: ByConnection, server: ServerView, window_s: float = RECEIPT_WINDOW_S
) -> float | None:
    """How long after its start the first receipt came that may be an attempt's, in seconds; None without any."""
    offset, error = server.offset_s(attempt.connection)
    start = attempt.started.timestamp() - offset
    lags = []
    for owner in (attempt.connection, ""):
        times = receipts.get(owner, ())
        place = bisect_left(times, start - error - 0.001)
        if place < len(times) and times[place] <= start + window_s + error:
            lags.append(times[place] - start)
    return min(lags, default=None)


def settle_by_receipts(
    attempts: Sequence[Attempt], received: Mapping[Evidence, bool], exposures: Mapping[str, Exposure]
) -> tuple[Attempt, ...]:
    """Where the server logs receipts, they decide what arrived; keyed by an attempt's last line.

    What the server acknowledged to the client arrived, whatever its own log lacks.

    A missing receipt counts only for the last pushes before a disconnect: if a later push of the same session
    arrived, the connection was whole, and the receipt is missing for a reason of its own (a clock step, rotation, a
    lost line). Where so many are that those before disconnects may well be of that kind, none of them counts.
    """
    settled = []
    whole: dict[str, datetime] = {}
    tally = _Tally()
    for attempt in reversed(attempts):
        verdict = attempt.received or received.get(attempt.evidence[-1])
        exposure = exposures.get(attempt.connection)
        end = None if exposure is None else exposure.find_end(attempt)
        if verdict:
            whole[attempt.connection] = attempt.started
        elif verdict is False and not (exposure and exposure.ends_between(attempt, whole.get(attempt.connection))):
            verdict = None
            tally.lost_count += 1
        settled.append(replace(attempt, received=verdict))
        tally.add(settled[-1], end)
    if tally.is_chance:
        settled = [replace(one, received=None) if one.received is False else one for one in settled]
    return tuple(reversed(settled))


@dataclass(slots=True)
class _Tally:
    """How many receipts came, how many got lost while the connection was whole, and which ends of sessions lack one."""

    came_count: int = 0
    lost_count: int = 0
    ends: set[tuple[str, int]] = field(default_factory=set)
    lacking: set[tuple[str, int]] = field(default_factory=set)

    def add(self, attempt: Attempt, end: int | None) -> None:
        """Count one attempt; `end` is the end of a session that it came shortly before."""
        self.came_count += bool(attempt.received)
        if end is not None and attempt.received is not None:
            self.ends.add((attempt.connection, end))
            if not attempt.received:
                self.lacking.add((attempt.connection, end))

    @property
    def is_chance(self) -> bool:
        """Whether receipts get lost, and no more often before the ends of sessions than elsewhere."""
        total = self.came_count + self.lost_count
        if self.lost_count < FEWEST_MISSING or self.lost_count < LOSSY_RATIO * total:
            return False
        return binomial_greater(len(self.lacking), len(self.ends), self.lost_count / total) > MOST_CHANCE
