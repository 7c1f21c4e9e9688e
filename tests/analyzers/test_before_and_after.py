"""Whether a change worked: rates of faults with their interval, what forbids to compare, and never too much said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from logdiag.analyzers.before_and_after import compare
from logdiag.analyzers.statistics.exact_tests import bound_share
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from logdiag.results.causes import Cause
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.verification import CauseChange, FixOutcome, Presence
from tests.winston import at, connect, drop, record, write


def write_client(
    folder: Path, drops_s: list[float], length_s: float, *, level: str = "info", shift_s: float = 0.0
) -> Diagnosis:
    """The diagnosis of a client that connects at once, drops so often, and is back after a second each time."""
    lines = [("info", connect(shift_s))]
    for number, time_s in enumerate(drops_s, 1):
        lines += [("warn", drop(shift_s + time_s)), ("info", connect(shift_s + time_s + 1, number))]
    lines.append(("info", record(at(shift_s + length_s), "tick", service="socket-client")))
    write(folder / "worker1" / "socket-client.log", [line for name, line in lines if level in {"info", name}])
    return diagnose(Request((str(folder),))).diagnosis


@pytest.mark.parametrize(("hits", "of"), [(0, 10), (3, 10), (10, 10), (40, 97), (1, 1)])
def test_the_interval_of_a_share_is_that_of_the_beta_distribution(hits: int, of: int) -> None:
    """Clopper and Pearson's bounds are quantiles of beta distributions."""
    low = 0.0 if hits == 0 else scipy.stats.beta.ppf(0.025, hits, of - hits + 1)
    high = 1.0 if hits == of else scipy.stats.beta.ppf(0.975, hits + 1, of - hits)
    assert bound_share(hits, of, 0.05) == pytest.approx((low, high), abs=1e-9)


def test_no_drop_in_the_same_time_after_twelve_is_fixed(tmp_path: Path) -> None:
    """Twelve drops an hour before and none in an hour after: the upper bound of the ratio lies below one half."""
    before = write_client(tmp_path / "a", [200.0 + 270.5 * n * 1.01**n for n in range(12)], 4000)
    after = write_client(tmp_path / "b", [], 4000)
    found = compare(before, after)
    assert found.outcome is FixOutcome.FIXED
    assert found.rate_ratio.high is not None
    assert found.rate_ratio.high < 0.5
    assert found.watch_longer_s == 0


def test_a_short_quiet_time_is_not_enough_and_says_how_long_to_watch(tmp_path: Path) -> None:
    """After three minutes without a drop nothing can be said; so much longer without one, and it is fixed."""
    before = write_client(tmp_path / "a", [200.0 + 270.5 * n * 1.01**n for n in range(12)], 4000)
    found = compare(before, write_client(tmp_path / "b", [], 180))
    assert found.outcome is FixOutcome.NOT_ENOUGH_DATA
    assert found.watch_longer_s is not None
    assert compare(before, write_client(tmp_path / "c", [], 181 + found.watch_longer_s)).outcome is FixOutcome.FIXED


def test_more_drops_are_worse_and_fewer_are_an_improvement(tmp_path: Path) -> None:
    """Forty against ten in the same time is beyond chance, in both directions."""
    few = write_client(tmp_path / "a", [300.0 * 1.013**n * (n + 1) for n in range(10)], 4000)
    many = write_client(tmp_path / "b", [60.0 + 90 * n + 7 * (n % 5) for n in range(40)], 4000)
    assert compare(few, many).outcome is FixOutcome.WORSE
    assert compare(many, few).outcome is FixOutcome.IMPROVED


