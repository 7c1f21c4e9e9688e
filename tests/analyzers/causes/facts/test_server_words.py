"""What a server says near an end: whom it turned away, and which line is about which end."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.facts.server_words import PayloadLines, find_server_words
from logdiag.analyzers.causes.own_words import RuleKind, Said, StatedRule
from logdiag.events import EventKind, Side
from logdiag.results.connections import Clock
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import SERVER, connected, drop_of, event, far_session, server_view, session, timeline
from tests.analyzers.causes.facts.inputs import know

SOCKETS = server_view(far_session("a", 0.0, 30.0), clocks=(Clock("worker1", 0.0, 0.0, 3),))


@pytest.mark.parametrize(("line", "told"), [(2, "Unauthorized"), (None, None)])
def test_a_client_that_was_turned_away_right_before_its_end_is_told_with_that_line(
    line: int | None, told: str | None
) -> None:
    """By the line of the end; of an end without any nobody knows which file it belongs to."""
    one = session(30.0, socket_id="a")
    refusal = event(29.9, EventKind.SERVER_KICK, SERVER, message="Unauthorized", socket_id="a")
    place = None if line is None else Evidence(SERVER, line)
    (words,) = find_server_words(
        *know(timeline(connected(0.0), refusal), [one], SOCKETS, [drop_of(one, evidence=None, server_evidence=place)])
    )
    assert words.turned_away == (None if told is None else Said(told, Evidence(SERVER, 1)))


@pytest.mark.parametrize(
    ("second", "socket", "is_taken"),
    [
        (29.001, None, True),
        (28.9, None, False),
        (30.05, None, True),
        (30.1, None, False),
        (29.5, "a", True),
        (29.5, "b", False),
    ],
)
def test_a_message_too_large_ends_the_connection_within_a_second(
    second: float, socket: str | None, is_taken: bool
) -> None:
    """Or is logged a moment after the end; a line that names another socket is about that one."""
    said = "Max payload size exceeded"
    frame = timeline(event(second, EventKind.SERVER_ERROR, SERVER, message=said, socket_id=socket))
    _, (ending,) = know(frame, [session(30.0, socket_id="a")], SOCKETS)
    lines = PayloadLines(frame)
    assert (lines.take(ending) is not None) is is_taken
    assert lines.take(ending) is None  # each line tells of one end


@pytest.mark.parametrize(
    ("lead_s", "resolution_s", "is_told"),
    [(0.04, 0.001, True), (1.0, 1.0, True), (1.0, 0.001, False), (2.0, 1.0, False)],
)
def test_a_nameless_kick_for_a_rival_stands_as_near_its_end_as_stamps_can_tell(
    lead_s: float, resolution_s: float, *, is_told: bool
) -> None:
    """Of whole seconds two neighbouring ones may be one moment; a named client needs no such nearness."""
    one = session(30.0, socket_id="a")
    said = "Closing existing connection"
    kick = event(30.0 - lead_s, EventKind.SERVER_KICK, SERVER, message=said)
    known, ends = know(
        timeline(connected(0.0), kick), [one], SOCKETS, [drop_of(one, server_evidence=Evidence(SERVER, 2))]
    )
    (words,) = find_server_words(known._replace(resolution_s=resolution_s), ends)
    assert words.replaced == (said if is_told else None)


@pytest.mark.parametrize(
    ("stop_s", "end_line", "moment", "is_stop"),
    [(29.999, 2, None, True), (30.002, 0, None, False), (30.002, 0, 0, True)],
)
def test_what_a_server_writes_behind_a_single_end_did_not_bring_it_about(
    stop_s: float, end_line: int, moment: int | None, is_stop: bool
) -> None:
    """A client leaves, and its server tidies up; ends of one moment it may tell of before it says that it stops."""
    one = session(30.0, socket_id="a")
    stop = event(stop_s, EventKind.SERVER_STOPPING, SERVER)
    drop = drop_of(one, server_evidence=Evidence(SERVER, end_line), fleet_event=moment)
    (words,) = find_server_words(*know(timeline(connected(0.0), stop), [one], SOCKETS, [drop]))
    assert (words.stop is not None) is is_stop


@pytest.mark.parametrize(
    ("stop_s", "moment", "is_stop"),
    [(34.0, 0, True), (34.0, None, False), (41.0, 0, False)],
    ids=["soon", "alone", "late"],
)
def test_a_server_may_say_that_it_stops_when_it_has_stopped(stop_s: float, moment: int | None, is_stop: bool) -> None:
    """Puma writes `=== puma shutdown` seconds after it let all of its sockets go; a client that left alone was none."""
    one = session(30.0, socket_id="a")
    stop = event(stop_s, EventKind.SERVER_STOPPING, SERVER)
    drop = drop_of(one, server_evidence=Evidence(SERVER, 1), fleet_event=moment)
    (words,) = find_server_words(*know(timeline(connected(0.0), stop), [one], SOCKETS, [drop]))
    assert (words.stop is not None) is is_stop


@pytest.mark.parametrize(("reason", "is_stop"), [("shutdown", True), ("transport close", False)])
def test_a_server_that_drains_ends_its_sockets_bit_by_bit(reason: str, is_stop: bool) -> None:
    """Five seconds after it said that it stops it still closes some, for its shutdown; other ends are others' doing."""
    one = session(30.0, socket_id="a")
    stop = event(25.0, EventKind.SERVER_STOPPING, SERVER)
    drop = drop_of(one, server_evidence=Evidence(SERVER, 2), server_reason=reason)
    (words,) = find_server_words(*know(timeline(connected(0.0), stop), [one], SOCKETS, [drop]))
    assert (words.stop is not None) is is_stop


@pytest.mark.parametrize(("side", "is_told"), [(Side.SERVER, True), (Side.CLIENT, False)])
def test_a_kick_right_before_an_end_that_names_no_socket_is_of_that_end(side: Side, *, is_told: bool) -> None:
    """Both stand in the server's file; of a client's own line nobody knows which socket the server meant."""
    one = session(30.0, side=side, reason=None)
    said = "user 7 signed in on web, closing older session on ios"
    kick = event(29.98, EventKind.SERVER_KICK, SERVER, message=said)
    place = Evidence(SERVER, 2)
    known, ends = know(timeline(connected(0.0), kick), [one], SOCKETS, [drop_of(one, server_evidence=place)])
    (words,) = find_server_words(known, ends)
    assert words.replaced == (said if is_told else None)


def test_the_rule_by_which_a_server_throws_somebody_out_is_that_of_the_end_behind_it() -> None:
    """In the server's words, with its line."""
    one = session(30.0, socket_id="a", reason=None)
    said = "send buffer full, evicting client"
    kick = event(29.999, EventKind.SERVER_KICK, SERVER, message=said, socket_id="a")
    place = Evidence(SERVER, 2)
    known, ends = know(timeline(connected(0.0), kick), [one], SOCKETS, [drop_of(one, server_evidence=place)])
    (words,) = find_server_words(known, ends)
    assert words.rule == StatedRule(RuleKind.SLOW, Said(said, Evidence(SERVER, 1)))
