"""Which clocks are found, how they are named, and what is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np
import pytest

from logdiag.analyzers.clocks.gaps import density_guard
from logdiag.analyzers.clocks.patterns import ClockFit, DropSeries, find_patterns
from logdiag.analyzers.clocks.phase_scan import scan_phases
from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.statistics.resolution import find_resolution_s

EPOCH_S = 1_763_136_000.0  # 2025-11-14 16:00 UTC
INCIDENT = (
    "16:25:52.756 16:26:22.768 16:26:52.774 16:27:16.051 16:27:22.784 "
    "16:27:52.788 16:28:22.790 16:28:52.795 16:29:22.799 16:29:52.608"
)
INCIDENT_S = np.array([datetime.fromisoformat(f"2025-11-14T{text}+00:00").timestamp() for text in INCIDENT.split()])


def series(
    times_s: Floats,
    connected_s: Floats | None = None,
    traffic_s: Floats | None = None,
    *,
    name: str = "worker1",
    utc_offset_s: float = 0.0,
) -> DropSeries:
    """Build the drops of a connection; what is not given is unknown."""
    nan = np.full(len(times_s), np.nan)
    start, end = (float(times_s[0]) - 30.0, float(times_s[-1]) + 5.0) if len(times_s) else (0.0, 600.0)
    connected_s, traffic_s = (nan if connected_s is None else connected_s), (nan if traffic_s is None else traffic_s)
    return DropSeries(name, times_s, connected_s, traffic_s, start, end, (utc_offset_s,))


def fits(*several: DropSeries) -> tuple[ClockFit, ...]:
    """Return the patterns of some connections."""
    return find_patterns(several).fits


def only(*several: DropSeries) -> ClockFit:
    """Return the one pattern, and insist that there is one."""
    found = fits(*several)
    assert [fit.kind for fit in found] == [found[0].kind]
    return found[0]


def incident(seed: int) -> DropSeries:
    """Return the incident with its one known connect before a drop and the others drawn from 1.2 to 1.5 s."""
    connected = np.concatenate([[np.nan], INCIDENT_S[:-1] + np.random.default_rng(seed).uniform(1.2, 1.5, 9)])
    connected[9] = INCIDENT_S[8] + 1.485
    return series(INCIDENT_S, connected)


def live_with_limit(limit_s: float, count: int, *, seed: int, start_s: float = EPOCH_S) -> tuple[Floats, Floats]:
    """Return drops and connects of a connection whose sessions last that long; reconnects take 0.5 to 1.5 s."""
    rng = np.random.default_rng(seed)
    lives, delays = limit_s + rng.normal(0.0, 0.01, count), rng.uniform(0.5, 1.5, count)
    starts = start_s + np.concatenate([[0.0], np.cumsum(lives + delays)[:-1]])
    return starts + lives, starts


@pytest.mark.parametrize("seed", range(10))
def test_incident(seed: int) -> None:
    """The incident is a timer of 30.0058 s that no reconnect resets, and nothing else comes near."""
    fit = only(incident(seed))
    assert fit.kind == "timer"
    assert fit.period_s == pytest.approx(30.0058, abs=0.001)
    assert fit.period_error_s == pytest.approx(0.0006, abs=0.0003)
    assert fit.drift_ms_per_beat == pytest.approx(5.8, abs=0.3)
    assert fit.false_alarm_probability is not None
    assert fit.false_alarm_probability < 1e-5
    assert fit.reset_by_reconnect is False
    assert fit.runner_up in {"regular-loop", "connection-age"}
    assert fit.margin_nats is not None
    assert fit.margin_nats >= 3.0
    assert fit.separating_event == "an-off-beat-drop"


def test_incident_members() -> None:
    """16:27:16.051 is off the beat; the last drop is an early beat: a member, marked, 190 to 205 ms before its time."""
    fit = only(incident(0))
    assert [index for _, index in fit.members] == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert -0.205 < fit.residuals_s["worker1", 9] < -0.190
    assert fit.residuals_s["worker1", 3] == pytest.approx(-6.728, abs=0.01)


def test_incident_without_connects() -> None:
    """The ten stamps alone give the same verdict: unknown connects are no evidence, for or against."""
    fit = only(series(INCIDENT_S))
    assert (fit.kind, fit.runner_up) == ("timer", "regular-loop")
    assert fit.margin_nats is not None
    assert fit.margin_nats >= 3.0


def test_shift_of_all_times_shifts_the_findings() -> None:
    """Twelve hours and a bit later, everything is the same but the phase."""
    one = incident(1)
    shift = 43_211.5
    other = series(one.times_s + shift, one.connected_s + shift)
    a, b = only(one), only(other)
    assert (a.kind, a.members, a.runner_up) == (b.kind, b.members, b.runner_up)
    assert a.period_s == pytest.approx(b.period_s, abs=1e-5)
    assert a.phase_s is not None
    assert b.phase_s == pytest.approx(a.phase_s + shift, abs=1e-3)
    assert a.margin_nats == pytest.approx(b.margin_nats, abs=1e-2)


def test_equal_input_gives_equal_output() -> None:
    """Two runs agree in every digit."""
    a, b = find_patterns([incident(2)]), find_patterns([incident(2)])
    assert a.fits[0].members == b.fits[0].members
    assert a.fits[0].margin_nats == b.fits[0].margin_nats


SHORT_OUTAGES: Final = (
    ("26:44.692", "25:52.500"), ("27:24.484", "26:45.990"), ("28:04.274", "27:25.770"), ("28:43.905", "28:05.407"),
    ("29:23.515", "28:45.015"), ("30:03.239", "29:24.747"), ("30:42.809", "30:04.315"), ("31:22.359", "30:43.860"),
    ("32:01.892", "31:23.383"), ("32:41.433", "32:02.937"),
)  # fmt: skip


def test_an_age_whose_beat_loses_its_seeds_is_found() -> None:
    """Ages of 38.5 s and outages of 1.3 s make a poor beat, whose refit keeps but events of one cycle."""
    dropped, connected = (
        np.array([EPOCH_S + 60.0 * float(text[:2]) + float(text[3:]) for text in some])
        for some in zip(*SHORT_OUTAGES, strict=True)
    )
    fit = only(series(dropped, connected))
    assert (fit.kind, len(fit.members)) == ("connection-age", 9)
    assert fit.period_s == pytest.approx(38.5, abs=0.01)


@pytest.mark.parametrize("count", range(4))
def test_too_few_drops_give_no_clock(count: int) -> None:
    """None, one, two or three drops are no pattern and no error."""
    report = find_patterns([series(np.array([EPOCH_S + 30.0 * i for i in range(count)], dtype=np.float64))])
    assert report.fits == ()
    assert report.enough == {"worker1": False}
    assert report.memoryless == {"worker1": None}


def test_no_series_and_equal_times_are_no_error() -> None:
    """No connection at all, and ten drops at one instant, give no pattern."""
    assert fits() == ()
    assert fits(series(np.full(10, EPOCH_S))) == ()


def test_wall_clock_over_a_fleet_is_one_fit() -> None:
    """Four workers that drop at each full minute obey one wall clock, with all their drops."""
    rng = np.random.default_rng(1)
    fleet = [
        series(EPOCH_S + 60.0 * np.arange(21) + 0.005 + rng.exponential(0.01, 21), name=f"worker{i}") for i in range(4)
    ]
    fit = only(*fleet)
    assert fit.kind == "wall-clock"
    assert fit.connections == ("worker0", "worker1", "worker2", "worker3")
    assert len(fit.members) == 84
    assert fit.period_s == pytest.approx(60.0, abs=0.01)


def test_few_drops_of_each_are_pooled() -> None:
    """Ten workers with three drops each, all at full minutes, have the clock together that none has alone."""
    rng = np.random.default_rng(2)
    fleet = [
        series(np.sort(EPOCH_S + 60.0 * rng.choice(20, 3, replace=False) + rng.exponential(0.02, 3)), name=f"w{i}")
        for i in range(10)
    ]
    fit = only(*fleet)
    assert (fit.kind, len(fit.connections), len(fit.members)) == ("wall-clock", 10, 30)


def test_drifting_timer_on_a_round_phase_is_no_wall_clock() -> None:
    """30.006 s that happen to start half a second after a full minute are a timer."""
    rng = np.random.default_rng(3)
    fit = only(series(np.round(EPOCH_S + 0.5 + 30.006 * np.arange(10) + rng.normal(0.0, 0.004, 10), 3)))
    assert fit.kind == "timer"


def test_round_period_off_the_boundary_is_a_timer() -> None:
    """Exactly 60 s, but 17 s after the minute, is a timer."""
    rng = np.random.default_rng(4)
    assert only(series(EPOCH_S + 17.0 + 60.0 * np.arange(15) + rng.normal(0.0, 0.005, 15))).kind == "timer"


@pytest.mark.parametrize("period_s", [60.0, 120.0, 300.0])
def test_half_minutes_are_round_times_as_well(period_s: float) -> None:
    """A schedule may stand at second 30."""
    rng = np.random.default_rng(4)
    times = EPOCH_S + 30.0 + period_s * np.arange(15) + rng.exponential(0.01, 15)
    assert only(series(times)).kind == "wall-clock"


def test_whole_second_stamps_keep_the_wall_clock() -> None:
    """Cut at full minutes and logged in whole seconds, drops stand at full minutes only; connects tell the step."""
    rng = np.random.default_rng(14)
    beats = EPOCH_S + 60.0 * np.arange(20.0)
    connected = beats - 60.0
    connected += np.round(rng.uniform(0.6, 2.4, 20))
    assert only(series(beats, connected)).kind == "wall-clock"


@pytest.mark.parametrize(
    ("lag_s", "period_s", "kind"),
    [
        (7.0, 1800.0, "wall-clock"),
        (7.0, 3600.0, "wall-clock"),
        (5.0, 600.0, "wall-clock"),
        (25.0, 1800.0, "timer"),
        (907.0, 1800.0, "timer"),
        (7.0, 600.0, "timer"),
        (7.0, 60.0, "timer"),
    ],
)
def test_a_job_needs_its_time(lag_s: float, period_s: float, kind: str) -> None:
    """Seconds after the round times of a long period are a job's run time; elsewhere they are a phase like any."""
    rng = np.random.default_rng(6)
    beats = np.round(EPOCH_S + 3600.0 + lag_s + period_s * np.arange(16.0))
    connected = beats - period_s + np.round(rng.uniform(0.6, 3.4, 16))
    assert only(series(beats, connected)).kind == kind


