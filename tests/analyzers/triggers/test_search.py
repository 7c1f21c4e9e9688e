"""Triggers, consequences, and what cannot be told apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from logdiag.analyzers.statistics.exact_tests import combine_p_values
from logdiag.analyzers.triggers.moments import DropContext, TemplateSeries, TemplateWords
from logdiag.analyzers.triggers.search import find_triggers, join_triggers
from tests.analyzers.cases import trigger
from tests.analyzers.triggers.lines import (
    SPAN,
    START,
    draw_spaced,
    draw_times,
    is_locked,
    lay_drops,
    lay_lines,
    list_roles,
    tick,
)
from tests.folding import each

OF_AN_END = TemplateWords(tells_of_end=lambda _: True)


def test_a_line_before_random_disconnects_is_a_trigger() -> None:
    """Half of 40 random disconnects 20 ms after a push, among 40 pushes without one, are found with their numbers."""
    drops = draw_spaced(1, 40)
    pushes = np.concatenate((drops[::2] - 0.02, draw_times(2, 40)))
    (fit,) = find_triggers([lay_drops(drops)], [lay_lines("push", pushes), lay_lines("noise", draw_times(3, 200))])
    assert (fit.line.template, fit.role, fit.counts.of_count) == ("push", "trigger", 40)
    assert 19 <= fit.counts.preceded_count <= 22
    assert fit.lag.median_s == pytest.approx(0.02, abs=0.002)
    assert fit.chance.expected_count < 1
    assert fit.chance.q_value < 1e-10
    assert 0.3 < fit.counts.followed_count / fit.counts.occurrences_count < 0.6
    assert {index for _, index in fit.counts.preceded} >= set(range(0, 40, 2))
    assert fit.line.example.file == "worker1/data-pusher.log"


def test_a_line_that_tells_of_the_end_is_no_trigger() -> None:
    """A retry told of 1 ms before the close is part of the event; the same words 2 s before it are not."""
    drops = draw_spaced(1, 40)
    told = replace(lay_lines("retry in <n>ms", drops - 0.001), words=OF_AN_END)
    assert find_triggers([lay_drops(drops)], [told]) == ()
    early = replace(lay_lines("socket error", drops - 2), words=OF_AN_END)
    assert list_roles(find_triggers([lay_drops(drops)], [early])) == {"socket error": ("trigger", None)}


@each("seed", range(6))
def test_chance_yields_no_trigger(seed: int) -> None:
    """Sixty templates that know nothing of 40 random disconnects yield not one trigger."""
    templates = [lay_lines(f"t{i}", draw_times(1000 * seed + i, 20 + 8 * i)) for i in range(60)]
    fits = find_triggers([lay_drops(draw_spaced(seed + 50, 40))], templates)
    assert [fit.line.template for fit in fits if fit.role == "trigger"] == []


def test_a_line_after_each_disconnect_is_a_consequence() -> None:
    """A refusal 100 ms after each disconnect is a consequence, though it stands before the next one as well."""
    drops = draw_spaced(4, 40)
    fits = find_triggers([lay_drops(drops)], [lay_lines("refused", drops + 0.1)])
    assert list_roles(fits) == {"refused": ("consequence", None)}
    assert fits[0].lag.median_s == pytest.approx(0.1, abs=0.001)


def test_lines_in_the_shadow_of_a_disconnect_do_not_trigger_the_next() -> None:
    """Disconnects that come in pairs 2.5 s apart make no trigger of the reconnect lines between them."""
    first = draw_spaced(5, 25)
    drops = np.sort(np.concatenate((first, first + 2.5)))
    fits = find_triggers([lay_drops(drops, outage_s=0.5)], [lay_lines("joined room", drops + 0.6)])
    assert "trigger" not in {fit.role for fit in fits}


def test_pushes_off_the_beat_prove_a_trigger_that_the_beat_alone_cannot() -> None:
    """With a jitter below the stamps, pushes between the beats that kill the socket decide."""
    ticks = np.round(tick(10, 30.0, 0.0), 3)
    others = ticks[::4] + np.random.default_rng(30).uniform(6, 24, ticks[::4].size)
    pushes = np.concatenate((ticks, others))
    (fit,) = find_triggers([lay_drops(pushes + 0.015)], [lay_lines("push", pushes)])
    assert fit.role == "trigger"
    assert fit.lock is not None
    assert fit.lock.off_beat_count >= 10


def test_a_line_at_a_constant_age_needs_no_beat_beside_it() -> None:
    """Sessions of 60 s with outages of any length keep an age and no beat; the line 20 ms before each end stands."""
    rng = np.random.default_rng(1)
    lives = rng.normal(60.0, 0.005, 19)
    opened = np.concatenate(([0.0], np.cumsum(lives[:-1] + rng.uniform(1.0, 30.0, 18))))
    times = np.round(START + opened + lives, 3)
    drops = replace(
        lay_drops(times - START), connected_s=START + opened, sessions_s=np.column_stack((START + opened, times))
    )
    (fit,) = find_triggers([drops], [lay_lines("age", times - START - 0.02)])
    assert (fit.line.template, fit.role, is_locked(fit), fit.counts.preceded_count) == ("age", "trigger", True, 19)


def test_a_60_s_report_is_no_trigger_of_30_s_disconnects() -> None:
    """A report just before every other beat is refuted by the beats that come without it."""
    beats = tick(11, 30.005, 0.003)
    fits = find_triggers([lay_drops(beats)], [lay_lines("report", beats[::2] - 0.05)])
    assert "trigger" not in {fit.role for fit in fits}
    assert {fit.why_undecided for fit in fits} <= {"beats-without-it"}


def test_overdue_timers_after_a_freeze_are_no_trigger() -> None:
    """A heartbeat that precedes a disconnect only as the first line after a long silence is undecided."""
    drops = np.arange(100.0, SPAN - 50, 97.3) + np.linspace(0, 9, 17) ** 2 / 10
    regular = np.concatenate([np.arange(d + 8, d + 60, 10.0) + 0.3 * i for i, d in enumerate(drops)])
    fits = find_triggers([lay_drops(drops)], [lay_lines("heartbeat", np.concatenate((regular, drops - 0.002)))])
    assert list_roles(fits)["heartbeat"] == ("undecided", "after-silence")


def test_whole_second_stamps_leave_a_short_lag_undecided() -> None:
    """A push 15 ms before each disconnect is not asserted when both logs show whole seconds."""
    drops = np.floor(draw_spaced(17, 40))
    fits = find_triggers([lay_drops(drops)], [lay_lines("push", np.concatenate((drops, np.floor(draw_times(18, 15)))))])
    assert list_roles(fits)["push"] == ("undecided", "order-unknown")


def test_a_line_of_the_server_before_all_clients_drop_is_its_trigger() -> None:
    """Disconnects of three workers within 1 s are one moment for a line of the server, and all are listed."""
    moments = draw_spaced(19, 25)
    drops = [lay_drops(moments + 0.01 + 0.002 * i, connection=f"worker{i}") for i in range(3)]
    series = lay_lines("cleanup", np.concatenate((moments, draw_times(20, 5))), file="master/master.log", connection="")
    (fit,) = find_triggers(drops, [series])
    assert (fit.role, fit.connection, fit.counts.of_count, fit.counts.preceded_count) == ("trigger", "", 25, 25)
    assert len(fit.counts.preceded) == 75


def test_the_servers_own_record_of_a_drop_is_an_echo() -> None:
    """A line that names a socket 3 ms before each disconnect is how the far side saw the same end."""
    drops = draw_spaced(21, 30)
    series = lay_lines("client <id> gone", drops - 0.003, file="master/master.log", connection="")
    assert list_roles(find_triggers([lay_drops(drops)], [series])) == {
        "client <id> gone": ("undecided", "far-side-echo")
    }


def test_a_clients_own_line_is_no_echo_where_several_write_one_file() -> None:
    """Of two clients that share a source, a line of one's own with an id before its disconnects is its trigger."""
    drops = draw_spaced(21, 30)
    series = lay_lines("[<id>] pushed", drops - 0.003, file="logs/data-pusher.log", connection="logs/worker-1")
    shared = replace(lay_drops(drops, connection="logs/worker-1"), source="logs/worker-1")
    assert list_roles(find_triggers([shared], [series])) == {"[<id>] pushed": ("trigger", None)}
    assert list_roles(find_triggers([shared], [replace(series, connection="")]))["[<id>] pushed"][1] == "far-side-echo"