def test_faults_where_there_were_none_are_worse(tmp_path: Path) -> None:
    """Forty after none are beyond chance, and four are not; the reason then says that there was nothing to mend."""
    none = write_client(tmp_path / "a", [], 4000)
    many = write_client(tmp_path / "b", [60.0 + 90 * n + 7 * (n % 5) for n in range(40)], 4000)
    found = compare(none, many)
    assert (found.outcome, found.obstacles) == (FixOutcome.WORSE, ())
    found = compare(none, write_client(tmp_path / "c", [300.0, 900.0, 1700.0, 3300.0], 4000))
    assert found.outcome is FixOutcome.NOT_ENOUGH_DATA
    assert [item.id for item in found.obstacles] == ["no-faults-before"]


@pytest.mark.parametrize("is_silent", [True, False])
def test_a_service_that_pushes_no_more_proves_no_mend(tmp_path: Path, is_silent: bool) -> None:
    """Its pushes did not arrive before; another's go on after, and say nothing of them."""
    whole = {}
    for name, drops in (("a", [200.0 + 270.5 * n * 1.01**n for n in range(12)]), ("b", [])):
        lines = [connect(0), *(line for time in drops for line in (drop(time), connect(time + 1, int(time))))]
        write(tmp_path / name / "worker1" / "socket-client.log", [*lines, record(at(4000), "tick")])
        for service in ("data-pusher", "status-pusher"):
            if name == "b" and service == "data-pusher" and is_silent:
                continue
            times = [time - 0.06 for time in drops] if service == "data-pusher" else []
            pairs = [
                (at(time + lag_s), text)
                for time in sorted([*times, *(100.0 * n + 33 for n in range(39))])
                for lag_s, text in ((0.0, "📤 推送数据快照到 Master"), (0.02, "✅ 数据快照推送成功"))
            ]
            pushed = [record(time, f"[acc-1] {text}", service=service) for time, text in pairs]
            write(tmp_path / name / "worker1" / f"{service}.log", pushed)
        whole[name] = diagnose(Request((str(tmp_path / name),))).diagnosis
    assert whole["a"].pushes.suspect_count == 12
    found = compare(whole["a"], whole["b"])
    assert [item.id for item in found.obstacles] == (["silent-senders"] if is_silent else [])
    assert found.outcome is (FixOutcome.NOT_ENOUGH_DATA if is_silent else FixOutcome.FIXED)


def test_logs_of_warnings_alone_are_no_proof(tmp_path: Path) -> None:
    """Where the level was raised, or nothing of a connection is seen, no drop means nothing."""
    drops = [200.0 + 270.5 * n * 1.01**n for n in range(12)]
    before = write_client(tmp_path / "a", drops, 4000)
    after = write_client(tmp_path / "b", drops[:1], 4000, level="warn")
    found = compare(before, after)
    assert found.outcome is FixOutcome.NOT_ENOUGH_DATA
    assert "level-raised" in {item.id for item in found.obstacles}


@pytest.mark.parametrize(
    ("names", "is_refused"),
    [(("till-1", "till-2"), True), (("worker7", "worker8"), False), (("worker-5f7c9-a", "worker-5f7c9-b"), False)],
)
def test_other_clients_are_not_compared(names: tuple[str, str], is_refused: bool, tmp_path: Path) -> None:
    """Clients of another kind are refused; new pods of the same deployment, and other numbers, are not."""
    drops = [200.0 + 270.5 * n * 1.01**n for n in range(12)]
    for folder, some in (("a", ("worker1", "worker2")), ("b", names)):
        for number, name in enumerate(some):
            times = [time + 7 * number for time in drops] if folder == "a" else []
            lines = [connect(number), *(line for t in times for line in (drop(t), connect(t + 1, int(t))))]
            lines.append(record(at(4000), "tick", service="socket-client"))
            write(tmp_path / folder / name / "socket-client.log", lines)
    before, after = (diagnose(Request((str(tmp_path / folder),))).diagnosis for folder in "ab")
    found = compare(before, after)
    assert ("other-clients" in {item.id for item in found.obstacles}) is is_refused
    assert found.outcome is (FixOutcome.NOT_ENOUGH_DATA if is_refused else FixOutcome.FIXED)


