"""How long sessions lived: what speaks for a limit, what against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest

from logdiag.analyzers.causes.case import Life
from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.events import Side
from logdiag.results.causes import Outcome
from tests.analyzers.cases import (
    Scene,
    Scenes,
    case,
    claim,
    clock,
    fact,
    facts_of,
    list_scenes,
    own_clock,
    timed,
)
from tests.folding import each

SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN


STATED: Final = {"ping_interval_s": 3.0, "ping_timeout_s": 2.0}


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
    fit = own_clock(cause)
    facts = tuple(fact(number, fit=fit, connection=f"cut{number}") for number in range(1, cut + 1))
    lives = [Life(one.drop.connection, None, 30.0) for one in facts]
    lives += [Life(f"other{number}", source, age_s) for number, age_s in enumerate(others)]
    return Scene(case(facts, lives=tuple(lives)), facts)


SCENES: Final[Scenes] = {
    "sessions-reach-limit": {SUPPORTS: _long_lived, REFUTES: _young, UNKNOWN: _old},
    "nobody-outlives-limit": {
        SUPPORTS: lambda cause: _met(cause, cut=5, others=(20.0, 20.0)),
        REFUTES: lambda cause: _met(cause, cut=2, others=(300.0,) * 40)._replace(numbers={"count": 2, "of_count": 42}),
        UNKNOWN: lambda cause: _met(cause, cut=2, others=(20.0, 20.0)),
    },
    "age-is-no-ping-sum": {
        SUPPORTS: lambda cause: timed(own_clock(cause, 3600.0))._replace(numbers={"lifetime_s": 3600.0}),
        REFUTES: lambda cause: timed(own_clock(cause, 30.1))._replace(numbers={"ping_sum_s": 30.0}),
        UNKNOWN: lambda _: Scene(case(facts_of(3))),
    },
}


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
        scene = timed(clock("connection-age", lifetime), **ping)
        assert CHECKS["age-is-no-ping-sum"](scene.case, claim("connection-age-limit", scene.facts)).outcome is outcome


@pytest.mark.parametrize(("lifetime", "outcome"), [(25.035, REFUTES), (26.0, SUPPORTS)])
def test_a_lifetime_that_is_the_stated_ping_interval_is_the_first_ping(lifetime: float, outcome: Outcome) -> None:
    """Whatever came through before: the ping ends it, or its answer does, and no limit on the way."""
    scene = timed(clock("connection-age", lifetime))
    told = replace(scene.case, ping_interval_s=25.0, ping_timeout_s=20.0)
    assert CHECKS["age-is-no-ping-sum"](told, claim("connection-age-limit", scene.facts)).outcome is outcome


@pytest.mark.parametrize(("lifetime", "outcome"), [(44.7, UNKNOWN), (44.8, REFUTES), (45.9, REFUTES), (45.91, UNKNOWN)])
def test_a_ping_sum_is_met_within_two_percent_above_and_a_handshake_below(lifetime: float, outcome: Outcome) -> None:
    """45.9 s is 45 s plus 2 %; a handshake takes a quarter of a second from it at the most.

    Beside the sum of the defaults it may be that of other settings, of which nothing is known.
    """
    scene = timed(clock("connection-age", lifetime))
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
    scene = timed(clock("connection-age", lifetime), **settings)
    assert CHECKS["age-is-no-ping-sum"](scene.case, claim("connection-age-limit", scene.facts)).outcome is outcome


@pytest.mark.parametrize(
    ("lifetime_s", "jitter_s", "side", "outcome"),
    [
        (40.531, 0.015, Side.SERVER, SUPPORTS),
        (40.531, 0.001, Side.SERVER, UNKNOWN),
        (40.531, 0.015, Side.CLIENT, UNKNOWN),
        (40.168, 0.015, Side.SERVER, UNKNOWN),
    ],
)
def test_a_lifetime_that_scatters_is_none_of_the_servers_own_timers(
    lifetime_s: float, jitter_s: float, side: Side, outcome: Outcome
) -> None:
    """40.531 s ± 15 ms between two lines of the server counts from elsewhere; the same in a client's log may not.

    Nor may 40.168 s: a client that waits 40 s for pings gives up so.
    """
    facts = facts_of(8, fit=clock("connection-age", lifetime_s, jitter_s=jitter_s), side=side)
    assert CHECKS["age-is-no-ping-sum"](case(facts), claim("connection-age-limit", facts)).outcome is outcome


@pytest.mark.parametrize(("fell_silent", "outcome"), [(True, SUPPORTS), (False, UNKNOWN)])
def test_of_clients_that_spoke_to_the_end_no_idle_limit_is_a_suspect(fell_silent: bool, outcome: Outcome) -> None:
    """OkHttp gives up after 10 s of silence, which is none where the server heard the client until the end."""
    heard_s = 9.0 if fell_silent else 1.0
    facts = facts_of(
        8, fit=clock("connection-age", 10.168, jitter_s=0.0074), side=Side.SERVER, heard_s=heard_s, usual_s=2.0
    )
    assert CHECKS["limit-of-no-heartbeat"](case(facts), claim("limit-on-the-way", facts)).outcome is outcome


@pytest.mark.parametrize(("heard_s", "outcome"), [(3.9, SUPPORTS), (4.1, UNKNOWN)])
def test_a_message_shortly_before_the_end_supports_whatever_the_settings(heard_s: float, outcome: Outcome) -> None:
    """No ping timeout by default is shorter than 5 s."""
    facts = facts_of(8, fit=clock("connection-age", 40.0), heard_s=heard_s)
    assert CHECKS["age-is-no-ping-sum"](case(facts), claim("connection-age-limit", facts)).outcome is outcome


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


@pytest.mark.parametrize(("side", "outcome"), [(Side.CLIENT, SUPPORTS), (Side.SERVER, REFUTES)])
def test_what_the_server_heard_shows_no_ping_of_its_own(side: Side, outcome: Outcome) -> None:
    """A client of another version speaks all the time, waits for pings that never come, and leaves after 45 s."""
    facts = facts_of(8, fit=clock("connection-age", 45.0), heard_s=3.0, side=side)
    assert CHECKS["age-is-no-ping-sum"](case(facts), claim("connection-age-limit", facts)).outcome is outcome


@pytest.mark.parametrize(
    ("cut", "others", "source", "outcome"),
    [
        (2, (300.0,) * 40, None, REFUTES),
        (2, (300.0,) * 2, None, UNKNOWN),
        (2, (45.0,) * 40, None, UNKNOWN),
        (2, (45.01,) * 40, None, REFUTES),
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


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == pytest.approx(scene.numbers)


@each(("interval_s", "strength"), [(25.0, 1.2), (None, 1.0)])
def test_a_stated_interval_that_is_the_lifetime_weighs_more_than_a_sum(
    interval_s: float | None, strength: float
) -> None:
    """The first ping ends it, whatever came through; a sum of defaults may be chance."""
    lifetime = 25.0 if interval_s is not None else 30.0
    scene = timed(clock("connection-age", lifetime))
    told = replace(scene.case, ping_interval_s=interval_s)
    result = CHECKS["age-is-no-ping-sum"](told, claim("connection-age-limit", scene.facts))
    assert (result.outcome, result.strength) == (REFUTES, strength)


@each(
    ("jitter_s", "side", "strength"),
    [(0.001, Side.SERVER, 1.5), (0.002, Side.SERVER, 1.0), (0.001, Side.CLIENT, 1.0)],
)
def test_a_ping_sum_to_the_millisecond_is_the_servers_own(jitter_s: float, side: Side, strength: float) -> None:
    """What cuts connections on the way does so across a network, and scatters more between two lines of the server."""
    facts = facts_of(10, fit=clock("connection-age", 45.003, jitter_s=jitter_s), side=side)
    told = CHECKS["age-is-no-ping-sum"](case(facts), claim("connection-age-limit", facts))
    assert (told.outcome, told.strength) == (REFUTES, strength)


@each(("resolution_s", "outcome"), [(0.001, UNKNOWN), (1.0, REFUTES)])
def test_coarse_stamps_let_a_lifetime_fall_short_of_its_sum_by_a_step(resolution_s: float, outcome: Outcome) -> None:
    """44.2 s between two whole seconds may be 45 s."""
    scene = timed(clock("connection-age", 44.2), resolution_s=resolution_s)
    assert CHECKS["age-is-no-ping-sum"](scene.case, claim("connection-age-limit", scene.facts)).outcome is outcome


@each(("count", "outcome"), [(5, UNKNOWN), (6, SUPPORTS)])
def test_six_sessions_that_reach_the_limit_support_it(count: int, outcome: Outcome) -> None:
    """Of six, all six by a coin are one in 64."""
    facts = facts_of(count, fit=clock("connection-age"))
    assert CHECKS["sessions-reach-limit"](case(facts), claim("connection-age-limit", facts)).outcome is outcome


@each(("cut", "outcome"), [(2, UNKNOWN), (3, SUPPORTS)])
def test_that_two_clients_outlive_nothing_says_little_of_others(cut: int, outcome: Outcome) -> None:
    """Three that are cut, and nobody who lives longer."""
    scene = _met("connection-age-limit", cut, (20.0,))
    assert CHECKS["nobody-outlives-limit"](scene.case, claim("connection-age-limit", scene.facts)).outcome is outcome
