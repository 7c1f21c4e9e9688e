"""What a replay starts from: which pushes end connections, what their kin do, and what waits to be sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.pushes.policies import Kill
from logdiag.analyzers.replays.stage import Kin, Poison, Recorded, bound, find_only, find_poison, gather_kins, set_stage
from logdiag.results.causes import Cause, CauseStatus
from logdiag.results.diagnosis import KILLING_PUSH
from logdiag.results.disconnects import Attribution
from logdiag.results.pushes import Push
from logdiag.results.replay import PoisonRisk, Share
from tests.analyzers.cases import at, attempt, drop_of, push, session, timeline
from tests.folding import each

KILL = Kill(0.02, 1.2, is_loud=False)
LOUD = Kill(0.04, 1.2, is_loud=True)
HARMLESS = Poison(PoisonRisk.NONE, {}, {})


def cause(status: CauseStatus = CauseStatus.ASSERTED, identifier: str = KILLING_PUSH, **fields: Any) -> Cause:
    return Cause(identifier, 1, 0.9, 1, 1, (), (), (), (), status=status, **fields)


def recorded(
    pushes: Sequence[Push],
    attempts: Sequence[Attempt] = (),
    sessions: Sequence[SessionRecord] = (session(30.0),),
    causes: Sequence[Cause] = (),
) -> Recorded:
    drops = [drop_of(one, number) for number, one in enumerate(sessions, 1) if one.closed is not None]
    told = attempts or [attempt(20.0, 20.1, "failed")] * len(pushes)
    return Recorded(("logs",), at(0), at(100), sessions, drops, pushes, told, causes, 300.0, timeline())


@each(
    ("named", "fields", "received", "risk", "kills_count"),
    [
        (cause(), {}, None, PoisonRisk.ESTABLISHED, 1),
        (cause(CauseStatus.SUGGESTED), {}, None, PoisonRisk.SUSPECTED, 1),
        (cause(CauseStatus.OPEN), {}, None, PoisonRisk.NONE, 0),
        (cause(identifier="server-timer"), {}, None, PoisonRisk.NONE, 0),
        (cause(disconnect_indices=(1,)), {}, None, PoisonRisk.ESTABLISHED, 1),
        (cause(disconnect_indices=(2,)), {}, None, PoisonRisk.ESTABLISHED, 0),
        (cause(), {}, True, PoisonRisk.ESTABLISHED, 0),
        (cause(), {}, False, PoisonRisk.ESTABLISHED, 1),
        (cause(), {"outcome": "failed"}, None, PoisonRisk.ESTABLISHED, 1),
        (cause(), {"outcome": "ok"}, None, PoisonRisk.ESTABLISHED, 0),
        (cause(), {"lead_ms": 300.0}, None, PoisonRisk.ESTABLISHED, 1),
        (cause(), {"lead_ms": 300.1}, None, PoisonRisk.ESTABLISHED, 0),
    ],
)
def test_a_push_ends_its_connection_where_the_cause_says_so(
    named: Cause, fields: dict[str, Any], received: bool | None, risk: PoisonRisk, kills_count: int
) -> None:
    """One close enough to a disconnect that the cause explains, and that no receipt shows to have arrived."""
    told = [attempt(29.9, 30.0, "unknown", received=received)]
    found = find_poison(recorded([push(**fields)], told, causes=[named]))
    assert (found.risk, len(found.kills)) == (risk, kills_count)
    if kills_count:
        assert found.kills[0].lag_s == pytest.approx(fields.get("lead_ms", 20.0) / 1e3)
        assert found.kills[0].is_loud is (fields.get("outcome") == "failed")
        assert found.kills[0].outage_s == pytest.approx(1.2)


def test_the_outage_of_a_kill_is_the_median_of_its_connection() -> None:
    """That of all where its connection never came back."""
    others = [session(30.0, reopened=30.0 + away, connection="worker2") for away in (1.0, 2.0, 9.0)]
    for own, outage_s in (([session(30.0)], 1.2), ([session(30.0, reopened=None)], 2.0)):
        found = find_poison(recorded([push()], sessions=[*own, *others], causes=[cause()]))
        assert found.kills[0].outage_s == pytest.approx(outage_s)


def test_a_kind_kills_as_often_as_those_that_were_carried_did() -> None:
    """What was refused met no connection; another channel is another kind; the push in question counts not."""
    pushes = [push(channel="sync"), push(outcome="ok", channel="sync"), push(outcome="failed", channel="sync")]
    pushes += [push(outcome="ok", channel="beat")]
    key = ("worker1", "sync")
    assert gather_kins(pushes, {0: KILL}) == {key: Kin(0.5, KILL)}
    assert gather_kins(pushes, {0: KILL, 2: LOUD})[key] == Kin(2 / 3, replace(KILL, lag_s=0.03))
    assert gather_kins(pushes, {0: KILL}, but=0) == {}
    assert gather_kins(pushes, {0: KILL}, but=1) == {key: Kin(1.0, KILL)}


@each(("louds_count", "is_loud"), [(1, False), (2, True)])
def test_a_kind_is_loud_where_most_of_it_are(louds_count: int, is_loud: bool) -> None:
    """Half of two are not most."""
    kills = dict(enumerate([KILL, *[LOUD] * louds_count]))
    (kin,) = gather_kins([push()] * len(kills), kills).values()
    assert kin.kill is not None
    assert kin.kill.is_loud is is_loud


def test_what_plainly_arrived_and_what_is_sent_again_is_left_out() -> None:
    """The arrivals are kept for what is known of the connection."""
    pushes = [push(outcome="ok", time=at(5.0)), push(outcome="failed"), push(outcome="failed")]
    stage = set_stage(recorded(pushes), HARMLESS, {2: 1})
    assert (len(stage.items), stage.arrivals["worker1"], stage.reach_s) == (1, [5.0], 0.3)


@each(
    ("attribution", "received", "ended_s", "is_explained"),
    [
        (Attribution.INSIDE, None, 20.0, True),
        (Attribution.OUTSIDE, None, 20.0, False),
        (Attribution.UNKNOWN_START, None, 20.0, False),
        (Attribution.OUTSIDE, False, 20.0, True),
        (Attribution.OUTSIDE, None, 30.5, True),
    ],
)
def test_an_outage_explains_what_failed_in_it(
    attribution: Attribution, received: bool | None, ended_s: float, is_explained: bool
) -> None:
    """By where it lies, by what the server has not, or because the connection was down when it ended."""
    told = [attempt(20.0, ended_s, "failed", received=received)]
    sessions = (session(30.0), session(60.0, opened=31.2))
    (item,) = set_stage(recorded([push(outcome="failed", attribution=attribution)], told, sessions), HARMLESS, {}).items
    assert (item.is_explained, item.ended_s, item.is_noticed) == (is_explained, ended_s, True)


@each(("ratio", "has_kill", "is_explained"), [(0.5, True, True), (0.49, False, False)])
def test_of_a_kind_that_mostly_kills_each_is_taken_to(ratio: float, has_kill: bool, is_explained: bool) -> None:
    """Of one that does so now and then nobody knows what a retry would do."""
    poison = Poison(PoisonRisk.ESTABLISHED, {}, {("worker1", None): Kin(ratio, KILL)})
    (item,) = set_stage(recorded([push(outcome="failed", attribution=Attribution.INSIDE)]), poison, {}).items
    assert (item.kill is not None, item.is_explained) == (has_kill, is_explained)


@each(
    ("received", "attribution", "arrived"),
    [
        (True, Attribution.INSIDE, True),
        (False, Attribution.OUTSIDE, False),
        (None, Attribution.INSIDE, False),
        (None, Attribution.STRADDLE, None),
    ],
)
def test_a_push_arrived_as_the_server_says(
    received: bool | None, attribution: Attribution, arrived: bool | None
) -> None:
    """Where it says nothing, what was sent while down did not."""
    told = [attempt(20.0, 20.1, "failed", received=received)]
    (item,) = set_stage(recorded([push(attribution=attribution)], told), HARMLESS, {}).items
    assert item.arrived is arrived


def test_only_a_single_connection_is_the_only_one() -> None:
    """However many sessions it has."""
    assert find_only([session(30.0), session(60.0)]) == ("worker1",)
    assert find_only([session(30.0), session(60.0, connection="worker2")]) == ()
    assert find_only([]) == ()


def test_a_share_has_its_exact_interval() -> None:
    """Clopper and Pearson: of 3 that all agree the lower end is 0.025^(1/3); of none nothing is known."""
    found = bound(3, 3)
    assert (found.estimate, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / 3))
    assert bound(0, 0) == Share(None, None, None)
