"""Hand-made events, sessions, disconnects, facts and cases: every field has a quiet default, a test names the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

from logdiag.analyzers.attempts.connect_errors import ConnectError
from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.catalogue import load_catalogue
from logdiag.analyzers.causes.checks.result import Claim
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.clocks.patterns import ClockFit, PatternReport
from logdiag.analyzers.connections.server_side import ServerSocket, ServerView, read_server_view
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.triggers.fits import LagSpread, TriggerChance, TriggerCounts, TriggerFit, TriggerLine
from logdiag.events import Event, EventKind
from logdiag.ordering import build_timeline
from logdiag.results.causes import Outcome
from logdiag.results.connections import Clock, Silence
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Evidence, Number
from logdiag.results.patterns import PatternKind, TriggerRole
from logdiag.results.pushes import Push, PushOutcome
from logdiag.rows import Rows

START: Final = datetime(2025, 11, 14, 16, 25, tzinfo=UTC)
CLIENT: Final = "worker1/socket-client.log"
PUSHER: Final = "worker1/data-pusher.log"
SERVER: Final = "master/socket-server.log"


def at(second: float) -> datetime:
    """Return the instant so many seconds after the start."""
    return START + timedelta(microseconds=round(second * 1e6))


def event(second: float, kind: EventKind, file: str = CLIENT, **fields: Any) -> Event:
    """One event; its folder is the source, its file's stem the service; the line is numbered by `timeline`."""
    source, name = file.split("/")
    service = fields.pop("service", name.removesuffix(".log"))
    message = fields.pop("message", kind.value)
    return Event(at(second), kind, source, service, fields.pop("level", "info"), message, file, 0, **fields)


def timeline(*events: Event) -> Rows:
    """Lay events on a timeline; those of a file are its lines 1, 2, … in the order given."""
    seen: Counter[str] = Counter()
    numbered = []
    for one in events:
        seen[one.file] += 1
        numbered.append(replace(one, line=seen[one.file]))
    return build_timeline(numbered).rows


def connected(second: float, socket_id: str | None = None, file: str = CLIENT, **fields: Any) -> Event:
    """A client's connect."""
    return event(second, EventKind.CONNECTED, file, socket_id=socket_id, **fields)


def disconnected(second: float, reason: str | None = "transport close", file: str = CLIENT, **fields: Any) -> Event:
    """A client's disconnect."""
    return event(second, EventKind.DISCONNECTED, file, reason=reason, **fields)


def session(
    closed: float | None = 30.0,
    *,
    opened: float | None = 0.0,
    reopened: float | None = 31.2,
    connection: str = "worker1",
    reason: str | None = "transport close",
    logged: bool = True,
    **fields: Any,
) -> SessionRecord:
    """One session, in seconds after the start."""
    return SessionRecord(
        connection=connection,
        opened=None if opened is None else at(opened),
        closed=None if closed is None else at(closed),
        reopened=None if closed is None or reopened is None else at(reopened),
        reason=reason if logged and closed is not None else None,
        logged=logged and closed is not None,
        evidence=Evidence(f"{connection}/socket-client.log", round(closed or 0)),
        **fields,
    )


def spans_every(
    period: float = 30.0, count: int = 10, *, connection: str = "worker1", outage: float = 1.2, **fields: Any
) -> list[SessionRecord]:
    """Sessions that end every `period` seconds, the next one beginning `outage` later."""
    opened = [0.0, *(period * number + outage for number in range(1, count))]
    return [
        session(
            period * (number + 1),
            opened=start,
            reopened=period * (number + 1) + outage,
            connection=connection,
            **fields,
        )
        for number, start in enumerate(opened)
    ]


def drop_of(one: SessionRecord, index: int = 1, **fields: Any) -> Disconnect:
    """Return the disconnect that ended a session."""
    assert one.closed is not None
    known: dict[str, Any] = {
        "index": index,
        "time": one.closed,
        "connection": one.connection,
        "socket_id": one.socket_id,
        "reason": one.reason,
        "server_reason": None,
        "logged": one.logged,
        "interval_s": None,
        "session_s": one.session_s,
        "outage_s": one.outage_s,
        "pattern": None,
        "residual_s": None,
        "trigger": None,
        "fleet_event": None,
        "evidence": one.evidence,
        "server_evidence": None,
    }
    return Disconnect(**(known | fields))


DROP_FIELDS: Final = frozenset(Disconnect.__slots__) - {"evidence"}
FACT_FIELDS: Final = frozenset(DisconnectFacts.__slots__) - {"drop", "session"}


