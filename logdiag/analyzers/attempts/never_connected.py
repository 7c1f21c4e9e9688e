"""Connects that failed: which answer the client got, how often, and which clients never got through."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from statistics import median
from types import MappingProxyType
from typing import Final, TypeAlias

from logdiag.analyzers.attempts.connect_errors import ConnectError
from logdiag.analyzers.connections.failed_attempts import TRAFFIC
from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.connections import ConnectFailure
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import FAILURES_ALONE
from logdiag.rows import Rows, find_client_connections
from logdiag.verdict import Severity

NO_ENDS: Final[Mapping[str, datetime]] = MappingProxyType({})
NO_LEVELS: Final[Mapping[str, str]] = MappingProxyType({})
OF_ERRORS: Final = frozenset({"error", "warn", "fatal", "critical", "severe", "err"})
NAMES_SHOWN: Final = 3  # a choice: what a line of the first screen holds
LEAST_DROPS: Final = 2  # of one disconnect the connect may be a lost line
LEAST_OPEN: Final = 2  # attempts without an answer: the last one may be under way as the log ends
SAME_TRY: Final = timedelta(seconds=1)  # a choice: two lines may tell of one attempt, with the address and without it
NEVER: Final = datetime.max.replace(tzinfo=UTC)
LONGEST_TRY: Final = timedelta(seconds=45)  # a choice: no client waits for more than two of Socket.IO's 20 s
TURNS: Final = [kind.value for kind in (EventKind.CONNECTING, EventKind.CONNECT_ERROR, EventKind.DISCONNECTED)]
STATUS: Final = compile_later(r"[1-5]\d\d")
DIGITS: Final = compile_later(r"\d+")
WORDS: Final = compile_later(r"[^\W_][\w.-]*[^\W_]")
KindTest: TypeAlias = Callable[[ConnectError, str], bool]  # of an error and the answer in one line
PROPERTIES: Final[Mapping[str, KindTest]] = {
    "mismatch": lambda error, _: error.is_mismatch,
    "auth": lambda error, _: error.is_auth,
}
SIGNS_OF_LIFE: Final = TRAFFIC | {EventKind.CONNECTED}
# Whom a server's line names so had come in.
OF_LET_IN: Final = (EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED, EventKind.SERVER_KICK)
LONGEST_WAIT: Final = timedelta(minutes=5)  # a choice: who is kept out tries again sooner, by any usual backoff
MOSTLY: Final = 0.8  # a choice: four of five
OWN_NAME: Final = compile_later(r"(?=\S{3})(?=\S*[\d_-])\S*[^\W_]\S*")  # `tablet-7`, not `client` or `logs`


@dataclass(frozen=True, slots=True)
class ShutOutClient:
    """A client that tries to connect, or loses its transport, and never connects. `first` is its first such line."""

    connection: str
    first: datetime
    errors: tuple[ConnectError, ...]
    drops: tuple[tuple[datetime, Evidence], ...]


def find_shut_out_clients(timeline: Rows, errors: Mapping[str, Sequence[ConnectError]]) -> tuple[ShutOutClient, ...]:
    """The clients without one connect in these logs, nor a sign that they were connected before these began, by name.

    Of a client that logs disconnects that is only known if it says before them that it connects, so that the level
    of its log does not hide the connect, and if neither side speaks of a connection that came about. Of one that tries
    more often than it fails nobody knows: the words of its connects may be none that anything here understands. So may
    those of one that a server's line names as let in, or that fails so seldom beside connects of nobody known that it
    came in between.
    """
    alive = set(timeline.of_kinds(SIGNS_OF_LIFE)["connection"])
    found_kinds = set(timeline["kind"])
    server_saw = EventKind.SERVER_CONNECTED in found_kinds and EventKind.CONNECTED not in found_kinds
    starts = _first_times(timeline, EventKind.CONNECTING)
    drops = _list_drops(timeline)
    unclear = _list_unclear(timeline) | _list_let_in(timeline, errors)
    found = []
    for name in find_client_connections(timeline):
        mine, gone = tuple(errors.get(name, ())), tuple(drops.get(name, ()))
        start = starts.get(name)
        if name in alive or name in unclear or (not mine and len(gone) < LEAST_DROPS):
            continue
        if gone and (server_saw or start is None or start > gone[0][0]):
            continue
        times = [error.time for error in mine] + [moment for moment, _ in gone] + ([start] if start else [])
        found.append(ShutOutClient(name, min(times), mine, gone))
    return tuple(found)


def _list_unclear(timeline: Rows) -> set[str]:
    """The clients most of whose attempts no failure follows before the next one, nor an end soon enough to be one."""
    rows = timeline.of_kinds(TURNS)
    turns: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    columns = rows["connection"].tolist(), rows.moments(), rows["kind"].tolist()
    for name, moment, kind in zip(*columns, strict=True):
        turns[name].append((moment, kind))
    return {name for name, own in turns.items() if _are_mostly_open(own)}


def _list_let_in(timeline: Rows, errors: Mapping[str, Sequence[ConnectError]]) -> set[str]:
    """The clients that may be behind connects that a server tells of: it names them, or those name nobody."""
    rows = timeline.of_kinds(OF_LET_IN)
    words = {word for text in set(rows["message"].tolist()) if text for word in WORDS.findall(text)}
    has_nameless = bool((rows["socket_id"].isna() & (rows["kind"] == EventKind.SERVER_CONNECTED)).any())
    return {
        name
        for name, mine in errors.items()
        if (OWN_NAME.fullmatch(own := name.rsplit("/", 1)[-1]) and own in words)
        or (has_nameless and _fails_seldom([error.time for error in mine]))
    }


def _fails_seldom(times: Sequence[datetime]) -> bool:
    """Whether nearly all failed attempts of a client lie further apart than anybody waits who is kept out."""
    waits = [later - one for one, later in pairwise(sorted(times)) if later - one >= SAME_TRY]
    return len(waits) >= LEAST_OPEN and sum(wait > LONGEST_WAIT for wait in waits) >= MOSTLY * len(waits)


def _are_mostly_open(turns: Sequence[tuple[datetime, str]]) -> bool:
    trying, end = EventKind.CONNECTING.value, EventKind.DISCONNECTED.value
    tries = [
        next_kind == trying or (next_kind == end and later - moment > LONGEST_TRY)
        for (moment, kind), (later, next_kind) in pairwise([*turns, (NEVER, trying)])
        if kind == trying and (next_kind != trying or later - moment >= SAME_TRY)
    ]
    return sum(tries) >= LEAST_OPEN and 2 * sum(tries) > len(tries)


def _first_times(timeline: Rows, kind: EventKind) -> dict[str, datetime]:
    rows = timeline.of_kinds({kind})
    found: dict[str, datetime] = {}
    for connection, moment in zip(rows["connection"], rows.moments(), strict=True):
        found.setdefault(connection, moment)
    return found


def _list_drops(timeline: Rows) -> dict[str, list[tuple[datetime, Evidence]]]:
    rows = timeline.of_kinds({EventKind.DISCONNECTED})
    found: dict[str, list[tuple[datetime, Evidence]]] = defaultdict(list)
    columns = [rows[name].tolist() for name in ("connection", "file", "line")]
    for moment, connection, file, line in zip(rows.moments(), *columns, strict=True):
        found[connection].append((moment, Evidence(file, line)))
    return dict(found)


def tell_kind(error: ConnectError) -> str:
    """What kind of failure an error is: an id that the texts have a meaning and a first step for."""
    told = tell(error)
    return next((kind for kind, fits in _load_kinds() if fits(error, told)), "other")


@cache
def _load_kinds() -> tuple[tuple[str, KindTest], ...]:
    """The kinds of failed connects in the order in which they are tried, each with its test of an error."""
    text = resources.files(__package__).joinpath("connect_kinds.toml").read_text("utf-8")
    return tuple((row["id"], _make_test(row)) for row in tomllib.loads(text)["kind"])


def _make_test(row: Mapping[str, str]) -> KindTest:
    if "is" in row:
        return PROPERTIES[row["is"]]
    words = re.compile(row["words"])
    return lambda _, told: words.search(told) is not None


def tell(error: ConnectError) -> str:
    """The answer that the client got, in one line: the error, and in brackets the status or code and the answer."""
    code, answer = error.code, error.answer
    if code is not None and STATUS.fullmatch(code):
        rest = (answer or "").removeprefix(code).strip()
        detail: str | None = f"HTTP {code}: {rest}" if rest else f"HTTP {code}"
    elif code is not None and answer is not None:
        detail = answer if code in answer else f"{code}: {answer}"
    else:
        detail = code or answer
    return error.error if detail is None or detail in error.error else f"{error.error} ({detail})"


def group_failures(
    errors: Mapping[str, Sequence[ConnectError]], shut_out: Collection[str]
) -> tuple[ConnectFailure, ...]:
    """The failed connects by their answers, the most frequent first; those of clients that never connect apart."""
    groups: dict[tuple[str, bool], list[tuple[str, ConnectError]]] = defaultdict(list)
    for name, tries in sorted(errors.items()):
        for error in tries:
            groups[DIGITS.sub("#", error.error) + tell(error)[len(error.error) :], name in shut_out].append(
                (name, error)
            )
    found = [_describe_failure(tries, never_connected=is_shut_out) for (_, is_shut_out), tries in groups.items()]
    return tuple(sorted(found, key=lambda one: (not one.never_connected, -one.count, one.first, one.told)))


def _describe_failure(tries: Sequence[tuple[str, ConnectError]], *, never_connected: bool) -> ConnectFailure:
    ordered = [error for _, error in sorted(tries, key=lambda one: one[1].time)]
    first = ordered[0]
    return ConnectFailure(
        kind=tell_kind(first),
        told=tell(first),
        error=first.error,
        code=first.code,
        answer=first.answer,
        connections=tuple(sorted({name for name, _ in tries})),
        never_connected=never_connected,
        count=len(tries),
        first=first.time,
        last=ordered[-1].time,
        evidence=tuple(error.evidence for error in (*ordered[: SHOWN - 1], *ordered[SHOWN - 1 :][-1:])),
    )


def find_unseen(timeline: Rows, levels: Mapping[str, Collection[str]]) -> dict[str, str]:
    """The connections whose files hold lines of errors and warnings alone, with these levels in one text.

    `levels` are those of all lines of a file, by its path, where all lines have one.
    """
    blind = {path for path, some in levels.items() if some and OF_ERRORS.issuperset(some)}
    if not blind:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    for name, path in zip(timeline["connection"].tolist(), timeline["file"].tolist(), strict=True):
        found[name].add(path)
    return {
        name: ", ".join(sorted({level for path in paths for level in levels[path]}))
        for name, paths in found.items()
        if paths <= blind
    }


def find_shut_out_findings(
    clients: Sequence[ShutOutClient],
    failures: Sequence[ConnectFailure],
    end: datetime,
    ends: Mapping[str, datetime] = NO_ENDS,
    unseen: Mapping[str, str] = NO_LEVELS,
) -> tuple[Finding, ...]:
    """One finding for the clients whose connects failed, one for those whose transport opened and who never got in.

    Each was out up to the end of its own logs, one of `ends`, else to `end`. Of those in `unseen` the logs hold errors
    alone, at these levels: whether they connected in between would not show, and a finding of its own says so.
    """
    down_s = {one.connection: (ends.get(one.connection, end) - one.first).total_seconds() for one in clients}
    blind = [client for client in clients if client.errors and client.connection in unseen]
    refused = [client for client in clients if client.errors and client.connection not in unseen]
    kept_out = [client for client in clients if not client.errors]
    found = []
    for name, some in (("never-connected", refused), (FAILURES_ALONE, blind)):
        if not some:
            continue
        names = {client.connection for client in some}
        shut_out = [one for one in failures if one.never_connected and names.intersection(one.connections)]
        times = [error.time for client in some for error in client.errors]
        numbers = _number(some, sum(len(client.errors) for client in some), times, down_s)
        numbers |= {"told": shut_out[0].told, "told_count": shut_out[0].count}
        if some is blind:
            del numbers["down_s"]
            numbers["levels"] = ", ".join(sorted({unseen[client] for client in names}))
        places = tuple(place for failure in shut_out for place in failure.evidence)[:SHOWN]
        found.append(Finding(name, Severity.ERROR, numbers, places))
    if kept_out:
        times = [moment for client in kept_out for moment, _ in client.drops]
        gaps = [(b[0] - a[0]).total_seconds() for client in kept_out for a, b in pairwise(client.drops)]
        numbers = _number(kept_out, len(times), times, down_s) | {"interval_s": median(gaps)}
        places = tuple(place for client in kept_out for _, place in client.drops)[:SHOWN]
        found.append(Finding("never-joined", Severity.ERROR, numbers, places))
    return tuple(found)


def _number(
    clients: Sequence[ShutOutClient], count: int, times: Sequence[datetime], down_s: Mapping[str, float]
) -> dict[str, Number]:
    names = [client.connection for client in clients]
    shown = ", ".join(names[:NAMES_SHOWN]) + (", …" if len(names) > NAMES_SHOWN else "")
    return {
        "connection": shown,
        "connections_count": len(names),
        "count": count,
        "first_time": min(times).isoformat(),
        "last_time": max(times).isoformat(),
        "down_s": max(0.0, *(down_s[name] for name in names)),
    }
