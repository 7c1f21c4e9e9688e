"""The way of one message, from hand-made records: what a text means, where it ended, what its connection did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.journeys import (
    MOST_LISTED,
    MOST_OTHERS,
    Choice,
    Records,
    answer,
    describe,
    find_choices,
    tell_story,
)
from logdiag.events import Event, EventKind
from logdiag.results.connections import Clock
from logdiag.results.disconnects import Attribution
from logdiag.results.evidence import Evidence
from logdiag.results.journey import JourneyEnd, LinkState, Looked, Mention, Story, Subject, Tie, Understood
from logdiag.results.pushes import Push, PushFate
from logdiag.rows import Rows
from tests.analyzers.cases import PUSHER, at, drop_of, event, push, session, timeline
from tests.folding import each

NO_LINES = timeline(event(0.0, EventKind.CONNECTED))


def records(
    pushes: Sequence[Push] = (),
    sessions: Sequence[SessionRecord] = (),
    frame: Rows = NO_LINES,
    clocks: Sequence[Clock] = (),
    *,
    has_receipts: bool = True,
) -> Records:
    drops = [drop_of(one, number) for number, one in enumerate(sessions, 1) if one.closed is not None]
    return Records(frame, sessions, drops, pushes, clocks, has_receipts)


def named(second: float, name: str) -> Event:
    return event(second, EventKind.MESSAGE_CAPTURED, PUSHER, message_id=name)


def mention(second: float, line: int = 40, source: str = "worker1", message: str = "Saved") -> Mention:
    return Mention(at(second), source, "data-pusher", message, Evidence(f"{source}/app.log", line))


@each(
    ("text", "understood", "names"),
    [
        ("7572495", Understood.ID, ["7572495"]),
        ("75724", Understood.ID_PART, ["7572495", "7572496"]),
        ("7572495-0001", Understood.ID_BEGINNING, ["7572495"]),
        ("abcde-0001", Understood.NOTHING, []),
        ("abcdef-0001", Understood.ID_BEGINNING, ["abcdef"]),
        ("nobody", Understood.NOTHING, []),
    ],
)
def test_a_text_is_an_id_before_it_is_a_part_of_one(text: str, understood: Understood, names: list[str]) -> None:
    """An id that the logs cut begins the text; of fewer than six characters it begins too many."""
    frame = timeline(*(named(place, name) for place, name in enumerate(("7572495", "7572496", "abcde", "abcdef"))))
    found = find_choices(text, records(frame=frame), [])
    assert (found[0], [choice.message_id for choice in found[1]]) == (understood, names)


def test_one_id_of_two_accounts_is_two_messages() -> None:
    """Each process numbers its own: what another one delivered is not the message that was lost."""
    lost = push(0.5, message_ids=("7572",), connection="w1", accounts=("acc-1",), outcome="suspect", fate=PushFate.LOST)
    other = push(1.0, message_ids=("7572",), connection="w2", accounts=("acc-2",), outcome="ok")
    _, choices = find_choices("7572", records([other, lost]), [])
    ends = [describe(choice, records([other, lost])) for choice in choices]
    assert [(one.connection, one.end, one.why) for one in ends] == [
        ("w2", JourneyEnd.DELIVERED, "arrived"),
        ("w1", JourneyEnd.FAILED, "no-receipt"),
    ]
    for_one = replace(other, accounts=("acc-1",))
    (_, (together,)) = find_choices("7572", records([for_one, lost]), [])
    assert describe(together, records()).end is JourneyEnd.RESENT


def test_a_text_of_lines_means_the_messages_that_they_name() -> None:
    """Else the pushes that they belong to, else the lines themselves."""
    one, other = push(message_ids=("m",)), push(evidence=(Evidence(PUSHER, 9),))
    for line, names, pushes in ((1, ["m"], [(one,)]), (9, [None], [(other,)]), (7, [None], [()])):
        known = replace(mention(1.0), evidence=Evidence(PUSHER, line))
        understood, choices = find_choices("Saved", records([one, other]), [known])
        assert understood is Understood.TEXT
        assert ([choice.message_id for choice in choices], [choice.pushes for choice in choices]) == (names, pushes)


@each(
    ("outcomes", "end", "why"),
    [
        ([], JourneyEnd.UNKNOWN, "no-push"),
        ([("unknown", None)], JourneyEnd.UNKNOWN, "unanswered"),
        ([("ok", Attribution.OUTSIDE)], JourneyEnd.DELIVERED, "arrived"),
        ([("ok", Attribution.NEAR_BEFORE)], JourneyEnd.DELIVERED, "arrived-then-dropped"),
        ([("ok", Attribution.STRADDLE)], JourneyEnd.DELIVERED, "arrived-then-dropped"),
        ([("ok", Attribution.INSIDE)], JourneyEnd.DELIVERED, "arrived"),
        ([("failed", Attribution.INSIDE), ("ok", None)], JourneyEnd.RESENT, "resent"),
        ([("suspect", None), ("ok", None)], JourneyEnd.RESENT, "resent"),
        ([("failed", Attribution.INSIDE)], JourneyEnd.FAILED, "pushed-while-down"),
        ([("failed", Attribution.DEAD_LINE)], JourneyEnd.FAILED, "failed-on-dead-line"),
        ([("failed", Attribution.OUTSIDE)], JourneyEnd.FAILED, "failed-while-up"),
        ([("suspect", Attribution.STRADDLE)], JourneyEnd.SUSPECT, "dropped-while-sending"),
        ([("suspect", Attribution.OUTSIDE)], JourneyEnd.SUSPECT, "no-receipt"),
        ([("failed", Attribution.INSIDE), ("suspect", Attribution.INSIDE)], JourneyEnd.SUSPECT, "sent-while-down"),
    ],
)
def test_a_message_ends_where_its_best_push_did(
    outcomes: list[tuple[str, Attribution | None]], end: JourneyEnd, why: str
) -> None:
    """One that arrived, else one that may have, else the last that failed."""
    pushes = tuple(push(outcome=outcome, attribution=attribution) for outcome, attribution in outcomes)
    found = describe(Choice("m", pushes, ()), records(pushes), [mention(1.0)])
    assert (found.end, found.why) == (end, why)


def test_a_message_is_the_client_s_that_pushed_it() -> None:
    """Without a push, that of the first line whose source is one; another process is no connection."""
    known = records(sessions=[session(30, connection="worker2")])
    assert describe(Choice("m", (push(),), ()), known).connection == "worker1"
    lines = [mention(1.0, source="queue"), mention(2.0, source="worker2")]
    assert describe(Choice("m", (), ()), known, lines).connection == "worker2"
    assert describe(Choice("m", (), ()), known, lines[:1]).connection is None
    assert describe(Choice("m", (), ()), known, lines).time == at(1.0)


def _tell(known: Records, *mentions: Mention, nearby: Sequence[Mention] = (), **fields: Any) -> Story:
    choice = Choice(**({"message_id": None, "pushes": (), "places": ()} | fields))
    return tell_story(choice, Understood.TEXT, known, mentions, nearby)


@each(
    ("second", "sessions", "link", "since"),
    [
        (10.0, [session(30)], LinkState.UP, 0.0),
        (30.0, [session(30)], LinkState.DOWN, 30.0),
        (29.999, [session(30)], LinkState.UP, 0.0),
        (10.0, [session(30, opened=None), session(60, opened=31)], LinkState.UP, None),
        (10.0, [session(30, opened=None)], LinkState.UNKNOWN, None),
        (10.0, [session(30, opened=20)], LinkState.UNKNOWN, None),
        (40.0, [session(30), session(60, opened=None)], LinkState.UNKNOWN, None),
        (10.0, [session(30, connection="worker2")], LinkState.UNKNOWN, None),
    ],
)
def test_a_connection_is_what_its_last_line_before_says(
    second: float, sessions: list[SessionRecord], link: LinkState, since: float | None
) -> None:
    """Before all of them it was up if the first is an end, in logs with connects; between two ends nobody knows."""
    (hop,) = [one for one in _tell(records(sessions=sessions), mention(second)).hops if one.tie is Tie.NAMED]
    assert (hop.link, hop.link_since) == (link, None if since is None else at(since))


def test_a_story_goes_from_the_connect_before_it_to_the_one_after_its_end() -> None:
    """What other sessions did is no part of it; an end without a line says so."""
    sessions = [session(start + 25.0, opened=start) for start in (0.0, 30.0, 60.0, 90.0)]
    hops = _tell(records(sessions=sessions), mention(40.0)).hops
    assert [(one.role, one.time) for one in hops] == [("connected", at(30.0)), ("line", at(40.0))]
    sessions[1] = replace(sessions[1], logged=False)
    missed = push(outcome="failed", attribution=Attribution.STRADDLE, disconnect_index=2, time=at(54.0))
    story = _tell(records([missed], sessions), mention(54.5), pushes=(missed,))
    assert [(one.role, one.time) for one in story.hops] == [
        ("connected", at(30.0)),
        ("line", at(54.5)),
        ("unlogged-end", at(55.0)),
        ("connected", at(60.0)),
    ]
    assert story.hops[0].after_ms == -24_500.0
    assert "end-estimated" in {caveat.id for caveat in story.assumptions}


def test_the_numbers_are_those_of_the_push_that_decides() -> None:
    """A push of 1.5 s into an outage of 1.2 s; of how many, how many did not plainly arrive."""
    lines = timeline(event(30.1, EventKind.PUSH_STARTED, PUSHER), event(31.6, EventKind.PUSH_FAILED, PUSHER))
    missed = push(outcome="failed", time=at(30.1), attribution=Attribution.INSIDE)
    known = records([missed], [session(30)], lines)
    numbers = _tell(known, pushes=(push(outcome="unknown"), missed)).numbers
    assert (numbers["attempts_count"], numbers["missed_count"], numbers["took_ms"]) == (2, 1, 1500.0)
    assert numbers["outage_s"] == pytest.approx(1.2)
    assert _tell(known, mention(1.0)).numbers == {}


def test_of_what_stands_near_the_nearest_is_shown_in_order() -> None:
    """Twelve of fourteen, and how many there are; the message's own lines are not among them."""
    own = mention(10.0)
    nearby = [own, *(mention(10.0 + 0.01 * (number + 1) * (-1) ** number, number) for number in range(14))]
    story = _tell(records(), own, nearby=nearby)
    assert (len(story.others), story.others_count) == (MOST_OTHERS, 14)
    times = [other.time for other in story.others]
    assert (times, max(times) < at(10.13)) == (sorted(times), True)