def fact(index: int = 1, *, second: float | None = None, **fields: Any) -> DisconnectFacts:
    """One disconnect, by default the `index`-th of a connection that drops every 30 s without a cause.

    A keyword may name a field of DisconnectFacts, of its Disconnect, or of its session.
    """
    end = 30.0 * index if second is None else second
    facts = {name: fields.pop(name) for name in sorted(FACT_FIELDS & fields.keys())}
    drops = {name: fields.pop(name) for name in sorted(DROP_FIELDS & fields.keys()) if name not in SESSION_TOO}
    fields.setdefault("opened", end - 28.8)
    fields.setdefault("reopened", end + 1.2)
    reason = facts.pop("reason", "transport close")
    ended = session(end, reason=reason, **fields)
    known: dict[str, Any] = {
        "reason": ended.reason,
        "errors": (),
        "fit": None,
        "silence": None,
        "server_silence": None,
        "server_start": None,
        "push": None,
        "push_arrived": None,
        "notice_s": None,
        "notice_error_s": None,
        "rival": None,
        "fleet_wide": False,
        "kick": None,
        "server_error": None,
        "sent_bytes": None,
        "heard_s": None,
    }
    return DisconnectFacts(drop=drop_of(ended, index, **drops), session=ended, **(known | facts))


SESSION_TOO: Final = frozenset({"connection", "logged", "reason", "socket_id"})


def facts_of(count: int, **fields: Any) -> tuple[DisconnectFacts, ...]:
    """The first `count` disconnects of a connection, all alike."""
    return tuple(fact(index, **fields) for index in range(1, count + 1))


def clock(kind: str = "timer", period_s: float | None = 30.0, **fields: Any) -> ClockFit:
    """One pattern of worker1."""
    known: dict[str, Any] = {
        "kind": kind,
        "connections": ("worker1",),
        "period_s": period_s,
        "period_error_s": 0.001,
        "jitter_s": 0.005,
        "drift_ms_per_beat": 0.0,
        "phase_s": 0.0,
        "members": tuple(("worker1", number) for number in range(10)),
        "residuals_s": {("worker1", index): 0.0 for index in range(10)},
        "missed_beats_count": 0,
        "false_alarm_probability": 1e-9,
        "reset_by_reconnect": None,
        "resets": (),
        "margin_nats": 10.0,
        "runner_up": None,
        "separating_event": None,
    }
    known |= fields
    return ClockFit(**known | {"kind": PatternKind(known["kind"])})


def report(*fits: ClockFit, **fields: Any) -> PatternReport:
    """What is known of the clocks; by default worker1 has enough disconnects for a verdict."""
    known: dict[str, Any] = {
        "enough": {"worker1": True},
        "memoryless": {"worker1": None},
        "bursty": {"worker1": False},
        "cv_ratio": {"worker1": 0.9},
    }
    return PatternReport(fits=tuple(fits), **(known | fields))


def trigger(template: str = "Pushing data sync", **fields: Any) -> TriggerFit:
    """A line of worker1's data-pusher that comes 20 ms before ten of ten disconnects."""
    line: dict[str, Any] = {
        "source": "worker1",
        "service": "data-pusher",
        "level": "info",
        "template": template,
        "example": Evidence(PUSHER, 7),
    }
    lag = {"median_s": 0.02, "p10_s": 0.015, "p90_s": 0.03}
    counts: dict[str, Any] = {
        "window_s": 0.1,
        "preceded": tuple(("worker1", index) for index in range(1, 11)),
        "preceded_count": 10,
        "of_count": 10,
        "occurrences_count": 12,
        "followed_count": 10,
    }
    chance = {"expected_count": 0.02, "p_value": 1e-12, "q_value": 1e-10}
    for part in (line, lag, counts, chance):
        part.update({name: fields.pop(name) for name in part.keys() & fields})
    known: dict[str, Any] = {"connection": "worker1", "role": "trigger", "why_undecided": None, "lock": None} | fields
    return TriggerFit(
        line=TriggerLine(**line),
        lag=LagSpread(**lag),
        counts=TriggerCounts(**counts),
        chance=TriggerChance(**chance),
        **known | {"role": TriggerRole(known["role"])},
    )


PUSH_LINE: Final = frozenset({("data-pusher", "Pushing data sync")})


def attempt(started: float, ended: float | None = None, outcome: str = "ok", **fields: Any) -> Attempt:
    """One push of worker1; without an end it takes 1 ms."""
    result = None if outcome == "unknown" else at(started + 0.001 if ended is None else ended)
    line = round(started * 10)
    known: dict[str, Any] = {
        "connection": "worker1",
        "channel": "data-sync",
        "error": "Socket is not connected" if outcome == "failed" else None,
        "message_ids": (),
        "inferred": False,
        "evidence": (Evidence(PUSHER, line), Evidence(PUSHER, line + 1)),
    }
    return Attempt(started=at(started), ended=result, outcome=PushOutcome(outcome), **(known | fields))


