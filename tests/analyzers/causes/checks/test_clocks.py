"""What the clocks say: every check of every cause supports, refutes and cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from logdiag.analyzers.causes.case import Life
from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.events import Side
from logdiag.results.causes import Outcome
from logdiag.results.connections import Clock
from tests.analyzers.cases import (
    START,
    Scene,
    Scenes,
    case,
    claim,
    clock,
    fact,
    facts_of,
    list_scenes,
    report,
    server_view,
    silence,
)
from tests.folding import each

SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN


def _own_clock(cause: str, period_s: float = 30.0, **fields: Any) -> ClockFit:
    return clock(claim(cause).patterns[0], period_s, **fields)


def _timed(fit: ClockFit, **fields: Any) -> Scene:
    facts = facts_of(10, fit=fit, pattern="P1")
    return Scene(case(facts, **fields), facts)


def _own_pattern(cause: str) -> Scene:
    return _timed(_own_clock(cause))._replace(numbers={"period_s": 30.0, "count": 10, "of_count": 10})


def _too_few(_: str) -> Scene:
    return Scene(case(facts_of(4), patterns=report(enough={"worker1": False})), (), {"count": 4, "needed_count": 8})


STATED: Final = {"ping_interval_s": 3.0, "ping_timeout_s": 2.0}
SAME_CLOCK: Final = server_view(clocks=[Clock("worker1", 0.0, 10.0, 9)])
PATTERN: Final = {
    SUPPORTS: _own_pattern,
    REFUTES: lambda _: Scene(case(facts_of(10), emits_seen=True), (), {"count": 10}),
    UNKNOWN: _too_few,
}


def _young(cause: str) -> Scene:
    """A session of 5.4 s that was ended on the beat of 30 s, as in the reference incident."""
    limit = claim(cause).patterns[0] if claim(cause).patterns else "timer"
    facts = (*facts_of(8, fit=clock(limit)), fact(9, opened=264.6, fit=clock(limit)))
    return Scene(case(facts), (), {"count": 1, "of_count": 9, "limit_s": 30.0, "shortest_s": 5.4})


def _long_lived(cause: str) -> Scene:
    """Nine sessions of 28.8 s, none younger than half the limit that the cause or the user names."""
    fits = claim(cause).patterns
    facts = facts_of(9, fit=clock(fits[0]) if fits else None)
    whole = case(facts, ping_interval_s=20.0, ping_timeout_s=10.0)
    return Scene(whole, facts, {"count": 0, "of_count": 9, "limit_s": 30.0, "shortest_s": 28.8})


def _old(cause: str) -> Scene:
    limit = claim(cause).patterns[0] if claim(cause).patterns else "timer"
    return Scene(case(facts_of(9, fit=clock(limit))), (), {"count": 0, "limit_s": 30.0})


def _met(cause: str, cut: int, others: Sequence[float], source: str | None = None) -> Scene:
    """So many clients that a limit of 30 s meets, beside others on a server that lived so long, in seconds."""
    fit = _own_clock(cause)
    facts = tuple(fact(number, fit=fit, connection=f"cut{number}") for number in range(1, cut + 1))
    lives = [Life(one.drop.connection, None, 30.0) for one in facts]
    lives += [Life(f"other{number}", source, age_s) for number, age_s in enumerate(others)]
    return Scene(case(facts, lives=tuple(lives)), facts)


def _quiet(count: int, of: int, **fields: Any) -> Scene:
    facts = (*facts_of(count, silence=silence()), *facts_of(of - count))
    return Scene(case(facts), facts, {"count": count, "of_count": of, **fields})


def _running(ran_on: int, of: int, **numbers: int) -> Scene:
    """Client and server wrote on through so many of the drops; of the others nothing is known."""
    facts = (*facts_of(ran_on, client_ran_on=True, server_ran_on=True), *facts_of(of - ran_on))
    return Scene(case(facts), facts, {"of_count": of, **numbers})


def _ticked(ticked: int, missed: int, of: int) -> Scene:
    """What comes over the connection came up to so many of the drops, and had stopped before so many."""
    facts = (
        *facts_of(ticked, ticked_to_end=True),
        *facts_of(missed, ticked_to_end=False),
        *facts_of(of - ticked - missed),
    )
    return Scene(case(facts), facts, {"count": ticked, "missed_count": missed, "of_count": of})


def _noticed(notice_s: float, **fields: Any) -> Scene:
    """Both sides log the end; the client, which was silent, so much later."""
    return Scene(case(), facts_of(3, notice_s=notice_s, notice_error_s=0.01, **({"silence": silence()} | fields)))


SCENES: Final[Scenes] = {
    "wall-clock-pattern": PATTERN,
    "idle-pattern": PATTERN,
    "age-pattern": PATTERN,
    "timer-pattern": PATTERN,
    "lifetime-pattern": {
        SUPPORTS: lambda _: _timed(clock("connection-age", 60.04, margin_nats=0.0, runner_up="idle")),
        REFUTES: lambda _: _timed(clock("timer")),
        UNKNOWN: lambda _: _timed(clock("connection-age", 60.04, margin_nats=9.0, runner_up="idle"))._replace(facts=()),
    },
    "period-not-round": {
        SUPPORTS: lambda cause: _timed(_own_clock(cause, 30.0058)),
        REFUTES: lambda cause: _timed(_own_clock(cause, 30.0001, phase_s=START.timestamp() + 0.4)),
        UNKNOWN: lambda cause: _timed(_own_clock(cause, 30.0001, phase_s=START.timestamp() + 22.0)),
    },
    "phase-on-the-clock": {
        SUPPORTS: lambda cause: _timed(_own_clock(cause, 60.0, phase_s=START.timestamp() + 0.01)),
        REFUTES: lambda cause: _timed(_own_clock(cause, 60.0, phase_s=START.timestamp() + 22.0), server=SAME_CLOCK),
        UNKNOWN: lambda cause: _timed(_own_clock(cause, 60.0, phase_s=START.timestamp() + 22.0)),
    },
    "sessions-reach-limit": {SUPPORTS: _long_lived, REFUTES: _young, UNKNOWN: _old},
    "nobody-outlives-limit": {
        SUPPORTS: lambda cause: _met(cause, cut=5, others=(20.0, 20.0)),
        REFUTES: lambda cause: _met(cause, cut=2, others=(300.0,) * 40)._replace(numbers={"count": 2, "of_count": 42}),
        UNKNOWN: lambda cause: _met(cause, cut=2, others=(20.0, 20.0)),
    },
    "age-is-no-ping-sum": {
        SUPPORTS: lambda cause: _timed(_own_clock(cause, 3600.0))._replace(numbers={"lifetime_s": 3600.0}),
        REFUTES: lambda cause: _timed(_own_clock(cause, 30.1))._replace(numbers={"ping_sum_s": 30.0}),
        UNKNOWN: lambda _: Scene(case(facts_of(3))),
    },
    "limit-of-no-heartbeat": {
        SUPPORTS: lambda cause: _timed(_own_clock(cause, 60.0))._replace(numbers={"lifetime_s": 60.0}),
        REFUTES: lambda cause: _timed(_own_clock(cause, 30.1))._replace(numbers={"ping_sum_s": 30.0}),
        UNKNOWN: lambda cause: _timed(_own_clock(cause, 18.17))._replace(numbers={"product": None}),
    },
    "beat-survives-reconnect": {
        SUPPORTS: lambda cause: _timed(_own_clock(cause, reset_by_reconnect=False)),
        REFUTES: lambda cause: _timed(_own_clock(cause, reset_by_reconnect=True)),
        UNKNOWN: lambda cause: _timed(_own_clock(cause, reset_by_reconnect=None)),
    },
    "silence-at-drop": {
        SUPPORTS: lambda _: _quiet(3, 5, longest_s=28.0, side="client"),
        REFUTES: lambda _: _running(3, 5, count=0, ran_on_count=3)._replace(facts=()),
        UNKNOWN: lambda _: _quiet(1, 5),
    },
    "no-silence-at-drop": {
        SUPPORTS: lambda _: _running(3, 5, count=3, silent_count=0),
        REFUTES: lambda _: _quiet(3, 5)._replace(numbers={"count": 0, "silent_count": 3, "of_count": 5}),
        UNKNOWN: lambda _: _running(2, 4, count=2, silent_count=0),
    },
    "ticks-to-the-drop": {
        SUPPORTS: lambda _: _ticked(3, 0, 5),
        REFUTES: lambda _: _ticked(2, 3, 5),
        UNKNOWN: lambda _: _ticked(2, 2, 5),
    },
    "silent-side-noticed-late": {
        SUPPORTS: lambda _: _noticed(12.0)._replace(numbers={"count": 3, "of_count": 3, "latest_s": 12.0}),
        REFUTES: lambda _: _noticed(0.01)._replace(numbers={"count": 0, "of_count": 3}),
        UNKNOWN: lambda _: Scene(case(), facts_of(3, silence=silence()), {"count": 0, "of_count": 0}),
    },
}


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == pytest.approx(scene.numbers)


@pytest.mark.parametrize(("margin", "outcome"), [(None, SUPPORTS), (3.0, SUPPORTS), (2.999, UNKNOWN)])
def test_a_pattern_that_hardly_beats_its_runner_up_supports_nothing(margin: float | None, outcome: Outcome) -> None:
    """Below three nats the two clocks cannot be told apart, and the check names the other one."""
    scene = _timed(clock(margin_nats=margin, runner_up="idle"))
    result = CHECKS["timer-pattern"](scene.case, claim("server-timer", scene.facts))
    assert (result.outcome, result.numbers["runner_up"]) == (outcome, "idle")


def test_of_several_patterns_the_one_that_is_set_apart_speaks() -> None:
    """A larger pattern that another clock explains as well does not hide it."""
    doubtful = clock(margin_nats=0.5, members=tuple(("worker1", number) for number in range(12)))
    sure = clock(period_s=47.0, margin_nats=9.0)
    whole = case(facts_of(20), patterns=report(doubtful, sure))
    result = CHECKS["timer-pattern"](whole, claim("server-timer", whole.facts))
    assert (result.outcome, result.numbers["period_s"]) == (SUPPORTS, 47.0)


def test_another_pattern_refutes_the_own_one() -> None:
    """With enough disconnects, a timer speaks against a limit of the connection's age."""
    scene = _timed(clock("timer"))
    assert CHECKS["age-pattern"](scene.case, claim("connection-age-limit")).outcome is REFUTES