@each(
    ("fields", "has_receipts", "caveat", "is_told"),
    [
        ({"outcome": "ok"}, False, "sent-is-not-received", True),
        ({"outcome": "ok"}, True, "sent-is-not-received", False),
        ({"outcome": "failed"}, False, "sent-is-not-received", False),
        ({"outcome": "ok", "start_inferred": True}, True, "start-inferred", True),
        ({"outcome": "ok"}, True, "start-inferred", False),
        ({"outcome": "ok"}, True, "push-by-order", True),
        ({"outcome": "ok", "evidence": (Evidence("worker1/app.log", 40),)}, True, "push-by-order", False),
    ],
)
def test_what_a_story_takes_for_granted_is_told(
    fields: dict[str, Any], has_receipts: bool, caveat: str, is_told: bool
) -> None:
    """And only that: where receipts are logged, a line says when it began, or names the message, it need not be."""
    one = push(message_ids=("m",), **fields)
    story = _tell(records([one], has_receipts=has_receipts), mention(1.0), message_id="m", pushes=(one,))
    assert (caveat in {found.id for found in story.assumptions}) is is_told


def test_lines_of_several_sources_depend_on_their_clocks() -> None:
    """By how much they are known to differ, or that they are taken to agree; of one source it does not matter."""
    two = (mention(1.0), mention(2.0, source="master"))
    assert "clocks-agree" in {one.id for one in _tell(records(), *two).assumptions}
    clocks = [Clock("master", 5000.0, 1.0, 9), Clock("worker3", 1.0, 1.0, 9)]
    told = [one.numbers for one in _tell(records(clocks=clocks), *two).assumptions if one.id == "clock-offset"]
    assert told == [{"source": "master", "offset_ms": 5000.0}]
    assert _tell(records(clocks=clocks), two[0]).assumptions == ()


def test_what_did_not_arrive_is_listed_first() -> None:
    """Then by time, twenty at the most."""
    looked = Looked(1, 1, 1, 1, 1)
    seconds = range(MOST_LISTED, 0, -1)
    subjects = [Subject(None, None, at(second), JourneyEnd.DELIVERED, "arrived") for second in seconds]
    late = Subject(None, None, at(99), JourneyEnd.FAILED, "failed-while-up")
    found = answer("m", Understood.TEXT, looked, [*subjects, late], None)
    assert (found.matches_count, len(found.matches)) == (MOST_LISTED + 1, MOST_LISTED)
    assert (found.matches[0], found.matches[1].time) == (late, at(1))