def test_clocks_that_disagree_by_more_than_the_lag_settle_nothing() -> None:
    """A line of the server 3 ms ahead is of unknown order when the clocks may be 10 ms apart."""
    drops = draw_spaced(22, 30)
    series = lay_lines("cleanup", drops - 0.003, file="master/master.log", connection="")
    assert list_roles(find_triggers([lay_drops(drops)], [series]))["cleanup"][0] == "trigger"
    late = find_triggers([lay_drops(drops)], [series], clock_error_s=0.01)
    assert list_roles(late)["cleanup"] == ("undecided", "order-unknown")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_one_or_two_disconnects_prove_nothing(count: int) -> None:
    """Fewer than three coincidences are an anecdote."""
    drops = np.array([200.0, 900.0])[:count]
    context = (
        lay_drops(drops)
        if count
        else replace(lay_drops(np.array([9.0])), times_s=np.empty(0), connected_s=np.empty(0), places=())
    )
    assert find_triggers([context], [lay_lines("push", np.concatenate((drops - 0.01, draw_times(23, 10))))]) == ()


def _everything() -> tuple[DropContext, list[TemplateSeries]]:
    drops = draw_spaced(24, 30)
    series = [
        lay_lines("push", np.concatenate((drops[::2] - 0.02, draw_times(25, 30)))),
        lay_lines("after", drops + 0.2),
    ]
    return lay_drops(drops), series + [lay_lines(f"t{i}", draw_times(26 + i, 60)) for i in range(5)]