def test_without_traffic_lines_an_idle_limit_is_not_refuted() -> None:
    """Nobody knows when the connection was last in use; an age limit needs no such lines."""
    whole = case(facts_of(10), emits_seen=False)
    idle = CHECKS["idle-pattern"](whole, claim("idle-timeout"))
    assert (idle.outcome, idle.numbers["needed_count"]) == (UNKNOWN, None)  # not: too few disconnects
    assert CHECKS["age-pattern"](whole, claim("connection-age-limit")).outcome is REFUTES


def test_a_coarse_stamp_does_not_show_a_drift() -> None:
    """30.0058 s over ten beats stamped to the second may be 30 s."""
    scene = _timed(clock("timer", 30.0058), resolution_s=1.0)
    assert CHECKS["period-not-round"](scene.case, claim("server-timer", scene.facts)).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("second", "outcome"), [(22.4, SUPPORTS), (22.0, UNKNOWN), (22.99, SUPPORTS), (22.998, UNKNOWN), (22.07, SUPPORTS)]
)
def test_a_round_period_beside_the_seconds_of_a_known_clock_is_a_timer(second: float, outcome: Outcome) -> None:
    """A schedule starts at a whole second, or up to 50 ms after; the worker's stamps are 5 s ahead of the server."""
    server = server_view(clocks=[Clock("worker1", 5000.0, 10.0, 9)])
    fit = clock("timer", 30.0, phase_s=START.timestamp() + second + 5.0, jitter_s=0.002)
    scene = _timed(fit, server=server, local_offsets_s={"worker1": (-5.0, 0.0)})
    assert CHECKS["period-not-round"](scene.case, claim("server-timer", scene.facts)).outcome is outcome


