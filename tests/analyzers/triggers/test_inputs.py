"""What the search for triggers reads: each connection's drops and sessions, and whose lines are whose."""

from __future__ import annotations

import math

import numpy as np

from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.analyzers.triggers.inputs import build_contexts, build_template_series
from logdiag.analyzers.triggers.moments import DropContext, TemplateSeries, TemplateWords
from logdiag.events import EventKind
from logdiag.results.disconnects import Disconnect
from logdiag.rows import Rows
from tests.analyzers.cases import CLIENT, PUSHER, START, at, clock, connected, drop_of, event, session, timeline
from tests.folding import each

ZERO_S = START.timestamp()
WORDS = TemplateWords(tells_of_end=lambda template: "gone" in template, tells_of_deed=lambda _: False)
SPAN_S = (ZERO_S, ZERO_S + 100.0)
SESSIONS = [session(30.0, opened=None), session(60.0, opened=31.2), session(None, opened=61.2)]
DROPS = [drop_of(one, number) for number, one in enumerate(SESSIONS[:2], 1)]


def build(drops: list[Disconnect], *fits: ClockFit, until_s: float = 100.0) -> list[DropContext]:
    return build_contexts(drops, SESSIONS, fits, span_s=SPAN_S, observed_s=[(ZERO_S, ZERO_S + until_s)])


def test_a_connection_is_known_by_its_drops_and_sessions() -> None:
    """Where the logs begin or end within a session, it counts from there or up to there; the age is then unknown."""
    (found,) = build(DROPS)
    assert (found.times_s - ZERO_S).tolist() == [30.0, 60.0]
    assert math.isnan(found.connected_s[0])
    assert np.round(found.sessions_s - ZERO_S, 3).tolist() == [[0.0, 30.0], [31.2, 60.0], [61.2, 100.0]]
    assert round(found.connected_s[1] - ZERO_S, 3) == 31.2
    assert (found.period_s, found.residuals_s, found.indices) == (None, None, (1, 2))


@each(("until_s", "count"), [(60.0, 2), (59.9, 1), (30.0, 1), (29.9, 0)])
def test_only_what_was_read_counts(until_s: float, count: int) -> None:
    """A drop at the very end of a stretch lies in it."""
    contexts = build(DROPS, until_s=until_s)
    assert sum(len(one.times_s) for one in contexts) == count


def test_an_end_without_a_line_has_no_moment() -> None:
    """Its session still ends."""
    assert build([drop_of(session(30.0, logged=False))]) == []


def test_the_first_clock_that_a_connection_keeps_counts() -> None:
    """A burst is none; a drop off the beat has no residual."""
    fits = [clock("burst", None), clock(period_s=30.0, residuals_s={("worker1", 1): 0.25}), clock(period_s=47.0)]
    (found,) = build(DROPS, *fits)
    assert (found.period_s, found.residuals_s is not None) == (30.0, True)
    assert found.residuals_s is not None
    assert found.residuals_s[0] == 0.25
    assert math.isnan(found.residuals_s[1])
    assert build(DROPS, clock(residuals_s={("worker2", 1): 0.0}))[0].period_s is None


KEY = ("worker1", "data-pusher", "info", "Pushing")


def group(
    frame: Rows, *lines: tuple[float, str, int], key: tuple[str, str, str | None, str] = KEY, client: str = "w"
) -> list[TemplateSeries]:
    rows = [(seconds, key, file, line) for seconds, file, line in lines]
    return build_template_series(rows, frame, {"worker1": client}, WORDS)


def test_lines_of_one_template_are_one_series_in_order() -> None:
    """Of time, then of file and line; of their client, and with the word on whether they tell of an end."""
    (found,) = group(timeline(connected(0.0)), (3.0, "b.log", 1), (1.0, "b.log", 7), (1.0, "a.log", 9))
    assert (found.connection, found.side, found.files) == ("w", "client", ("a.log", "b.log"))
    assert found.times_s.tolist() == [1.0, 1.0, 3.0]
    assert (found.file_indices.tolist(), found.lines.tolist()) == ([0, 1, 1], [9, 7, 1])
    assert not found.tells_of_end
    (gone,) = group(timeline(connected(0.0)), (1.0, "a.log", 1), key=("master", "hub", None, "Client gone"))
    assert (gone.connection, gone.side, gone.tells_of_end) == ("", "server", True)


@each(("kind", "count"), [(EventKind.CONNECTED, 0), (EventKind.SERVER_DISCONNECTED, 0), (EventKind.PUSH_STARTED, 1)])
def test_the_line_of_a_connect_or_an_end_itself_precedes_nothing(kind: EventKind, count: int) -> None:
    """Of either side; what else is known of a line leaves it in."""
    assert len(group(timeline(event(5.0, kind, PUSHER)), (5.0, PUSHER, 1))) == count


@each(
    ("kinds", "line", "owner"),
    [
        ([EventKind.CONNECTED, EventKind.PUSH_STARTED], 2, "c1"),
        ([EventKind.CONNECTED, EventKind.PUSH_STARTED], 3, "c1"),
        ([EventKind.CONNECTED, EventKind.SERVER_KICK], 3, ""),
        ([EventKind.CONNECTED, EventKind.SERVER_KICK], 2, ""),
    ],
)
def test_a_line_of_a_shared_process_is_the_client_s_that_it_names(
    kinds: list[EventKind], line: int, owner: str
) -> None:
    """So is any line of a file that one of them writes alone; what the server says of a client is the server's."""
    frame = timeline(*(event(float(place), kind, CLIENT) for place, kind in enumerate(kinds)))
    frame = frame.replace("connection", dict.fromkeys(range(len(frame)), "c1"))
    found = build_template_series([(5.0, KEY, CLIENT, line)], frame, {"c1": "c1"}, WORDS)
    assert [one.connection for one in found] == [owner]


def test_a_file_that_two_clients_write_is_nobody_s() -> None:
    """A line in it that names neither belongs to the server's side."""
    frame = timeline(connected(0.0), connected(1.0))
    frame = frame.replace("connection", {0: "c1", 1: "c2"})
    found = build_template_series([(5.0, KEY, CLIENT, 9)], frame, {"c1": "c1", "c2": "c2"}, WORDS)
    assert [one.connection for one in found] == [""]
    assert at(0.0) == START


def test_words_are_read_when_a_template_is_asked() -> None:
    """Of the many templates near the disconnects few are ever asked what their words tell."""
    asked: list[str] = []

    def tell(template: str) -> bool:
        asked.append(template)
        return True

    words = TemplateWords(tells_of_end=tell)
    (found,) = build_template_series([(1.0, KEY, "a.log", 1)], timeline(connected(0.0)), {"worker1": "w"}, words)
    assert asked == []
    assert found.tells_of_end
    assert asked == ["Pushing"]