@pytest.mark.parametrize("shift_s", [86_400.0, -1234.567, 0.001])
def test_shifting_all_times_changes_nothing_else(shift_s: float) -> None:
    """Every number is the same a day later."""
    context, series = _everything()
    moved = replace(
        context,
        times_s=context.times_s + shift_s,
        connected_s=context.connected_s + shift_s,
        sessions_s=context.sessions_s + shift_s,
        start_s=context.start_s + shift_s,
        end_s=context.end_s + shift_s,
    )
    shifted = find_triggers([moved], [replace(s, times_s=s.times_s + shift_s) for s in series])
    wanted = find_triggers([context], series)
    assert list_roles(shifted) == list_roles(wanted)
    for one, other in zip(shifted, wanted, strict=True):
        assert one.chance.p_value == pytest.approx(other.chance.p_value, rel=1e-6)
        assert one.counts == other.counts
        assert one.lag.median_s == pytest.approx(other.lag.median_s, abs=2e-6)


def test_the_order_of_the_templates_never_shows() -> None:
    """Reversed input gives equal output."""
    context, series = _everything()
    assert find_triggers([context], series[::-1]) == find_triggers([context], series)


def test_only_what_was_read_counts() -> None:
    """With the neighbourhoods alone given as observed, the trigger is found with the same lag."""
    context, series = _everything()
    observed = np.column_stack((context.times_s - 60, context.times_s + 60))
    near = [replace(s, **_cut(s, observed)) for s in series]  # type: ignore[arg-type]
    fits = find_triggers([replace(context, observed_s=observed)], near)
    assert list_roles(fits)["push"] == ("trigger", None)


def _cut(series: TemplateSeries, observed: NDArray[np.float64]) -> dict[str, object]:
    keep = np.any((series.times_s[:, None] >= observed[:, 0]) & (series.times_s[:, None] <= observed[:, 1]), axis=1)
    return {"times_s": series.times_s[keep], "file_indices": series.file_indices[keep], "lines": series.lines[keep]}


def test_a_line_before_few_of_many_that_few_follow_is_not_worth_telling() -> None:
    """Four of 60 disconnects after a line that came 200 times are significant and explain nothing."""
    drops = draw_spaced(31, 60)
    times = np.concatenate((drops[[3, 17, 31, 45]] - 0.004, draw_times(32, 200)))
    assert list_roles(find_triggers([lay_drops(drops)], [lay_lines("rare", times)])) == {}


