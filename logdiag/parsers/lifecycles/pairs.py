"""Two wordings that open and close the same thing, by the ids that they share or by their order alone."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.parsers.lexicon.ends import tells_of_an_end
from logdiag.parsers.lifecycles.reasons import COMMON_REASONS, TRANSPORTS, is_code
from logdiag.parsers.lifecycles.samples import SOCKET_ID
from logdiag.parsers.lifecycles.sightings import CLOSING, Sighting
from logdiag.parsers.lifecycles.wordings import VARIABLE, Wording
from logdiag.parsers.rules import OPENING

_SOCKET_ID: Final = compile_later(SOCKET_ID)
_ID_OF_ONE: Final = compile_later(r"[\w-]{16,64}")  # what nobody chose: a number of a job comes once, too
_EARLY_SOCKET_ID: Final = compile_later(r"[A-Za-z0-9_-]{16}AA[A-Za-z0-9_-]{2}")
SOCKET_WORD: Final = compile_later(
    r"(?i)socket|(?:^|[._#])sid$|engine\.?io|transport|wasclean|(?:^|[\W_])wss?(?:$|[\W_])"
)
# Who else says "transport error" and "ping timeout", and has things that open and close.
FOREIGN: Final = compile_later(
    r"(?i)\b(?:mongo|mongoose|redis|ioredis|postgres|pg|mysql|maria|sql|sqlite|database|db|kafka|amqp|rabbit|nats|mqtt|smtp|mail|imap|"
    r"grpc|vpn|ssh|ldap|browser|puppeteer|playwright|chrome|irc|http|request|job|query|transaction|pool)"
)
LEAST_PAIRS: Final = 3  # two closes may follow two other lines by chance; with ids of Engine.IO's one says enough
MOST_BROKEN: Final = 0.1  # lines out of turn for each pair: a process that dies leaves an open one behind
MOST_BROKEN_WITH_IDS: Final = (
    1.0  # where each open has an id of Engine.IO's: 0.6 if 30 % of the lines are lost, 2 by chance
)
MOST_LINES: Final = 0.9  # that share of a wording's lines counts as all of them
LEAST_CLOSED: Final = 0.5  # of what opens, unless it has ids of Engine.IO's: jobs that end so are few of many
AS_MANY: Final = 0.9  # openers that pair up so well are told apart by how early they come
SAME_CLOSE: Final = timedelta(seconds=1)  # a second line that tells the same close


class Series(NamedTuple):
    """All sightings of one wording in one folder, by time."""

    wording: Wording
    sightings: list[Sighting]

    @property
    def kind(self) -> EventKind | None:
        """What the rules take it for: the commonest answer."""
        kinds = [sighting.kind for sighting in self.sightings]
        return max(dict.fromkeys(kinds), key=kinds.count)

    @property
    def states_reasons(self) -> bool:
        """Whether most of the lines name a reason of Socket.IO's."""
        return 2 * sum(sighting.reading.reason is not None for sighting in self.sightings) > len(self.sightings)


class Pair(NamedTuple):
    """A wording that opens and one that closes; the places of the id that joins them, None if order alone does."""

    opener: Series
    closer: Series
    opener_slot: str | None
    closer_slot: str | None
    pairs_count: int
    median_s: float

    @property
    def has_socket_ids(self) -> bool:
        """Whether the id is Engine.IO's own, not the name of somebody who returns."""
        slot = self.opener_slot or ""
        return are_socket_ids({row.reading.ids[slot] for row in self.opener.sightings if slot in row.reading.ids})

    @property
    def is_fresh(self) -> bool:
        """Whether each line that opens has an id of its own."""
        names = [row.reading.ids.get(self.opener_slot or "") for row in self.opener.sightings]
        return None not in names and len(set(names)) == len(names)


class Step(StrEnum):
    """What a line does."""

    OPEN = "open"
    CLOSE = "close"


class _Turn(NamedTuple):
    time: datetime
    step: Step
    stretch: tuple[str, int]
    thread: Hashable


class _Score(NamedTuple):
    """How opens and closes take turns: pairs, lines out of turn, lengths of what lies between."""

    pairs_count: int
    broken_count: int
    lengths_s: tuple[float, ...]


