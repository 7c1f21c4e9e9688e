"""End to end: a directory of logs in, the diagnosis out."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from logdiag.errors import InputError
from logdiag.pipeline.stages import Request, Workers, analyze, diagnose, open_reading
from logdiag.renderers.json import render_json
from logdiag.renderers.terminal import render_text
from logdiag.results.causes import Cause, Outcome
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.inputs import FileFault
from logdiag.verdict import Severity, Verdict
from tests.folders import LAB, LAB_NAMES, SAMPLES, diagnose_once
from tests.winston import at, connect, drop, record, write

EXPECTED: Final = {
    name: row
    for name, row in tomllib.loads((SAMPLES / "expected.toml").read_text("utf-8")).items()
    if "source_of" not in row
}
REFERENCE: Final = SAMPLES / "2025-11-14-reference"
KINDS: Final = {"period_s": ("timer", "wall-clock", "regular-loop"), "lifetime_s": ("connection-age", "idle")}
INTERVALS_S: Final = (None, 30.012, 30.006, 23.277, 6.733, 30.004, 30.002, 30.005, 30.004, 29.809)


def _diagnose(*paths: Path, **options: Any) -> Diagnosis:
    return diagnose(Request(tuple(str(path) for path in paths), **options)).diagnosis


def _sample(name: str) -> Diagnosis:
    return diagnose_once(SAMPLES / name).diagnosis


def _findings(got: Diagnosis) -> list[str]:
    """What is wrong; notes of how the logs were read are not."""
    return [one.id for one in got.findings if one.severity is not Severity.INFO]


def _asserted(got: Diagnosis) -> list[str]:
    return sorted(cause.id for cause in got.causes if cause.confidence >= 0.5)


def _cause(got: Diagnosis, name: str) -> Cause:
    return next(cause for cause in got.causes if cause.id == name)


def _outcome(got: Diagnosis, cause: str, check: str) -> Outcome:
    return next(one.outcome for one in _cause(got, cause).checks if one.id == check)


# --- the reference incident ------------------------------------------------------------


@pytest.fixture(scope="module")
def reference() -> Diagnosis:
    """What logdiag says of the incident that started the project."""
    return _sample("2025-11-14-reference")


def test_reference_ten_drops_with_their_intervals(reference: Diagnosis) -> None:
    """Ten logged disconnects of one connection; the first has no interval."""
    assert [drop.interval_s for drop in reference.disconnects] == list(INTERVALS_S)
    assert all(drop.logged and drop.reason == "transport close" for drop in reference.disconnects)
    assert [one.disconnects_count for one in reference.connections] == [10]


def test_reference_period_that_the_off_beat_drop_did_not_reset(reference: Diagnosis) -> None:
    """A free-running timer of 30.0058 +- 0.001 s that chance does not make."""
    (pattern,) = reference.patterns
    assert pattern.kind == "timer"
    assert pattern.period_s == pytest.approx(30.0058, abs=0.001)
    assert (pattern.reset_by_reconnect, pattern.resets) == (False, ())
    assert (pattern.explained_count, pattern.of_count) == (9, 10)
    assert pattern.period_error_s is not None
    assert pattern.period_error_s < 0.0025
    assert pattern.false_alarm_probability is not None
    assert pattern.false_alarm_probability < 1e-5
    assert pattern.margin_nats is not None
    assert pattern.margin_nats >= 3
    assert pattern.runner_up in {"connection-age", "cycle", "regular-loop"}


def test_reference_off_beat_drop_and_the_next_back_on_the_beat(reference: Diagnosis) -> None:
    """Only the drop of 16:27:16.051 is off the beat; the one after it resumes the cycle."""
    off = [drop for drop in reference.disconnects if "off-beat" in drop.remarks]
    assert [drop.time for drop in off] == [datetime(2025, 11, 14, 16, 27, 16, 51_000, UTC)]
    assert off[0].pattern is None
    following = reference.disconnects[off[0].index + 1]
    assert following.remarks[:2] == ("on-beat", "cycle-resumes")
    assert following.session_s == pytest.approx(5.4)


def test_reference_last_drop_is_early_and_follows_a_push(reference: Diagnosis) -> None:
    """190 to 205 ms before the beat, 6 ms after the push began."""
    last = reference.disconnects[-1]
    assert last.residual_s is not None
    assert -0.205 <= last.residual_s <= -0.190
    assert last.remarks == ("early", "push-perhaps")
    assert last.push_lead_ms == 6.0


def test_reference_failed_push_is_read_in_both_ways(reference: Diagnosis) -> None:
    """Of the message handed over at 52.602, or the push of a timer 25 ms before the beat due at 52.808, 1 in 600."""
    (push,) = reference.pushes.items
    first, other = push.readings
    assert (first.id, first.weight_ratio, other.id, other.weight_ratio) == ("handed-over", 0.25, "at-once", 0.75)
    assert other.beat_ms == pytest.approx(25, abs=1)
    assert other.chance_probability == pytest.approx(1 / 600, rel=0.05)
    assert reference.pushes.list_unsure_ids() == ("757249542734",)


def test_reference_push_failed_within_the_outage(reference: Diagnosis) -> None:
    """175 ms into an outage of 1.218 s, 1.043 s before the reconnect; its message is lost."""
    (push,) = reference.pushes.items
    assert (push.outcome, push.disconnect_index, push.attribution) == ("failed", 9, "straddle")
    assert (push.lead_ms, push.after_drop_ms, push.before_reconnect_ms) == (6.0, 175.0, 1043.0)
    assert reference.disconnects[-1].outage_s == pytest.approx(1.218)
    assert (reference.pushes.lost_certain_count, reference.pushes.lost_message_ids) == (1, ("757249542734",))


@pytest.mark.parametrize(("since", "is_kept"), [(None, False), ("2025-11-14", True)], ids=["whole", "within-a-window"])
def test_events_are_let_go_once_the_timeline_has_them(since: str | None, is_kept: bool) -> None:
    """Of each kind in each file one is kept, so that a fleet fits in memory; all where a window has to count them."""
    with open_reading(Request((str(REFERENCE),), since=since)) as reading:
        before = [len(scan.events) for scan in reading.scans]
        kinds = [len({event.kind for event in scan.events}) for scan in reading.scans]
        opening = [scan.events[:1] for scan in reading.scans]
        diagnosis = analyze(reading, Workers()).diagnosis
        assert sum(before) > sum(kinds)
        assert [len(scan.events) for scan in reading.scans] == (before if is_kept else kinds)
        assert [scan.events[:1] for scan in reading.scans] == opening
        assert sum(one.count for one in diagnosis.inputs.wordings) == sum(before)


def test_a_disconnect_is_named_by_its_place(reference: Diagnosis) -> None:
    """Pushes, causes and the worst incident name the disconnects by their place; readers count them from 1."""
    assert [drop.index for drop in reference.disconnects] == list(range(10))
    assert {index for cause in reference.causes for index in cause.disconnect_indices} <= set(range(10))
    document = json.loads(render_json(reference, generated_at=datetime(2025, 11, 15, tzinfo=UTC), version="0"))
    assert [drop["index"] for drop in document["disconnects"]] == list(range(1, 11))
    assert document["pushes"]["items"][0]["disconnect_index"] == 10
    assert document["worst_incident"]["disconnect_index"] == 10
    assert list(reference.frame("disconnects")["index"]) == list(range(1, 11))


def test_reference_verdict_and_worst_incident(reference: Diagnosis) -> None:
    """An incident of severity error; its worst moment is the last drop, with its lines verbatim."""
    assert (reference.verdict, reference.severity) == (Verdict.INCIDENT, Severity.ERROR)
    assert reference.worst_incident is not None
    assert reference.worst_incident.disconnect_index == 9
    for excerpt in reference.worst_incident.excerpts:
        lines = Path(excerpt.evidence.file).read_text("utf-8").splitlines()
        assert excerpt.text == lines[excerpt.evidence.line - 1]


def test_reference_limits_are_refuted_by_the_young_session(reference: Diagnosis) -> None:
    """Age, idle, heartbeat and version mismatch cannot kill a session of 5.4 s on a beat of 30 s."""
    for name in ("connection-age-limit", "idle-timeout", "heartbeat-timeout", "version-mismatch"):
        assert _outcome(reference, name, "sessions-reach-limit") is Outcome.REFUTES
        assert _cause(reference, name).confidence <= 0.02


def test_reference_push_is_ranked_first_with_the_chance_of_it(reference: Diagnosis) -> None:
    """One push among ten drops: at the head, but far from certain.

    6 ms have a chance of 2 in 10,000 before one drop; two of the ten are off the beat, so 4 in 10,000.
    """
    first = reference.causes[0]
    assert first.id == "payload-too-large"
    assert first.confidence < 0.8
    (moved,) = [check for check in first.checks if check.id == "push-moves-beat"]
    assert moved.outcome is Outcome.SUPPORTS
    assert moved.numbers["lead_ms"] == 6.0
    assert moved.numbers["chance_probability"] == pytest.approx(2e-4)
    assert moved.numbers["p_value"] == pytest.approx(4e-4, rel=1e-3)
    assert {"payload-size", "close-code", "server-side-missing"} <= {spot.id for spot in reference.blind_spots}


def test_shifting_all_times_shifts_the_findings_and_changes_nothing_else(reference: Diagnosis, tmp_path: Path) -> None:
    """The same incident 3 days, 4 hours and 7 s later."""
    shift = timedelta(days=3, hours=4, seconds=7)
    for path in REFERENCE.glob("*.log"):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for row in rows:
            moment = datetime.strptime(row["timestamp"] + "+0000", "%Y-%m-%d %H:%M:%S.%f%z") + shift
            row["timestamp"] = moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        write(tmp_path / "logs" / path.name, [json.dumps(row, ensure_ascii=False) for row in rows])
    moved = _diagnose(tmp_path / "logs")
    assert [drop.time - shift for drop in moved.disconnects] == [drop.time for drop in reference.disconnects]
    assert [drop.remarks for drop in moved.disconnects] == [drop.remarks for drop in reference.disconnects]
    assert moved.patterns[0].period_s == pytest.approx(reference.patterns[0].period_s, abs=1e-6)
    assert [cause.id for cause in moved.causes] == [cause.id for cause in reference.causes]


# --- the other samples ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_samples_say_what_they_must(name: str) -> None:
    """Verdict, counts, losses and what may be asserted, as expected.toml has it."""
    got, want = _sample(name), EXPECTED[name]
    assert got.verdict == want["verdict"]
    assert len(got.inputs.files) == want["files_read_count"]
    assert got.inputs.left_alone_count == want["left_alone_count"]
    assert (got.inputs.lines_count, got.inputs.skipped_count) == (want["lines_count"], want["skipped_count"])
    told = got.inputs.events_count + got.inputs.unclassified_count + got.inputs.skipped_count
    assert told == want["lines_count"]
    assert sum(one.connects_count for one in got.connections) == want["connects_count"]
    assert sum(one.disconnects_count for one in got.connections) == want["logged_disconnects_count"]
    assert sum(one.unlogged_disconnects_count for one in got.connections) == want["unlogged_disconnects_count"]
    pushes = (got.pushes.ok_count, got.pushes.failed_count, got.pushes.suspect_count)
    assert pushes == (want["ok_pushes_count"], want["failed_pushes_count"], want["suspect_pushes_count"])
    assert list(got.pushes.lost_message_ids) == want["lost_message_ids"]
    if "may_assert" in want:
        assert set(_asserted(got)) <= set(want["may_assert"])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_samples_have_the_pattern_they_must(name: str) -> None:
    """The one of expected.toml, or none."""
    got, want = _sample(name), EXPECTED[name]
    if "period_s" not in want:
        assert [pattern.kind for pattern in got.patterns if pattern.kind != "burst"] == []
        return
    (pattern,) = got.patterns
    assert pattern.kind == want["pattern_kind"]
    assert pattern.period_s == pytest.approx(want["period_s"], abs=want["period_tolerance_s"])


def test_a_run_is_repeatable_and_the_order_of_paths_never_shows() -> None:
    """Equal input gives an equal diagnosis, file by file given forwards and backwards."""
    files = sorted(REFERENCE.glob("*.log"))
    one, other = _diagnose(*files), _diagnose(*reversed(files))
    assert one.disconnects == other.disconnects
    assert one.causes == other.causes
    assert one.pushes == other.pushes


# --- single traps ------------------------------------------------------------


def _logs(folder: Path, drops: Sequence[float], outages: Sequence[float], extra: Mapping[str, Sequence[str]]) -> Path:
    lines = [connect(0, 0)]
    for number, (second, outage) in enumerate(zip(drops, outages, strict=True), 1):
        lines += [drop(second), connect(second + outage, number)]
    write(folder / "worker1" / "socket-client.log", lines)
    for name, more in extra.items():
        write(folder / "worker1" / f"{name}.log", more)
    return folder


def _back_off(count: int, seed: int = 1) -> list[float]:
    return [float(value) for value in np.random.default_rng(seed).uniform(0.56, 1.5, count)]


def test_a_constant_age_is_a_limit_of_45_s(tmp_path: Path) -> None:
    """45 s after each connect, with back-off between: class age, the lifetime within 0.1 s."""
    outages = _back_off(15)
    lives = np.random.default_rng(2).normal(45.0, 0.01, 15)
    drops = np.cumsum(lives) + np.concatenate(([0.0], np.cumsum(outages)[:-1]))
    got = _diagnose(_logs(tmp_path, [float(one) for one in drops], outages, {}))
    (pattern,) = got.patterns
    assert pattern.kind == "connection-age"
    assert pattern.period_s == pytest.approx(45.0, abs=0.1)


def test_a_status_report_of_60_s_is_no_trigger_of_a_30_s_cycle(tmp_path: Path) -> None:
    """Phase-locked 20 ms ahead of every other drop, it explains none of them."""
    drops = [30.006 * number for number in range(1, 31)]
    status = [record(at(60.012 * n - 0.02), "Status report: ok", "info", service="worker") for n in range(1, 16)]
    got = _diagnose(_logs(tmp_path, drops, _back_off(30), {"worker": status}))
    assert [one.template for one in got.triggers if one.role == "trigger"] == []
    assert got.patterns[0].period_s == pytest.approx(30.006, abs=0.001)


def test_an_oversized_push_with_a_jittered_timer_is_the_trigger(tmp_path: Path) -> None:
    """Each disconnect follows its push by 15 ms and moves with it: the push is the trigger and the cause."""
    rng = np.random.default_rng(5)
    ticks = np.cumsum(rng.normal(30.0, 0.15, 24))
    drops = [float(one) for one in ticks + rng.normal(0.015, 0.002, 24)]
    pushes = [
        line
        for tick in ticks
        for line in (
            record(at(float(tick)), "Pushing data sync to Master", "info", service="data-pusher"),
            record(at(float(tick) + 0.004), "Data sync pushed successfully", "info", service="data-pusher"),
        )
    ]
    got = _diagnose(_logs(tmp_path, drops, _back_off(24), {"data-pusher": pushes}))
    assert "Pushing data sync to Master" in {one.template for one in got.triggers if one.role == "trigger"}
    assert _asserted(got) == ["payload-too-large"]
    assert got.pushes.suspect_count == 24


# --- degenerate inputs ------------------------------------------------------------------------------------------------

BRIEF: Final = "worker1/socket-client.log"


def _one(folder: Path, lines: Sequence[str], name: str = BRIEF) -> Diagnosis:
    write(folder / name, lines)
    return _diagnose(folder)


def test_logs_without_a_connection_event_are_inconclusive(tmp_path: Path) -> None:
    """Never health from nothing; it says what was looked at."""
    got = _one(tmp_path, [record(at(1), "invoice written"), record(at(2), "invoice sent")], "a/billing.log")
    assert (got.verdict, got.severity) == (Verdict.INCONCLUSIVE, Severity.INFO)
    assert [one.id for one in got.findings] == ["nothing-recognised"]
    assert (got.disconnects, got.patterns, got.connections, got.worst_incident) == ((), (), (), None)
    assert _asserted(got) == []


def test_a_level_that_hides_the_events_is_inconclusive(tmp_path: Path) -> None:
    """Only errors in the log, none about a connection."""
    got = _one(tmp_path, [record(at(1), "disk full", "error")])
    assert [one.id for one in got.findings] == ["hidden-by-level"]
    assert got.verdict is Verdict.INCONCLUSIVE


def _master_says(second: float, message: str, **meta: object) -> str:
    return record(at(second), message, service="socket-server", **meta)


@pytest.mark.parametrize("count", [1, 50])
def test_closes_of_no_connection_are_no_health(count: int, tmp_path: Path) -> None:
    """A close on the server that names no socket but states a fault is an incident, and counts."""
    lines = [_master_says(40 * n, "User disconnected: mira - ping timeout") for n in range(1, count + 1)]
    got = _one(tmp_path, lines, "server.log")
    assert (got.verdict, len(got.disconnects)) == (Verdict.INCIDENT, count)
    assert [one.numbers["count"] for one in got.findings if one.id == "unexplained-disconnects"] == [count]


def test_ends_alone_suggest_no_cause(tmp_path: Path) -> None:
    """Twenty drops on a beat without one connect: counted, the beat measured, and no candidate preferred."""
    got = _one(tmp_path, [drop(30 * n) for n in range(1, 21)])
    assert [one.numbers["count"] for one in got.findings if one.id == "no-connects"] == [20]
    assert (got.verdict, got.lacks_connects, got.suggested) == (Verdict.INCIDENT, True, ())
    assert (got.connections[0].availability_ratio, len(got.disconnects)) == (None, 20)


def test_connects_alone_tell_neither_downtime_nor_a_clock(tmp_path: Path) -> None:
    """A client that connects every 97 s, of whose ends no line tells: its availability and its drops are unknown."""
    got = _one(tmp_path, [connect(97 * n, n) for n in range(30)])
    assert (got.verdict, got.findings[0].id, got.findings[0].numbers["count"]) == (Verdict.INCONCLUSIVE, "no-ends", 30)
    assert (got.disconnects, got.patterns, _asserted(got)) == ((), (), [])
    assert (got.connections[0].connects_count, got.connections[0].availability_ratio) == (30, None)


@pytest.mark.parametrize(("count", "verdict"), [(3, Verdict.HEALTHY), (30, Verdict.INCONCLUSIVE)])
def test_many_sockets_that_never_close_are_no_health(count: int, verdict: Verdict, tmp_path: Path) -> None:
    """A few sockets live on; of many, closes are not in the log."""
    lines = [_master_says(40 * n, f"Client connected: ReUg8Bn4XkldSwyT{n:04d}") for n in range(count)]
    assert _one(tmp_path, lines, "server.log").verdict is verdict


def test_words_of_ends_that_nothing_understood_are_no_health(tmp_path: Path) -> None:
    """A few sockets live on, but a line tells, in words of its own, what became of a connection."""
    lines = [_master_says(40 * n, f"Client connected: ReUg8Bn4XkldSwyT{n:04d}") for n in range(3)]
    lines.append(_master_says(200, "Gateway connection of tab-9 found closed by a frobnicator"))
    got = _one(tmp_path, lines, "server.log")
    assert got.verdict is Verdict.INCONCLUSIVE
    assert [one.numbers["count"] for one in got.findings if one.id == "unread-lives"] == [1]


def test_connects_of_no_connection_are_no_health(tmp_path: Path) -> None:
    """A connect on the server that names no socket begins no life that could be followed."""
    rule = (
        '[[rule]]\nid = "online"\nkind = "server-connected"\ncontains = ["User online"]\nexamples = ["User online"]\n'
    )
    (tmp_path / "rules.toml").write_text(rule, encoding="utf-8")
    write(tmp_path / "logs/server.log", [_master_says(40 * n, "User online: mira") for n in range(1, 51)])
    got = _diagnose(tmp_path / "logs", rules_files=(str(tmp_path / "rules.toml"),))
    assert got.verdict is Verdict.INCONCLUSIVE
    assert got.findings[0].id == "no-known-life"


@pytest.mark.parametrize(
    ("closes", "stops", "verdict"),
    [(0, 0, Verdict.HEALTHY), (1, 1, Verdict.HEALTHY), (1, 0, Verdict.INCONCLUSIVE), (2, 1, Verdict.INCONCLUSIVE)],
)
def test_more_closes_on_the_server_than_its_clients_tell_are_no_health(
    closes: int, stops: int, verdict: Verdict, tmp_path: Path
) -> None:
    """Beside a client that lives on, or stops in order, each close of the server needs an end that a client tells."""
    lines = [connect(0), record(at(300), "Received SIGTERM, shutting down"), drop(300.1)]
    write(tmp_path / BRIEF, lines if stops else lines[:1])
    closed = [_master_says(300.2 + n / 10, "User disconnected: mira - ping timeout") for n in range(closes)]
    write(tmp_path / "master/server.log", [*closed, _master_says(302, "tick")])
    assert _diagnose(tmp_path).verdict is verdict


@pytest.mark.parametrize(("first_line", "verdict"), [(0, Verdict.INCONCLUSIVE), (540, Verdict.HEALTHY)])
def test_a_server_that_starts_anew_after_lines_of_its_own_is_no_health(
    first_line: int, verdict: Verdict, tmp_path: Path
) -> None:
    """Whom it held when it ended, no line tells; what it writes while it boots is no life before."""
    before = [_master_says(first_line + 10 * n, "Persisting DataStore") for n in range(3)]
    after = [_master_says(602 + n, f"Client connected: ReUg8Bn4XkldSwyT{n:04d}") for n in range(3)]
    started = _master_says(600, "Server listening on port 3000")
    got = _one(tmp_path, [*before, started, *after, _master_says(1200, "Persisting DataStore")], "server.log")
    assert (got.verdict, [one.id for one in got.findings if one.id == "new-starts"]) == (
        verdict,
        ["new-starts"] if verdict is Verdict.INCONCLUSIVE else [],
    )


@pytest.mark.parametrize(
    ("told", "last_line", "verdict"),
    [
        ([], 900, Verdict.HEALTHY),
        ([(600, "Worker disconnected: ReUg8Bn4XkldSwyT0001")], 900, Verdict.INCONCLUSIVE),
        ([(600, "Worker disconnected: ReUg8Bn4XkldSwyT0001")], 600, Verdict.HEALTHY),
        (
            [
                (601, "Worker connected: ReUg8Bn4XkldSwyT0002"),
                (601.1, "Worker worker1 (socket ReUg8Bn4XkldSwyT0002) joined room: worker:worker1"),
            ],
            900,
            Verdict.INCONCLUSIVE,
        ),
    ],
)
def test_a_session_that_only_the_server_ended_is_no_health(
    told: Sequence[tuple[float, str]], last_line: float, verdict: Verdict, tmp_path: Path
) -> None:
    """A client whose log goes on lost its lines of the end; one whose log ends with the close was collected there."""
    connects = [record(at(1), "Connected to master (socket ID: ReUg8Bn4XkldSwyT0001)", service="socket-client")]
    ticks = [record(at(moment), "Heartbeat sent", service="socket-client") for moment in (300, last_line)]
    write(tmp_path / BRIEF, [*connects, *ticks])
    joined = [
        _master_says(1, "Worker connected: ReUg8Bn4XkldSwyT0001"),
        _master_says(1.1, "Worker worker1 (socket ReUg8Bn4XkldSwyT0001) joined room: worker:worker1"),
    ]
    write(tmp_path / "master/socket-server.log", [*joined, *(_master_says(*line) for line in told)])
    got = _diagnose(tmp_path)
    assert (got.verdict, "over-unlogged" in {one.id for one in got.findings}) == (
        verdict,
        verdict is Verdict.INCONCLUSIVE,
    )


def test_a_crash_without_a_disconnect_is_no_health(tmp_path: Path) -> None:
    """What a process that crashes while it is connected costs, the end of its log does not tell."""
    got = _one(tmp_path, [connect(0), record(at(60), "Uncaught exception: out of memory", "error")])
    assert got.verdict is Verdict.INCONCLUSIVE
    assert got.findings[0].id == "crash-lines"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "give the log files"),
        (["plain text", "more"], r'text without time stamps \(lines: 2\), the first "plain text"'),
        (['{"level":"info","message":"a"}'], r"JSON without time stamps \(lines: 1\).*format.timestamp()"),
    ],
)
def test_not_one_line_is_an_input_error(lines: list[str], said: str, tmp_path: Path) -> None:
    """Nothing, or nothing that has a time: exit 2, not a verdict; what was found is named, and the remedy."""
    write(tmp_path / BRIEF, lines)
    with pytest.raises(InputError, match=f"not one line.*{said}"):
        _diagnose(tmp_path)


def test_forms_are_counted_and_faults_are_named(tmp_path: Path) -> None:
    """Files and lines by form; a file of which nothing is understood is named with its first line and is a note."""
    write(tmp_path / "a.log", [connect(0), drop(30), connect(32)])
    write(tmp_path / "b.log", ["2025-11-14 16:25:52 info: up"] * 2)
    write(tmp_path / "c.log", ["up", "down"])
    got = _diagnose(tmp_path)
    forms = [(row.form, row.files_count, row.lines_count) for row in got.inputs.forms]
    assert forms == [("winston", 1, 3), ("text", 1, 2), ("text: time level message", 1, 2)]
    fault = {Path(file.path).name: file.fault for file in got.inputs.files}["c.log"]
    assert fault == FileFault("text-without-time", 1, "up")
    assert "text-without-time" in {one.id for one in got.findings}


def test_guesses_of_dates_are_told(tmp_path: Path) -> None:
    """No year, and a day that may be a month: the diagnosis says what it chose."""
    write(tmp_path / "a.log", [connect(0), drop(30), connect(32)])
    write(tmp_path / "order.log", ["01/08/2025 10:00:00 info: a"] * 3)
    got = _diagnose(tmp_path)
    assert {Path(file.path).name: file.guesses for file in got.inputs.files} == {
        "a.log": (),
        "order.log": ("order-assumed",),
    }
    assert "order-assumed" in {one.id for one in got.findings}


@pytest.mark.parametrize(
    ("language", "unknown", "later"), [("en", "date unknown", "day 2, "), ("zh", "日期未知", "第 2 天 ")]
)
def test_a_date_that_nobody_knows_is_not_shown(tmp_path: Path, language: str, unknown: str, later: str) -> None:
    """Of clocks alone the report tells the times; behind midnight it is the second day."""
    lines = [f"{clock} info: Disconnected from master: ping timeout" for clock in ("23:59:40", "23:59:50", "00:00:10")]
    write(tmp_path / "a.log", [line for one in lines for line in (one, one.replace("Disc", "C").split(": ping")[0])])
    got = _diagnose(tmp_path)
    assert not got.inputs.has_dates
    said = render_text(got, width=400, color=False, version="1", language=language)
    assert "2000-01-0" not in said.replace("JSON has 2000-01-01", "").replace("日期记为 2000-01-01", "")
    assert f"{later}00:00:10.000" in said
    assert unknown in said
    write(tmp_path / "b.log", [connect(0), drop(30), connect(32)])
    assert _diagnose(tmp_path).inputs.has_dates


def test_a_comma_before_24_hours_is_told_as_the_hint_that_it_is(tmp_path: Path) -> None:
    """`05/08/2024, 18:09:23` is read day first where nothing else decides; AM and PM are not British, a 14 decides."""
    files = {
        "hint": ["05/08/2024, 18:09:23 info: a"] * 3,
        "half": ["05/08/2024, 6:09:23 PM info: a"] * 3,
        "bare": ["05/08/2024 18:09:23 info: a"] * 3,
    }
    known = {"hint": ("day-first-assumed",), "half": ("order-assumed",), "bare": ("order-assumed",)}
    for name, lines in files.items():
        folder = tmp_path / name
        folder.mkdir()
        write(folder / "a.log", [connect(0), drop(30), connect(32)])
        write(folder / "order.log", lines)
        got = _diagnose(folder)
        (file,) = (file for file in got.inputs.files if file.guesses)
        assert file.guesses == known[name]
        assert file.first == datetime(2024, *((8, 5) if name == "hint" else (5, 8)), 18, 9, 23, tzinfo=UTC)
        assert known[name][0] in {one.id for one in got.findings}
    write(tmp_path / "hint" / "b.log", ["05/14/2024, 18:09:23 info: a"] * 3)
    assert not any(file.guesses for file in _diagnose(tmp_path / "hint").inputs.files)


def _server(second: float, message: str) -> str:
    return record(at(second), message, "info", service="socket-server")


def test_server_logs_alone_are_never_healthy_if_sockets_died(tmp_path: Path) -> None:
    """The server saw a disconnect; no client was heard."""
    lines = [
        _server(0, "Worker connected: 4ROBwmYGS4-iTOMFAAA-"),
        _server(9, "Worker disconnected: 4ROBwmYGS4-iTOMFAAA- (transport error)"),
    ]
    got = _one(tmp_path, lines, "master/socket-server.log")
    assert got.verdict is Verdict.INCIDENT
    assert _findings(got) == ["unexplained-disconnects"]
    assert [drop.seen_by for drop in got.disconnects] == ["server"]


def test_one_connect_is_healthy(tmp_path: Path) -> None:
    """Connected to the end of the logs."""
    got = _one(tmp_path, [connect(0), record(at(60), "Sent message: worker:heartbeat")])
    assert (got.verdict, got.disconnects) == (Verdict.HEALTHY, ())
    assert got.connections[0].availability_ratio == 1.0


def test_a_client_that_never_connects_is_not_healthy(tmp_path: Path) -> None:
    """Errors and no connect, in a log that has lines of other levels too."""
    errors = [record(at(n), "Connection error: xhr poll error", "error") for n in range(5)]
    got = _one(tmp_path, [record(at(0), "Loading settings"), *errors])
    assert (got.verdict, got.severity) == (Verdict.INCIDENT, Severity.ERROR)
    assert _findings(got) == ["never-connected"]


def test_a_disconnect_without_connect_counts(tmp_path: Path) -> None:
    """The log starts late: one drop without beginning."""
    got = _one(tmp_path, [drop(5), connect(6.2), record(at(60), "Sent message: worker:heartbeat")])
    (only,) = got.disconnects
    assert (only.session_s, only.outage_s, only.logged) == (None, 1.2, True)
    assert got.verdict is Verdict.INCIDENT


def test_an_open_outage_counts_to_the_end(tmp_path: Path) -> None:
    """Down for the last 60 of 100 s."""
    got = _one(tmp_path, [connect(0), drop(40), record(at(100), "Failed to send message to Master: x", "warn")])
    (only,) = got.disconnects
    assert only.outage_s is None
    assert (got.connections[0].outage_s, got.connections[0].availability_ratio) == (60.0, 0.4)


def test_duplicate_connect_lines_end_no_session(tmp_path: Path) -> None:
    """The same socket told twice, by two services."""
    write(tmp_path / "worker1" / "worker.log", [record(at(0.004), "✅ 已连接到 Master", "info", service="worker")])
    got = _one(tmp_path, [connect(0, 7), connect(0.002, 7), drop(30), connect(31, 8)])
    assert [(one.logged, one.session_s) for one in got.disconnects] == [(True, 30.0)]
    assert got.connections[0].connects_count == 2


def test_an_echo_of_another_service_counts_once(tmp_path: Path) -> None:
    """worker.log tells the disconnect that socket-client.log tells, 3 ms later and in other words."""
    echo = record(at(30.003), "Socket disconnected: transport close", "warn", service="worker")
    write(tmp_path / "worker1" / "worker.log", [echo])
    got = _one(tmp_path, [connect(0, 1), drop(30), connect(31, 2)])
    assert [(one.logged, one.reason) for one in got.disconnects] == [(True, "transport close")]


CRASH: Final = record(at(29), "Uncaught exception: JavaScript heap out of memory", "error", service="worker")


@pytest.mark.parametrize(
    ("crash", "remark", "end", "lengths_s"), [([CRASH], "crashed", 29.0, (None, 2)), ([], "unlogged", 20.0, (11, 0))]
)
def test_an_unlogged_end_is_found_with_and_without_crash_line(
    crash: list[str], remark: str, end: float, lengths_s: tuple[float | None, float], tmp_path: Path
) -> None:
    """Dated by the crash line, or by the last sign of life; the process started in the millisecond of the connect.

    Without a crash line nobody knows when it died before that: the time since the last sign is unknown, and no outage.
    """
    write(tmp_path / "worker1" / "worker.log", [*crash, record(at(31), "Worker Starting", service="worker")])
    got = _one(tmp_path, [connect(0, 1), record(at(20), "Sent message: worker:heartbeat"), connect(31, 2)])
    (only,) = got.disconnects
    assert (only.logged, only.time) == (False, at(end))
    assert only.remarks == (remark, "process-restarted")
    assert (only.unknown_s, only.outage_s, only.away_s) == (*lengths_s, 31 - end)


def test_a_restart_between_disconnect_and_connect_is_told(tmp_path: Path) -> None:
    """The disconnect is logged, and the process started anew before the next connect."""
    write(tmp_path / "worker1" / "worker.log", [record(at(32), "Worker Starting", service="worker")])
    got = _one(tmp_path, [connect(0, 1), drop(30), connect(33, 2)])
    assert [(one.logged, one.remarks) for one in got.disconnects] == [(True, ("process-restarted",))]


@pytest.mark.parametrize("socket", ["4ROBwmYGS4-iTOMFAAA-", "43vrxawwGJ52m2v_AAB_"])
def test_sockets_are_matched_across_sides_whole(socket: str, tmp_path: Path) -> None:
    """An id that ends in - or _ finds the server's reason."""
    client = record(at(0), f"Connected to master (socket ID: {socket})", "info", service="socket-client")
    lines = [
        _server(-0.01, f"Worker connected: {socket}"),
        _server(30.002, f"Worker disconnected: {socket} (transport error)"),
    ]
    write(tmp_path / "master" / "socket-server.log", lines)
    got = _one(tmp_path, [client, drop(30), connect(31, 2)])
    assert [(one.socket_id, one.server_reason) for one in got.disconnects] == [(socket, "transport error")]