def test_a_scheduled_line_before_a_whole_fleet_drops_is_asserted_on_its_phase() -> None:
    """Three workers that drop 5-20 ms after each minute's cleanup: no jitter to follow, but luck of 0.4 % at most."""
    minutes = np.arange(30.0, SPAN - 60, 60.0) + np.random.default_rng(33).integers(0, 3, 29) / 1000
    lag_s = np.random.default_rng(34).uniform(0.005, 0.02, 29)
    drops = [lay_drops(minutes + lag_s + 0.003 * i, connection=f"worker{i}") for i in range(3)]
    series = lay_lines("cleanup", minutes, file="master/master.log", connection="")
    (fit,) = find_triggers(drops, [series])
    assert (fit.role, is_locked(fit), fit.counts.preceded_count) == ("trigger", True, 29)
    assert fit.chance.q_value == pytest.approx(8 * fit.counts.window_s / 60, rel=0.01)
    (alone,) = find_triggers(drops[:1], [series])
    assert (alone.role, alone.why_undecided) == ("undecided", "phase-locked")


def test_a_sample_adds_what_the_whole_log_does_not_show() -> None:
    """A line that only the sample has is a trigger of its own; with no sample nothing changes."""
    whole, unknown = trigger(), trigger("Snapshot handed over", service="bridge")
    assert join_triggers([whole], [unknown]) == (whole, unknown)
    assert join_triggers([whole], []) == (whole,)
    assert join_triggers([], [unknown]) == (unknown,)


def test_a_sample_adds_members_to_a_trigger_that_the_whole_log_shows() -> None:
    """The numbers are those of the whole log; lines that the sample saw along with it join it, each once."""
    whole = trigger(members=(("bridge", "Sending"),))
    seen = trigger(of_count=4, preceded_count=4, members=(("bridge", "Sending"), ("bridge", "Snapshot <n> built")))
    (joined,) = join_triggers([whole], [seen])
    assert joined == replace(whole, members=(("bridge", "Sending"), ("bridge", "Snapshot <n> built")))


def test_a_sample_led_by_another_line_of_a_trigger_joins_it() -> None:
    """Where a line of the sample is a member or companion of a known trigger, both are one."""
    whole = trigger(companions=(("bridge", "Sending"),))
    seen = trigger("Snapshot handed over", service="bridge", members=(("bridge", "Sending"),))
    (joined,) = join_triggers([whole], [seen])
    assert set(joined.members) == {("bridge", "Snapshot handed over"), ("bridge", "Sending")}


@pytest.mark.parametrize("fields", [{"connection": "worker2"}, {"role": "consequence"}])
def test_triggers_of_other_connections_or_sides_stay_apart(fields: dict[str, str]) -> None:
    """The same line before the drops of another connection, or after a drop, is something else."""
    whole, seen = trigger(), trigger(**fields)
    assert join_triggers([whole], [seen]) == (whole, seen)


def test_a_line_before_nearly_all_disconnects_is_told_of_though_its_lag_scatters() -> None:
    """One line 1 to 4 s before each of 30 disconnects, or before half of them: only the former is worth a word."""
    drops = draw_spaced(1, 30)
    lags = np.random.default_rng(5).uniform(1.0, 4.0, 30)
    fits = find_triggers(
        [lay_drops(drops)], [lay_lines("always", drops - lags), lay_lines("half", (drops - lags)[::2])]
    )
    assert list_roles(fits)["always"] == ("undecided", "long-lag")
    assert "half" not in list_roles(fits)


def _see_from_the_server(lag_s: float, *, others_count: int) -> tuple[str, str | None]:
    """What becomes of a line with an id before each of 27 disconnects and at `others_count` other times."""
    drops = draw_spaced(21, 27)
    others = (drops[:-1] + drops[1:])[:others_count] / 2
    series = lay_lines("client <id>", np.concatenate((drops - lag_s, others)), file="master/master.log", connection="")
    return list_roles(find_triggers([lay_drops(drops)], [series]))["client <id>"]