def test_half_hour_zones_have_their_own_full_hours() -> None:
    """On the hour in UTC+5:30 is a wall clock there."""
    rng = np.random.default_rng(5)
    times = EPOCH_S + 1800.0 + 3600.0 * np.arange(9) + rng.exponential(0.05, 9)
    assert only(series(times, utc_offset_s=19_800.0)).kind == "wall-clock"


def test_age_limit_is_pooled_over_workers() -> None:
    """A limit of 40 s on three workers with four drops each is one fit."""
    fleet = [series(*live_with_limit(40.0, 4, seed=i, start_s=EPOCH_S + 7.0 * i), name=f"worker{i}") for i in range(3)]
    fit = only(*fleet)
    assert (fit.kind, len(fit.connections), len(fit.members)) == ("connection-age", 3, 12)
    assert fit.period_s == pytest.approx(40.0, rel=0.005)
    assert fit.reset_by_reconnect is True


def test_two_age_limits_are_two_fits() -> None:
    """Limits of 40 and 25 s on two workers are not mixed."""
    a = series(*live_with_limit(40.0, 20, seed=1), name="a")
    b = series(*live_with_limit(25.0, 20, seed=2), name="b")
    found = {fit.connections: fit for fit in fits(a, b)}
    assert {fit.kind for fit in found.values()} == {"connection-age"}
    assert found["a",].period_s == pytest.approx(40.0, rel=0.005)
    assert found["b",].period_s == pytest.approx(25.0, rel=0.005)