def test_a_schedule_follows_the_local_clock() -> None:
    """A phase 7 s off in the stamps is on the minute where the stamps are 7 s behind the wall clock."""
    fit = clock("wall-clock", 60.0, phase_s=START.timestamp() - 7.0)
    facts = facts_of(10, fit=fit)
    whole = case(facts, local_offsets_s={"worker1": (7.0,)})
    result = CHECKS["phase-on-the-clock"](whole, claim("wall-clock-schedule", facts))
    assert result.outcome is SUPPORTS
    assert result.numbers["lag_s"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("opened", "outcome"), [(285.0, UNKNOWN), (285.001, REFUTES)])
def test_young_is_less_than_half_the_limit(opened: float, outcome: Outcome) -> None:
    """A session of exactly 15 s is not young against 30 s."""
    facts = (*facts_of(9, fit=clock()), fact(10, opened=opened, fit=clock()))
    assert CHECKS["sessions-reach-limit"](case(facts), claim("version-mismatch")).outcome is outcome


def test_a_young_session_off_the_beat_says_nothing() -> None:
    """Only a beat that kills a young session refutes a limit."""
    facts = (*facts_of(9, fit=clock()), fact(10, opened=299.0))
    assert CHECKS["sessions-reach-limit"](case(facts), claim("version-mismatch")).outcome is UNKNOWN