def test_the_filter_holds_for_everything_shown(tmp_path: Path) -> None:
    """Of three drops one is inside the window, in the list, the counts and the inputs."""
    lines = [connect(0, 0), *(line for n in (1, 2, 3) for line in (drop(100 * n), connect(100 * n + 1, n)))]
    write(tmp_path / BRIEF, lines)
    got = _diagnose(tmp_path, since="2025-11-14 16:02:30", until="2025-11-14 16:04:00")
    assert [one.time for one in got.disconnects] == [at(200)]
    assert [one.disconnects_count for one in got.connections] == [1]
    assert (got.inputs.lines_count, got.inputs.outside_window_count) == (2, 5)


def test_a_window_without_events_is_inconclusive(tmp_path: Path) -> None:
    """A filter that leaves nothing is not health."""
    write(tmp_path / BRIEF, [connect(0, 0), drop(100), connect(101, 1)])
    assert _diagnose(tmp_path, since="2025-11-14 18:00:00", until="2025-11-14 19:00:00").verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("digits", "resolution"), [(0, "second"), (1, "tenth")])
def test_coarse_stamps_never_make_a_wrong_claim(digits: int, resolution: str, tmp_path: Path) -> None:
    """The reference incident stamped to the second or to the tenth: weaker, never another cause."""
    del resolution
    for path in REFERENCE.glob("*.log"):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for row in rows:
            row["timestamp"] = row["timestamp"][: 19 + (digits + 1 if digits else 0)]
        write(tmp_path / path.name, [json.dumps(row, ensure_ascii=False) for row in rows])
    got = _diagnose(tmp_path)
    assert len(got.disconnects) == 10
    assert set(_asserted(got)) <= {"payload-too-large"}