def test_timer_and_age_limit_at_once() -> None:
    """A 30 s timer and a limit of 19 s on one connection are told apart, and each drop has one owner."""
    rng = np.random.default_rng(6)
    times, starts, now = [], [], EPOCH_S + 1.0
    for _ in range(60):
        beat = EPOCH_S + 11.3 + 30.003 * np.ceil((now - EPOCH_S - 11.3) / 30.003)
        starts.append(now)
        times.append(min(now + 19.0 + rng.normal(0.0, 0.02), beat + rng.normal(0.0, 0.004)))
        now = times[-1] + rng.uniform(0.5, 1.5)
    found = fits(series(np.array(times), np.array(starts)))
    assert sorted(fit.kind for fit in found) == ["connection-age", "timer"]
    members = [member for fit in found for member in fit.members]
    assert len(members) == len(set(members)) >= 58


def test_two_timers_on_two_phases_are_two_clocks() -> None:
    """Two workers with timers of their own, 11 s apart, are two fits; two timers on one worker as well."""
    rng = np.random.default_rng(7)
    a = EPOCH_S + 30.003 * np.arange(20) + rng.normal(0.0, 0.004, 20)
    b = EPOCH_S + 11.0 + 30.002 * np.arange(20) + rng.normal(0.0, 0.004, 20)
    assert sorted(fit.connections for fit in fits(series(a, name="a"), series(b, name="b"))) == [("a",), ("b",)]
    c = EPOCH_S + 5.0 + 47.003 * np.arange(12) + rng.normal(0.0, 0.004, 12)
    assert sorted(round(fit.period_s or 0.0) for fit in fits(series(np.sort(np.concatenate([a, c]))))) == [30, 47]