def test_the_users_ping_settings_make_the_sum() -> None:
    """With 10 s + 8 s stated, a lifetime of 30 s is no ping sum and one of 18 s is."""
    ping = {"ping_interval_s": 10.0, "ping_timeout_s": 8.0}
    for lifetime, outcome in ((30.0, SUPPORTS), (18.0, REFUTES)):
        scene = _timed(clock("connection-age", lifetime), **ping)
        assert CHECKS["age-is-no-ping-sum"](scene.case, claim("connection-age-limit", scene.facts)).outcome is outcome


@pytest.mark.parametrize(("lifetime", "outcome"), [(25.035, REFUTES), (26.0, SUPPORTS)])
def test_a_lifetime_that_is_the_stated_ping_interval_is_the_first_ping(lifetime: float, outcome: Outcome) -> None:
    """Whatever came through before: the ping ends it, or its answer does, and no limit on the way."""
    scene = _timed(clock("connection-age", lifetime))
    told = replace(scene.case, ping_interval_s=25.0, ping_timeout_s=20.0)
    assert CHECKS["age-is-no-ping-sum"](told, claim("connection-age-limit", scene.facts)).outcome is outcome


@pytest.mark.parametrize(("lifetime", "outcome"), [(44.7, UNKNOWN), (44.8, REFUTES), (45.9, REFUTES), (45.91, UNKNOWN)])
def test_a_ping_sum_is_met_within_two_percent_above_and_a_handshake_below(lifetime: float, outcome: Outcome) -> None:
    """45.9 s is 45 s plus 2 %; a handshake takes a quarter of a second from it at the most.

    Beside the sum of the defaults it may be that of other settings, of which nothing is known.
    """
    scene = _timed(clock("connection-age", lifetime))
    assert CHECKS["age-is-no-ping-sum"](scene.case, claim("connection-age-limit", scene.facts)).outcome is outcome