# --- the lab ----------------------------------------------------------------------------------------------------------


def _find_wrong(got: Diagnosis, truth: Mapping[str, Any], accepted: Sequence[Sequence[str]]) -> list[str]:
    asserted = _asserted(got)
    wrong = []
    if asserted and asserted not in [sorted(one) for one in accepted]:
        wrong.append(f"asserted {asserted}")
    if got.verdict != truth["verdict"]:
        wrong.append(f"verdict {got.verdict}")
    logged = sum(one.logged for one in got.disconnects)
    if logged != truth["logged_disconnects_count"]:
        wrong.append(f"{logged} logged disconnects")
    for key in KINDS.keys() & truth.keys():
        value = truth[key]
        low, high = value if isinstance(value, list) else (value, value)
        found = [(one.kind, one.period_s) for one in got.patterns if one.period_s is not None]
        if not any(kind in KINDS[key] and low * 0.995 <= period <= high * 1.005 for kind, period in found):
            wrong.append(f"{key} not among {found}")
    return wrong


@pytest.mark.skipif(not LAB_NAMES, reason="no ../shared/lab beside the repository")
@pytest.mark.parametrize("workers_only", [False, True], ids=["both-sides", "workers-only"])
@pytest.mark.parametrize("name", LAB_NAMES or ["none"])
def test_lab_is_right_or_abstains(name: str, workers_only: bool, tmp_path: Path) -> None:
    """No wrong claim in any scenario whose cause is known, and the logged disconnects counted exactly."""
    truth = json.loads((LAB / name / "truth.json").read_text("utf-8"))
    parts = [path for path in (LAB / name).iterdir() if path.is_dir()]
    workers = [part for part in parts if part.name.startswith("worker")]
    folder = LAB / name
    if workers_only and workers != parts:
        for part in workers:
            shutil.copytree(part, tmp_path / part.name)
        folder = tmp_path
    accepted = [truth["causes"], *truth.get("also_accepted", [])]
    if workers_only:
        accepted += truth.get("also_accepted_workers_only", [])
    assert _find_wrong(diagnose_once(folder).diagnosis, truth, accepted) == []