def test_many_timers_of_their_own_stay_apart() -> None:
    """Twelve workers with 30 s timers half a second and more apart are twelve clocks, not a few."""
    rng = np.random.default_rng(15)
    fleet = [
        series(EPOCH_S + 0.7 * i + 30.003 * np.arange(20) + rng.normal(0.0, 0.003, 20), name=f"w{i}") for i in range(12)
    ]
    assert sorted(len(fit.connections) for fit in fits(*fleet)) == [1] * 12


def test_a_schedule_may_keep_the_clients_clock() -> None:
    """Full minutes of the client, 47 s off those of the server, are a schedule's as well."""
    beats = EPOCH_S + 60.0 * np.arange(20) + np.random.default_rng(3).normal(0.5, 0.01, 20)
    skewed = series(beats, utc_offset_s=-47.0)
    assert only(skewed).kind == "timer"
    assert only(replace(skewed, utc_offsets_s=(-47.0, 0.0))).kind == "wall-clock"


def test_an_idle_time_that_sessions_outlive_is_no_limit() -> None:
    """Six seconds after the last traffic each session ends: a limit, unless the sessions were idle for 10 s before."""
    rng = np.random.default_rng(5)
    traffic = EPOCH_S + np.cumsum(rng.exponential(60.0, 12) + 15.0)
    drops = traffic + 6.0 + rng.normal(0.0, 0.01, 12)
    limited = series(drops, drops - rng.uniform(9.0, 14.0, 12), traffic)
    assert [fit.kind for fit in fits(limited)] == ["idle"]
    assert not fits(replace(limited, survived_s=np.full(12, 10.0)))


def test_idle_beats_the_timer_that_its_traffic_keeps() -> None:
    """Traffic each 70 s and an idle limit of 20 s: every drop is idle, though a third stands on a 70 s beat."""
    rng = np.random.default_rng(8)
    times, starts, traffic, now = [], [], [], EPOCH_S
    for _ in range(45):
        quiet = now + 20.0
        beat = EPOCH_S + 70.0 * np.ceil((now - EPOCH_S) / 70.0)
        starts.append(now)
        traffic.append(beat if beat < quiet else EPOCH_S + 70.0 * np.floor((now - EPOCH_S) / 70.0))
        times.append((beat + 20.0 if beat < quiet else quiet) + rng.normal(0.0, 0.004))
        now = times[-1] + rng.uniform(0.5, 1.5)
    fit = only(series(np.array(times), np.array(starts), np.array(traffic)))
    assert (fit.kind, len(fit.members), fit.runner_up) == ("idle", 45, "connection-age")
    assert fit.period_s == pytest.approx(20.0, rel=0.005)