@pytest.mark.parametrize(
    ("lifetime", "settings", "outcome"),
    [
        (10.0, {}, UNKNOWN),
        (600.0, {}, UNKNOWN),
        (600.1, {}, SUPPORTS),
        (10.0, STATED, SUPPORTS),
        (5.0, STATED, REFUTES),
    ],
)
def test_unknown_settings_support_nothing(lifetime: float, settings: dict[str, float], outcome: Outcome) -> None:
    """10 s may be 8 + 2 s of a server that states no settings; no setting makes a client wait for ten minutes."""
    scene = _timed(clock("connection-age", lifetime), **settings)
    assert CHECKS["age-is-no-ping-sum"](scene.case, claim("connection-age-limit", scene.facts)).outcome is outcome


@pytest.mark.parametrize(
    ("jitter_s", "side", "outcome"),
    [(0.015, Side.SERVER, SUPPORTS), (0.001, Side.SERVER, UNKNOWN), (0.015, Side.CLIENT, UNKNOWN)],
)
def test_a_lifetime_that_scatters_is_none_of_the_servers_own_timers(
    jitter_s: float, side: Side, outcome: Outcome
) -> None:
    """40.031 s ± 15 ms between two lines of the server counts from elsewhere; the same in a client's log may not."""
    facts = facts_of(8, fit=clock("connection-age", 40.031, jitter_s=jitter_s), side=side)
    assert CHECKS["age-is-no-ping-sum"](case(facts), claim("connection-age-limit", facts)).outcome is outcome


@pytest.mark.parametrize(("heard_s", "outcome"), [(3.9, SUPPORTS), (4.1, UNKNOWN)])
def test_a_message_shortly_before_the_end_supports_whatever_the_settings(heard_s: float, outcome: Outcome) -> None:
    """No ping timeout by default is shorter than 5 s."""
    facts = facts_of(8, fit=clock("connection-age", 40.0), heard_s=heard_s)
    assert CHECKS["age-is-no-ping-sum"](case(facts), claim("connection-age-limit", facts)).outcome is outcome


def test_without_a_regular_line_a_process_cannot_be_seen_to_freeze() -> None:
    """No beat, no silence: cannot tell, rather than refuted."""
    assert CHECKS["silence-at-drop"](case(facts_of(5)), claim("event-loop-blocked")).outcome is UNKNOWN


def test_the_only_disconnect_in_a_silence_supports() -> None:
    """One of one is enough, a little weaker than three."""
    facts = facts_of(1, server_silence=silence(connection="master"))
    result = CHECKS["silence-at-drop"](case(facts), claim("event-loop-blocked", facts))
    assert (result.outcome, result.strength, result.numbers["side"]) == (SUPPORTS, 0.8, "server")


def test_a_silence_of_a_log_that_lacks_lines_shows_no_freeze() -> None:
    """Of a side whose log lacks connects that the other tells of, other lines may be missing just as well."""
    facts = facts_of(5, server_silence=silence(connection="master"))
    lossy = replace(case(facts), lossy_sides=frozenset({"server"}))
    assert CHECKS["silence-at-drop"](lossy, claim("event-loop-blocked", facts)).outcome is UNKNOWN
    assert CHECKS["no-silence-at-drop"](lossy, claim("heartbeat-timeout", facts)).outcome is UNKNOWN
    other = replace(lossy, lossy_sides=frozenset({"client"}))
    assert CHECKS["silence-at-drop"](other, claim("event-loop-blocked", facts)).outcome is SUPPORTS