# --- what the user states --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "outcome"), [(None, Outcome.UNKNOWN), (1_000_000, Outcome.SUPPORTS), (5_000_000, Outcome.REFUTES)]
)
def test_a_stated_limit_is_held_against_the_sizes_in_the_log(
    tmp_path: Path, limit: int | None, outcome: Outcome
) -> None:
    """Each of six drops 20 ms after a line that emits 2 MB; the experiment names the limit, or the default."""
    lines = [connect(0)]
    for number in range(1, 7):
        lines += [
            record(at(37 * number - 0.02), "Emitting worker:data:sync", bytes=2_000_000),
            drop(37 * number),
            connect(37 * number + 1.2),
        ]
    write(tmp_path / "worker1" / "socket-client.log", lines)
    got = _diagnose(tmp_path, max_http_buffer_bytes=limit)
    assert _outcome(got, "payload-too-large", "push-size") is outcome
    assert _cause(got, "payload-too-large").numbers["limit_bytes"] == (limit or 1_000_000)


def test_what_the_servers_line_gives_as_its_error_counts(tmp_path: Path) -> None:
    """The line that the blind spot asks for: the description of a disconnect on the server."""
    client: list[str] = []
    server: list[str] = []
    for number in range(6):
        socket = f"ReUg8Bn4XkldSwyT{number:04d}"
        client += [connect(40 * number, number), drop(40 * number + 30)]
        server += [
            record(at(40 * number), f"Worker connected: {socket}"),
            record(at(40 * number + 30), f"Worker disconnected: {socket}", description="Max payload size exceeded"),
        ]
    write(tmp_path / "worker1" / "socket-client.log", client)
    write(tmp_path / "master" / "socket-server.log", server)
    assert _outcome(_diagnose(tmp_path), "payload-too-large", "server-payload-line") is Outcome.SUPPORTS