def test_pings_from_the_connect_are_no_age_limit() -> None:
    """Ages that pile up at 18, 28 and 38 s come from pings: no age limit and no clock is claimed."""
    rng = np.random.default_rng(9)
    ages = 18.0 + 10.0 * rng.choice(3, 40, p=[0.1, 0.65, 0.25]) + rng.normal(0.0, 0.008, 40)
    delays = rng.uniform(0.5, 1.5, 40)
    starts = EPOCH_S + np.concatenate([[0.0], np.cumsum(ages + delays)[:-1]])
    assert {fit.kind for fit in fits(series(starts + ages, starts))} <= {"regular-loop"}


def test_reset_of_a_timer_is_one_fit() -> None:
    """A timer that starts anew at another phase is one clock with one reset."""
    rng = np.random.default_rng(10)
    times = np.concatenate([30.006 * np.arange(12), 341.3 + 30.006 * np.arange(12)]) + rng.normal(0.0, 0.005, 24)
    fit = only(series(EPOCH_S + times))
    assert fit.period_s == pytest.approx(30.006, abs=0.003)
    assert [round(reset.shift_s, 1) for reset in fit.resets] == [11.2]


def test_three_sockets_per_beat_are_all_members() -> None:
    """Drops within a second of one another count once for the beat and all belong to it."""
    rng = np.random.default_rng(11)
    times = np.sort((30.006 * np.arange(10)[:, None] + rng.uniform(0.0, 0.2, (10, 3))).ravel())
    assert len(only(series(EPOCH_S + times)).members) == 30


def kinds_of(draws: Sequence[Floats]) -> Counter[str]:
    """Count the kinds that are claimed over several samples."""
    return Counter(kind for times in draws for kind in {fit.kind for fit in fits(series(times))})


def test_regular_loops_are_not_timers() -> None:
    """Loops of independent gaps (CV .1) are regular loops; at most 3 of 60 get the name of a clock (nominal 1 %)."""
    draws = [EPOCH_S + np.cumsum(np.random.default_rng(s).gamma(100.0, 0.3, 20)) for s in range(60)]
    kinds = kinds_of(draws)
    assert kinds["regular-loop"] >= 57
    assert kinds["timer"] + kinds["wall-clock"] <= 3


@pytest.mark.parametrize("step_s", [0.001, 1.0])
def test_chance_is_left_alone(step_s: float) -> None:
    """Memoryless drops, with stamps of milliseconds or whole seconds, give at most 1 claim in 60."""
    draws = [
        EPOCH_S + np.floor(np.cumsum(np.random.default_rng(s).exponential(30.0, 30)) / step_s) * step_s
        for s in range(60)
    ]
    assert sum(kinds_of(draws).values()) <= 1


def test_flapping_is_a_burst() -> None:
    """Bursts of drops seconds apart with minutes between are bursts, and no clock."""
    draws = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        starts = np.cumsum(rng.exponential(300.0, 8) + 30.0)
        draws.append(EPOCH_S + np.sort((starts[:, None] + np.cumsum(rng.exponential(2.5, (8, 5)), axis=1)).ravel()))
    kinds = kinds_of(draws)
    assert kinds["burst"] >= 27
    assert sum(kinds.values()) - kinds["burst"] <= 1


def test_fleet_of_random_connections_has_no_clock() -> None:
    """Many connections are many chances, and they are paid for: twenty random ones give nothing."""
    rng = np.random.default_rng(12)
    fleet = [series(EPOCH_S + np.cumsum(rng.exponential(30.0, 20)), name=f"w{i}") for i in range(20)]
    assert fits(*fleet) == ()