@pytest.mark.parametrize(
    ("late_count", "server_reason", "outcome"),
    [(5, "ping timeout", SUPPORTS), (5, None, SUPPORTS), (2, "ping timeout", UNKNOWN), (5, "transport error", UNKNOWN)],
)
def test_a_late_line_did_not_get_lost(late_count: int, server_reason: str | None, outcome: Outcome) -> None:
    """Silences of a lossy log count where the silent side logs ends late, and the other names no other reason."""
    facts = tuple(
        fact(
            number,
            silence=silence(),
            server_reason=server_reason,
            notice_s=12.0 if number <= late_count else 0.0,
            notice_error_s=0.01,
        )
        for number in range(1, 6)
    )
    lossy = case(facts, lossy_sides=frozenset({"client"}))
    result = CHECKS["silence-at-drop"](lossy, claim("event-loop-blocked", facts))
    assert (result.outcome, result.strength < 1.0) == (outcome, outcome is SUPPORTS)


def test_a_frozen_server_is_late_where_the_client_is_not() -> None:
    """The client says `ping timeout`; the server logs the end when it wakes, so client minus server is negative."""
    scene = _noticed(-12.0, silence=None, server_silence=silence(connection="master"))
    result = CHECKS["silent-side-noticed-late"](scene.case, claim("event-loop-blocked", scene.facts))
    assert (result.outcome, result.numbers["latest_s"]) == (SUPPORTS, 12.0)


def test_the_awake_side_that_is_late_supports_no_freeze() -> None:
    """A silent client that logged the end before the server did was not frozen by then; that refutes nothing either."""
    scene = _noticed(-12.0)
    result = CHECKS["silent-side-noticed-late"](scene.case, claim("event-loop-blocked", scene.facts))
    assert result.outcome is UNKNOWN


def test_a_cause_that_claims_nothing_is_not_supported_by_long_sessions() -> None:
    """They agree with every limit; only those that the cause claims count for it."""
    whole = case(facts_of(9), ping_interval_s=20.0, ping_timeout_s=10.0)
    assert CHECKS["sessions-reach-limit"](whole, claim("heartbeat-timeout")).outcome is UNKNOWN


@pytest.mark.parametrize(("heard_s", "count", "outcome"), [(3.9, 3, SUPPORTS), (4.0, 3, REFUTES), (3.9, 2, REFUTES)])
def test_a_message_that_came_through_rules_out_a_lost_heartbeat(heard_s: float, count: int, outcome: Outcome) -> None:
    """30 s may be 25 + 5 s, unless the server was heard within four fifths of those 5 s, three times or more."""
    fit = clock("connection-age", 30.0)
    facts = (*facts_of(count, fit=fit, heard_s=heard_s), *facts_of(5, fit=fit, heard_s=20.0))
    assert CHECKS["age-is-no-ping-sum"](case(facts), claim("connection-age-limit", facts)).outcome is outcome


@pytest.mark.parametrize(
    ("reasons", "told_count", "outcome"),
    [
        (("transport close", "transport close"), 5, SUPPORTS),
        (("transport close", "transport close"), 4, REFUTES),
        (("transport close", "ping timeout"), 5, REFUTES),
        (("ping timeout", "transport close"), 5, REFUTES),
        (("transport close", None), 5, REFUTES),
    ],
)
def test_two_sides_that_did_not_wait_for_a_heartbeat_lost_none(
    reasons: tuple[str, str | None], told_count: int, outcome: Outcome
) -> None:
    """Where both state the end of at least half of the sessions, and no side of any that its ping timed out."""
    fit = clock("connection-age", 30.0)
    reason, server_reason = reasons
    told = facts_of(told_count, fit=fit, reason=reason, server_reason=server_reason)
    facts = (*told, *facts_of(5, fit=fit))
    assert CHECKS["age-is-no-ping-sum"](case(facts), claim("connection-age-limit", facts)).outcome is outcome


@pytest.mark.parametrize(("client", "server"), [(True, None), (None, True), (True, False), (False, True)])
def test_one_side_that_ran_on_does_not_speak_for_the_other(client: bool | None, server: bool | None) -> None:
    """A lost ping is told from a freeze only where neither of the two processes can have stood still."""
    facts = facts_of(5, client_ran_on=client, server_ran_on=server)
    whole = case(facts)
    assert CHECKS["no-silence-at-drop"](whole, claim("heartbeat-timeout", facts)).outcome is UNKNOWN
    assert CHECKS["silence-at-drop"](whole, claim("event-loop-blocked")).outcome is UNKNOWN