def collect_series(sightings: Iterable[Sighting]) -> list[Series]:
    """The sightings of each wording."""
    found: dict[Wording, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        found[sighting.reading.wording].append(sighting)
    return [Series(wording, sorted(rows, key=lambda row: row.time)) for wording, rows in found.items()]


def find_pairs(series: Sequence[Series]) -> list[Pair]:
    """The lifecycles of one folder: for each wording that states reasons, what opens that which it closes."""
    closers = [one for one in series if is_closer(one)]
    values = {name for one in closers for row in one.sightings for name in row.reading.ids.values()}
    index = _index(series, values)
    pairs = [pair for one in closers if (pair := _pair_by_id(one, index) or _pair_by_order(one, series)) is not None]
    return _drop_echoes(pairs)


def is_closer(one: Series) -> bool:
    """Whether a wording may end connections: it states reasons, and no rule takes it for something else."""
    return one.states_reasons and (one.kind is None or one.kind in CLOSING) and not is_foreign_series(one)


def is_opener(one: Series) -> bool:
    """Whether a wording may open connections: it says of none that it ended, as a second line about an end does."""
    if one.states_reasons or is_foreign_series(one):
        return False
    return one.kind in OPENING or (one.kind is None and not tells_of_an_end(one.wording.template))


def is_foreign_series(one: Series) -> bool:
    """Whether a wording or its service speaks of something that opens and closes, and is no socket."""
    head = one.sightings[0]
    return FOREIGN.search(f"{one.wording.template} {head.service}") is not None


_Index = Mapping[str, Sequence[tuple[int, str, Sighting]]]


class _Indexed(NamedTuple):
    series: Sequence[Series]
    places: _Index


def _index(series: Sequence[Series], values: set[str]) -> _Indexed:
    """Where each of the values is named: number of the series, place, sighting."""
    found: dict[str, list[tuple[int, str, Sighting]]] = defaultdict(list)
    for number, one in enumerate(series):
        if not is_opener(one):
            continue
        for row in one.sightings:
            for slot, value in row.reading.ids.items():
                if value in values:
                    found[value].append((number, slot, row))
    return _Indexed(series, found)


def _pair_by_id(closer: Series, index: _Indexed) -> Pair | None:
    """The opener whose lines take turns with the closer's, id by id; of those that do, the one that comes first."""
    found: list[Pair] = []
    for slot in list_slots(closer):
        threads = {row.reading.ids[slot] for row in closer.sightings if slot in row.reading.ids} - TRANSPORTS
        openers: dict[tuple[int, str], list[Sighting]] = defaultdict(list)
        for value in threads:
            for number, other, row in index.places.get(value, ()):
                openers[number, other].append(row)
        for (number, other), rows in openers.items():
            opener = index.series[number]
            turns = [_turn(row, Step.OPEN, row.reading.ids[other]) for row in rows]
            turns += [
                _turn(row, Step.CLOSE, row.reading.ids[slot]) for row in closer.sightings if slot in row.reading.ids
            ]
            score = _score(turns)
            pair = Pair(opener, closer, other, slot, score.pairs_count, median(score.lengths_s or (0.0,)))
            if _is_sound(pair, score, threads):
                found.append(pair)
    chosen = _choose([pair for pair in found if pair.has_socket_ids] or found)
    return chosen and _prefer_fresh(chosen, found)


def _pair_by_order(closer: Series, series: Sequence[Series]) -> Pair | None:
    """The opener that takes turns with the closer in each process: a client has one connection at a time."""
    openers = [one for one in series if is_opener(one)]
    found = [pair for opener in openers if (pair := _order_by_ids(opener, closer)) is not None]
    if found:
        return _choose(found)
    found = [pair for opener in openers if (pair := _order_by_words(opener, closer)) is not None]
    shared = {pair.opener.wording: len(_words(pair.opener) & _words(closer)) for pair in found}
    return _choose([pair for pair in found if shared[pair.opener.wording] == max(shared.values())])


def _order_by_ids(opener: Series, closer: Series) -> Pair | None:
    """A pair whose opener names another socket each time."""
    streams = {row.stream for row in closer.sightings}
    opens = [row for row in opener.sightings if row.stream in streams]
    slot = find_fresh_slot(opens) if _may_take_turns(opens, closer.sightings) else None
    if slot is None:
        return None
    score = _score_streams(opens, closer.sightings)
    is_sound = _takes_turns(score, MOST_BROKEN_WITH_IDS)
    return Pair(opener, closer, slot, None, score.pairs_count, median(score.lengths_s)) if is_sound else None


def _order_by_words(opener: Series, closer: Series) -> Pair | None:
    """A pair that shares a word, and never stands out of turn where every line was looked at."""
    streams = {row.stream for row in closer.sightings}
    opens = [row for row in opener.sightings if row.stream in streams and row.number == 0]
    closes = [row for row in closer.sightings if row.number == 0]
    if not _may_take_turns(opens, closes) or not _words(opener) & _words(closer):
        return None
    score = _score_streams(opens, closes)
    pair = Pair(opener, closer, None, None, score.pairs_count, median(score.lengths_s or (0.0,)))
    states_codes = any(is_code(row.reading.reason) for row in closes if row.reading.reason)
    is_sound = score.broken_count == 0 and score.pairs_count >= LEAST_PAIRS
    return _name_ids(pair) if is_sound and (not states_codes or _speaks_of_sockets(pair)) else None


def _name_ids(pair: Pair) -> Pair:
    """The same, with the place of an id that is another one in each connect, and of the same one in their closes."""
    for first in list_slots(pair.opener):
        opened = [row.reading.ids.get(first, "") for row in pair.opener.sightings]
        if len(set(opened)) < len(opened) or not all(map(_ID_OF_ONE.fullmatch, opened)):
            continue
        for second in list_slots(pair.closer):
            closed = {row.reading.ids.get(second, "") for row in pair.closer.sightings}
            if len(closed & set(opened)) >= MOST_LINES * len(pair.closer.sightings):
                return pair._replace(opener_slot=first, closer_slot=second)
        return pair._replace(opener_slot=first)
    return pair


def _may_take_turns(opens: Sequence[Sighting], closes: Sequence[Sighting]) -> bool:
    """Whether there are about as many of both: most wordings need not be looked at closely."""
    return bool(opens) and len(opens) <= 2 * len(closes) + LEAST_PAIRS and len(closes) <= 2 * len(opens) + LEAST_PAIRS


def _score_streams(opens: Sequence[Sighting], closes: Sequence[Sighting]) -> _Score:
    turns = [_turn(row, Step.OPEN, row.stream) for row in opens]
    return _score([*turns, *(_turn(row, Step.CLOSE, row.stream) for row in closes)])


def _choose(pairs: Sequence[Pair]) -> Pair | None:
    """Of those that pair up as well as the best, the earliest: what else names an id comes later."""
    most = max((pair.pairs_count for pair in pairs), default=0)
    return max(
        (pair for pair in pairs if pair.pairs_count >= AS_MANY * most), key=lambda pair: pair.median_s, default=None
    )


def _prefer_fresh(chosen: Pair, found: Sequence[Pair]) -> Pair:
    """Of the pairs of the same lines, the one by an id that never returns: the other one names whose connection it is.

    One that is fresh in fewer of the lines, as a ticket given to some of them, names no connection.
    """
    same = [pair for pair in found if pair.opener is chosen.opener and pair.pairs_count >= chosen.pairs_count]
    return chosen if chosen.is_fresh else next((pair for pair in same if pair.is_fresh), chosen)


def _turn(row: Sighting, step: Step, thread: Hashable) -> _Turn:
    return _Turn(row.time, step, (row.stream[0], row.number), thread)


def _score(turns: Iterable[_Turn]) -> _Score:
    """Follow each thread. The first close may lack its open; between two stretches anything may have happened."""
    last: dict[Hashable, _Turn] = {}
    pairs, broken, lengths = 0, 0, list[float]()
    for turn in sorted(turns, key=lambda turn: (turn.time, turn.step is Step.OPEN)):
        before = last.get(turn.thread)
        last[turn.thread] = turn
        if before is None:
            continue
        if turn.step is Step.CLOSE and before.step is Step.OPEN:
            pairs += 1
            lengths.append((turn.time - before.time).total_seconds())
        elif turn.step is before.step and turn.stretch == before.stretch:
            broken += 1
    return _Score(pairs, broken, tuple(lengths))


def measure_broken(pair: Pair, first: str, second: str) -> float:
    """How many lines of a pair are out of turn, for each pair that what stands at these places makes."""
    turns = [_turn(row, Step.OPEN, row.reading.ids.get(first)) for row in pair.opener.sightings]
    score = _score([*turns, *(_turn(row, Step.CLOSE, row.reading.ids.get(second)) for row in pair.closer.sightings)])
    return score.broken_count / max(score.pairs_count, 1)


def _takes_turns(score: _Score, most_broken: float = MOST_BROKEN) -> bool:
    return score.pairs_count > 0 and score.broken_count <= most_broken * score.pairs_count


def _is_sound(pair: Pair, score: _Score, threads: set[str]) -> bool:
    """Whether a pair by id is a connection: ids of Engine.IO's, or enough of what no job or pool has."""
    if not _takes_turns(score) or 2 * score.pairs_count < len(pair.closer.sightings):
        return False
    if are_socket_ids(threads):
        return True
    if len(threads) == 1:
        return False
    opened = len({row.reading.ids.get(pair.opener_slot or "") for row in pair.opener.sightings})
    reasons = {reason for row in pair.closer.sightings if (reason := row.reading.reason)}
    is_own = not all(reason in COMMON_REASONS or is_code(reason) for reason in reasons) or _speaks_of_sockets(pair)
    return is_own and score.pairs_count >= LEAST_PAIRS and len(threads) >= LEAST_CLOSED * opened


def are_socket_ids(values: Iterable[str]) -> bool:
    """Whether all are ids of Engine.IO's: 20 characters of base64url whose last four count the sockets of a process.

    One in 64 random texts looks so, of a single one more is asked: one in 4,096.
    """
    names = list(values)
    form = _SOCKET_ID if len(names) > 1 else _EARLY_SOCKET_ID
    return bool(names) and all(form.fullmatch(name) for name in names)


def _speaks_of_sockets(pair: Pair) -> bool:
    for one in (pair.opener, pair.closer):
        reading = one.sightings[0].reading
        names = (one.sightings[0].service, one.wording.template, *reading.ids, *reading.ids.values())
        if any(SOCKET_WORD.search(name) for name in names) or TRANSPORTS.intersection(reading.ids.values()):
            return True
    return False


def list_slots(one: Series) -> list[str]:
    """The places of ids that most lines of a wording have."""
    counts: dict[str, int] = defaultdict(int)
    for row in one.sightings:
        for slot in row.reading.ids:
            counts[slot] += 1
    return [slot for slot, count in counts.items() if count >= MOST_LINES * len(one.sightings)]


def find_fresh_slot(rows: Sequence[Sighting]) -> str | None:
    """The place of an id of Engine.IO's that is another one in each line."""
    for slot in rows[0].reading.ids:
        values = [row.reading.ids.get(slot, "") for row in rows]
        if are_socket_ids(values) and len(set(values)) == len(values):
            return slot
    return None


def _words(one: Series) -> set[str]:
    text = VARIABLE.join((*one.wording.literals, *(path for path, _ in one.wording.words)))
    return {word.lower() for word in re.findall(r"[^\W\d_]{3,}", text)}


def _drop_echoes(pairs: Sequence[Pair]) -> list[Pair]:
    """Of two closers that tell the same closes within moments, the first alone."""
    kept: list[Pair] = []
    for pair in sorted(pairs, key=lambda pair: (-pair.pairs_count, pair.median_s)):
        if not any(_tells_again(pair, other) for other in kept):
            kept.append(pair)
    return kept


def _tells_again(pair: Pair, other: Pair) -> bool:
    streams = {row.stream for row in other.closer.sightings}
    known = [row.time for row in other.closer.sightings]
    times = [row.time for row in pair.closer.sightings if row.stream in streams]
    near = sum(bisect_left(known, moment - SAME_CLOSE) < bisect_right(known, moment + SAME_CLOSE) for moment in times)
    return 2 * near > len(pair.closer.sightings)