def push(lead_ms: float = 20.0, outcome: str = "suspect", **fields: Any) -> Push:
    """A push that began so many milliseconds before disconnect 1."""
    known: dict[str, Any] = {
        "time": at(30.0 - lead_ms / 1e3),
        "connection": "worker1",
        "message_ids": (),
        "error": None,
        "disconnect_index": 1,
        "evidence": (Evidence(PUSHER, 1), Evidence(PUSHER, 2)),
    }
    return Push(outcome=PushOutcome(outcome), lead_ms=lead_ms, **(known | fields))


def silence(start: float = 2.0, end: float = 30.0, connection: str = "worker1") -> Silence:
    """A process that wrote nothing."""
    place = Evidence(f"{connection}/socket-client.log", 5)
    return Silence(connection, at(start), at(end), end - start, whole_process=True, evidence=(place,))


def error(
    second: float = 31.0, text: str = "xhr poll error", code: str | None = None, answer: str | None = None
) -> ConnectError:
    """A failed attempt to connect."""
    return ConnectError(at(second), text, code, Evidence(CLIENT, 99), answer)


@cache
def nothing_far() -> ServerView:
    """No logs of the server: the part of most cases, which nothing changes."""
    return read_server_view(timeline(connected(0.0)), [])


def server_view(
    *sockets: ServerSocket,
    clocks: Sequence[Clock] = (),
    starts: Sequence[float] = (),
    receipts: Rows | None = None,
) -> ServerView:
    """The server's logs, with one socket unless told otherwise."""
    known = sockets or (far_session("far-socket-0"),)
    return ServerView(
        {one.socket_id: one for one in known},
        tuple(clocks),
        nothing_far().receipts if receipts is None else receipts,
        tuple(at(second) for second in starts),
        {"master": [at(second) for second in starts]},
        tells_starts=bool(starts),
    )


def far_session(socket_id: str, opened: float | None = 0.0, closed: float | None = None, **fields: Any) -> ServerSocket:
    """One socket as the server saw it."""
    known: dict[str, Any] = {"joined": None, "reason": None, "worker_id": None, "evidence": Evidence(SERVER, 1)}
    return ServerSocket(
        socket_id=socket_id,
        source="master",
        opened=None if opened is None else at(opened),
        closed=None if closed is None else at(closed),
        **(known | fields),
    )


def case(facts: Sequence[DisconnectFacts] = (), **fields: Any) -> Case:
    """A whole incident of one worker: no server logs, no pushes, no patterns, millisecond stamps."""
    fits = tuple(dict.fromkeys(one.fit.kind for one in facts if one.fit is not None))
    by_kind = {one.fit.kind: one.fit for one in facts if one.fit is not None}
    triggers = fields.get("triggers", ())
    known: dict[str, Any] = {
        "errors": tuple(one for some in facts for one in some.errors),
        "patterns": report(*(by_kind[kind] for kind in fits)),
        "pattern_ids": {number: f"P{number + 1}" for number in range(9)},
        "triggers": (),
        "trigger_ids": {number: f"T{number + 1}" for number in range(len(triggers))},
        "attempts": (),
        "pushes": tuple(one.push for one in facts if one.push is not None),
        "server": nothing_far(),
        "connections_count": 1,
        "starts_seen": False,
        "emits_seen": False,
        "push_templates": frozenset(),
        "push_reach_ms": 300.0,
        "local_offsets_s": {},
        "payload_errors": (),
        "kicks_count": 0,
        "engine_lines_count": 0,
        "debug_seen": False,
        "resolution_s": 0.001,
    }
    return Case(facts=tuple(facts), **(known | fields))


class Scene(NamedTuple):
    """A case, the disconnects that the cause claims in it, and some of the numbers that the check must give."""

    case: Case
    facts: tuple[DisconnectFacts, ...] = ()
    numbers: Mapping[str, Number] = {}


# For each check, for each outcome, a scene that yields it; made for a cause of the catalogue.
Scenes: TypeAlias = Mapping[str, Mapping[Outcome, Callable[[str], Scene]]]


def list_scenes(scenes: Scenes) -> list[tuple[str, str, Outcome]]:
    """(cause, check, outcome) of every scene, for every cause that uses the check."""
    return [
        (row.id, check.id, outcome)
        for row in load_catalogue()
        for check in row.checks
        for outcome in scenes.get(check.id, {})
    ]


def claim(cause: str, facts: Sequence[DisconnectFacts] = ()) -> Claim:
    """A cause as its checks see it, with its parameters from the catalogue."""
    rows: Mapping[str, Any] = {row.id: row for row in load_catalogue()}
    return Claim(cause, rows[cause].reasons, rows[cause].patterns, tuple(facts))


def own_clock(cause: str, period_s: float = 30.0, **fields: Any) -> ClockFit:
    """A clock of the first kind that speaks for a cause."""
    return clock(claim(cause).patterns[0], period_s, **fields)


def timed(fit: ClockFit, **fields: Any) -> Scene:
    """Ten disconnects on one clock, all of them claimed."""
    facts = facts_of(10, fit=fit, pattern="P1")
    return Scene(case(facts, **fields), facts)