@pytest.mark.parametrize(
    ("lag_s", "others_count", "expected"),
    [
        (0.03, 0, ("undecided", "far-side-echo")),
        (0.03, 3, ("undecided", "far-side-echo")),
        (0.03, 4, ("trigger", None)),
        (0.2, 0, ("trigger", None)),
    ],
    ids=["moments before each", "nine of ten lines", "fewer", "too long before"],
)
def test_an_echo_comes_moments_before_nearly_every_end(
    lag_s: float, others_count: int, expected: tuple[str, str | None]
) -> None:
    """Lines with an id that come at other times as well, or well before the end, are no record of that end."""
    assert _see_from_the_server(lag_s, others_count=others_count) == expected


@pytest.mark.parametrize(("after_count", "expected"), [(10, ("undecided", "both-sides")), (9, ("trigger", None))])
def test_a_line_that_half_as_often_comes_just_after_is_no_trigger(
    after_count: int, expected: tuple[str, str | None]
) -> None:
    """Of 40 disconnects 20 have the line 20 ms before them, and others only 20 ms after them."""
    drops = draw_spaced(1, 40)
    times = np.concatenate((drops[:20] - 0.02, drops[20 : 20 + after_count] + 0.02))
    fits = find_triggers([lay_drops(drops)], [lay_lines("flush", times)])
    assert [(fit.role, fit.why_undecided) for fit in fits if fit.role != "consequence"] == [expected]


def test_of_two_tests_the_better_p_is_doubled() -> None:
    """Where all lines share the beat, what they share with it counts for nothing: two p-values, and Bonferroni's 2."""
    ticks = tick(8, 30.005, 0.01)
    drops = ticks + np.random.default_rng(9).normal(0.015, 0.003, ticks.size)
    (fit,) = find_triggers([lay_drops(drops)], [lay_lines("snapshot", ticks)])
    assert fit.lock is not None
    assert fit.lock.innovation_p is not None
    assert fit.chance.p_value == pytest.approx(2 * combine_p_values(fit.lock.phase_p, fit.lock.innovation_p))


def _beside_ends(
    ends: DropContext, *, lag_s: float, above: int, file: str = "worker1/socket-client.log"
) -> TemplateSeries:
    """A line so long before each end and so many lines above its own, in its file, and many elsewhere."""
    times = np.concatenate((np.round(ends.times_s - START - lag_s, 3), draw_times(5, 60)))
    numbers = np.array([place.line - above for place in ends.places if place] + [9_000 + i for i in range(60)])
    order = np.argsort(times, kind="stable")
    series = lay_lines("START RequestId: <id>", times, file=file)
    return replace(series, lines=numbers[order], is_deed=False)


@each("fields", [{}, {"above": 2}], ids=["right before it", "with one line between"])
def test_a_line_written_with_the_end_is_no_trigger(fields: dict[str, Any]) -> None:
    """`START RequestId` 4 ms above the line of the end is written by the call that reports it, and ends nothing."""
    ends = lay_drops(draw_spaced(3, 40))
    series = _beside_ends(ends, **{"lag_s": 0.004, "above": 1, **fields})
    assert list_roles(find_triggers([ends], [series])) == {"START RequestId: <id>": ("undecided", "same-act")}


@each("fields", [{"lag_s": 0.4}, {"above": 9}, {"file": "worker1/other.log"}])
def test_a_line_that_stands_apart_from_the_end_is_a_trigger(fields: dict[str, Any]) -> None:
    """What is written a while before an end, far from its line or elsewhere, is not of the same act."""
    ends = lay_drops(draw_spaced(3, 40))
    series = _beside_ends(ends, **{"lag_s": 0.004, "above": 1, **fields})
    assert list_roles(find_triggers([ends], [series])) == {"START RequestId: <id>": ("trigger", None)}


def test_a_deed_right_before_the_end_is_a_trigger() -> None:
    """A push 4 ms before each end, on the line above it, may well be what ends the connection."""
    ends = lay_drops(draw_spaced(3, 40))
    series = replace(_beside_ends(ends, lag_s=0.004, above=1), is_deed=True)
    assert list_roles(find_triggers([ends], [series])) == {"START RequestId: <id>": ("trigger", None)}
