"""When the pauses of a server before it gives its only client up may mean that it stood still."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from logdiag.analyzers.causes.facts.standstills import find_silence, find_standstills
from logdiag.analyzers.silences.process_silences import ProcessLine, group_lines
from logdiag.events import Side
from logdiag.results.connections import Clock
from tests.analyzers.cases import (
    SERVER,
    START,
    at,
    connected,
    drop_of,
    far_session,
    server_view,
    session,
    silence,
    timeline,
)
from tests.analyzers.causes.facts.inputs import know
from tests.folding import each

COUNT = 12
AT_WORK_S = (0, 9, 17, 28, 36, 45, 57, 66, 74, 85, 93, 104, 112)


def _count_pauses(windows_s: Iterable[tuple[float, float]], *, while_away: bool = False, steady: bool = False) -> int:
    """One client, twelve sessions of 145 s and more; the server writes until 112 s, then of the end, then nothing.

    The client is back 200 s after it came. Return for how many ends a lonely pause is told.
    """
    lives_s = [157.0 if steady else 145.0 + 0.9 * number for number in range(COUNT)]
    begins_s = [200.0 * number for number in range(COUNT)]
    sessions = [
        session(begin + life, opened=begin, socket_id=f"s{number}", reopened=None)
        for number, (begin, life) in enumerate(zip(begins_s, lives_s, strict=True))
    ]
    sockets = [
        far_session(f"s{number}", begin, begin + life, reason="ping timeout")
        for number, (begin, life) in enumerate(zip(begins_s, lives_s, strict=True))
    ]
    drops = [drop_of(one, number, server_reason="ping timeout") for number, one in enumerate(sessions, 1)]
    own_s = [begin + second for begin, life in zip(begins_s, lives_s, strict=True) for second in (*AT_WORK_S, life)]
    own_s += [begin + 180.0 for begin in begins_s] if while_away else []
    start = START.timestamp()
    rows = [ProcessLine(start + second, "master", "app", None, (SERVER, n)) for n, second in enumerate(own_s, 1)]
    (process,) = group_lines(rows, [(start + low, start + high) for low, high in windows_s], {})
    known = know(timeline(connected(0.0)), sessions, server_view(*sockets), drops, {"master": process})
    return sum(found.lonely_pause is not None for found in find_standstills(*known))


WHOLE = [(-1.0, 200.0 * COUNT)]
WHILE_CONNECTED = [(200.0 * number - 1.0, 200.0 * number + 158.0) for number in range(COUNT)]


@pytest.mark.parametrize(
    ("windows_s", "while_away", "pauses_count"),
    [(WHOLE, False, 0), (WHOLE, True, COUNT), (WHILE_CONNECTED, False, COUNT)],
)
def test_a_server_that_writes_for_its_client_alone_did_not_stand_still(
    windows_s: list[tuple[float, float]], while_away: bool, pauses_count: int
) -> None:
    """Its lines all hang on the client: none while that is away. Where those stretches were not read nobody knows."""
    assert _count_pauses(windows_s, while_away=while_away) == pauses_count


def test_pauses_as_long_as_a_heartbeat_asks_are_a_timer_at_work() -> None:
    """45 s each time, from the last line to the end: ping interval plus timeout by default."""
    assert _count_pauses(WHOLE, while_away=True, steady=True) == 0


@each(
    ("moment", "before", "found"),
    [
        (30.0, True, True),
        (33.0, True, True),
        (33.1, True, False),
        (27.0, True, True),
        (26.9, True, False),
        (26.9, False, True),
        (5.0, False, True),
        (4.9, False, False),
    ],
)
def test_a_silence_belongs_to_a_disconnect_that_it_surrounds(moment: float, before: bool, found: bool) -> None:
    """Silent from 2 s to 30 s: our own line can only come at its end, the server's drop at any time in it."""
    assert (find_silence([silence(2.0, 30.0)], at(moment), before=before) is not None) is found


@pytest.mark.parametrize(("end_s", "is_held_up"), [(160.5, True), (120.0, True), (166.0, False)])
def test_the_stop_that_one_client_shows_held_up_the_ends_of_which_the_server_alone_tells(
    end_s: float, is_held_up: bool
) -> None:
    """The client timed out 30 s before the server, silent until then, told of the end; others' ends came with it."""
    own = session(130.0, socket_id="own", reason="ping timeout")
    other = replace(session(end_s, socket_id="other"), connection="kiosk", side=Side.SERVER)
    sockets = [
        far_session("own", 0.0, 160.0, reason="transport close"),
        replace(far_session("other", 0.0, end_s, reason="transport close"), connection="kiosk"),
    ]
    view = server_view(*sockets, clocks=(Clock("worker1", 0.0, 0.0, 3),))
    start = START.timestamp()
    times_s = [*range(0, 113, 4), 160.0, *range(164, 200, 4)]
    rows = [ProcessLine(start + second, "master", "app", None, (SERVER, n)) for n, second in enumerate(times_s, 1)]
    (process,) = group_lines(rows, [(start - 1.0, start + 300.0)], {})
    drops = [drop_of(own, 1, server_reason="transport close"), drop_of(other, 2, server_reason="transport close")]
    known = know(timeline(connected(0.0)), [own, other], view, drops, {"master": process})
    first, second = find_standstills(*known)
    assert first.server_silence is not None
    assert (second.server_silence == first.server_silence) is is_held_up


def test_of_what_the_server_alone_tells_the_pause_is_the_servers() -> None:
    """A process whose log alone tells of ends, by no id of a socket, speaks of itself where it says that it stood."""
    ended = session(100.0, connection="shop", reason="ping timeout", side=Side.SERVER)
    drops = [drop_of(ended, 1, server_reason="ping timeout")]
    known, endings = know(timeline(connected(0.0)), [ended], drops=drops)
    known = known._replace(silences=(silence(80.0, 99.0, connection="shop"),))
    (found,) = find_standstills(known, endings)
    assert found.silence is None
    assert found.server_silence is not None