def test_a_pattern_that_stays_is_named_and_one_that_is_gone_too(tmp_path: Path) -> None:
    """A beat of 60 s found on both sides is present; missing beside enough time, it is gone."""
    beat = [59.7 + 60.01 * n for n in range(20)]
    before = write_client(tmp_path / "a", beat, 1300)
    assert [item.fate for item in compare(before, before).patterns] == [Presence.PRESENT]
    assert [item.fate for item in compare(before, write_client(tmp_path / "b", [], 1300)).patterns] == [Presence.GONE]


@settings(max_examples=15, deadline=None)
@given(counts=st.lists(st.integers(5, 600), max_size=14))
def test_a_log_against_itself_is_never_another(counts: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same logs twice: the same, or not enough data."""
    drops = [float(sum(counts[: n + 1])) for n in range(len(counts))]
    one = write_client(tmp_path_factory.mktemp("x"), drops, sum(counts) + 100.0)
    assert compare(one, one).outcome in {FixOutcome.SAME, FixOutcome.NOT_ENOUGH_DATA}


@settings(max_examples=8, deadline=None)
@given(gaps_s=st.lists(st.integers(5, 300), min_size=12, max_size=20), shift_s=st.integers(-10_000_000, 10_000_000))
def test_logs_of_another_time_are_judged_alike(
    gaps_s: list[int], shift_s: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """From the lines on: all times shifted, the answer is the same but for the times it names."""
    folder = tmp_path_factory.mktemp("x")
    drops = [float(sum(gaps_s[: n + 1])) for n in range(len(gaps_s))]
    length_s, half = sum(gaps_s) + 100.0, len(drops) // 2
    one, other = (
        compare(
            write_client(folder / f"a{shift}", drops, length_s, shift_s=shift),
            write_client(folder / f"b{shift}", drops[:half], length_s, shift_s=shift),
        )
        for shift in (0, shift_s)
    )
    assert (one.outcome, one.rate_ratio, one.most_faults_per_h) == (
        other.outcome,
        other.rate_ratio,
        other.most_faults_per_h,
    )
    assert [item.faults_count for item in (one.before, one.after)] == [
        item.faults_count for item in (other.before, other.after)
    ]


def test_shifted_times_change_nothing(tmp_path: Path) -> None:
    """Only lengths count, not when they were."""
    one = write_client(tmp_path / "a", [60.0 + 90 * n for n in range(30)], 3000)
    start, end = one.inputs.start, one.inputs.end
    assert start is not None
    assert end is not None
    day = timedelta(days=1)
    moved = replace(
        one,
        inputs=replace(one.inputs, start=start + day, end=end + day),
        disconnects=tuple(replace(drop, time=drop.time + day) for drop in one.disconnects),
        sessions=tuple(
            replace(
                item,
                connected_at=item.connected_at and item.connected_at + day,
                disconnected_at=item.disconnected_at and item.disconnected_at + day,
            )
            for item in one.sessions
        ),
        connections=tuple(replace(item, logs_end=item.logs_end and item.logs_end + day) for item in one.connections),
    )
    assert compare(one, moved).rate_ratio == compare(one, one).rate_ratio


def test_what_comes_with_the_change_stood_at_nothing_before(tmp_path: Path) -> None:
    """A new cause had no confidence, a new pattern no disconnects, and what is gone has none after."""
    quiet = write_client(tmp_path / "a", [], 2000)
    beat = write_client(tmp_path / "b", [100 + 30.006 * n for n in range(60)], 2000)
    found = compare(quiet, beat)
    assert [(row.before_count, row.expected_count, row.fate) for row in found.patterns] == [(0, None, Presence.NEW)]
    cause = Cause("client-timer", 1, 0.9, 60, 60, (), (), (), ())
    caused = replace(beat, causes=(cause,))
    assert compare(quiet, caused).causes == (CauseChange("client-timer", 0.0, 0.9, Presence.NEW),)
    assert [(row.before_confidence, row.after_confidence) for row in compare(caused, quiet).causes] == [(0.9, 0.0)]