def test_memoryless_is_told_from_regular() -> None:
    """Exponential ages are memoryless, equal ones are not, seven drops say neither."""
    rng = np.random.default_rng(13)
    chance = series(EPOCH_S + np.cumsum(rng.exponential(30.0, 60)), name="chance")
    loop = series(EPOCH_S + np.cumsum(rng.normal(30.0, 3.0, 60)), name="loop")
    few = series(EPOCH_S + np.cumsum(rng.exponential(30.0, 7)), name="few")
    assert find_patterns([chance, loop, few]).memoryless == {"chance": True, "loop": False, "few": None}


def test_an_age_limit_beside_a_beat_is_no_play_of_pings() -> None:
    """A timer of 60 s and an age limit of 31.2 s: what the reconnects leave between the two makes no second limit."""
    rng = np.random.default_rng(5)
    times, opened, now = [], [], EPOCH_S + 7.0
    for beat in range(1, 21):
        for end in (now + 31.2 + rng.normal(0, 0.001), EPOCH_S + 7.0 + 60.01 * beat):
            times.append(end)
            opened.append(now)
            now = end + rng.uniform(0.5, 1.5)
    found = fits(series(np.array(times), np.array(opened)))
    assert {(fit.kind, round(fit.period_s or 0.0, 1), len(fit.members)) for fit in found} == {
        ("timer", 60.0, 20),
        ("connection-age", 31.2, 20),
    }


def test_the_false_alarm_probability_of_a_beat_is_that_of_the_scan() -> None:
    """Twelve drops on an exact 30 s beat, all within one arc of 20 ms, and every try paid for."""
    times: Floats = (EPOCH_S + 7.0 + 30.0 * np.arange(12)).astype(np.float64)
    (scan, *_) = scan_phases(times, guard=density_guard(np.diff(times)), resolution_s=find_resolution_s(times))
    assert only(series(times)).false_alarm_probability == pytest.approx(10.0**scan.log10_false_alarm)


def live_once(lives_s: Sequence[float], *, is_socket: bool) -> list[DropSeries]:
    """Return connections that drop once each after so long, a minute and a bit apart."""
    starts = EPOCH_S + np.cumsum(np.random.default_rng(4).uniform(40.0, 90.0, len(lives_s)))
    known = [series(np.array([start + life]), np.array([start])) for start, life in zip(starts, lives_s, strict=True)]
    return [replace(one, connection=f"c{number}", is_socket=is_socket) for number, one in enumerate(known)]


def test_a_limit_that_most_sockets_outlive_is_none() -> None:
    """Eight sockets live 90 s and forty longer: clients with a name may have a limit of their own, sockets have not."""
    chance = np.random.default_rng(5)
    lives_s = chance.permutation([*chance.normal(90.0, 0.005, 8), *chance.uniform(100.0, 700.0, 40)]).tolist()
    assert [fit.kind for fit in fits(*live_once(lives_s, is_socket=False))] == ["connection-age"]
    assert fits(*live_once(lives_s, is_socket=True)) == ()


@pytest.mark.parametrize(("phase_s", "clocks_count"), [(11.0, 1), (11.04, 1), (17.0, 2)])
def test_one_clock_found_in_two_connections_apart_is_one(phase_s: float, clocks_count: int) -> None:
    """Beside a stronger clock of one connection each is searched by itself; another phase is another clock."""
    generator = np.random.default_rng(1)

    def beat(name: str, period_s: float, phase_s: float, count: int) -> DropSeries:
        return series(EPOCH_S + phase_s + period_s * np.arange(count) + generator.normal(0.0, 0.004, count), name=name)

    strong = beat("worker1", 47.003, 3.0, 50)
    found = fits(strong, beat("worker2", 30.0058, 11.0, 15), beat("worker3", 30.0058, phase_s, 15))
    shared = [fit for fit in found if "worker1" not in fit.connections]
    assert len(shared) == clocks_count
    assert sorted({name for fit in shared for name in fit.connections}) == ["worker2", "worker3"]
    assert sum(len(fit.members) for fit in shared) == 30
