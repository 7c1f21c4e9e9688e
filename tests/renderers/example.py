"""Hand-built diagnoses: one with every case in it and hostile text throughout, one healthy, one that saw nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from logdiag.analyzers.causes.ranking import decide_statuses
from logdiag.results.causes import BlindSpot, Cause, CauseStatus, Check, Finding, Outcome
from logdiag.results.connections import (
    Clock,
    ConnectFailure,
    Connection,
    FleetEvent,
    Reset,
    Session,
    Silence,
    WorstClient,
    WorstClients,
)
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Attribution, Disconnect, Incident, Remark
from logdiag.results.evidence import CodePlace, Evidence, Excerpt, Number
from logdiag.results.inputs import FileFault, FormCount, InputFile, Inputs, Sampling, SkippedReason
from logdiag.results.patterns import ClockSearch, Lag, Pattern, PatternKind, Trigger, TriggerRole
from logdiag.results.pushes import Push, Pushes, PushFate, PushOutcome, Retry
from logdiag.results.timers import Timer, TimerAnswer, TimerKind
from logdiag.verdict import Severity, Verdict

HOSTILE: Final = (
    "\x1b[31m[/oops] <script>alert(1)</script> =cmd|'/C calc'!A0 | `tick` \u202egnp.exe\r\n# no \ud83d \x9b2J @team"
)
GENERATED_AT: Final = datetime(2025, 11, 14, 9, 0, tzinfo=UTC)
SOCKET_LOG: Final = "logs/worker1/socket-client.log"
PUSH_LOG: Final = "logs/worker1/data-pusher.log"
ZONE: Final = "Asia/Shanghai"


def at(text: str) -> datetime:
    """A time of day of the reference incident, given as the document gives it (China Standard Time)."""
    return datetime.fromisoformat(f"2025-11-14 {text}+08:00").astimezone(UTC)


DROPS: Final = (
    ("16:25:52.756", None, 0.0, ("on-beat",)),
    ("16:26:22.768", 30.012, 0.006, ("on-beat",)),
    ("16:26:52.774", 30.006, 0.006, ("on-beat",)),
    ("16:27:16.051", 23.277, -6.723, ("off-beat",)),
    ("16:27:22.784", 6.733, 0.004, ("on-beat", "cycle-resumes")),
    ("16:27:52.788", 30.004, 0.002, ("on-beat",)),
    ("16:28:22.790", 30.002, -0.002, ("on-beat",)),
    ("16:28:52.795", 30.005, -0.003, ("on-beat",)),
    ("16:29:22.799", 30.004, -0.004, ("on-beat",)),
    ("16:29:52.608", 29.809, -0.201, ("early", "push-under-way")),
)


def build_disconnects() -> tuple[Disconnect, ...]:
    drops = [
        Disconnect(
            index=index - 1,
            time=at(clock),
            connection="worker1",
            socket_id=None,
            reason="transport close",
            server_reason=None,
            logged=True,
            interval_s=interval,
            session_s=28.6,
            outage_s=1.25,
            pattern=None if "off-beat" in remarks else "P1",
            residual_s=residual,
            trigger=None,
            fleet_event=None,
            evidence=Evidence(SOCKET_LOG, 2 * index),
            server_evidence=None,
            remarks=tuple(map(Remark, remarks)),
        )
        for index, (clock, interval, residual, remarks) in enumerate(DROPS, 1)
    ]
    drops[0] = replace(drops[0], server_reason="transport error", server_evidence=Evidence("logs/master/m.log", 7))
    drops[-1] = replace(drops[-1], trigger="T1", push_lead_ms=6.0, socket_id="43vrxawwGJ52m2v_AABt")
    hostile = replace(
        drops[-1],
        index=10,
        time=at("16:30:10.000"),
        connection="worker2",
        socket_id="=1+1",
        reason=HOSTILE,
        server_reason=HOSTILE,
        logged=False,
        interval_s=None,
        pattern=None,
        residual_s=None,
        trigger=None,
        fleet_event=1,
        evidence=None,
        remarks=(cast("Remark", "a-remark-without-a-text"), Remark.UNLOGGED),
        push_lead_ms=None,
    )
    return (*drops, hostile)


def build_inputs() -> Inputs:
    file = InputFile(SOCKET_LOG, "worker1", "socket-client", 21, 20, 1, at("16:25:21.500"), at("16:29:53.826"))
    return Inputs(
        paths=("logs",),
        files=(
            file,
            replace(file, path=PUSH_LOG, service="data-pusher", lines_count=2, events_count=2, skipped_count=0),
            replace(
                file,
                path="logs/worker2/socket-client.log",
                connection="worker2",
                first=None,
                last=None,
                form="text: time message",
                guesses=("year-assumed",),
                fault=FileFault("clock-without-date", 1, HOSTILE),
            ),
            replace(
                file,
                path=f"logs/{HOSTILE}.log",
                service=HOSTILE,
                lines_count=1_234_567,
            ),
        ),
        lines_count=1_234_612,
        events_count=62,
        skipped_count=3,
        skipped=(
            SkippedReason("invalid-json", 2, Evidence(SOCKET_LOG, 9)),
            SkippedReason(HOSTILE, 1, Evidence(HOSTILE, 1)),
        ),
        start=at("16:25:21.500"),
        end=at("16:30:11.000"),
        clock_assumption="assumed-stated:Asia/Shanghai",
        display_zone=ZONE,
        unclassified_count=1_234_547,
        duplicates_count=4,
        outside_window_count=12,
        left_alone_count=1,
        levels={"info": 1_234_500, "warn": 110, HOSTILE: 2},
        sampling=Sampling(23, 13.477, 15_113),
        forms=(FormCount("text: time message", 1, 1_234_567), FormCount("winston", 3, 44)),
    )


def build_pushes() -> Pushes:
    failed = Push(
        time=at("16:29:52.602"),
        connection="worker1",
        message_ids=("757249542734",),
        outcome=PushOutcome.FAILED,
        error="Socket is not connected",
        disconnect_index=9,
        lead_ms=6.0,
        evidence=(Evidence(PUSH_LOG, 1), Evidence(PUSH_LOG, 2)),
        start_inferred=True,
        failed_at=at("16:29:52.783"),
        after_drop_ms=175.0,
        before_reconnect_ms=1043.0,
        attribution=Attribution.STRADDLE,
        fate=PushFate.LOST,
    )
    suspect = replace(
        failed,
        time=at("16:27:16.040"),
        message_ids=(HOSTILE, "=2+2"),
        outcome=PushOutcome.SUSPECT,
        error=HOSTILE,
        disconnect_index=3,
        lead_ms=-3.25,
        failed_at=None,
        after_drop_ms=None,
        before_reconnect_ms=None,
        fate=PushFate.PROBABLY_LOST,
    )
    return Pushes(
        attempted_count=9,
        ok_count=6,
        failed_count=1,
        suspect_count=1,
        suspect_expected_count=0.08,
        lost_certain_count=1,
        lost_probable_count=1,
        lost_message_ids=("757249542734",),
        failure_ratio_connected=0.125,
        failure_ratio_outage=1.0,
        risk_ratio=8.0,
        p_value=0.0312,
        items=(failed, suspect),
        unknown_count=1,
    )


def build_patterns() -> tuple[Pattern, ...]:
    timer = Pattern(
        id="P1",
        kind=PatternKind.TIMER,
        connections=("worker1",),
        period_s=30.0058,
        period_error_s=0.0006,
        jitter_s=0.0037,
        drift_ms_per_beat=5.8,
        explained_count=9,
        of_count=10,
        missed_beats_count=0,
        false_alarm_probability=4e-7,
        reset_by_reconnect=False,
        resets=(),
        margin_nats=10.7,
        runner_up="connection-age",
        separating_event="an-off-beat-drop",
    )
    reset = Reset(at("16:28:00.000"), -4.2)
    age = replace(
        timer,
        id="P2",
        kind=PatternKind.CONNECTION_AGE,
        connections=("worker2",),
        period_s=40.0,
        period_error_s=None,
        jitter_s=None,
        drift_ms_per_beat=None,
        missed_beats_count=None,
        false_alarm_probability=float("nan"),
        reset_by_reconnect=None,
        resets=(reset,),
        runner_up="an-unheard-of-clock",
        separating_event="an-unheard-of-event",
    )
    return timer, age


def build_triggers() -> tuple[Trigger, ...]:
    push = Trigger(
        id="T1",
        connection="worker1",
        service="data-pusher",
        template="Pushing data sync to Master",
        role=TriggerRole.TRIGGER,
        lag_ms=Lag(6.0, 5.0, 9.5),
        preceded_count=9,
        of_count=10,
        expected_by_chance=0.31,
        p_value=2.5e-9,
        q_value=1e-7,
        occurrences_count=9,
        followed_count=9,
        example=Evidence(PUSH_LOG, 1),
    )
    return push, replace(push, id="T2", template=HOSTILE, role=TriggerRole.UNDECIDED, service=HOSTILE, q_value=0.0)


def build_causes() -> tuple[Cause, ...]:
    here = (Evidence(SOCKET_LOG, 20), Evidence(PUSH_LOG, 1), Evidence(PUSH_LOG, 2), Evidence(PUSH_LOG, 3))
    payload = Cause(
        id="payload-too-large",
        rank=1,
        confidence=0.78,
        explains_count=9,
        of_count=11,
        patterns=("P1",),
        triggers=("T1",),
        checks=(
            Check("a-check-without-a-text", Outcome.SUPPORTS, {"lag_ms": 6.0, "hits_count": 9, "of_count": 10}, here),
            Check("another-one", Outcome.REFUTES, {"reason": HOSTILE, "share_ratio": 0.5}, ()),
            Check("size-unknown", Outcome.UNKNOWN, {"size_bytes": None, "p_value": 3e-5}, here[:1]),
        ),
        sources=("https://socket.io/docs/v4/troubleshooting-connection-issues/",),
        numbers={
            "limit_bytes": 1_000_000,
            "raised_bytes": 10_000_000,
            "setting": "maxHttpBufferSize",
            "default_bytes": 1_000_000,
        },
        disconnect_indices=tuple(range(9)),
        status=CauseStatus.ASSERTED,
    )
    timer = replace(
        payload,
        id="server-timer",
        rank=2,
        confidence=0.31,
        triggers=(),
        checks=payload.checks[1:],
        numbers={},
        status=CauseStatus.SUGGESTED,
    )
    odd = replace(
        payload,
        id="a-cause-of-tomorrow",
        rank=3,
        confidence=0.0,
        patterns=(),
        checks=(),
        explains_count=0,
        status=CauseStatus.OPEN,
    )
    return payload, timer, odd


def build_findings() -> tuple[Finding, ...]:
    here = (Evidence(SOCKET_LOG, 2), Evidence(HOSTILE, 3))
    clock: dict[str, Number] = {
        "pattern": "P1",
        "kind": "timer",
        "period_s": 30.0058,
        "count": 9,
        "of_count": 10,
        "false_alarm_probability": 4e-7,
    }
    return (
        Finding("zone-assumed", Severity.INFO, {}, ()),
        Finding("lost-pushes", Severity.ERROR, {"count": 1, "ids_count": 1, "ids": "757249542734"}, here),
        Finding("periodic-disconnects", Severity.ERROR, clock, here),
        Finding("unlogged-ends", Severity.WARNING, {"count": 1}, ()),
        Finding(
            "sampled-surroundings",
            Severity.INFO,
            {"stretches_count": 23, "stretches_s": 13.477, "lines_count": 15_113},
            (),
        ),
        Finding("clock-without-date", Severity.INFO, {"count": 1, "unplaced_count": 21, "first_line": HOSTILE}, ()),
        Finding("a-finding-without-a-text", Severity.WARNING, {"what": HOSTILE, "wait_s": None}, ()),
    )


def build_incident() -> Incident:
    lines = (
        ("16:29:52.569", "douyin-realtime-monitor", "message-captured", "[Realtime] Processing message: 757249542734…"),
        ("16:29:52.602", "data-pusher", "push-started", "Pushing data sync to Master"),
        ("16:29:52.608", "socket-client", "disconnected", "Disconnected from master: transport close"),
        ("16:29:52.608", "worker", "a-kind-of-tomorrow", HOSTILE),
        ("16:29:52.783", "data-pusher", "push-failed", "Failed to push data sync: Socket is not connected"),
        ("16:29:53.826", "socket-client", "connected", "Connected to master (socket ID: ReUg8Bn4XkldSwyTAABy) 已连接"),
    )
    excerpts = tuple(
        Excerpt(
            time=at(clock),
            connection="worker1",
            service=service,
            kind=kind,
            message=message,
            text=f'{{"level":"info","message":"{message}","service":"{service}"}}' + "x" * (700 if number == 6 else 0),
            evidence=Evidence(f"logs/worker1/{service}.log", number),
            order_unknown=clock.endswith("608"),
        )
        for number, (clock, service, kind, message) in enumerate(lines, 1)
    )
    return Incident(9, excerpts)


def build_connections() -> tuple[Connection, ...]:
    first = Connection("worker1", 11, 10, 0, 228.4, 12.5, 0.948, 28.6, 1.25, {"transport close": 10})
    return first, replace(first, id=HOSTILE, disconnects_count=1, availability_ratio=None, reasons={HOSTILE: 1})


def build_worst_clients() -> WorstClients:
    worst = WorstClient("user-4711", 331, 0.335, 17.2, 30.905, "ping timeout")
    hostile = replace(worst, connection=HOSTILE, disconnects_count=40, disconnects_ratio=0.041, reason=HOSTILE)
    bare = replace(worst, connection="user-7", disconnects_count=39, disconnects_ratio=0.04, median_session_s=None)
    clients = (worst, hostile, replace(bare, reason=None))
    return WorstClients(5_000, 987, 331, 1, 4, 3, clients)


def build_blind_spots() -> tuple[BlindSpot, ...]:
    return (
        BlindSpot("payload-size", ("payload-too-large",), {}),
        BlindSpot("close-code", ("payload-too-large", "server-restart"), {}),
        BlindSpot("a-spot-of-tomorrow", (), {"lines_count": 0}),
    )


def build_example() -> Diagnosis:
    """The incident with every case in it."""
    drops = build_disconnects()
    silence = Silence("worker1", at("16:27:30.000"), at("16:27:41.000"), 11.0, True, (Evidence(SOCKET_LOG, 11),))
    return Diagnosis(
        inputs=build_inputs(),
        verdict=Verdict.INCIDENT,
        severity=Severity.ERROR,
        connections=build_connections(),
        sessions=(
            Session("worker1", at("16:29:24.284"), drops[9].time, "43vrxawwGJ52m2v_AABt", 28.324, 1.218),
            Session(HOSTILE, None, None, None, None, None),
        ),
        patterns=build_patterns(),
        triggers=build_triggers(),
        silences=(silence, replace(silence, connection=HOSTILE, whole_process=False)),
        clocks=(Clock("worker1", -12.4, 1.5, 20),),
        fleet_events=(FleetEvent(at("16:30:10.000"), ("worker1", HOSTILE), 3.0),),
        disconnects=drops,
        pushes=build_pushes(),
        retries=(
            Retry("retry:3x500ms", 0, 1, None, True, 0, 0.0, 0.975, 1),
            Retry("retry:3x2s", 4, 5, 2.0, False, 1, 0.284, 0.995, 4),
            Retry(HOSTILE, 0, 1, None, False, 0, 0.0, 0.975),
        ),
        causes=build_causes(),
        findings=build_findings(),
        blind_spots=build_blind_spots(),
        code=None,
        worst_incident=build_incident(),
        clock_search=ClockSearch(10, 8),
        worst_clients=build_worst_clients(),
        timers=build_timers(),
        code_places=(
            CodePlace(
                "/app/src/worker-bridge.js", 290, "sendToMaster", "push", "Socket is not connected", 2, at_line(3)
            ),
            CodePlace(HOSTILE, 1, None, "disconnect", None, 1, at_line(4)),
        ),
    )


def at_line(number: int) -> Evidence:
    """A line of the log of pushes."""
    return Evidence(PUSH_LOG, number)


def build_timers() -> tuple[Timer, ...]:
    """One timer of each answer, and hostile lines on a beat."""
    suspect = Timer(
        kind=TimerKind.ANNOUNCED,
        service="data-manager",
        template="Data snapshot started (interval: <n>ms)",
        connection="worker1",
        period_s=30.0,
        ticks="predicted",
        announced_at=at("16:20:22.700"),
        answer=TimerAnswer.SUSPECT,
        why="same-phase",
        pattern="P1",
        lag_ms=Lag(56.0, 49.0, 64.0),
        preceded_count=8,
        without_count=0,
        of_count=8,
        expected_by_chance=None,
        window_s=None,
        chance_ratio=0.004,
        other=None,
        example=at_line(1),
    )
    slower = replace(
        suspect,
        service="account-status-reporter",
        template="Starting account status reporter (interval: <n>ms)",
        period_s=60.0,
        answer=TimerAnswer.CLEARED,
        why="beats-without-it",
        preceded_count=4,
        without_count=4,
        chance_ratio=0.5,
    )
    finer = replace(
        suspect,
        service="heartbeat",
        period_s=10.0,
        answer=TimerAnswer.UNDECIDED,
        why="finer-period",
        other="data-manager",
    )
    lines = replace(
        slower,
        kind=TimerKind.LINES,
        service=HOSTILE,
        template=f"{HOSTILE} again",
        connection=None,
        ticks="logged",
        announced_at=None,
        why="by-count",
        pattern=None,
        expected_by_chance=4.5,
        window_s=1.0,
        other=HOSTILE,
    )
    return suspect, finer, slower, lines


def build_open() -> Diagnosis:
    """The same incident, with no cause that reaches even odds."""
    example = build_example()
    causes = [replace(cause, confidence=cause.confidence / 2) for cause in example.causes]
    return replace(example, causes=decide_statuses(causes, is_telling=True))


def build_several() -> Diagnosis:
    """Two asserted causes, each with its disconnects."""
    example = build_example()
    first, second, third = example.causes
    beside = replace(second, confidence=0.93, explains_count=2, disconnect_indices=(9, 10))
    return replace(example, causes=decide_statuses((first, beside, third), is_telling=True))


def build_healthy() -> Diagnosis:
    """A system in which nothing went wrong."""
    example = build_example()
    connection = replace(example.connections[0], disconnects_count=0, outage_s=0.0, availability_ratio=1.0, reasons={})
    pushes = Pushes(40, 40, 0, 0, None, 0, 0, (), 0.0, None, None, None, ())
    return replace(
        example,
        verdict=Verdict.HEALTHY,
        severity=Severity.INFO,
        connections=(connection,),
        patterns=(),
        triggers=(),
        silences=(),
        clocks=(),
        fleet_events=(),
        disconnects=(),
        pushes=pushes,
        retries=(),
        causes=(),
        findings=(),
        blind_spots=(),
        worst_incident=None,
        timers=(),
        code_places=(),
        clock_search=ClockSearch(0, 8),
        worst_clients=None,
    )


def build_shut_out() -> Diagnosis:
    """One client whose connects fail in two ways, two that never get in, and nobody who connects."""
    healthy = build_healthy()
    first, last = at("16:27:31.000"), at("16:30:02.000")
    refused = ConnectFailure(
        kind="refused",
        told="xhr poll error (connect ECONNREFUSED 127.0.0.1:4101)",
        error="xhr poll error",
        code="ECONNREFUSED",
        answer="connect ECONNREFUSED 127.0.0.1:4101",
        connections=("worker1",),
        never_connected=True,
        count=70,
        first=first,
        last=last,
        evidence=(Evidence(SOCKET_LOG, 2), Evidence(SOCKET_LOG, 3)),
        quote='{"level":"error","message":"Connection error: xhr poll error","timestamp":"2025-11-14 16:27:31.000"}',
    )
    hostile = replace(
        refused,
        kind="other",
        told=HOSTILE,
        error=HOSTILE,
        code=None,
        answer=None,
        connections=(HOSTILE,),
        count=1,
        evidence=(Evidence(SOCKET_LOG, 4),),
        quote=HOSTILE,
    )
    told = "xhr poll error (HTTP 502)"
    elsewhere = replace(refused, kind="backend", told=told, code="502", never_connected=False, quote=None)
    numbers: dict[str, Number] = {
        "connections_count": 1,
        "first_time": first.isoformat(),
        "last_time": last.isoformat(),
        "down_s": 240.0,
    }
    findings = (
        Finding(
            "never-connected",
            Severity.ERROR,
            {**numbers, "connection": "worker1", "count": 71, "told": refused.told, "told_count": 70},
            refused.evidence,
        ),
        Finding(
            "never-joined",
            Severity.ERROR,
            {**numbers, "connection": f"{HOSTILE}, b", "connections_count": 2, "count": 9, "interval_s": 21.2},
            (),
        ),
    )
    return replace(
        healthy,
        verdict=Verdict.INCIDENT,
        severity=Severity.ERROR,
        connections=(),
        sessions=(),
        findings=findings,
        causes=decide_statuses([replace(cause, confidence=0.05) for cause in build_causes()], is_telling=False),
        connect_failures=(refused, hostile, elsewhere),
    )


def build_nothing() -> Diagnosis:
    """Lines, but not one connection event."""
    healthy = build_healthy()
    finding = Finding("nothing-recognised", Severity.INFO, {}, ())
    inputs = replace(healthy.inputs, events_count=0, start=None, end=None, skipped=(), display_zone="UTC")
    return replace(
        healthy,
        inputs=inputs,
        verdict=Verdict.INCONCLUSIVE,
        connections=(),
        sessions=(),
        pushes=replace(healthy.pushes, attempted_count=0, ok_count=0),
        findings=(finding,),
    )


def build_doubtful(doubt: str = "unowned-closes") -> Diagnosis:
    """Connection events, of which none tells the life of a connection."""
    places = (Evidence("master/server.log", 7),)
    return replace(build_nothing(), findings=(Finding(doubt, Severity.INFO, {"count": 50}, places),))


def build_many(count: int) -> Diagnosis:
    """An incident with many disconnects."""
    example = build_example()
    first = example.disconnects[1]
    drops = tuple(
        replace(first, index=place, time=first.time + timedelta(seconds=30.0058 * (place + 1)))
        for place in range(count - 1)
    )
    return replace(example, disconnects=drops, worst_incident=None)


EXAMPLES: Final = {
    "example": build_example,
    "open": build_open,
    "several": build_several,
    "healthy": build_healthy,
    "nothing": build_nothing,
    "doubtful": build_doubtful,
    "shut-out": build_shut_out,
}