@pytest.mark.parametrize(("side", "outcome"), [(Side.CLIENT, SUPPORTS), (Side.SERVER, REFUTES)])
def test_what_the_server_heard_shows_no_ping_of_its_own(side: Side, outcome: Outcome) -> None:
    """A client of another version speaks all the time, waits for pings that never come, and leaves after 45 s."""
    facts = facts_of(8, fit=clock("connection-age", 45.0), heard_s=3.0, side=side)
    assert CHECKS["age-is-no-ping-sum"](case(facts), claim("connection-age-limit", facts)).outcome is outcome


@pytest.mark.parametrize(("error_s", "outcome"), [(3.9, SUPPORTS), (4.0, REFUTES)])
def test_who_was_first_is_known_only_beyond_three_errors_of_the_clocks(error_s: float, outcome: Outcome) -> None:
    """12 s between the two lines are no order where each clock may be off by 4 s."""
    facts = facts_of(3, notice_s=12.0, notice_error_s=error_s, silence=silence())
    assert CHECKS["silent-side-noticed-late"](case(facts), claim("event-loop-blocked", facts)).outcome is outcome


@pytest.mark.parametrize(
    ("silent", "ran_on", "outcome"), [(2, 2, UNKNOWN), (3, 1, REFUTES), (1, 3, SUPPORTS), (2, 1, UNKNOWN)]
)
def test_lost_heartbeats_are_judged_by_most_of_the_drops(silent: int, ran_on: int, outcome: Outcome) -> None:
    """Half of four is not most, on either side."""
    facts = (*facts_of(silent, silence=silence()), *facts_of(ran_on, client_ran_on=True, server_ran_on=True))
    facts = (*facts, *facts_of(4 - len(facts)))
    assert CHECKS["no-silence-at-drop"](case(facts), claim("heartbeat-timeout", facts)).outcome is outcome


@pytest.mark.parametrize(
    ("cut", "others", "source", "outcome"),
    [
        (2, (300.0,) * 40, None, REFUTES),
        (2, (300.0,) * 2, None, UNKNOWN),
        (2, (44.0,) * 40, None, UNKNOWN),
        (40, (300.0,) * 3, None, UNKNOWN),
        (10, (300.0,) * 40, None, UNKNOWN),  # a fifth behind a proxy of their own
        (9, (300.0,) * 40, None, REFUTES),
        (2, (300.0,) * 40, "another", UNKNOWN),
    ],
)
def test_a_limit_that_others_outlive_is_none_of_all(
    cut: int, others: tuple[float, ...], source: str | None, outcome: Outcome
) -> None:
    """Three clients and more than four fifths, half as old again, on the same server; none by a lost line alone."""
    scene = _met("connection-age-limit", cut, others, source)
    assert CHECKS["nobody-outlives-limit"](scene.case, claim("connection-age-limit", scene.facts)).outcome is outcome


@pytest.mark.parametrize(
    ("lifetime", "reason", "outcome"),
    [(25.2, "transport close", REFUTES), (27.0, "transport close", UNKNOWN), (25.2, None, UNKNOWN)],
)
def test_a_lifetime_of_the_default_ping_interval_may_be_the_first_ping(
    lifetime: float, reason: str | None, outcome: Outcome
) -> None:
    """25 s and a little, where the ends are told in Socket.IO's words and nobody states the setting."""
    facts = facts_of(10, fit=clock("connection-age", lifetime), reason=reason)
    told = CHECKS["age-is-no-ping-sum"](case(facts), claim("connection-age-limit", facts))
    assert told.outcome is outcome
