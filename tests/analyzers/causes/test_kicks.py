"""Which disconnect a line belongs to by which the server says that it disconnects a socket."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from logdiag.analyzers.causes.facts.server_words import find_line
from logdiag.analyzers.causes.kicks import KICK_REACH, Kick, KickableEnd, pair_kicks
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import (
    SERVER,
    at,
)


def _kick(second: float, line: int = 1, *, source: str = "server", socket_id: str | None = None) -> Kick:
    return Kick(at(second), source, socket_id, Evidence(SERVER, line))


def _end(index: int, moment: datetime, line: int = 9) -> KickableEnd:
    return KickableEnd(index, moment, "server", f"socket{index}", Evidence(SERVER, line))


def test_two_kicks_before_two_ends_are_one_each() -> None:
    """The first line belongs to the first end, whatever else stands between."""
    leads = pair_kicks([_kick(10.000), _kick(10.002)], [_end(2, at(10.005)), _end(1, at(10.003))])
    assert {index: pair.lead_s for index, pair in leads.items()} == {1: pytest.approx(0.003), 2: pytest.approx(0.003)}


def test_one_kick_is_not_shared_by_two_ends() -> None:
    """A line tells of one socket."""
    ((index, pair),) = pair_kicks([_kick(10.0)], [_end(1, at(10.1)), _end(2, at(10.2))]).items()
    assert (index, pair.is_named) == (1, False)
    assert pair.lead_s == pytest.approx(0.1)


def test_a_kick_that_names_the_socket_or_its_client_is_sure() -> None:
    """`kicking client 12` and the end of client 12's socket, or the socket's id in both."""
    end = replace(_end(1, at(30)), client="12")
    by_client = _kick(29.5)._replace(client="12")
    assert pair_kicks([by_client], [end])[1].is_named
    assert pair_kicks([_kick(29.5, socket_id="socket1")], [end])[1].is_named
    assert not pair_kicks([by_client._replace(client="13")], [end])[1].is_named


@pytest.mark.parametrize(
    "kick",
    [
        _kick(30.001),  # after the end: what is left is tidied up
        _kick(27.999),  # more than 2 s before it
        _kick(29.9, source="other"),
        _kick(29.9, socket_id="socket7"),
        _kick(30.0, line=10),  # in the same moment, on a line further down
    ],
)
def test_some_kicks_belong_to_no_end(kick: Kick) -> None:
    """Those of another time, server or socket."""
    assert pair_kicks([kick], [_end(1, at(30))]) == {}


@pytest.mark.parametrize("kick", [_kick(28.0), _kick(30.0, line=8), _kick(29.9, socket_id="socket1")])
def test_the_limits_of_a_kick(kick: Kick) -> None:
    """Two seconds, the line above, the socket by name."""
    assert list(pair_kicks([kick], [_end(1, at(30))])) == [1]


@pytest.mark.parametrize(
    ("second", "error_s", "found"),
    [(28.0, 0.0, True), (27.9, 0.0, False), (27.9, 0.1, True), (30.05, 0.0, True), (30.1, 0.0, False)],
)
def test_a_kick_belongs_to_the_drop_that_it_precedes(second: float, error_s: float, found: bool) -> None:
    """Up to 2 s before, 50 ms after, and the error of the clocks to either side."""
    assert (find_line([(at(second), Evidence(SERVER, 4))], at(30), KICK_REACH, error_s) is not None) is found
